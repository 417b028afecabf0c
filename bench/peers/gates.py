"""What Hob has to reach, and whether it does: the medians of the rounds, or of the rounds' ratios to their floor."""

from dataclasses import dataclass

from sample import median, number, spread
from series import part

# Who is this close is on a par.
PAR = 0.95


@dataclass(frozen=True)
class Gate:
    """One line of the first table."""

    what: str
    unit: str
    measure: str
    metric: object
    # What has to hold: ("times", 3), ("plus", 0.5), ("most", 5), ("least", 175), ("ahead", names), ("par", names).
    bound: tuple
    # (measure, metric) of the floor, and what it is.
    floor: tuple = ()
    floor_name: str = ""
    more_is_better: bool = False
    # The best peer is shown beside it.
    compared: bool = True

    def check(self, results):
        """(Hob, beside it, gate, verdict) as texts, and whether it holds."""
        ours = results.series(self.measure, "Hob", self.metric)
        if not ours:
            why = results.failure(self.measure, "Hob") or "not measured"
            return (f"failed: {why}", "", self.bound_text(), "FAILED"), False
        holds, beside = self.judge(results, ours)
        return (self.with_unit(spread(ours)), beside, self.bound_text(), "holds" if holds else "MISSED"), holds

    def judge(self, results, ours):
        kind, limit = self.bound
        if kind in ("times", "plus"):
            return self.beside_floor(results, kind, limit)
        if kind in ("ahead", "par"):
            rivals = {who: median(found) for who in limit if (found := results.series(self.measure, who, self.metric))}
            beside = ", ".join(f"{who} {self.with_unit(number(value))}" for who, value in rivals.items())
            return all(self.is_ahead(median(ours), value, kind) for value in rivals.values()), beside
        best = self.best(results)
        return (median(ours) >= limit if kind == "least" else median(ours) <= limit), best

    def beside_floor(self, results, kind, limit):
        pairs = results.pairs(self.measure, self.metric, *self.floor)
        if not pairs:
            return False, "the floor was not measured"
        beside = f"{self.floor_name}: {self.with_unit(spread([floor for _, floor in pairs]))}; "
        if kind == "times":
            ratio = median([mine / floor for mine, floor in pairs])
            return ratio <= limit, f"{beside}{ratio:.2f} ×"
        excess = median([mine - floor for mine, floor in pairs])
        return excess <= limit, f"{beside}{self.with_unit(f'{excess:+.2f}')}"

    def is_ahead(self, mine, other, kind):
        slack = PAR if kind == "par" else 1
        return mine >= other * slack if self.more_is_better else mine * slack <= other

    def best(self, results):
        """The best peer, with its fast settings if it has some."""
        if not self.compared:
            return ""
        found = {}
        for who in results.peers():
            for setting in results.settings(self.measure, who):
                values = results.series(self.measure, who, self.metric, setting)
                if values:
                    found.setdefault(who, []).append(median(values))
        if not found:
            return ""
        choose = max if self.more_is_better else min
        who = choose(found, key=lambda it: choose(found[it]))
        return f"{who} {self.with_unit(number(choose(found[who])))}"

    def bound_text(self):
        kind, limit = self.bound
        if kind == "times":
            return f"≤ {limit} ×"
        if kind == "plus":
            return f"≤ {self.with_unit(f'+{limit}')}"
        if kind in ("ahead", "par"):
            return f"{'ahead of' if kind == 'ahead' else 'on a par with'} {', '.join(limit)}"
        return f"{'≥' if kind == 'least' else '≤'} {self.with_unit(str(limit))}"

    def with_unit(self, text):
        return f"{text} {self.unit}" if self.unit else text


def count(*names):
    return lambda values: sum(values[name] for name in names)


