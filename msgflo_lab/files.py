"""Files that are written whole or not at all, and why one cannot be read or written."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def replace(path: Path, payload: bytes, *, through_links: bool = True) -> None:
    """Put this into a file, in place of what is there; who reads it meanwhile reads the old one.

    The file has the rights that it had, or that new files have.

    Args:
        through_links: A link stays one, and its target is written. Otherwise the file takes its
            place: nobody is led elsewhere.

    Raises:
        OSError: It cannot be written; what was there is still there.
    """
    target = path.resolve() if through_links else path
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(handle, "wb") as file:
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(target))
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def why(error: OSError | UnicodeError) -> str:
    """Why a file cannot be read or written, in a few words."""
    if isinstance(error, UnicodeError):
        return "it is no text in UTF-8"
    return error.strerror or str(error)


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
