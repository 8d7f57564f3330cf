"""All files of a deployment, made sure that none has a password in it. Pure."""

from __future__ import annotations

import re

from ..errors import MsgFloLabError
from .compose import compose
from .keda import FOLDER as KEDA
from .keda import keda
from .kubernetes import FOLDER as KUBERNETES
from .kubernetes import kubernetes
from .model import Deployment
from .procfile import processes
from .settings import settings
from .systemd import FOLDER as SYSTEMD
from .systemd import systemd

FOLDERS = (KEDA, KUBERNETES, SYSTEMD)
"""Those of the files that are not beside the graph."""
_PASSWORD = re.compile(r"://[^\s/:@\"]*:(?!\$+\{|PASSWORD@)[^\s/@\"]+@")
"""Of an address; `${...}` and what stands for one in an example are none."""


def written(deployment: Deployment, graph: str, *, is_checked: bool = False) -> dict[str, str]:
    """Path, relative to the project's folder and with slashes, to text; in a stable order.

    Args:
        graph: The graph's text.
        is_checked: Somebody has looked for passwords, or will.

    Raises:
        MsgFloLabError: Something cannot be written; or there would be a password in it.
    """
    found = {
        **settings(deployment),
        **compose(deployment),
        **kubernetes(deployment, graph),
        **keda(deployment),
        **systemd(deployment),
        "Procfile": processes(deployment),
    }
    if not is_checked:
        for path, text in found.items():
            refuse_passwords(path, text)
    return dict(sorted(found.items()))


def refuse_passwords(path: str, text: str) -> None:
    """Make sure that there is no address with a password in a text.

    Raises:
        MsgFloLabError: There is one. Neither is shown.
    """
    found = _PASSWORD.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise MsgFloLabError(
            f"{path} would have a password in its line {line}: take it out of the graph, the "
            "command or the environment, and make it a secret"
        )
