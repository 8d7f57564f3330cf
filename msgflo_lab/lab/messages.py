"""Messages: sent and looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, cast

from ..definition import Side
from ..graph import Graph
from ..graph.model import Edited
from ..message import decode, encode
from ..runtime.history import Seen
from ..runtime.session import Session, running
from .core import Core


class Messages(Core):
    """The part of `Lab` that deals with messages."""

    def send(self, port: str, value: Any, *, initial: bool = False) -> None:
        """Send one message to `role.port`: into an inport, or as if it came out of an outport.

        Args:
            initial: Also keep it as the inport's initial packet: it is sent again whenever a
                participant of the role appears.

        Raises:
            UnknownName: No such role or port.
            InvalidMessage: The value has no JSON form.
        """
        if initial:
            self._set_initial(port, value)
            return

        def send(session: Session | None) -> Awaitable[None]:
            session = running(session)
            return session.send(session.look_up(port, Side.IN, Side.OUT), value)

        self._do(send)

    def inspect(
        self,
        port: str,
        n: int = 10,
        *,
        wait: float = 0.0,
        new: bool = False,
        side: Side | None = None,
    ) -> list[Seen]:
        """The last `n` messages that passed `role.port`, oldest first.

        Args:
            wait: Seconds to wait at most until there are `n` of them.
            new: Only those that come from now on.
            side: Of which port, where an inport and an outport have this name; else the inport.

        Raises:
            UnknownName: No such role or port.
        """
        sides = (side,) if side is not None else (Side.IN, Side.OUT)

        def inspect(session: Session | None) -> Awaitable[list[Seen]]:
            session = running(session)
            address = session.look_up(port, *sides)
            return session.inspect(address, n, wait=wait, new=new)

        return cast(list[Seen], self._do(inspect))

    def _set_initial(self, port: str, value: Any) -> None:
        # What cannot be sent is refused now, and what is changed later does not change the packet.
        payload = encode(value)
        kept = payload if isinstance(value, bytes | bytearray | memoryview) else decode(payload)

        def keep(session: Session | None) -> Callable[[Graph], Edited]:
            at = self._address(session, port, Side.IN)
            return lambda graph: graph.set_initial(at.role, at.port, kept)

        self._edit(keep)
