"""The tables of one measure each: the floor, Hob, and every peer with its settings."""

from dataclasses import dataclass

from sample import median, number, quantile, spread
from series import part


@dataclass(frozen=True)
class Column:
    head: str
    metric: object
    # How the values of all rounds are told.
    tell: object = spread


@dataclass(frozen=True)
class Table:
    title: str
    note: str
    measure: str
    columns: tuple

    def text(self, results):
        heads = ["", *(column.head for column in self.columns)]
        lines = [f"### {self.title}", "", self.note, "", line(heads), line(["---"] * len(heads))]
        for who in ("floor", "Hob", *results.peers()):
            lines += self.rows(results, who)
        return "\n".join(lines) + "\n"

    def rows(self, results, who):
        cannot = results.kept.get("cannot", {}).get(who, {})
        if self.measure in cannot:
            return [self.empty(who, cannot[self.measure])]
        made = []
        for setting in results.settings(self.measure, who):
            name = {"floor": "*the machine itself*", "Hob": "**Hob**"}.get(who, who)
            name += "" if setting == "default" else f", {results.kept['settings'][who]['fast'].split(':')[0]}"
            failed = results.failure(self.measure, who, setting)
            if failed:
                made.append(self.empty(name, f"failed: {failed}"))
            else:
                made.append(line([name, *(self.cell(results, who, setting, column) for column in self.columns)]))
        return made

    def empty(self, name, why):
        return line([name, why, *[""] * (len(self.columns) - 1)])

    def cell(self, results, who, setting, column):
        values = results.series(self.measure, who, column.metric, setting)
        return column.tell(values) if values else "–"


def line(cells):
    return "| " + " | ".join(str(it).replace("|", "\\|") for it in cells) + " |"


def pooled(values):
    """p99 of the samples of all rounds, or the most where there are few."""
    samples = [it for round_ in values for it in round_]
    if len(samples) < 100:
        return f"≤ {number(max(samples))}"
    return number(quantile(samples, 0.99))


def worst(values):
    """What happens in one round, happens."""
    return number(max(values))


def least(values):
    return number(min(values))


def names(values):
    longest = max(values, key=len)
    return ", ".join(longest) if longest else "none"


def verdict(values):
    return max(values, key=("counted", "miscounted", "complained", "to the service", "silent").index)


def any_true(values):
    return "yes" if any(values) else "no"


def all_true(values):
    return "yes" if all(values) else "no"


def is_stamped(values):
    return values["stamped"] == values["found"] if "stamped" in values else None


CROWD = (
    "From the start of the supervisor until its own status command says that all are running. PSS is that of all its "
    "processes, log collectors included, and services not. The machine's own figures are those of as many children of one "
    "small process, of `true`, and of 64 bytes to and fro."
)
STATUS = Column("status command, ms", "status")
LIST = Column("list over a connection, µs", "list")
CAPTURE = (
    Column("MB in a second", "speed"),
    Column("CPU for 1 GiB, s", "cpu_per_gib"),
    Column("more memory, MiB", "growth"),
    Column("stamped", is_stamped, all_true),
    Column("wrong lines", "wrong", worst),
    Column("of MB", "megabytes", lambda values: number(median(values))),
)


def crowd(title, measure, *more):
    columns = (Column("reported running, s", "reported"), Column("PSS, MiB", "pss"), Column("processes", "processes"))
    return Table(title, CROWD, measure, columns + more)


ALL = (
    Table(
        "SIGKILL of a service to its successor's first instruction",
        "In milliseconds. Each service dies once, a second or more after its start; p99 is that of all rounds together, "
        "or the longest where there were fewer than 100 deaths.",
        "restart",
        (
            Column("p50", part(0.5)),
            Column("p99", "samples", pooled),
            Column("deaths", lambda it: len(it["samples"]), lambda counts: number(sum(counts))),
        ),
    ),
    Table(
        "No service",
        "Memory of the supervisor alone.",
        "none",
        (Column("PSS, MiB", "pss"), Column("anonymous, MiB", "anonymous")),
    ),
    crowd(
        "10 services",
        "few",
        Column("idle CPU, %", "idle"),
        STATUS,
        Column("ping over a connection, µs", "ping"),
        LIST,
    ),
    crowd("200 services", "many", STATUS, LIST, Column("stopped and gone, s", "stopped")),
    crowd("1,000 services", "most", Column("anonymous, MiB", "anonymous")),
    Table(
        "1 GiB of lines of 100 bytes, 64 KiB to a write",
        "With rotation at 10 MB where there is one. CPU is that of the supervisor and its log collectors. Wrong lines "
        "were lost, doubled or cut, in the worst round.",
        "big",
        CAPTURE,
    ),
    Table("Lines of 100 bytes, one to a write", "As above.", "small", CAPTURE),
    Table(
        "A service that exits at once",
        "It is started again without delay and for ever, as far as that can be set.",
        "exits",
        (Column("CPU of the supervisor for a restart, ms", "cpu"), Column("restarts in a second", "per_second")),
    ),
    Table(
        "Grandchildren after a stop",
        "A service has an ordinary child, one in a session of its own (setsid), one that was forked twice (orphan), one "
        "deaf to SIGHUP (nohup), and one that was forked twice and has lost its environment (bare). Who survives the stop "
        "of the service:",
        "escapes",
        (Column("escaped", "escaped", names),),
    ),
    Table(
        "The supervisor is killed with -9 and started again",
        "With five silent services and five that write lines; of s6 and runit the supervisors of each service are killed. "
        "*Orphaned* ones run, but it does not know them.",
        "killed",
        (
            Column("adopted", "kept", least),
            Column("doubled", "doubled", worst),
            Column("died, then replaced", "replaced", worst),
            Column("gone", "lost", worst),
            Column("orphaned", "orphaned", worst),
            Column("all reported running after, s", "settled"),
        ),
    ),
    Table(
        "The disk for logs is full",
        "A service writes 200,000 lines (20 MB) while 4 MiB are free; then there is room again. *Counted*: it tells how "
        "many lines were lost. *Complained*: it tells that the disk was full. *To the service*: its writes fail.",
        "disk",
        (
            Column("lines lost", "lost", worst),
            Column("cut", "damaged", worst),
            Column("told", "said", verdict),
            Column("the service was held up", "held_up", any_true),
            Column("the supervisor survived", "survived", all_true),
        ),
    ),
    Table(
        "1,000 services that write, the daemon killed with -9 and started again",
        "In milliseconds from the start of the new daemon. Afterwards every line is looked for.",
        "adoption",
        (
            Column("it answers", "answered"),
            Column("all reported running", "adopted"),
            Column("adopted", "kept", least),
            Column("lines lost", "lines_lost", worst),
            Column("lines doubled", "lines_doubled", worst),
        ),
    ),
    Table(
        "Commands in a queue",
        "Each tells its first instruction and ends. They are put into a queue that holds still and is then let go; nq has one "
        "place, the others two. How soon one begins in an empty queue is counted from before the command that puts it there "
        "is spawned, in milliseconds. Hob records each run before it begins, and again when it has ended; task-spooler keeps "
        "its queue in memory.",
        "queue",
        (
            Column("begun in a second", "rate"),
            Column("of", "of", lambda counts: number(median(counts))),
            Column("soonest, p50", part(0.5)),
            Column("p99", "samples", pooled),
        ),
    ),
)
