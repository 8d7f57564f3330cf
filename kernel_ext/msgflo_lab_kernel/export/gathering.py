"""What a network consists of, gathered from the lab, from its cells and from what they started."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import shlex
from collections.abc import Collection, Iterable
from itertools import chain
from pathlib import Path

from ruamel.yaml import YAML

from msgflo_lab.binding.assumed import other_queues
from msgflo_lab.definition import ParticipantDefinition, Side
from msgflo_lab.deployment.model import Secret
from msgflo_lab.deployment.project import COMPONENTS, NODE, REGISTER, ROLE, RUNNER, Program
from msgflo_lab.deployment.scale import KEY
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.fbpspec.seen import Observed, Passed, observed, suite_of
from msgflo_lab.foreign import interpreted
from msgflo_lab.foreign.description import dumps
from msgflo_lab.graph import Graph
from msgflo_lab.lab import Lab
from msgflo_lab.library import Component, InProcess, languages
from msgflo_lab.library import Program as LibraryProgram
from msgflo_lab.names import PortName, Role, listed
from msgflo_lab.runtime.behaviour import Behaviour
from msgflo_lab.runtime.limits import HISTORY_MESSAGES
from msgflo_lab.standalone import usual_queue

from . import opened
from .cells import cells_of
from .keeping import Keeper
from .modules import imported_by, siblings_of
from .naming import check_files, put
from .problems import files_named, packages
from .processes import Started, player, started
from .refusing import CannotTravel
from .scripts import Script, file_name, required, script_of
from .secrets import is_called_key, is_secret
from .variables import Variable, variables_of

MAIN = "msgflo_lab.main("
"""A file that has it is a program by itself."""
THEIR_REGISTER = "msgflo-register"
"""Of npm's msgflo; `msgflo-lab register` does the same, and is there."""


