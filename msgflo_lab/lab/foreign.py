"""Foreign participants as the lab has them: what is registered, and whom adapters find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ..definition import ParticipantDefinition
from ..errors import InvalidConfig
from ..files import why
from ..message import encode
from ..names import ComponentName, Role
from ..runtime.foreigner import ForeignParticipant
from ..runtime.host import Host
from ..runtime.session import Session
from ..transport import BrokerUrl

if TYPE_CHECKING:
    from ..devices.scan import Proposal

SCAN_SECONDS = 5.0
"""How long a scan listens, if nobody says: what is retained comes at once."""

Do = Callable[[Callable[[Session | None], Any]], Any]
"""Does something with the session, where its loop is, and waits for the end."""


class Foreigner(NamedTuple):
    """A foreign participant, as it is at the moment.

    Attributes:
        adapter: Who has found it; "" if it was registered.
        is_alive: Whether it is said to be there.
        passed: Messages that were read or written for it.
        skipped: Messages with nothing for us in them.
        refused: Messages that could not be understood, or not be written.
        problem: The last reason for that, or "".
        notes: What of its description could not be expressed.
        described: Its topics and encodings.
    """

    role: Role
    component: ComponentName
    adapter: str
    is_alive: bool
    passed: int
    skipped: int
    refused: int
    problem: str
    notes: tuple[str, ...]
    described: ParticipantDefinition


class ForeignDesk:
    """`lab.foreign`. Like the lab's own methods, these may be called from any thread."""

    def __init__(self, do: Do, host: Host) -> None:
        self._do = do
        self._host = host

    def register(
        self,
        source: str | Path | ParticipantDefinition,
        role: str | None = None,
        *,
        name: str = "<yaml>",
    ) -> list[Role]:
        """Announce and interpret foreign participants; again in every session. Returns their roles.

        Args:
            source: A description in YAML (a text of several lines), or a file's name; or what was
                read from one.
            role: Of the participant, in place of what the description says.
            name: What a text is called in errors.

        Raises:
            InvalidDefinition: It describes none.
            InvalidConfig: The file cannot be read.
            TransportError: The broker cannot have its topics.
        """
        if isinstance(source, ParticipantDefinition):
            described = [source]
        else:
            described = read(source, role, name=name)

        async def register() -> None:
            for each in described:
                await self._host.registry.register(each)

        self._do(lambda _: register())
        return [each.role for each in described]

    def members(self) -> list[Foreigner]:
        """Everybody who is announced and interpreted now, or waits for a session, by role."""

        def look(_: Session | None) -> list[Foreigner]:
            registry = self._host.registry
            found = [
                _of(member, *registry.switches.found_by(participant))
                for participant, member in registry.members.items()
            ]
            waiting = registry.described.keys() - registry.members.keys()
            found += [_waiting(registry.described[each]) for each in waiting]
            return sorted(found, key=lambda each: each.role)

        return cast(list[Foreigner], self._do(look))

    def ignored(self) -> dict[str, str]:
        """By topic, why a description that an adapter has heard is of no use; the latest."""
        return cast(dict[str, str], self._do(lambda _: self._host.registry.switches.ignored))

    def at(self, url: str | None, **options: object) -> None:
        """Say where the devices are, if not on the lab's own broker.

        Args:
            url: Of an MQTT broker; None for the lab's own.
            options: Transport options, as in the URL's query.

        Raises:
            TransportError: It cannot be reached, or has no topics; all stays as it was.
        """
        where = BrokerUrl.parse(url, **options) if url is not None else None
        self._do(lambda _: self._host.registry.move(where))

    @property
    def where(self) -> BrokerUrl | None:
        """Where the devices are; None for the lab's own broker. As text, without its password."""
        return cast("BrokerUrl | None", self._do(lambda _: self._host.registry.where))

    def say(self, topic: str, value: Any, *, retain: bool = False) -> None:
        """Publish on a topic as a device would: text and bytes as they are, all else as JSON.

        Args:
            retain: Those who come later are to get it, too.

        Raises:
            NotRunning: The lab is stopped.
            InvalidName: The broker cannot have that topic.
        """
        payload = value.encode() if isinstance(value, str) else encode(value)
        self._do(lambda _: self._host.registry.say(topic, payload, retain))

    def turn_on(self, adapter: str, prefix: str | None = None) -> None:
        """Let devices appear by themselves that describe themselves in this way.

        Args:
            adapter: `homeassistant` or `homie`.
            prefix: The first level of its topics, if not the usual one.

        Raises:
            UnknownName: There is no such adapter.
            TransportError: The broker has no topics, or refuses.
        """
        self._do(lambda _: self._host.registry.turn_on(adapter, prefix))

    def turn_off(self, adapter: str) -> None:
        """Let them disappear. Raises UnknownName: that adapter is not on."""
        self._do(lambda _: self._host.registry.turn_off(adapter))

    def adapters(self) -> dict[str, bool]:
        """All adapters there are, and whether each is on."""
        return cast(dict[str, bool], self._do(lambda _: self._host.registry.switches.states))

    def scan(self, seconds: float = SCAN_SECONDS, pattern: str = "#") -> Sequence[Proposal]:
        """Listen to all topics (or to a pattern) for so long, and propose foreign participants.

        Accept one by `register(proposal.definition)`.

        Raises:
            NotRunning: The lab is stopped.
            TransportError: The broker has no topics, or refuses.
        """
        found = self._do(lambda _: self._host.registry.scan(seconds, pattern))
        return cast("Sequence[Proposal]", found)


def read(
    source: str | Path, role: str | None = None, *, name: str = "<yaml>"
) -> list[ParticipantDefinition]:
    """Read descriptions: a text of several lines, or a file.

    Args:
        role: Of the participant, in place of what the description says.
        name: What a text is called in errors.

    Raises:
        InvalidDefinition: It describes none.
        InvalidConfig: The file cannot be read.
    """
    from ..foreign.description import loads  # YAML takes its time to be imported

    if isinstance(source, str) and "\n" in source:
        return loads(source, role=role, name=name)
    try:
        text = Path(source).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfig(f"cannot be read: {why(error)}", source) from None
    return loads(text, role=role, name=str(source))


def _of(member: ForeignParticipant, adapter: str, notes: tuple[str, ...]) -> Foreigner:
    described = member.described
    return Foreigner(
        described.role,
        described.component,
        adapter,
        member.is_alive,
        member.passed,
        member.skipped,
        member.refused,
        member.problem,
        notes,
        described,
    )


def _waiting(described: ParticipantDefinition) -> Foreigner:
    return Foreigner(described.role, described.component, "", False, 0, 0, 0, "", (), described)