PING = ("few", "ping")
VERSION = ("few", "version")
ECHO = "64 bytes to and fro"
RESPAWN = "kill and posix_spawn"
KILL = "SIGKILL to the successor"
ALL = (
    Gate(f"{KILL}, p50", "ms", "restart", part(0.5), ("times", 3), ("restart", part(0.5)), RESPAWN),
    Gate(f"{KILL}, p99", "ms", "restart", part(0.99), ("times", 3), ("restart", part(0.99)), RESPAWN),
    Gate(f"{KILL}, p50", "ms", "restart", part(0.5), ("ahead", ("runit", "pm2", "s6"))),
    Gate("200 services until all are reported running", "s", "many", "reported", ("most", 0.35)),
    Gate("1,000 services until all are reported running", "s", "most", "reported", ("most", 1.8)),
    Gate("200 services stopped and gone", "s", "many", "stopped", ("most", 0.1)),
    Gate("memory (PSS) without services", "MiB", "none", "pss", ("most", 5)),
    Gate("memory (PSS) with 10 services", "MiB", "few", "pss", ("most", 5.5)),
    Gate("memory (PSS) with 200 services", "MiB", "many", "pss", ("most", 7)),
    Gate("memory (PSS) with 1,000 services", "MiB", "most", "pss", ("most", 12)),
    Gate("anonymous memory without services", "MiB", "none", "anonymous", ("most", 3)),
    Gate("anonymous memory, more than idle, of one of 200", "KiB", "many", "each", ("most", 8), compared=False),
    Gate("anonymous memory, more than idle, of one of 1,000", "KiB", "most", "each", ("most", 8), compared=False),
    Gate("of a processor while 10 services do nothing", "%", "few", "idle", ("most", 0.0), compared=False),
    Gate("`hob status` of 10 services", "ms", "few", "status", ("plus", 0.5), VERSION, "`hob --version`"),
    Gate("`hob status` of 200 services", "ms", "many", "status", ("plus", 2), VERSION, "`hob --version`"),
    Gate("`hob status` of 10 services", "ms", "few", "status", ("ahead", ("runit", "systemd --user"))),
    Gate("`hob status` of 200 services", "ms", "many", "status", ("ahead", ("runit", "systemd --user"))),
    Gate("ping over an open connection", "µs", "few", "ping", ("times", 1.3), PING, ECHO),
    Gate("list of 10 services", "µs", "few", "list", ("times", 1.6), PING, ECHO),
    Gate("list of 200 services", "µs", "many", "list", ("times", 6), PING, ECHO),
    Gate("CPU to capture 1 GiB", "s", "big", "cpu", ("times", 1.8), ("big", "cpu"), "pipe to file"),
    Gate("captured in a second", "MB", "big", "speed", ("ahead", ("s6",)), more_is_better=True),
    Gate("captured in a second", "MB", "big", "speed", ("par", ("supervisord",)), more_is_better=True),
    Gate("memory that it grew by meanwhile", "MiB", "big", "growth", ("most", 10)),
    Gate("lines lost, doubled or damaged", "", "big", "wrong", ("most", 0), compared=False),
    Gate("captured in a second, a write for each line", "MB", "small", "speed", ("least", 175), more_is_better=True),
    Gate("lines lost, doubled or damaged, a write for each", "", "small", "wrong", ("most", 0), compared=False),
    Gate("CPU of a restart of what exits at once", "ms", "exits", "cpu", ("most", 0.5)),
    Gate("grandchildren that survive a stop", "", "escapes", lambda it: len(it["escaped"]), ("most", 0)),
    Gate(
        "killed with -9, with 10 services: died, doubled or orphaned",
        "",
        "killed",
        count("doubled", "replaced", "lost", "orphaned"),
        ("most", 0),
    ),
    Gate("killed with -9, with 1,000 services: all adopted after", "ms", "adoption", "adopted", ("most", 150)),
    Gate("… of them died or doubled", "", "adoption", count("doubled", "replaced", "lost"), ("most", 0)),
    Gate("… lines lost or doubled", "", "adoption", count("lines_lost", "lines_doubled"), ("most", 0)),
    Gate("commands of a queue begun in a second, two places", "", "queue", "rate", ("least", 900), more_is_better=True),
    Gate("commands of a queue begun in a second", "", "queue", "rate", ("ahead", ("task-spooler", "nq", "pueue")), more_is_better=True),
    Gate("`hob queue` to the command's first instruction, p50", "ms", "queue", part(0.5), ("ahead", ("nq", "pueue"))),
    Gate("full disk: lines lost and not counted", "", "disk", "uncounted", ("most", 0)),
)
