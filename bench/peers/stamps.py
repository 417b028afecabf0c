"""What services tell about their starts, through a FIFO: when, as which process, and which of them it is."""

import fcntl
import os
import select
import struct
import time
from dataclasses import dataclass

F_SETPIPE_SZ = 1031
RECORD = struct.Struct("=QQQ")


@dataclass(frozen=True)
class Stamp:
    at: float
    pid: int
    number: int


class Stamps:
    def __init__(self, path):
        os.mkfifo(path)
        self.path = path
        # For writing too, so that it never seems closed.
        self.fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.fifo, F_SETPIPE_SZ, 1 << 20)
        self.rest = b""

    def waiting(self, patience=0.0):
        """All that are there; without any, waits for the first."""
        if not select.select([self.fifo], [], [], patience)[0]:
            return []
        data = self.rest + os.read(self.fifo, 1 << 20)
        whole = len(data) // RECORD.size * RECORD.size
        self.rest = data[whole:]
        return [Stamp(at / 1e9, pid, number) for at, pid, number in RECORD.iter_unpack(data[:whole])]

    def take(self, count, patience):
        """Waits until each of `count` services has told at least once; the last stamp of each."""
        latest, deadline = {}, time.monotonic() + patience
        while len(latest) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise RuntimeError(f"only {len(latest)} of {count} services were started in {patience} s")
            latest |= {stamp.number: stamp for stamp in self.waiting(left)}
        return latest
