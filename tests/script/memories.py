"""Cells whose values depend on what is remembered: generators, modules, closures, classes.

As `notebooks` has it, what a name is for follows from the name. A kind is what a cell may be, and
what it binds; an expression can be used when all that it needs is bound, and is a number.
"""

from __future__ import annotations

# ruff: noqa: E501 - a cell is a line

EXPRESSIONS: dict[str, list[str]] = {
    "random": ["random.randint(1, 9)", "random.choice([3, 5, 8])"],
    "chance": ["chance(1, 9)"],
    "rng": ["rng.randint(1, 9)", "rng.choice((2, 4, 6))"],
    "ids": ["next(ids)"],
    "tick": ["tick()", "tick()"],
    "api": ['api["up"]()'],
    "Decimal": ["int(Decimal(22) / 7 * 1000000)"],
    "dd": ['dd["k"]', "len(dd)"],
    "os2": ['len(os2.environ.get("MSGFLO_NOTHING", ""))'],
    "App": ['App.shared["k"]', "len(App.names)", "len(App.shared)"],
}
"""Numbers, by the name that they need."""

_MAKE = (
    "def make():\n    n = {n}\n"
    "    def up():\n        nonlocal n\n        n += 1\n        return n\n"
)
MAKING: dict[str, list[str]] = {
    "random": [
        "import random\nrandom.seed({n})",
        "import random\nfrom random import seed as sow\nsow({n})",
        "import random\ndef reseed(v):\n    random.seed(v)\nreseed({n})",
        "def reseed(v):\n    import random as inner\n    inner.seed(v)\nreseed({n})\nimport random",
    ],
    "rng": ["import random as rd\nrng = rd.Random({n})", "from random import Random\nrng = Random(3)"],
    "ids": [
        "import itertools\nids = itertools.count({n})",
        "ids = iter(range({n}, 9000))",
        "ids = (v * 2 for v in range({n}, 9000))",
        "def counted():\n    n = {n}\n    while True:\n        n += 1\n        yield n\nids = counted()",
    ],
    "tick": [
        f"{_MAKE}    return up\ntick = make()",
        "def make():\n    seen = [{n}]\n    def up():\n        seen.append(1)\n"
        "        return len(seen)\n    return up\ntick = make()",
    ],
    "api": [f'{_MAKE}    return {{{{"up": up}}}}\napi = make()'],
    "Decimal": [
        "from decimal import Decimal, getcontext\ngetcontext().prec = {n}",
        "from decimal import Decimal\nimport decimal\nctx = decimal.getcontext()\nctx.prec = {n}",
        "from decimal import Decimal\ndef precise(v):\n    from decimal import getcontext as current\n"
        "    current().prec = v\nprecise({n})",
    ],
    "dd": [
        "from collections import defaultdict\ndd = defaultdict(lambda: {n})",
        "import collections\ndd = collections.defaultdict(int)",
    ],
    "os2": [
        'import os as os2\nos2.environ["MSGFLO_NOTHING"] = "x" * {n}',
        'import os as os2\nfrom os import environ\nenviron.setdefault("MSGFLO_NOTHING", "y" * {n})',
    ],
    "App": [
        'class App:\n    shared = {{"k": {n}}}\n    names = []',
        'class App:\n    shared = dict(k={n})\n    names = []\n'
        '    def put(self, v):\n        self.names.append(v)',
    ],
}  # fmt: skip
"""Cells that bind a name; `{n}` is a number."""

