"""Command lines with variables: the reference's rules, and what goes beyond them."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.library import Program, command_line
from msgflo_lab.library.languages import (
    DEFAULT_HANDLERS,
    OWN_PYTHON,
    extension_of,
    handler_of,
    language_of,
)
from msgflo_lab.library.shell import lost, quoted_into, replaced, used
from msgflo_lab.names import Role

FILE = {"FILENAME": "/p/Foo.js", "COMPONENT": "ns/Foo", "COMPONENTNAME": "Foo"}
printable = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" ")).filter(
    lambda text: text.isprintable()
)


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (".yml", "msgflo-register --role front:/p/Foo.js"),
        (".js", "msgflo-nodejs --name front /p/Foo.js"),
        (".coffee", "msgflo-nodejs --name front /p/Foo.js"),
        (".json", "noflo-runtime-msgflo --name front --graph ns/Foo --iips '{\"in\":[1]}'"),
        (".fbp", "noflo-runtime-msgflo --name front --graph ns/Foo --iips '{\"in\":[1]}'"),
    ],
)
def test_the_usual_handlers_give_the_references_commands(extension: str, expected: str) -> None:
    program = Program(DEFAULT_HANDLERS[extension], values=FILE)
    assert command_line(program, Role("front"), {"in": [1]}) == expected


def test_longer_names_are_not_shorter_ones_with_something_behind_them() -> None:
    values = {**FILE, "COMP": "short", "ROLE": "r", "ROLENAME": "long"}
    text = "#COMPONENTNAME #COMPONENT #COMPONENTS #COMP #ROLENAME #ROLE_1 #OTHER # ROLE"
    expected = "Foo ns/Foo ns/FooS short long r_1 #OTHER # ROLE"
    assert quoted_into(text, values) == replaced(text, values) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("run #NOPE #ROLE", ["#NOPE"]),
        ("run #ROLE;#B\n#A x #A", ["#B", "#A"]),
        ("run #ROLE #ROLES #ROLE-1", []),
        ("run '#NOPE' \"#NOPE\" \\#NOPE 'a'#NOPE", []),
        ("run --color=#FFF http://there/#TOP $# # a comment", []),
        ('run "it\'s" #NOPE', ["#NOPE"]),
    ],
)
def test_variables_without_a_value_that_make_a_comment(command: str, expected: list[str]) -> None:
    assert lost(command, ["ROLE"]) == expected


def test_own_participants_may_be_called_like_options() -> None:
    program = Program(OWN_PYTHON, values={**FILE, "FILENAME": "/p/Foo.py"})
    words = shlex.split(command_line(program, Role("-x")))
    assert words[words.index("--") :] == ["--", "/p/Foo.py", "-x"]
    assert words[words.index("--") - 1] == "--component=ns/Foo"


def test_a_value_is_not_searched_for_variables() -> None:
    program = Program("run #FILENAME #ROLE", values={"FILENAME": "/p/#ROLE/#IIPS.js"})
    assert shlex.split(command_line(program, Role("#FILENAME"))) == [
        "run",
        "/p/#ROLE/#IIPS.js",
        "#FILENAME",
    ]


def test_a_backslash_keeps_a_variable_as_it_is() -> None:
    assert quoted_into(r"echo \#ROLE #ROLE", {"ROLE": "r"}) == r"echo \#ROLE r"


def test_used_variables() -> None:
    assert used("#A #AB #C #A", ["AB", "A", "B"]) == ["A", "AB"]
    assert used("#A", []) == []


@settings(max_examples=20, deadline=None)
@given(printable)
@pytest.mark.parametrize("around", ["{}", "'{}'", '"{}"', "x'y'{}\"z\"", "\\'{}", "'\\'{}"])
def test_a_value_stays_one_piece_wherever_it_stands(around: str, value: str) -> None:
    """A shell reads it as what stood around it, with the value in between."""
    command = quoted_into(f"printf %s {around.format('#ROLE')}", {"ROLE": value})
    assert printed(command) == printed(f"printf %s {around.format('MM')}").replace("MM", value)


def printed(command: str) -> str:
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.parametrize("around", ["{}", "'{}'", '"{}"'])
def test_a_real_shell_runs_nothing_that_a_role_says(around: str) -> None:
    role = "a $(echo no) `echo no`; echo no 'x' \"y\" $HOME \\ ü"
    command = quoted_into(f"printf %s {around.format('#ROLE')}", {"ROLE": role})
    assert printed(command) == role


def test_beside_a_command_in_a_command_only_plain_values_are_taken() -> None:
    command = 'echo "$(basename #FILENAME)" #ROLE'
    assert quoted_into(command, {**FILE, "ROLE": "front-1"}).endswith('/p/Foo.js)" front-1')
    with pytest.raises(MsgFloLabError, match="cannot be put into"):
        quoted_into(command, {**FILE, "ROLE": "two words"})


@pytest.mark.parametrize(
    "command",
    [
        "bash -c 'echo #ROLE'",
        "bash -c \"echo '#ROLE'\"",
        """python3 -c "print('#ROLE')" """,
        "node -e 'f(#ROLE)'",
        'ssh there "run #ROLE"',
        "bash -c 'x=#ROLE;y'",
    ],
)
def test_in_the_text_of_another_program_only_plain_values_are_taken(command: str) -> None:
    assert quoted_into(command, {"ROLE": "front-1"}) == command.replace("#ROLE", "front-1")
    for role in ("$(touch x)", "'+str(open(1))+'", "two words", "a;b"):
        with pytest.raises(MsgFloLabError, match="cannot be put into"):
            quoted_into(command, {"ROLE": role})


def test_what_is_no_text_for_a_command_line_is_refused() -> None:
    with pytest.raises(MsgFloLabError, match="cannot be a part of a command line"):
        command_line(Program("run #ROLE"), Role("a\nb"))


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5)))
def test_packets_arrive_as_they_are(packets: dict[str, object]) -> None:
    try:
        line = command_line(Program("run --iips #IIPS"), Role("r"), packets)
    except MsgFloLabError:
        return  # something that cannot be printed
    assert json.loads(shlex.split(line)[2]) == packets


def test_languages_and_extensions() -> None:
    names = ["python", "coffeescript", "JavaScript", "c++", "rust", "yaml", "lua"]
    extensions = [".py", ".coffee", ".js", ".cpp", ".rs", ".yml", ".lua"]
    assert [extension_of(name) for name in names] == extensions
    assert [language_of(each) for each in extensions] == [name.lower() for name in names]


def test_a_projects_own_handlers_come_first() -> None:
    assert handler_of(".py", {}) == OWN_PYTHON
    assert handler_of(".py", {".py": "mine #FILENAME"}) == "mine #FILENAME"
    assert handler_of(".nope", {}) == ""
