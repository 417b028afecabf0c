"""What is told about measurements is right: python3 -m unittest discover bench/peers"""

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import cell  # noqa: E402
import document  # noqa: E402
import process  # noqa: E402
import run  # noqa: E402
from gates import Gate  # noqa: E402
from sample import median, number, quantile, spread  # noqa: E402
from series import Results, part  # noqa: E402
from tables import Column, Table  # noqa: E402


def results(*cells):
    """Of (measure, who, values of each round); a text instead of values is why it failed."""
    made = []
    for measure, who, rounds in cells:
        for turn, values in enumerate(rounds):
            outcome = {"failed": values} if isinstance(values, str) else {"values": values}
            made.append({"measure": measure, "who": who, "setting": "", "round": turn, "others": 0.0} | outcome)
    return {
        "machine": {"kernel": "Linux"},
        "quick": False,
        "rounds": 3,
        "versions": {"Hob": "1", "runit": "2", "s6": "3"},
        "absent": {"pm2": "npm is missing"},
        "settings": {who: {"configured": "nothing", "fast": "", "source": "a page"} for who in ("Hob", "runit", "s6")},
        "cannot": {"s6": {"exits": "it has no time"}},
        "cells": made,
    }


class Statistics(unittest.TestCase):
    def test_quantiles_are_values_that_were_measured(self):
        values = [100, 2, 1, 4, 3]
        self.assertEqual(median(values), 3)
        self.assertEqual(quantile(values, 0.25), 2)
        self.assertEqual(quantile(values, 0.99), 100)
        self.assertEqual(median([7]), 7)
        with self.assertRaises(ValueError):
            median([])

    def test_three_digits_mean_something(self):
        for value, text in ((0, "0"), (0.1234, "0.12"), (12.345, "12.3"), (123.4, "123"), (81487.2, "81,487"), (5, "5")):
            self.assertEqual(number(value), text)
        self.assertEqual(spread([3, 1, 2]), "2 (1–3)")
        self.assertEqual(spread([2, 2]), "2")


class Gates(unittest.TestCase):
    kept = results(
        ("x", "Hob", [{"ms": 2}, {"ms": 4}, {"ms": 30}]),
        ("x", "floor", [{"ms": 1}, {"ms": 2}, {"ms": 3}]),
        ("x", "runit", [{"ms": 5}, {"ms": 5}, {"ms": 5}]),
        ("x", "s6", ["it hung", "it hung", "it hung"]),
    )

    def holds(self, bound, **more):
        gate = Gate("x", "ms", "x", "ms", bound, ("x", "ms"), "floor", **more)
        return gate.check(Results(self.kept))[1]

    def test_a_gate_closes_just_above_its_bound(self):
        for bound, expected in (
            (("times", 2), True),
            (("times", 1.9), False),
            (("plus", 2), True),
            (("plus", 1.9), False),
            (("most", 4), True),
            (("most", 3.9), False),
            (("ahead", ("runit", "s6")), True),
        ):
            self.assertEqual(self.holds(bound), expected, bound)
        self.assertTrue(self.holds(("least", 4), more_is_better=True))
        self.assertFalse(self.holds(("ahead", ("runit",)), more_is_better=True))

    def test_a_ratio_is_taken_in_each_round_and_a_round_without_a_floor_does_not_count(self):
        kept = results(("x", "Hob", [{"ms": 9}, {"ms": 4}]), ("x", "floor", ["no", {"ms": 2}]))
        gate = Gate("x", "ms", "x", "ms", ("times", 2), ("x", "ms"), "floor")
        (_, beside, _, verdict), holds = gate.check(Results(kept))
        self.assertTrue(holds and verdict == "holds" and "2.00 ×" in beside, beside)

    def test_nothing_measured_is_nothing_reached(self):
        kept = results(("x", "Hob", ["it hung"]))
        cells, holds = Gate("x", "ms", "x", "ms", ("most", 9)).check(Results(kept))
        self.assertFalse(holds)
        self.assertIn("it hung", cells[0])


class Tables(unittest.TestCase):
    def test_every_contestant_has_a_row_and_a_failure_says_why(self):
        table = Table("X", "About x.", "x", (Column("p50", "ms"),))
        text = table.text(Results(Gates.kept))
        for row in ("| **Hob** | 4 (2–30) |", "| *the machine itself* | 2 (1–3) |", "| runit | 5 |"):
            self.assertIn(row, text)
        self.assertIn("| s6 | failed: it hung |", text)
        exits = Table("X", "", "exits", (Column("ms", "cpu"),)).text(Results(Gates.kept))
        self.assertIn("| s6 | it has no time |", exits)

    def test_the_document_tells_what_was_missed_and_who_was_left_out(self):
        floor = ("restart", "floor", [{"samples": [0.5, 0.6, 0.7]}])
        text, good = document.written(results(("restart", "Hob", [{"samples": [3.0, 3.1, 3.2]}]), floor))
        self.assertFalse(good)
        self.assertIn("MISSED", text)
        self.assertIn("pm2 is left out: npm is missing", text)
        text, good = document.written(results(("restart", "Hob", [{"samples": [1.0, 1.1, 1.2]}]), floor))
        self.assertTrue(good, text)

    def test_a_quantile_is_that_of_a_round(self):
        self.assertEqual(part(0.5)({"samples": [3, 1, 2]}), 2)


class Rounds(unittest.TestCase):
    def test_a_round_that_would_last_too_long_is_not_begun(self):
        for passed, lasted, left, up in ((0, 0, 4, False), (300, 300, 3, False), (880, 250, 1, False), (900, 300, 1, True)):
            self.assertEqual(run.time_is_up(passed, lasted, left, 20), up, (passed, lasted, left))


class Cells(unittest.TestCase):
    """One that fails, hangs or leaves something costs itself and nothing else."""

    def outcome(self, measure, limit=20):
        with tempfile.TemporaryDirectory() as root:
            return cell.Cell(measure, root, limit).finish()

    def test_what_was_measured_comes_back(self):
        self.assertEqual(self.outcome(lambda place: {"ms": 1})["values"], {"ms": 1})

    def test_a_failure_is_its_reason(self):
        def measure(place):
            raise RuntimeError("there is no disk")

        self.assertEqual(self.outcome(measure)["failed"], "there is no disk")

    def test_what_is_left_is_ended(self):
        def measure(place):
            pid = os.fork()
            if pid == 0:
                os.setsid()
                os.execv("/bin/sleep", ["sleep", "1000"])
            return {"pid": pid}

        pid = self.outcome(measure)["values"]["pid"]
        self.assertFalse(process.is_alive(pid))

    def test_one_that_hangs_is_ended_with_what_it_started(self):
        with tempfile.TemporaryDirectory() as told:
            path = Path(told) / "pid"

            def measure(place):
                pid = os.fork()
                if pid == 0:
                    os.execv("/bin/sleep", ["sleep", "1000"])
                path.write_text(str(pid))
                time.sleep(1000)

            self.assertIn("not done", self.outcome(measure, limit=1)["failed"])
            self.assertFalse(process.is_alive(int(path.read_text())))


if __name__ == "__main__":
    unittest.main()
