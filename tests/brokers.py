"""Real brokers for the tests: a Mosquitto of one's own, on a free port, that can be killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

DEADLINE = 10.0
"""Seconds within which a local broker does what it is asked."""


def need(program: str) -> str:
    """The path of a program; skips the test without it, but fails where CI promises to have it."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if found is not None:
        return found
    reason = f"`{program}` is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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


class Certificates:
    """An authority, a broker's certificate for 127.0.0.1, and a client's."""

    def __init__(self, folder: Path) -> None:
        self._openssl = need("openssl")
        self.ca = folder / "ca.pem"
        self._ca_key = folder / "ca.key"
        self._run(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
            "-keyout", str(self._ca_key), "-out", str(self.ca),
        )  # fmt: skip
        self.broker, self.broker_key = self._issue(folder, "broker", "IP:127.0.0.1,DNS:localhost")
        self.client, self.client_key = self._issue(folder, "client", "DNS:client")

    def listener(self) -> tuple[str, ...]:
        """Mosquitto's configuration for a listener that wants the client's certificate."""
        return (
            f"cafile {self.ca}",
            f"certfile {self.broker}",
            f"keyfile {self.broker_key}",
            "require_certificate true",
        )

    def _issue(self, folder: Path, name: str, names: str) -> tuple[Path, Path]:
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        request, extension = folder / f"{name}.csr", folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={names}\n")
        self._run(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", str(key), "-out", str(request),
        )  # fmt: skip
        self._run(
            "x509", "-req", "-in", str(request), "-CA", str(self.ca), "-CAkey", str(self._ca_key),
            "-CAcreateserial", "-days", "2", "-extfile", str(extension), "-out", str(certificate),
        )  # fmt: skip
        return certificate, key

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._openssl, *arguments], check=True, capture_output=True)
