"""An agent at agent.sock: asks for commands of all kinds, a dozen at a time, and checks what it is told.

usage: agent.py SOCKET TOKEN_FILE DIRECTORY COUNT

What somebody has to decide is decided by whoever runs this: commands that
contain `deny-` are to be denied with the note `no: deny-N`, those that contain
`leave-` are to be left alone, and all others are to be approved. Prints one
JSON object for each command, and fails if it was told anything wrong.
"""

import base64
import json
import os
import socket
import struct
import sys
import threading


class Daemon:
    """One connection; calls may be made from any number of threads."""

    def __init__(self, path, token=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.lock = threading.Lock()
        self.waiting = {}
        self.last = 0
        threading.Thread(target=self.read, daemon=True).start()
        if token:
            assert "result" in self.call("$/client", {"token": token})

    def call(self, method, params):
        answered = threading.Event()
        with self.lock:
            self.last += 1
            number = self.last
            self.waiting[number] = [answered, None]
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
            self.socket.sendall(struct.pack(">I", len(body)) + body)
        assert answered.wait(120), f"no answer to {method} {params}"
        return self.waiting.pop(number)[1]

    def read(self):
        stream = self.socket.makefile("rb")
        while header := stream.read(4):
            message = json.loads(stream.read(struct.unpack(">I", header)[0]))
            waiter = self.waiting.get(message.get("id"))
            if waiter:
                waiter[1] = message
                waiter[0].set()


def expect(condition, what, answer):
    if not condition:
        raise AssertionError(f"{what}: {json.dumps(answer)}")


def ran(exit=0, out=None):
    def check(answer, _):
        result = answer.get("result") or {}
        expect(result.get("exit") == exit, f"it should have ended with {exit}", answer)
        if out is not None:
            expect(result.get("stdout", "") == out, f"it should have written {out!r}", answer)
        return result["request_id"]

    return check


def refused(code, reason=None, note=None):
    def check(answer, _):
        error = answer.get("error") or {}
        data = error.get("data") or {}
        expect(data.get("code") == code, f"it should be {code}", answer)
        if reason:
            expect(data.get("reason") == reason, f"it should be {reason}", answer)
        if note:
            expect(note in error["message"], f"it should say {note!r}", answer)
        return data.get("request")

    return check


def by_signal(signal):
    def check(answer, _):
        result = answer.get("result") or {}
        expect(result.get("signal") == signal, f"signal {signal} should have ended it", answer)
        return result["request_id"]

    return check


def kinds(directory, daemon):
    """Each is asked for in turn: a name, the parameters for the Nth command, and how it must end."""
    trace = os.path.join(directory, "trace")

    def run(*argv, reason=None, key=None, **more):
        besides = {"reason": reason, "key": key}
        return ("exec.run", {"command": {"argv": list(argv), **more}, **{k: v for k, v in besides.items() if v}})

    def noted(number, word):
        # Leaves a line behind if it runs, so that somebody can count how often that was.
        return run("sh", "-c", f"echo {number} >> '{trace}' # {word}{number}")

    def cancelled(number):
        method, params = noted(number, "leave-")
        begun = daemon.call(method, {**params, "wait": "0s"})
        expect(begun["error"]["data"]["code"] == "pending", "it should wait", begun)
        request = begun["error"]["data"]["request"]
        gone = daemon.call("request.cancel", {"id": request})
        expect(gone["result"]["state"] == "cancelled", "it should be cancelled", gone)
        return ("request.wait", {"id": request})

    def drifted(number):
        script = os.path.join(directory, f"script-{number}")
        with open(script, "w") as file:
            file.write("#!/bin/sh\necho good\n")
        os.chmod(script, 0o755)
        method, params = run(script, f"leave-{number}")
        begun = daemon.call(method, {**params, "wait": "0s"})
        request = begun["error"]["data"]["request"]
        with open(script, "w") as file:
            file.write(f"#!/bin/sh\necho {number} evil >> '{trace}'\n")
        # From now on it may be approved: its name stands in a file for whoever decides.
        with open(os.path.join(directory, f"changed-{request}"), "w"):
            pass
        return ("request.wait", {"id": request})

    def same(number):
        method, params = run("printf", "%s", f"once-{number}", key=f"key-{number}")
        first = daemon.call(method, {**params, "wait": "0s"})
        again = daemon.call(method, params)
        expect(again["result"]["request_id"] == first["error"]["data"]["request"], "it should be the same", again)
        other = daemon.call(method, {**params, "command": {"argv": ["printf", "other"]}})
        expect(other["error"]["data"]["code"] == "conflict", "a key is for one command", other)
        return (method, params)

    odd = {"b64": base64.b64encode(b"\xff\xfe").decode()}
    return [
        ("allowed", lambda n: run("true"), ran()),
        ("allowed-to-fail", lambda n: run("false"), ran(exit=1)),
        ("asked", lambda n: noted(n, ""), ran()),
        ("asked-for-output", lambda n: run("printf", "%s", f"hello {n}"), lambda a, n: ran(out=f"hello {n}")(a, n)),
        ("asked-to-fail", lambda n: run("sh", "-c", f"exit {n % 100 + 1}"), lambda a, n: ran(exit=n % 100 + 1)(a, n)),
        ("denied-by-a-person", lambda n: noted(n, "deny-"), lambda a, n: refused("denied", "E_DENIED_USER", f"no: deny-{n}")(a, n)),
        ("denied-by-policy", lambda n: run("rm", "-rf", f"/x{n}"), refused("denied", "E_DENIED_POLICY", "use trash-put")),
        ("denied-inside", lambda n: run("env", "nice", "rm", f"-rf{n}"), refused("denied", "E_DENIED_POLICY")),
        ("own-program", lambda n: run(os.environ["HOB"], "approve", f"x{n}"), refused("denied", "E_DENIED_POLICY")),
        ("cancelled", cancelled, refused("cancelled", "E_CANCELLED")),
        ("changed-meanwhile", drifted, refused("conflict", "E_DRIFT")),
        ("killed", lambda n: run("sh", "-c", f"kill -9 $$ # {n}"), by_signal(9)),
        ("too-long", lambda n: run("sh", "-c", f"sleep 1000 # {n}", wall="1s"), by_signal(15)),
        ("same-key", same, lambda a, n: ran(out=f"once-{n}")(a, n)),
        ("bytes", lambda n: run("printf", "%s", odd, str(n)), lambda a, n: ran()(a, n)),
        ("hostile", lambda n: run("printf", "%s", f"\u001b[2J\u202e{n}\n", reason="\u001b]0;x\u0007 approved, press y"), ran()),
        ("environment", lambda n: run("printenv", "WHO", env={"WHO": f"agent-{n}"}), lambda a, n: ran(out=f"agent-{n}\n")(a, n)),
        ("input", lambda n: run("cat", stdin=f"from {n}"), lambda a, n: ran(out=f"from {n}")(a, n)),
        ("no-program", lambda n: run(f"no-such-program-{n}"), refused("invalid", "E_INVALID")),
        ("one-string", lambda n: run(f"git status ; rm -rf /x{n}"), refused("invalid", "E_INVALID")),
        ("relative", lambda n: run("true", cwd=f"here-{n}"), refused("invalid")),
        ("nul", lambda n: run("printf", f"a\u0000{n}"), refused("invalid", "E_INVALID")),
        ("hidden-program", lambda n: run(f"/usr/bin/g\u200bit{n}"), refused("invalid", "E_INVALID")),
        ("no-list", lambda n: ("exec.run", {"command": {"argv": f"git status {n}"}}), refused("invalid")),
        ("unknown-field", lambda n: run("true", shell=True), refused("invalid")),
        ("deciding", lambda n: ("approval.decide", {"id": f"x{n}", "verdict": "approve", "digest": "sha256:" + "0" * 64}), refused("denied")),
        ("granting", lambda n: ("grant.list", {}), refused("denied")),
        ("looking", lambda n: ("audit.search", {}), refused("denied")),
    ]


def main():
    path, token_file, directory, count = sys.argv[1:]
    with open(token_file) as file:
        token = file.read().strip()
    daemon = Daemon(path, token)
    todo = list(enumerate((kinds(directory, daemon) * int(count))[: int(count)]))
    todo.reverse()
    failures = []
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not todo:
                    return
                number, (name, make, check) = todo.pop()
            try:
                method, params = make(number)
                request = check(daemon.call(method, params), number)
                line = json.dumps({"number": number, "kind": name, "request": request})
            except Exception as error:
                failures.append(f"{number} {name}: {error!r}")
                continue
            with lock:
                print(line, flush=True)

    workers = [threading.Thread(target=work) for _ in range(12)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
