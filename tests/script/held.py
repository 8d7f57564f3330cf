"""Notebooks made up, in which what is called is held by something: by a list, a table, an object.

As `notebooks` has it, what a name is for follows from the name. What is called gives a number, and
remembers something: closures, default values, objects, methods, generators.
"""

from __future__ import annotations

from hypothesis import strategies as st

from .notebooks import Choose

# ruff: noqa: E501 - a cell is a line

_DEFINITIONS = """
from functools import partial
from types import SimpleNamespace
LOG = []
count = 0
def make(n=0):
    def up(k=1):
        nonlocal n
        n += k
        return n
    return up
def keeping():
    def kept(k=1, seen=[]):
        seen.append(k)
        return sum(seen)
    return kept
def logging(log):
    def run(k=1):
        log.append(k)
        return len(log)
    return run
def fill(xs, k): xs.append(k)
def filling():
    mine = []
    def run(k=1):
        fill(mine, k)
        return len(mine)
    return run
def pair(): return make(), keeping()
def old(k=1, seen=[]):
    seen.append(k)
    return len(seen)
def counted(k=1):
    global count
    count += k
    return count
def logged(k=1):
    LOG.append(k)
    return len(LOG)
class Box:
    def __init__(self, f=None):
        self.n, self.f, self.fs = 0, f, []
    def inc(self, k=1):
        self.n += k
        return self.n
    def go(self, k=1): return self.f(k) if self.f else self.n
    def all(self): return [f() for f in self.fs]
class Tool(Box):
    def __init__(self):
        super().__init__(make(3))
class Called:
    n = 0
    def __call__(self, k=1):
        self.n += k
        return self.n
class Kind:
    tick = staticmethod(make(5))
    @staticmethod
    def tock(k=1, seen=[]):
        seen.append(k)
        return len(seen)
def wrap(f):
    n = 0
    def run(k=1):
        nonlocal n
        n += 1
        return f(k) + n
    return run
@wrap
def wrapped(k=1): return k
TABLE = {}
def register(f):
    TABLE[f.__name__] = f
    return f
@register
def known(k=1):
    LOG.append(k)
    return len(LOG)
box = Box()
fs, t, o, up = [make()], {"a": make(2)}, Box(make(1)), make(7)
"""

MAKES = [
    "make()", "make(4)", "keeping()", "logging(LOG)", "logging([])", "filling()", "pair()[0]",
    "old", "counted", "logged", "box.inc", "Box().inc", "Called()", "Kind.tick", "Kind.tock",
    "wrapped", "wrap(logged)", "wrap(make())", "partial(make(), 2)", "partial(logged)", "known",
    'TABLE["known"]', "Tool().f", "lambda k=1, seen=[]: seen.append(k) or len(seen)",
    "lambda k=1: LOG.append(k) or len(LOG)", "(lambda n: lambda k=1: n.append(k) or len(n))([])",
    "up", "fs[0]", 't["a"]', "o.f", "fs[-1]", "Tool().go", "o.go", "next(iter(fs))", "t.get('a')",
]  # fmt: skip
"""What is called with nothing or a number."""

HOLDS = [
    "fs = [{f}]", "fs = [{f}, {g}]", "fs = [{f} for _ in range(2)]", "fs.append({f})",
    "fs[0] = {f}", "fs += [{f}]", "fs = [*fs, {f}]", "fs.insert(0, {f})", "fs.extend([{f}, {g}])",
    "fs = list(t.values())", "fs = [{f}, *t.values()]", "fs = list(map(make, [1, 2]))",
    "fs = [up]", "fs = list(pair())", "for i in range(2): fs.append({f})", "fs = fs[:1] + [{f}]",
    't = {{"a": {f}}}', 't = {{k: {f} for k in "ab"}}', 't["a"] = {f}', 't["b"] = {f}',
    "t.update(a={f})", "t = dict(a={f})", 't.setdefault("c", {f})', 't = {{**t, "d": {f}}}',
    't = dict(zip("ab", [{f}, {g}]))', 't |= {{"a": {f}}}',
    "o = Box({f})", "o.f = {f}", "o = Tool()", "o = SimpleNamespace(f={f}, fs=[{g}])",
    "o.fs.append({f})", "o.fs = [{f}]", 'setattr(o, "f", {f})', "o.fs = fs", "o.f = up",
    "up = {f}", "up, other = {f}, {g}", "up, *rest = [{f}, {g}]", "up = fs[0]", "up = o.f",
    "def add(f):\n    fs.append(f)\nadd({f})",
    "def put(xs, f):\n    xs[0] = f\nput(fs, {f})",
    "def start():\n    global up\n    up = {f}\nstart()",
    "@register\ndef known(k=1):\n    LOG.append(k)\n    return k",
    "first = up\nfs = [first]", "box = Box({f})", "known = TABLE['known'] = {f}",
]  # fmt: skip
"""Cells that put it somewhere."""

