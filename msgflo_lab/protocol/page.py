"""The page at the runtime's address: where an editor can be opened on it."""

from __future__ import annotations

import html
from urllib.parse import quote, urlencode

EDITORS = {
    "Flowhub": "https://app.flowhub.io",
    "noflo-ui": "https://noflojs.org/noflo-ui/",
}
"""Editors that open a runtime by the fragment `#runtime/endpoint?...` of their address."""


def links(address: str, name: str, secret: str) -> dict[str, str]:
    """The addresses that open an editor on this runtime."""
    about = {"protocol": "websocket", "address": address, "id": name, "label": name}
    query = quote(urlencode({**about, **({"secret": secret} if secret else {})}), safe="")
    return {editor: f"{url}#runtime/endpoint?{query}" for editor, url in EDITORS.items()}


def page(address: str, name: str, secret: str | None) -> str:
    """The page; `secret` only for who has given it, None for everybody else."""
    shown = html.escape(name)
    if secret is None:
        body = (
            "<p>This runtime needs a secret. Open the link that it printed when it was started, "
            "or enter the secret:</p>"
            '<form><input name="secret" type="password" autofocus> <button>Open</button></form>'
        )
    else:
        every = "".join(
            f'<li><a href="{html.escape(url)}" rel="noreferrer">Open in {editor}</a></li>'
            for editor, url in links(address, name, secret).items()
        )
        body = (
            f"<ul>{every}</ul><p>Any client of the FBP network protocol connects to "
            f"<code>{html.escape(address)}</code>.</p>"
        )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{shown} · msgflo-lab</title><style>{_STYLE}</style>"
        f"<main><h1>{shown}</h1><p>A runtime for flow-based programming over message queues.</p>"
        f"{body}</main></html>"
    )


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1f2328;background:#f6f8fa}"
    "main{max-width:34em;margin:12vh auto;padding:2em 2.5em;background:#fff;"
    "border:1px solid #d8dee4;border-radius:12px}"
    "h1{margin:0 0 .2em;font-size:1.5em}ul{list-style:none;padding:0}li{margin:.6em 0}"
    "a,button{display:inline-block;padding:.45em 1em;border-radius:8px;border:0;font:inherit;"
    "background:#0969da;color:#fff;text-decoration:none;cursor:pointer}"
    "input{padding:.45em .7em;border:1px solid #d0d7de;border-radius:8px;font:inherit}"
    "code{background:#eff1f3;padding:.15em .4em;border-radius:5px}"
    "@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}"
    "main{background:#161b22;border-color:#30363d}code{background:#262c36}"
    "input{background:#0d1117;color:inherit;border-color:#30363d}}"
)
