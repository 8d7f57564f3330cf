#!/usr/bin/env python
"""Long jobs in a thread that blocks; what is done is acknowledged there, much later."""

import logging
import sys
import threading
import time

try:
    import queue
except ImportError:
    import Queue as queue  # noqa: N813

import msgflo

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
log = logging.getLogger("jobs")


class Jobs(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "example/Jobs",
            "label": "Does one job after the other",
            "inports": [{"id": "job", "type": "object"}],
            "outports": [{"id": "result", "type": "object"}, {"id": "error", "type": "object"}],
        }
        msgflo.Participant.__init__(self, d, role)
        self.jobs = queue.Queue()
        worker = threading.Thread(target=self.work)
        worker.daemon = True
        worker.start()

    def process(self, inport, msg):
        log.info("queued %s", msg.data)
        self.jobs.put(msg)

    def work(self):
        while True:
            msg = self.jobs.get()
            try:
                time.sleep(msg.data["seconds"])
                self.send("result", {"job": msg.data["name"], "left": self.jobs.qsize() >= 0})
            except Exception as error:
                log.exception("job failed")
                self.send("error", {"error": type(error).__name__, "job": msg.data})
                self.nack(msg)
            else:
                self.ack(msg)


if __name__ == "__main__":
    msgflo.main(Jobs, sys.argv[1])
