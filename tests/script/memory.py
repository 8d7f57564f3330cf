"""Notebooks whose values depend on what was remembered: by generators, modules, closures, classes.

`# ---` divides cells; the last defines `handler(x)`. Each must be run in a process of its own, as
what modules remember would be there for the script, too.
"""

from __future__ import annotations

MEMORY: dict[str, str] = {
    "draws in between": """
import random
random.seed(0)
X = random.random()
# ---
w = random.random()
# ---
def handler(x): return w
""",
    "draws of a handler": """
import random
random.seed(0)
X = [random.random() for _ in range(3)]
def noise(): return random.gauss(0, 1)
# ---
def handler(x): return noise()
""",
    "draws in a function, and in a branch": """
import random
random.seed(1)
def noise(n): return [random.random() for _ in range(n)]
# ---
noise(3)
if noise(1)[0] > 0:
    first = random.choice([1, 2, 3])
# ---
second = random.random()
# ---
def handler(x): return second
""",
    "a seed in a function": """
import random
def set_seed(n):
    random.seed(n)
# ---
set_seed(3)
lost = random.random()
set_seed(4)
other = random.random()
w = random.random()
# ---
def handler(x): return w
""",
    "a function that imports what it seeds": """
def prepare():
    import random
    random.seed(7)
def draw():
    from random import random
    return random()
# ---
prepare()
draw()
w = draw()
# ---
def handler(x): return w
""",
    "seeds and draws by name": """
from random import seed, random as chance, shuffle
import random
seed(3)
chance()
deck = list(range(9))
shuffle(deck)
# ---
w = random.random()
# ---
def handler(x): return w, chance()
""",
    "a name that is both": """
from random import random
from random import seed
seed(3)
a = random()
# ---
import random
b = random.random()
# ---
def handler(x): return b
""",
    "a generator of one's own": """
import random
rng = random.Random(0)
deck = [1, 2, 3, 4]
a = rng.random()
picked = rng.sample(deck, 2)
# ---
draw = rng.random
draw()
b = rng.gauss(0, 1)
# ---
def handler(x): return b, rng.random()
""",
    "draws of numpy": """
import numpy as np
np.random.seed(0)
X = np.random.rand(3)
order = np.random.permutation(4)
# ---
w = np.random.normal(size=2)
# ---
def handler(x): return w.tolist()
""",
    "draws of numpy by other names": """
import numpy.random as npr
from numpy.random import rand
from numpy import random as again
npr.seed(4)
rand(2)
a = again.randn()
# ---
w = rand()
# ---
def handler(x): return float(w), float(again.rand())
""",
    "a generator of numpy's": """
import numpy as np
rng = np.random.default_rng(0)
W = rng.normal(size=2)
V = rng.integers(0, 9, 3)
# ---
S = rng.normal()
# ---
def handler(x): return float(S)
""",
    "counting with itertools": """
import itertools
ids = itertools.count(5)
a = next(ids)
b = next(ids)
# ---
def handler(x): return b
""",
    "iterators that are used up": """
import itertools
def letters():
    yield from "abcdefgh"
a, b, c = iter([1, 2, 3, 4]), letters(), (n * n for n in range(20))
for n in a:
    break
pairs = list(zip(range(2), b))
total = sum(itertools.islice(c, 3))
3 in a
[n for n, _ in zip(c, range(2))]
again = c
next(again)
one, *_ = itertools.islice(b, 2)
# ---
rest = [*a], "".join(b), next(c)
# ---
def handler(x): return rest
""",
    "an iterator of one's own": """
class Ids:
    n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        return self.n
ids = Ids()
for first in ids: break
second = next(ids)
pairs = dict(zip("ab", ids))
# ---
third = next(ids)
# ---
def handler(x): return third
""",
    "functions by name that set up": """
from decimal import Decimal, getcontext
getcontext().prec = 5
# ---
def handler(x): return str(Decimal(1) / 3)
""",
    "what a function gives that is the module's": """
from decimal import Decimal, getcontext
import decimal
ctx = getcontext()
ctx.prec = 4
def more(): decimal.getcontext().prec += 1
more()
# ---
third = Decimal(1) / 3
# ---
def handler(x): return str(third), str(Decimal(2) / 3)
""",
    "logging by names": """
from logging import basicConfig, getLogger, disable
import logging
LEVEL = 10
basicConfig(level=LEVEL)
log = getLogger("a.b")
parent = logging.getLogger("a")
parent.setLevel(logging.ERROR)
disable(5)
# ---
def handler(x):
    return log.getEffectiveLevel(), logging.root.level, logging.root.manager.disable
""",
    "what holds for the whole of Python": """
import sys, locale, socket, warnings
from socket import setdefaulttimeout as patience
sys.setrecursionlimit(432)
locale.setlocale(locale.LC_NUMERIC, "C")
patience(7)
warnings.filterwarnings("error", message="of the kind")
# ---
def deep(n=0):
    try:
        return deep(n + 1)
    except RecursionError:
        return n
# ---
def handler(x):
    import socket
    import warnings
    try:
        warnings.warn("of the kind")
    except UserWarning:
        return deep() < 432, socket.getdefaulttimeout()
""",
    "the environment by name": """
from os import environ, getenv
import os
environ["NOTHING_A"] = "1"
os.environ.setdefault("NOTHING_B", "2")
os.environ |= {"NOTHING_C": "3"}
os.putenv("NOTHING_D", "4")
def note(name): environ[name] = "5"
note("NOTHING_E")
# ---
def handler(x):
    return [getenv(f"NOTHING_{each}") for each in "ABCDE"]
""",
    "the path, and types of files": """
import sys, mimetypes
from sys import path
from mimetypes import add_type
path.append("/nowhere")
sys.path.insert(0, "/anywhere")
add_type("text/none", ".none")
# ---
def handler(x): return path[0], path[-1], mimetypes.guess_type("a.none")
""",
    "a module that is changed": """
import json, math
_dumps = json.dumps
json.dumps = lambda value, **given: "so " + _dumps(value, **given)
math.tau2 = 3
setattr(math, "tau3", 4)
# ---
from json import dumps
from math import *
import math as m
# ---
def handler(x): return dumps(x), m.tau2, m.tau3
""",
    "a class by its objects": """
class App:
    settings = {}
    names = []
    def put(self, key): self.settings[key] = 5
    @classmethod
    def call(cls, name): cls.title = name
class Sub(App): pass
app, sub = App(), Sub()
app.settings["k"] = 1
Sub.settings["s"] = 2
s = app.settings
s["m"] = 2
pair = (s, 1)
pair[0]["n"] = 3
getattr(app, "settings")["t"] = 7
(lambda d: d.update(o=4))(app.settings)
dict.update(app.settings, p=5)
sub.put("q")
App().names.append(1)
for each in [app.names]: each.append(2)
type(app).title = "a"
app.call("b")
setattr(app.__class__, "late", 3)
# ---
def handler(x): return App.settings, App.names, App.title, App.late
""",
    "numbers of objects": """
class Node:
    made = 0
    def __init__(self):
        type(self).made += 1
        self.id = self.__class__.made
a = Node()
b = Node()
# ---
def handler(x): return b.id, Node().id
""",
    "lambdas that change": """
items, others, third = [1], [2], [3]
push = lambda xs, n=4: xs.append(n)
push(items)
add = lambda n: others.append(n)
add(5)
list(map(lambda xs: xs.append(6), [third]))
list(map(push, (items, others)))
def fill(xs): xs.append(7)
[*map(fill, [third])]
from functools import partial
later = partial(push, items, 8)
later()
# ---
def handler(x): return items, others, third
""",
    "keys that appear when they are read": """
from collections import defaultdict
count = defaultdict(int)
count["a"]
seen = count["b"] + 1
def look(k): return count[k]
look("c")
class Box:
    def __init__(self): self.parts = defaultdict(list)
box = Box()
box.parts["a"]
# ---
def handler(x): return dict(count), dict(box.parts)
""",
    "names by their text": """
globals()["G"] = 4
globals().update(H=5)
L = {"k": 1}
globals()["L"]["k"] = 2
vars()["M"] = 6
def put(v): globals()["N"] = v
put(7)
# ---
def handler(x): return G, H, L, M, N
""",
    "names that only the run knows": """
limits = {"low": 1, "high": 5}
low = 0
for name, value in limits.items():
    globals()[name] = value
# ---
def handler(x): return low, high
""",
    "of an object by its text": """
class Box: pass
box, other = Box(), Box()
vars(box)["a"] = 1
box.__dict__["b"] = 2
box.__dict__.update(c=3)
setattr(other, "d", 4)
object.__setattr__(other, "e", 5)
for name in ("f", "g"):
    setattr(other, name, 6)
# ---
def handler(x): return vars(box), vars(other)
""",
    "two names at once": """
x1 = y1 = []
y1.append(1)
(a, b), [c, *d] = ([], [1]), ([2], [3], 4)
a.append(5); b.append(6); c.append(7); d[0].append(8)
pair = a, b
p, q = pair
q.append(9)
first, *rest = [a, c]
rest[0].append(1)
# ---
def handler(x): return x1, a, b, c, d
""",
    "in a loop and a context": """
from contextlib import contextmanager, nullcontext
things, boxes = [[1], [2]], {"a": [3]}
for each in things: each.append(1)
for _, each in boxes.items(): each.append(2)
for i, each in enumerate(things):
    part = each
    part.append(i)
with nullcontext(things) as same: same.append([4])
@contextmanager
def opened(box):
    yield box
with opened(boxes) as held:
    held["b"] = 1
    inner = held["a"]
    inner.append(5)
def get(): return things
if True:
    mine = get()
    mine.append(6)
while len(things) < 6:
    last = things[-1]
    things.append(last)
# ---
def handler(x): return things, boxes
""",
    "copies that share": """
import copy
d = {"x": [1]}
shallow, again, third = d.copy(), dict(d), copy.copy(d)
shallow["x"].append(2)
again["x"].append(3)
third["x"].append(4)
merged = {**d, "y": 1}
merged["x"].append(5)
both = d | {"z": 1}
both["x"].append(6)
# ---
def handler(x): return d
""",
    "parts of an array": """
import numpy as np
A = np.zeros((2, 2))
flat = A.reshape(-1)
flat[0] = 1
A.T[0] = 5
again = np.asarray(A)
again[1] += 3
A.ravel()[2] = 9
np.add(A, 1, out=A)
np.copyto(A[0], [7, 8])
np.fill_diagonal(A, 4)
# ---
def handler(x): return A.tolist()
""",
    "a closure that counts": """
def make():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count
c = make()
c(); c()
third = c()
print(c())
# ---
def handler(x): return c()
""",
    "closures that remember": """
def make():
    seen = []
    def see(x):
        seen.append(x)
        return len(seen)
    def size(): return len(seen)
    return {"see": see, "size": size}
api = make()
n = api["see"](1)
def see(x): return api["see"](x)
see(2)
m = see(3)
# ---
def handler(x): return api["size"]()
""",
    "a decorator that counts": """
def counted(f):
    calls = 0
    def run(x):
        nonlocal calls
        calls += 1
        return f(x) + calls
    return run
@counted
def twice(x): return 2 * x
twice(1)
a = twice(2)
# ---
def handler(x): return twice(x)
""",
    "a default that remembers": """
def note(x, seen=[]):
    seen.append(x)
    return len(seen)
note(1)
n = note(2)
# ---
def handler(x): return note(x)
""",
    "a generator that waits for more": """
def average():
    total = n = 0
    while True:
        total += yield total / max(n, 1)
        n += 1
mean = average()
next(mean)
mean.send(4)
got = mean.send(8)
# ---
def handler(x): return got
""",
    "the old helper was called": """
def base(): return 1
def build(): return base()
TABLE = build()
# ---
def base(): return 2
OTHER = build()
# ---
def base(): return 3
# ---
def handler(x): return TABLE, OTHER, base()
""",
    "the old helper was handed over": """
def base(x): return 1 + x
FIRST = list(map(base, [1, 2]))
def keep(f): return lambda x: f(x)
kept = keep(base)
# ---
def base(x): return 2
# ---
def handler(x): return FIRST, kept(x), base(x)
""",
    "the old helper decorates": """
def times(f): return lambda x: 2 * f(x)
@times
def f(x): return x
# ---
def times(f): return lambda x: 3 * f(x)
@times
def g(x): return x
# ---
def handler(x): return f(x), g(x)
""",
    "the old helper of a decorator": """
def by(): return 2
def times(f):
    n = by()
    return lambda x: n * f(x)
@times
def f(x): return x
# ---
def by(): return 3
@times
def g(x): return x
# ---
def handler(x): return f(x), g(x), by()
""",
    "the old helper in a class": """
def base(): return 1
class A:
    k = base()
    def __init_subclass__(cls): cls.n = base()
class B(A): pass
# ---
def base(): return 2
class C(A): pass
# ---
def handler(x): return A.k, B.n, C.n
""",
    "the old helper of an object": """
def base(): return 1
class A:
    def __init__(self): self.v = base()
a = A()
# ---
def base(): return 2
import dataclasses
@dataclasses.dataclass
class D:
    v: int = dataclasses.field(default_factory=base)
    def __post_init__(self): self.w = base()
d = D()
# ---
def base(): return 3
b = A()
# ---
def handler(x): return a.v, b.v, d.v, d.w
""",
    "the old helper by an operator": """
def base(): return 1
class A:
    def __add__(self, other): return base()
    def __getitem__(self, key): return base()
    @property
    def v(self): return base()
    def __iter__(self): yield base()
    def __str__(self): return str(base())
a = A()
s, i, v, (t,), u = a + 1, a[0], a.v, a, f"{a}"
# ---
def base(): return 2
# ---
def handler(x): return s, i, v, t, u, a.v
""",
    "objects that operators and properties change": """
class Box:
    def __init__(self): self.n, self.seen = 0, []
    def __getitem__(self, key):
        self.seen.append(key)
        return key
    def __add__(self, other):
        self.n += other
        return self
    def __enter__(self):
        self.n += 10
        return self
    def __exit__(self, *_): pass
    @property
    def next(self):
        self.n += 100
        return self.n
box = Box()
box["a"]
one = box["b"]
box + 1
got = box.next
with box: pass
f"{box.next}"
# ---
def handler(x): return box.n, box.seen
""",
}
