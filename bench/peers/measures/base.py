"""What measures share: the amounts of a run, and what a measure is."""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

import process
import programs
from contestants.base import Service
from stamps import Stamps


@dataclass(frozen=True)
class Bench:
    """The programs, and how much of everything there is: little of it shows that it works."""

    kit: object
    quick: bool = False

    def pick(self, quick, full):
        return quick if self.quick else full

    def program(self, name):
        return programs.path(self.kit.programs, name)

    def family(self):
        return process.Family(self.program("first").parent)

    def instrument(self, name, *words, **more):
        command = [str(it) for it in (self.program(name), *words)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, **more)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode(errors='replace').strip()[-200:]}")
        return done.stdout

    def idle(self, place, count):
        """So many services that do nothing but tell of their start."""
        stamps = Stamps(os.path.join(place, "stamps"))
        first = self.program("first")
        services = [Service(f"s{number:04}", (first, stamps.path, str(number))) for number in range(count)]
        return stamps, services


@dataclass(frozen=True)
class Measure:
    """`measure(bench, contestant)` and `floor(bench, place)` return values by name."""

    name: str
    about: str
    measure: Callable
    floor: Callable | None = None
    # Seconds for one cell, after which it has failed.
    limit: float = 60
    # What decides nothing about time is done by all at once.
    together: bool = False
    # How many rounds the peers have, if fewer than the others.
    peer_rounds: int | None = None
    # How many rounds there are at most.
    most_rounds: int = 100
    # Only these, by label.
    only: tuple = ()
    # Of which contestants.
    kind: str = "services"
    # The fast settings alone, where there are any.
    only_fast: bool = False

    def settings_of(self, contestant):
        has_fast = self.name in contestant.fast[1]
        if self.only_fast:
            return ["fast" if has_fast else "default"]
        return ["default", "fast"] if has_fast else ["default"]

    def has_round(self, turn, is_peer):
        return turn < self.most_rounds and not (is_peer and self.peer_rounds is not None and self.peer_rounds <= turn)


def fifo(place):
    """For a floor, which reads the stamps itself."""
    path = os.path.join(place, "stamps")
    os.mkfifo(path)
    return path


def time_command(command, environment, place, seconds, most):
    """Milliseconds of each run of a command, as many as fit."""
    program = str(command[0])
    words = [str(it) for it in command]
    actions = [(os.POSIX_SPAWN_OPEN, it, "/dev/null", os.O_RDWR, 0) for it in (0, 1, 2)]
    path = next(
        (found for base in environment["PATH"].split(":") if os.access(found := os.path.join(base, program), os.X_OK)),
        program,
    )
    os.chdir(place)
    samples, deadline = [], time.monotonic() + seconds
    while len(samples) < most and (len(samples) < 3 or time.monotonic() < deadline):
        begin = time.perf_counter()
        pid = os.posix_spawn(path, words, environment, file_actions=actions)
        _, status = os.waitpid(pid, 0)
        samples.append((time.perf_counter() - begin) * 1000)
        if status and os.waitstatus_to_exitcode(status) != 0:
            raise RuntimeError(f"{program} exited with {os.waitstatus_to_exitcode(status)}")
    return statistics.median(samples)
