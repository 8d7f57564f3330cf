"""The page at the runtime's address: where an editor can be opened on it. Pure."""

from __future__ import annotations

import html
from typing import NamedTuple
from urllib.parse import quote

from .capabilities import Level

EDITORS = {
    "Flowhub": "https://app.flowhub.io/",
    "noflo-ui": "https://noflojs.org/noflo-ui/",
}
"""Editors that open a runtime by the fragment `#runtime/endpoint?...` of their address."""

_WHOLE = "".join(chr(code) for code in range(32, 127) if chr(code) not in "%&=#+;")

_MAY = {
    Level.READ: "look at its graphs and at what flows",
    Level.CONTROL: "start and stop its networks, and send packets",
    Level.EDIT: "edit its graphs",
    Level.SOURCE: "edit its graphs, and run any code on its machine",
}


class About(NamedTuple):
    """A runtime, as an editor wants to know it.

    Attributes:
        address: `ws://host:port`.
        id: A UUID.
    """

    address: str
    name: str
    id: str


def links(about: About, secret: str) -> dict[str, str]:
    """The addresses that open the well-known editors on a runtime."""
    return {editor: link_in(url, about, secret) for editor, url in EDITORS.items()}


def link_in(editor: str, about: About, secret: str) -> str:
    """The address that opens an editor, which has the address `editor`, on a runtime."""
    said = {
        "protocol": "websocket",
        "address": about.address,
        "id": about.id,
        "label": about.name,
        "type": "msgflo",
        **({"secret": secret} if secret else {}),
    }
    # The query is quoted as one; in it, only what would take it apart.
    query = quote("&".join(f"{k}={quote(v, safe=_WHOLE)}" for k, v in said.items()), safe="")
    return f"{editor}#runtime/endpoint?{query}"


def page(about: About, secret: str, level: Level | None, *, is_wrong: bool = False) -> str:
    """The page. A secret is in it only for who has given it.

    Args:
        level: What the secret is good for; None if it is none.
        is_wrong: One was given, if that is so.
    """
    shown = html.escape(about.name)
    body = _asking(is_wrong) if level is None else _opening(about, secret, level)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{shown} · msgflo-lab</title><style>{_STYLE}</style>"
        f'<main><p class="what">A runtime for flow-based programming over message queues</p>'
        f"<h1>{shown}</h1>{body}</main></html>"
    )


def _asking(is_wrong: bool) -> str:
    wrong = '<p class="wrong" role="alert">That is not its secret.</p>' if is_wrong else ""
    return (
        "<p>It needs a secret. Open the link that was printed when it was started, or enter the "
        f"secret here.</p>{wrong}"
        '<form><label for="secret">Secret</label><div class="row">'
        '<input id="secret" name="secret" type="password" autocomplete="off" required autofocus>'
        "<button>Open</button></div></form>"
    )


def _opening(about: About, secret: str, level: Level) -> str:
    every = "".join(
        f'<a class="button" href="{html.escape(url)}" rel="noreferrer">Open in {editor}</a>'
        for editor, url in links(about, secret).items()
    )
    may = f"Whoever has this link may {_MAY[level]}." if secret else f"Anybody may {_MAY[level]}."
    return (
        f'<p class="row">{every}</p><p>{may}</p>'
        "<h2>Other clients</h2><p>of the FBP network protocol connect to "
        f"<code>{html.escape(about.address)}</code>"
        f"{', with the secret of this page' if secret else ''}.</p>"
    )


_STYLE = (
    ":root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--page:#f6f8fa;--card:#fff;"
    "--line:#d1d9e0;--accent:#0969da;--on:#fff;--code:#eff1f3;--wrong:#b3261e}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--page:#0d1117;"
    "--card:#161b22;--line:#3d444d;--accent:#4493f8;--on:#0d1117;--code:#262c36;--wrong:#ff8a80}}"
    "*{box-sizing:border-box}"
    "body{font:16px/1.55 system-ui,sans-serif;margin:0;padding:1rem;color:var(--ink);"
    "background:var(--page)}"
    "main{max-width:36rem;margin:min(12vh,6rem) auto;padding:2rem;background:var(--card);"
    "border:1px solid var(--line);border-radius:12px}"
    ".what{margin:0;color:var(--dim);font-size:.9rem}"
    "h1{margin:.1em 0 .6em;font-size:1.75rem;line-height:1.2;overflow-wrap:anywhere}"
    "h2{margin:1.8em 0 .2em;font-size:1rem}h2+p{margin-top:0}"
    ".row{display:flex;flex-wrap:wrap;gap:.6rem}"
    ".button,button{padding:.5em 1.1em;border-radius:8px;border:0;font:inherit;font-weight:600;"
    "background:var(--accent);color:var(--on);text-decoration:none;cursor:pointer}"
    ".button+.button{background:none;color:var(--accent);box-shadow:inset 0 0 0 1px var(--line)}"
    ".button:focus-visible,button:focus-visible,input:focus-visible{outline:2px solid "
    "var(--accent);outline-offset:2px}"
    "label{display:block;margin-bottom:.3em;font-weight:600}"
    "input{flex:1;min-width:10rem;padding:.5em .75em;border:1px solid var(--line);"
    "border-radius:8px;font:inherit;color:inherit;background:var(--page)}"
    ".wrong{color:var(--wrong);font-weight:600}"
    "code{background:var(--code);padding:.15em .4em;border-radius:5px;font-size:.9em;"
    "overflow-wrap:anywhere}"
)
