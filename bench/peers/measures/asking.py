"""How long somebody waits who asks: with the command line, and over a connection that stays open."""

import json
import os
import subprocess
import tempfile

import process
from contestants.base import Client

from .base import time_command
from sample import median


def status(bench, contestant):
    """Milliseconds of the command that tells how all services are, its own process included."""
    seconds, most = bench.pick((0.5, 10), (0.6, 40))
    return time_command(contestant.status(), contestant.environment, contestant.place, seconds, most)


def requests(bench, contestant, names):
    """Microseconds of each kind of request. The supervisor is on the first processor, who asks on the last, so
    that the scheduler decides nothing."""
    values = {}
    times = bench.pick(100, 500)
    asked = contestant.requests()
    supervisor = bench.family().supervisor()
    process.pin(supervisor, min(os.sched_getaffinity(0)))
    try:
        for name in names:
            if name in asked:
                values[name] = median(ask(bench, contestant, asked[name], times))
    finally:
        process.pin(supervisor, None)
    return values


def ask(bench, contestant, request, times):
    if isinstance(request, Client):
        last = {max(os.sched_getaffinity(0))}
        done = subprocess.run(
            [str(it) for it in (*request.command, times)],
            env=contestant.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=60,
            preexec_fn=lambda: os.sched_setaffinity(0, last),
        )
        if done.returncode:
            raise RuntimeError(f"its client: {done.stderr.decode(errors='replace').strip()[-200:]}")
        return json.loads(done.stdout.splitlines()[-1])
    with tempfile.TemporaryDirectory(dir=contestant.place) as place:
        body, hello = os.path.join(place, "body"), os.path.join(place, "hello")
        for path, content in ((body, request.body), (hello, request.hello)):
            with open(path, "wb") as file:
                file.write(content)
        words = [request.socket, request.framing, times, body]
        if request.hello:
            words += [hello, request.answers]
        return json.loads(bench.instrument("talk", *words))


def floor(bench, place):
    """64 bytes to and fro, a program that does nothing, and the smallest thing that `hob` does."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(place)}
    seconds, most = bench.pick((0.5, 10), (1.2, 100))
    return {
        "ping": median(json.loads(bench.instrument("talk", "-", "echo", bench.pick(500, 3000)))),
        "status": time_command(["true"], environment, place, seconds, most),
        "version": time_command([bench.kit.hob, "--version"], environment, place, seconds, most),
    }
