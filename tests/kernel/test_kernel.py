"""The extension in a real kernel, asked by a real client."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from .conftest import WAIT, Kernel


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    kernel.run("%load_ext msgflo_lab")
    kernel.run("%msgflo start")
    kernel.run("%%participant thermo --every 0.1\ndef thermo():\n    return 22.5")
    kernel.run("%%participant display\ndef display(text):\n    print(text)")
    kernel.run("lab.add(lambda x: x, 'my counter')")
    kernel.run("%msgflo connect thermo.out heater.on")
    yield kernel
    kernel.close()


@pytest.mark.parametrize("call", ["exit()", "quit()"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_handler_cannot_end_the_kernel(kernel: Kernel, call: str, kind: str) -> None:
    kernel.run(f"%%participant leaver\n{kind} leaver(x):\n    {call}")
    kernel.run("%msgflo send leaver.x 1")
    told = kernel.run("%msgflo errors leaver --wait 10")
    assert "leaver.x  SystemExit: a participant cannot end the kernel" in told
    assert f"    {call}" in told
    # Nothing is on its way either: what ends a kernel does so a moment later.
    assert kernel.run("import time; time.sleep(0.3); print('alive')") == "alive\n"
    assert kernel.manager.is_alive()
    kernel.run("%msgflo remove leaver")


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("%msgflo conn|", ["%msgflo connect"]),
        ("a = 1\n%msgflo conn|", ["a = 1\n%msgflo connect"]),
        ("%msgflo connect th|", ["%msgflo connect thermo.out", "%msgflo connect thermo.error"]),
        ("%msgflo connect thermo.out -> di|", ["%msgflo connect thermo.out -> display.text"]),
        ("%msgflo connect thermo.out di| # so", ["%msgflo connect thermo.out display.text # so"]),
        ("%msgflo inspect 'my|", _my := [
            "%msgflo inspect 'my counter.x'",
            "%msgflo inspect 'my counter.out'",
            "%msgflo inspect 'my counter.error'",
        ]),
        ("%msgflo inspect 'my|'", _my),
        ("%msgflo inspect 'my counter.|'", _my),
        ("%msgflo inspect my|", _my),
        (
            "%msgflo inspect display.text --|",
            [
                f"%msgflo inspect display.text {option}"
                for option in ("-n", "--wait", "--new", "--plain", "--out")
            ],
        ),
        ("%msgflo inspect display.text --wait |", []),
        ("%msgflo inspect display.text --new --p|", ["%msgflo inspect display.text --new --plain"]),
        ("%msgflo inspect -n 3 display.t|", ["%msgflo inspect -n 3 display.text"]),
        ("%msgflo send display.text |", []),
        ("%msgflo send display.text imp|", []),
        ("%msgflo stop |", []),
        ("%msgflo stop # imp|", []),
        ("%msgflo nonsense imp|", []),
        ("text = %msgflo log disp|", ["text = %msgflo log display"]),
        ("%%participant disp|\ndef f(x): pass", ["%%participant display\ndef f(x): pass"]),
        ("%%participant my|\npass", ["%%participant 'my counter'\npass"]),
        ("%%participant x --e|\npass", ["%%participant x --every\npass"]),
    ],
)  # fmt: skip
def test_tab(kernel: Kernel, typed: str, offers: list[str]) -> None:
    assert kernel.complete(typed.replace("|", ""), typed.index("|")) == offers


def test_tab_after_a_space_offers_ours_and_nothing_of_python(kernel: Kernel) -> None:
    prefix = "%msgflo inspect display.text "
    offers = [f"{prefix}{option}" for option in ("-n", "--wait", "--new", "--plain", "--out")]
    assert kernel.complete(prefix) == offers
    first = [each.removeprefix("%%participant ") for each in kernel.complete("%%participant ")]
    assert first[:4] == ["thermo", "display", "'my counter'", "heater"]
    details = {"--every", "--out", "--icon", "--label", "--component"}
    assert set(first[4:]) == details | {"--retries", "--retry-after", "--share", "--option"}


def test_python_is_completed_as_ever(kernel: Kernel) -> None:
    assert "import" in kernel.complete("imp")
    assert "%msgflo" in kernel.complete("%msgf")


def test_pictures_of_different_heights_show_the_same(kernel: Kernel) -> None:
    kernel.run(
        "from msgflo_lab_kernel.picture import picture_of\n"
        "low, high = picture_of(lab, 200), picture_of(lab, 500)\n"
        "assert low is not high and low is picture_of(lab, 200)\n"
        "assert (low.height, high.height) == (200, 500)\n"
        "assert low._painter is high._painter and low.svg() == high.svg()"
    )


def test_unloading_is_quiet_and_lets_python_alone(kernel: Kernel) -> None:
    kernel.run("%msgflo graph\n%msgflo graph --height 300")
    assert kernel.run("%unload_ext msgflo_lab") == ""
    assert "%msgflo connect" not in kernel.complete("%msgflo conn")
    assert kernel.run("print('ask_exit' in vars(get_ipython()))") == "False\n"
    kernel.run("%load_ext msgflo_lab")


def test_the_user_can_still_end_the_kernel(kernel: Kernel) -> None:
    kernel.run("exit()")
    deadline = time.monotonic() + WAIT
    while kernel.manager.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # there is nothing but asking
