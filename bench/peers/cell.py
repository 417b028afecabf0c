"""One measurement of one contestant, in a process of its own.

That process adopts what the contestant leaves behind and ends it; it is in a mount namespace of its own
where the system allows that, so a mount cannot outlive it; and it is killed, with everything below it, when
its time is up. What it measured comes back through a pipe. So a measurement that fails, hangs or crashes
costs one cell of the table, and nothing else.
"""

import ctypes
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback

import process

CLONE_NEWNS = 0x00020000
LARGE = 1 << 20
MS_REC, MS_PRIVATE = 0x4000, 0x40000


class Cell:
    """A measurement that runs: `finish` waits for what it says."""

    def __init__(self, measure, root, limit):
        self.limit, self.begin = limit, time.monotonic()
        self.pipe, writing = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            _measure(measure, root, writing)
        os.close(writing)

    def finish(self):
        """{"values": ...} or {"failed": why}, and how many seconds it took."""
        said = self._listen()
        if said is None:
            os.kill(self.pid, signal.SIGSTOP)
            process.end_descendants(self.pid)
            os.kill(self.pid, signal.SIGKILL)
            said = {"failed": f"not done after {self.limit:.0f} s"}
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pipe)
        if not said:
            said = {"failed": f"the measurement itself ended with {os.waitstatus_to_exitcode(status)}"}
        return said | {"seconds": round(time.monotonic() - self.begin, 1)}

    def _listen(self):
        """What was said, "" if it ended without a word, None if its time is up."""
        text = b""
        while True:
            left = self.begin + self.limit - time.monotonic()
            if left <= 0 or not select.select([self.pipe], [], [], left)[0]:
                return None
            part = os.read(self.pipe, 1 << 16)
            if not part:
                return json.loads(text) if text else ""
            text += part


def _measure(measure, root, writing):
    """The process of the cell. It is what init is elsewhere: it buries at once whatever lost its parent, because
    there are supervisors that take a zombie for alive. It ends here."""
    code = 1
    try:
        process.adopt_orphans()
        own_mounts()
        place = tempfile.mkdtemp(dir=root)
        child = os.fork()
        if child == 0:
            _say(measure, place, writing)
        os.close(writing)
        ended = None
        while ended != child:
            ended, code = os.wait()
        process.end_descendants()
        remove_large(place)
    finally:
        process.end_descendants()
        os._exit(1 if code else 0)


def _say(measure, place, writing):
    try:
        try:
            said = {"values": measure(place)}
        except Exception as error:
            said = {"failed": one_line(error), "trace": traceback.format_exc(limit=-4)}
        with os.fdopen(writing, "w") as pipe:
            json.dump(said, pipe)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def remove_large(place):
    """Logs are in the way of the next one. What is small stays until all is over: of inodes that were deleted a short
    while ago ext4 looks at each before it gives out another, so the next one would pay for them."""
    for base, _, names in os.walk(place):
        for name in names:
            path = os.path.join(base, name)
            try:
                if os.lstat(path).st_size >= LARGE:
                    os.unlink(path)
            except OSError:
                continue


def own_mounts():
    """True if mounts made from here on are seen by nobody else and end with this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        return False
    return libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0


def one_line(error):
    text = str(error).strip().splitlines()
    return f"{text[-1] if text else type(error).__name__}"[:160]
