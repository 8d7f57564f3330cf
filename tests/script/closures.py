"""Notebooks with closures that remember something, wherever they are held; as `memory` has it."""

from __future__ import annotations

CLOSURES: dict[str, str] = {
    "closures that rebind what they remember": """
def make_ema(a):
    value = None
    def ema(x):
        nonlocal value
        value = x if value is None else a * x + (1 - a) * value
        return value
    return ema
smooth = make_ema(0.5)
def differ():
    prev = 0
    def step(x):
        nonlocal prev
        out, prev = x - prev, x
        return out
    return step
step = differ()
def store():
    v = 1
    def put(x):
        nonlocal v
        v = x
    def get(): return v
    return put, get
put, get = store()
def once(f):
    done = False
    def run(*args):
        nonlocal done
        if done:
            return "done"
        done = True
        return f(*args)
    return run
@once
def start(): return "now"
# ---
smooth(10); smooth(20)
[step(v) for v in (1, 2)]
put(42)
start()
# ---
def handler(x): return smooth(5), step(3), get(), start()
""",
    "closures that bind in any way": """
def ways():
    n, m, p, q, r, s, t = range(7)
    def bind(x):
        nonlocal n, m, p, q, r, s
        for n in range(x): pass
        import math as m
        try: x / 0
        except ZeroDivisionError as p: pass
        if (q := x): pass
        def r(): pass
        match [x]:
            case [s]: pass
    def drop():
        nonlocal t
        del t
    def inner():
        def deeper():
            nonlocal n
            n = 9
        deeper()
    def get(): return n, m == 1, q, s, callable(r), t
    return bind, drop, inner, get
b1, _, _, g1 = ways()
b1(3)
_, d2, _, g2 = ways()
d2()
_, _, i3, g3 = ways()
i3()
# ---
def handler(x): return g1(), g3(), x or g2()
""",
    "closures that something holds": """
def make(n=0):
    def up(k=1):
        nonlocal n
        n += k
        return n
    return up
class O: pass
fs, t, o, own = [make()], {"a": make()}, O(), make()
o.f = make()
fs.append(make()); fs += [own]
t["b"] = make()
# ---
fs[0](); fs[0]()
t["a"](5)
y = o.f()
for f in fs: f()
for name, f in t.items(): f(2)
print([f() for f in fs])
list(map(lambda f: f(), fs))
# ---
def handler(x): return fs[0](), fs[1](), t["a"](), t["b"](), o.f(), own()
""",
    "closures that functions are given, or give": """
def make(n=0):
    def up(k=1):
        nonlocal n
        n += k
        return n
    return up
def pair(): return make(), [make(3)]
a, b = pair()
class Box:
    def __init__(self, f): self.f, self.fs = f, [make() for _ in range(2)]
    def all(self): return [f() for f in self.fs]
boxes = [Box(make())]
fs = []
def add(f): fs.append(f)
def each(gs):
    for g in gs: g()
def first(): return fs[0]
def one():
    g = fs[0]
    return g()
add(make())
# ---
y = a(), b[0](), boxes[0].f(), boxes[0].all()
each(fs)
y = first()()
one()
# ---
def handler(x): return a(), b[0](), boxes[0].f(), boxes[0].all(), fs[0]()
""",
    "defaults and methods that something holds": """
LOG = []
def kept(k=1, seen=[]):
    seen.append(k)
    return len(seen)
def make():
    def inner(seen=[]):
        seen.append(1)
        return len(seen)
    return inner
def logging(log):
    def run():
        log.append(1)
        return len(log)
    return run
class Box:
    n = 0
    def inc(self):
        self.n += 1
        return self.n
    def __call__(self): return self.inc()
class Kind:
    tick = staticmethod(make())
TABLE = {}
def register(f):
    TABLE[f.__name__] = f
    return f
@register
def noted(): LOG.append(2)
box = Box()
t = {"kept": kept, "made": make(), "logs": logging(LOG), "inc": box.inc, "box": Box()}
late = [lambda seen=[]: seen.append(1) or len(seen)]
# ---
t["kept"](); t["made"](); t["logs"](); t["inc"]()
y = t["box"](), Kind.tick(), Kind().tick(), late[0]()
TABLE["noted"]()
for f in TABLE.values(): f()
# ---
def handler(x): return kept(), t["made"](), LOG, box.n, t["box"](), Kind.tick(), late[0]()
""",
    "what makes wrappers, and remembers": """
class Limit:
    n = 0
    def __call__(self, f):
        def inner(x):
            self.n += 1
            return self.n
        return inner
class More(Limit): pass
def counter():
    n = 0
    def deco(f):
        def inner(x):
            nonlocal n
            n += 1
            return n
        return inner
    return deco
class Stats:
    def __init__(self): self.calls = {}
    def track(self, name):
        def deco(f):
            def inner(x):
                self.calls[name] = self.calls.get(name, 0) + 1
                return f(x)
            return inner
        return deco
limit, more, count, stats = Limit(), More(), counter(), Stats()
# ---
limit = Limit()
more = More()
count = counter()
stats = Stats()
other = limit
# ---
post = limit(str)
put = other(str)
@more
def patch(x): return x
@count
def get(x): return x
@stats.track("conv")
def conv(x): return x * 2
# ---
post(1); put(2)
patch(1)
v = [get(1), get(2)]
print(conv(3))
# ---
def handler(x): return post(x), limit.n, patch(x), get(x), conv(x), stats.calls
""",
}