class Gathering:
    """A project while it is put together.

    Attributes:
        graph: The lab's; its nodes name their components as they are called in the project.
        programs: By component.
        within: Roles that whoever carries the graph out plays itself.
        modules: What is imported, by whole names.
        beside: Further files, by path.
        suites: Tests, by file.
        shared: Names that some roles change and others see here, and will not there.
        files: Files beside the notebook that code names, with the roles whose code it is.
        notes: What cells did that scripts do not do.
        started: Roles that programs play which the notebook has started, with their number.
    """

    def __init__(self, lab: Lab, embed: Collection[str], keeper: Keeper) -> None:
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
        self._embed, self._keeper = embed, keeper
        self._played: set[Role] = set()
        self._variables: dict[str, list[Role]] = {}
        self._needed: set[str] = set()
        self._told: list[str] = []

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What is to be set in the environment; what `%env` has set, as it is now."""
        settings = cells_of(self.lab).settings
        values = opened.examples(self.lab) | {name: os.environ.get(name, "") for name in settings}
        examples = {
            name: value
            for name, value in values.items()
            if value.isprintable() and not is_called_key(name) and not is_secret(name, value)
        }
        return tuple(
            Secret(
                name,
                f"Read by {listed(roles)}.",
                name not in self._needed,
                examples.get(name, ""),
                tuple(roles),
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
        script = script_of(self.lab, role, self._keeper, embed=self._embed, names_role=False)
        for each in script.beside:
            self.beside[f"{COMPONENTS}/{each.name}"] = each.read_text(encoding="utf-8")

        def made(name: str) -> Program:
            file = f"{name}.py"
            text = script.text.replace(script.file, file)
            return Program(text, file, (), _ports(behaviour), behaviour.label)

        component = put(
            self.programs, (Path(script.file).stem, Path(file_name(role)).stem), made, self.beside
        )
        self._plays(role, component)
        self._scripts[role] = script
        self.modules.update(script.modules)
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
            text, about = dumps(each.described), each.described.label
            announced = interpreted(each.described, usual_queue).announced
            ports = _listed(announced)

            def made(
                name: str, text: str = text, ports: str = ports, about: str = about
            ) -> Program:
                command = (*REGISTER, "--role", f"#ROLE:{COMPONENTS}/{name}.yml")
                return Program(text, f"{name}.yml", command, ports, about)

            component = put(self.programs, (Path(file_name(each.role)).stem,), made, self.beside)
            self._told += self._keeper.file(f"{component}.yml", text)
            self._plays(each.role, component)
            # It is bound by these before it announces itself.
            self.graph, _ = self.graph.add_node(each.role, metadata=other_queues(announced))

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
        if command[:1] == (THEIR_REGISTER,):
            command = (*REGISTER, *command[1:])
        is_file = how.file is not None and component.source is not None
        if how.file is not None and component.source is not None:
            stem, file, text = how.file.stem, how.file.name, component.source.code
        elif how.folder is not None:
            source, text = _named_in(command, how.folder)
            file = source.name if source is not None else ""
        self._told += [*self._keeper.file(file, text), *self._keeper.command(command, role)]
        if source is not None and file.endswith(languages.PYTHON):
            self._told += packages(siblings_of(source), self._keeper)
            self._needs(role, source, text, opened.folder_of(how))
        if source is not None and file.endswith(NODE):
            self._packages(source, opened.folder_of(how))
        ports, about = _listed(component), component.description
        folder = opened.folder_of(how)
        if folder is not None:
            known, seen = opened.told(folder, role), opened.suite(folder, stem)
            ports, about = (ports or known[0]), (about or known[1])
            if seen and f"{stem}.yaml" not in self.suites:
                self._told += self._keeper.file(f"{stem}.yaml", seen)
                self.suites[f"{stem}.yaml"] = seen

        def made(name: str) -> Program:
            if not is_file:
                return Program(text, file, command, ports, about)
            own = f"{name}{Path(file).suffix}"
            return Program(text, own, _started_by(how.command, command, own, text), ports, about)

        self._plays(role, put(self.programs, (stem,), made, self.beside))

    def _needs(self, role: Role, file: Path, text: str, folder: Path | None = None) -> None:
        """What a file of Python needs: modules, those that lie beside it, variables, and files.

        Args:
            folder: Where it is run, if that is not here.
        """
        texts = [text]
        for each in siblings_of(file).values():
            texts.append(each.read_text(encoding="utf-8"))
            self.beside[f"{COMPONENTS}/{each.name}"] = texts[-1]
        self.modules |= set().union(*map(imported_by, texts))
        with contextlib.suppress(SyntaxError, ValueError):  # then it is no program, either
            trees = [ast.parse(each) for each in texts]
            self._sets(role, variables_of(trees))
            for name in files_named(trees, folder):
                self.files.setdefault(name, []).append(role)

    def _packages(self, file: Path, folder: Path | None) -> None:
        """What npm installs for a program of Node.js, from where that looks for it."""
        near = next(
            (
                each
                for each in (file.parent, folder)
                if each and (each / opened.PACKAGES[0]).is_file()
            ),
            None,
        )
        for name, text in opened.packages(near).items() if near is not None else ():
            self._told += self._keeper.file(name, text)
            if self.beside.setdefault(name, text) != text:
                self.notes[
                    f"{name} is the one of another component: put what {file.name} needs in, too"
                ] = None

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
        self._told += packages(own, self._keeper)
        self._told += self._keeper.command(program.arguments, role)
        words = [ROLE if each == role else each for each in program.arguments]
        ports, about = (_listed(known), known.description) if known is not None else ("", "")

        def made(name: str) -> Program:
            command = ("python3", f"{COMPONENTS}/{name}.py", *words)
            return Program(program.text, f"{name}.py", command, ports, about)

        self._plays(role, put(self.programs, (program.file.stem,), made, self.beside))
        self._needs(role, program.file, program.text)
        self.started[role] = workers
        if workers > 1 and KEY not in self.graph.nodes[role].metadata:
            scale = {KEY: {"min": workers, "max": workers}}
            self.graph, _ = self.graph.add_node(role, metadata=scale)

    def elsewhere(self) -> None:
        """What the queues of those are called whose code is not ours, as far as they are here."""
        devices = {each.role for each in self.lab.foreign.members()}
        for view in self.lab.network().roles:
            node = self.graph.nodes.get(view.role)
            program = self.programs.get(node.component) if node is not None else None
            is_ours = view.local or view.role in devices or (program and program.is_ours)
            if node is not None and not is_ours:
                self.graph, _ = self.graph.add_node(node.role, metadata=other_queues(view))

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
        cases = [] if any(map(self._is_secret, found)) else found
        if cases and behaviour.every is None:
            out = io.StringIO()
            yaml = YAML()
            yaml.dump(suite_of(component, cases), out)
            self.suites[f"{component}.yaml"] = out.getvalue()

    def _is_secret(self, case: Observed) -> bool:
        seen = [case.inputs, case.expected]
        return is_secret("", seen) or any(self._keeper.known.within(json.dumps(seen)))

    def _seen(self, role: Role, side: Side, ports: Collection[PortName]) -> list[list[Passed]]:
        """By port, what it remembers."""
        return [
            [
                Passed(each.at, port, each.value, each.number, each.cause)
                for each in self.lab.inspect(
                    f"{role}.{port}", HISTORY_MESSAGES, side=side, wait=0.0
                )
            ]
            for port in ports
        ]

    def check(self) -> None:
        """Make sure that all of it can be written.

        Raises:
            CannotTravel: There is a secret in what is copied as it is, or two files have one name.
        """
        self._keeper.refuse(self._told, "the project")
        check_files(self.programs, self.beside)

    def others(self) -> list[Role]:
        """Roles of the graph that nobody of these plays."""
        named = {role for edge in self.graph.edges for role in (edge.source, edge.target)}
        return [
            role
            for role in (*self.graph.nodes, *sorted(named - self.graph.nodes.keys()))
            if role not in self._played and self.graph.junction(role) is None
        ]


def _started_by(said: str, words: Iterable[str], file: str, text: str) -> tuple[str, ...]:
    """The command for a file of `components/`, as the library says it; () for a script of ours."""
    place = f"{COMPONENTS}/{file}"
    if said == languages.OWN_PYTHON:
        return () if MAIN in text else (*RUNNER, place, "#ROLE")
    name = Path(file).stem
    return tuple(word.replace("#FILENAME", place).replace("#COMPONENT", name) for word in words)


def _in_order(ports: Iterable[Iterable[Passed]]) -> list[Passed]:
    return sorted(chain.from_iterable(ports), key=lambda each: each.at)


def _ports(behaviour: Behaviour) -> str:
    sides = (behaviour.inports, behaviour.outports)
    return " → ".join(", ".join(port.name for port in ports) for ports in sides).strip()


def _named_in(command: Iterable[str], folder: Path) -> tuple[Path | None, str]:
    """The component's file that a command names, with its text."""
    for word in command:
        place = word.rpartition(":")[2]  # `ROLE:FILE` is what `register` takes
        file = folder / place
        if Path(place).parent == Path(COMPONENTS) and file.is_file():
            return file, file.read_text(encoding="utf-8", errors="replace")
    return None, ""


def _listed(component: Component | ParticipantDefinition) -> str:
    sides = (component.inports, component.outports)
    known = " → ".join(", ".join(port.id for port in ports) for ports in sides).strip()
    return known if any(sides) else ""
