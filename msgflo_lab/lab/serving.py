"""The lab as a runtime that FBP clients open, edit and watch."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, cast

from ..errors import MsgFloLabError
from ..names import shown
from .core import Core

if TYPE_CHECKING:
    from ..protocol import Level, Server


LEVELS = ("read", "control", "edit", "source")
"""What a secret may be good for; each includes those before it."""


def grants_of(secrets: Iterable[str], open_to: str | None = None) -> dict[str, str]:
    """Levels by secret, from `SECRET` (which may `edit`) or `SECRET:LEVEL`.

    A secret with colons in it needs its level said.

    Args:
        open_to: The level of those who give no secret.

    Raises:
        MsgFloLabError: There is no such level, or no secret before it.
    """
    grants: dict[str, str] = {}
    for each in secrets:
        secret, colon, level = each.rpartition(":")
        if not colon:
            secret, level = each, "edit"
        if not secret:
            raise MsgFloLabError("a secret cannot be empty; say what those without one may do")
        grants[secret] = _level(level)
    if open_to is not None:
        grants[""] = _level(open_to)
    return grants


def _level(name: str) -> str:
    if name not in LEVELS:
        raise MsgFloLabError(f"no level `{shown(name)}`; there are: {', '.join(LEVELS)}")
    return name


class Serving(Core):
    """The part of `Lab` that clients of the FBP network protocol come in by."""

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 3569,
        grants: Mapping[str, Level | str] | None = None,
        origins: Collection[str] = (),
        runtime_id: str = "",
    ) -> str:
        """Let clients of the FBP network protocol (Flowhub, noflo-ui) in.

        Called again, it serves anew; clients connect again.

        Args:
            host: The interface to listen on; `0.0.0.0` for all.
            port: 0 for any that is free.
            grants: What secrets are good for: `read`, `control`, `edit` or `source`. Without it,
                one is made up that may `edit`. The secret "" is for those who give none.
            origins: Pages, as `https://host`, that may connect beside the well-known editors.
            runtime_id: Which runtime this is, for editors and registries; a UUID, usually. Without
                it, one that nobody has.

        Returns:
            The address of a page that opens an editor; the secret is in it.

        Raises:
            NotRunning: The lab is stopped.
            MsgFloLabError: There is no such level, or the address cannot be had.
        """
        # Late: what serves takes a while to import, and most labs do without.
        protocol = importlib.import_module("msgflo_lab.protocol")
        levels = {secret: protocol.Level(_level(level)) for secret, level in (grants or {}).items()}

        async def serve() -> str:
            await self._host.unserve()
            server: Server = protocol.Server(
                self._host,
                address=host,
                port=port,
                grants=levels,
                origins=origins,
                runtime_id=runtime_id,
            )
            await server.start()
            self._host.servers.append(server)
            return server.link

        self._running()
        return cast(str, self._do(lambda _: serve()))

    def unserve(self) -> None:
        """Let no clients in any more. Idempotent."""
        self._do(lambda _: self._host.unserve())
