"""What a page asks when it is loaded is answered while a cell runs, by a real kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from msgflo_lab_kernel import page_load

from .conftest import WAIT, Kernel

CONTROL: dict[str, Any] = {
    "comm_id": "control",
    "target_name": page_load.CONTROL_TARGET,
    "data": {},
}
REQUEST_STATES: dict[str, Any] = {"comm_id": "control", "data": {"method": "request_states"}}


class Page(Kernel):
    """Speaks with its kernel as a page does, also while a cell runs."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    @contextmanager
    def cell_that_waits(self) -> Iterator[None]:
        """A cell that runs as long as the block does, whatever is asked meanwhile."""
        end = self.folder / "end"
        self.client.execute(
            f"import pathlib, time\nprint('waiting')\n"
            f"while not pathlib.Path({str(end)!r}).exists(): time.sleep(0.02)"
        )
        self.hear("stream")
        try:
            yield
        finally:
            end.touch()
        reply = self.reply("execute_reply")
        end.unlink()
        assert reply["content"]["status"] == "ok"

    def ask(self, kind: str, subshell: str | None = None, **content: Any) -> None:
        """Send something to a shell: the main one, or a subshell."""
        message = self.client.session.msg(kind, content, metadata={"version": "1.0.0"})
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def reply(self, kind: str) -> dict[str, Any]:
        """The next reply of a shell, which must be of this kind."""
        message: dict[str, Any] = self.client.get_shell_msg(timeout=WAIT)
        assert message["msg_type"] == kind
        return message

    def subshell(self) -> str:
        """Make a subshell."""
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        return str(self.client.get_control_msg(timeout=WAIT)["content"]["subshell_id"])

    def hear(self, kind: str, /, **data: object) -> dict[str, Any]:
        """The next message of this kind to all pages, with these entries in its data."""
        deadline = time.monotonic() + WAIT
        while True:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=deadline - time.monotonic())
            if message["msg_type"] == kind:
                found = message["content"].get("data", {})
                found = found.get("content", found)
                if all(found.get(name) == value for name, value in data.items()):
                    return message


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    pytest.importorskip("ipykernel", minversion="7")  # before, no shell but the main one
    page = Page(tmp_path_factory.mktemp("page"))
    page.run("%load_ext msgflo_lab")
    page.run("%msgflo start")
    page.run("%%participant thermo --every 0.1\ndef thermo():\n    return 22.5")
    page.run("%%participant display\ndef display(text):\n    pass")
    page.run("%msgflo connect thermo.out display.text")
    page.run("from msgflo_lab_kernel.picture import picture_of\npicture = picture_of(lab, 300)")
    yield page
    page.close()


def test_the_state_of_all_widgets_is_told_while_a_cell_runs(page: Page) -> None:
    picture = page.run("print(picture.model_id)").strip()
    with page.cell_that_waits():
        page.ask("kernel_info_request")
        assert page.reply("kernel_info_reply")["content"]["status"] == "ok"
        page.ask("comm_open", **CONTROL)
        page.ask("comm_msg", **REQUEST_STATES)
        told = page.hear("comm_msg", method="update_states")
        assert told["content"]["comm_id"] == "control"
        assert told["parent_header"]["msg_type"] == "comm_msg"
        assert picture in told["content"]["data"]["states"]
        page.ask("comm_close", comm_id="control", data={})


def test_a_picture_hears_its_page_while_a_cell_runs(page: Page) -> None:
    picture = page.run("print(picture.model_id)").strip()
    with page.cell_that_waits():
        page.hear("comm_msg", kind="traffic")  # ipykernel answers to the shell that spoke last
        hello = {"method": "custom", "content": {"kind": "hello"}}
        page.ask("comm_msg", page.subshell(), comm_id=picture, data=hello)
        assert page.hear("comm_msg", kind="scene")["content"]["comm_id"] == picture


def test_other_questions_wait_for_the_cell(page: Page) -> None:
    with page.cell_that_waits():
        page.ask("comm_info_request")
        page.ask("kernel_info_request")
        page.reply("kernel_info_reply")
    page.reply("comm_info_reply")


def test_what_cannot_be_answered_at_once_is_answered_later(page: Page) -> None:
    page.run(
        "import threading\n"
        "handlers = get_ipython().kernel.shell_handlers\n"
        "answer = handlers['kernel_info_request']\n"
        "def strict(*arguments):\n"
        "    assert threading.current_thread() is threading.main_thread()\n"
        "    return answer(*arguments)\n"
        "handlers['kernel_info_request'] = strict"
    )
    with page.cell_that_waits():
        page.ask("kernel_info_request")
        page.ask("is_complete_request", page.subshell(), code="1")
        page.reply("is_complete_reply")  # so the first has been tried, too
    page.reply("kernel_info_reply")
    page.run("handlers['kernel_info_request'] = answer")


def test_after_unloading_all_questions_wait_for_the_cell(page: Page) -> None:
    page.run("%unload_ext msgflo_lab")
    with page.cell_that_waits():
        page.ask("kernel_info_request")
        page.ask("is_complete_request", page.subshell(), code="1")
        page.reply("is_complete_reply")  # so the first has been received, too
    page.reply("kernel_info_reply")
    page.run("%load_ext msgflo_lab")


def test_an_unknown_kernel_is_let_alone() -> None:
    assert page_load.install(None) is None
    thread = SimpleNamespace(io_loop=SimpleNamespace(add_callback=pytest.fail))
    parts: dict[str, Any] = dict.fromkeys(
        ("session", "iopub_socket", "shell_stream", "shell_channel_thread_main", "shell_handlers")
    )
    kernel = SimpleNamespace(**parts, shell_channel_thread=thread)
    assert page_load.install(kernel) is None
    kernel._main_asyncio_lock = kernel._shell_parent = object()
    assert page_load.install(kernel) is None
