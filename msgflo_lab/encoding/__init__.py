"""How a device writes its values: between the bytes that it speaks and plain values.

Pure layer. A port's `encoding` is a line of words, the outermost first, separated by ` | `:

    json                           JSON; what a port without an encoding speaks
    text, bytes                    as it is
    number, number:.1f, number:int text such as 22.3; how it is to be written
    int16be, float32le, ...        binary numbers
    boolean:ON/OFF                 the words for true and false
    template:temp={t};hum={h}      fields in a text, by name; or one without a name: `{} °C`
    path:$.sensor.temp             one place in JSON
    always:PRESS                   this text, whatever the value; read as true

So `path:$.state | boolean:ON/OFF` reads the place and then the word.
"""

from .chain import Encoding, encoding_of
from .stage import Absent

__all__ = ["Absent", "Encoding", "encoding_of"]
