"""When the last of many processes is gone, to the instant: by their pidfds, in a thread that only sleeps."""

import os
import select
import threading
import time


class Ending:
    def __init__(self, pids):
        self.poll, self.open, self.last = select.poll(), set(), None
        for pid in pids:
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                continue
            self.open.add(descriptor)
            self.poll.register(descriptor, select.POLLIN)
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while self.open:
            for descriptor, _ in self.poll.poll():
                self.last = time.monotonic()
                self.poll.unregister(descriptor)
                self.open.discard(descriptor)
                os.close(descriptor)

    def wait(self, patience):
        """The time when the last one ended."""
        self.thread.join(patience)
        if self.open:
            raise RuntimeError(f"{len(self.open)} services are still there after {patience} s")
        return self.last
