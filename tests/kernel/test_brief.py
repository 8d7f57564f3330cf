"""Errors of ours in plain cells: short; and everybody else's as they are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from msgflo_lab.errors import ConnectionFailed, MsgFloLabError
from tests.runtime.helpers import on_loop

from .conftest import Kernel, Shell

START = 'def begin():\n    lab.start("mqtt://127.0.0.1:1")\n\nbegin()'


def printed(shell: Shell, cell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a failing cell has printed, without colours."""
    capsys.readouterr()
    assert not shell.ipython.run_cell(cell).success
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


def test_where_and_what_and_nothing_else(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(shell, START, capsys)
    assert "----> 4 begin()" in text
    assert '----> 2     lab.start("mqtt://127.0.0.1:1")' in text
    last = text.rstrip().splitlines()[-1]
    assert last.startswith("ConnectionFailed: cannot connect to mqtt://127.0.0.1:1")
    assert "site-packages" not in text
    assert "msgflo_lab/" not in text
    assert "The above exception" not in text
    assert len(text.splitlines()) < 20


def test_the_error_itself_is_whole(shell: Shell) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        shell.run(START)
    assert isinstance(caught.value.__cause__, OSError)


def test_bugs_keep_their_traceback(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("from msgflo_lab import report")
    text = printed(shell, "report.count_of(None, 'edge')", capsys)
    assert "report.py" in text
    assert "TypeError" in text


def test_raised_by_the_cell_itself(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run("from msgflo_lab.errors import MsgFloLabError")
    text = printed(shell, "try:\n    1/0\nexcept Exception:\n    raise MsgFloLabError('x')", capsys)
    assert "----> 4     raise MsgFloLabError('x')" in text


def test_somebody_elses_handler_stays(bare_shell: Shell) -> None:
    def mine(*_: Any, **__: Any) -> None: ...

    bare_shell.ipython.set_custom_exc((KeyError,), mine)
    bare_shell.run("%load_ext msgflo_lab")
    assert bare_shell.ipython.custom_exceptions == (KeyError,)
    bare_shell.run("%unload_ext msgflo_lab")
    assert bare_shell.ipython.custom_exceptions == (KeyError,)
    bare_shell.run("%load_ext msgflo_lab")


def test_unloading_takes_it_out(bare_shell: Shell) -> None:
    bare_shell.run("%load_ext msgflo_lab")
    assert bare_shell.ipython.custom_exceptions == (MsgFloLabError,)
    bare_shell.run("%unload_ext msgflo_lab")
    assert bare_shell.ipython.custom_exceptions == ()
    bare_shell.run("%load_ext msgflo_lab")


def test_in_a_kernel_the_cell_has_failed() -> None:
    kernel = Kernel()
    try:
        kernel.run("%load_ext msgflo_lab")
        shown: list[dict[str, Any]] = []
        reply = kernel.client.execute_interactive(
            "lab.inspect('x.y')", timeout=30, output_hook=shown.append
        )
        assert reply["content"]["status"] == "error"
        assert reply["content"]["ename"] == "NotRunning"
        (error,) = [each["content"] for each in shown if each["msg_type"] == "error"]
        assert len("\n".join(error["traceback"]).splitlines()) < 12
    finally:
        kernel.close()


def test_status_tells_when(shell: Shell) -> None:
    shell.run("%msgflo start")
    text = "queue `x` differs: " + "y" * 400
    on_loop(shell.lab, lambda session: session.coordinator.report(text))
    line = shell.run("%msgflo status").splitlines()[-1]
    assert re.fullmatch(r"  \d\d:\d\d:\d\d  queue `x` differs: y{400}", line)
