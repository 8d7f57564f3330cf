"""The network of a notebook as a project: all that is its own, of the lab and of its cells."""

from __future__ import annotations

import io
import shlex
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path

from ruamel.yaml import YAML

from msgflo_lab import report
from msgflo_lab.definition import Side
from msgflo_lab.deployment.model import Broker, Secret
from msgflo_lab.deployment.project import COMPONENTS, GRAPH, SPEC, Program, Project, files_of
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.fbpspec.seen import Passed, observed, suite_of
from msgflo_lab.files import replace
from msgflo_lab.foreign.description import dumps
from msgflo_lab.graph import Graph, in_order
from msgflo_lab.graph.mermaid import mermaid_of
from msgflo_lab.lab import Lab, graph_files
from msgflo_lab.library import Component, InProcess, languages
from msgflo_lab.library import Program as LibraryProgram
from msgflo_lab.names import PortName, Role, listed, shown
from msgflo_lab.runtime.behaviour import Behaviour
from msgflo_lab.runtime.limits import HISTORY_MESSAGES

from .modules import imported_by
from .requirements import locked, pinned, requirements
from .scripts import CannotTravel, Script, file_name, hides, required, script_of
from .secret import is_secret

MAIN = "msgflo_lab.main("
"""A file that has it is a program by itself."""
RUNNER = ("python3", "-m", "msgflo_lab.program")
"""What runs one that is none."""
REGISTER = "msgflo-register"
"""Of npm's msgflo; `msgflo-lab register` does the same, and is there."""


def write(
    lab: Lab,
    folder: Path,
    embed: Collection[str],
    *,
    allow: Collection[str] = (),
    replacing: bool = False,
) -> str:
    """Write a project; all of it, or nothing that could be foreseen to fail. Says what it is.

    Args:
        allow: Names that are called like secrets, and are none.
        replacing: Write over files that are there.

    Raises:
        CannotTravel: Some participant needs what cannot be made anew.
        MsgFloLabError: The folder has other files, or cannot be written to.
    """
    folder = folder.expanduser()
    gathering = _gathered(lab, embed, allow)
    project = _project(lab, folder.resolve().name, gathering)
    texts = files_of(project)
    there = [path for path in texts if (folder / path).exists()]
    if there and not replacing:
        raise MsgFloLabError(
            f"`{shown(str(folder))}` has {listed(there, 3)} already: --replace writes over what a "
            "project consists of, and leaves other files alone"
        )
    try:
        for path, text in texts.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            replace(file, text.encode())
        left = [
            str(file.relative_to(folder))
            for each in (COMPONENTS, SPEC)
            for file in sorted((folder / each).glob("*.*"))
            if file.relative_to(folder).as_posix() not in texts
        ]
    except OSError as error:
        where = shown(str(error.filename or folder))
        raise MsgFloLabError(f"{where} cannot be written: {error.strerror or error}") from error
    told = _told(folder, texts, project.others, left)
    shared = (
        f"`{shown(name)}` is changed by one and seen by others here ({listed(roles)}): there each "
        "has its own; send what they share as messages"
        for name, roles in gathering.shared.items()
    )
    return "\n".join([*told, *shared])


def _told(
    folder: Path, texts: Collection[str], others: Collection[Role], left: Collection[str]
) -> Iterator[str]:
    counts = {
        "component": sum(name.startswith(f"{COMPONENTS}/") for name in texts),
        "suite of tests": sum(name.startswith(f"{SPEC}/") for name in texts),
    }
    parts = [f"{number} {word if number == 1 else _many(word)}" for word, number in counts.items()]
    yield (
        f"{shown(str(folder), 200)}: {report.count_of(len(texts), 'file')}, "
        f"{', '.join(parts)}; how to run it is in README.md"
    )
    if others:
        yield (
            f"not in it, since nothing here runs {'it' if len(others) == 1 else 'them'}: "
            f"{listed(others)}"
        )
    if left:
        yield f"there before, and no part of it now: {listed(left)}"


def _many(word: str) -> str:
    first, space, rest = word.partition(" ")
    return f"{first}s{space}{rest}"


def _gathered(lab: Lab, embed: Collection[str], allow: Collection[str]) -> _Gathering:
    """All that a project of a lab consists of.

    Raises:
        CannotTravel: Some participant needs what cannot be made anew; all of them are told.
    """
    gathering = _Gathering(lab, embed, allow)
    gathering.cells()
    gathering.devices()
    gathering.library()
    gathering.check_packets()
    return gathering


