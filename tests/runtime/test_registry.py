"""Somebody else's package can add a transport, and a broken one is told from an absent one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from msgflo_lab.errors import TransportError, UnsupportedScheme
from msgflo_lab.lab import Lab
from msgflo_lab.transport import BrokerUrl, registry, schemes, transport_for

MODULE = """
from msgflo_lab_transports.direct import Direct

class Pigeon(Direct):
    "Carries messages by being another name for the process."

class Lame:
    def __init__(self):
        raise RuntimeError("this pigeon does not fly")
"""
ENTRY_POINTS = """
[msgflo_lab.transports]
pigeon = pigeon_post:Pigeon
lame = pigeon_post:Lame
lost = pigeon_post:Nowhere
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of somebody else's, as pip would have put it there."""
    (tmp_path / "pigeon_post.py").write_text(MODULE)
    info = tmp_path / "pigeon_post-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-post\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.delitem(sys.modules, "pigeon_post", raising=False)


@pytest.mark.usefixtures("installed")
def test_a_lab_runs_on_it() -> None:
    assert "pigeon" in schemes()
    with Lab() as lab:
        assert lab.start("pigeon://coop").url == "pigeon://coop"
        lab.add(lambda x: x + 1, "more")
        lab.send("more.x", 1)
        assert lab.inspect("more.out", 1, wait=5)[0].value == 2


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("scheme", "why"), [("lame", "RuntimeError: this pigeon does not fly"), ("lost", "Nowhere")]
)
def test_a_broken_one_says_whose_it_is(scheme: str, why: str) -> None:
    with pytest.raises(TransportError, match=why) as caught:
        transport_for(BrokerUrl.parse(f"{scheme}://x"))
    assert "pigeon_post" in str(caught.value)


def test_an_unknown_scheme_names_those_there_are() -> None:
    with pytest.raises(UnsupportedScheme, match=r"there are: .*direct, mqtt, mqtts"):
        transport_for(BrokerUrl.parse("pigeon://x"))