CALLS = [
    "fs[0]()", "fs[-1](2)", 't["a"]()', 't["a"](3)', "o.f()", "up()", "up(2)", "o.f(4)",
    'getattr(o, "f")()', "fs[0].__call__()", 't.get("a")()', "next(iter(fs))()",
    "[f() for f in fs][0]", "sum(f() for f in fs)", "sum(f() for f in t.values())",
    "sum(v(1) for k, v in sorted(t.items()))", "sum(f() for f in o.fs)", "list(map(fs[0], [1, 2]))[0]",
    "sum(map(lambda f: f(), fs))", "(fs[0] or None)()", "[fs[0], up][1]()", "(lambda f: f())(fs[0])",
    "TABLE['known']()", "{{1: up, 2: fs[0]}}[1]()", "(g := fs[0])()", "box.inc()", "Kind.tick()",
    "Kind().tock()", "wrapped()", "known()", "max([3, 1], key=lambda v: up())", "partial(up, 1)()",
    "min(fs, key=lambda f: f())(1)",
]  # fmt: skip
"""What calls it, and gives a number."""

USES = [
    "{c}", "y = {c}", "print({c})", "y = [{c} for _ in range(2)]", "if {c} > 2: y = {c}",
    "for f in fs: f()", "for f in fs:\n    y = f()", "for f in t.values(): f(2)",
    "for i, f in enumerate(fs): y = f() + i", "for k, v in t.items(): v()", "for k in t: t[k]()",
    "for f, n in zip(fs, [1, 2]): f(n)", "while {c} < 3: pass", "assert {c} is not None",
    "def run(): return {c}\nrun()", "def run():\n    for f in fs: f()\nrun()", "y = (lambda: {c})()",
    "def run(gs):\n    for g in gs: g()\nrun(fs)", "def run(g): return g()\ny = run(fs[0])",
    "def run(i):\n    g = fs[i]\n    return g()\ny = run(0)", "def get(): return fs[0]\ny = get()()",
    "def run():\n    def inner(): return {c}\n    return inner()\nrun()",
    "class Run:\n    def run(self): return {c}\nRun().run()", "g = fs[0]\ny = g()", "g = o.f\ng(2)",
    "for f in fs: pass\ny = f()", "match fs:\n    case [f, *_]: y = f()",
    "try:\n    y = {c}\nexcept ValueError: pass", "o.go()", "y = o.go() if isinstance(o, Box) else 0",
    "copy = dict(t)\ny = copy['a']()", "more = [*fs]\nmore[0]()", "a, *b = fs\na()",
    "import contextlib\nwith contextlib.nullcontext(fs[0]) as f: f()", "fs.pop()() if len(fs) > 1 else 0",
    "def both(x, f=up): return f() + x\nboth(1)",
]  # fmt: skip
"""Cells that call it; `{{c}}` is one of `CALLS`."""


def held(choose: Choose, most: int = 6) -> list[str]:
    """The cells of a notebook; the last defines `handler(x)`.

    Args:
        choose: Decides everything.
        most: The number of cells that hold something, and of those that call it.
    """
    cells = [_DEFINITIONS.strip("\n")]
    for _ in range(choose(range(1, most + 1))):
        cells.append(choose(HOLDS).format(f=choose(MAKES), g=choose(MAKES)))
        cells += [choose(USES).format(c=choose(CALLS).format()) for _ in range(choose(range(3)))]
    shown = [*CALLS, "box.n", "len(LOG)", "count", "o.fs and o.fs[0]()"]
    parts = [choose(shown).format() for _ in range(choose(range(1, 4)))]
    cells.append(f"def handler(x): return [{', '.join(parts)}]")
    return cells


@st.composite
def held_notebooks(draw: st.DrawFn) -> list[str]:
    """See `held`."""
    return held(lambda of: of[draw(st.integers(0, len(of) - 1))])
