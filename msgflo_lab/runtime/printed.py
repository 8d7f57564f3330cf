"""What programs print, on its way into their logs: whole lines, and no password in them."""

from __future__ import annotations

import codecs

from ..transport import BrokerUrl
from . import limits
from .output import STREAMS, OutputLog

_SECRET_LEAST = 6
"""Characters of a password from which on it is hidden wherever it is printed."""


class Lines:
    """From what a process prints to the lines that are kept."""

    def __init__(self, output: OutputLog, hidden: Hidden, stream: str = STREAMS[0]) -> None:
        """`hidden` is what takes the password out; `stream` what they are printed on."""
        self._output = output
        self._hidden = hidden
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def take(self, data: bytes) -> None:
        """Some more. Whole lines are passed on: a password must not pass in two pieces."""
        text = self._rest + self._decoder.decode(data).replace("\r\n", "\n")
        whole, end, self._rest = text.rpartition("\n")
        if len(self._rest) > limits.LOG_LINE:
            whole, end, self._rest = text, "\n", ""
        if end:
            self._output.write(self._hidden(whole) + end, self._stream)

    def close(self) -> None:
        """There is no more."""
        rest, self._rest = self._rest, ""
        if rest:
            self._output.write(self._hidden(rest) + "\n", self._stream)


class Hidden:
    """Takes the broker's password out of a text: programs like to say where they connect to."""

    def __init__(self, url: BrokerUrl) -> None:
        """`url` has the password."""
        self._pairs: list[tuple[str, str]] = []
        password = url.password
        if not password:
            return
        full = url.revealed()
        self._pairs = [(full, str(url)), (full.partition("?")[0], str(url))]
        quoted = full.rpartition("@")[0].rpartition(":")[2]
        for secret in (password, quoted):
            self._pairs.append((f":{secret}@", ":***@"))
            if len(secret) >= _SECRET_LEAST and secret != url.user:
                self._pairs.append((secret, "***"))

    def __call__(self, text: str) -> str:
        """The text without it."""
        for secret, instead in self._pairs:
            text = text.replace(secret, instead)
        return text
