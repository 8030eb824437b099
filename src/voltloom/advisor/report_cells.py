"""The cells that the report's file and its picture share: the numbers of every run, and the paired differences."""

from __future__ import annotations

from typing import Final

from voltloom.advisor import sentences
from voltloom.advisor.formats import duration, money, number, percent
from voltloom.advisor.measured import POINTS, Difference, Measured

NUMBER_HEADS: Final = (
    *(
        "",
        "Faults",
        "Delivered",
        "Unmet",
        "Wait, slowest 5 %",
        "Peak",
        "Cost",
        "New limits a session",
        "Fairness",
    ),
    *("Overload", "Trips", "In fallback"),
)
DIFFERENCE_HEADS: Final = ("Difference", "Faults", "In", "Mean", "Interval", "Shows")


def number_cells(found: Measured, currency: str, digits: int) -> tuple[str, ...]:
    """Return one architecture's numbers at one fault level, without its name, in the order of `NUMBER_HEADS`."""
    return (
        found.faults,
        percent(found.delivered_ratio) + (" until stopped" if found.breaches else ""),
        f"{number(found.unmet_count, 0)} of {found.sessions}",
        duration(found.wait_s_p95),
        f"{number(found.peak_w / 1000.0)} kW",
        money(found.cost_minor, currency, digits),
        number(found.changes_per_session),
        number(found.jain_fairness, 3),
        f"{number(found.overload_a_s, 0)} A·s",
        str(found.breaker_trips),
        duration(found.degraded_s),
    )


def difference_cells(found: Difference) -> tuple[str, ...]:
    """Return a paired difference in the order of `DIFFERENCE_HEADS`, without what it shows."""
    interval = found.interval
    values = (interval.mean_per_unit, interval.low_per_unit, interval.high_per_unit)
    mean, low, high = (sentences.in_its_unit(found.metric, value) for value in values)
    unit = " points" if found.metric in POINTS else ""
    return (
        f"{found.challenger} − {found.champion}",
        found.faults,
        sentences.METRIC_WORDS[found.metric],
        f"{mean}{unit}",
        f"{low} to {high}",
    )


def judgement(found: Difference) -> tuple[str, str]:
    """Return what a difference shows, and of what kind that is: good, bad, or a note. One that spans zero shows nothing."""
    if found.interval.is_noise:
        return "no difference shown", "note"
    return {1: ("better", "good"), -1: ("worse", "bad"), 0: ("too small to matter", "note")}[found.gain]
