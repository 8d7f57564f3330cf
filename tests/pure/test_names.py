"""Names: queues that every broker takes, and what a person reads."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.names import PortName, Role, listed, nearest, queue_for, shown
from tests.pure.strategies import STRANGE, names

any_text = st.one_of(names, st.text(max_size=6), st.text("a.%A$+#2", max_size=5))


@pytest.mark.parametrize(
    ("role", "port", "queue"),
    [
        ("repeat", "in", "repeat.IN"),
        ("a/b", "out", "a/b.OUT"),
        ("my.role", "in", "my.role.IN"),
        ("100%", "in", "100%25.IN"),
        ("a+b#", "in", "a%2Bb%23.IN"),
        ("$SYS", "in", "%24SYS.IN"),
        ("a$b", "in", "a$b.IN"),
        ("温度", "wert", "温度.WERT"),
        ("a", "b.c", "a.B%2EC"),
    ],
)
def test_a_queue_is_named_as_msgflo_names_it(role: str, port: str, queue: str) -> None:
    assert queue_for(Role(role), PortName(port)) == queue


@given(any_text, any_text)
def test_a_queue_is_a_topic_that_every_broker_takes(role: str, port: str) -> None:
    queue = queue_for(Role(role), PortName(port))
    assert queue.encode()
    assert not set(queue) & set("+#\0")
    assert not queue.startswith("$")
    assert not any(category(char) in ("Cc", "Cs") for char in queue)
    assert not any(ord(char) & 0xFFFE == 0xFFFE for char in queue)


@given(any_text, any_text, any_text, any_text)
def test_different_ports_have_different_queues(r1: str, p1: str, r2: str, p2: str) -> None:
    same = queue_for(Role(r1), PortName(p1)) == queue_for(Role(r2), PortName(p2))
    assert same == ((r1, p1.upper()) == (r2, p2.upper()))


def test_the_dot_between_role_and_port_is_the_last_one() -> None:
    assert queue_for(Role("a.B"), PortName("c")) != queue_for(Role("a"), PortName("b.c"))


@given(st.text())
def test_whatever_is_shown_is_printable_and_short(name: str) -> None:
    assert shown(name).isprintable()
    assert len(shown(name)) <= 60
    assert len(shown(name, 10)) <= 10


@pytest.mark.parametrize("name", [name for name in STRANGE if name.isprintable()])
def test_a_printable_name_is_shown_as_it_is(name: str) -> None:
    assert shown(name) == name


def test_listed() -> None:
    assert listed([]) == "nothing"
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a, b"
    assert listed("abcdefghij", 8) == "a, b, c, d, e, f, g, h and 2 more"
    assert listed(["a\nb"]) == r"a\nb"


def test_nearest() -> None:
    assert nearest("thermo", ["display", "thermos"]) == "thermos"
    assert nearest("thermo", ["display"]) is None
    assert nearest("x" * 10_000, ["y" * 10_000, "x"]) is None
