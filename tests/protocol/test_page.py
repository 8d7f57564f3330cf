"""The page at the runtime's address, as text; `tests/browser` looks at it in a browser."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from msgflo_lab.protocol.capabilities import Level
from msgflo_lab.protocol.page import About, links, page


@pytest.mark.parametrize("secret", ["", "plain", "a&b=c d%/+#é"])
def test_a_link_says_all_that_an_editor_needs(secret: str) -> None:
    about = About("ws://127.0.0.1:3569", "my lab & more", "an-id")
    for editor, url in links(about, secret).items():
        assert urlsplit(url).scheme == "https", editor
        route, _, query = urlsplit(url).fragment.partition("?")
        assert route == "runtime/endpoint"
        said = dict(parse_qsl(unquote(query)))
        assert said.pop("secret", "") == secret
        assert said == {
            "protocol": "websocket",
            "address": about.address,
            "id": about.id,
            "label": about.name,
            "type": "msgflo",
        }
        # Some read it without unquoting what is in it once more.
        assert f"address={about.address}&" in unquote(query)


@pytest.mark.parametrize("level", list(Level))
def test_the_page_says_what_its_secret_is_good_for(level: Level) -> None:
    text = page(About("ws://x", "lab", "id"), "s3cret", level)
    assert ("run any code" in text) == (level is Level.SOURCE)
    assert "s3cret" in text


def test_who_has_no_secret_is_asked_for_it() -> None:
    about = About("ws://x", "lab", "id")
    assert "password" in page(about, "", None)
    assert "not its secret" in page(about, "tried", None, is_wrong=True)
    assert "tried" not in page(about, "tried", None, is_wrong=True)
    assert "Anybody may" in page(about, "", Level.READ)
