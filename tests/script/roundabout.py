"""Notebooks in which things are changed in roundabout ways; as `memory` has it."""

from __future__ import annotations

ROUNDABOUT: dict[str, str] = {
    "generators in objects and tables": """
import random
class Sim: pass
sim = Sim()
sim.rng = random.Random(0)
sim.rng.random()
rngs = {"a": random.Random(1)}
rngs["a"].random()
x1 = rngs["a"].random()
class S:
    def __init__(self, n): self.rng = random.Random(n)
    def draw(self): return self.rng.random()
s = S(4)
s.draw()
y1 = s.draw()
def reset():
    global rng
    rng = random.Random(3)
reset()
rng.random()
z1 = rng.random()
# ---
def handler(x): return x1, y1, sim.rng.random(), z1
""",
    "iterators behind other names": """
import itertools
counter = itertools.count().__next__
counter()
a1 = counter()
ids = itertools.count()
new_id = lambda: next(ids)
new_id()
b1 = new_id()
c1 = itertools.count(4)
get = lambda: next(c1)
def use(f): return f()
use(get)
d1 = use(get)
# ---
def handler(x): return a1, b1, d1
""",
    "functions behind other names": """
import functools
items, seen, third = [], [], []
functools.reduce(lambda acc, v: acc.append(v) or acc, [1, 2], items)
sorted([3, 1], key=lambda v: seen.append(v) or v)
shared = dict.fromkeys("ab", third)
shared["a"].append(1)
def fill(xs): xs.append(9)
fill(*[items]); fill(**{"xs": seen})
class Box: pass
box = Box()
box.put = lambda v: third.append(v)
box.put(3)
Box.add = fill
mine = Box.add
mine(third)
class L(list):
    def add(self, v): self.append(v)
l = L(); l.add(3); l += [4]
table = [[1], [2]]
for i, row in enumerate(table): row[0] = i
inner = []
outer = []
outer.append(inner)
outer[0].append(5)
alias = outer
alias[0].append(6)
# ---
def handler(x): return items, seen, third, list(l), table, inner
""",
    "what a program does, and a module does not": """
N = 1
if __name__ == "__main__":
    N, M = 3, []
    # what it says
    TEXT = '''a
    b'''; WORDS = ("c"
        "d")
    if "__main__" != __name__:
        M.append(1)
    else:
        M.append(2)
else:
    N = 4
if __name__ != "__main__": N = 6
elif N: M.append(3)
# ---
def handler(x): return N, M, TEXT, WORDS
""",
    "setters and operators that log": """
LOG = []
class Box:
    @property
    def value(self): return 1
    @value.setter
    def value(self, v): LOG.append(v)
    def __lshift__(self, v): LOG.append(v)
box = Box()
box.value = 3
box << 4
def wrap():
    box << 5
wrap()
Box() << 6
# ---
def handler(x): return LOG
""",
    "closures of decorators and methods": """
def counted(n):
    def decorate(f):
        calls = n
        def run(x):
            nonlocal calls
            calls += 1
            return calls
        return run
    return decorate
@counted(3)
def f(x): return x
f(1)
class Maker:
    def make(self):
        n = [0]
        def up():
            n[0] += 1
            return n[0]
        return up
up = Maker().make()
up()
class Ctr:
    def __init__(self):
        self.tick = self._make()
    def _make(self):
        n = 0
        def up():
            nonlocal n
            n += 1
            return n
        return up
c = Ctr()
c.tick()
t = c.tick()
# ---
def handler(x): return f(x), up(), c.tick(), t
""",
    "handlers, contexts and encoders": """
import logging, decimal, json
class H(logging.Handler):
    def emit(self, r): OUT.append(r.getMessage())
OUT = []
logging.getLogger("q").addHandler(H())
log = logging.getLogger("q")
log.warning("a")
log.propagate = False
with decimal.localcontext() as ctx:
    ctx.prec = 3
    third = decimal.Decimal(1) / 3
json.JSONEncoder.default = lambda self, o: "?"
# ---
def handler(x):
    log.warning("x")
    handlers = logging.getLogger("q").handlers
    return str(third), len(handlers), log.propagate, json.dumps(object()), len(OUT) > 0
""",
    "parts by many ways": """
import contextlib, io, copy, collections
stack = collections.deque()
stack.append(1); stack.rotate(1)
view = {"a": stack}.values()
[v.append(2) for v in view]
state = {"n": 0}
def bump(d=state): d["n"] += 1
bump(); bump()
cfg = {"a": {"b": []}}
leaf = cfg["a"]["b"]
leaf += [1]
ops = {"add": stack.append, "put": lambda xs: xs.append(3)}
ops["add"](11)
def push(xs): xs.append(5)
ops["more"] = push
tools = [push, len]
tools[0](stack)
ops["put"](stack)
again = push
again(stack)
[push][0](leaf)
x, (y, *z) = cfg["a"]["b"], (leaf, stack)
y.append(2)
z[0].append(3)
k = cfg.get("a")
k.setdefault("c", []).append(1)
m = min([leaf, [99]], key=len)
nested = copy.copy(cfg)
nested["a"]["z"] = 1
last = None
[last := v for v in (leaf, stack)]
last.append(7)
box = [stack]
box[0] += [8]
f = stack.append if x else None
f(9)
# ---
def handler(x): return list(stack), state, cfg
""",
    "seeds and draws in functions": """
import os, sys, time, random
import random as rnd
os.environ["TZ"] = "UTC+3"
time.tzset()
SEED = 7
def seed_all(seed=SEED):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
seed_all()
def noise():
    return rnd.random()
xs = [noise() for _ in range(3)]
ys = list(map(lambda _: noise(), range(2)))
zs = sorted([3, 1, 2], key=lambda _: random.random())
if xs:
    qs = random.sample(range(9), 3)
def later():
    from random import choice
    return choice([1, 2, 3, 4, 5, 6])
later()
w = rnd.uniform(0, 1)
# ---
def handler(x): return w, time.localtime(0).tm_hour
""",
    "lists that starred names take": """
first, *rest = 1, 2, 3
a, (b, *c), *d = 1, (2, 3, 4), 5, 6
# ---
rest.append(4)
rest[0] = 9
c.append(5)
d[-1] = 3
# ---
def handler(x): return rest, c, d
""",
    "patches that are started": """
import string
import textwrap
from unittest import mock
from unittest.mock import patch
patch("string.capwords", lambda text: "patched").start()
p = mock.patch.object(textwrap, "dedent", return_value="p")
p.start()
q = patch("textwrap.indent")
q.start()
q.stop()
with patch("textwrap.fill") as fill:
    fill.return_value = "with"
    textwrap.fill("a")
# ---
def handler(x):
    text = string.capwords("a"), textwrap.dedent("b"), textwrap.indent("c", "-")
    return text, textwrap.fill("d")
""",
}
