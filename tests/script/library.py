"""Notebooks in which functions and classes of Python itself change what they are given.

`# ---` divides cells; the last defines `handler(x)`.
"""

from __future__ import annotations

LIBRARY: dict[str, str] = {
    "printed while something else is in the place of the output": """
import io, sys
lines, buffer = [], io.StringIO()
class Tee:
    def write(self, text): lines.append(text)
    def flush(self): pass
old = sys.stdout
sys.stdout = Tee()
print("one")
sys.stdout = old
# ---
print("elsewhere")
# ---
before, sys.stdout = sys.stdout, buffer
print("two")
sys.stdout = before
# ---
def handler(x): return lines, buffer.getvalue()
""",
    "a hook of a module that a later line calls": """
import warnings
seen, kept = [], warnings.showwarning
warnings.showwarning = lambda message, *more, **others: seen.append(str(message))
# ---
warnings.warn("careful", RuntimeWarning, 2)
# ---
warnings.showwarning = kept
# ---
def handler(x): return seen
""",
    "put into several places at once": """
class Box: pass
box, table, new, last = Box(), {"a": [1]}, [2], [3]
box.items = [4]
# ---
old, box.items = box.items, new
first, *table["rest"] = [last, last]
# ---
box.items.append(5)
old.append(6)
table["rest"][0].append(7)
# ---
def handler(x): return old, new, last, table
""",
    "printed into a text": """
import io
buffer = io.StringIO()
# ---
print("one", file=buffer)
# ---
def handler(x): return buffer.getvalue()
""",
    "printed by others into a text": """
import contextlib, io, pprint
buffer = io.StringIO()
# ---
with contextlib.redirect_stdout(buffer):
    print("two")
# ---
pprint.pprint({"a": 1}, stream=buffer)
# ---
def handler(x): return buffer.getvalue()
""",
    "rows written by a nameless writer, and by one with a name": """
import csv, io
buffer = io.StringIO()
csv.writer(buffer).writerow([1, 2])
# ---
table = csv.DictWriter(buffer, ["a", "b"])
# ---
table.writerow({"a": 3, "b": 4})
# ---
def handler(x): return buffer.getvalue()
""",
    "an archive in a buffer": """
import io, tarfile, zipfile
zipped, tarred = io.BytesIO(), io.BytesIO()
with zipfile.ZipFile(zipped, "w") as archive:
    archive.writestr("a.txt", "hello")
# ---
tape = tarfile.open(fileobj=tarred, mode="w")
tape.addfile(tarfile.TarInfo("b.txt"))
# ---
tape.close()
# ---
def handler(x):
    tarred.seek(0)
    return zipfile.ZipFile(zipped).namelist() + tarfile.open(fileobj=tarred).getnames()
""",
    "who is given a buffer works on it": """
import codecs, configparser, gzip, io
settings, packed, coded = io.StringIO(), io.BytesIO(), io.BytesIO()
parser = configparser.ConfigParser()
parser.read_dict({"a": {"x": "1"}})
# ---
parser.write(settings)
with gzip.open(packed, "wb") as stream: stream.write(b"abc")
codecs.getwriter("utf-8")(coded).write("x")
# ---
def handler(x):
    return settings.getvalue(), gzip.decompress(packed.getvalue()), coded.getvalue()
""",
    "dumped, packed and read into": """
import io, json, pickle, struct
text, data, field, first = io.StringIO(), io.BytesIO(), bytearray(4), bytearray(2)
json.dump({"a": 1}, text)
pickle.dump([1], data)
# ---
struct.pack_into("<H", field, 0, 258)
io.BytesIO(b"ab").readinto(first)
# ---
def handler(x): return text.getvalue(), data.getvalue(), bytes(field), bytes(first)
""",
    "parts that methods add and return": """
import argparse
parser = argparse.ArgumentParser(exit_on_error=False)
group = parser.add_argument_group("more")
group.add_argument("--v", type=int, default=1)
# ---
commands = parser.add_subparsers(dest="command")
go = commands.add_parser("go")
# ---
go.add_argument("--n", type=int)
# ---
def handler(x): return sorted(vars(parser.parse_args(["go", "--n", str(x)])).items())
""",
    "parts that functions add and return": """
import xml.etree.ElementTree as ET
root = ET.Element("r")
leaf = ET.SubElement(root, "a")
leaf.text = "t"
ET.SubElement(leaf, "b", k="v")
# ---
ET.indent(root)
# ---
def handler(x): return ET.tostring(root)
""",
    "a class of the notebook is patched": """
from unittest import mock
class Api:
    def get(self): return "real"
patch = mock.patch.object(Api, "get", return_value="fake")
# ---
patch.start()
# ---
def handler(x): return Api().get()
""",
    "code that has names of its own": """
source = "def made(v): return v + K"
names = {"K": 7}
exec(source, names)
made = names["made"]
# ---
def handler(x): return made(x)
""",
    "set up for all code": """
import codecs
def question(error): return "?", error.end
codecs.register_error("question", question)
# ---
def handler(x): return "a\\xe9".encode("ascii", "question")
""",
    "joined in place by a function": """
import functools, operator
items = [1]
operator.iadd(items, [2, 3])
def plain(x): return x
def better(*a): return plain(*a)
functools.update_wrapper(better, plain)
# ---
def handler(x): return items, better.__name__
""",
    "a queue and others are worked on, whoever takes what comes out": """
import codecs, graphlib, queue, sched, zlib
jobs, later, seen = queue.PriorityQueue(), sched.scheduler(), []
jobs.put(2); jobs.put(1)
order = graphlib.TopologicalSorter({"b": {"a"}})
order.prepare()
unpack = zlib.decompressobj()
# ---
first = jobs.get()
ready = order.get_ready()
event = later.enter(0, 1, seen.append, ("a",))
begin = unpack.decompress(zlib.compress(b"hello"), 2)
# ---
left = later.run(blocking=False)
is_empty = jobs.empty()
# ---
def handler(x): return jobs.qsize(), seen, order.get_ready(), unpack.unconsumed_tail
""",
}
"""What is changed by the library."""

