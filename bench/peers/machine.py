"""Which machine this is, and how busy others keep it."""

import os
import platform
import time
from pathlib import Path


def described():
    model, memory = _field("/proc/cpuinfo", "model name"), _field("/proc/meminfo", "MemTotal").split()[0]
    cgroups = Path("/sys/fs/cgroup/cgroup.controllers")
    return {
        "processors": f"{len(os.sched_getaffinity(0))} × {model}",
        "memory": f"{int(memory) >> 20} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "user": "root" if os.geteuid() == 0 else "not root",
        "control groups": "version 2" if cgroups.exists() else "version 2 beside version 1, or none",
        "Python": platform.python_version(),
    }


def load():
    """The load of the last minute, and of processes that can run now."""
    return float(_lines("/proc/loadavg")[0].split()[0])


class Others:
    """How much of the machine was used by what is not ours, between its making and `share`."""

    def __init__(self):
        self.before = _busy(), _own()

    def share(self):
        (busy, total), own = _busy(), _own()
        (busy_before, total_before), own_before = self.before
        passed = max(1, total - total_before)
        return round(max(0.0, busy - busy_before - (own - own_before)) / passed, 2)


def _field(path, name):
    return next((line.split(":", 1)[1].strip() for line in _lines(path) if line.startswith(name)), "0")


def _busy():
    """Ticks that the processors were at work, and all ticks."""
    ticks = [int(it) for it in _lines("/proc/stat")[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _own():
    """Ticks of this process and of its children that have ended."""
    times = os.times()
    return (times.user + times.system + times.children_user + times.children_system) * os.sysconf("SC_CLK_TCK")


def _lines(path):
    return Path(path).read_text().splitlines()


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())
