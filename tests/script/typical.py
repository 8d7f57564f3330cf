"""What travels of notebooks as people write them, and what does not; as `cases` has it."""

from __future__ import annotations

TYPICAL: dict[str, str] = {
    "a notebook of data": """
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import seaborn as sns
from pprint import pprint
import warnings
warnings.filterwarnings("ignore")
np.random.seed(42)
plt.rcParams["figure.figsize"] = (3, 4)
pd.set_option("display.max_rows", 10)
sns.set_theme()
# ---
df = pd.read_csv("a.csv")
df.head()
df["x"].hist()
X = df[["a", "b"]].to_numpy()
y = df["y"]
noise = np.random.normal(size=3)
plt.plot(noise)
plt.show()
fig, ax = plt.subplots()
ax.plot(X)
pprint(df.describe())
mean, std = X.mean(axis=0), X.std(axis=0)
print(np.mean(X), mean)
np.linalg.norm(X)
Z = (X - mean) / std
Z[0] = 3
# ---
limits = {"low": 1.0}
limits["high"] = float(np.percentile([1, 2, 3], 99))
print(limits.get("low"))
sorted(limits)
# ---
def scale(v): return np.clip(v, limits["low"], limits["high"])
# ---
scale(3)
[scale(v) for v in range(3)]
plt.plot([scale(v) for v in range(3)])
# ---
def handler(x): return float(scale(x))
# ===
import warnings

import numpy as np

warnings.filterwarnings("ignore")

limits = {"low": 1.0}
limits["high"] = float(np.percentile([1, 2, 3], 99))


def scale(v): return np.clip(v, limits["low"], limits["high"])


def handler(x): return float(scale(x))
""",
    "a notebook of a maker": """
import time, json, os, logging, math, re, random
from collections import deque, defaultdict
from dataclasses import dataclass
from pathlib import Path
import requests
log = logging.getLogger("x")
# ---
@dataclass
class Reading:
    v: float
    tags: list = None
    def mean(self): return self.v
r = Reading(3); r.v = 4
r.mean()
Reading(5).mean()
# ---
test = [random.random() for _ in range(4)]
json.dumps({"a": 1})
math.sqrt(2)
time.sleep(0)
os.makedirs("data", exist_ok=True)
os.listdir(".")
Path("a.txt").exists()
re.match("a", "b")
requests.get("http://a").json()
words = defaultdict(int)
for each in "a b".split():
    words[each] += 1
words["a"]
dict(words)
# ---
WINDOW = 3
last = deque(maxlen=WINDOW)
def smooth(v):
    last.append(v)
    return sum(last) / len(last)
# ---
smooth(1)
# ---
def handler(x):
    log.info("x %s", x)
    shown = json.dumps(smooth(math.floor(random.gauss(x, 1))))
    return shown, os.path.join("a", "b"), Reading(3), time.time(), requests.post
# ===
import json
import logging
import math
import os
import random
import time
from collections import deque
from dataclasses import dataclass

import requests

log = logging.getLogger("x")


@dataclass
class Reading:
    v: float
    tags: list = None
    def mean(self): return self.v


WINDOW = 3
last = deque(maxlen=WINDOW)


def smooth(v):
    last.append(v)
    return sum(last) / len(last)


smooth(1)


def handler(x):
    log.info("x %s", x)
    shown = json.dumps(smooth(math.floor(random.gauss(x, 1))))
    return shown, os.path.join("a", "b"), Reading(3), time.time(), requests.post
""",
    "chance that nobody has seeded": """
import random
import numpy as np
demo = [random.random() for _ in range(5)]
np.random.rand(3)
lot = random.choice([1, 2])
# ---
def handler(x): return random.gauss(x, lot)
# ===
import random

lot = random.choice([1, 2])


def handler(x): return random.gauss(x, lot)
""",
    "seeds, and draws since then": """
import random
random.seed(1)
lost = random.random()
# ---
random.seed(2)
first = random.random()
shown = sorted([3, 1])
# ---
lot = random.random()
after = random.random()
# ---
def handler(x): return x + lot
# ===
import random

random.seed(2)
first = random.random()

lot = random.random()


def handler(x): return x + lot
""",
    "settings of modules": """
import logging
import os
import sys
from logging import basicConfig, getLogger
basicConfig(level=10)
os.environ["MODE"] = "a"
sys.path.append("lib")
os.makedirs("data", exist_ok=True)
print(os.getcwd())
# ---
def handler(x): return getLogger("a").info(x)
# ===
from logging import basicConfig, getLogger

basicConfig(level=10)


def handler(x): return getLogger("a").info(x)
""",
    "a trial and an effect": """
def make():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count
count = make()
other = make()
other()
print(count())
# ---
def twice(x): return 2 * x
twice(3)
# ---
def handler(x): return count() + twice(x)
# ---
handler(1)
assert handler(2) > 3
# ===
def make():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count


count = make()
print(count())


def twice(x): return 2 * x


def handler(x): return count() + twice(x)
""",
    "objects that nobody needs": """
class Box:
    kinds = []
    size = 0
    def put(self, x): self.size += x
# ---
box = Box()
box.put(3)
box.size = 4
other = Box()
other.kinds.append("a")
# ---
def handler(x): return Box().size
# ===
class Box:
    kinds = []
    size = 0
    def put(self, x): self.size += x


other = Box()
other.kinds.append("a")


def handler(x): return Box().size
""",
    "copies": """
import copy
limits = {"low": 1}
mine = limits.copy()
mine["low"] = 2
yours = dict(limits, high=3)
yours.update(low=5)
both = [*limits, "a"]
both.append("b")
deep = copy.deepcopy(limits)
deep["low"] = 3
# ---
def handler(x): return limits["low"]
# ===
limits = {"low": 1}


def handler(x): return limits["low"]
""",
    "an older helper that was called": """
def base(): return 1
def build(): return base()
TABLE = build()
# ---
def base(): return 2
# ---
def handler(x): return TABLE, base()
# ===
# ruff: noqa: F811, RUF100 - names are defined anew on the way


def base(): return 1


def build(): return base()


TABLE = build()


def base(): return 2


def handler(x): return TABLE, base()
""",
    "a cell that is a program": """
def rate(): return 3
# the program
if __name__ == "__main__":  # not elsewhere
    # three
    FACTOR = rate()
    print(FACTOR)
else:
    FACTOR = 4
# ---
if __name__ == "__main__": print(FACTOR); OFFSET = 1
DEBUG = False
# ---
if __name__ == "__main__" and not DEBUG:
    STEP = 5
if (DEBUG or __name__ != "__main__"  # never
        or not ("__main__" == __name__)):
    STEP = 7
if DEBUG or "__main__" == __name__: MORE = 6
if not __name__ == "__main__" and DEBUG:
    MORE = 8
# ---
def handler(x): return x * FACTOR + OFFSET + STEP + MORE
# ===
def rate(): return 3


# three
FACTOR = rate()

OFFSET = 1
DEBUG = False

if not DEBUG:
    STEP = 5

if (DEBUG):
    STEP = 7
if DEBUG or True: MORE = 6


def handler(x): return x * FACTOR + OFFSET + STEP + MORE
""",
    "what is held, and not called by anybody": """
def make():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count
def total(xs):
    found = 0
    def add(x):
        nonlocal found
        found += x
    for x in xs: add(x)
    return found
limit = total([1, 2])
tools = {"a": make(), "b": len}
other = [make()]
# ---
other[0]()
[f() for f in other]
print(limit, tools, other[0]())
len(tools)
for name in tools: print(name)
rows = [limit, 2]
rows[0] + rows[1]
# ---
def handler(x): return tools["a"]() + limit + sum(rows)
# ===
def make():
    n = 0
    def count():
        nonlocal n
        n += 1
        return n
    return count


def total(xs):
    found = 0
    def add(x):
        nonlocal found
        found += x
    for x in xs: add(x)
    return found


limit = total([1, 2])
tools = {"a": make(), "b": len}

rows = [limit, 2]


def handler(x): return tools["a"]() + limit + sum(rows)
""",
    "trials that await": """
cache = {}
count = 0
async def fetch(key):
    global count
    count += 1
    cache[key] = 1
    return key
# ---
await fetch("a")
# ---
found = await fetch("b")
print(found)
# ---
for each in "cd":
    print(await fetch(each))
# ---
async def handler(x): return await fetch(x), count
# ===
cache = {}
count = 0


async def fetch(key):
    global count
    count += 1
    cache[key] = 1
    return key


async def handler(x): return await fetch(x), count
""",
}
