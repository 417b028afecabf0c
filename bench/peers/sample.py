"""Order statistics, the same as in the figures of `make bench`. Means are not used: one interrupted round
would decide them."""


def quantile(values, part):
    """The value below which the share `part` of all values lies, by the nearest rank."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a figure needs a measurement")
    return ordered[int((len(ordered) - 1) * part + 0.5)]


def median(values):
    return quantile(values, 0.5)


def number(value):
    """Three digits that mean something."""
    size = abs(value)
    if size == 0 or size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def spread(values):
    """The median, and from where to where the values go."""
    low, middle, high = (number(it) for it in (min(values), median(values), max(values)))
    return middle if low == high else f"{middle} ({low}–{high})"


def ratio(ours, floors):
    """The median of the rounds' ratios, so that a machine that grows slower during the run does not decide it."""
    pairs = [mine / floor for mine, floor in zip(ours, floors) if floor]
    return median(pairs) if pairs else None
