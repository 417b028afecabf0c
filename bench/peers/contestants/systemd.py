"""`systemd --user`, a manager of our own.

It needs a mount namespace in which this machine seems to run systemd, and control groups of its own. Both take
root; where they cannot be had it is left out.
"""

import os
import re
import shlex
import struct
from pathlib import Path

import guard

from .base import Contestant, Request, first_line

PROGRAMS = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"]


def program():
    return next((it for it in PROGRAMS if os.access(it, os.X_OK)), None)


def cgroup_trees():
    """The hierarchies that it keeps its units in."""
    top = Path("/sys/fs/cgroup")
    return [top] if (top / "cgroup.procs").exists() else [top / "unified", top / "systemd"]


class Systemd(Contestant):
    label = "systemd --user"
    source = "systemd.service(5), systemd.exec(5)"
    configured = "Restart=always, Type=exec; StandardOutput=append, because a manager of our own has no journal"
    fast = ("RestartSec=0, not 100 ms", ("restart",))

    @classmethod
    def missing(cls, kit):
        if not program():
            return "systemd is not installed"
        if os.geteuid() != 0:
            return "a manager of our own needs root, for its control groups and a mount namespace"
        trees = cgroup_trees()
        if not all((tree / "cgroup.procs").exists() for tree in trees):
            return f"there is no control group hierarchy at {' or '.join(map(str, trees))}"
        return None

    def version(self):
        return first_line([program(), "--version"])

    def adjust(self):
        self.runtime = self.place / "r"
        self.units = self.place / "c/systemd/user"
        for place in (self.runtime, self.units, self.place / "d"):
            place.mkdir(parents=True, exist_ok=True)
        self.runtime.chmod(0o700)
        self.environment |= {"XDG_RUNTIME_DIR": str(self.runtime), "XDG_CONFIG_HOME": str(self.place / "c")}
        self.environment |= {"XDG_DATA_HOME": str(self.place / "d"), "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}

    def write(self, services):
        self.services = services
        wanted = " ".join(f"{service.name}.service" for service in services if service.autostart)
        (self.units / "default.target").write_text(f"[Unit]\nDescription=All\nWants={wanted}\n")
        for service in services:
            (self.units / f"{service.name}.service").write_text(self.unit(service))

    def unit(self, service):
        delay = "0" if service.endless or self.setting == "fast" else "100ms"
        lines = ["[Unit]", f"StartLimitIntervalSec={0 if service.endless else 10}", "[Service]", "Type=exec"]
        lines += ["Restart=always", f"RestartSec={delay}", f"ExecStart={shlex.join(str(it) for it in service.command)}"]
        lines += [f"StandardOutput=append:{self.logs}/{service.name}.log", "StandardError=inherit", ""]
        return "\n".join(lines)

    def start(self):
        """In mounts of its own, /run/systemd says that systemd is the init here."""
        groups = [tree / guard.GROUP / str(os.getpid()) for tree in cgroup_trees()]
        for group in groups:
            group.mkdir(parents=True, exist_ok=True)
        enter = "".join(f"echo $$ > {group}/cgroup.procs; " for group in groups)
        seem = "mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/system"
        become = f"exec {program()} --user --log-target=console --log-level=warning"
        self.spawn("unshare", "--mount", "--propagation", "private", "sh", "-c", f"{enter}{seem} && {become}")
        self.answers_at(self.runtime / "systemd/private", 20)

    def systemctl(self, *words, check=True):
        return self.run("systemctl", "--user", "--no-pager", *words, check=check)

    def start_service(self, name):
        self.systemctl("start", f"{name}.service")

    def stop_service(self, name):
        self.systemctl("stop", f"{name}.service")

    def stop_all(self):
        self.systemctl("stop", *(f"{service.name}.service" for service in self.services))

    def status(self):
        return ["systemctl", "--user", "--no-pager", "list-units", "--type=service"]

    def running(self):
        text = self.systemctl("list-units", "--type=service", "--state=running", "--plain", "--no-legend")
        return len(re.findall(r" running ", text))

    def log_files(self, name):
        return [self.logs / f"{name}.log"]

    def requests(self):
        private = self.runtime / "systemd/private"
        hello = b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\nBEGIN\r\n"
        calls = {
            "ping": call(b"org.freedesktop.DBus.Peer", b"Ping"),
            "list": call(b"org.freedesktop.systemd1.Manager", b"ListUnits"),
        }
        return {name: Request(private, "dbus", body, hello, "line") for name, body in calls.items()}


def call(interface, member):
    """A method call of the D-Bus wire format, little-endian, without arguments."""
    head = b""
    for code, kind, value in ((1, b"o", b"/org/freedesktop/systemd1"), (2, b"s", interface), (3, b"s", member)):
        head += b"\0" * (-len(head) % 8)
        head += bytes([code, 1]) + kind + b"\0" + struct.pack("<I", len(value)) + value + b"\0"
    start = struct.pack("<cBBBIII", b"l", 1, 0, 1, 0, 1, len(head))
    return start + head + b"\0" * (-(len(start) + len(head)) % 8)
