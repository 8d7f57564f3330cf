"""An entity's ports: a row of the table, and what the entity says of it, become a port.

Pure. What cannot be expressed becomes a note, and the port gives or takes what the device speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...definition import Port
from ...names import PortName, QueueName
from ..limits import MAX_NOTES, MAX_SECONDS
from ..lines import boolean, chained, is_topic
from ..naming import line
from .aspects import ATTRIBUTES, DEFAULTS, DEFAULTS_OF, FALLBACK, Aspect
from .config import list_of, text_of
from .template import Writing, reading, writing

_NUMBERS = {"number": "number", "int": "number:int"}
_NO_WORDS = frozenset(("boolean", "object", "bytes", *_NUMBERS))
"""Types of ports that words of a device's own do not fit."""
_AS_IT_IS = "as the device has it; `%msgflo devices --notes` says more"
_NO_NUMBERS = frozenset(("date", "timestamp", "enum", "uptime"))
"""Classes of sensors whose states are words."""


class Ports:
    """The ports of one entity, while they are worked out."""

    def __init__(self, component: str, config: Mapping[str, Any], rows: Iterable[Aspect]) -> None:
        self._component, self._config = component, config
        self._defaults = {**DEFAULTS, **DEFAULTS_OF.get(component, {})}
        self.inports: list[Port] = []
        self.outports: list[Port] = []
        self.notes: list[str] = []
        if text_of(config.get("encoding", "utf-8")).lower() not in ("utf-8", "utf8", ""):
            self.note(f"it does not write UTF-8, but `{line(text_of(config['encoding']), 40)}`")
        for row in (*rows, ATTRIBUTES):
            self._state(row)
            self._command(row)

    def note(self, text: str) -> None:
        """Something could not be expressed."""
        if len(self.notes) < MAX_NOTES:
            self.notes.append(text)

    def _state(self, row: Aspect) -> None:
        topic = self._topic(row.state, wild=True)
        if topic is None:
            return
        kind = self._kind(row)
        encoding: str | None
        template = self._template(row.reading)
        if self._config.get("encoding") == "":
            kind, encoding = "bytes", "bytes"
        elif template is None:
            encoding = chained([row.within, *self._read(row, kind, row.within)])
        else:
            encoding = self._picked(row, kind, template)
        is_ours = encoding is not None
        if encoding is None:
            kind, encoding = "any", ""
        self.outports.append(
            Port(
                id=PortName(row.port),
                queue=QueueName(topic),
                type=kind,
                description=self._about(row, row.known) if is_ours else _AS_IT_IS,
                encoding=encoding,
                options={**self._options(("qos",)), **self._times(row, kind)},
            )
        )

    def _picked(self, row: Aspect, kind: str, template: str) -> str | None:
        """The encoding of a state with a template; None, and a note, if that is beyond us."""
        found = reading(template)
        encoding = None
        if found is not None and found.choice is not None:
            words = self._words(row.states or row.words) if kind == "boolean" else None
            if words is not None and set(found.choice) == set(words):
                truth = "true/false" if found.choice == words else "false/true"
                encoding = chained([*found.words, f"boolean:{truth}"])
        elif found is not None and not (found.is_mapped and kind in _NO_WORDS):
            place = [*found.words, row.within] if row.within else list(found.words)
            encoding = chained([*place, *self._read(row, kind, place[-1] if place else "")])
            if found.is_mapped:
                self.note(
                    f"`{row.reading}`: the words are the device's own ({line(template, 120)})"
                )
            if found.left_out:
                self.note(f"`{row.reading}`: `{'`, `'.join(found.left_out)}` is left out")
        if encoding is None:
            self.note(
                f"`{row.reading}` is beyond what is understood here: `{row.port}` gives all that "
                f"arrives ({line(template, 120)})"
            )
        return encoding

    def _read(self, row: Aspect, kind: str, before: str) -> list[str]:
        """The rest of the encoding of a state, behind the place where it is."""
        if kind == "boolean":
            return [self._truth(row.states or row.words)]
        if kind in _NUMBERS:
            return [] if before.startswith("number") else ["number"]
        if row.fields or kind == "bytes":
            return [_commas(row.fields)] if row.fields else [kind]
        return ["text"] if kind == "string" and not before.endswith("text") else []

    def _command(self, row: Aspect) -> None:
        topic = self._topic(row.command, wild=False)
        payloads = self._payloads(row)
        if topic is None or (row.payloads and not payloads):
            return
        kind, template = row.type, self._template(row.writing)
        how, is_ours = Writing(), True
        if template is not None:
            found = writing(template, row.fields or {"value", row.variable})
            if found is None:
                self.note(
                    f"`{row.writing}` is beyond what is understood here: what is sent to "
                    f"`{row.port}` goes as it is ({line(template, 120)})"
                )
                kind, how, is_ours = "string", Writing("text"), False
            else:
                how = found
        head = how.word or row.wrapped
        if kind == "string":
            encoding = chained([head, how.inner] if head else [how.inner or "text"])
        elif head.startswith("always:"):
            kind, encoding = "bang", head
        else:
            encoding = chained([head, *self._written(row, how, payloads)])
        if encoding is None:
            self.note(f"the words for `{row.port}` cannot be expressed; it takes text as it is")
            kind, encoding = "string", "text"
        self.inports.append(
            Port(
                id=PortName(row.port),
                queue=QueueName(topic),
                type=kind,
                description=self._about(row, row.payloads) if is_ours else _AS_IT_IS,
                encoding=encoding,
                options=self._options(("qos", "retain")),
            )
        )

    def _written(self, row: Aspect, how: Writing, payloads: list[str]) -> list[str]:
        """The rest of the encoding of a command, behind its template."""
        if row.type == "boolean":
            return [self._truth(row.words) or "always:"]  # No encoding: the caller says so.
        if row.type in _NUMBERS:
            return [how.inner or _NUMBERS[row.type]]
        if row.type == "bang":
            return [f"always:{payloads[0]}"]
        return [] if how.word or row.wrapped else [_commas(row.fields)] if row.fields else ["json"]

    def _kind(self, row: Aspect) -> str:
        """The type of a state; that of a sensor depends on what it measures."""
        config = self._config
        if row.type == "boolean" and not self._truth(row.states or row.words):
            self.note(f"the words of `{row.port}` cannot be told apart; it is text")
            return "string"
        if row.type == "bytes" and config.get("image_encoding") == "b64":
            return "string"
        if row.type != "?":
            return row.type
        if config.get("options") or text_of(config.get("device_class")) in _NO_NUMBERS:
            return "string"
        return "number" if config.get("unit_of_measurement") or config.get("state_class") else "any"

    def _topic(self, key: str, *, wild: bool) -> str | None:
        topic = self._config.get(key) if key else None
        if topic is None:
            return None
        if not is_topic(topic, wild=wild):
            self.note(f"`{key}` is no topic: {line(text_of(topic), 60)}")
            return None
        return str(topic)

    def _template(self, key: str) -> str | None:
        template = self._config.get(key) if key else None
        stands_in = FALLBACK.get(self._component) in ("", key)
        if template is None and key and stands_in and "command" not in key:
            template = self._config.get("value_template")
        return template if isinstance(template, str) and template else None

    def _words(self, keys: tuple[str, str] | None) -> tuple[str, str] | None:
        """The words for true and false; those of a state are those of a command if not given."""
        if keys is None:
            return None
        said = [self._word(key) or self._word(key.replace("state_", "payload_")) for key in keys]
        return (said[0], said[1]) if all(said) else None

    def _truth(self, keys: tuple[str, str] | None) -> str:
        """The encoding for these words; "" if there is none."""
        words = self._words(keys)
        return (boolean(*words) or "") if words is not None else ""

    def _word(self, key: str) -> str:
        return text_of(self._config.get(key, self._defaults.get(key, "")))

    def _payloads(self, row: Aspect) -> list[str]:
        return [word for key in row.payloads if (word := self._word(key))]

    def _options(self, keys: Iterable[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "qos" in keys and text_of(self._config.get("qos")) in ("1", "2"):
            found["qos"] = int(self._config["qos"])
        if "retain" in keys and self._config.get("retain") is True:
            found["retain"] = True
        return found

    def _times(self, row: Aspect, kind: str) -> dict[str, float]:
        """How long its state holds."""
        found: dict[str, float] = {}
        keys = ("expire_after", "off_delay") if kind == "boolean" else ("expire_after",)
        for key in keys if row.port == "state" else ():
            said = text_of(self._config.get(key))
            if said.isdecimal() and len(said) < 9 and 0 < int(said) <= MAX_SECONDS:
                found[key] = int(said)
            elif said not in ("", "0"):
                self.note(f"`{key}` is no number of seconds up to a year: {line(said, 40)}")
        return found

    def _about(self, row: Aspect, words: tuple[str, ...]) -> str:
        """What a person should know: what may be said, and what it means."""
        config = self._config
        if row.type == "bang":
            return ""
        said = [word for key in words if (word := self._word(key))]
        said = said or [text_of(each) for each in list_of(config.get(row.choices))]
        about = [", ".join(said)]
        if row.limits is not None:
            least, most = (self._word(key) for key in row.limits)
            if least and most and row.ends is not None:
                least, most = f"{least} ({row.ends[0]})", f"{most} ({row.ends[1]})"
            about.append(f"{least} to {most}" if least and most else "")
        step = text_of(config.get(row.step))
        about.append(f"in steps of {step}" if step else "")
        if row.port == "color_temp":
            about.append("kelvin" if config.get("color_temp_kelvin") is True else "mireds")
        if row.type in ("?", *_NUMBERS) and row.port != "color_temp":
            unit = row.unit if row.unit == "%" else text_of(config.get(row.unit))
            about.append(f"°{unit}" if unit in ("C", "F") else unit)
        if self._component in ("sensor", "binary_sensor") and row is not ATTRIBUTES:
            about.insert(0, text_of(config.get("device_class")))
        return line(", ".join(each for each in (row.about, *about) if each))


def _commas(fields: tuple[str, ...]) -> str:
    return "template:" + ",".join(f"{{{name}}}" for name in fields)
