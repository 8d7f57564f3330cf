"""Notebooks that are easily got wrong. `# ---` divides cells; the last defines `handler(x)`."""

from __future__ import annotations

HARD: dict[str, str] = {
    "a function gives what is global": """
STATE = {"n": 1}
def get(): return STATE
get()["n"] = 2
# ---
mine = get()
mine["n"] += 5
# ---
def handler(x): return STATE["n"] + x
""",
    "a function gives what it is given": """
items = [1]
def same(xs, n): return xs if n else None
other = same(n=1, xs=items)
other.append(5)
# ---
def handler(x): return sum(items)
""",
    "an object holds what it is made of": """
items = [1]
class Holder:
    def __init__(self, xs): self.xs = xs
    def add(self, x): self.xs.append(x)
holder = Holder(items)
holder.add(6)
# ---
def handler(x): return sum(items)
""",
    "a change deep in a call": """
groups = {}
groups.setdefault("a", []).append(3)
part = groups.setdefault("b", [])
part.append(4)
# ---
def handler(x): return sum(groups["a"]) + sum(groups["b"])
""",
    "subclasses register themselves": """
KINDS = {}
class Base:
    def __init_subclass__(cls, **given):
        KINDS[cls.__name__] = cls
    def value(self): return 1
class One(Base): pass
class Two(Base):
    def value(self): return 2
class Other: pass
# ---
def handler(x): return [kind().value() for kind in KINDS.values()]
""",
    "a metaclass registers": """
MADE = []
class Meta(type):
    def __new__(mcs, name, bases, body):
        MADE.append(name)
        return super().__new__(mcs, name, bases, body)
class A(metaclass=Meta): pass
class B(A): pass
# ---
def handler(x): return MADE
""",
    "an attribute of a function": """
def f(x): return f.scale * x
f.scale = 2
f.scale += 1
# ---
def handler(x): return f(x)
""",
    "something is used up": """
ids = iter(range(10))
next(ids)
first = next(ids)
# ---
def handler(x): return next(ids)
""",
    "functions that are made in a loop": """
late, early = [], []
for i in range(3):
    late.append(lambda: i)
    early.append(lambda i=i: i)
# ---
i = 100
# ---
def handler(x): return [f() for f in late + early]
""",
    "a bound method is handed over": """
items = []
list(map(items.append, [1, 2]))
add = items.append
add(3)
# ---
def handler(x): return sum(items)
""",
    "an object is called": """
class Adder:
    n = 0
    def __call__(self, x): self.n += x
adder = Adder()
adder(4)
# ---
def handler(x): return adder.n + x
""",
    "a method that is called like one that only looks": """
class Tally:
    def __init__(self): self.n = 0
    def count(self): self.n += 1
tally = Tally()
tally.count()
# ---
def handler(x): return tally.n
""",
    "the old one lives on in the new one": """
def f(x): return x + 1
old = f
def f(x): return old(x) * 2
f = (lambda inner: lambda x: inner(x) + 100)(f)
# ---
def handler(x): return f(x)
""",
    "an object of a class that is another one now": """
class P: kind = 1
p = P()
# ---
class P: kind = 2
# ---
def handler(x): return [isinstance(p, P), p.kind, P.kind]
""",
    "functions that call each other, from different cells": """
def even(n): return n == 0 or odd(n - 1)
# ---
def odd(n): return n != 0 and even(n - 1)
# ---
def handler(x): return even(x)
""",
    "a class that is mended": """
K = 2
class A:
    def value(self): return 1
A.value = lambda self: K
A.more = property(lambda self: K + 1)
# ---
def handler(x): return A().value() + A().more
""",
    "private names of a class": """
_A__k = 5
__k = 6
class A:
    def value(self): return __k
# ---
def handler(x): return A().value() + __k
""",
    "swapped, unpacked": """
a, b = 1, 2
a, b = b, a
first, *rest = [a, b, 9]
# ---
def handler(x): return [a, b, first, rest]
""",
    "loops over pairs": """
left, right = [[1], [2]], [3, 4]
for part, n in zip(left, right):
    part.append(n)
[part.append(0) for part in left]
for n, part in enumerate(left): part[0] += n
# ---
def handler(x): return left
""",
    "a heap, and chance": """
import heapq, random
from heapq import heappush as push
heap = [5]
heapq.heappush(heap, 3)
random.seed(4)
lot = random.random()
# ---
def handler(x): return heap[0] + lot
""",
    "contexts of one's own": """
from contextlib import contextmanager
LOG = []
@contextmanager
def logged(name):
    LOG.append(name)
    yield LOG
with logged("a") as log:
    log.append("b")
with logged("c"):
    pass
# ---
def handler(x): return LOG
""",
    "a definition in one of two branches": """
FAST = True
if FAST:
    def f(x): return x + 1
else:
    def f(x): return x
try:
    from nothing_of_the_kind import g
except ImportError:
    def g(x): return f(x)
# ---
def handler(x): return g(x)
""",
    "patterns with classes": """
from dataclasses import dataclass
@dataclass
class Point:
    x: int = 0
# ---
def handler(x):
    match Point(x):
        case Point(x=0): return "zero"
        case Point(x=n) if n > 1: return n
""",
    "a class body that calls": """
K = 1
def now(): return K
class A:
    k = now()
    ks = [now() + i for i in range(2)]
# ---
K = 2
# ---
def handler(x): return A.k, A.ks, now()
""",
    "a decorator whose argument is another now": """
BY = 2
def times(n):
    def decorate(f):
        def run(x): return f(x) * n * BY
        return run
    return decorate
@times(BY)
def f(x): return x
BY = 10
# ---
def handler(x): return f(x)
""",
    "formatted": """
WIDTH, KIND = 5, "x"
# ---
def handler(x): return f"{x!r:>{WIDTH}}{f'{KIND}'}"
""",
    "a generator that waits": """
scale = 2
later = (x * scale for x in range(100))
# ---
scale = 3
# ---
def handler(x): return next(later) + next(later)
""",
    "text that holds code": '''
text = """
import nothing
# ---- no comment
"""
other = 'a'; more = "é"; last = "ü" + more  # behind
# ---
def handler(x):
    s = """
# at the left
"""
    return text + s + last
''',
    "changed through who holds it": """
items = [1]
config = {}
config["items"] = items
config["items"].append(2)
box = [config]
box[0]["items"].append(3)
# ---
def handler(x): return items
""",
    "what is taken out": """
queue = [1, 2, 3]
first = queue.pop(0)
_ = queue.append(9)
# ---
def handler(x): return queue
""",
    "the environment of modules": """
import os
import sys
sys.path.insert(0, "/nowhere")
os.environ["NOTHING_OF_THE_KIND"] = "1"
import hypothesis
# ---
def handler(x): return "/nowhere" in sys.path, os.environ["NOTHING_OF_THE_KIND"]
""",
    "star imports and names that hide them": """
from math import *
floor = lambda x: 3
# ---
def handler(x): return floor(x) + ceil(x)
""",
    "imports of one package": """
import xml
import xml.dom
import xml.etree.ElementTree as tree
def early(): return xml.dom.Node
import xml.sax
# ---
def handler(x): return early().ELEMENT_NODE, xml.sax.__name__, tree.Element("a").tag
""",
}
