"""task-spooler, from Debian: a queue in memory."""

from .base import Contestant, first_line


class TaskSpooler(Contestant):
    label = "task-spooler"
    source = "man tsp"
    configured = "two places (tsp -S 2)"
    kinds = ("queue",)

    @classmethod
    def missing(cls, kit):
        return None if first_line(["which", "tsp"]).startswith("/") else "task-spooler is not installed"

    def version(self):
        return "task-spooler " + first_line(["dpkg-query", "-W", "-f", "${Version}", "task-spooler"])

    def adjust(self):
        self.environment |= {"TS_SOCKET": str(self.place / "ts"), "TMPDIR": str(self.place)}

    def open_queue(self):
        self.run("tsp", "-S", "2")

    def enqueue(self, command):
        return ["tsp", *command]

    def hold(self):
        """It has no other way than to be busy."""
        self.busy = [self.run("tsp", "sleep", "1000").strip() for _ in range(2)]

    def release(self):
        for job in self.busy:
            self.run("tsp", "-k", job)
