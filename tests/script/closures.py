"""Notebooks with closures that bind names of the function around them; as `memory` has it."""

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
}
