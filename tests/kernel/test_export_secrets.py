"""Secrets in pieces, in comments, by where they stand, and in texts: no file gets them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.kernel.conftest import Shell

TOLD = "a secret; read it from"
GOOGLE, TELEGRAM = "AIza" + "x" * 35, "123456789:" + "x" * 35


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API_TOKEN", "")  # some cells set it
    return tmp_path


@pytest.mark.parametrize(
    "code",
    [
        "import os\nKEY = os.getenv('API_TOKEN', 'hunter2222')",
        "import os\nKEY = os.environ.setdefault('API_TOKEN', 'hunter2222')",
        'KEY = \'{"user": "bob", "password": "hunter2222"}\'',
        "KEY = '[db]\\nuser = bob\\npassword = hunter2222\\n'",
        "KEY = 'host=there user=bob password=hunter2222'",
        "KEY = 'Driver=X;UID=bob;PWD=hunter2222;'",
        "user = 'bob'\nKEY = f'mqtt://{user}:hunter2222@broker'",
        "KEY = 'mqtt://bob:' + 'hunter2222' + '@broker'",
        f"KEY = 1  # {TELEGRAM}",
        f"# with {GOOGLE}\nKEY = 1",
        "# password = 'hunter2222'\nKEY = 1",
        f"KEY = '{GOOGLE}'",
        "def login(user, password): ...\nKEY = login('bob', 'hunter22')",
        "class Login:\n    def __init__(self, user, password): ...\nKEY = Login('b', 'hunter22')",
        "from typing import NamedTuple\nclass L(NamedTuple):\n    user: str\n    password: str\n"
        "KEY = L('bob', 'hunter22')",
        "from collections import namedtuple\nL = namedtuple('L', 'user password')\n"
        "KEY = L('bob', 'hunter22')",
        "token = 'a1b2c3'\nKEY = token",
        "from dataclasses import dataclass, field\n@dataclass\nclass KEY:\n"
        "    password: str = field(default='hunter2222', repr=False)",
        "KEY = ['see', '--password', 'hunter2222']",
        "KEY = 'curl -u bob:hunter2222 https://there'",
        "def KEY(): return get_password()\ndef get_password(): return 'hunter2222'",
    ],
)
def test_it_is_told(shell: Shell, folder: Path, code: str) -> None:
    shell.run(code)
    shell.run("%%participant p\ndef p(x):\n    return KEY")
    told = shell.fail("%msgflo export participant p")
    assert TOLD in told
    assert "hunter22" not in told
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "code",
    [
        "token = 'PLUS'\nKEY = token",
        "TOKENS = ['NUMBER', 'PLUS']\nKEY = TOKENS",
        "TOKENS = [('NUMBER', r'\\d+'), ('NAME', '[A-Z]+'), ('OP', '+')]\nKEY = TOKENS",
        "import os\npw = os.environ.get('PW', '')\nKEY = f'mqtt://bob:{pw}@broker'",
        "KEY = 'mqtt://{}:{}@broker'",
        "def KEY(password=None):\n    '''password: of the broker'''\n    return f'pw={password}'",
        "KEY = 1  # token = next(tokens)",
    ],
)
def test_what_only_looks_like_one(shell: Shell, folder: Path, code: str) -> None:
    shell.run(code)
    shell.run("%%participant p\ndef p(x):\n    return KEY")
    shell.run("%msgflo export participant p")
    assert (folder / "p.py").is_file()


@pytest.mark.parametrize(
    "text", ['{"user": "bob", "password": "hunter2222"}', "user=bob password=hunter2222"]
)
def test_in_an_initial_packet_and_in_what_was_seen(shell: Shell, folder: Path, text: str) -> None:
    shell.run("%%participant login\ndef login(m):\n    return m")
    shell.run("%msgflo start")
    shell.run(f"lab.send('login.m', {text!r})")
    shell.run("%msgflo inspect login.out --wait 5")
    shell.run("%msgflo export project house")
    files = [each for each in (folder / "house").rglob("*") if each.is_file()]
    assert not any("hunter2222" in each.read_text() for each in files)
    shell.run(f"%%fbp\n'{text}' -> M login")
    assert TOLD in shell.fail("%msgflo export project house --replace")


def test_it_is_not_embedded(shell: Shell) -> None:
    shell.run("conf = ''.join(['user=bob\\npassword=', 'hunter2222\\n'])")
    shell.run("%%participant p\ndef p(x):\n    return conf")
    assert "cannot be embedded" in shell.fail("%msgflo export participant p --embed conf")


def test_what_comes_from_the_environment_is_in_no_test(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NAME1", "somebody")
    shell.run("import os\nc = os.environ['NAME1']")
    shell.run("%%participant say\ndef say(text, who=c):\n    return who + text")
    shell.run("%msgflo start")
    shell.run("lab.send('say.text', 'a')\n%msgflo inspect say.out --wait 5")
    shell.run("%msgflo export project house")
    assert not (folder / "house" / "spec").exists()


def test_a_value_is_found_under_other_names(shell: Shell, folder: Path) -> None:
    """The notebook knows what `password` is, however it is spelled there."""
    shell.run("password = str(bytes(range(104, 109)), 'ascii') + '_22'\nmine = 'hijkl_22'")
    shell.run("%%participant p\ndef p(x):\n    # not hijkl_22\n    return mine")
    told = shell.fail("%msgflo export participant p")
    assert "the value of `password` (cell 1, line 2): a secret" in told
    assert "the value of `password` (cell 1, line 3): a secret" in told
    assert "hijkl" not in told
    assert not list(folder.iterdir())


def test_the_broker_and_the_environment_know_more(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSE_TOKEN", "tok-9f8e7d")
    shell.run("%%participant p --label 'with tok-9f8e7d'\ndef p(x):\n    return x")
    told = shell.fail("%msgflo export participant p")
    assert "the value of `HOUSE_TOKEN` (in p.py, line " in told
    assert "the value of `HOUSE_TOKEN` (in components/p.py, line " in shell.fail(
        "%msgflo export project house"
    )
    assert not list(folder.iterdir())


def test_fields_that_are_inherited_from_elsewhere(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    (folder / "my_base.py").write_text(
        "import dataclasses\n\n@dataclasses.dataclass\nclass Base:\n    password: str = ''\n"
    )
    shell.run("import dataclasses\nimport my_base")
    shell.run("@dataclasses.dataclass\nclass C(my_base.Base):\n    host: str = ''\nc = C('hunter')")
    shell.run("%%participant p\ndef p(x):\n    return c")
    assert "`password` (cell 1, line 4): a secret" in shell.fail("%msgflo export participant p")
    sys.modules.pop("my_base")


@pytest.mark.parametrize(
    ("code", "option"),
    [
        ("# password = 'hunter2222'\nKEY = 1", "password"),
        (f"# with {GOOGLE}\nKEY = 1", "cell1:1"),
        ("KEY = {'X Api-Key ': 'hunter2222'}", "cell1:1"),
        (f"KEY = '{GOOGLE}'", "KEY"),
        ("login = print\nKEY = [\n    'mqtt://bob:hunter2222@broker']", "KEY"),
    ],
    ids=["comment", "look", "key", "name", "lines"],  # pytest has them in the environment
)
def test_the_refusal_says_what_lets_it_pass(
    shell: Shell, folder: Path, code: str, option: str
) -> None:
    shell.run(code)
    shell.run("%%participant p\ndef p(x):\n    return KEY")
    told = shell.fail("%msgflo export participant p")
    assert [line.rpartition(" ")[2] for line in told.splitlines()[1:]] == [option]
    shell.run(f"%msgflo export participant p --allow {option}")
    assert (folder / "p.py").is_file()


@pytest.mark.parametrize("form", ["fbp", "json", "mmd", "dot", "svg"])
@pytest.mark.parametrize(
    ("packet", "option"),
    [
        ("'hunter2222' -> PASSWORD db(Db)", "password"),
        ("'4711' -> PIN db(Db)", "pin"),
        ("'mqtt://bob:hunter2222@there' -> URL db(Db)", "url"),
        ('\'{"user": "bob", "password": "hunter2222"}\' -> CONF db(Db)', "conf"),
        ("'known-22' -> NAME db(Db)", "API_KEY"),
    ],
)
def test_no_form_of_the_graph_has_one(
    shell: Shell, folder: Path, form: str, packet: str, option: str
) -> None:
    shell.run("API_KEY = 'known-22'")
    shell.run(f"%%fbp\n{packet}")
    told = shell.fail(f"%msgflo export net.{form}")
    assert f"net.{form} cannot be written" in told
    assert told.endswith(f"--allow {option}")
    assert not list(folder.iterdir())
    shell.run(f"%msgflo export net.{form} --allow {option}")
    assert list(folder.iterdir())


def test_a_number_of_tokens_in_a_packet_is_none(shell: Shell, folder: Path) -> None:
    shell.run("%%fbp\n'4096' -> MAX_TOKENS db(Db)")
    shell.run("%msgflo export net.fbp")
    shell.run("%%fbp\n'0815' -> PIN db")
    assert "--allow pin" in shell.fail("%msgflo export net.fbp")


@pytest.mark.parametrize(("name", "value"), [("HOUSE_KEY", ""), ("HOUSE_ZONE", "zone 1")])
def test_no_key_is_an_example(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.delenv(name, raising=False)
    shell.run(f"%env {name}=zone 1")
    shell.run(f"%%participant p\ndef p(x):\n    import os\n    return os.environ[{name!r}]")
    shell.run("%msgflo export project house")
    monkeypatch.delenv(name, raising=False)
    line = f"\n{name}='{value}'\n" if value else f"\n{name}=\n"
    assert line in (folder / "house" / ".env.example").read_text()


def test_a_document_has_no_packets_and_metadata_counts(shell: Shell, folder: Path) -> None:
    shell.run("%%fbp\n'hunter2222' -> PASSWORD db(Db)")
    shell.run("%msgflo export net.asyncapi.yaml")
    assert "hunter2222" not in (folder / "net.asyncapi.yaml").read_text()
    shell.run("%%fbp\ndb(Db:api_key=hunter2222)")
    told = shell.fail("%msgflo export net.json")
    assert "`api_key` (the metadata of db): a secret" in told
    shell.run("%msgflo export net.mmd")
    assert "hunter2222" not in (folder / "net.mmd").read_text()


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("db.js", "// a\nconst password = 'hunter2222';\n", "`password` (in db.js, line 2)"),
        ("db.js", "connect('known-22');\n", "the value of `API_KEY` (in db.js, line 1)"),
        (
            "db.py",
            "import lower\n\ndef db(x):\n    return x\n",
            "`api_token` (in lower.py, line 2)",
        ),
        ("db.py", "def db(x, password='hunter2222'):\n    return x\n", "(in db.py, line 1)"),
    ],
)
def test_components_that_a_project_has_brought_along(
    shell: Shell, folder: Path, file: str, text: str, told: str
) -> None:
    shell.run("API_KEY = 'known-22'")
    components = folder / "old" / "components"
    components.mkdir(parents=True)
    (components / file).write_text(text)
    (components / "lower.py").write_text("token1 = 1\napi_token = 'hunter2222'\n")
    (folder / "old" / "main.fbp").write_text("db(db) OUT -> IN other(other)\n")
    shell.run("%msgflo import old")
    assert told in shell.fail("%msgflo export project new")
    assert not (folder / "new").exists()


def test_an_address_that_is_put_together_is_none(shell: Shell, folder: Path) -> None:
    shell.run('import os\nurl = f\'mqtt://bob:{os.environ.get("PW", "")}@there\'')
    shell.run("usual = 'amqp://guest:guest@localhost'")
    shell.run("%%participant p\ndef p(x):\n    return url, usual")
    shell.run("%msgflo export project house")
    assert "{os.environ.get" in (folder / "house" / "components" / "p.py").read_text()


def test_what_is_allowed_is_in_all_files_of_a_project(shell: Shell, folder: Path) -> None:
    shell.run("where = 'mqtt://bob:nobody22@there'")
    shell.run("%%participant p\ndef p(url):\n    return where")
    shell.run("%%fbp\n'mqtt://bob:nobody22@there' -> URL p")
    told = shell.fail("%msgflo export project house")
    assert told.endswith(
        "(the initial packet of p.url): a secret; read it from "
        '`os.environ["URL"]` instead; if it is none: --allow url'
    )
    assert "--allow where" in shell.fail("%msgflo export project house --allow url")
    shell.run("%msgflo export project house --allow url --allow where")
    assert "nobody22" in (folder / "house" / "main.fbp").read_text()
