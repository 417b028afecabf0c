"""What happens when something goes wrong: grandchildren get loose, the supervisor is killed, the disk is full. None
of this is about time, so all contestants go through it at once."""

import os
import re
import signal
import subprocess
import time

import process
from contestants.base import Service
from ending import Ending

from .base import Measure
from .capture import check

KINDS = ("child", "setsid", "orphan", "nohup", "bare")
# For a supervisor to notice that something is gone, or that it is not.
PATIENCE = 10
DISK_LINES = 200_000
SMALL_DISK, LARGE_DISK = "4m", "600m"
COMPLAINT = re.compile(r"no space|enospc|disk (is )?full|errno 28|os error 28", re.IGNORECASE)
# What was lost, in a sentence that says so.
COUNTED = re.compile(r"([1-9][\d,]*) lines?\b[^\n]{0,60}\b(?:lost|dropped|skipped|missing)\b")


def escapes(bench, contestant):
    """Of the grandchildren of one service, who survives that it is stopped."""
    record = f"{contestant.place}/family"
    contestant.write([Service("family", (bench.program("family"), record))])
    contestant.start()

    def told():
        lines = open(record).read().splitlines() if os.path.exists(record) else []
        found = {line.split()[0]: int(line.split()[1]) for line in lines if " " in line}
        return found if len(found) == len(KINDS) + 1 else None

    pids = process.wait_for(told, 30)
    if not pids:
        raise RuntimeError("its service was not started")
    time.sleep(1)
    contestant.stop_service("family")
    process.wait_for(lambda: not any(process.is_alive(pid) for pid in pids.values()), 3)
    return {"escaped": [kind for kind in (*KINDS, "main") if process.is_alive(pids[kind])]}


def killed(bench, contestant):
    """The supervisor is killed with -9 and started again: what becomes of five services that are silent and five that
    write a line now and then."""
    stamps, silent = bench.idle(contestant.place, 5)
    ticks = bench.program("ticks")
    writing = [Service(f"t{it}", (ticks, f"{contestant.place}/t{it}.record", "100")) for it in range(5)]
    contestant.write([*silent, *writing])
    family = bench.family()
    contestant.start()
    stamps.take(5, 60)
    process.wait_for(lambda: contestant.running() >= 10, 30, 0.05)
    time.sleep(2)
    before = by_command(family)
    if len(before) != 10:
        raise RuntimeError(f"{len(before)} of 10 services run")
    for pid in contestant.supervisors():
        os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    begin = time.monotonic()
    contestant.revive()
    settled = process.wait_for(
        lambda: all(by_command(family).get(it) for it in before) and said_running(contestant) >= 10, PATIENCE, 0.1
    )
    seconds = time.monotonic() - begin
    # Whatever it starts beside what still runs, it has started by now.
    time.sleep(2)
    values = fates(before, by_command(family))
    if settled:
        return values | {"settled": seconds}
    # What runs and is not told of is nobody's.
    return values | {"kept": 0, "orphaned": values["kept"]}


def by_command(family):
    """The processes of each service, by its command line."""
    found = {}
    for pid in family.services():
        try:
            command = open(f"/proc/{pid}/cmdline").read()
        except OSError:
            continue
        found.setdefault(command, set()).add(pid)
    return found


def fates(before, after):
    fate = {"kept": 0, "doubled": 0, "replaced": 0, "lost": 0, "orphaned": 0}
    for command, old in before.items():
        new = after.get(command, set())
        if len(new) > 1:
            fate["doubled"] += 1
        elif new & old:
            fate["kept"] += 1
        else:
            fate["replaced" if new else "lost"] += 1
    return fate


def said_running(contestant):
    try:
        return contestant.running()
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError):
        return 0


