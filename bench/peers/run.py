"""The rounds: every measure, of every contestant, in turns."""

import json
import sys
import time

import contestants
import machine
import measures
import programs
from cell import Cell
from contestants.base import Kit
from measures.base import Bench

ROUNDS = 5
# A whole run lasts no longer: if it would, peers have no part in the last rounds.
MINUTES = 20
ALONE_S = 60


def run(root, options):
    """Measures all that was asked for; the results, as they are kept in a file."""
    begin = time.monotonic()
    programs.compile_all(options.peers / "programs")
    bench = Bench(Kit(options.hob, options.peers, options.peers / "programs"), options.quick)
    present, absent = who_is_here(bench.kit, options)
    results = {
        "machine": machine.described() | {"date": machine.today(), "load before": machine.load()},
        "quick": options.quick,
        "rounds": options.rounds,
        "versions": {},
        "absent": absent,
        "settings": {it.label: settings_of(it) for it in contestants.ALL},
        "cannot": {it.label: it.cannot for it in contestants.ALL},
        "cells": [],
    }
    for contestant in present:
        said = Cell(lambda place, it=contestant: it(bench.kit, place).version(), root, 30).finish()
        results["versions"][contestant.label] = said.get("values", said.get("failed"))
        print(f"{contestant.label}: {results['versions'][contestant.label]}", flush=True)
    for name, why in absent.items():
        print(f"{name} is left out: {why}", flush=True)
    chosen = [it for it in measures.ALL if not options.only or it.name in options.only]
    lasted = 0
    for turn in range(options.rounds):
        started = time.monotonic()
        # The rounds of Hob alone that would follow are short.
        if time_is_up(started - begin, lasted, options.rounds - turn - 1, options.minutes):
            present = [it for it in present if it.label == "Hob"]
        else:
            results["rounds of peers"] = turn + 1
        for measure in chosen:
            results["cells"] += one_round(bench, measure, present, turn, root)
            keep(options.results, results)
        lasted = time.monotonic() - started
    results["machine"]["load after"] = machine.load()
    results["seconds"] = round(time.monotonic() - begin)
    keep(options.results, results)
    return results


def time_is_up(passed, lasted, left, minutes):
    """Whether one more round, as long as the last, and `left` rounds of Hob alone would take too long."""
    return passed + lasted + left * ALONE_S > minutes * 60 and lasted > 0


def settings_of(contestant):
    return {"configured": contestant.configured, "fast": contestant.fast[0], "source": contestant.source}


def who_is_here(kit, options):
    present, absent = [], {}
    for contestant in contestants.ALL:
        if options.contestants and contestant.label not in options.contestants:
            continue
        why = contestant.missing(kit)
        if why:
            absent[contestant.label] = why
        else:
            present.append(contestant)
    return present, absent


def one_round(bench, measure, present, turn, root):
    """The cells of one measure; who begins is another one in each round."""
    entries = []
    for contestant in present[turn % len(present) :] + present[: turn % len(present)]:
        if measure.kind not in contestant.kinds:
            continue
        if measure.only and contestant.label not in measure.only:
            continue
        if not measure.has_round(turn, contestant is not contestants.ALL[0]):
            continue
        if measure.name in contestant.cannot:
            continue
        for setting in measure.settings_of(contestant):
            if setting != "default" or turn == 0 or measure.name not in contestant.rarely:
                entries.append((contestant.label, setting, contestant))
    if measure.floor and entries:
        entries.insert(0, ("floor", "", None))
    others = machine.Others()
    if measure.together:
        running = [(entry, Cell(work(bench, measure, *entry[1:]), root, measure.limit)) for entry in entries]
        said = [(entry, cell.finish()) for entry, cell in running]
    else:
        said = []
        for entry in entries:
            said.append((entry, Cell(work(bench, measure, *entry[1:]), root, measure.limit).finish()))
            tell(measure, turn, *said[-1])
    if measure.together:
        for entry, outcome in said:
            tell(measure, turn, entry, outcome)
    share = others.share()
    return [
        {"measure": measure.name, "who": label, "setting": setting, "round": turn, "others": share} | outcome
        for (label, setting, _), outcome in said
    ]


def work(bench, measure, setting, contestant):
    if contestant is None:
        return lambda place: measure.floor(bench, place)
    return lambda place: measure.measure(bench, contestant(bench.kit, place, setting))


def tell(measure, turn, entry, outcome):
    label, setting, _ = entry
    name = label if setting in ("", "default") else f"{label}, {setting}"
    values = outcome.get("values", {})
    text = ", ".join(f"{key} {shown(value)}" for key, value in values.items())
    text = text if "values" in outcome else f"failed: {outcome['failed']}"
    print(f"{turn + 1} {measure.name:9} {name:20} {outcome['seconds']:5.1f} s  {text}", flush=True)
    if "trace" in outcome and "failed" in outcome and sys.flags.dev_mode:
        print(outcome["trace"], flush=True)


def shown(value):
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list) and value and isinstance(value[0], float):
        ordered = sorted(value)
        return f"{ordered[len(ordered) // 2]:.4g} of {len(value)}"
    return str(value)


def keep(path, results):
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(results, indent=1, ensure_ascii=False))
    new.rename(path)