USING: dict[str, list[str]] = {
    "random": [
        "random.random()",
        "from random import randint as chance",
        "deck = [1, 2, 3]\nrandom.shuffle(deck)",
        "def draws(v):\n    return [random.random() for _ in range(v)]\ndraws({n})",
        "if random.random() > 0.5:\n    lot = random.gauss(0, 1)",
        "source = random\nsource.random()",
        "drawn = random.random\ndrawn()",
        "state = random.getstate()",
        "random.setstate(random.getstate())",
    ],
    "chance": ["chance(1, {n})"],
    "rng": ["rng.random()", "lot = rng.sample([1, 2, 3], 2)", "other = rng\nother.gauss(0, 1)",
            "rng.seed({n})", "drawn = rng.random\ndrawn()"],
    "ids": [
        "next(ids)",
        "for step in ids:\n    break",
        "pairs = list(zip(range(2), ids))",
        "more = ids\nlast = next(more)",
        "def take(xs):\n    return next(xs)\ntake(ids)",
        "def taken(v):\n    for each in ids:\n        return each + v\ntaken(1)",
        "import itertools\nfew = list(itertools.islice(ids, 2))",
    ],
    "tick": ["tick()", "n1 = tick()", "again = tick\nagain()", "[tick() for _ in range(2)]",
             "def tock():\n    return tick()\ntock()", "list(map(lambda v: tick(), [1, 2]))"],
    "api": ['api["up"]()', 'up = api["up"]\nup()', 'print(api["up"]())'],
    "Decimal": ["import decimal\ndecimal.getcontext().prec = {n}",
                "import decimal\ndecimal.setcontext(decimal.Context(prec={n}))"],
    "dd": ['dd["j"]', 'dd["k"] += {n}', 'peek = dd["m"] + 1',
           'def look(k):\n    return dd[k]\nlook("l")', 'view = dd\nview["v"] = 1'],
    "os2": ['os2.environ["MSGFLO_NOTHING"] = "z" * {n}', 'os2.environ.pop("MSGFLO_NOTHING", None)',
            'def clear():\n    os2.environ["MSGFLO_NOTHING"] = ""\nclear()',
            'os2.environ |= {{"MSGFLO_NOTHING": "xyz"}}'],
    "App": [
        'app = App()\napp.shared["k"] = {n}',
        'table = App().shared\ntable["k"] = {n}',
        'getattr(App(), "names").append({n})',
        "for each in [App.names, []]:\n    each.append(1)",
        'class Sub(App):\n    pass\nSub.shared["s"] = {n}',
        'setattr(App, "names", [1] * {n})',
        "type(App()).names = [{n}]",
        'vars(App)["names"].append(3)',
        '(lambda d: d.update(o={n}))(App.shared)',
        "pair = (App.names, 1)\npair[0].append(2)",
    ],
}  # fmt: skip
"""Cells that use, and mostly change, what a name stands for."""

ALIASING = [
    "push = lambda xs: xs.append({n})\npush({p})",
    "push = lambda xs: xs.append({n})\nlist(map(push, [{p}, {q}]))",
    "import functools\nlater = functools.partial(list.append, {p})\nlater({n})",
    "one = two = {p}\ntwo.append({n})",
    "pair = ({p}, 1)\npair[0].append({n})",
    "import contextlib\nwith contextlib.nullcontext({p}) as same:\n    same.append({n})",
    "for each in [{p}, {q}]:\n    each.append({n})",
    "[each.append({n}) for each in ({p}, {q})]",
    "first, *rest = {p}, {q}\nrest[0].append({n})",
    "grab = {p}.append\ngrab({n})",
    'globals()["{p}"].append({n})',
    'globals()["a"] = {n}',
    'box = {{"x": {p}}}\nbox.copy()["x"].append({n})',
    'box = dict(x={p})\ndict(box)["x"].append({n})',
    "hold = [{p}] + [{q}]\nhold[0].append({n})",
    "class Box:\n    def __init__(self, xs):\n        self.xs = xs\nbox = Box({p})\nbox.xs.append({n})",
    "class Pot:\n    pass\npot = Pot()\npot.xs = {p}\ngetattr(pot, 'xs').append({n})",
    "import operator\noperator.setitem({p}, 0, {n})",
    "def given(xs):\n    yield xs\nfor each in given({p}):\n    each.append({n})",
    "def given(xs, more=[]):\n    more.append(xs)\n    return more\ngiven({p})[-1].append({n})",
    "list.append({p}, {n})",
    "if (mine := {p}):\n    mine.append({n})",
    "match {p}:\n    case [one, *_] as whole:\n        whole.append({n})",
]
"""Cells that change a list, `{p}` or `{q}`, by another name, or a number."""
