"""Nothing is left behind, however the measuring ends.

Everything is measured in a child of this process. This one adopts what outlives it, ends all of it, and
removes files and control groups. So an interrupt, a crash or a kill of the child leaves the machine clean.
"""

import os
import signal
import sys
import tempfile
from pathlib import Path

import process

# The name of all control groups that are made here.
GROUP = f"hob-peers-{os.getpid()}"
CGROUPS = [Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/systemd")]


def watch_over(measure):
    """Calls `measure(root)` in a child, where `root` is a directory for its files; its exit status."""
    process.adopt_orphans()
    # The paths of sockets have at most 107 bytes, so this one is short.
    with tempfile.TemporaryDirectory(prefix="hob-peers-", ignore_cleanup_errors=True) as root:
        os.chmod(root, 0o755)
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, signal.SIG_DFL)
            _leave(measure, root)
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, lambda number, _: os.kill(child, signal.SIGTERM))
        _, status = os.waitpid(child, 0)
        if not process.end_descendants():
            print("peers: something could not be killed", file=sys.stderr)
        remove_groups()
    return os.waitstatus_to_exitcode(status)


def _leave(measure, root):
    code = 1
    try:
        code = measure(Path(root))
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.stdout.flush()
        os._exit(code)


def remove_groups():
    """From the innermost out; only empty ones can be removed."""
    for top in CGROUPS:
        for base, _, _ in os.walk(top / GROUP, topdown=False):
            try:
                os.rmdir(base)
            except OSError as error:
                print(f"peers: {base} is left: {error}", file=sys.stderr)