def disk(bench, contestant):
    """The disk for logs is full, then there is room again: lines that are lost, and whether it says so."""
    contestant.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=0700", "none", contestant.logs)
    record = f"{contestant.place}/record"
    stamps, idle = bench.idle(contestant.place, 1)
    command = (bench.program("lines"), record, str(DISK_LINES), "40")
    contestant.write([*idle, Service("s0001", command, autostart=False, rotate=(100_000_000, 10))])
    contestant.start()
    stamps.take(1, 30)
    contestant.start_service("s0001")
    held_up = not process.wait_for(lambda: os.path.exists(record), bench.pick(4, 6))
    alive = all(process.is_alive(pid) for pid in contestant.supervisors())
    time.sleep(1)
    mount("-o", f"remount,size={LARGE_DISK}", contestant.logs)
    process.wait_for(lambda: os.path.exists(record), PATIENCE)
    time.sleep(2)
    contestant.stop_service("s0001")
    time.sleep(bench.pick(1, 2))
    found = check(bench, contestant, DISK_LINES, "s0001")
    told = said(contestant, found["lost"])
    if told == "silent" and os.path.exists(record) and int(open(record).read().split()[3]):
        told = "to the service"
    return {
        "lost": found["lost"],
        "uncounted": 0 if told == "counted" else found["lost"],
        "doubled": found["doubled"],
        "damaged": found["damaged"],
        "held_up": held_up,
        "survived": alive,
        "said": told,
    }


def said(contestant, lost):
    """"counted" (as many as are lost), "miscounted", "complained" or "silent"."""
    texts = [contestant.said(), contestant.about("s0001")]
    counts = [sum(int(it.replace(",", "")) for it in COUNTED.findall(text)) for text in texts]
    if any(counts):
        return "counted" if lost in counts else "miscounted"
    return "complained" if any(map(COMPLAINT.search, texts)) else "silent"


def mount(*words):
    done = subprocess.run(["mount", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise RuntimeError(f"a small disk needs root: {done.stdout.strip()}")


def adoption(count):
    """As `killed`, for many services at once, all of which write; every line is looked for afterwards."""

    def measure(bench, contestant):
        number = bench.pick(100, count)
        records = [f"{contestant.place}/t{it}.record" for it in range(number)]
        ticks = bench.program("ticks")
        contestant.write([Service(f"t{it}", (ticks, path, "500")) for it, path in enumerate(records)])
        contestant.start()
        family = bench.family()
        if not process.wait_for(lambda: contestant.running() >= number, 60, 0.05):
            raise RuntimeError("not all services run")
        time.sleep(2)
        before = by_command(family)
        for pid in contestant.supervisors():
            os.kill(pid, signal.SIGKILL)
        time.sleep(1)
        begin = time.monotonic()
        contestant.revive()
        answered = time.monotonic() - begin
        if not process.wait_for(lambda: contestant.running() >= number, 60, 0.002):
            raise RuntimeError(f"it says that {contestant.running()} of {number} are running")
        adopted = time.monotonic() - begin
        time.sleep(2)
        values = fates(before, by_command(family)) | {"answered": answered * 1000, "adopted": adopted * 1000}
        ending = Ending(pid for pids in by_command(family).values() for pid in pids)
        contestant.stop_all()
        ending.wait(30)
        return values | lines_of(contestant, records)

    return measure


def lines_of(contestant, records):
    """Lines that are not on disk, and that are there more than once, of all services together."""
    lost = doubled = 0
    for index, path in enumerate(records):
        wrote = sum(int(it) for it in open(path).read().split()) if os.path.exists(path) else 0
        found = []
        for log in contestant.log_files(f"t{index}"):
            if os.path.exists(log):
                found += re.findall(rb"(\d{12}) \.{86}$", open(log, "rb").read(), re.MULTILINE)
        lost += wrote - len(set(found))
        doubled += len(found) - len(set(found))
    return {"lines_lost": lost, "lines_doubled": doubled}


def at_once(name, about, measure):
    return Measure(name, about, measure, limit=90, together=True, most_rounds=2)


ESCAPES = at_once("escapes", "grandchildren that get loose, after a stop", escapes)
KILLED = at_once("killed", "the supervisor killed with -9 and started again", killed)
DISK = at_once("disk", "the disk for logs is full for a while", disk)
ADOPTION = Measure(
    "adoption", "1,000 services that write; the daemon killed with -9", adoption(1000), limit=120, only=("Hob",)
)
