"""What modules remember, and which of their functions change it: generators, settings, registries.

Pure. What a module remembers has a name of its own, which ends with a dot and so is nobody else's:
`random.`, `numpy.random.`, `logging.`. It is bound before the first cell; a seed binds it anew.
As for what a library does, names are what there is to go by.
"""

from __future__ import annotations

import re
import sys

from .aliasing import DRAWING, LOOKING

EVERYWHERE = "python."
"""What all code feels, whether it names it or not: the limit of recursion, the locale."""
_OF_ALL = (
    "codecs.register codecs.register_error gc.disable gc.enable locale.setlocale "
    "socket.setdefaulttimeout sys.set_int_max_str_digits sys.setrecursionlimit time.tzset "
    "warnings.filterwarnings warnings.resetwarnings warnings.simplefilter"
)
_SETTINGS_OF_ALL = frozenset(_OF_ALL.split())
_APART = {
    "dotenv": "os.environ",
    "os.chdir": "os.cwd",
    "os.environ": "os.environ",
    "os.environb": "os.environ",
    "os.getcwd": "os.cwd",
    "os.getenv": "os.environ",
    "os.putenv": "os.environ",
    "os.unsetenv": "os.environ",
    "os.path": "os.path",
    "pathlib.Path.cwd": "os.cwd",
    "sys.path": "sys.path",
}
"""Parts of modules that are used without the rest."""
_CHANCE_OF = {"sklearn": "numpy", "scipy": "numpy", "pandas": "numpy", "seaborn": "numpy"}
"""Whose generator a library draws from, if not from its own."""
_SEEDS = "seed manual_seed set_seed set_random_seed setstate set_state"
SEEDING = frozenset(_SEEDS.split())
"""Functions that make a generator what it is, whatever it was."""
_NO_DRAWS = "getstate get_state default_rng bit_generator"
_NOT_DRAWING = frozenset(_NO_DRAWS.split())

_FORGETFUL = (
    "abc array ast asyncio base64 binascii bisect builtins calendar cmath collections colorsys "
    "concurrent contextlib copy csv dataclasses datetime difflib enum errno fnmatch fractions "
    "functools glob graphlib gzip hashlib heapq hmac html http httpx inspect io ipaddress "
    "itertools json keyword math numbers operator os.cwd os.path pathlib pickle platform pprint "
    "queue re requests secrets shlex shutil statistics string struct subprocess tempfile textwrap "
    "threading time timeit tokenize tomllib traceback types typing unicodedata urllib uuid xml "
    "zipfile zlib IPython PIL altair attrs bokeh dateutil ipywidgets matplotlib msgspec networkx "
    "numpy pandas plotly polars pyarrow pydantic rich scipy seaborn sklearn statsmodels tabulate "
    "tqdm yaml"
)
_QUIET = frozenset(_FORGETFUL.split())
"""Modules that remember nothing of being called; but see `_SETTING`."""
_SETTING = re.compile(
    r"set_|set[a-z]+$|set[A-Z]|add_|register|unregister|enable|disable|use_|install|configure"
    r"|basicConfig|filterwarnings|simplefilter|resetwarnings|update_|patch_|load_dotenv|putenv|signal$|use$"
)
"""Functions that set something up, wherever they are."""
_AT_EACH = "register"
"""Of these, the one that counts each time: `atexit.register`."""
_MOVING = "chdir"
"""Where relative names of files are looked for."""
_GIVING = re.compile(r"get_?[a-zA-Z]")
"""Functions that give what is the module's: `getcontext`, `getLogger`."""


def memory_of(origin: str) -> str:
    """The memory that something in a module has to do with.

    Args:
        origin: The module and the names in it, by dots: `numpy.random.rand`.
    """
    root, *inner = origin.split(".")
    if is_chance(origin):
        root = _CHANCE_OF.get(root, root)
        return "random." if root == "random" else f"{root}.random."
    for length in (3, 2, 1):
        if part := _APART.get(".".join((root, *inner)[:length])):
            return f"{part}."
    return f"{root}."


def memories_of(module: str) -> set[str]:
    """All that a whole module has to do with, where it is not said with what of it."""
    parts = {f"{each}." for each in _APART.values() if each.startswith(f"{module}.")}
    return {memory_of(module), f"{module}.random.", *parts}


def is_chance(origin: str) -> bool:
    """Whether it has to do with a generator of random numbers that a module has."""
    root, *inner = origin.split(".")
    last = inner[-1] if inner else ""
    return root == "random" or "random" in inner or last in DRAWING or last in SEEDING


def remembers_chance(memory: str) -> bool:
    """Whether a memory is that of a generator, which is of no account unless it is seeded."""
    return memory == "random." or memory.endswith(".random.")


def is_seeding(origin: str) -> bool:
    """Whether a function makes a module's generator what it is."""
    return origin.rpartition(".")[2] in SEEDING


def changed_by(origin: str) -> set[str]:
    """The memories that a call of a module's function changes for certain.

    Args:
        origin: The function.
    """
    if origin in _SETTINGS_OF_ALL:
        return {memory_of(origin), EVERYWHERE}
    last = origin.rpartition(".")[2]
    if is_chance(origin):
        is_drawing = last not in _NOT_DRAWING | SEEDING and not last[:1].isupper()
        return {memory_of(origin)} if is_drawing else set()
    return {memory_of(origin)} if _SETTING.match(last) else set()


def is_setting(called: str) -> bool:
    """Whether a function sets something up, by its name: to do so twice is to do it once."""
    is_known = any(each.endswith(f".{called}") for each in _SETTINGS_OF_ALL)
    return called != _AT_EACH and bool(is_known or _SETTING.match(called))


def is_for_effect(origin: str) -> bool:
    """Whether a function of a module may well change it, where nobody takes what it returns."""
    last = origin.rpartition(".")[2]
    is_quiet = last in LOOKING or last[:1].isupper() or memory_of(origin)[:-1] in _QUIET
    return last == _MOVING or not (is_quiet or is_chance(origin))


def is_doubtful(origin: str) -> bool:
    """Whether it is a matter of opinion: Python's own modules are known, others are not.

    Nobody knows whether a script is to work in the folder that a notebook has gone to.
    """
    return origin.endswith(_MOVING) or origin.partition(".")[0] not in sys.stdlib_module_names


def gives_memory(origin: str) -> bool:
    """Whether a function of a module returns what is the module's own."""
    last = origin.rpartition(".")[2]
    return _GIVING.match(last) is not None and memory_of(origin)[:-1] not in _QUIET
