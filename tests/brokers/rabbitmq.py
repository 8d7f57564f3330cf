"""A RabbitMQ of one's own, or three of them as a cluster, that touch nothing of the machine's.

Each has its own folder (data, log, configuration, cookie), its own ports and, if it does not share
one with the others of its cluster, its own epmd: Erlang's name server, which would otherwise be
left behind as a daemon.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from .certificates import Certificates
from .common import free_port, need

RABBITMQ_DEADLINE = 60.0
"""Seconds within which a RabbitMQ starts, stops, or joins a cluster, on a busy machine too."""

_DEBIAN = Path("/usr/lib/rabbitmq/bin")
"""Debian's scripts in /usr/sbin change the user and the folder; these here do not."""
_PROMPT = """[
  {rabbit, [{collect_statistics_interval, 500}, {quorum_tick_interval, 500}]},
  {rabbitmq_management_agent, [
    {sample_retention_policies, [{global, [{60, 1}]}, {basic, [{60, 1}]}, {detailed, [{60, 1}]}]}
  ]}
].
"""
"""What it counts is counted, told and collected every second at least, and not every five."""
_names = itertools.count(1)


class Epmd:
    """Erlang's name server on a port of its own, as a child and not as a daemon."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [need("epmd"), "-address", "127.0.0.1", "-port", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for_port(self.port, self._process)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class RabbitMQ:
    """One RabbitMQ node.

    Attributes:
        port: For AMQP; the same after every restart.
        management: For the management interface.
        tls: For AMQP over TLS; None without certificates.
        node: Its name within Erlang.

    Args:
        folder: For everything it writes; must exist.
        extra: Lines of configuration (`rabbitmq.conf`).
        certificates: Listen for TLS too; clients need no certificate, but theirs is checked.
        prompt: Its management interface hears of everything within a second or two, and not five
            to ten seconds late.
        epmd: One that others use too, which `kill` then leaves alone.
        node: Its name, where others have to know it beforehand.
    """

    def __init__(
        self,
        folder: Path,
        *extra: str,
        certificates: Certificates | None = None,
        prompt: bool = False,
        epmd: Epmd | None = None,
        node: str = "",
    ) -> None:
        found = Path(need("rabbitmq-server"))
        self._programs = _DEBIAN if _DEBIAN.is_dir() else found.parent
        self.port, self.management, self._distribution = free_port(), free_port(), free_port()
        self.tls = free_port() if certificates is not None else None
        self.node = node or _node_name()
        self._folder = folder
        self._shared_epmd = epmd
        self._epmd: Epmd | None = None
        self._process: subprocess.Popen[bytes] | None = None
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            "management.tcp.ip = 127.0.0.1",
            f"management.tcp.port = {self.management}",
            f"log.file = {folder / 'rabbitmq.log'}",
            "log.console = false",
            "loopback_users = none",
        ]
        if certificates is not None:
            lines += [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls}",
                f"ssl_options.cacertfile = {certificates.ca}",
                f"ssl_options.certfile = {certificates.broker}",
                f"ssl_options.keyfile = {certificates.broker_key}",
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = false",
            ]
        (folder / "rabbitmq.conf").write_text("\n".join([*lines, *extra]) + "\n")
        (folder / "advanced.config").write_text(_PROMPT if prompt else "[].\n")
        (folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        home_cookie = folder / ".erlang.cookie"
        home_cookie.write_text("TESTS")
        home_cookie.chmod(0o400)

    @property
    def url(self) -> str:
        """Its address."""
        return f"amqp://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the node itself; it must be running."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it is ready for clients."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it, without waiting for anything."""
        if self._epmd is None and self._shared_epmd is None:
            self._epmd = Epmd()
        with self._output.open("ab") as out:
            # It replaces the shell that starts it, so that this is the node's own process id.
            self._process = subprocess.Popen(
                [str(self._programs / "rabbitmq-server")],
                env={
                    **self._environment(),
                    "RABBITMQ_ALLOW_INPUT": "1",
                    "RABBITMQ_SERVER_START_ARGS": "-noinput",
                },
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it is ready: the management interface, which comes last, answers."""
        assert self._process is not None
        deadline = time.monotonic() + RABBITMQ_DEADLINE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                pytest.fail(f"RabbitMQ does not start:\n{self.log()[-4000:]}")
            with suppress(OSError):
                self.api("GET", "/overview")
                # Listeners come up after the interface, in a last step.
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.05)
        pytest.fail(f"RabbitMQ is not ready:\n{self.log()[-4000:]}")

    def stop(self) -> None:
        """Have it end in order, as an operator does, and end all that it started."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL), and all that it started. Its data stays."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again: same ports, same data."""
        self.stop()
        self.start()

    def api(self, method: str, path: str, body: object = None) -> object:
        """Ask the management interface; None where it answers nothing.

        Raises:
            OSError: It does not answer, or refuses.
        """
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.management}/api{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": "Basic " + base64.b64encode(b"guest:guest").decode(),
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=RABBITMQ_DEADLINE) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl`, which takes a second or two. Prefer `api`."""
        done = subprocess.run(
            [str(self._programs / "rabbitmqctl"), "--node", self.node, *arguments],
            env=self._environment(),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=RABBITMQ_DEADLINE,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"rabbitmqctl {arguments}: {done.stdout!r} {done.stderr!r}")
        return done.stdout.decode(errors="replace")

    @contextmanager
    def vhost(self) -> Iterator[str]:
        """A virtual host of one's own while the block runs; gives the address that leads there."""
        name = f"test {next(_names)}/ü"
        path = f"/vhosts/{quote(name, safe='')}"
        self.api("PUT", path)
        try:
            yield f"{self.url}/{quote(name, safe='')}"
        finally:
            self.api("DELETE", path)

    def drop_connections(self, name: str) -> int:
        """Have it close every connection of a client of that name, as an operator may; how many.

        The interface hears of a connection up to five seconds late.
        """
        found = self.api("GET", "/connections")
        assert isinstance(found, list)
        wanted = [
            each["name"]
            for each in found
            if each.get("client_properties", {}).get("connection_name") == name
        ]
        for each in wanted:
            with suppress(urllib.error.HTTPError):
                self.api("DELETE", f"/connections/{quote(each, safe='')}")
        return len(wanted)

    def log(self) -> str:
        """Everything it has logged, and what it has printed on its start."""
        files = (self._output, self._folder / "rabbitmq.log")
        return "\n".join(each.read_text(errors="replace") for each in files if each.exists())

    @property
    def _output(self) -> Path:
        return self._folder / "output.log"

    def _environment(self) -> dict[str, str]:
        epmd = self._shared_epmd or self._epmd
        assert epmd is not None, "it has not been started"
        folder = self._folder
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(epmd.port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "config"),
            "RABBITMQ_CTL_DIST_PORT_MIN": "1024",
            "RABBITMQ_CTL_DIST_PORT_MAX": "65535",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(RABBITMQ_DEADLINE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            # Its helpers (inet_gethost, os_mon's) follow it; they share its session.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None
        if self._epmd is not None:
            self._epmd.end()
            self._epmd = None


class Cluster:
    """Three nodes on this machine, in one cluster; each can be killed and brought back.

    Args:
        folder: For everything they write; must exist.
    """

    def __init__(self, folder: Path, size: int = 3) -> None:
        need("rabbitmq-server")
        self._epmd = Epmd()
        self.nodes: list[RabbitMQ] = []
        names = [_node_name() for _ in range(size)]
        lines = ["cluster_formation.peer_discovery_backend = classic_config"]
        for number, name in enumerate(names, 1):
            lines.append(f"cluster_formation.classic_config.nodes.{number} = {name}")
        for name in names:
            own = folder / name
            own.mkdir()
            self.nodes.append(RabbitMQ(own, *lines, epmd=self._epmd, node=name))

    def start(self) -> None:
        """Start all of them, and wait until they know each other."""
        with ExitStack() as stack:
            stack.callback(self.kill)
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.wait()
            for node in self.nodes:
                self.wait_for(node, len(self.nodes))
            stack.pop_all()

    def wait_for(self, node: RabbitMQ, count: int) -> None:
        """Wait until a node sees so many running nodes, itself included."""
        deadline = time.monotonic() + RABBITMQ_DEADLINE
        running = 0
        while time.monotonic() < deadline:
            with suppress(OSError):
                found = node.api("GET", "/nodes")
                assert isinstance(found, list)
                running = sum(bool(each.get("running")) for each in found)
                if running == count:
                    return
            time.sleep(0.1)
        pytest.fail(
            f"{node.node} sees {running} running nodes and not {count}:\n{node.log()[-4000:]}"
        )

    def kill(self) -> None:
        """End all of them at once."""
        for node in self.nodes:
            node.kill()
        self._epmd.end()


def _node_name() -> str:
    return f"tests-{os.getpid()}-{next(_names)}@localhost"


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + RABBITMQ_DEADLINE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    pytest.fail(f"nobody listens on port {port}")
