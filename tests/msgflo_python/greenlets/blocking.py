"""After `patch_all`, what blocks keeps nobody from working, and time is up for it, too."""

import gevent.monkey

gevent.monkey.patch_all()

import queue
import socket
import subprocess
import sys
import threading
import time

import gevent
import msgflo  # noqa: F401 - where gevent is not installed, only files that import this find it

left, right = socket.socketpair()
event, lock, condition = threading.Event(), threading.Lock(), threading.Condition()
waiting, simple = queue.Queue(), queue.SimpleQueue()
lock.acquire()
PROGRAM = [sys.executable, "-c", "import time; time.sleep(0.2); print('printed')"]


def in_time(name, function, *args, **kwargs):
    try:
        with gevent.Timeout(0.05):
            print(name, "is done", function(*args, **kwargs))
    except gevent.Timeout as timeout:
        print(name, "takes longer:", timeout)


def wait_for(condition):
    with condition:
        return condition.wait()


in_time("sleep", time.sleep, 9)
in_time("event", event.wait)
in_time("event", event.wait, 0.01)
in_time("queue", waiting.get)
in_time("simple queue", simple.get)
in_time("lock", lock.acquire)
in_time("lock", lock.acquire, timeout=0.01)
in_time("lock", lock.acquire, blocking=False)
in_time("condition", wait_for, condition)
in_time("receive", left.recv, 10)
left.settimeout(0.01)
try:
    left.recv(10)
except socket.timeout as error:
    print(error)
left.settimeout(None)


def all_at_once():
    event.set()
    waiting.put("in a queue")
    simple.put("in a simple one")
    right.sendall(b"on a socket")
    lock.release()


gevent.spawn_later(0.05, all_at_once)
print(event.wait(30), waiting.get(), simple.get(), left.recv(100), lock.acquire())
print(subprocess.check_output(PROGRAM, text=True).strip())
sleeper = gevent.spawn(time.sleep, 30)
gevent.sleep(0.01)
sleeper.kill()
print(sleeper.dead, repr(sleeper.value))
with threading.RLock() as again:
    print(again)
print([gevent.monkey.is_module_patched(name) for name in ("socket", "threading", "json")])
