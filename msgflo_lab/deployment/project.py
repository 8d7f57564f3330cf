"""A project: a network with all that is its own, as a folder of files. Pure.

    main.fbp, main.layout.json     the graph
    components/                    a file for each component
    spec/                          tests, of messages that were seen
    pyproject.toml                 what it needs, and what its components are
    requirements.txt               the same with all that they need, every version locked
    README.md                      how to run it, and what has to be set
    ...                            for the places where it may run, see `written`

`msgflo-lab run` runs such a folder, and a notebook opens it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..binding.assumed import assumed_queue
from ..definition import Side
from ..graph import Graph
from ..importing import imports, runs_itself
from ..library.languages import PYTHON
from ..names import Role
from .model import ALIVE, READY, Broker, Deployment, Secret, Service
from .pyproject import pyproject
from .readme import readme
from .resources import Resources, resources_of
from .scale import Scale, scale_of
from .written import refuse_passwords, written

GRAPH = "main.fbp"
COMPONENTS = "components"
SPEC = "spec"
ROLE = "#ROLE"
RUNNER = ("python3", "-m", "msgflo_lab.program")
"""What runs a file of Python that is no program by itself."""
REGISTER = ("msgflo-lab", "register")
"""What announces devices, and speaks for them."""
NODE = (".js", ".coffee")
"""How the names of files end that Node.js runs."""
NETWORK = "network"
"""The service that carries the graph out."""


@dataclass(frozen=True, slots=True)
class Program:
    """A component that is a program of its own.

    Attributes:
        text: What is in its file.
        file: What that is called, in `components/`.
        command: What it is run by, with `#ROLE` for the role; () for a script of ours.
        ports: Of people's interest: `in, b -> out`.
        about: What it does, in a few words.
    """

    text: str
    file: str
    command: tuple[str, ...] = ()
    ports: str = ""
    about: str = ""

    @property
    def fits_within(self) -> bool:
        """It can be run without a broker, in the process of whoever carries the graph out."""
        is_run_by_us = not self.command or self.command[: len(RUNNER)] == RUNNER
        return is_run_by_us and self.file.endswith(PYTHON) and not imports(self.text, "msgflo")

    @property
    def is_ours(self) -> bool:
        """It runs on our own code: it tells how it is, and its queues have the names of ours."""
        return self.fits_within or (self.file.endswith(PYTHON) and runs_itself(self.text))

    @property
    def tells_health(self) -> bool:
        """It tells how it is."""
        return self.is_ours or self.command[: len(REGISTER)] == REGISTER

    @property
    def is_read(self) -> bool:
        """Somebody has looked for what it reads of its environment."""
        return self.file.endswith(PYTHON) or self.command[: len(REGISTER)] == REGISTER

    def is_same(self, other: Program) -> bool:
        """One file does for both."""
        return (self.text, self.command) == (other.text, other.command)

    def command_for(self, role: Role) -> tuple[str, ...]:
        """What starts it, in the project's folder."""
        words = self.command or ("python3", f"{COMPONENTS}/{self.file}", ROLE)
        return tuple(word.replace(ROLE, role) for word in words)


