"""What a project says of its components, and what is in its directories."""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.definition import ParticipantDefinition, Port
from msgflo_lab.errors import InvalidConfig, InvalidName
from msgflo_lab.library import Component, InProcess, Library, Program, Shelf, Source
from msgflo_lab.library.config import Config, find, parse, read
from msgflo_lab.library.project import Project, projects_at
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role

JSON, TOML = Path("/p/package.json"), Path("/p/pyproject.toml")
SECTION: dict[str, Any] = {
    "variables": {"run": "node --trace", "full": "#RUN --x"},
    "components": {"Foo": "#FULL ./foo.js --name #ROLE", "other/Bar": "./bar #COMPONENTNAME"},
    "handlers": {".lua": "lua #FILENAME #ROLE", ".js": None},
}
REPOSITORY = {"type": "git", "url": "https://example.org/p.git"}


@pytest.mark.parametrize(
    ("document", "file"),
    [
        ({"name": "p", "repository": REPOSITORY, "msgflo": SECTION}, JSON),
        ({"name": "p", "repository": REPOSITORY, **SECTION}, JSON),
        ({"project": {"name": "p"}, "repository": REPOSITORY, "tool": {"msgflo": SECTION}}, TOML),
        ({"msgflo": {**SECTION, "namespace": "p", "repository": REPOSITORY["url"]}}, JSON),
    ],
)
def test_both_files_and_both_places_say_the_same(document: Any, file: Path) -> None:
    assert parse(document, file) == Config(
        folder=Path("/p"),
        namespace="p",
        repository="https://example.org/p.git",
        variables={"RUN": "node --trace", "FULL": "node --trace --x"},
        components={
            "Foo": "node --trace --x ./foo.js --name #ROLE",
            "other/Bar": "./bar #COMPONENTNAME",
        },
        handlers={".lua": "lua #FILENAME #ROLE"},
    )


