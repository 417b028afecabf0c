"""Hob itself, headless."""

import json
import select
import struct
import subprocess

from .base import Contestant, Request, first_line


class Hob(Contestant):
    label = "Hob"
    kinds = ("services", "queue")
    source = "docs/config.schema.json"
    configured = 'restart = "always", as all others do; for the service that exits at once, a backoff of 1 ms'

    @classmethod
    def missing(cls, kit):
        return None if kit.hob.exists() else f"there is no {kit.hob}: make release"

    def adjust(self):
        self.home = self.place / "h"
        self.home.mkdir(exist_ok=True)
        self.environment["HOB_HOME"] = str(self.home)
        self.logs = self.home / "state/logs"

    def version(self):
        return first_line([self.kit.hob, "--version"])

    def write(self, services):
        self.services = services
        parts = [section(service) for service in services]
        if any(service.rotate for service in services):
            # Nothing may be removed before it is counted.
            parts.insert(0, '[logs]\nmax_total = "8G"\n')
        (self.home / "config.toml").write_text("\n".join(parts))

    def start(self):
        with open(self.place / "said", "a") as said:
            self.daemon = subprocess.Popen(
                [self.kit.hob, "--daemon", "--report"],
                env=self.environment,
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        if not select.select([self.daemon.stdout], [], [], 60)[0] or self.daemon.stdout.readline() != b"ready\n":
            raise RuntimeError("the daemon did not say that it is ready")

    def hob(self, *words, check=True):
        return self.run(self.kit.hob, *words, check=check)

    def start_service(self, name):
        self.hob("start", name)

    def stop_service(self, name):
        self.hob("stop", name)

    def stop_all(self):
        self.hob("stop", "--all")

    def status(self):
        return [self.kit.hob, "status"]

    def running(self):
        services = json.loads(self.hob("ls", "--json"))["services"]
        return sum(service["state"] == "running" for service in services)

    def log_files(self, name):
        place = self.logs / "services" / name
        rotated = sorted(it for it in place.glob("*.log*"))
        return [*rotated, place / "current"]

    def open_queue(self):
        (self.home / "config.toml").write_text("[queue.default]\nslots = 2\n")
        self.start()

    def enqueue(self, command):
        return [self.kit.hob, "queue", "--", *command]

    def hold(self):
        self.hob("job", "pause", "--queue", "default")

    def release(self):
        self.hob("job", "resume", "--queue", "default")

    def requests(self):
        return {
            "ping": Request(self.home / "hob.sock", "be32", frame("system.ping")),
            "list": Request(self.home / "hob.sock", "be32", frame("service.list")),
        }

    def said(self):
        log = self.logs / "hob.log"
        return super().said() + (log.read_text(errors="replace") if log.exists() else "")

    def about(self, name):
        return self.hob("logs", "-n", "1000", "--grep", "missing", name, check=False)

    def settled(self):
        # Five seconds after it is ready it gives back what starting took.
        return 6


def frame(method):
    body = json.dumps({"jsonrpc": "2.0", "id": 100, "method": method, "params": {}}).encode()
    return struct.pack(">I", len(body)) + body


def section(service):
    lines = [f"[service.{service.name}]", f"command = {json.dumps([str(it) for it in service.command])}"]
    # What runs for ever is to run for ever: others do not ask how it ended either.
    lines += ['restart = "always"', f"autostart = {str(service.autostart).lower()}"]
    if service.endless:
        lines += ["max_restarts = 0", 'backoff = { initial = "1ms", max = "1ms", factor = 1.0, jitter = 0.0 }']
    if service.rotate:
        size, keep = service.rotate
        lines.append(f'log = {{ max_size = "{size >> 10}K", keep = {keep} }}')
    return "\n".join(lines) + "\n"
