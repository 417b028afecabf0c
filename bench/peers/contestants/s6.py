"""s6, from Debian."""

import re
import shlex

import process

from .base import Contestant, first_line, processes_named


class S6(Contestant):
    label = "s6"
    source = "https://skarnet.org/software/s6/"
    configured = "a logger for each service (s6-log t: stamped); s6-svscan -c for many services"
    slow_log = 2

    @classmethod
    def missing(cls, kit):
        return None if first_line(["which", "s6-svscan"]).startswith("/") else "s6 is not installed"

    def version(self):
        return "s6 " + first_line(["dpkg-query", "-W", "-f", "${Version}", "s6"])

    def adjust(self):
        self.scan = self.place / "scan"

    def write(self, services):
        self.services = services
        self.scan.mkdir(exist_ok=True)
        for service in services:
            place = self.scan / service.name
            command = shlex.join(str(it) for it in service.command)
            script(place / "run", f"exec 2>&1\nexec {command}")
            if not service.autostart:
                (place / "down").touch()
            size, keep = service.rotate or (99999, 10)
            script(place / "log/run", f"exec s6-log t n{keep} s{size} {self.logs}/{service.name}")

    def start(self):
        # -c: as many services as may be told to start at one time; each has a logger.
        self.spawn("s6-svscan", "-c", "4000", self.scan)
        self.answers()

    def answers(self):
        if not process.wait_for((self.scan / ".s6-svscan/control").exists, 30, 0.002):
            raise RuntimeError("s6-svscan does not answer")

    def each(self, command):
        return self.run("sh", "-c", f"for it in {self.scan}/*; do {command} $it; done")

    def start_service(self, name):
        self.run("s6-svc", "-wu", "-T", "15000", "-u", self.scan / name)

    def stop_service(self, name):
        self.run("s6-svc", "-wD", "-T", "15000", "-d", self.scan / name)

    def stop_all(self):
        self.each("s6-svc -d")

    def status(self):
        return ["sh", "-c", f"for it in {self.scan}/*; do s6-svstat $it; done"]

    def running(self):
        return len(re.findall(r"^up \(pid", self.run(*self.status()), re.MULTILINE))

    def log_files(self, name):
        return [*sorted((self.logs / name).glob("@*")), self.logs / name / "current"]

    def supervisors(self):
        """s6-svscan may be killed without harm: each service has a supervisor of its own, which is hit here."""
        return processes_named("s6-supervise")

    def revive(self):
        """s6-svscan does that."""


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
