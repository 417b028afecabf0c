"""Asks a daemon for a command over its agents' socket, with nothing of Hob but the protocol (docs/sockets.md).

usage: agent.py SOCKET TOKEN_FILE REASON PROGRAM [ARGUMENT...]

Prints what the command wrote and exits as it did, or says why it was not run and exits with 77.
"""

import base64
import json
import os
import socket
import struct
import sys


def exchange(daemon, number, method, params):
    """Sends one request and returns what answers it."""
    body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
    daemon.sendall(struct.pack(">I", len(body)) + body)
    answer = json.loads(exactly(daemon, struct.unpack(">I", exactly(daemon, 4))[0]))
    if "error" in answer:
        sys.exit(refused(answer["error"]))
    return answer["result"]


def exactly(daemon, length):
    found = b""
    while len(found) < length:
        found += daemon.recv(length - len(found)) or sys.exit("the daemon closed the connection")
    return found


def refused(error):
    print(error["message"], file=sys.stderr)
    return 77


def plain(value):
    """Bytes stand as text, or in base64 where they are none."""
    return value.encode() if isinstance(value, str) else base64.b64decode(value["b64"])


if len(sys.argv) < 5:
    sys.exit(__doc__)
path, token_file, reason, *argv = sys.argv[1:]
daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
try:
    with open(token_file) as file:
        token = file.read().strip()
    daemon.connect(path)
except OSError as error:
    sys.exit(f"{path} with {token_file}: {error}")
exchange(daemon, 1, "$/client", {"token": token})
command = {"argv": argv, "cwd": os.getcwd()}
answer = exchange(daemon, 2, "exec.run", {"command": command, "reason": reason})
sys.stdout.buffer.write(plain(answer.get("stdout", "")))
sys.stderr.buffer.write(plain(answer.get("stderr", "")))
sys.exit(answer.get("exit", 128 + answer.get("signal", 0)))
