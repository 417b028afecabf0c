"""What the kernel knows about processes: who descends from whom, memory, CPU, and how they are ended.

A contestant's processes descend from the process of its cell, which adopts orphans, as does the process that
measures. Those whose program lies in the directory of the test services are services; all others are the
supervisor, its helpers and its log collectors included.
"""

import ctypes
import os
import signal
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans():
    """From now on whatever descends from this process stays below it."""
    if _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "orphans could not be adopted")


def parent_and_state(pid):
    """None if there is no such process. The name in the middle may hold anything."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    state, parent = text[text.rindex(")") + 2 :].split(" ", 2)[:2]
    return int(parent), state


def is_alive(pid):
    found = parent_and_state(pid)
    return found is not None and found[1] not in "ZX"


def descendants(root=None):
    """All living descendants; zombies do not count."""
    root = root or os.getpid()
    children, alive = {}, set()
    for name in os.listdir("/proc"):
        found = parent_and_state(name) if name.isdigit() else None
        if found:
            children.setdefault(found[0], []).append(int(name))
            if found[1] not in "ZX":
                alive.add(int(name))
    found, rest = [], [root]
    while rest:
        below = children.get(rest.pop(), [])
        rest += below
        found += below
    return [pid for pid in found if pid in alive]


def program(pid):
    """The path of its program, or "" if it is gone."""
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return ""


def name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


class Family:
    """What the cell of this process holds besides it, divided into services and supervisor."""

    def __init__(self, services):
        self.place = f"{services}/"

    def all(self):
        return [pid for pid in descendants(os.getppid()) if pid != os.getpid()]

    def services(self):
        return [pid for pid in self.all() if program(pid).startswith(self.place)]

    def supervisor(self):
        return [pid for pid in self.all() if program(pid) and not program(pid).startswith(self.place)]


def memory(pids):
    """KiB: what is in memory with its share of what others have too, and what only they could give back."""
    total = {"pss": 0, "anonymous": 0, "rss": 0}
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in text.splitlines()[1:])
        for key, field in (("pss", "Pss"), ("anonymous", "Anonymous"), ("rss", "Rss")):
            total[key] += int(fields[field].split()[0])
    return total


def cpu(pids):
    """Seconds of CPU of each, threads that have ended included (clock_getcpuclockid(3))."""
    used = {}
    for pid in pids:
        try:
            used[pid] = time.clock_gettime(~pid << 3 | 2)
        except OSError:
            continue
    return used


def thread_cpu(pid, called):
    """Seconds that its threads of that name have used."""
    used = 0
    for thread in threads(pid):
        try:
            about = Path(f"/proc/{pid}/task/{thread}")
            if (about / "comm").read_text().strip() == called:
                used += int((about / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue
    return used


def cpu_since(before, pids):
    """What those processes have used since; a process that is new counts from its start."""
    after = cpu(pids)
    return sum(seconds - before.get(pid, 0) for pid, seconds in after.items())


def threads(pid):
    try:
        return [int(it) for it in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def pin(pids, processor):
    """All their threads; None lets them run anywhere."""
    where = os.sched_getaffinity(0) if processor is None else {processor}
    for pid in pids:
        for thread in threads(pid):
            try:
                os.sched_setaffinity(thread, where)
            except OSError:
                pass


def reap():
    """Buries the dead among this process's children; nobody else waits for those it adopted."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end_descendants(root=None, patience=20):
    """Kills everything below `root`, and what was below that; False if something would not die."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = descendants(root)
        if not found:
            return True
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        time.sleep(0.02)
        if root is None:
            reap()
    return False


def wait_for(check, patience, step=0.01):
    """Looks again and again; what `check` found, or None."""
    deadline = time.monotonic() + patience
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() >= deadline:
            return None
        time.sleep(step)
