"""docs/benchmarks-peers.md, from the results of a run."""

from pathlib import Path

import gates
import tables
from series import Results

HEAD = """\
# Hob and its peers

Written by `make bench-peers`, which measures them all in one run on one machine. Each figure is the median of its
rounds, with the least and the most in parentheses; everybody has a turn in each round, and another one begins it. What
the machine itself needs for the same thing is measured in the same rounds, and a ratio is the median of the rounds'
ratios. The exit status says whether Hob is within every gate. How it is done, and what is fair about it, is in
[bench/peers/README.md](../bench/peers/README.md); figures of Hob alone are in [benchmarks.md](benchmarks.md).
"""

# Written by hand, for whoever wants to know why.
NOTES = Path(__file__).with_name("notes.md").read_text()


def written(kept):
    """The text, and whether every gate that was measured holds."""
    results = Results(kept)
    overview, good = first_table(results)
    parts = [HEAD, facts(results), "## What Hob has to reach\n", overview, NOTES, "## Everybody\n"]
    parts += [table.text(results) for table in tables.ALL if any(key[0] == table.measure for key in results.cells)]
    parts.append(settings(results))
    return "\n".join(parts), good


def facts(results):
    kept = results.kept
    entries = dict(kept["machine"])
    entries["rounds"] = kept["rounds"]
    if kept.get("rounds of peers", kept["rounds"]) < kept["rounds"]:
        entries["rounds"] = f"{kept['rounds']}, the peers {kept['rounds of peers']}, because the time was up"
    if "seconds" in kept:
        entries["took"] = f"{kept['seconds'] // 60} min {kept['seconds'] % 60} s"
    others = sorted(cell["others"] for cell in kept["cells"])
    if others:
        entries["processors used by others"] = f"{others[len(others) // 2]:.0%} (at most {others[-1]:.0%})"
    lines = [f"- {name}: {value}" for name, value in entries.items()]
    lines += [f"- {who}: {version}" for who, version in kept["versions"].items()]
    lines += [f"- {who} is left out: {why}" for who, why in kept["absent"].items()]
    if kept["quick"]:
        lines.insert(0, "- **a quick run, which shows that it works and nothing else**")
    return "\n".join(lines) + "\n"


def first_table(results):
    measured = {key[0] for key in results.cells}
    rows = [tables.line(["", "Hob", "beside it", "gate", ""]), tables.line(["---"] * 5)]
    good = True
    for gate in gates.ALL:
        if gate.measure in measured:
            cells, holds = gate.check(results)
            rows.append(tables.line([gate.what, *cells]))
            good = good and holds
    return "\n".join(rows) + "\n", good


def settings(results):
    lines = ["## Settings\n", "Defaults, and beyond them:\n"]
    for who, text in results.kept["settings"].items():
        if who in results.kept["versions"]:
            fast = f"; fast: {text['fast']}" if text["fast"] else ""
            lines.append(f"- {who} ({text['source']}): {text['configured']}{fast}")
    return "\n".join(lines) + "\n"
