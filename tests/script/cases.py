"""Notebooks and the scripts of their handlers, as a table to be read: cells in, script out.

Cells are divided by `# ---`; the script below `# ===` is what `handler` needs of them.
"""

from __future__ import annotations

CASES: dict[str, str] = {
    "a handler alone": """
print("hello")
# ---
def handler(x):
    # to the letter
    return  x+1   # here, too
# ===
def handler(x):
    # to the letter
    return  x+1   # here, too
""",
    "the lab's decorator stays behind": """
PERIOD = 3
# ---
# Doubles.
@lab.participant("twice", every=PERIOD)
# of what it gets
@staticmethod
def handler(x):
    return 2 * x
# ===
# Doubles.
# of what it gets
@staticmethod
def handler(x):
    return 2 * x
""",
    "helpers and constants, and nothing else": """
UNUSED = 1
SCALE = 2
def helper(x): return x * SCALE
def unused(): return UNUSED
# ---
def handler(x):
    return helper(x)
# ===
SCALE = 2


def helper(x): return x * SCALE


def handler(x):
    return helper(x)
""",
    "the last version of what is read later": """
def helper(x): return 1
# ---
helper(3)
# ---
def handler(x): return helper(x)
# ---
def helper(x): return 2
# ===
def handler(x): return helper(x)


def helper(x): return 2
""",
    "the version of then of what is read at once": """
K = 1
# ---
def build(): return K
TABLE = build()
# ---
K = 2
# ---
def handler(x, k=K): return TABLE + K
# ---
K = 3
# ===
K = 1


def build(): return K


TABLE = build()

K = 2


def handler(x, k=K): return TABLE + K


K = 3
""",
    "a cell that is run again is there once": """
import json
K = 1
def f(x): return K
# ---
T = f(1)
# ---
import json
K = 1
def f(x): return K
# ---
def handler(x): return json.dumps([f(x), T])
# ===
import json

K = 1


def f(x): return K


T = f(1)


def handler(x): return json.dumps([f(x), T])
""",
    "changes in place": """
ROUTES = {}
ROUTES["a"] = 1
ROUTES
print(ROUTES)
display(ROUTES)
ROUTES.update(b=2)
for name in "cd":
    ROUTES[name] = 3
del ROUTES["a"]
OTHER = []
OTHER.append(1)
# ---
def handler(x): return ROUTES[x]
# ===
ROUTES = {}
ROUTES["a"] = 1
ROUTES.update(b=2)
for name in "cd":
    ROUTES[name] = 3
del ROUTES["a"]


def handler(x): return ROUTES[x]
""",
    "functions that change what they are given": """
def fill(table, n=1): inner(table)
def inner(t): t["x"] = 1
def look(table): return len(table)
# ---
A, B = {}, {}
fill(n=2, table=A)
look(A)
# ---
def handler(x): return A
# ===
def fill(table, n=1): inner(table)


def inner(t): t["x"] = 1


A, B = {}, {}
fill(n=2, table=A)


def handler(x): return A
""",
    "a registry brings what was registered": """
REGISTRY = {}
def register(name):
    def keep(f):
        REGISTRY[name] = f
        return f
    return keep
# ---
@register("one")
def one(x): return 1
def two(x): return 2
# ---
def handler(x): return REGISTRY["one"](x)
# ===
REGISTRY = {}


def register(name):
    def keep(f):
        REGISTRY[name] = f
        return f
    return keep


@register("one")
def one(x): return 1


def handler(x): return REGISTRY["one"](x)
""",
    "dispatch": """
from functools import singledispatch
@singledispatch
def show(x): return "?"
@show.register
def _(x: int): return "int"
@show.register
def _(x: str): return "str"
# ---
def handler(x): return show(x)
# ===
from functools import singledispatch


@singledispatch
def show(x): return "?"


@show.register
def _(x: int): return "int"


@show.register
def _(x: str): return "str"


def handler(x): return show(x)
""",
    "a name of another thing": """
K = 1
items = [1]
# ---
def handler(x):
    K = x
    def inner(v):
        nonlocal K
        K += v
        return K
    return [inner(items) for items in x] + [lambda K: K]
# ===
def handler(x):
    K = x
    def inner(v):
        nonlocal K
        K += v
        return K
    return [inner(items) for items in x] + [lambda K: K]
""",
    "a class does not lend its names to its methods": """
size = 1
class Box:
    size = 2
    double = [size for _ in range(2)]
    def area(self): return size
# ---
def handler(x): return Box().area()
# ===
size = 1


class Box:
    size = 2
    double = [size for _ in range(2)]
    def area(self): return size


def handler(x): return Box().area()
""",
    "branches": """
mode = "a"
# ---
if mode == "b":
    rate = 1
# ---
rate = 5
if mode == "a":
    rate = 2
# ---
def handler(x): return rate
# ===
mode = "a"

rate = 5
if mode == "a":
    rate = 2


def handler(x): return rate
""",
    "loops that had the same names": """
for row in [1]: print(row)
# ---
total = 0
for row in [1, 2]:
    square = row * row
    total += square
# ---
def handler(x): return total
# ===
total = 0
for row in [1, 2]:
    square = row * row
    total += square


def handler(x): return total
""",
    "a global that a function sets": """
count = 0
def reset():
    global count
    count = 10
# ---
reset()
# ---
def handler(x):
    global count
    count += 1
    return count
# ---
handler(1)
# ===
count = 0


def reset():
    global count
    count = 10


reset()


def handler(x):
    global count
    count += 1
    return count
""",
    "taken away": """
list = [1]
n = list[0]
del list
# ---
def handler(x): return list((x, n))
# ===
list = [1]
n = list[0]
del list


def handler(x): return list((x, n))
""",
    "imports by name, in order": """
import numpy as np, os.path, os, sys
from collections import deque, OrderedDict as OD, Counter
from math import *
import asyncio  # runs it
# what it speaks
import json
import msgflo_lab
# ---
def handler(x):
    import re
    return np, os.path, Counter, OD, deque, pi, json, asyncio, msgflo_lab.run, re
# ===
import asyncio  # runs it

# what it speaks
import json
import os
import os.path
from collections import Counter, deque
from collections import OrderedDict as OD
from math import pi

import msgflo_lab
import numpy as np


def handler(x):
    import re
    return np, os.path, Counter, OD, deque, pi, json, asyncio, msgflo_lab.run, re
""",
    "an import that may fail": """
try:
    import ujson as json
except ImportError:
    import json
# ---
def handler(x): return json.dumps(x)
# ===
try:
    import ujson as json
except ImportError:
    import json


def handler(x): return json.dumps(x)
""",
    "an import whose name was another's": """
from json import dumps
text = dumps([1])
from pickle import dumps
# ---
def handler(x): return dumps(x), text
# ===
from json import dumps

text = dumps([1])

from pickle import dumps  # noqa: E402, RUF100


def handler(x): return dumps(x), text
""",
    "an import that hides a builtin": """
size = open("/dev/null").close()
from gzip import open
# ---
def handler(x): return open(x), size
# ===
size = open("/dev/null").close()

from gzip import open  # noqa: E402, RUF100


def handler(x): return open(x), size
""",
    "annotations that are text": """
from __future__ import annotations
class Reading: pass
# ---
class Other: pass
# ---
def handler(x: Reading, y: "list[Other]" = ()) -> Nowhere:
    return x
# ===
from __future__ import annotations


class Reading: pass


class Other: pass


def handler(x: Reading, y: "list[Other]" = ()) -> Nowhere:
    return x
""",
    "dataclasses, enums, named tuples": """
import enum
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypedDict, ClassVar
LIMIT = 3
class Kind(enum.Enum):
    A = 1
    B = LIMIT
class Pair(NamedTuple):
    one: Kind
    other: int = LIMIT
class Shown(Protocol):
    def show(self) -> str: ...
class Bag(TypedDict): pair: Pair
@dataclass
class Item:
    kind: Kind = Kind.A
    pairs: list[Pair] = field(default_factory=lambda: [Pair(Kind.B)])
    every: ClassVar[list] = []
# ---
def handler(x: Bag) -> Item: return Item()
# ===
import enum
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple, TypedDict

LIMIT = 3


class Kind(enum.Enum):
    A = 1
    B = LIMIT


class Pair(NamedTuple):
    one: Kind
    other: int = LIMIT


class Bag(TypedDict): pair: Pair


@dataclass
class Item:
    kind: Kind = Kind.A
    pairs: list[Pair] = field(default_factory=lambda: [Pair(Kind.B)])
    every: ClassVar[list] = []


def handler(x: Bag) -> Item: return Item()
""",
    "comments": """
# A heading, which belongs to nothing.

# Above it,
# in two lines.
A = 1  # behind it
B = 2; C = 3  # behind C
if A:
    D = 4
    # inside D

# between

def handler(x):
    return A, B, C, D

    # the end
# ---
E = 5
# ===
# Above it,
# in two lines.
A = 1  # behind it
B = 2
C = 3  # behind C
if A:
    D = 4
    # inside D


def handler(x):
    return A, B, C, D

    # the end
""",
    "who else holds it": """
items = [1]
alias = items
entry = {}
table = {"a": entry}
# ---
alias.append(2)
entry["x"] = 1
unrelated = items + [3]
unrelated.append(4)
# ---
def handler(x): return items, table
# ===
items = [1]
alias = items
entry = {}
table = {"a": entry}

alias.append(2)
entry["x"] = 1


def handler(x): return items, table
""",
    "looking does not count": """
df = load(3)
df.head()
df.describe()
len(df)
df.plot()
# ---
def handler(x): return df
# ===
df = load(3)


def handler(x): return df
""",
    "matching and naming": """
match [1, {"k": 2, "z": 0}, 3]:
    case [first, {"k": second, **rest}, *others]:
        pass
if (third := first + 1) > 1:
    third += 1
# ---
def handler(x): return second, rest, others, third
# ===
match [1, {"k": 2, "z": 0}, 3]:
    case [first, {"k": second, **rest}, *others]:
        pass
if (third := first + 1) > 1:
    third += 1


def handler(x): return second, rest, others, third
""",
    "asynchronous": """
import asyncio
gate = asyncio.Lock
async def wait(x):
    async with gate():
        return [y async for y in x]
# ---
async def handler(x):
    await wait(x)
    yield x
# ===
import asyncio

gate = asyncio.Lock


async def wait(x):
    async with gate():
        return [y async for y in x]


async def handler(x):
    await wait(x)
    yield x
""",
    "a method of one's own says what it does": """
class Filter:
    def __init__(self, most): self.most, self.seen = most, 0
    def keeps(self, x): return x < self.most
    def note(self, x): self.seen += x
small = Filter(3)
small.keeps(2)
small.note(5)
# ---
def handler(x): return small.keeps(x)
# ===
class Filter:
    def __init__(self, most): self.most, self.seen = most, 0
    def keeps(self, x): return x < self.most
    def note(self, x): self.seen += x


small = Filter(3)
small.note(5)


def handler(x): return small.keeps(x)
""",
    "imports for type checkers": """
import typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from fractions import Fraction
if typing.TYPE_CHECKING:
    from decimal import Decimal  # as it is
# ---
def apply(f: "Callable", x): return f(x)
def other(x: "Iterable"): return x
# ---
def handler(x: "Decimal"): return apply(str, x)
# ===
import typing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
if typing.TYPE_CHECKING:
    from decimal import Decimal  # as it is


def apply(f: "Callable", x): return f(x)


def handler(x: "Decimal"): return apply(str, x)
""",
    "a patch that a handler does not feel": """
import string
import textwrap
from unittest.mock import patch
patch("textwrap.fill", str).start()
p = patch("string.capwords", str)
# ---
def handler(x): return string.capwords(x)
# ===
import string


def handler(x): return string.capwords(x)
""",
    "who has a copy of the environment changes nothing of it": """
import os, subprocess, sys
# ---
def hire(name):
    program = subprocess.Popen([sys.executable], env={**os.environ, "WORKER": name})
    print(program.stdout.readline())
hire("Ada")
# ---
me = os.environ.get("WORKER", "")
def handler(x): return me
# ===
import os

me = os.environ.get("WORKER", "")


def handler(x): return me
""",
}
