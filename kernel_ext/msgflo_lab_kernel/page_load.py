"""Answers a page that is loaded while a cell runs: its pictures need not wait for the cell's end.

Before a page can draw any widget, it asks the kernel who it is, opens the widgets' control channel,
and asks there for the state of all widgets. JupyterLab sends these three to the main shell, where
they wait behind the cell that runs. Subshells are served while a cell runs; but a page may use them
only when it knows who the kernel is, and uses none for the first words on a channel.

ipykernel 7 receives the messages for all shells in a thread of its own, which hands each to its
shell. `FrontDesk` stands before that: while the main shell is busy, it has these three handled at
once, by the kernel's own handlers. All else passes untouched, and so do these while nothing runs.

This leans on parts of ipykernel that nobody has promised to keep. Where one of them is missing,
`install` does nothing, and what cannot be answered here is passed on after all: such a page waits
for the cell, as it would without us.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any

log = logging.getLogger(__name__)

CONTROL_TARGET = "jupyter.widget.control"
"""Where a page asks for the state of all widgets (ipywidgets' control channel, version 1)."""

KINDS = {"kernel_info_request", "comm_open", "comm_msg"}

CHANNELS = 100
"""Control channels that are remembered. With more, the oldest is forgotten: a page asks once, and
right after it has opened its channel."""

Message = dict[str, Any]


def install(kernel: Any) -> Callable[[], None] | None:
    """Answer pages that are loaded while a cell runs, from now on.

    Args:
        kernel: The kernel of the shell, or None where the shell has none.

    Returns:
        What ends it; None where nothing was done, since this is not the ipykernel known here.
    """
    try:
        desk = FrontDesk(kernel)
    except (AttributeError, TypeError):
        log.debug("pages loaded while a cell runs will wait for it", exc_info=True)
        return None
    desk.open()
    return desk.close


class FrontDesk:
    """Keeps what a page asks when it is loaded from waiting behind a cell.

    `open` and `close` may be called from any thread.

    Raises:
        AttributeError: The kernel lacks a part that is needed.
        TypeError: Such a part is something else than it was.
    """

    def __init__(self, kernel: Any) -> None:
        self._session = kernel.session
        self._news = kernel.iopub_socket
        self._stream = kernel.shell_stream
        self._loop = kernel.shell_channel_thread.io_loop
        self._pass_on = kernel.shell_channel_thread_main
        self._handlers = kernel.shell_handlers
        self._main_shell = kernel._main_asyncio_lock
        self._parent = kernel._shell_parent
        self._channels: deque[str] = deque(maxlen=CHANNELS)
        if not isinstance(self._main_shell, asyncio.Lock):
            raise TypeError("a busy main shell is not recognized")
        if not isinstance(self._parent, ContextVar):
            raise TypeError("the message that is answered cannot be set")

    def open(self) -> None:
        """Stand before the kernel's own receiver."""
        self._loop.add_callback(self._stream.on_recv, self._received, copy=False)

    def close(self) -> None:
        """Let everything pass again. What is being answered will be."""
        self._loop.add_callback(self._stream.on_recv, self._pass_on, copy=False)

    async def _received(self, frames: list[Any]) -> None:
        # In the thread that receives for all shells. Messages come here one after the other up to
        # the first `await`, so that none overtakes another.
        try:
            taken = self._take(frames) if self._main_shell.locked() else None
        except Exception:  # whatever it is, the kernel may know it
            log.debug("a message for the shell is not understood", exc_info=True)
            taken = None
        if taken is None:
            await self._pass_on(frames)
            return
        answer = self._answer(*taken, frames)
        if taken[1]["header"]["msg_type"] != "comm_msg":
            await answer
            return
        # The state of all widgets, other people's too, takes as long as it takes.
        run = partial(copy_context().run, asyncio.run, answer)
        threading.Thread(target=run, name="msgflo page", daemon=True).start()

    def _take(self, frames: list[Any]) -> tuple[Any, Message] | None:
        """Sender and message, if it is one of the three; None if it is not."""
        idents, rest = self._session.feed_identities(frames, copy=False)
        # Were the content unpacked here, the kernel would refuse the message as a repeated one.
        message = self._session.deserialize(rest, content=False, copy=False)
        header = message["header"]
        kind = header["msg_type"]
        if kind not in KINDS or header.get("subshell_id"):
            return None
        message["content"] = content = self._session.unpack(message["content"])
        if kind == "comm_open":
            if content["target_name"] != CONTROL_TARGET:
                return None
            self._channels.append(content["comm_id"])
        elif kind == "comm_msg" and content["comm_id"] not in self._channels:
            return None
        return idents, message

    async def _answer(self, idents: Any, message: Message, frames: list[Any]) -> None:
        self._parent.set(message)  # of what is sent in the context of this answer, and of no other
        try:
            self._publish("busy", message)
            handler = self._handlers[message["header"]["msg_type"]]
            result = handler(self._stream, idents, message)
            if inspect.isawaitable(result):
                await result
            self._publish("idle", message)
        except Exception:
            log.debug("a page has to wait for the cell", exc_info=True)
            self._loop.add_callback(self._pass_on, frames)

    def _publish(self, state: str, parent: Message) -> None:
        # A page regards a request as done when it hears of an idle kernel with it as parent.
        self._session.send(
            self._news, "status", {"execution_state": state}, parent=parent, ident=b"status"
        )
