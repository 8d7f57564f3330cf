"""The usual shape of a text: the same graph, and the same text the second time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidFbp
from msgflo_lab.fbp import dumps, loads
from msgflo_lab.fbp.layout import formatted
from tests.pure.fbp_texts import graphs

SPACES = st.sampled_from(["", " ", "  ", "\t"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a(A)  OUT->IN   b(B)", "a(A) OUT -> IN b(B)\n"),
        ("'it  is -> # so'->IN a(A)", "'it  is -> # so' -> IN a(A)\n"),
        ('{"a  b":  1}->IN a(A) # why', '{"a  b": 1} -> IN a(A)  # why\n'),
        ("  # a comment \n\n\na(A)\n\n", "# a comment\n\n\na(A)\n"),
        ("a(A) OUT[1]->IN[2] b-c(x-y/z)", "a(A) OUT[1] -> IN[2] b-c(x-y/z)\n"),
    ],
)
def test_blanks(text: str, expected: str) -> None:
    assert formatted(text) == expected


@given(graphs, SPACES, SPACES)
def test_it_means_the_same(graph: dict[str, object], one: str, other: str) -> None:
    text = dumps(graph).replace(" -> ", f"{one}->{other}")
    try:
        before = loads(text, validate_contents=False)
    except InvalidFbp:
        return
    after = formatted(text)
    assert loads(after, validate_contents=False) == before
    assert formatted(after) == after


def test_what_is_no_text_of_the_language_is_refused() -> None:
    with pytest.raises(InvalidFbp):
        formatted("a ->")
