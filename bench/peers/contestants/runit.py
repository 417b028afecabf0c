"""runit, from Debian."""

import re
import shlex

import process

from .base import Contestant, first_line, processes_named
from .s6 import script


class Runit(Contestant):
    label = "runit"
    source = "http://smarden.org/runit/"
    configured = "a logger for each service (svlogd -tt: stamped)"
    slow_log = 8

    @classmethod
    def missing(cls, kit):
        return None if first_line(["which", "runsvdir"]).startswith("/") else "runit is not installed"

    def version(self):
        return "runit " + first_line(["dpkg-query", "-W", "-f", "${Version}", "runit"])

    def adjust(self):
        self.scan = self.place / "sv"

    def write(self, services):
        self.services = services
        self.scan.mkdir(exist_ok=True)
        for service in services:
            place, log = self.scan / service.name, self.logs / service.name
            command = shlex.join(str(it) for it in service.command)
            script(place / "run", f"exec 2>&1\nexec {command}")
            if not service.autostart:
                (place / "down").touch()
            log.mkdir(exist_ok=True)
            if service.rotate:
                size, keep = service.rotate
                (log / "config").write_text(f"s{size}\nn{keep}\n")
            script(place / "log/run", f"exec svlogd -tt {log}")

    def start(self):
        self.spawn("runsvdir", "-P", self.scan)

    def each(self, *words, check=True):
        return self.run("sh", "-c", f"exec sv {' '.join(words)} {self.scan}/*", check=check)

    def start_service(self, name):
        # runsvdir may not have come to it yet.
        if not process.wait_for((self.scan / name / "supervise/ok").exists, 10):
            raise RuntimeError("runsv does not answer")
        self.run("sv", "-w", "15", "start", self.scan / name)

    def stop_service(self, name):
        self.run("sv", "-w", "15", "stop", self.scan / name)

    def stop_all(self):
        self.each("-w", "30", "stop")

    def status(self):
        return ["sh", "-c", f"exec sv status {self.scan}/*"]

    def running(self):
        return len(re.findall(r"^run: ", self.run(*self.status(), check=False), re.MULTILINE))

    def log_files(self, name):
        return [*sorted((self.logs / name).glob("@*")), self.logs / name / "current"]

    def supervisors(self):
        """runsvdir may be killed without harm: each service has a supervisor of its own, which is hit here."""
        return processes_named("runsv")

    def revive(self):
        """runsvdir does that."""
