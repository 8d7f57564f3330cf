"""Certificates for brokers and clients."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .common import need


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
