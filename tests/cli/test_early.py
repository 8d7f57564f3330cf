"""A signal before the program is loaded: it ends without a word."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.cli.program import started

# Python asks it for each module that is imported: there the signal comes, in the midst of that.
WHILE = """import os, sys

class Finder:
    def find_spec(name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Finder)
sys.argv = ["msgflo-lab", "participants", "--broker", "amqp://127.0.0.1:1"]
from msgflo_lab.__main__ import main
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "module",
    ["msgflo_lab.cli", "typer", "msgflo_lab.cli.ending", "msgflo_lab.cli.participants"],
)
def test_while_it_is_imported(module: str, number: int) -> None:
    text = WHILE.format(module=module, number=int(number))
    with started(sys.executable, "-c", text) as program:
        out, err = program.process.communicate()
        assert (program.process.returncode, out, err) == (128 + number, "", "")


LOST = WHILE.replace(
    "os.kill(os.getpid(), {number})",
    """
            class Last:
                def __del__(self):
                    os.kill(os.getpid(), {number})
            Last()""",
)


@pytest.mark.parametrize("module", ["msgflo_lab.cli.broker", "msgflo_lab_transports.amqp"])
def test_where_what_is_raised_leads_nowhere(module: str) -> None:
    text = LOST.format(module=module, number=int(signal.SIGTERM))
    with started(sys.executable, "-c", text) as program:
        out, err = program.process.communicate()
        assert (program.process.returncode, out, err) == (128 + signal.SIGTERM, "", "")


def test_the_package_itself_is_no_matter_of_time() -> None:
    """A signal before its first line is Python's own: so that line comes soon."""
    text = "import sys, msgflo_lab.__main__; print('typing' in sys.modules)"
    with started(
        sys.executable, "-I", "-S", "-c", f"sys = __import__('sys'); {PATH}; {text}"
    ) as it:
        assert it.process.communicate() == ("False\n", "")


PATH = f"sys.path[:] = {sys.path!r}"
