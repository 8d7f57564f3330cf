"""Who works when: greenlets take turns, in order."""

import gevent
import gevent.event
import msgflo  # noqa: F401 - where gevent is not installed, only files that import this find it


def count(name, times, pause):
    for number in range(times):
        print(name, number)
        gevent.sleep(pause)
    return name


def waiter(name, event):
    print(name, "waits")
    print(name, "got", event.wait())


print("nothing begins before the main program sleeps or waits")
some = [gevent.spawn(count, name, 3, 0) for name in "abc"]
print([each.ready() for each in some], [bool(each) for each in some])
print([each.value for each in gevent.joinall(some)])
print([each.successful() for each in some], [each.dead for each in some])

event = gevent.event.Event()
for name in ("first", "second", "third"):
    gevent.spawn(waiter, name, event)
gevent.sleep(0)
print("set")
event.set()
print("still here", event.is_set(), event.ready())
gevent.sleep(0)

early, late = gevent.spawn_later(0.5, print, "late"), gevent.spawn_later(0.05, print, "early")
gevent.wait([early, late])
print("in time", len(gevent.wait([gevent.spawn(gevent.sleep, 9)], timeout=0.05)))

both = [gevent.spawn(gevent.sleep, 0.5), gevent.spawn(gevent.sleep, 0.01)]
print([each is both[1] for each in gevent.iwait(both)])
print(len(gevent.wait([gevent.spawn(gevent.sleep, s) for s in (0.01, 9)], count=1)))

value = gevent.event.AsyncResult()
gevent.spawn_later(0.01, value.set, 42)
print(value.ready(), value.get(), value.ready(), value.successful(), value.wait())
wrong = gevent.event.AsyncResult()
gevent.spawn(wrong.set_exception, KeyError("k"))
try:
    wrong.get()
except KeyError as error:
    print("raised", error, repr(wrong.exception))
print(gevent.event.AsyncResult().wait(timeout=0.01))
try:
    gevent.event.AsyncResult().get(timeout=0.01)
except gevent.Timeout as timeout:
    print("timeout", timeout)
