"""Roles of those who are found, and the bounds."""

from __future__ import annotations

import json

import pytest

from msgflo_lab.definition import ParticipantDefinition
from msgflo_lab.devices import Found
from msgflo_lab.devices.homeassistant import HomeAssistant, adapter
from msgflo_lab.devices.limits import MAX_IGNORED
from msgflo_lab.devices.naming import label_of, line, role_of, slug
from msgflo_lab.devices.register import Ignored, Register
from msgflo_lab.names import ComponentName, ParticipantId, Role


def who(key: str, role: str, label: str = "") -> Found:
    return Found(
        ParticipantDefinition(
            id=ParticipantId(key), role=Role(role), component=ComponentName("x"), label=label
        )
    )


def roles(register: Register) -> dict[str, str]:
    return {str(key): str(each.definition.role) for key, each in register.found.items()}


def test_a_role_belongs_to_one() -> None:
    register = Register()
    assert register.put(who("1", "lamp"), "one")
    assert not register.put(who("1", "lamp"), "one")
    assert register.put(who("1", "lamp", "other"), "one")
    assert register.put(who("2", "lamp"), "two")
    assert register.put(who("3", "lamp"), "three")
    assert roles(register) == {"1": "lamp_one", "2": "lamp_two", "3": "lamp_three"}
    assert not register.put(who("2", "lamp"), "two")
    assert register.drop(ParticipantId("1"))
    assert register.drop(ParticipantId("3"))
    assert not register.drop(ParticipantId("3"))
    assert roles(register) == {"2": "lamp"}


def test_a_role_that_is_taken_gets_a_number() -> None:
    register = Register()
    register.put(who("1", "lamp_two"), "x")
    register.put(who("2", "lamp"), "two")
    register.put(who("3", "lamp"), "two")
    assert roles(register) == {"1": "lamp_two", "2": "lamp_two_2", "3": "lamp_two_3"}


def test_another_wish() -> None:
    register = Register()
    register.put(who("1", "lamp"), "one")
    register.put(who("2", "lamp"), "two")
    assert register.put(who("2", "fan"), "two")
    assert roles(register) == {"1": "lamp", "2": "fan"}


def test_a_register_is_bounded() -> None:
    register = Register(limit=1)
    register.put(who("1", "a"), "x")
    assert register.is_full
    assert not register.put(who("2", "b"), "x")
    assert register.put(who("1", "c"), "x")
    assert roles(register) == {"1": "c"}


def test_topics_of_availability_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "MAX_WATCHED", 1)
    house = HomeAssistant()
    for name in "ab":
        said = {"state_topic": "s", "availability_topic": name}
        house.hear(f"homeassistant/sensor/{name}/config", json.dumps(said).encode())
    one, other = house.found.values()
    assert house.watching == {"a"}
    assert not one.is_alive
    assert other.is_alive
    assert other.notes == ("too many topics of availability: whether it is alive is not known",)


def test_reasons_are_bounded() -> None:
    ignored = Ignored()
    for number in range(MAX_IGNORED + 5):
        ignored.put(str(number), "why")
    assert len(ignored.reasons) == MAX_IGNORED
    assert "4" not in ignored.reasons
    ignored.drop("5")
    assert "5" not in ignored.reasons


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Küche", "kuche"), ("Ångström-2", "angstrom_2"), ("Straße", "strasse"), ("--", ""),
     ("a" * 200, "a" * 60), ("²", "2"), ("温度", "")],
)  # fmt: skip
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_long_names_leave_room_for_each_other() -> None:
    role = role_of("a" * 100, "b" * 100, "sensor")
    assert set(role) == {"a", "b", "_"}
    assert len(role) <= 61
    assert role != role_of("a" * 100, "c" * 100, "sensor")


def test_labels() -> None:
    assert label_of("Lamp", "") == "Lamp"
    assert label_of("", "Lamp") == "Lamp"
    assert label_of("Lamp", "Lamp left") == "Lamp left"
    assert label_of("Lamp", "Colour") == "Lamp Colour"
    assert line("a\n b\x1b[31m") == "a b[31m"
    assert line("x" * 20, 10) == "x" * 9 + "…"