OBJECTS: dict[str, str] = {
    "subclasses are listed": """
class Shape: pass
class Square(Shape): pass
# ---
class Round(Shape): pass
class Circle(Round): pass
# ---
def names(of): return [(each.__name__, names(each)) for each in of.__subclasses__()]
# ---
def handler(x): return names(Shape)
""",
    "objects hold what is global": """
LOG = []
class Worker:
    def __init__(self): self.log = LOG
worker = Worker()
worker.log.append(3)
# ---
def made(): return Worker()
def more(): return [made()]
other = more()[0]
other.log.append(4)
# ---
def handler(x): return LOG
""",
    "objects of a dataclass hold what is global": """
from dataclasses import dataclass
LOG = []
@dataclass
class Worker:
    name: str
    def __post_init__(self): self.log = LOG
worker = Worker("a")
# ---
worker.log.append(3)
# ---
def handler(x): return LOG
""",
    "objects have their attributes together": """
class Borg:
    state = {}
    def __init__(self): self.__dict__ = self.state
one = Borg()
one.level = 3
# ---
Borg().name = "x"
# ---
def handler(x): return vars(Borg())
""",
    "a method decorates, and what it gives counts": """
class Calls:
    def __init__(self): self.known, self.counts = {}, {}
    def counted(self, function):
        def counting(*given):
            self.counts[function.__name__] = self.counts.get(function.__name__, 0) + 1
            return function(*given)
        self.known[function.__name__] = counting
        return counting
calls = Calls()
# ---
@calls.counted
def add(a, b): return a + b
# ---
add(1, 2)
found = calls.known
found["add"](3, 4)
# ---
def handler(x): return calls.counts
""",
    "what a function has kept is changed": """
from functools import cache, lru_cache
@cache
def settings(): return {"n": 1}
@lru_cache(maxsize=None)
def other(): return []
settings()["n"] = 5
# ---
mine, items = settings(), other()
mine["m"] = 2
items.append(3)
last = other()
last += [4]
# ---
def handler(x): return settings(), other()
""",
}
"""What is shared by objects."""

BY_TEXT: dict[str, str] = {
    "a name that is given": """
VALUE, OTHER = 3, 4
def found(name): return globals()[name]
# ---
def handler(x): return found("VALUE") + x
""",
    "a formula": """
VALUE = 3
FORMULA = "VALUE * v"
def value(v): return eval(FORMULA)
# ---
def handler(x): return value(x)
""",
    "a text with names in it": """
city = "Rome"
def said(n): return "{n} in {city}".format(n=n, **globals())
# ---
def handler(x): return said(x)
""",
    "what begins alike, while it is run": """
def rule_a(x): return x + 1
def rule_b(x): return x * 2
# ---
RULES = [each for name, each in sorted(globals().items()) if name.startswith("rule_")]
# ---
def rule_b(x): return -x
# ---
def handler(x): return [each(x) for each in RULES]
""",
    "what begins alike, when it is called": """
import sys
def on_0(x): return "zero"
def on_1(x): return "one"
# ---
def handler(x):
    one = globals().get(f"on_{x}")
    return one(x) if one else getattr(sys.modules[__name__], "on_" + "1")(x)
""",
}
"""Names that are read by their text."""
