"""From the SIGKILL of a service to its successor's first instruction.

Each service dies once, so each death is a first one, and the default settings are what they are. A death waits for
the successor of the one before: a supervisor that looks about every second would be woken by the others' deaths.
"""

import json
import os
import random
import signal
import time

from .base import Measure, fifo

# Up for so long, no supervisor takes a service for one that cannot start.
CALM = 1.2
# Between two deaths.
GAP = (0.012, 0.03)
# Of one who looks about at intervals, no one phase is to be met again and again.
SLOW = 0.2
PATIENCE = 12


def measure(bench, contestant):
    count = bench.pick(10, 100)
    stamps, services = bench.idle(contestant.place, count)
    contestant.write(services)
    contestant.start()
    alive = stamps.take(count, 60)
    last = max(stamp.at for stamp in alive.values())
    time.sleep(max(0, last + CALM - time.monotonic()))
    samples, deadline = [], time.monotonic() + bench.pick(1, 1.5)
    for number in random.sample(sorted(alive), count):
        if samples and deadline < time.monotonic():
            break
        begin = time.clock_gettime(time.CLOCK_MONOTONIC)
        os.kill(alive[number].pid, signal.SIGKILL)
        successor = next((it for it in stamps.waiting(PATIENCE) if it.number == number), None)
        if not successor:
            raise RuntimeError(f"a service was not started again in {PATIENCE} s")
        took = successor.at - begin
        samples.append(round(took * 1000, 3))
        time.sleep(random.uniform(*GAP) + (random.uniform(0, min(took, 1)) if SLOW < took else 0))
    return {"samples": samples}


def floor(bench, place):
    said = bench.instrument("floor", "respawn", bench.program("first"), fifo(place), bench.pick(20, 100))
    return {"samples": [it / 1000 for it in json.loads(said)]}


RESTART = Measure(
    "restart", "SIGKILL of a service to its successor's first instruction", measure, floor, limit=60
)
