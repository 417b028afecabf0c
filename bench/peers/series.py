"""The results by what they are about: one value for each round."""

from sample import median, quantile


class Results:
    def __init__(self, kept):
        self.kept = kept
        self.cells = {}
        for cell in kept["cells"]:
            key = cell["measure"], cell["who"], cell["setting"] or "default"
            self.cells.setdefault(key, []).append(cell)
        for who in kept["versions"]:
            self.tell_each(who)

    def tell_each(self, who):
        """KiB of anonymous memory that one of many services adds, as "each"."""
        idle = self.series("none", who, "anonymous")
        for measure, count in (("many", 200), ("most", 1000)):
            for cell in self.cells.get((measure, who, "default"), []):
                if idle and "values" in cell:
                    cell["values"]["each"] = (cell["values"]["anonymous"] - median(idle)) * 1024 / count

    def series(self, measure, who, metric, setting="default"):
        """`metric` is a name, or a function of the values of one round. A round that failed has no value."""
        cells = self.cells.get((measure, who, setting), [])
        values = [value_of(cell["values"], metric) for cell in cells if "values" in cell]
        return [it for it in values if it is not None]

    def pairs(self, measure, metric, floor_measure, floor_metric):
        """Hob's value and the floor's of each round that has both."""

        def by_round(measure, who, metric):
            cells = self.cells.get((measure, who, "default"), [])
            return {it["round"]: value_of(it["values"], metric) for it in cells if "values" in it}

        ours, floors = by_round(measure, "Hob", metric), by_round(floor_measure, "floor", floor_metric)
        return [(ours[it], floors[it]) for it in sorted(ours) if floors.get(it) and ours[it] is not None]

    def failure(self, measure, who, setting="default"):
        """Why there is nothing, if there is nothing."""
        cells = self.cells.get((measure, who, setting), [])
        failed = [it["failed"] for it in cells if "failed" in it]
        return failed[0] if failed and len(failed) == len(cells) else None

    def settings(self, measure, who):
        return [key[2] for key in self.cells if key[:2] == (measure, who)]

    def peers(self):
        return [it for it in self.kept["versions"] if it != "Hob"]


def value_of(values, metric):
    return metric(values) if callable(metric) else values.get(metric)


def part(share):
    """A quantile of a round's samples."""
    return lambda values: quantile(values["samples"], share)
