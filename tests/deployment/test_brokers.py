"""The broker of Compose: its configuration, start and health check, on the real Mosquitto."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.deployment import Broker
from msgflo_lab.deployment.compose import compose
from msgflo_lab.errors import ConnectionFailed
from tests.brokers import free_port, need
from tests.deployment.readers import of_compose
from tests.deployment.samples import greenhouse, read
from tests.runtime.helpers import eventually

PASSWORD = "horse42"


@contextmanager
def started(folder: Path, port: int) -> Iterator[tuple[str, dict[str, str]]]:
    """It runs as in its container, but for places and port; what checks it, and where."""
    need("mosquitto"), need("mosquitto_pub")
    files = compose(greenhouse(Broker.MQTT))
    service = read(files["docker-compose.yml"])["services"]["broker"]
    config = files["mosquitto.conf"].replace("1883", str(port)).replace("/tmp/", f"{folder}/")
    config = config.replace("/mosquitto/data/", f"{folder}/") + "user root\n"
    (folder / "mosquitto.conf").write_text(config)
    [shell, option, start] = map(of_compose, service["command"])
    start = start.replace("/tmp/", f"{folder}/").replace("/mosquitto/config/", f"{folder}/")
    assert service["environment"] == {
        "MSGFLO_BROKER_PASSWORD": "${MSGFLO_BROKER_PASSWORD:?set it in .env}"
    }
    env = {
        **os.environ,
        "MSGFLO_BROKER_PASSWORD": PASSWORD,
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
    }
    [_, check] = service["healthcheck"]["test"]
    with subprocess.Popen(
        [shell, option, start], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield of_compose(check).replace("mosquitto_pub", f"mosquitto_pub -p {port}"), env
        finally:
            process.terminate()


def test_mosquitto(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, port) as (check, env):

        def is_healthy(password: str) -> bool:
            said = subprocess.run(
                ["sh", "-c", check],
                env={**env, "MSGFLO_BROKER_PASSWORD": password},
                capture_output=True,
            )
            return said.returncode == 0

        eventually(lambda: is_healthy(PASSWORD))
        assert not is_healthy("wrong")
        assert (tmp_path / "passwords").stat().st_mode & 0o077 == 0
        assert PASSWORD not in (tmp_path / "passwords").read_text()
        with Lab() as lab:
            lab.start(f"mqtt://msgflo:{PASSWORD}@127.0.0.1:{port}")
            with pytest.raises(ConnectionFailed):
                lab.start(f"mqtt://127.0.0.1:{port}")