def test_a_python_project_without_a_section_says_nothing() -> None:
    assert parse(tomllib.loads('[project]\nname = "p"\n'), TOML) == Config(Path("/p"), "p")


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ([], "`msgflo` is to be a table (an object), not []"),
        ({"namespace": 1}, "`msgflo.namespace` is to be text, not 1"),
        ({"components": ["a"]}, '`msgflo.components` is to be a table (an object), not ["a"]'),
        ({"components": {"A": {"x": 1}}}, '`msgflo.components.A` is to be text, not {"x": 1}'),
        ({"components": {"": "x"}}, "`msgflo.components` has an entry without a name"),
        ({"handlers": {"py": "x"}}, "`msgflo.handlers.py` is no extension with its dot"),
        ({"variables": {"A": "#B", "B": "x#A"}}, "`msgflo.variables.A` is a part of itself"),
        ({"variables": {"A": "#A"}}, "`msgflo.variables.A` is a part of itself"),
        (
            {"variables": {f"V{n:02}": f"#V{n + 1:02}" * 10 for n in range(30)} | {"V30": "x"}},
            "is longer than",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_line_with_file_and_key(section: Any, told: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        parse({"msgflo": section}, JSON)
    assert str(caught.value).startswith("/p/package.json: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
keys = st.sampled_from(["namespace", "repository", "variables", "components", "handlers", "name"])


@given(st.dictionaries(keys | st.just("msgflo"), json_values) | json_values)
def test_any_document_is_read_or_refused(document: Any) -> None:
    for file in (JSON, TOML):
        with suppress(InvalidConfig):
            parse(document, file)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("package.json", "{", "is not JSON"),
        ("pyproject.toml", "[", "is not TOML"),
        ("package.json", "\udcff", "cannot be read"),
        ("nothing.json", None, "cannot be read: No such file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, text: str, told: str) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InvalidConfig, match=told):
        read(tmp_path / name)


def test_a_front_ends_package_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x", "repository": "y", "scripts": {}}')
    assert find(tmp_path) == []
    (tmp_path / "package.json").write_text('{"name": "x", "msgflo": {}}')
    (tmp_path / "pyproject.toml").write_text("[tool.msgflo]\n")
    assert [file.name for file in find(tmp_path)] == ["package.json", "pyproject.toml"]


# -- directories ------------------------------------------------------------------------------


def write(folder: Path, **files: str) -> Path:
    """Files by their names, with `_` for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / ".".join(name.rsplit("_", 1))).write_text(text)
    return folder


def project(folder: Path, **config: Any) -> Project:
    return Project(Config(folder, "ns", **config), [folder / "components"])


def test_each_handled_file_is_a_component(tmp_path: Path) -> None:
    files = write(tmp_path / "components", A_py="def a(x): ...", B_js="1", C_txt="2", D_lua="3")
    (files / "_helper.py").write_text("")
    (files / ".E.py").write_text("")
    (files / "F.py").mkdir()
    look = project(tmp_path, handlers={".lua": "lua #FILENAME"}).look()
    assert sorted(look.components) == ["ns/A", "ns/B", "ns/D"]
    found = look.components[ComponentName("ns/D")]
    assert found.source == Source("lua", "3")
    assert found.how == Program(
        "lua #FILENAME",
        files / "D.lua",
        tmp_path,
        {"COMPONENT": "ns/D", "COMPONENTNAME": "D", "FILENAME": str(files / "D.lua")},
    )


def test_two_files_of_one_name_are_one_component_and_a_problem(tmp_path: Path) -> None:
    write(tmp_path / "components", A_js="1", A_py="2")
    look = project(tmp_path).look()
    assert len(look.components) == 1
    assert "A.py: `ns/A` is " in look.problems[0]


def test_only_files_that_changed_are_read_again(tmp_path: Path) -> None:
    file = write(tmp_path / "components", A_js="11") / "A.js"
    found = project(tmp_path)
    assert found.look() == found.look()
    stamp = file.stat()
    file.write_text("22")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert found.look().components[ComponentName("ns/A")].source == Source("javascript", "11")
    os.utime(file)
    assert found.look().components[ComponentName("ns/A")].source == Source("javascript", "22")


def test_a_folder_may_be_a_project_in_several_ways(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="is not there"):
        projects_at(tmp_path / "none")
    with pytest.raises(InvalidConfig, match="has no configuration"):
        projects_at(tmp_path)
    write(tmp_path / "bare", A_js="1")
    assert [*projects_at(tmp_path / "bare")[0].look().components] == ["A"]
    write(tmp_path / "old" / "participants", A_js="1")
    assert [*projects_at(tmp_path / "old")[0].look().components] == ["A"]
    house = write(tmp_path / "house", package_json='{"name": "h", "msgflo": {}}')
    assert projects_at(house)[0].directories == (house / "components",)
    write(house / "participants", A_js="1")
    for path in (house, house / "package.json"):
        assert [*projects_at(path)[0].look().components] == ["h/A"]
    assert [*projects_at(house, tmp_path / "bare")[0].look().components] == ["h/A"]


# -- writing ----------------------------------------------------------------------------------


def test_a_source_is_written_in_one_step_and_again(tmp_path: Path) -> None:
    found = project(tmp_path)
    assert found.write("Foo", "python", "a = 1\n") == "ns/Foo"
    assert found.write("ns/Foo", "python", "a = 2\n") == "ns/Foo"
    file = tmp_path / "components" / "Foo.py"
    assert file.read_text() == "a = 2\n"
    assert [each.name for each in file.parent.iterdir()] == ["Foo.py"]
    file.chmod(0o755)
    found.write("Foo", "python", "a = 3\n")
    assert file.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    "name",
    [
        "../Foo",
        "ns/../Foo",
        "..",
        ".",
        "",
        "/etc/Foo",
        ".Foo",
        "_Foo",
        "a\\b",
        "a\0b",
        "a\nb",
        "ns/",
    ],
)
def test_nothing_is_written_outside_of_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidName):
        project(tmp_path).write(name, "python", "")
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("language", ["../x", "py/../../x", "c++", "", "lua"])
def test_nothing_is_written_that_nobody_runs(tmp_path: Path, language: str) -> None:
    with pytest.raises(InvalidName, match="nothing here runs"):
        project(tmp_path).write("Foo", language, "")


def test_nothing_is_written_in_place_of_something_else(tmp_path: Path) -> None:
    write(tmp_path / "components", A_js="1")
    found = project(tmp_path, components={"Bar": "./bar"})
    with pytest.raises(InvalidName, match="another namespace"):
        found.write("core/Repeat", "python", "")
    with pytest.raises(InvalidName, match="remove that first"):
        found.write("A", "python", "")
    with pytest.raises(InvalidName, match="without a file"):
        found.write("Bar", "python", "")


def test_a_link_out_of_the_directory_is_replaced_and_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "components")
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (tmp_path / "components" / "Foo.py").symlink_to(outside)
    project(tmp_path).write("Foo", "python", "theirs")
    assert outside.read_text() == "mine"


# -- the shelf and the library ----------------------------------------------------------------


def loaded(library: Library, folder: Path) -> Shelf:
    shelf = Shelf(library)
    shelf.load(folder, shelf.read(folder))
    return shelf


def test_what_comes_changes_and_goes_on_the_disk_does_so_in_the_library(tmp_path: Path) -> None:
    config = {"name": "h", "msgflo": {"components": {"Bar": "./bar"}}}
    write(tmp_path, package_json=json.dumps(config))
    write(tmp_path / "components", A_js="1", B_js="2")
    library, told = Library(), list[str]()
    shelf = loaded(library, tmp_path)
    assert sorted(library.components) == ["Bar", "h/A", "h/B"]
    assert library.namespace == "h"
    library.changed.connect(lambda component: told.append(component.name))
    shelf.apply(shelf.look())
    assert told == []
    write(tmp_path / "components", A_js="11", C_js="3")
    (tmp_path / "components" / "B.js").unlink()
    shelf.apply(shelf.look())
    assert sorted(told) == ["h/A", "h/B", "h/C"]
    assert sorted(library.components) == ["Bar", "h/A", "h/C"]
    told.clear()
    shelf.load(tmp_path, shelf.read(tmp_path))
    assert told == []


def test_what_somebody_else_put_in_its_place_is_not_taken_out(tmp_path: Path) -> None:
    write(tmp_path / "components", A_js="1")
    library = Library()
    shelf = loaded(library, tmp_path)
    other = Component(ComponentName("A"), how=InProcess(lambda _: None))
    library.put(other)
    (tmp_path / "components" / "A.js").unlink()
    shelf.apply(shelf.look())
    assert library.find("A") == other


def test_two_projects_side_by_side(tmp_path: Path) -> None:
    for name in "hk":
        write(tmp_path / name, package_json=json.dumps({"name": name, "msgflo": {}}))
        write(tmp_path / name / "components", A_js=name)
    library = Library()
    shelf = loaded(library, tmp_path / "h")
    shelf.load(tmp_path / "k", shelf.read(tmp_path / "k"))
    assert sorted(library.components) == ["h/A", "k/A"]
    found = library.find("A")
    assert found is not None
    assert found.name == "h/A"
    assert shelf.add("k/B", "javascript", "1") == "k/B"
    assert shelf.add("B", "javascript", "1") == "h/B"
    assert {"h/B", "k/B"} <= library.components.keys()


def test_without_a_project_there_is_no_place_for_a_source() -> None:
    with pytest.raises(InvalidConfig, match="load a project first"):
        Shelf(Library()).add("A", "python", "")


def said(component: str, role: str = "r", *ports: str, label: str = "") -> ParticipantDefinition:
    inports = tuple(Port(PortName(port), QueueName(f"{role}.{port}")) for port in ports)
    return ParticipantDefinition(
        ParticipantId(f"{role}-1"), Role(role), ComponentName(component), inports, label=label
    )


def test_a_component_that_is_only_announced_is_known_by_that() -> None:
    library, told = Library(), list[Component]()
    library.changed.connect(told.append)
    library.learn(said("Lamp", "kitchen", "on", label="Shines"))
    library.learn(said("Lamp", "hall", "on", label="Shines"))
    found = library.find("Lamp")
    assert told == [found]
    assert found is not None
    assert found.how is None
    assert found.inports == (Port(PortName("on")),)
    assert found.source is not None
    assert found.source.language == "discovery"
    assert json.loads(found.source.code) == {
        "component": "Lamp",
        "label": "Shines",
        "icon": "",
        "inports": [{"id": "on", "type": "any"}],
        "outports": [],
    }


def test_what_is_announced_tells_the_ports_of_a_program_and_no_more() -> None:
    library = Library("ns")
    library.put(Component(ComponentName("ns/Lamp"), how=Program("lamp")))
    library.learn(said("Lamp", "kitchen", "on"))
    library.learn(said("Own", "hall", "off"), ComponentName("ns/Lamp"))
    assert list(library.components) == ["ns/Lamp"]
    found = library.find("Lamp")
    assert found is not None
    assert found.how == Program("lamp")
    assert [port.id for port in found.inports] == ["off"]
    assert found.source is None


def test_what_can_run_comes_before_what_was_heard_of() -> None:
    library = Library()
    library.learn(said("Repeat", "r", "in"))
    core = Component(ComponentName("core/Repeat"), how=InProcess(lambda _: None))
    library.put(core)
    assert library.find("Repeat") == core
    library.learn(said("core/Repeat", "r", "other"))
    assert library.find("core/Repeat") == core


def test_what_is_announced_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.library.library.DISCOVERED_MOST", 3)
    library = Library()
    library.put(Component(ComponentName("mine"), how=Program("x")))
    for number in range(9):
        library.learn(said(f"C{number}"))
    assert list(library.components) == ["mine", "C6", "C7", "C8"]


def test_a_command_that_the_shell_would_cut_short_is_a_problem(tmp_path: Path) -> None:
    components = {"house/Lamp": "lamp #FILENAME #ROLE", "Bell": "bell --color=#FFF #ROLE"}
    (tmp_path / "package.json").write_text(json.dumps({"msgflo": {"components": components}}))
    (project,) = projects_at(tmp_path)
    assert project.look().problems == (
        "`house/Lamp`: `#FILENAME` has no value, so the shell leaves out all from there on in "
        "`lamp #FILENAME #ROLE`",
    )
