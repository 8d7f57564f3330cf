"""Labels: valid everywhere, never two the same, never another one tomorrow."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.deployment import written
from msgflo_lab.deployment.labels import label
from tests.deployment.samples import ODD, for_roles, roles

one_line = roles.filter(lambda each: not {"\n", "\r"} & set(each))
RFC_1123 = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@given(st.lists(roles, unique=True, max_size=8))
def test_labels_are_valid_and_unique(names: list[str]) -> None:
    found = [label(each) for each in names]
    assert len(set(found)) == len(names)
    for each in found:
        assert len(each) <= 40
        assert RFC_1123.fullmatch(each)


def test_what_is_a_label_stays_and_what_looks_made_does_not() -> None:
    assert label("work-2") == "work-2"
    made = label("Work 2")
    assert re.fullmatch(r"work-2-[0-9a-f]{10}", made)
    assert label(made) != made
    assert label("broker", taken=("broker",)) != "broker"


@settings(deadline=None, max_examples=30)
@given(st.lists(one_line, unique=True, max_size=5))
def test_names_of_files_are_valid_and_unique_whatever_the_roles(names: list[str]) -> None:
    paths = list(written(for_roles(*names), "a"))
    assert len({path.lower() for path in paths}) == len(paths)
    for path in paths:
        assert re.fullmatch(r"[A-Za-z0-9@._/-]+", path)
        assert max(map(len, path.split("/"))) <= 100


def test_a_name_does_not_depend_on_the_others() -> None:
    alone = {each: for_roles(each).services[0].label for each in ODD}
    together = {each.name: each.label for each in for_roles(*ODD).services}
    assert together == alone
