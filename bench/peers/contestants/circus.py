"""circus, from PyPI."""

import re
import shlex

from .base import Client, Contestant, first_line


class Circus(Contestant):
    label = "circus"
    source = "https://circus.readthedocs.io/en/latest/for-ops/configuration/"
    configured = "statsd off, so that its second process is not counted against it"
    slow_log = 8
    fast = ("check_delay=0.1: it looks for the dead ten times a second, not every 5 s", ("restart", "exits"))

    @classmethod
    def missing(cls, kit):
        return None if (kit.peers / "venv/bin/circusd").exists() else "pip install circus did not work"

    def version(self):
        return "circus " + first_line([self.kit.peers / "venv/bin/circusd", "--version"])

    def adjust(self):
        self.socket, self.file = self.place / "e", self.place / "circus.ini"

    def write(self, services):
        self.services = services
        lines = ["[circus]", f"endpoint=ipc://{self.socket}", f"pubsub_endpoint=ipc://{self.place}/p", "statsd=False"]
        if self.setting == "fast":
            lines.append("check_delay=0.1")
        for service in services:
            program, *words = (str(it) for it in service.command)
            lines += [f"[watcher:{service.name}]", f"cmd={program}", f"args={shlex.join(words)}"]
            lines += [f"autostart={service.autostart}", "copy_env=True", "stdout_stream.class=FileStream"]
            lines.append(f"stdout_stream.filename={self.logs}/{service.name}.log")
            if service.endless:
                lines.append("max_retry=-1")
            if service.rotate:
                size, keep = service.rotate
                lines += [f"stdout_stream.max_bytes={size}", f"stdout_stream.backup_count={keep}"]
        self.file.write_text("\n".join(lines) + "\n")

    def start(self):
        self.spawn("circusd", self.file)
        self.answers_at(self.socket)

    def control(self, *words):
        return self.run("circusctl", "--timeout", "60", "--endpoint", f"ipc://{self.socket}", *words)

    def start_service(self, name):
        self.control("start", name)

    def stop_service(self, name):
        self.control("stop", name, "--waiting")

    def stop_all(self):
        self.control("stop")

    def status(self):
        return ["circusctl", "--endpoint", f"ipc://{self.socket}", "status"]

    def running(self):
        return len(re.findall(r": active", self.control("status")))

    def log_files(self, name):
        rotated = self.logs.glob(f"{name}.log.*")
        return [*sorted(rotated, key=lambda it: -int(it.suffix[1:])), self.logs / f"{name}.log"]

    def requests(self):
        client = (self.kit.peers / "venv/bin/python", self.kit.clients / "circus_client.py", f"ipc://{self.socket}")
        return {"ping": Client((*client, "globaloptions")), "list": Client((*client, "status"))}
