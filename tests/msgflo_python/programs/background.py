"""Participants in threads of their own, while the main program does something else."""

import sys
import threading
import time

import gevent.event
import msgflo
import neighbour


class Background(msgflo.Participant):
    def __init__(self, role):
        msgflo.Participant.__init__(self, {"component": "Background"}, role)

    def process(self, inport, msg):
        neighbour.later(self.send, "out", [self.definition["role"][-3:], msg.data])
        self.ack(msg)


def work(role):
    over = gevent.event.AsyncResult()
    msgflo.run([Background(role)], done_cb=over.set)
    over.wait()


for end in ("one", "two"):
    threading.Thread(target=work, args=(f"{sys.argv[1]}/{end}",), daemon=True).start()
while True:
    time.sleep(60)
