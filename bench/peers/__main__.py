"""Hob beside its peers, measured in one run: `make bench-peers`, or

    bench/peers [--quick] [--rounds N] [--only MEASURE]... [--with NAME]... [--write]
    bench/peers --render       the document again, from the results that were kept

Measures everything, keeps the results as JSON, and with --write the tables in docs/benchmarks-peers.md. The exit
status says whether Hob is within every gate.
"""

import argparse
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import guard  # noqa: E402
import measures  # noqa: E402
import run  # noqa: E402
import document  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]


def options():
    parser = argparse.ArgumentParser(prog="bench/peers", description="Hob beside its peers, measured in one run.")
    names = ", ".join(it.name for it in measures.ALL)
    parser.add_argument("--quick", action="store_true", help="one round of little: shows that it works")
    parser.add_argument("--rounds", type=int, help=f"how many (default {run.ROUNDS})")
    parser.add_argument("--minutes", type=int, default=run.MINUTES, help="then Hob goes on without the others (20)")
    parser.add_argument("--only", action="append", metavar="MEASURE", help=f"may be repeated: {names}")
    parser.add_argument("--with", action="append", dest="contestants", metavar="NAME", help="only these")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks-peers.md")
    parser.add_argument("--render", action="store_true", help="measure nothing; write it from kept results")
    build = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    parser.add_argument("--hob", type=Path, default=build / "release/hob")
    parser.add_argument("--peers", type=Path, default=build / "peers", help="where scripts/peers put them")
    chosen = parser.parse_args()
    for name in chosen.only or ():
        if name not in names.split(", "):
            parser.error(f"no measure is named {name}; there are: {names}")
    chosen.rounds = chosen.rounds or (1 if chosen.quick else run.ROUNDS)
    chosen.hob, chosen.peers = chosen.hob.resolve(), chosen.peers.resolve()
    chosen.results = chosen.peers / ("results-quick.json" if chosen.quick or chosen.only else "results.json")
    return chosen


def main():
    chosen = options()
    if chosen.render:
        results = json.loads(chosen.results.read_text())
        code = 0
    else:
        code = guard.watch_over(lambda root: run.run(root, chosen) and 0)
        if code:
            return code
        results = json.loads(chosen.results.read_text())
    text, good = document.written(results)
    if chosen.write or chosen.render:
        (REPOSITORY / "docs/benchmarks-peers.md").write_text(text)
        print("written to docs/benchmarks-peers.md")
    else:
        print(text)
    return 0 if good else 1


sys.exit(main())
