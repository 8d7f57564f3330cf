"""After `patch_all`, time is also up for what blocks."""

import gevent.monkey

gevent.monkey.patch_all()

import time

import gevent
import msgflo  # noqa: F401 - where gevent is not installed, only files that import this find it

try:
    with gevent.Timeout(0.01):
        time.sleep(0.05)
except gevent.Timeout as timeout:
    print(timeout)
try:
    with gevent.Timeout(0.01, ValueError("mine")):
        time.sleep(0.05)
except ValueError as error:
    print(error)
with gevent.Timeout(0.01, False):
    time.sleep(0.05)
with gevent.Timeout(30):
    time.sleep(0.01)
print(gevent.with_timeout(0.01, time.sleep, 0.05, timeout_value="gave up"))
