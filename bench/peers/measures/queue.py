"""Commands in a queue: how many begin in a second, and how soon one begins in an empty queue.

They are put into a queue that holds still, so that only what the queue does with them counts, and not how long it takes
to put them there. How soon one begins is counted from before the command that puts it there is spawned, as a script
sees it.
"""

import os
import random
import subprocess
import time

from stamps import Stamps

from .base import Measure

PATIENCE = 20
# Between two commands that begin alone, so that no one phase of a clock is met again and again.
GAP = (0.03, 0.13)


def measure(bench, contestant):
    stamps = Stamps(os.path.join(contestant.place, "stamps"))
    command = [str(bench.program("first")), stamps.path]
    contestant.open_queue()
    samples = [soon(contestant, stamps, [*command, str(number), "exit"]) for number in range(bench.pick(5, 40))]
    contestant.hold()
    count = min(bench.pick(20, 500), contestant.queued)
    for number in range(count):
        put(contestant, [*command, str(number), "exit"])
    time.sleep(0.5)
    if stamps.waiting():
        raise RuntimeError("a command began in a queue that should hold still")
    contestant.release()
    begun, deadline = [], time.monotonic() + PATIENCE
    while len(begun) < count and time.monotonic() < deadline:
        begun += [stamp.at for stamp in stamps.waiting(deadline - time.monotonic())]
    if len(begun) < 2:
        raise RuntimeError(f"{len(begun)} of {count} commands began in {PATIENCE} s")
    begun.sort()
    return {"samples": samples, "rate": (len(begun) - 1) / (begun[-1] - begun[0]), "begun": len(begun), "of": count}


def soon(contestant, stamps, command):
    time.sleep(random.uniform(*GAP))
    begin = time.clock_gettime(time.CLOCK_MONOTONIC)
    put(contestant, command)
    stamp = next(iter(stamps.waiting(PATIENCE)), None)
    if not stamp:
        raise RuntimeError(f"a command did not begin in {PATIENCE} s")
    return round((stamp.at - begin) * 1000, 3)


def put(contestant, command):
    words = [str(it) for it in contestant.enqueue(command)]
    done = subprocess.run(
        words,
        env=contestant.environment,
        cwd=contestant.place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} exited with {done.returncode}: {done.stderr.decode(errors='replace')[-200:]}")


QUEUE = Measure("queue", "commands in a queue with two places", measure, limit=90, kind="queue", peer_rounds=3)
