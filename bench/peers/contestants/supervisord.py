"""supervisord, from PyPI."""

import re
import resource
import shlex
import xmlrpc.client

from .base import Contestant, Request, first_line


class Supervisord(Contestant):
    label = "supervisord"
    source = "https://supervisord.org/configuration.html"
    configured = "redirect_stderr=true (one pipe, not two); minfds for many services"
    fast = ("startsecs=0: running as soon as it is started, not a second later", ("many",))

    @classmethod
    def missing(cls, kit):
        return None if (kit.peers / "venv/bin/supervisord").exists() else "pip install supervisor did not work"

    def version(self):
        return "supervisord " + first_line([self.kit.peers / "venv/bin/supervisord", "--version"])

    def adjust(self):
        self.socket, self.file = self.place / "s", self.place / "supervisord.conf"

    def write(self, services):
        self.services = services
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 10000)
        parts = [
            f"[unix_http_server]\nfile={self.socket}\n",
            f"[supervisord]\nnodaemon=true\npidfile={self.place}/pid\nlogfile={self.place}/supervisord.log\n"
            f"childlogdir={self.logs}\nminfds={files}\n",
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
            f"[supervisorctl]\nserverurl=unix://{self.socket}\n",
        ]
        self.file.write_text("\n".join(parts + [self.section(service) for service in services]))

    def section(self, service):
        command = shlex.join(str(it) for it in service.command)
        lines = [f"[program:{service.name}]", f"command={command}", "autorestart=true", "redirect_stderr=true"]
        lines += [f"autostart={str(service.autostart).lower()}"]
        lines.append(f"stdout_logfile={self.logs}/{service.name}.log")
        if service.endless:
            lines += ["startsecs=0", "startretries=1000000"]
        elif self.setting == "fast":
            lines.append("startsecs=0")
        if service.rotate:
            size, keep = service.rotate
            lines += [f"stdout_logfile_maxbytes={size}", f"stdout_logfile_backups={keep}"]
        return "\n".join(lines) + "\n"

    def start(self):
        self.spawn("supervisord", "-c", self.file)
        self.answers_at(self.socket)

    def control(self, *words, check=True):
        return self.run("supervisorctl", "-c", self.file, *words, check=check)

    def start_service(self, name):
        self.control("start", name)

    def stop_service(self, name):
        self.control("stop", name)

    def stop_all(self):
        self.control("stop", "all")

    def status(self):
        return ["supervisorctl", "-c", self.file, "status"]

    def running(self):
        # It exits with 3 if one of them is not running.
        return len(re.findall(r" RUNNING ", self.control("status", check=False)))

    def log_files(self, name):
        rotated = self.logs.glob(f"{name}.log.*")
        return [*sorted(rotated, key=lambda it: -int(it.suffix[1:])), self.logs / f"{name}.log"]

    def requests(self):
        calls = {"ping": "supervisor.getState", "list": "supervisor.getAllProcessInfo"}
        return {name: Request(self.socket, "http", post(method)) for name, method in calls.items()}

    def said(self):
        log = self.place / "supervisord.log"
        return super().said() + (log.read_text(errors="replace") if log.exists() else "")


def post(method):
    body = xmlrpc.client.dumps((), method).encode()
    head = "POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: text/xml\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
