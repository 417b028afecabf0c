"""What every contestant can be asked for. One is a file here: it writes the configuration of a supervisor,
starts and stops it and its services with the commands its documentation names, and says where its logs are.

A contestant lives in one directory and is used once. It is not asked how fast it is: the measures look at
the services' own stamps, at files and at the kernel.
"""

import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import process

PATIENCE = 120


@dataclass(frozen=True)
class Kit:
    """Where the programs are."""

    hob: Path
    peers: Path
    programs: Path
    # The programs that speak a peer's own protocol.
    clients: Path = Path(__file__).parents[1] / "clients"


@dataclass(frozen=True)
class Service:
    """What is to be supervised. `endless`: started again at once and without limit, as far as that can be
    set. `rotate`: bytes of a log file, and how many are kept; None is the supervisor's default."""

    name: str
    command: tuple
    autostart: bool = True
    endless: bool = False
    rotate: tuple | None = None


@dataclass(frozen=True)
class Request:
    """Bytes for `talk`, which knows how long an answer is by its framing."""

    socket: Path
    framing: str
    body: bytes
    hello: bytes = b""
    answers: str = "0"


@dataclass(frozen=True)
class Client:
    """Where the protocol is the peer's own: a command that speaks it, with the number of calls added, and
    prints their microseconds."""

    command: tuple


class Contestant:
    """To be inherited; what raises NotImplementedError has to be written."""

    label = ""
    # Where its settings are documented.
    source = ""
    # What is set beyond the defaults, and why.
    configured = ""
    # What makes it faster where that differs, why, and in which measures; it is measured both ways.
    fast = ("", ())
    # Why it has no place in a measure, by the measure's name.
    cannot = {}
    # Measures of its default settings that take so long that one round has to do.
    rarely = ()
    # What it is: something that keeps services, a queue of commands, or both.
    kinds = ("services",)
    # So many commands are put into its queue at most, because it would take minutes.
    queued = 10_000
    # By how much less is written to its logs, because it would take minutes.
    slow_log = 1

    def __init__(self, kit, place, setting="default"):
        self.kit, self.place, self.setting = kit, Path(place), setting
        self.services, self.daemon = [], None
        home = self.place / "home"
        home.mkdir(exist_ok=True)
        self.logs = self.place / "log"
        self.logs.mkdir(exist_ok=True)
        path = [kit.peers / "venv/bin", kit.peers / "npm/node_modules/.bin", kit.peers / "cargo/bin"]
        path += ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        self.environment = {"PATH": ":".join(map(str, path)), "HOME": str(home), "LANG": "C.UTF-8", "USER": "bench"}
        self.adjust()

    def adjust(self):
        """More of the environment, before anything is run."""

    @classmethod
    def missing(cls, kit):
        """Why it cannot be had on this machine, or None."""
        return None

    def version(self):
        raise NotImplementedError

    def write(self, services):
        """The configuration for these services."""
        raise NotImplementedError

    def start(self):
        """The supervisor, until it answers; it starts what is to start by itself."""
        raise NotImplementedError

    def start_service(self, name):
        raise NotImplementedError

    def stop_service(self, name):
        raise NotImplementedError

    def stop_all(self):
        """All services, gracefully; the supervisor stays."""
        raise NotImplementedError

    def status(self):
        """The command that tells a person how all services are."""
        raise NotImplementedError

    def running(self):
        """How many services it says are running."""
        raise NotImplementedError

    def log_files(self, name):
        """From the oldest to the newest."""
        raise NotImplementedError

    def growing(self, name):
        """Those of them that grow while the service writes; others may be packed meanwhile."""
        return self.log_files(name)[-1:]

    def requests(self):
        """"ping" and "list" over a connection that stays open."""
        return {}

    def said(self):
        """All that it has said about itself: where a loss of lines would be told."""
        return (self.place / "said").read_text(errors="replace")

    def about(self, name):
        """What it tells when asked about one service, if it tells more than a state."""
        return ""

    def supervisors(self):
        """The processes that hold the services: what a kill -9 of the supervisor hits."""
        return [self.daemon.pid]

    def revive(self):
        """After that."""
        self.start()

    def settled(self):
        """Seconds until what starting took has been given back."""
        return 1

    # Of a queue.

    def open_queue(self):
        """With two places, and nothing in it."""
        raise NotImplementedError

    def enqueue(self, command):
        """The command that puts one there."""
        raise NotImplementedError

    def hold(self):
        """Nothing begins until `release`."""
        raise NotImplementedError

    def release(self):
        raise NotImplementedError

    # For those who inherit.

    def spawn(self, *command, **more):
        """The supervisor itself, in the foreground."""
        with open(self.place / "said", "a") as said:
            more = {"env": self.environment, "cwd": self.place, "stdout": said} | more
            self.daemon = subprocess.Popen(
                [str(it) for it in command], stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, **more
            )

    def run(self, *command, check=True, **more):
        """A command to its end; what it printed."""
        done = subprocess.run(
            [str(it) for it in command],
            env=self.environment,
            cwd=self.place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            **more,
        )
        if check and done.returncode:
            words = " ".join(str(it) for it in command[:3])
            raise RuntimeError(f"{words} … exited with {done.returncode}: {done.stdout.strip()[-300:]}")
        return done.stdout

    def answers_at(self, path, patience=60):
        """Waits until somebody listens at a socket."""

        def connects():
            if self.daemon and self.daemon.poll() is not None:
                raise RuntimeError(f"it ended with {self.daemon.returncode}: {self.said().strip()[-300:]}")
            with socket.socket(socket.AF_UNIX) as attempt:
                return attempt.connect_ex(str(path)) == 0

        if not process.wait_for(connects, patience, 0.002):
            raise RuntimeError(f"nobody listens at its socket after {patience} s")


def processes_named(*names):
    return [pid for pid in process.descendants(os.getppid()) if process.name(pid) in names]


def first_line(command, **environment):
    try:
        done = subprocess.run(
            [str(it) for it in command],
            env=dict(os.environ, **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
    except OSError as error:
        return str(error)
    return (done.stdout.strip().splitlines() or ["?"])[0]
