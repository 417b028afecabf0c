"""A service that fails as soon as it is started, and is started again at once and for ever."""

import time

import process
from contestants.base import Service
from stamps import Stamps

from .base import Measure, fifo


def measure(bench, contestant):
    family = bench.family()
    stamps = Stamps(f"{contestant.place}/stamps")
    command = (bench.program("first"), stamps.path, "0", "exit")
    contestant.write([Service("s0000", command, endless=True)])
    contestant.start()
    stamps.take(1, 30)
    time.sleep(0.5)
    stamps.waiting()
    supervisor = family.supervisor()
    before, begin = process.cpu(supervisor), time.monotonic()
    time.sleep(bench.pick(1.0, 1.5))
    seconds, used = time.monotonic() - begin, process.cpu_since(before, supervisor)
    count = len(stamps.waiting())
    if not count:
        raise RuntimeError(f"it was not started again in {seconds:.0f} s")
    return {"cpu": used * 1000 / count, "per_second": count / seconds, "restarts": count}


def floor(bench, place):
    return {"cpu": float(bench.instrument("floor", "exits", bench.program("first"), fifo(place), bench.pick(50, 300)))}


EXITS = Measure(
    "exits", "a service that exits at once: CPU of a restart", measure, floor, limit=40, only_fast=True, peer_rounds=3
)
