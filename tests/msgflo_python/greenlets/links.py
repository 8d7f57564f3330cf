"""What is called at the end of something may fail, and nobody else is concerned."""

import gevent
import gevent.event
import msgflo  # noqa: F401 - where gevent is not installed, only files that import this find it


def fail(_):
    print("fails")
    raise ZeroDivisionError


result = gevent.event.AsyncResult()
result.rawlink(fail)
result.rawlink(lambda it: print("linked", it.value))
gevent.spawn(result.set, 5)
gevent.sleep(0.01)
result.rawlink(fail)
gevent.sleep(0.01)
greenlet = gevent.spawn(print, "works")
greenlet.rawlink(fail)
greenlet.rawlink(lambda it: print("linked", it.successful()))
gevent.joinall([greenlet])
gevent.sleep(0.01)
print("goes on")