@dataclass(frozen=True, slots=True)
class Project:
    """What is to be written.

    Attributes:
        name: Its name, for people.
        graph: Nodes name their components as they are called in the project.
        texts: The graph's own files, by path: `main.fbp`, and what belongs beside it.
        picture: The graph in Mermaid.
        programs: By component.
        within: Roles that whoever carries the graph out plays itself, such as `core/...`, with what
            they are.
        adapters: What finds devices by itself, `homeassistant`.
        others: Roles that nothing of this plays.
        files: Files that code names and that are no part of this, with the roles that read them.
        extra: Further files by path: modules that lay beside the notebook, descriptions of devices.
        suites: Tests by component, in fbp-spec's format.
        requirements: Distributions that the code needs, each with its version.
        locked: These, and all that they need.
        secrets: What somebody has to set; each with the roles whose code reads it.
        python: The version of Python that it ran with, `3.11`.
    """

    name: str
    graph: Graph
    texts: Mapping[str, str]
    picture: str
    programs: Mapping[str, Program]
    broker: Broker
    within: Mapping[Role, str] = field(default_factory=dict)
    adapters: tuple[str, ...] = ()
    others: tuple[Role, ...] = ()
    files: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    suites: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[str, ...] = ("msgflo-lab",)
    locked: tuple[str, ...] = ("msgflo-lab",)
    python: str = "3.11"
    secrets: tuple[Secret, ...] = ()

    @property
    def played(self) -> dict[Role, Program]:
        """The roles that are played by programs."""
        return {
            role: self.programs[node.component]
            for role, node in self.graph.nodes.items()
            if node.component in self.programs
        }

    @property
    def deployment(self) -> Deployment:
        """Its programs, and the one that carries the graph out.

        Raises:
            MsgFloLabError: A node's `scale`, or its `memory`, says what cannot be.
        """
        played = self.played
        run = ("msgflo-lab", "run", GRAPH, "--library", ".")
        # It starts nothing for these, and need not wait for their announcements to bind them.
        away = [*played, *(role for role in self.others if role in self.graph.nodes)]
        ignore = ("--ignore", ",".join(away)) if away else ()
        network = Service(
            NETWORK, (*run, *ignore), tuple(self.within), resources=Resources(memory=512),
            is_network=True, ready=READY, alive=ALIVE,
        )  # fmt: skip
        services = [
            Service(
                role,
                program.command_for(role),
                (role,),
                self._scale(role, program),
                resources_of(self.graph.nodes[role]),
                ready=READY if program.tells_health else (),
                alive=ALIVE if program.tells_health else (),
            )
            for role, program in played.items()
        ]
        finders = [
            Service(f"{name}-devices", (*REGISTER, "--adapter", name), ready=READY, alive=ALIVE)
            for name in self.adapters
        ]
        unread = tuple(role for role, program in played.items() if not program.is_read)
        return Deployment(
            self.name,
            GRAPH,
            self.broker,
            (network, *services, *finders),
            tuple(replace(each, readers=(*(each.readers or ()), *unread)) for each in self.secrets),
            self.locked,
            needs_node=any(each.file.endswith(NODE) for each in played.values()),
            python=self.python,
        )

    def _scale(self, role: Role, program: Program) -> Scale | None:
        """How many workers; what waits for them waits where the graph leads to them."""
        scale = scale_of(self.graph.nodes[role])
        leads = (edge.inport for edge in self.graph.edges if edge.target == role)
        inport = next(leads, None)
        is_known = program.is_ours or program.file.endswith(NODE)
        if scale is None or scale.queue or inport is None or not is_known:
            return scale
        return replace(scale, queue=assumed_queue(self.graph, role, Side.IN, inport))


def files_of(project: Project, *, is_checked: bool = False) -> dict[str, str]:
    """Path, relative to the project's folder and with slashes, to text; in a stable order.

    Args:
        is_checked: Somebody has looked for passwords in all that it is made of, and knows better.

    Raises:
        MsgFloLabError: Something cannot be written, or a password would be in it.
    """
    own = {
        **project.texts,
        **{
            f"{COMPONENTS}/{each.file}": each.text
            for each in project.programs.values()
            if each.file
        },
        **{f"{SPEC}/{name}": text for name, text in project.suites.items()},
        **project.extra,
        "pyproject.toml": pyproject(
            project.name,
            project.python,
            project.requirements,
            _commands(project),
            project.broker,
        ),
        "README.md": readme(project),
    }
    every = {**written(project.deployment, project.texts[GRAPH], is_checked=True), **own}
    if not is_checked:
        for path, text in every.items():
            refuse_passwords(path, text)
    return dict(sorted(every.items()))


def _commands(project: Project) -> dict[str, str]:
    """The components that are commands, and no files that are run by what they are called."""
    return {
        name: " ".join(word if ROLE in word else shlex.quote(word) for word in program.command)
        for name, program in project.programs.items()
        if program.command
    }
