"""A Mosquitto of one's own, on a free port, that can be killed."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest

from .common import DEADLINE, free_port, need


class Mosquitto:
    """One Mosquitto process, its folder, and what it logged.

    Attributes:
        port: The same after every restart.

    Args:
        folder: For its configuration, data and log; must exist.
        extra: Lines of configuration for the one listener.
        anonymous: Whether clients need no password.
    """

    def __init__(self, folder: Path, *extra: str, anonymous: bool = True) -> None:
        self.port = free_port()
        self._program = need("mosquitto")
        self._config = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'true' if anonymous else 'false'}",
            # A burst to a slow subscriber would otherwise be cut off at 1,000 messages.
            "max_queued_messages 0",
            "log_type all",
            # Otherwise it becomes `nobody`, who cannot read the certificates in a test's folder.
            "user root",
            *extra,
        ]
        self._config.write_text("\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        """Its address."""
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._config)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                pytest.fail(f"Mosquitto does not start:\n{self.log()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        pytest.fail(f"Mosquitto does not listen:\n{self.log()}")

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Kill it and start it again on the same port."""
        self.kill()
        self.start()

    def log(self) -> str:
        """Everything it has logged."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def wait_for_log(self, text: str, count: int = 1) -> None:
        """Wait until it has logged this text so often. Call it from a thread."""
        deadline = time.monotonic() + DEADLINE
        while self.log().count(text) < count:
            if time.monotonic() > deadline:
                pytest.fail(f"Mosquitto has not logged {text!r}:\n{self.log()[-4000:]}")
            time.sleep(0.01)
