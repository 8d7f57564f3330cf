"""`%%fbpspec`, as a person types it."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from .conftest import Kernel, Shell

INVERT = "%%participant invert\ndef invert(in_: bool):\n    return not in_"
GOOD = "- {name: a, assertion: is false, inputs: {in: true}, expect: {out: {equals: false}}}\n"
BAD = "- {name: b, assertion: is <true>, inputs: {in: true}, expect: {out: {equals: true}}}\n"
SKIPPED = "- {name: c, assertion: is there, skip: no time}\n"
CELL = f"%%fbpspec\ntopic: invert\ncases:\n{GOOD}{BAD}{SKIPPED}"


@pytest.mark.parametrize("is_started", [False, True])
def test_components_of_cells_are_tested_beside_the_network(shell: Shell, is_started: bool) -> None:
    if is_started:
        shell.run("%msgflo start")
    shell.run(INVERT)
    before = shell.lab.network()
    printed = shell.run(CELL)
    assert printed == (
        "1 passed, 1 failed, 1 skipped\n"
        "invert\n"
        "  b\n"
        "    is <true>: ✗ Error: expected false to equal true\n"
        "      at cell:5\n"
        "      sent: in: true\n"
        "      received: out: false\n"
        "  a\n"
        "    is false: ✓\n"
        "  c\n"
        "    is there: SKIP: no time"
    )
    assert shell.lab.network() == before


def test_the_table(shell: Shell) -> None:
    shell.run(INVERT)
    shell.run("from msgflo_lab_kernel import spec")
    given = "spec.spec_parser().parse_args([])"
    html = shell.show(f"spec.run(lab, {given}, {CELL.partition(chr(10))[2]!r})")._repr_html_()
    assert html.index("✗") < html.index("✓") < html.index("SKIP")
    assert "is &lt;true&gt;" in html
    assert ">at cell:5\nsent: in: true" in html


def test_a_cell_that_is_to_fail(shell: Shell) -> None:
    shell.run(INVERT)
    with pytest.raises(UsageError, match="1 passed, 1 failed, 1 skipped: see the table"):
        shell.run(CELL.replace("%%fbpspec", "%%fbpspec --check"))
    shell.run(f"%%fbpspec --check\ntopic: invert\ncases:\n{GOOD}")


def test_a_mistake_is_told_with_its_line(shell: Shell) -> None:
    with pytest.raises(UsageError) as caught:
        shell.run("%%fbpspec\ntopic: invert\ncases:\n- {name: a}\n")
    assert str(caught.value) == "cell:4: a case needs `inputs`"
    assert "example:" in shell.run("%%fbpspec --help\nx")


def test_in_a_kernel_where_a_loop_runs() -> None:
    kernel = Kernel()
    try:
        kernel.run("%load_ext msgflo_lab")
        kernel.run(INVERT)
        kernel.run(f"%%fbpspec --check\ntopic: invert\ncases:\n{GOOD}")
        reply = kernel.client.execute_interactive(
            CELL.replace("%%fbpspec", "%%fbpspec --check"), timeout=30
        )
        assert reply["content"]["ename"] == "UsageError"
    finally:
        kernel.close()
