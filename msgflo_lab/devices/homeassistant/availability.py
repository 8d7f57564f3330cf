"""Who is there: availability topics, and what they say.

Pure. An entity names one topic (`availability_topic`) or several (`availability`), and how they
count together (`availability_mode`: `latest`, `any`, `all`). It is there once they say so. One that
names none is always there. Follows https://www.home-assistant.io/integrations/mqtt/#availability-topics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ...encoding import encoding_of
from ...errors import MsgFloLabError
from ..lines import chained, is_topic
from ..naming import line
from .config import list_of, text_of
from .template import reading

_MODES = ("latest", "any", "all")


class Source(msgspec.Struct, frozen=True):
    """One topic on which it is said.

    Attributes:
        encoding: Of its messages; None if it is beyond us.
        words: For there and for not there.
    """

    topic: str
    encoding: str | None
    words: tuple[str, str]

    def says(self, payload: bytes) -> bool | None:
        """Whether it says there, not there, or neither."""
        if self.encoding is None:
            return True
        try:
            value = encoding_of(self.encoding).read(payload)
        except MsgFloLabError:
            return None
        # Python's spelling of JSON's true is what Home Assistant compares with.
        text = text_of(value).strip()
        words = self.words
        if isinstance(value, bool):
            text, words = text.casefold(), (words[0].casefold(), words[1].casefold())
        return True if text == words[0] else False if text == words[1] else None


class Availability(msgspec.Struct, frozen=True):
    """All that is said about whether somebody is there."""

    sources: tuple[Source, ...] = ()
    mode: str = "latest"

    def is_there(self, states: Mapping[str, tuple[int, bool]]) -> bool:
        """Whether somebody is there.

        Args:
            states: What each topic said last, where it said anything that counts, with a number
                that grows from one message to the next.
        """
        if not self.sources:
            return True
        said = [states[each.topic] for each in self.sources if each.topic in states]
        if self.mode == "all":
            return len(said) == len(self.sources) and all(state for _, state in said)
        if self.mode == "any":
            return any(state for _, state in said)
        return max(said)[1] if said else False


def availability(config: Mapping[str, Any]) -> tuple[Availability, list[str]]:
    """What an entity says of it, and notes on what is beyond us."""
    notes: list[str] = []
    sources = tuple(_sources(config, notes))
    mode = text_of(config.get("availability_mode")) or "latest"
    if mode not in _MODES:
        notes.append(f"`availability_mode` is `{line(mode, 40)}`; taken as `latest`")
        mode = "latest"
    return Availability(sources, mode), notes


def _sources(config: Mapping[str, Any], notes: list[str]) -> Iterator[Source]:
    single = config.get("availability_topic")
    entries = (
        [{**config, "topic": single, "value_template": config.get("availability_template")}]
        if single is not None
        else [each for each in list_of(config.get("availability")) if isinstance(each, dict)]
    )
    for entry in entries:
        topic, template = entry.get("topic"), entry.get("value_template")
        if not is_topic(topic, wild=True):
            notes.append("a topic of `availability` is none; it is left out")
            continue
        encoding: str | None = "text"
        if template is not None:
            found = reading(template) if isinstance(template, str) else None
            encoding = None if found is None or found.choice else chained(found.words or ("text",))
            if encoding is None:
                notes.append(
                    "the template of its availability is beyond what is understood here: it "
                    "counts as alive once anything was said"
                )
        words = [
            text_of(entry.get(f"payload_{key}", word))
            for key, word in (("available", "online"), ("not_available", "offline"))
        ]
        yield Source(str(topic), encoding, (words[0], words[1]))
