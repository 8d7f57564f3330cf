"""Notebooks made up: cells of all that people write, and a handler that uses some of it.

What a name is for follows from the name, so that (nearly) every cell runs, in any order. A function
calls only those before it in `FUNCTIONS`, so that none calls itself for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from .memories import ALIASING, EXPRESSIONS, MAKING, USING

NUMBERS = ["a", "b", "c", "id"]
LISTS = ["p", "q", "r"]
DICTS = ["m", "n"]
FUNCTIONS = ["abs", "f", "g", "h"]  # of a number; one hides a builtin
FILLERS = ["fill", "pour"]  # change the list that they are given
DECORATORS = ["keep", "wrap", "mark"]
CLASSES = ["A", "B", "C"]
OBJECTS = ["o", "u"]
TABLES = ["T", "U"]  # lists of functions

Choose = Callable[[Sequence[Any]], Any]
"""Takes one of several."""


@dataclass
class _Writer:
    choose: Choose
    bound: dict[str, None] = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)

    def one(self, of: Sequence[str]) -> str:
        return str(self.choose(of))

    def known(self, pool: Sequence[str]) -> list[str]:
        return [name for name in pool if name in self.bound]

    def write(self, text: str, *binds: str) -> None:
        self.cells.append(text)
        self.bound.update(dict.fromkeys(binds))

    # Expressions, all of which are numbers

    def number(self, depth: int = 2, below: int = len(FUNCTIONS), x: str = "") -> str:
        """An expression.

        Args:
            below: Only functions before this one are called.
            x: A local name that can be used; "" at the top level.
        """
        plain = ["1", "2", "7", *self.known(NUMBERS), *([x, x] if x else [])]
        if depth == 0:
            return self.one(plain)

        def inner() -> str:
            return self.number(depth - 1, below, x)

        choices = [lambda: self.one(plain), lambda: f"{inner()} + {inner()}"]
        choices.append(lambda: f"({inner()} if {inner()} > 3 else {inner()})")
        choices.append(lambda: f"(lambda v: v + {self.number(0, below, 'v')})({inner()})")
        choices.append(lambda: f"sum(v + {self.number(0, below, 'v')} for v in range(3))")
        choices.append(lambda: f"abs({inner()})" if below else inner())
        if lists := self.known(LISTS):
            choices.append(lambda: f"{self.one(lists)}[0]")
            choices.append(lambda: f"sum({self.one(lists)})")
            choices.append(lambda: f"sum([v * {inner()} for v in {self.one(lists)}[:3]])")
        if dicts := self.known(DICTS):
            choices.append(lambda: f'{self.one(dicts)}["k"]')
            choices.append(lambda: f"len({self.one(dicts)})")
        if functions := self.known(FUNCTIONS[:below]):
            choices += [lambda: f"{self.one(functions)}({inner()})"] * 3
        if below == len(FUNCTIONS):
            if classes := self.known(CLASSES):
                choices += [lambda: f"{self.one(classes)}({inner()}).at({inner()})"] * 2
                choices.append(lambda: f"{self.one(classes)}.size")
            if objects := self.known(OBJECTS):
                choices += [lambda: f"{self.one(objects)}.at({inner()})"] * 2
                choices.append(lambda: f"{self.one(objects)}.bump()")
        if "math" in self.bound:
            choices.append(lambda: f"math.floor({inner()})")
        if "fl" in self.bound:
            choices.append(lambda: f"fl({inner()})")
        if names := self.known(list(EXPRESSIONS)):
            choices += [lambda: self.one(EXPRESSIONS[self.one(names)])] * 4
        if "os" in self.bound:
            choices.append(lambda: 'len(os.path.join("x", "y"))')
        return str(self.choose(choices)())

    # Statements

    def numbers(self) -> None:
        name, other = self.one(NUMBERS), self.one(NUMBERS)
        forms = [(f"{name} = {self.number()}", [name])] * 4
        forms.append((f"{name}: int = {self.number()}", [name]))
        both = [name, other]
        forms.append((f"{name}, {other} = {self.number()}, {self.number()}", both))
        forms.append((f"{name} = {other} = {self.number()}", both))
        forms.append((f"({other} := {self.number()})\n{name} = {other} + 1", both))
        text, bound = self.choose(forms)
        self.write(text, *bound)

    def counting(self) -> None:
        if known := self.known(NUMBERS):
            self.write(f"{self.one(known)} += {self.number()}")

    def compound(self) -> None:
        name = self.one(NUMBERS)
        value, other = self.number(), self.number()
        always = [
            f"if {other} > 3:\n    {name} = {value}\nelse:\n    {name} = 5",
            f"try:\n    {name} = {value} // 0\nexcept ZeroDivisionError as error:\n"
            f"    {name} = len(str(error))",
            f"for {name} in range(3):\n    pass",
            f"match {value}:\n    case {name}:\n        pass",
            f"import contextlib\nwith contextlib.nullcontext({value}) as {name}:\n    {name} += 1",
        ]
        self.write(self.one(always), name)
        if known := self.known(NUMBERS):
            old = self.one(known)
            forms = [f"if {other} > 3:\n    {old} = {value}", f"while {old} > 9:\n    {old} -= 9"]
            forms.append(f"for step in range(2):\n    {old} = {old} + step * {value}")
            self.write(self.one(forms))

    def lists(self) -> None:
        name = self.one(LISTS)
        known = self.known(LISTS)
        forms = [f"{name} = [{self.number()}, {self.number()}]"] * 2
        forms += [f"{name} = {each}" for each in known]
        forms += [f"{name} = list({each})[:3]" for each in known]
        forms += [f"{name} = [v + {self.number(0, x='v')} for v in {each}[:3]]" for each in known]
        self.write(self.one(forms), name)

    def filling(self) -> None:
        if not (known := self.known(LISTS)):
            return
        name, other, value = self.one(known), self.one(known), self.number()
        forms = [f"{name}.append({value})", f"{name}[0] = {value}", f"{name} += [{value}]"]
        forms += [f"{name}.extend({other}[:2])", f"for v in {other}[:2]:\n    {name}.append(v)"]
        forms += [f"{each}({name})" for each in self.known(FILLERS)]
        forms += [f"extra = {name}\nextra.append({value})", f"print({name})", name]
        forms += [f"last = {name}.pop() if len({name}) > 2 else 0"]
        self.write(self.one(forms))

    def dicts(self) -> None:
        name, value = self.one(DICTS), self.number()
        known = self.known(DICTS)
        forms = [f'{name} = {{"k": {value}}}', *(f"{name} = {each}" for each in known)]
        self.write(self.one(forms), name)
        forms = [f'{name}["k"] = {value}', f"{name}.update(j={value})", f'{name}["l"] = {value}']
        forms += [f'{name}.setdefault("k", {value})', f"len({name})"]
        self.write(self.one(forms))

    def functions(self) -> None:
        name = self.one(FUNCTIONS)
        below = FUNCTIONS.index(name)
        default = self.one(["", "", f", y={self.number(1, below)}"])
        used = ("y", "x + y") if default else ("x", "x")
        body = self.body(below, self.one(used))
        decorators = [f"@{each}\n" for each in self.known(DECORATORS)]
        decorator = "" if default else self.one(["", "", *decorators])
        forms = [f"{decorator}def {name}(x{default}):\n{body}"] * 4
        forms.append(f"{name} = lambda x: {self.number(2, below, 'x')}")
        self.write(self.one(forms), name)

    def body(self, below: int, x: str) -> str:
        value = self.number(2, below, x)
        forms = [f"    return {value}"] * 3
        local = self.one(NUMBERS)
        forms.append(f"    {local} = {x}\n    return {local} + {self.number(1, below, local)}")
        forms.append(f"    def inner(v):\n        return v + {value}\n    return inner({x})")
        forms.append(f"    import math as m2\n    return m2.ceil({value})")
        forms.append(f"    return sum(w for w in [{x}, {value}])")
        forms.append(f"    [{local} for {local} in [1]]\n    return {value}")
        forms += [f"    {each}.append({x})\n    return {value}" for each in self.known(LISTS)]
        forms += [f"    global {each}\n    {each} += 1\n    return {x}"
                  for each in self.known(NUMBERS) if each != x]  # fmt: skip
        return self.one(forms)

    def fillers(self) -> None:
        name = self.one(FILLERS)
        value = self.number(1, 0)
        forms = [f"def {name}(xs):\n    xs.append({value})"]
        forms.append(f"def {name}(xs):\n    ys = xs\n    ys[0] = {value}")
        if name == "pour":
            forms += [f"def {name}(xs, by=1):\n    {each}(xs)" for each in self.known(FILLERS[:1])]
        self.write(self.one(forms), name)

    def decorators(self) -> None:
        name = self.one(DECORATORS)
        lists = self.known(LISTS) or ["[]"]
        value = self.number(1, 0, "x")
        forms = [f"def {name}(fn):\n    {self.one(lists)}.append(1)\n    return fn"]
        forms.append(
            f"def {name}(fn):\n    def run(x):\n        return fn(x) + {value}\n    return run"
        )
        forms.append(f"import functools\ndef {name}(fn):\n    @functools.wraps(fn)\n"
                     f"    def run(x):\n        return fn(x) * 2\n    return run")  # fmt: skip
        tables = [
            f"def {name}(fn):\n    {each}.append(fn)\n    return fn" for each in self.known(TABLES)
        ]
        self.write(self.one(forms + tables), name)

    def classes(self) -> None:
        at = self.one(["0", "1", "2"])
        name = CLASSES[int(at)]
        bases = self.known(CLASSES[: int(at)])
        base = f"({self.one(bases)})" if bases else ""
        value, late = self.number(1), self.number(2, len(FUNCTIONS) - 1, "x")
        method = f"    def at(self, x):\n        return self.v + {late}\n"
        bump = "    def bump(self):\n        self.v += 1\n        return self.v\n"
        init = "    def __init__(self, v):\n        self.v = v\n"
        counted = f"    def __init__(self, v):\n        self.v = v\n        {name}.size += 1\n"
        size = self.one([f"    size = {value}\n", f"    one = {value}\n    size = one + 1\n"])
        forms = [f"class {name}{base}:\n{size}{init}{method}{bump}"] * 2
        forms.append(f"class {name}{base}:\n{size}{counted}{method}{bump}")
        if base:
            forms += [f"class {name}{base}:\n    size = {value}\n"] * 2
            again = f"    def at(self, x):\n        return super().at(x) + {late}\n"
            forms.append(f"class {name}{base}:\n{again}")
        decorated = f"import dataclasses\n@dataclasses.dataclass\nclass {name}:\n"
        forms.append(f"{decorated}    v: int = {value}\n    size = 3\n{method}{bump}")
        self.write(self.one(forms), name)

    def objects(self) -> None:
        if not (classes := self.known(CLASSES)):
            return
        name = self.one(OBJECTS)
        known = self.known(OBJECTS)
        forms = [f"{name} = {self.one(classes)}({self.number(1)})"] * 2
        self.write(self.one([*forms, *(f"{name} = {each}" for each in known)]), name)
        forms = [f"{name}.v = {self.number(1)}", f"{name}.bump()", f"{self.one(classes)}.size = 4"]
        self.write(self.one([*forms, f"seen = {name}.bump()", f"{name}.at(2)"]))

    def tables(self) -> None:
        name = self.one(TABLES)
        made = [f"lambda v: {self.number(1, 1, 'v')}", *self.known(FUNCTIONS)]
        made += [f"{each}.at" for each in self.known(OBJECTS)]
        self.write(f"{name} = [{self.one(made)}]", name)
        forms = [f"{name}.append({self.one(made)})", f"{name}[0] = {self.one(made)}"]
        self.write(self.one([*forms, f"{name}[0](1)"]))

    def imports(self) -> None:
        forms = {
            "import math": ["math"],
            "import os, math": ["os", "math"],
            "import os.path": ["os"],
            "from math import floor as fl, sqrt as sq": ["fl"],
            "from math import *\nfl = floor": ["fl"],
            "try:\n    import nothing_of_the_kind as math\nexcept ImportError:\n    import math": [
                "math"
            ],
        }
        form = self.one(list(forms))
        self.write(form, *forms[form])

    def memories(self) -> None:
        name, number = self.one(list(MAKING)), self.one("3456")
        if name not in self.bound or self.one("abcd") == "a":
            self.write(self.one(MAKING[name]).format(n=number), name)
        else:
            text = self.one(USING[name]).format(n=number)
            self.write(text, *(["chance"] if "as chance" in text else []))

    def aliases(self) -> None:
        if known := self.known(LISTS):
            text = self.one(ALIASING)
            text = text.format(p=self.one(known), q=self.one(known), n=self.one("3456"))
            self.write(text, *(["a"] if '["a"]' in text else []))

    def tried(self) -> None:
        if functions := self.known(FUNCTIONS):
            self.write(self.one([f"{self.one(functions)}(3)", f"print({self.one(functions)}(1))"]))

    def again(self) -> None:
        """A cell is run once more."""
        if self.cells:
            self.write(self.one(self.cells))

    def handler(self) -> None:
        parts = [self.number(2, x="x") for _ in range(3)]
        parts += [f"{each}[-1](x)" for each in self.known(TABLES)[:1]]
        default = self.number(1)
        self.write(
            f"def handler(x, y={default}):\n    # What it does.\n    return [y, {', '.join(parts)}]"
        )


def notebook(choose: Choose, most: int = 16) -> list[str]:
    """The cells of a notebook; the last defines `handler(x)`, which returns a list of numbers.

    Args:
        choose: Decides everything.
        most: The number of cells, and somewhat more.
    """
    writer = _Writer(choose)
    w = writer
    kinds = [w.numbers, w.counting, w.compound, w.lists, w.filling, w.dicts, w.functions]
    kinds += [w.functions, w.fillers, w.decorators, w.classes, w.objects, w.tables, w.imports]
    kinds += [w.memories, w.memories, w.memories, w.aliases, w.tried, w.again]
    for _ in range(choose(range(1, most + 1))):
        choose(kinds)()
    writer.handler()
    return writer.cells


@st.composite
def notebooks(draw: st.DrawFn) -> list[str]:
    """See `notebook`."""
    return notebook(lambda of: of[draw(st.integers(0, len(of) - 1))])
