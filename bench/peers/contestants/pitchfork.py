"""pitchfork, from crates.io (pitchfork-cli)."""

import json
import os
import sqlite3
import subprocess
import threading

import process

from .base import Contestant, first_line


class Pitchfork(Contestant):
    label = "pitchfork"
    source = "https://pitchfork.jdx.dev/reference/configuration"
    configured = "retry=true; ready_delay=0, or each start waits three seconds for nothing"
    fast = ("general.interval=100ms: it looks for the dead ten times a second, not every 10 s", ("restart", "exits"))
    cannot = {"most": "it takes more than a minute to start so many, and 2 MB for each"}
    # Lines go into SQLite.
    slow_log = 32

    @classmethod
    def missing(cls, kit):
        return None if (kit.peers / "cargo/bin/pitchfork").exists() else "cargo install pitchfork-cli did not work"

    def version(self):
        return first_line([self.kit.peers / "cargo/bin/pitchfork", "--version"])

    def adjust(self):
        self.state = self.place / "p"
        self.state.mkdir(exist_ok=True)
        self.environment |= {"PITCHFORK_STATE_DIR": str(self.state), "PITCHFORK_LOGS_DIR": str(self.logs)}
        self.environment |= {"XDG_CONFIG_HOME": str(self.place / "c"), "PITCHFORK_SUPERVISOR_AUTO_START": "false"}
        if self.setting == "fast":
            self.environment["PITCHFORK_INTERVAL"] = "100ms"

    def write(self, services):
        self.services = services
        parts = ['namespace = "bench"\n']
        for service in services:
            command = json.dumps([str(it) for it in service.command])
            parts.append(f"[daemons.{service.name}]\nrun = {command}\nretry = true\nready_delay = 0\n")
        (self.place / "pitchfork.toml").write_text("\n".join(parts))

    def start(self):
        self.spawn("pitchfork", "supervisor", "run")
        if not process.wait_for(self.answers, 30, 0.01):
            raise RuntimeError("its supervisor does not answer")
        chosen = [service.name for service in self.services if service.autostart]
        if any(service.endless for service in self.services):
            # Its command waits for what does not stay up.
            nowhere = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            command = ["pitchfork", "start", *chosen]
            self.starting = subprocess.Popen(command, env=self.environment, cwd=self.place, **nowhere)
        elif chosen:
            self.run("pitchfork", "start", *chosen)

    def answers(self):
        try:
            self.run("pitchfork", "list")
        except RuntimeError:
            return False
        return True

    def revive(self):
        self.spawn("pitchfork", "supervisor", "run")
        process.wait_for(self.answers, 30, 0.01)

    def start_service(self, name):
        self.run("pitchfork", "start", name)

    def stop_service(self, name):
        self.run("pitchfork", "stop", name)

    def stop_all(self):
        self.run("pitchfork", "stop", "--local")

    def status(self):
        return ["pitchfork", "list"]

    def running(self):
        return self.run("pitchfork", "list").count("running")

    def log_files(self, name):
        return sorted(it for it in self.logs.rglob("*") if it.is_file())

    def growing(self, name):
        return self.log_files(name)

    def log_text(self, name):
        """The messages of its database, as a pipe."""
        reading, writing = os.pipe()
        threading.Thread(target=self._write_messages, args=(writing, name), daemon=True).start()
        return reading

    def said(self):
        log = self.logs / "pitchfork/pitchfork.log"
        return super().said() + (log.read_text(errors="replace") if log.exists() else "")

    def _write_messages(self, writing, name):
        with os.fdopen(writing, "w") as pipe:
            for path in self.logs.rglob("*.db"):
                with sqlite3.connect(path) as database:
                    for (message,) in database.execute("select message from log_entries order by id"):
                        if message[:12].isdigit():
                            pipe.write(message + "\n")