def _project(lab: Lab, name: str, gathering: _Gathering) -> Project:
    graph = in_order(gathering.graph)
    needed = requirements(gathering.modules)
    return Project(
        name=name,
        graph=graph,
        texts=_texts(graph),
        picture=mermaid_of(graph),
        programs=gathering.programs,
        broker=Broker.AMQP if lab.status().url.startswith("amqp") else Broker.MQTT,
        within=gathering.within,
        adapters=tuple(name for name, is_on in lab.foreign.adapters().items() if is_on),
        others=tuple(gathering.others()),
        extra=gathering.beside,
        suites=gathering.suites,
        requirements=tuple(pinned(needed)),
        locked=tuple(locked(needed)),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        secrets=tuple(
            Secret(each, f"Read by {listed(by)}.") for each, by in gathering.variables.items()
        ),
    )


class _Gathering:
    """A project while it is put together."""

    def __init__(self, lab: Lab, embed: Collection[str], allow: Collection[str]) -> None:
        self.lab = lab
        self.graph: Graph = lab.graph
        self.programs: dict[str, Program] = {}
        self.within: dict[Role, str] = {}
        self.modules: set[str] = set()
        self.beside: dict[str, str] = {}
        self.suites: dict[str, str] = {}
        self.variables: dict[str, list[str]] = {}
        self.shared: dict[str, list[Role]] = {}
        self._scripts: dict[Role, Script] = {}
        self._embed, self._allow = embed, allow
        self._played: set[Role] = set()

    def cells(self) -> None:
        """What cells have defined."""
        problems: list[str] = []
        behaviours = self.lab.behaviours()
        # Those that are called like their role keep their names.
        others = {role for role, each in behaviours.items() if str(each.component) != str(role)}
        for role in sorted(behaviours, key=lambda role: (role in others, role)):
            behaviour = behaviours[role]
            try:
                self._cell(role, behaviour)
            except CannotTravel as error:
                problems.append(str(error))
        if problems:
            raise CannotTravel("\n".join(problems))
        self._find_shared()

    def _find_shared(self) -> None:
        """What some change and others see here, and will not there."""
        for name in sorted(set().union(*(each.changes for each in self._scripts.values()))):
            roles = [role for role, each in self._scripts.items() if name in each.names]
            if len(roles) > 1:
                self.shared[name] = roles
                for role in roles:
                    self.suites.pop(f"{self.graph.nodes[role].component}.yaml", None)

    def _cell(self, role: Role, behaviour: Behaviour) -> None:
        script = script_of(self.lab, role, embed=self._embed, allow=self._allow, names_role=False)
        stem = Path(file_name(role)).stem
        names = chain((Path(script.file).stem, stem), (f"{stem}_{n}" for n in count(2)))
        for component in names:
            file = f"{component}.py"
            text = script.text.replace(script.file, file)
            other = self.programs.get(component)
            if other is None or other.text == text:
                break
        self.programs[component] = Program(text, file, (), _ports(behaviour), behaviour.label)
        self._plays(role, component)
        self._scripts[role] = script
        self.modules.update(script.modules)
        for each in script.beside:
            self.beside[f"{COMPONENTS}/{each.name}"] = each.read_text(encoding="utf-8")
        self._sets(role, script)
        if self.lab.is_running and script.is_steady and component not in self.suites:
            self._test(role, component, behaviour, script.since)

    def devices(self) -> None:
        """What was described: each in a file, which `register` reads."""
        for each in self.lab.foreign.members():
            if each.adapter:
                continue
            stem = Path(file_name(each.role)).stem
            file = f"{stem}.yml"
            command = ("msgflo-lab", "register", "--role", f"#ROLE:{COMPONENTS}/{file}")
            about = each.described.label
            self.programs[stem] = Program(dumps(each.described), file, command, about=about)
            self._plays(each.role, stem)

    def library(self) -> None:
        """What the library runs for nodes."""
        for role, node in sorted(self.lab.graph.nodes.items()):
            if role in self._played or not node.component or self.graph.junction(role) is not None:
                continue
            component = next(
                (each for each in self.lab.library.components() if each.name == node.component),
                None,
            ) or self._found(node.component)
            if component is not None and isinstance(component.how, InProcess):
                self.within[role] = component.name
                self._played.add(role)
            elif component is not None and isinstance(component.how, LibraryProgram):
                self._program(role, component, component.how)

    def _found(self, name: str) -> Component | None:
        try:
            return self.lab.library.find(name)
        except MsgFloLabError:
            return None

    def _program(self, role: Role, component: Component, how: LibraryProgram) -> None:
        stem = Path(file_name(component.name)).stem
        file, text = "", ""
        command = tuple(shlex.split(how.command))
        if command[:1] == (REGISTER,):
            command = ("msgflo-lab", "register", *command[1:])
        if how.file is not None and component.source is not None:
            stem, file, text = how.file.stem, how.file.name, component.source.code
            place = f"{COMPONENTS}/{file}"
            if how.command == languages.OWN_PYTHON:
                is_whole = MAIN in text
                command = () if is_whole else (*RUNNER, place, "#ROLE")
            else:
                command = tuple(
                    word.replace("#FILENAME", place).replace("#COMPONENT", stem) for word in command
                )
            if file.endswith(languages.PYTHON):
                self.modules |= imported_by(text)
        ports = _listed(component)
        self.programs[stem] = Program(text, file, command, ports, component.description)
        self._plays(role, stem)

    def _plays(self, role: Role, component: str) -> None:
        self.graph, _ = self.graph.add_node(role, component)
        self._played.add(role)

    def _sets(self, role: Role, script: Script) -> None:
        for variable in script.variables:
            self.variables.setdefault(variable, []).append(role)

    def _test(self, role: Role, component: str, behaviour: Behaviour, since: float) -> None:
        came = self._seen(role, Side.IN, [port.name for port in behaviour.inports])
        went = self._seen(role, Side.OUT, [port.name for port in behaviour.outports])
        # Of a port whose history is full, others were before.
        since = max(since, *(each[0].at for each in came if len(each) >= HISTORY_MESSAGES), 0.0)
        found = observed(_in_order(came), _in_order(went), required(behaviour), since=since)
        cases = [] if any(is_secret("", [c.inputs, c.expected]) for c in found) else found
        if cases and behaviour.every is None:
            out = io.StringIO()
            yaml = YAML()
            yaml.dump(suite_of(component, cases), out)
            self.suites[f"{component}.yaml"] = out.getvalue()

    def _seen(self, role: Role, side: Side, ports: Collection[PortName]) -> list[list[Passed]]:
        """By port, what it remembers."""
        return [
            [
                Passed(each.at, port, each.value)
                for each in self.lab.inspect(
                    f"{role}.{port}", HISTORY_MESSAGES, side=side, wait=0.0
                )
            ]
            for port in ports
        ]

    def check_packets(self) -> None:
        """Raises CannotTravel if an initial packet is a secret."""
        for initial in self.graph.initials.values():
            if initial.inport not in self._allow and is_secret(initial.inport, initial.value):
                where = f"{shown(initial.role)}.{shown(initial.inport)}"
                raise CannotTravel(
                    f"the initial packet of {where} is a secret: it belongs into no file; read it "
                    'in the handler from the environment, `os.environ["NAME"]`'
                )

    def others(self) -> list[Role]:
        """Roles of the graph that nobody of these plays."""
        named = {role for edge in self.graph.edges for role in (edge.source, edge.target)}
        return [
            role
            for role in (*self.graph.nodes, *sorted(named - self.graph.nodes.keys()))
            if role not in self._played and self.graph.junction(role) is None
        ]


def _in_order(ports: Iterable[Iterable[Passed]]) -> list[Passed]:
    return sorted(chain.from_iterable(ports), key=lambda each: each.at)


def _texts(graph: Graph) -> Mapping[str, str]:
    """The graph's files."""
    with tempfile.TemporaryDirectory() as folder:
        graph_files.write(Path(folder) / GRAPH, graph)
        return {file.name: file.read_text(encoding="utf-8") for file in Path(folder).iterdir()}


def _ports(behaviour: Behaviour) -> str:
    sides = (behaviour.inports, behaviour.outports)
    return " → ".join(", ".join(port.name for port in ports) for ports in sides).strip()


def _listed(component: Component) -> str:
    sides = (component.inports, component.outports)
    return " → ".join(", ".join(port.id for port in ports) for ports in sides).strip(" →")


def check_name(file: Path) -> None:
    """Make sure that a script of that name hides no module of Python's.

    Raises:
        MsgFloLabError: It would.
    """
    if hides(file.stem):
        own = "Python's own" if file.stem in sys.stdlib_module_names else "the installed"
        raise MsgFloLabError(
            f"{file.name} would hide {own} module `{file.stem}` from the script: call it "
            f"otherwise, {file.stem}_.py, say"
        )
