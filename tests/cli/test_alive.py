"""Which runtime it is, that it is alive, and where an editor opens it: as msgflo tells it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.brokers import free_port
from tests.cli.program import DEADLINE, environment, run, running, serving
from tests.protocol.client import connected

pytestmark = pytest.mark.anyio

ID = "5b3bcd0e-2f5c-4f4c-8c8a-0a3b4f5d6c7e"
IDE = "https://editor.example"


class Registry:
    """Somebody whom runtimes tell that they are alive.

    Attributes:
        url: Its address.
        heard: What it was asked: method, path, and who asked.
        answers: With these; the last one from then on.
    """

    def __init__(self, url: str, answers: list[int]) -> None:
        self.url = url
        self.heard: Queue[tuple[str, str, str]] = Queue()
        self.answers = answers

    def next(self) -> tuple[str, str, str]:
        return self.heard.get(timeout=DEADLINE)


@contextmanager
def registry(*answers: int) -> Iterator[Registry]:
    class Answering(BaseHTTPRequestHandler):
        def answer(self) -> None:
            many = len(here.answers) > 1
            self.send_response(here.answers.pop(0) if many else here.answers[0])
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            here.heard.put((self.command, self.path, self.headers.get("Authorization", "")))

        do_POST = do_GET = do_PUT = answer  # noqa: N815 - the names are http.server's

        def log_message(self, *_: object) -> None:
            """Nowhere."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    here = Registry(f"http://127.0.0.1:{server.server_port}", list(answers))
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_it_has_the_id_that_it_is_given_and_tells_a_registry() -> None:
    with registry(200) as there:
        told = environment(
            MSGFLO_RUNTIME_ID=ID,
            MSGFLO_PING_URL=f"{there.url}/runtimes/$RUNTIME_ID",
            MSGFLO_PING_INTERVAL="0.05",
        )
        with serving(env=told) as program:
            assert [there.next() for _ in range(3)] == [("POST", f"/runtimes/{ID}", "")] * 3
            async with connected(program.link) as client:
                answer = await client.ask("runtime", "getruntime")
                assert answer["payload"]["id"] == ID
            assert program.end(signal.SIGTERM) == (0, "", "")


def test_options_win_and_run_has_them_too(tmp_path: Path) -> None:
    (tmp_path / "main.fbp").write_text("a(core/Drop)\n")
    with registry(204) as there:
        url = there.url.replace("://", "://joe:s3cret@")
        command = ["run", str(tmp_path), "--runtime-id", "attic", "--ping-method", "put"]
        more = ["--ping-url", f"{url}/$RUNTIME_ID?key=7", "--ping-interval", "0.05"]
        with running(*command, *more, env=environment(MSGFLO_RUNTIME_ID=ID)) as program:
            assert there.next() == ("PUT", "/attic?key=7", "Basic am9lOnMzY3JldA==")
            program.line()
            assert program.end(signal.SIGINT) == (0, "", "")


def test_what_goes_wrong_is_said_once_until_it_is_well_again(tmp_path: Path) -> None:
    (tmp_path / "main.fbp").write_text("a(core/Drop)\n")
    with registry(200, 302, 302, 302, 200) as there:
        url = there.url.replace("://", "://joe:s3cret@")
        more = ["--ping-url", f"{url}/alive?key=7", "--ping-interval", "0.05"]
        with running("run", str(tmp_path), *more) as program:
            begin = f"msgflo-lab: ping: POST {there.url}/alive: "
            assert program.complaint().startswith(f"{begin}the answer is 302 ")
            assert program.complaint() == f"{begin}well again"
            assert {there.next()[1] for _ in range(4)} == {"/alive?key=7"}
            program.line()
            assert program.end(signal.SIGTERM) == (0, "", "")


def test_nobody_there_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "main.fbp").write_text("'1' -> IN a(core/Output)\n")
    nobody = f"http://127.0.0.1:{free_port()}"
    with running("run", str(tmp_path), "--ping-url", nobody, "--ping-interval", "0.01") as program:
        assert program.complaint() == (
            f"msgflo-lab: ping: POST {nobody}: Connection refused; it is tried on"
        )
        program.until("a | 1")
        assert program.end(signal.SIGTERM) == (0, "", "")


async def test_the_link_that_opens_an_editor() -> None:
    with serving("--ide", IDE, "--runtime-id", ID, "--secret", "s3 cret:read") as program:
        page, _, said = program.line().removeprefix("or ").partition("#runtime/endpoint?")
        assert page == IDE
        about = {name: values[0] for name, values in parse_qs(unquote(said)).items()}
        assert about["protocol"] == "websocket"
        assert about["address"] == f"ws://{urlsplit(program.link).netloc}"
        assert (about["id"], about["secret"]) == (ID, "s3 cret")
        async with connected(program.link, headers={"Origin": IDE}) as client:
            await client.ask("runtime", "getruntime")
        assert program.end(signal.SIGTERM) == (0, "", "")
    with running("serve", "--port", "0", "--ide", IDE, "--runtime-id", ID, "--json") as program:
        found = json.loads(program.line())
        assert found["id"] == ID
        assert found["ide"].startswith(f"{IDE}#runtime/endpoint?protocol%3Dwebsocket%26address%3D")


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("--ping-url", "ftp://host/alive", "--ping-url"),
        ("--ping-method", "GET /", "--ping-method"),
        ("--ping-interval", "nan", "--ping-interval nan"),
        ("--ide", "editor", "--ide editor"),
    ],
)
def test_what_cannot_be(option: str, value: str, text: str) -> None:
    said = run("serve", "--port", "0", option, value)
    assert (said.returncode, said.stdout) == (1, "")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_variable_that_is_none_is_named() -> None:
    said = run("serve", "--port", "0", env=environment(MSGFLO_PING_INTERVAL="often"))
    assert said.returncode == 2
    assert "MSGFLO_PING_INTERVAL" in said.stderr
