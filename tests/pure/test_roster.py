"""The roster: who is alive, stale or dead at a given moment."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.discovery import (
    Contested,
    Joined,
    Left,
    Liveness,
    Returned,
    Roster,
    Silent,
    Updated,
    roster,
)
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role

HEARTBEAT = 600.0
PATIENCE = HEARTBEAT / 2.2


def somebody(
    name: str = "a-1", role: str = "a", queue: str = "a.IN", outqueue: str = "a.OUT"
) -> ParticipantDefinition:
    return ParticipantDefinition(
        id=ParticipantId(name),
        role=Role(role),
        component=ComponentName("Repeat"),
        inports=(Port(PortName("in"), QueueName(queue)),),
        outports=(Port(PortName("out"), QueueName(outqueue)),),
    )


def inqueues(of: Roster, role: str = "a") -> tuple[QueueName, ...]:
    return of.queues(Role(role), Side.IN, PortName("in"))


def test_somebody_comes_and_dies_silently() -> None:
    here = Roster(heartbeat=HEARTBEAT)
    who = somebody()
    assert here.heard(who, 0) == (Joined(who),)
    assert who.id in here
    assert inqueues(here) == ("a.IN",)
    assert here.sweep(PATIENCE) == ()
    assert here.sweep(PATIENCE + 1) == (Silent(who),)
    assert here.sweep(PATIENCE + 2) == ()
    assert here.sweep(HEARTBEAT) == ()
    assert here.sweep(HEARTBEAT + 0.1) == (Left(who),)
    assert who.id not in here
    assert not here.roles
    assert inqueues(here) == ()


def test_it_returns_before_it_is_dead_or_joins_again_after() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(who, 0)
    here.sweep(PATIENCE + 1)
    assert here.heard(who, 400) == (Returned(who),)
    assert here.sweep(400 + PATIENCE - 1) == ()
    here.sweep(400 + HEARTBEAT + 1)
    assert here.heard(who, 2_000) == (Joined(who),)


def test_its_own_interval_decides_when_it_is_stale() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    for beat in range(5):
        here.heard(who, beat * 27.27)
    last = 4 * 27.27
    assert here.sweep(last + 59) == ()
    assert here.sweep(last + 61) == (Silent(who),)


def test_announcements_close_together_are_no_heartbeat() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(who, 0)
    here.heard(who, 0.1)
    assert here.sweep(PATIENCE) == ()


def test_one_long_gap_is_forgotten_in_time() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    now = 0.0
    for gap in (0, 100, *[10] * 20):
        now += gap
        here.heard(who, now)
    assert here.sweep(now + 23) == (Silent(who),)


def test_a_longer_interval_than_the_heartbeat_is_cut() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(who, 0)
    here.heard(who, 500)
    assert here.sweep(500 + 599) == ()
    assert here.sweep(500 + 601) == (Left(who),)


def test_it_comes_back_with_another_queue() -> None:
    here, before = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(before, 0)
    after = somebody(queue="other")
    assert here.heard(after, 1) == (Updated(before, after),)
    assert inqueues(here) == ("other",)
    replacement = somebody("a-2", queue="third")
    assert here.heard(replacement, 2) == (Joined(replacement),)
    assert inqueues(here) == ("other", "third")


def test_stale_and_changed_is_both() -> None:
    here, before = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(before, 0)
    here.sweep(PATIENCE + 1)
    after = somebody(queue="other")
    assert here.heard(after, 300) == (Updated(before, after), Returned(after))


def test_workers_share_a_role() -> None:
    here = Roster(heartbeat=HEARTBEAT)
    for number in range(3):
        here.heard(somebody(f"a-{number}"), number)
    assert [member.definition.id for member in here.members(Role("a"))] == ["a-0", "a-1", "a-2"]
    assert inqueues(here) == ("a.IN",)
    here.forget(ParticipantId("a-1"))
    assert len(here) == 2
    assert list(here.roles) == ["a"]


def test_a_change_of_role() -> None:
    here, before = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(before, 0)
    after = somebody(role="b")
    assert here.heard(after, 1) == (Updated(before, after),)
    assert list(here.roles) == ["b"]
    assert inqueues(here, "b") == ("a.IN",)
    assert here.members(Role("a")) == []


def test_who_left_for_good_stays_away() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(who, 0)
    assert here.forget(who.id) == (Left(who),)
    assert here.forget(who.id) == ()
    assert here.heard(who, 1) == ()
    assert who.id not in here


def test_a_device_that_is_forgotten_is_back_when_it_is_heard() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody("thermometer")
    here.heard(who, 0)
    assert here.forget(who.id, for_good=False) == (Left(who),)
    assert here.heard(who, 1) == (Joined(who),)


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "MAX_PARTICIPANTS", 3)
    monkeypatch.setattr(roster, "MAX_FORGOTTEN", 2)
    here = Roster(heartbeat=HEARTBEAT)
    people = [somebody(f"a-{number}") for number in range(5)]
    for who in people:
        here.heard(who, 0)
    assert len(here) == 3
    assert here.heard(people[0], 1) == ()
    for who in people[:3]:
        here.forget(who.id)
    assert here.heard(people[0], 1) == (Joined(people[0]),)
    assert here.heard(people[2], 1) == ()


def test_an_announcement_out_of_turn_shortens_nobodys_period() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    for now in (0, 3, 30):
        here.heard(who, now)
    assert here.sweep(30 + PATIENCE) == ()
    # Later, a change, and a link that came back twice.
    times = [30 + 27 * beat for beat in range(1, 6)]
    for now in (*times, times[-1] + 3, times[-1] + 5, times[-1] + 8):
        here.heard(who, now)
    assert here.sweep(times[-1] + 8 + 59) == ()
    assert here.sweep(times[-1] + 8 + 61) == (Silent(who),)


def test_a_time_in_which_nobody_could_be_heard_is_excused() -> None:
    here, who = Roster(heartbeat=HEARTBEAT), somebody()
    here.heard(who, 0)
    here.excuse(500)
    assert here.sweep(500 + PATIENCE - 1) == ()
    assert here.sweep(500 + PATIENCE + 1) == (Silent(who),)


def test_one_id_in_two_roles_is_told_apart_by_the_roles() -> None:
    here = Roster(heartbeat=HEARTBEAT)
    one, other = somebody("", role="a"), somebody("", role="b")
    events: list[roster.Event] = []
    for now in range(10):
        events += here.heard(one if now % 2 == 0 else other, now)
    assert sum(isinstance(event, Contested) for event in events) == 1
    assert set(here.roles) == {"a", "b"}
    assert len({member.definition.id for member in here}) == 2
    assert here.heard(one, 11) == here.heard(other, 12) == ()


def test_one_id_twice_in_a_role_is_noticed() -> None:
    here = Roster(heartbeat=HEARTBEAT)
    one, other = somebody(queue="q1"), somebody(queue="q2")
    events: list[roster.Event] = []
    for now in range(7):
        events += here.heard(one if now % 2 == 0 else other, now)
    assert any(isinstance(event, Contested) for event in events)


def test_going_back_and_forth_now_and_then_is_no_contest() -> None:
    here = Roster(heartbeat=HEARTBEAT)
    events: list[roster.Event] = []
    for change in range(12):
        for beat in range(5):
            events += here.heard(somebody(queue=f"q{change % 2}"), 100 * change + 10 * beat)
    assert not any(isinstance(event, Contested) for event in events)


def test_a_rename_back_and_forth_is_no_contest() -> None:
    here = Roster(heartbeat=HEARTBEAT)
    here.heard(somebody(role="a"), 0)
    for number in range(10):
        here.renamed(somebody(role="ba"[number % 2]), number)
    assert list(here.roles) == ["a"]


@dataclass
class Told:
    """What somebody knows who only reads the events."""

    definitions: dict[ParticipantId, ParticipantDefinition] = field(default_factory=dict)
    stale: set[ParticipantId] = field(default_factory=set)

    def read(self, event: roster.Event) -> None:
        who = event.definition.id
        match event:
            case Joined(definition):
                assert who not in self.definitions
                self.definitions[who] = definition
            case Updated(before, definition):
                assert self.definitions[who] == before
                assert before != definition
                self.definitions[who] = definition
            case Silent(definition):
                assert self.definitions[who] == definition
                self.stale.add(who)
            case Returned(definition):
                assert self.definitions[who] == definition
                self.stale.remove(who)
            case Left(definition):
                assert self.definitions.pop(who) == definition
                self.stale.discard(who)


acts = st.one_of(
    st.builds(somebody, st.sampled_from("123"), st.sampled_from("ab"), st.sampled_from("xy")),
    st.sampled_from("123").map(ParticipantId),
    st.floats(0.1, 700),
)


@given(st.lists(acts, max_size=40), st.booleans())
def test_the_events_tell_all(acts: list[ParticipantDefinition | str | float], good: bool) -> None:
    here, told, now = Roster(heartbeat=HEARTBEAT), Told(), 0.0
    for act in acts:
        events: tuple[roster.Event, ...]
        if isinstance(act, ParticipantDefinition):
            events = here.heard(act, now)
        elif isinstance(act, str):
            events = here.forget(ParticipantId(act), for_good=good)
        else:
            now += act
            events = here.sweep(now)
        for event in events:
            told.read(event)
        assert {member.definition.id: member.definition for member in here} == told.definitions
        stale = {m.definition.id for m in here if m.liveness is Liveness.STALE}
        assert stale == told.stale
        by_role = {who for members in here.roles.values() for who in members}
        assert by_role == told.definitions.keys()
        assert all(here.roles.values())
