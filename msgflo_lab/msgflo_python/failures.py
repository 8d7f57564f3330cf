"""What becomes of errors that nobody handles: they are printed as gevent prints them."""

from __future__ import annotations

import sys
import time
import traceback

from . import strands


def failed(what: object, error: BaseException) -> None:
    """Something has raised. What ends a program is raised in the thread whose turns these are."""
    root = strands.current().turns.root
    if isinstance(error, KeyboardInterrupt | SystemExit) and root is not None:
        root.throw(error)
        return
    traceback.print_exception(error)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    print(f"{when} {what!r} failed with {type(error).__name__}\n", file=sys.stderr)
