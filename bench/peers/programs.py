"""The programs in `programs/`: services that are measured and that misbehave, floors, a client, a checker."""

import os
import subprocess
from pathlib import Path

SOURCES = Path(__file__).parent / "programs"
# What runs under a supervisor; the others are instruments. They lie in directories of their own, because by its
# directory a process is told to be a service.
SERVICES = ("first", "lines", "ticks", "family")


def compile_all(place):
    """Into `place`: static, so that a start costs next to nothing. Only what is older than its source."""
    for source in sorted(SOURCES.glob("*.c")):
        program = path(place, source.stem)
        program.parent.mkdir(parents=True, exist_ok=True)
        newest = max(it.stat().st_mtime for it in (source, SOURCES / "clock.h"))
        if program.exists() and program.stat().st_mtime > newest:
            continue
        made = program.with_suffix(".new")
        command = [os.environ.get("CC", "cc"), "-O2", "-Wall", "-Wextra", "-static", "-o", made, source]
        subprocess.run(command, check=True)
        made.rename(program)


def path(place, name):
    return Path(place) / ("services" if name in SERVICES else "instruments") / name
