"""A service that writes numbered lines of 100 bytes as fast as they are taken: how fast that is, what it costs, and
whether all of it is on disk afterwards, in whole lines."""

import json
import os
import subprocess
import threading
import time

import process
from contestants.base import Service

from .base import Measure

LINE = 100
# The thread of Hob that packs, by its name.
PACKING = "hob-upkeep"
# In megabytes.
GIB = (1 << 30) / 1e6
# Files of 10 MB, and as many as it takes: nothing may be deleted before it is counted.
ROTATE = (10_000_000, 250)
# Log files that have not grown for so long are complete.
CALM = 0.3


def capture(bytes_full, bytes_quick, lines_at_once):
    def lines(bench, contestant=None):
        size = bench.pick(bytes_quick, bytes_full)
        # Whoever is slow gets less, so that a round takes seconds; rates do not depend on it.
        return size // LINE // (getattr(contestant, "slow_log", 1))

    def measure(bench, contestant):
        count = lines(bench, contestant)
        record = f"{contestant.place}/record"
        command = (bench.program("lines"), record, str(count), str(lines_at_once))
        contestant.write([Service("s0000", command, autostart=False, rotate=ROTATE)])
        contestant.start()
        time.sleep(0.5)
        family = bench.family()
        supervisor = family.supervisor()
        before = process.cpu(supervisor)
        with Growth(supervisor) as growth:
            contestant.start_service("s0000")
            ended, size = grown(contestant, record)
        begin, end, _, errors = (int(it) for it in open(record).read().split())
        used = process.cpu_since(before, family.supervisor()) - packing(supervisor)
        seconds = max(end, ended) - begin
        megabytes = count * LINE / 1e6
        values = {"speed": megabytes / (seconds / 1e9), "cpu": used, "growth": growth.most / 1024}
        values |= {"megabytes": megabytes, "on_disk": size / 1e6, "errors": errors}
        checked = check(bench, contestant, count)
        wrong = checked["lost"] + checked["doubled"] + checked["damaged"]
        return values | checked | {"wrong": wrong, "cpu_per_gib": used * GIB / megabytes}

    def floor(bench, place):
        """The same lines through a pipe into a file, with nothing done to them."""
        count = lines(bench)
        writer = subprocess.Popen(
            [str(bench.program("lines")), f"{place}/record", str(count), str(lines_at_once)], stdout=subprocess.PIPE
        )
        copier = subprocess.Popen(
            [str(bench.program("floor")), "copy", f"{place}/copy"], stdin=writer.stdout, stdout=subprocess.PIPE
        )
        writer.stdout.close()
        process.wait_for(lambda: os.path.exists(f"{place}/record"), 60)
        writer.kill()
        said = json.loads(copier.communicate(timeout=60)[0])
        begin, end = (int(it) for it in open(f"{place}/record").read().split()[:2])
        megabytes = count * LINE / 1e6
        cpu_per_gib = said["cpu"] * GIB / megabytes
        return {"speed": megabytes / ((end - begin) / 1e9), "cpu": said["cpu"], "cpu_per_gib": cpu_per_gib}

    return measure, floor


def packing(pids):
    """Seconds of CPU for the compression of files that are complete, which nobody waits for."""
    return sum(process.thread_cpu(pid, PACKING) for pid in pids)


class Growth:
    """KiB that the supervisor's processes have in memory at most, beyond what they had before."""

    def __init__(self, pids):
        self.pids, self.over, self.most = pids, threading.Event(), 0
        self.before = process.memory(pids)["rss"]
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _watch(self):
        while not self.over.wait(0.05):
            self.most = max(self.most, process.memory(self.pids)["rss"] - self.before)


def grown(contestant, record):
    """Waits until all is written and the log files grow no more; when they last did, and their size."""

    def sizes(paths):
        """With their inodes, since a file that is rotated is followed by another one."""
        found = []
        for path in paths:
            try:
                about = os.stat(path)
            except OSError:
                continue
            found.append((about.st_ino, about.st_size))
        return found

    if not process.wait_for(lambda: os.path.exists(record), 90, 0.005):
        raise RuntimeError("the lines are not taken, or too slowly: 90 s were not enough")
    before, last = None, time.monotonic_ns()
    while time.monotonic_ns() < last + CALM * 1e9:
        now = sizes(contestant.growing("s0000"))
        if now != before:
            before, last = now, time.monotonic_ns()
        time.sleep(0.005)
    return last, sum(size for _, size in sizes(contestant.log_files("s0000")))


def check(bench, contestant, count, name="s0000"):
    """Lines found, lost, doubled, damaged and stamped, by the checker."""
    files = [path for path in contestant.log_files(name) if os.path.exists(path)]
    if hasattr(contestant, "log_text"):
        return json.loads(bench.instrument("check", count, stdin=contestant.log_text(name)))
    if not any(str(path).endswith(".zst") for path in files):
        return json.loads(bench.instrument("check", count, *files))
    packed = " ".join(f"'{path}'" for path in files)
    read = f"for it in {packed}; do case $it in *.zst) zstd -dcq $it ;; *) cat $it ;; esac; done"
    text = subprocess.Popen(["sh", "-c", read], stdout=subprocess.PIPE)
    return json.loads(bench.instrument("check", count, stdin=text.stdout))


_big, _big_floor = capture(1 << 30, 1 << 26, 640)
_small, _small_floor = capture(1 << 27, 1 << 24, 1)
BIG = Measure("big", "1 GiB of lines of 100 bytes, many to a write", _big, _big_floor, limit=120)
SMALL = Measure("small", "128 MiB of lines of 100 bytes, one to a write", _small, _small_floor, limit=120)
