"""Secrets in pieces, in comments, by where they stand, and in texts: no file gets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.conftest import Shell

TOLD = "a secret; it belongs into no file"
GOOGLE, TELEGRAM = "AIza" + "x" * 35, "123456789:" + "x" * 35


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
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
    assert "is a secret" in shell.fail("%msgflo export project house --replace")


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
