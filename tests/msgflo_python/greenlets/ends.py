"""How greenlets end: by themselves, by errors, by others, by time."""

import sys

import gevent
import msgflo  # noqa: F401 - where gevent is not installed, only files that import this find it


def endless(name):
    try:
        while True:
            gevent.sleep(0.01)
    except gevent.GreenletExit:
        print(name, "is killed")
        raise
    finally:
        print(name, "has ended")


class Own(gevent.Greenlet):
    def __init__(self, number):
        gevent.Greenlet.__init__(self)
        self.number = number

    def _run(self):
        return self.number * 2

    def __str__(self):
        return "Own"


one = gevent.spawn(endless, "one")
gevent.sleep(0.02)
one.kill()
print(type(one.value).__name__, one.successful(), one.ready(), one.exception)

never = gevent.spawn(endless, "never")
never.kill()
print("never began", type(never.value).__name__, never.dead)
later = gevent.spawn_later(100, print, "no")
later.kill()
print(later.dead)

fails = gevent.spawn(lambda: 1 / 0)
fails.join()
print(repr(fails.exception), fails.successful(), fails.value)
try:
    fails.get()
except ZeroDivisionError as error:
    print("get raises", error)
try:
    gevent.joinall([fails], raise_error=True)
except ZeroDivisionError:
    print("joinall raises")

own = Own(21)
print(own.started, bool(own))
own.start()
print(own.get(), own)
own.link(lambda it: print("linked", it.value))
gevent.sleep(0.01)
print(Own.spawn(4).get(), Own.spawn_later(0.01, 5).get())

two = gevent.spawn(endless, "two")
gevent.sleep(0)
gevent.killall([two])
print(two.dead)

try:
    with gevent.Timeout(0.05):
        gevent.sleep(9)
except gevent.Timeout as timeout:
    print(timeout, timeout.seconds)
with gevent.Timeout(0.05, False):
    gevent.sleep(9)
    print("not here")
try:
    with gevent.Timeout(0.01, ValueError("mine")):
        gevent.sleep(9)
except ValueError as error:
    print(error)
with gevent.Timeout(0.01) as timeout:
    print(timeout.pending)
gevent.sleep(0.03)
print(timeout.pending)
print(gevent.with_timeout(0.01, gevent.sleep, 9, timeout_value="gave up"))
timer = gevent.Timeout(0.01)
timer.start()
try:
    gevent.sleep(9)
except gevent.Timeout as struck:
    print(struck is timer)
finally:
    timer.cancel()

gevent.spawn(sys.exit, 3)
gevent.sleep(9)
print("not here")
