"""Loading, reloading and unloading leave exactly what they should."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from .conftest import Shell

SOURCE = "%%participant thermo --every 0.05\ndef thermo():\n    return 22.5"


def test_loading_gives_magics_and_a_lab(shell: Shell) -> None:
    assert not shell.lab.is_running
    assert "msgflo" in shell.ipython.magics_manager.magics["line"]
    assert {"participant", "fbp"} <= shell.ipython.magics_manager.magics["cell"].keys()


def test_loading_keeps_a_variable_of_the_user(bare_shell: Shell) -> None:
    bare_shell.run("lab = 'mine'")
    bare_shell.run("%load_ext msgflo_lab")
    assert bare_shell.ipython.user_ns["lab"] == "mine"
    assert bare_shell.run("%msgflo start").startswith("lab: on direct://")


def test_unloading_leaves_nothing_behind(bare_shell: Shell) -> None:
    before, stdout = set(threading.enumerate()), sys.stdout
    bare_shell.run("%load_ext msgflo_lab")
    bare_shell.run("%msgflo start")
    bare_shell.run(SOURCE)
    bare_shell.show("%msgflo graph")
    assert bare_shell.lab.inspect("thermo.out", 1, wait=5)
    assert set(threading.enumerate()) - before
    bare_shell.run("%unload_ext msgflo_lab")
    assert set(threading.enumerate()) - before == set()
    assert sys.stdout is stdout
    assert "lab" not in bare_shell.ipython.user_ns
    assert "msgflo" not in bare_shell.ipython.magics_manager.magics["line"]
    assert not {"participant", "fbp"} & bare_shell.ipython.magics_manager.magics["cell"].keys()
    assert bare_shell.complete("%msgflo conn") == []


def test_reloading_gives_a_fresh_lab(shell: Shell) -> None:
    shell.run("%msgflo start")
    shell.run(SOURCE)
    before = shell.lab
    shell.run("%reload_ext msgflo_lab")
    assert shell.lab is not before
    assert not before.is_running
    assert shell.run("%msgflo participants") == "nobody is here yet"


def test_output_of_a_handler_goes_to_its_log_and_not_into_a_cell(
    capsys: pytest.CaptureFixture[str], bare_shell: Shell
) -> None:
    shell = bare_shell
    # In the test itself: pytest puts its own streams back between a fixture and its test.
    shell.ipython.run_line_magic("load_ext", "msgflo_lab")
    shell.run("%msgflo start")
    shell.run("%%participant shout\ndef shout(word):\n    print('heard', word)\n    return word")
    shell.run("%msgflo send shout.word hello")
    shell.lab.inspect("shout.out", 1, wait=5)
    assert shell.run("%msgflo log shout") == "heard hello"
    assert "heard" not in capsys.readouterr().out


def test_display_of_the_picture_has_a_static_twin(shell: Shell) -> None:
    shell.run("%msgflo start")
    shell.run("%%participant evil\ndef evil(x):\n    return x")
    shell.lab.rename("evil", "<b>&evil</b>")
    picture = shell.show("%msgflo graph")
    bundle: dict[str, Any] = picture._repr_mimebundle_()[0]
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == picture.model_id
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "<b>" not in bundle["image/svg+xml"]
    assert "<b>&evil</b>" in bundle["text/plain"]
    assert shell.show("%msgflo graph") is picture
