"""Each thread has greenlets of its own."""

import threading

import gevent
import gevent.event
import msgflo  # noqa: F401 - where gevent is not installed, only files that import this find it

seen = []


def count(name, result):
    for number in range(3):
        seen.append((name, number))
        gevent.sleep(0.001)
    result.set(name)


def work(name):
    result = gevent.event.AsyncResult()
    gevent.spawn(count, name, result)
    seen.append((name, "not begun"))
    print(name, result.get(timeout=30))
    print(name, gevent.wait(timeout=30))


gevent.spawn(print, "that of the main program begins when that sleeps")
for name in ("first", "second"):
    thread = threading.Thread(target=work, args=(name,))
    thread.start()
    thread.join()
print(seen)
gevent.sleep(0)
