"""pm2, from npm."""

import json
import os

from .base import Client, Contestant, first_line


class Pm2(Contestant):
    label = "pm2"
    source = "https://pm2.keymetrics.io/docs/usage/application-declaration/"
    configured = "an ecosystem file, interpreter none, fork mode; no rotation (pm2-logrotate is another program)"
    fast = ("PM2_CONCURRENT_ACTIONS=20, not 2", ("many",))
    rarely = ("many",)
    slow_log = 4

    @classmethod
    def missing(cls, kit):
        return None if (kit.peers / "npm/node_modules/pm2").exists() else "npm install pm2 did not work"

    def version(self):
        package = json.loads((self.kit.peers / "npm/node_modules/pm2/package.json").read_text())
        return f"pm2 {package['version']}, node {first_line(['node', '--version'])}"

    def adjust(self):
        self.home = self.place / "pm2"
        self.environment |= {"PM2_HOME": str(self.home), "PM2_DISABLE_VERSION_CHECK": "true"}
        if self.setting == "fast":
            self.environment["PM2_CONCURRENT_ACTIONS"] = "20"
        self.file = self.place / "ecosystem.json"

    def write(self, services):
        self.services = services
        self.file.write_text(json.dumps({"apps": [self.app(service) for service in services]}))

    def app(self, service):
        program, *words = (str(it) for it in service.command)
        app = {"name": service.name, "script": program, "args": words, "interpreter": "none", "exec_mode": "fork"}
        log = str(self.logs / f"{service.name}.log")
        app |= {"autorestart": True, "out_file": log, "error_file": log}
        if service.endless:
            app |= {"min_uptime": 0, "max_restarts": 10_000_000}
        return app

    def start(self):
        """Its daemon has no services of its own at its start; `pm2 start` both starts it and gives it some."""
        chosen = [service.name for service in self.services if service.autostart]
        if chosen and len(chosen) == len(self.services):
            self.run("pm2", "start", self.file)
        elif chosen:
            self.run("pm2", "start", self.file, "--only", ",".join(chosen))
        else:
            self.run("pm2", "ping")

    def supervisors(self):
        return [int((self.home / "pm2.pid").read_text())]

    def start_service(self, name):
        self.run("pm2", "start", self.file, "--only", name)

    def stop_service(self, name):
        self.run("pm2", "stop", name)

    def stop_all(self):
        self.run("pm2", "stop", "all")

    def status(self):
        return ["pm2", "ls"]

    def running(self):
        text = self.run("pm2", "jlist")
        start = text.find("[{")
        apps = json.loads(text[start:]) if start >= 0 else []
        return sum(app["pm2_env"]["status"] == "online" for app in apps)

    def log_files(self, name):
        return [self.logs / f"{name}.log"]

    def requests(self):
        client = ("node", self.kit.clients / "pm2_client.js", self.kit.peers / "npm/node_modules/pm2")
        return {"ping": Client((*client, "ping")), "list": Client((*client, "list"))}

    def said(self):
        log = self.home / "pm2.log"
        return log.read_text(errors="replace") if log.exists() else ""
