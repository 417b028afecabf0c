"""nq, from Debian: a queue of lock files, without a daemon."""

import os
import signal

import process

from .base import Contestant, first_line, processes_named


class Nq(Contestant):
    label = "nq"
    source = "man nq"
    configured = "nothing; it has one place"
    kinds = ("queue",)

    @classmethod
    def missing(cls, kit):
        return None if first_line(["which", "nq"]).startswith("/") else "nq is not installed"

    def version(self):
        return "nq " + first_line(["dpkg-query", "-W", "-f", "${Version}", "nq"])

    def adjust(self):
        self.environment["NQDIR"] = str(self.place / "q")

    def open_queue(self):
        (self.place / "q").mkdir()

    def enqueue(self, command):
        return ["nq", "-q", *command]

    def hold(self):
        """It has no other way than to be busy."""
        self.run("nq", "-q", "sleep", "1000")
        if not process.wait_for(lambda: processes_named("sleep"), 10):
            raise RuntimeError("nothing makes it busy")

    def release(self):
        for pid in processes_named("sleep"):
            os.kill(pid, signal.SIGTERM)
