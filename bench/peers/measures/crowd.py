"""So many services: until all are said to run, what they cost while nothing happens, how long it takes to ask about
them, and until all are gone."""

import json
import time

import process
from ending import Ending

from . import asking
from .base import Measure, fifo


def crowd(most, ask=(), idle=False, stop=False):
    """A measure of so many services: `ask` are the requests that are timed."""

    def measure(bench, contestant):
        values, count = {}, bench.pick(min(most, 200), most)
        stamps, services = bench.idle(contestant.place, count)
        contestant.write(services)
        begin = time.monotonic()
        contestant.start()
        if count:
            started = stamps.take(count, 120)
            said = process.wait_for(lambda: contestant.running() >= count, 60, 0.005)
            if not said:
                raise RuntimeError(f"it says that {contestant.running()} of {count} are running")
            values["reported"] = time.monotonic() - begin
            values["started"] = max(stamp.at for stamp in started.values()) - begin
        values |= at_rest(bench, contestant, bench.pick(0.5, 1.0) if idle else 0)
        if ask:
            values["status"] = asking.status(bench, contestant)
            values |= asking.requests(bench, contestant, ask)
        if stop:
            values["stopped"] = stopped(contestant, [stamp.pid for stamp in started.values()])
        return values

    return measure


def at_rest(bench, contestant, window):
    """MiB, and the percentage of a processor, of the supervisor with all its processes."""
    family = bench.family()
    begin = time.monotonic()
    quiet = contestant.settled() if not bench.quick else 1
    before = process.cpu(family.supervisor())
    while True:
        # What starting took has to be over: no CPU for a while, or as much as it always needs.
        time.sleep(0.3)
        pids = family.supervisor()
        used, before = process.cpu_since(before, pids), process.cpu(pids)
        waited = time.monotonic() - begin
        if quiet < waited and (used < 0.003 or quiet + 3 < waited):
            break
    held = process.memory(pids)
    values = {"pss": held["pss"] / 1024, "anonymous": held["anonymous"] / 1024, "processes": len(pids)}
    if window:
        before = process.cpu(pids)
        time.sleep(window)
        values["idle"] = process.cpu_since(before, pids) / window * 100
    return values


def stopped(contestant, pids):
    """Seconds until the command has returned and the last service is gone."""
    ending = Ending(pids)
    begin = time.monotonic()
    contestant.stop_all()
    returned = time.monotonic()
    return max(ending.wait(60), returned) - begin


def herd(count):
    """The floor: as many children of one small process."""

    def floor(bench, place):
        said = json.loads(bench.instrument("floor", "herd", bench.program("first"), fifo(place), count))
        return {"reported": said["started"], "stopped": said["gone"]}

    return floor


NONE = Measure("none", "no service: memory", crowd(0), limit=60, peer_rounds=1)
FEW = Measure(
    "few",
    "10 services: memory, idle CPU, the status command, requests",
    crowd(10, ask=("ping", "list"), idle=True),
    asking.floor,
    limit=60,
)
MANY = Measure(
    "many",
    "200 services: start, memory, the status command, requests, stop",
    crowd(200, ask=("list",), stop=True),
    herd(200),
    limit=90,
)
MOST = Measure(
    "most", "1,000 services: start, memory", crowd(1000), herd(1000), limit=120, peer_rounds=1
)
