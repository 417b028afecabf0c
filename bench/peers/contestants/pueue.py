"""pueue, from crates.io. A queue rather than a supervisor: it does not start again what ends."""

import json
import shlex
import struct

from .base import Contestant, Request, first_line


class Pueue(Contestant):
    label = "pueue"
    source = "https://github.com/Nukesor/pueue/wiki"
    configured = "as many places in its queue as there are services (pueue parallel)"
    kinds = ("services", "queue")
    queued = 40
    cannot = {
        "restart": "it does not restart",
        "exits": "it does not restart",
    }

    @classmethod
    def missing(cls, kit):
        return None if (kit.peers / "cargo/bin/pueued").exists() else "cargo install pueue did not work"

    def version(self):
        return first_line([self.kit.peers / "cargo/bin/pueued", "--version"]).replace("pueued", "pueue")

    def adjust(self):
        self.state, self.file, self.ids = self.place / "p", self.place / "pueue.yml", {}
        self.state.mkdir(exist_ok=True)
        self.logs = self.state / "task_logs"
        self.logs.mkdir(exist_ok=True)

    def write(self, services):
        self.services = services
        lines = ["shared:", f"  pueue_directory: {self.state}", f"  runtime_directory: {self.state}"]
        lines += [f"  unix_socket_path: {self.state}/s", "client: {}", "daemon: {}", ""]
        self.file.write_text("\n".join(lines))

    def start(self):
        first = not self.ids
        self.spawn("pueued", "-c", self.file)
        self.answers_at(self.state / "s")
        self.pueue("parallel", "100000")
        for service in self.services if first else []:
            if service.autostart:
                self.start_service(service.name)

    def revive(self):
        """It takes up its queue again; a socket that was left must be removed by hand."""
        (self.state / "s").unlink(missing_ok=True)
        self.start()

    def pueue(self, *words):
        return self.run("pueue", "-c", self.file, *words)

    def start_service(self, name):
        service = next(it for it in self.services if it.name == name)
        command = shlex.join(str(it) for it in service.command)
        self.ids[name] = self.pueue("add", "--print-task-id", "--", command).strip()

    def stop_service(self, name):
        self.pueue("kill", self.ids[name])

    def stop_all(self):
        """By SIGKILL: it has no other way."""
        self.pueue("kill", "--all")

    def status(self):
        return ["pueue", "-c", self.file, "status"]

    def running(self):
        tasks = json.loads(self.pueue("status", "--json"))["tasks"]
        return sum("Running" in task["status"] for task in tasks.values())

    def open_queue(self):
        self.write([])
        self.start()
        self.pueue("parallel", "2")

    def enqueue(self, command):
        return ["pueue", "-c", self.file, "add", "--", shlex.join(command)]

    def hold(self):
        self.pueue("pause")

    def release(self):
        self.pueue("start")

    def log_files(self, name):
        return [self.logs / f"{self.ids[name]}.log"]

    def requests(self):
        # CBOR: a text of six bytes. Before it, the secret is answered with a version.
        secret = (self.state / "shared_secret").read_bytes()
        ask = Request(self.state / "s", "be64", frame(b"\x66Status"), frame(secret), "1")
        return {"list": ask}


def frame(body):
    return struct.pack(">Q", len(body)) + body
