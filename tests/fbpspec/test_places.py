"""Where suites come from, and where they are run."""

from __future__ import annotations

import http.server
import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from msgflo_lab.errors import InvalidSuite, MsgFloLabError
from msgflo_lab.fbpspec import Verdict, suites_of
from msgflo_lab.trial import Bench, Place, suites_in
from tests.brokers import free_port
from tests.cli.program import COMMAND, serving

HERE = Path(__file__).parent
TEXT = """\
topic: core/Repeat
cases:
- {name: a, assertion: b, inputs: {in: 1}, expect: {out: {equals: 1}}}
"""


def passes(place: Place) -> bool:
    with Bench(place) as bench:
        return [each.verdict for each in bench.run(suites_of(TEXT))] == [Verdict.PASSED]


def refused(place: Place) -> str:
    with pytest.raises(MsgFloLabError) as caught, Bench(place):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_and_folders(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "no.yml", "no.txt"):
        (tmp_path / name).write_text(TEXT.replace("core/Repeat", name))
    assert [each.topic for each in suites_in([tmp_path])] == ["a.yaml", "b.yaml"]
    assert [each.topic for each in suites_in([tmp_path / "no.yml"])] == ["no.yml"]
    assert suites_in([str(tmp_path / "a.yaml")])[0].file == str(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("name", "payload", "problem"),
    [
        ("none.yaml", None, "cannot be read: No such file"),
        ("empty", None, "cannot be read"),
        ("latin.yaml", b"topic: \xe9\xe9", "is no text in UTF-8"),
        ("wrong.yaml", b"topic: T\ncases: 3", ":1: `cases` is a list"),
    ],
)
def test_what_cannot_be_read(
    tmp_path: Path, name: str, payload: bytes | None, problem: str
) -> None:
    file = tmp_path / name
    if payload is not None:
        file.write_bytes(payload)
    with pytest.raises(InvalidSuite) as caught:
        suites_in([file])
    assert str(caught.value).startswith(str(file))
    assert problem in str(caught.value)


def test_a_folder_without_suites(tmp_path: Path) -> None:
    with pytest.raises(InvalidSuite, match="the folder has no file"):
        suites_in([tmp_path])


@pytest.fixture
def web() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/a.yaml" else 404)
            self.end_headers()
            self.wfile.write(TEXT.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_suites_of_the_web(web: str) -> None:
    (suite,) = suites_in([f"{web}/a.yaml"])
    assert suite.topic == "core/Repeat"
    assert suite.file == f"{web}/a.yaml"
    with pytest.raises(InvalidSuite, match="cannot be read: "):
        suites_in([f"{web}/none.yaml"])


def test_a_runtime_somewhere_else() -> None:
    with serving("--secret", "s3cret", "--secret", "look:read") as program:
        address = f"ws://{urlsplit(program.link).netloc}"
        assert passes(Place(address=address, secret="s3cret"))
        said = refused(Place(address=address, secret="look"))
        assert "does not provide protocol:graph" in said
        assert "does it want a secret?" in refused(Place(address=address))


def test_nobody_is_there() -> None:
    address = f"ws://127.0.0.1:{free_port()}"
    assert refused(Place(address=address, start_timeout=0.3)).startswith(
        f"no runtime at {address} within 0.3 s: "
    )
    assert "is no address" in refused(Place(address="localhost"))
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"ws://127.0.0.1:{mute.getsockname()[1]}"
        assert "no runtime at" in refused(Place(address=address, start_timeout=0.3))


def test_a_command_that_starts_the_runtime() -> None:
    port = free_port()
    command = f"{shlex.quote(str(COMMAND))} serve --port {port} --secret s3cret"
    address = f"ws://127.0.0.1:{port}"
    assert passes(Place(address=address, secret="s3cret", command=command, start_timeout=30))
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0  # it has ended with the tests


def test_a_command_that_fails() -> None:
    command = f"{shlex.quote(sys.executable)} -c 'import sys; sys.exit(\"no such board\")'"
    place = Place(address=f"ws://127.0.0.1:{free_port()}", command=command, start_timeout=3)
    said = refused(place)
    assert "has ended with 1, and said: no such board" in said


def test_the_runtime_goes() -> None:
    (suite,) = suites_of(TEXT + TEXT.splitlines(keepends=True)[2] * 2)
    with serving("--secret", "s3cret") as program:
        address = f"ws://{urlsplit(program.link).netloc}"
        with Bench(Place(address=address, secret="s3cret")) as bench:
            outcomes = bench.run([suite])
            assert next(outcomes).verdict is Verdict.PASSED
            program.process.kill()
            program.process.wait()
            assert [each.verdict for each in outcomes] == [Verdict.FAILED] * 2
            (last,) = bench.run(suites_of(TEXT))
            assert last.why.startswith("the runtime has gone")


def test_components_that_are_files_run_here_if_a_suite_needs_them(tmp_path: Path) -> None:
    (tmp_path / "Good.py").write_text("def good(in_):\n    return in_\n")
    (tmp_path / "Other.py").write_text("open('ran', 'w')\ndef other(in_):\n    return in_\n")
    (tmp_path / "Bad.py").write_text("import nothing_like_that\n")
    place = Place(prepare=lambda lab: lab.library.load(tmp_path))
    with Bench(place) as bench:
        (good,) = bench.run(suites_of(TEXT.replace("core/Repeat", "Good")))
        assert good.verdict is Verdict.PASSED
        (bad,) = bench.run(suites_of(TEXT.replace("core/Repeat", "Bad")))
        assert bad.why == (
            "`Bad` cannot be loaded: ModuleNotFoundError: No module named 'nothing_like_that'"
        )
    assert not Path("ran").exists()


@pytest.mark.parametrize("kind", ["mqtt", "amqp"])
def test_on_a_broker_they_are_programs(request: pytest.FixtureRequest, kind: str) -> None:
    is_mqtt = kind == "mqtt"
    names = ("*.yaml",) if is_mqtt else ("DetectABBA.yaml", "InvertBoolean.yaml")
    suites = suites_in(sorted(each for name in names for each in (HERE / "suites").glob(name)))
    place = Place(
        broker=request.getfixturevalue("mosquitto").url
        if is_mqtt
        else request.getfixturevalue("vhost"),
        prepare=lambda lab: lab.library.load(HERE, HERE / "components"),
        start_timeout=30,
    )
    with Bench(place) as bench:
        outcomes = list(bench.run(suites))
    assert Verdict.FAILED not in {each.verdict for each in outcomes}, outcomes
