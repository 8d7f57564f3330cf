"""What a network consists of, gathered from the lab, from its cells and from what they started."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import shlex
from collections.abc import Collection, Iterable
from itertools import chain, count
from pathlib import Path

from ruamel.yaml import YAML

from msgflo_lab.definition import Side
from msgflo_lab.deployment.model import Secret
from msgflo_lab.deployment.project import COMPONENTS, ROLE, Program
from msgflo_lab.deployment.scale import KEY
from msgflo_lab.deployment.settings import FILE as EXAMPLES
from msgflo_lab.deployment.settings import examples_in
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.fbpspec.seen import Passed, observed, suite_of
from msgflo_lab.foreign.description import dumps
from msgflo_lab.graph import Graph
from msgflo_lab.lab import Lab
from msgflo_lab.library import Component, InProcess, languages
from msgflo_lab.library import Program as LibraryProgram
from msgflo_lab.names import PortName, Role, listed, shown
from msgflo_lab.runtime.behaviour import Behaviour
from msgflo_lab.runtime.limits import HISTORY_MESSAGES

from .cells import cells_of
from .modules import imported_by, siblings_of
from .problems import CannotTravel, packages, refuse
from .processes import Started, player, started
from .scripts import Script, file_name, required, script_of
from .secret import is_secret
from .variables import Variable, variables_of

MAIN = "msgflo_lab.main("
"""A file that has it is a program by itself."""
RUNNER = ("python3", "-m", "msgflo_lab.program")
"""What runs one that is none."""
REGISTER = "msgflo-register"
"""Of npm's msgflo; `msgflo-lab register` does the same, and is there."""


class Gathering:
    """A project while it is put together.

    Attributes:
        graph: The lab's; its nodes name their components as they are called in the project.
        programs: By component.
        within: Roles that whoever carries the graph out plays itself.
        modules: Top-level modules that are imported.
        beside: Further files, by path.
        suites: Tests, by file.
        shared: Names that some roles change and others see here, and will not there.
        files: Files beside the notebook that code names, with the roles whose code it is.
        notes: What cells did that scripts do not do.
        started: Roles that programs play which the notebook has started, with their number.
    """

    def __init__(self, lab: Lab, embed: Collection[str], allow: Collection[str]) -> None:
        self.lab = lab
        self.graph: Graph = lab.graph
        self.programs: dict[str, Program] = {}
        self.within: dict[Role, str] = {}
        self.modules: set[str] = set()
        self.beside: dict[str, str] = {}
        self.suites: dict[str, str] = {}
        self.files: dict[str, list[Role]] = {}
        self.notes: dict[str, None] = {}
        self.started: dict[Role, int] = {}
        self.shared: dict[str, list[Role]] = {}
        self._scripts: dict[Role, Script] = {}
        self._embed, self._allow = embed, allow
        self._played: set[Role] = set()
        self._variables: dict[str, list[Role]] = {}
        self._needed: set[str] = set()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What is to be set in the environment; what `%env` has set, as it is now."""
        settings = cells_of(self.lab).settings
        values = _examples(self.lab) | {name: os.environ.get(name, "") for name in settings}
        return tuple(
            Secret(
                name,
                f"Read by {listed(roles)}.",
                name not in self._needed,
                value
                if (value := values.get(name, "")).isprintable() and not is_secret(name, value)
                else "",
            )
            for name, roles in self._variables.items()
        )

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
        self._sets(role, script.variables)
        self.notes.update(dict.fromkeys(script.notes))
        for name in script.files:
            self.files.setdefault(name, []).append(role)
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
        file, text, source = "", "", how.file
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
        elif how.folder is not None:
            source, text = _named_in(command, how.folder)
            file = source.name if source is not None else ""
        if source is not None and file.endswith(languages.PYTHON):
            self._needs(role, source, text)
        ports = _listed(component)
        self.programs[stem] = Program(text, file, command, ports, component.description)
        self._plays(role, stem)

    def _needs(self, role: Role, file: Path, text: str) -> None:
        """What a file of Python needs: modules, those that lie beside it, and variables."""
        texts = [text]
        for each in siblings_of(file).values():
            texts.append(each.read_text(encoding="utf-8"))
            self.beside[f"{COMPONENTS}/{each.name}"] = texts[-1]
        self.modules |= set().union(*map(imported_by, texts))
        with contextlib.suppress(SyntaxError, ValueError):  # then it is no program, either
            self._sets(role, variables_of(map(ast.parse, texts)))

    def processes(self) -> None:
        """What the notebook has started by itself, and plays what nobody else of these does."""
        running = started() if self.others() else {}
        views = {each.role: each for each in self.lab.network().roles} if running else {}
        for role in self.others():
            view = views.get(role)
            program = player(running.keys(), role, view.component if view is not None else "")
            if program is not None and view is not None and view.workers:
                known = self._found(view.component)
                self._process(role, program, running[program], known)

    def _process(self, role: Role, program: Started, workers: int, known: Component | None) -> None:
        own = {program.file.stem: program.file, **siblings_of(program.file)}
        refuse(role, packages(own, self._allow))
        words = [ROLE if each == role else each for each in program.arguments]
        stem = program.file.stem
        for component in chain((stem,), (f"{stem}_{n}" for n in count(2))):
            file = f"{component}.py"
            command = ("python3", f"{COMPONENTS}/{file}", *words)
            ports, about = (_listed(known), known.description) if known is not None else ("", "")
            made = Program(program.text, file, command, ports, about)
            if self.programs.setdefault(component, made) == made:
                break
        self._plays(role, component)
        self._needs(role, program.file, program.text)
        self.started[role] = workers
        if workers > 1 and KEY not in self.graph.nodes[role].metadata:
            scale = {KEY: {"min": workers, "max": workers}}
            self.graph, _ = self.graph.add_node(role, metadata=scale)

    def _plays(self, role: Role, component: str) -> None:
        self.graph, _ = self.graph.add_node(role, component)
        self._played.add(role)

    def _sets(self, role: Role, variables: Iterable[Variable]) -> None:
        for each in variables:
            self._variables.setdefault(each.name, []).append(role)
            if each.is_needed:
                self._needed.add(each.name)

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


def _examples(lab: Lab) -> dict[str, str]:
    """What variables may be set to, as the projects say that components have come from."""
    hows = [each.how for each in lab.library.components() if isinstance(each.how, LibraryProgram)]
    folders = {each.folder for each in hows} | {
        each.file.parent.parent for each in hows if each.file
    }
    found: dict[str, str] = {}
    for folder in sorted(filter(None, folders)):
        with contextlib.suppress(OSError, ValueError):  # most have none
            found |= examples_in((folder / EXAMPLES).read_text(encoding="utf-8"))
    return found


def _in_order(ports: Iterable[Iterable[Passed]]) -> list[Passed]:
    return sorted(chain.from_iterable(ports), key=lambda each: each.at)


def _ports(behaviour: Behaviour) -> str:
    sides = (behaviour.inports, behaviour.outports)
    return " → ".join(", ".join(port.name for port in ports) for ports in sides).strip()


def _named_in(command: Iterable[str], folder: Path) -> tuple[Path | None, str]:
    """The component's file that a command names, with its text."""
    for word in command:
        file = folder / word
        if Path(word).parent == Path(COMPONENTS) and file.is_file():
            return file, file.read_text(encoding="utf-8", errors="replace")
    return None, ""


def _listed(component: Component) -> str:
    sides = (component.inports, component.outports)
    return " → ".join(", ".join(port.id for port in ports) for ports in sides).strip(" →")
