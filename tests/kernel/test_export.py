"""`%msgflo export participant` and `export project`, and back: as people type it in a notebook."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.conftest import Shell
from tests.runtime.helpers import eventually

CELLS = (
    "import math\nimport os, json\n\nLIMIT = 3.5  # degrees\nunused = object()",
    '''# How a reading looks
class Reading:
    def __init__(self, value):
        self.value = value


def helper(x):
    """Helps."""
    return Reading(math.floor(x) + LIMIT)
''',
    """%%participant format --icon font --label "Readable text" --every 2
def format(celsius: float = 1.0, template="{celsius:.1f} C"):
    # the whole of it
    return template.format(celsius=helper(celsius).value)
""",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ruff(*files: Path) -> str:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True).stdout


def test_a_script_has_what_it_needs_and_the_handler_to_the_letter(
    shell: Shell, folder: Path
) -> None:
    for cell in CELLS:
        shell.run(cell)
    assert shell.run("%msgflo export participant format").startswith("format.py: ")
    text = (folder / "format.py").read_text()
    assert "import math\n" in text
    assert "LIMIT = 3.5  # degrees" in text
    assert "# How a reading looks\nclass Reading:" in text
    assert not {"unused", "import os", "json", "get_ipython", "%%"} & set(text.split())
    assert 'component(format, every=2.0, label="Readable text", icon="font")' in text.replace(
        "\n    ", " "
    ).replace("( ", "(").replace(", )", ")").replace(",\n)", ")")
    handlers = {
        ast.dump(node)
        for source in (CELLS[2].partition("\n")[2], text)
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "format"
    }
    assert len(handlers) == 1
    assert "All checks passed" in ruff(folder)
    told = subprocess.run(
        [sys.executable, "format.py", "--help"], capture_output=True, text=True, cwd=folder
    )
    assert told.returncode == 0
    assert "Readable text" in told.stdout


@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("TABLE = open('words.txt', 'w')", "`TABLE` (cell 1): an open file (`words.txt`); open it"),
        (
            "open('words.txt', 'w').write('a')\nTABLE = open('words.txt').read()",
            "`TABLE` (cell 1): what `open` reads may not be there elsewhere",
        ),
        ("import ipywidgets\nTABLE = ipywidgets.IntSlider()", "`TABLE` (cell 1): a IntSlider"),
        ("TABLE = lab", "the notebook's lab: a script has none"),
        ("", "`TABLE` (read in cell 1, line 3): no cell has defined it"),
        ("api_key = 'abc'\nTABLE = api_key", "`api_key` (cell 1, line 1): a secret"),
        ("TABLE = 'amqp://me:secret@there'", "`TABLE` (cell 1, line 1): a secret"),
        ("TABLE = {'password': 'x'}", "`password` (cell 1, line 1): a secret"),
    ],
)
def test_what_cannot_travel_is_named_and_nothing_is_written(
    shell: Shell, folder: Path, before: str, told: str
) -> None:
    shell.run(before or "1")
    shell.run("%%participant p\ndef p(x):\n    return x, TABLE")
    assert told in shell.fail("%msgflo export participant p")
    assert told in shell.fail("%msgflo export project house")
    assert not list(folder.glob("*.py"))
    assert not (folder / "house").exists()


def test_small_data_is_embedded_on_request(shell: Shell, folder: Path) -> None:
    (folder / "words.json").write_text('{"a": [1, 2.5, null], "b": "\\u00fc"}')
    shell.run("import json\nwords = json.load(open('words.json'))")
    shell.run("%%participant p\ndef p(x):\n    return words[x]")
    shell.fail("%msgflo export participant p")
    shell.run("%msgflo export participant p --embed words")
    text = (folder / "p.py").read_text()
    assert 'words = {"a": [1, 2.5, None], "b": "ü"}' in text
    assert "json" not in text
    assert "there is nothing of that name" in shell.fail("%msgflo export participant p --embed no")


def test_what_was_made_of_embedded_data_is_made_of_it_again(shell: Shell, folder: Path) -> None:
    (folder / "limits.json").write_text("[1, 2]")
    shell.run("import json\nlimits = json.load(open('limits.json'))")
    shell.run("limits.append(3)\ntwice = [2 * each for each in limits]")
    shell.run("%%participant p\ndef p(x):\n    return x, twice, limits")
    assert shell.run("%msgflo export participant p -o q.py --embed limits").startswith("q.py: ")
    text = (folder / "q.py").read_text()
    assert "limits = [1, 2, 3]\ntwice = [2 * each for each in limits]" in text
    assert "uv run q.py" in text
    code = "import q; print(q.p(0))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout == "(0, [2, 4, 6], [1, 2, 3])\n"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("lab.add(lambda x: x, 'p')", "`p` runs a lambda, which has no name"),
        ("for i in (1, 2):\n    lab.add(lambda x: x * i, 'p')", "`p` runs a lambda"),
        (
            "%%participant p\ndef p(x):\n    return x\n",
            "has been defined anew since it was put in as `p`",
        ),
    ],
)
def test_handlers_that_no_name_leads_to(shell: Shell, folder: Path, cell: str, told: str) -> None:
    shell.run(cell)
    shell.run("def p(x):\n    return 2 * x")
    assert told in shell.fail("%msgflo export participant p")
    assert not list(folder.iterdir())


def test_a_named_closure_and_a_redefined_helper(shell: Shell, folder: Path) -> None:
    shell.run("def scaled(k):\n    def handler(x):\n        return note(x) * k\n    return handler")
    shell.run("def note(x):\n    return -x")
    shell.run("triple = scaled(3)\nlab.add(triple, 'p', component='triple')")
    shell.run("def note(x):\n    return x")
    shell.run("%msgflo export participant p")
    names: dict[str, object] = {}
    exec((folder / "triple.py").read_text(), names)
    assert names["triple"](5) == 15  # type: ignore[operator]


def test_files_that_are_there(shell: Shell, folder: Path) -> None:
    shell.run("%%participant p\ndef p(x):\n    return x")
    (folder / "p.py").write_text("mine = 1\n")
    assert "--replace writes over it" in shell.fail("%msgflo export participant p")
    assert (folder / "p.py").read_text() == "mine = 1\n"
    shell.run("%msgflo export participant p --replace")
    shell.run("%msgflo export participant p")  # one of ours
    assert "Python's own module" in shell.fail("%msgflo export participant p -o random.py")
    assert "cannot be written" in shell.fail("%msgflo export participant p -o nowhere/p.py")
    shell.run("%msgflo export project house")
    assert "--replace writes over" in shell.fail("%msgflo export project house")
    shell.run("%msgflo export project house --replace")


def test_a_cell_that_failed_half_way_counts_as_far_as_it_came(shell: Shell, folder: Path) -> None:
    shell.fail("FACTOR = 2\n1 / 0\nFACTOR = 3")
    shell.run("%%participant p\ndef p(x):\n    return FACTOR * x")
    shell.run("%msgflo export participant p")
    assert "FACTOR = 2" in (folder / "p.py").read_text()


def test_a_project_comes_back_the_same(shell: Shell, folder: Path) -> None:
    for cell in CELLS:
        shell.run(cell)
    shell.run("%msgflo start")
    shell.run("%%participant show\ndef show(text):\n    print(text)")
    shell.run("%msgflo connect format.out show.text")
    shell.run("%msgflo send --initial format.celsius 20")
    shell.run("%msgflo inspect show.text --wait 5")
    shell.run("%msgflo export project house")
    before = shell.lab.graph
    shell.run("%msgflo stop")
    assert "All checks passed" in ruff(folder / "house")
    with type(shell.lab)() as again:
        again.open(folder / "house")
        again.start()
        eventually(lambda: sum(bool(role.workers) for role in again.network().roles) == 2)
        eventually(lambda: again.inspect("show.text", 1, wait=10)[0].value == "23.5 C")
        assert set(again.graph.edges) == set(before.edges)
        assert dict(again.graph.initials) == dict(before.initials)
        roles = {str(role.role): role for role in again.network().roles}
        assert roles["format"].component == "format"
        assert roles["format"].icon == "font"


def test_components_come_back_as_cells(shell: Shell, folder: Path) -> None:
    for cell in CELLS:
        shell.run(cell)
    shell.run("%msgflo send --initial format.celsius 20")
    shell.run("%msgflo export project house")
    other = Shell()
    try:
        other.run("%load_ext msgflo_lab")
        told = other.run("%msgflo import house --cells")
        assert "cells of format" in told
        (payload,) = other.ipython.payload_manager.read_payload()
        text = payload["text"]
        assert text.startswith("%%participant format ")
        assert "msgflo_lab" not in text
        other.run("%msgflo start")
        other.run(text)
        made = other.lab.behaviour("format")
        assert (made.every, made.icon, made.label) == (2.0, "font", "Readable text")
        assert "# the whole of it" in text
    finally:
        other.run("%unload_ext msgflo_lab")


def test_cells_come_one_below_the_other(shell: Shell, folder: Path) -> None:
    shell.run("import math\n\nLIMIT = 3.5")
    for role in "abc":
        shell.run(f"%%participant {role}\ndef {role}(x):\n    return math.floor(x) + LIMIT\n")
    shell.run("%msgflo connect a.out b.x\n%msgflo connect b.out c.x\n%msgflo export project house")

    def below() -> list[str]:
        put = shell.ipython.payload_manager.read_payload()
        shell.ipython.payload_manager.clear_payload()  # as a kernel does for each cell
        return [each["text"] for each in put]

    told = shell.run("%msgflo import house --cells")
    assert told.endswith(
        "cells of a, b, c: run the one below, and it takes over; then the next comes"
    )
    (first,) = below()
    assert first.startswith("%%participant a\nimport math\n\nLIMIT = 3.5\n\n\ndef a(x):")
    shell.run("1 + 1")
    assert below() == []
    shell.run(first)
    (second,) = below()
    shell.fail(f"{second}\n1 / 0")
    assert below() == []
    shell.run(second.replace("3.5", "4.5"))
    (third,) = below()
    assert third.startswith("%%participant c")
    shell.run(third)
    shell.run(third)
    assert below() == []


def test_the_image_has_the_python_that_the_versions_are_for(shell: Shell, folder: Path) -> None:
    shell.run("%%participant p\ndef p(x):\n    return x")
    shell.run("%msgflo export project house")
    image = (folder / "house" / "Dockerfile").read_text()
    assert f"FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim\n" in image


def test_no_secret_is_in_a_project(shell: Shell, folder: Path) -> None:
    shell.run(
        "import os\n\nkey = os.environ.get('HOUSE_KEY', '')",
    )
    shell.run("%%participant p\ndef p(x, password=''):\n    return key + os.environ['OTHER']")
    shell.run("%msgflo export project house")
    settings = (folder / "house" / ".env.example").read_text()
    assert "\nHOUSE_KEY=\n" in settings
    assert "\nOTHER=\n" in settings
    shell.run("%msgflo send --initial p.password hunter2")
    told = shell.fail("%msgflo export project house --replace")
    assert "`password` (the initial packet of p.password): a secret" in told
    assert "hunter2" not in "".join(
        file.read_text() for file in (folder / "house").rglob("*") if file.is_file()
    )


def test_modules_that_lie_beside_the_notebook(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    (folder / "house_tools.py").write_text("def twice(x):\n    return 2 * x\n")
    shell.run("from house_tools import twice")
    shell.run("%%participant p\ndef p(x):\n    return twice(x)")
    told = shell.run("%msgflo export participant p")
    assert "put beside it, where it is run: house_tools.py" in told.splitlines()
    (folder / "there").mkdir()
    assert "write the script beside it" in shell.fail("%msgflo export participant p -o there")
    shell.run("%msgflo export project house")
    assert (folder / "house" / "components" / "house_tools.py").is_file()
    sys.modules.pop("house_tools")


def test_what_modules_that_lie_beside_need_in_turn(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    (folder / "house_tools.py").write_text("import house_words\nimport anyio\n")
    (folder / "house_words.py").write_text("import house_tools\n")
    (folder / "house_package").mkdir()
    (folder / "house_package" / "__init__.py").touch()
    try:
        shell.run("import house_tools")
        shell.run("%%participant p\ndef p(x):\n    return house_tools")
        shell.run("%msgflo export project house")
        assert (folder / "house" / "components" / "house_words.py").is_file()
        assert '"anyio==' in (folder / "house" / "pyproject.toml").read_text()
        shell.run("import house_package")
        shell.run("%%participant p\ndef p(x):\n    return house_package")
        assert "a package of yours" in shell.fail("%msgflo export project other")
    finally:
        for name in ("house_tools", "house_words", "house_package"):
            sys.modules.pop(name, None)


def test_the_same_network_is_the_same_files(shell: Shell, folder: Path) -> None:
    def files(where: str) -> dict[Path, str]:
        shell.run(f"%msgflo export project {where}")
        root = folder / where
        return {
            each.relative_to(root): each.read_text() for each in root.rglob("*") if each.is_file()
        }

    shell.run("def work(x):\n    return x")
    shell.run("%%participant b\ndef b(x):\n    return x")
    shell.run("lab.add(work, 'c')\nlab.add(work, 'a')\nlab.connect('b.out', 'a.x')")
    before = files("one/house")
    shell.run("%msgflo import one/house")
    assert files("two/house") == before


def test_two_roles_with_functions_of_one_name(shell: Shell, folder: Path) -> None:
    shell.run("%%participant one\ndef work(x):\n    return 1")
    shell.run("%%participant two\ndef work(x):\n    return 2")
    assert "defined anew" in shell.fail("%msgflo export project house")
    shell.run("%%participant one\ndef one(x):\n    return 1")
    shell.run("%%participant three --component two\ndef three(x):\n    return 3")
    shell.run("%%participant two\ndef two(x):\n    return 2")
    shell.run("%%participant two!\ndef four(x):\n    return 4")
    shell.run("%%participant 'two?' --component two\ndef five(x):\n    return 5")
    shell.run("%msgflo export project house")
    names = {file.name for file in (folder / "house" / "components").iterdir()}
    assert names == {"one.py", "two.py", "three.py", "four.py", "two_2.py"}


def test_usage(shell: Shell) -> None:
    for line in (
        "export participant",
        "export project",
        "export net.fbp more",
        "export project house -o x.py",
        "export nothing.txt",
        "export participant nobody",
        "import nowhere.fbp --cells",
    ):
        shell.fail(f"%msgflo {line}")


@pytest.mark.parametrize(
    "code",
    [
        "def p(x, password='x'):\n    return x",
        "def p(x, *, api_key='x'):\n    return x",
        "wifi_pass = 'x'\ndef p(x):\n    return wifi_pass",
        "TOKENS = {'a': 'x1y2z3'}\ndef p(x):\n    return TOKENS",
        "PASSWORD, USER = 'x', 'me'\ndef p(x):\n    return PASSWORD",
        "PASSWORD = 'x' if True else ''\ndef p(x):\n    return PASSWORD",
        "SECRET = b'x'\ndef p(x):\n    return SECRET",
        "HEAD = {'Authorization': 'Bearer abcdefghijk'}\ndef p(x):\n    return HEAD",
        "def p(x):\n    return 'https://there/?api_key=abcdefgh'",
        "def p(x):\n    return connect('there', password='x')\ndef connect(*a, **k): ...",
    ],
)
def test_secrets_in_code_are_told(shell: Shell, folder: Path, code: str) -> None:
    shell.run(f"%%participant p\n{code}")
    assert "a secret; read it from" in shell.fail("%msgflo export project house")
    assert not list(folder.iterdir())


def test_what_only_sounds_like_a_secret(shell: Shell, folder: Path) -> None:
    shell.run("TOKEN_KIND = 'word'\nsecret_santa = 'Ada'")
    shell.run(
        "%%participant p\ndef p(x):\n    token = 'a1b2c3'\n    return TOKEN_KIND, secret_santa"
    )
    assert "`token`" in shell.fail("%msgflo export participant p")
    shell.run("%msgflo export participant p --allow token")


def test_no_secret_is_embedded_or_seen_or_beside(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "hunter2")
    monkeypatch.syspath_prepend(folder)
    (folder / "my_creds.py").write_text("PASSWORD = 'hunter2'\n")
    shell.run("import os\nmine = os.environ['MINE']")
    shell.run("%%participant p\ndef p(x):\n    return mine")
    assert "cannot be embedded" in shell.fail("%msgflo export participant p --embed mine")
    shell.run("import my_creds")
    shell.run("%%participant q\ndef q(x):\n    return my_creds.PASSWORD")
    assert "(in my_creds.py, line 1)" in shell.fail("%msgflo export project house")
    shell.run("%msgflo remove q")
    shell.run("%msgflo start")
    shell.run("%%participant login\ndef login(who: dict):\n    return {**who, 'ok': True}")
    shell.run('%msgflo send login.who {"user": "me", "password": "hunter2"}')
    shell.run("%msgflo inspect login.out --wait 5")
    shell.run("%msgflo export project house")
    texts = [each.read_text() for each in (folder / "house").rglob("*") if each.is_file()]
    assert not any("hunter2" in text for text in texts)
    sys.modules.pop("my_creds")


def test_a_script_hides_no_installed_package(shell: Shell, folder: Path) -> None:
    shell.run("%%participant msgspec\ndef msgspec(x):\n    return x")
    shell.run("%msgflo export participant msgspec")
    assert [each.name for each in folder.iterdir()] == ["msgspec_.py"]
    assert "the installed module" in shell.fail("%msgflo export participant msgspec -o msgspec.py")
    shell.run("%msgflo export participant msgspec")


def test_what_has_a_default_need_not_be_set(shell: Shell, folder: Path) -> None:
    shell.run("import os\nlevel = int(os.environ.get('LEVEL', '5'))\nhome = os.environ['HOME']")
    shell.run("%%participant p\ndef p(x):\n    return level, home, os.environ['NEEDED']")
    shell.run("%msgflo export project house")
    settings = (folder / "house" / ".env.example").read_text()
    assert "\nNEEDED=\n" in settings
    assert "\n# LEVEL=\n" in settings
    assert "HOME" not in settings


def test_a_lambda_with_a_name(shell: Shell, folder: Path) -> None:
    shell.run("square = lambda x: x * x\nlab.participant(role='m')(square)")
    shell.run("%msgflo export participant m -o m.py")
    assert "square = lambda x: x * x" in (folder / "m.py").read_text()


def test_what_is_shared_by_two_is_told(shell: Shell, folder: Path) -> None:
    shell.run("state = {'gain': 1}")
    shell.run("%%participant knob\ndef knob(gain):\n    state['gain'] = gain")
    shell.run("%%participant amp\ndef amp(x):\n    return x * state['gain']")
    shell.run("%msgflo start")
    shell.run("%msgflo send knob.gain 2\n%msgflo send amp.x 3\n%msgflo inspect amp.out --wait 5")
    told = shell.run("%msgflo export project house")
    assert "`state` is changed by one and seen by others here (amp, knob)" in told
    assert not (folder / "house" / "spec").exists()


def test_what_was_seen_is_a_test_also_if_cells_are_not_numbered(shell: Shell, folder: Path) -> None:
    """Without a history, as tests of notebooks run them, all cells have the same number."""
    shell.run("%msgflo start")
    shell.run("%%participant p\ndef p(x):\n    return x + 1")
    shell.run("%msgflo send p.x 5\nlab.inspect('p.out', 1, wait=10)")
    shell.run("unused = 1")
    shell.run("%msgflo export project house")
    assert "x: 5" in (folder / "house" / "spec" / "p.yaml").read_text()
