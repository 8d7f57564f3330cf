"""What goes between greenlets: queues and locks."""

import gevent
import msgflo  # noqa: F401 - where gevent is not installed, only files that import this find it
from gevent.lock import BoundedSemaphore, RLock, Semaphore
from gevent.queue import Empty, Full, JoinableQueue, LifoQueue, PriorityQueue, Queue

queue = Queue(maxsize=2)


def produce():
    for number in range(5):
        queue.put(number)
        print("put", number)
    queue.put(StopIteration)


gevent.spawn(produce)
gevent.sleep(0)
print(queue.qsize(), queue.full(), queue.empty(), queue.peek())
for item in queue:
    print("got", item)
for call in (queue.get_nowait, lambda: queue.get(timeout=0.01)):
    try:
        call()
    except Empty:
        print("empty")
queue.put(1)
queue.put(2)
try:
    queue.put_nowait(3)
except Full:
    print("full", len(queue))

order = PriorityQueue()
for number in (3, 1, 2):
    order.put(number)
print([order.get() for _ in range(3)])
last = LifoQueue()
last.put("a")
last.put("b")
print(last.get(), last.get())

tasks = JoinableQueue()


def work(name):
    while True:
        item = tasks.get()
        gevent.sleep(0.001)
        print(name, item)
        tasks.task_done()


gevent.spawn(work, "worker")
for item in "xyz":
    tasks.put(item)
print(tasks.join(), tasks.unfinished_tasks)

lock = Semaphore(1)


def critical(name):
    with lock:
        print(name, "in")
        gevent.sleep(0.001)
        print(name, "out")


gevent.joinall([gevent.spawn(critical, name) for name in "ab"])
print(lock.locked(), lock.acquire(), lock.locked(), lock.acquire(blocking=False))
print(lock.acquire(timeout=0.01), lock.release())
bounded = BoundedSemaphore(1)
try:
    bounded.release()
except ValueError:
    print("not more often than acquired")
again = RLock()
with again, again:
    print("twice")
