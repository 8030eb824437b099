"""Cost against unmet energy as a scatter: a shape, a word and a colour for each architecture, bars for what the means may be off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from matplotlib.axes import Axes

from voltloom.advisor.trade_off import Span, TradePoint
from voltloom.site.tariff import Tariff
from voltloom.units import kwh_from_wh

SHAPES: Final = ("o", "s", "^", "D", "v", "P")  # told apart without colours


class Inks(NamedTuple):
    """The colours of a picture: texts, lines behind, one a series."""

    text: str
    muted: str
    grid: str
    series: tuple[str, ...]


def draw_trade_off(axes: Axes, points: Sequence[TradePoint], tariff: Tariff, inks: Inks) -> None:
    """Draw points that have a cost into axes; filled at the first fault level, open at the others."""
    names = list(dict.fromkeys(point.architecture for point in points))
    levels = list(dict.fromkeys(point.faults for point in points))
    per_unit = 10**tariff.minor_digits
    for point in points:
        assert point.cost is not None, "only points with a cost are drawn"
        number, level = names.index(point.architecture), levels.index(point.faults)
        x_kwh, y_cost = kwh_from_wh(point.unmet.mean_per_unit), point.cost.mean_per_unit / per_unit
        colour = inks.series[number % len(inks.series)]
        axes.errorbar(
            [x_kwh],
            [y_cost],
            xerr=_bar(point.unmet, kwh_from_wh(1.0)),
            yerr=_bar(point.cost, 1.0 / per_unit),
            fmt=SHAPES[number % len(SHAPES)],
            color=colour,
            markerfacecolor=colour if level == 0 else "none",
            markersize=9,
            capsize=3,
            linewidth=1.2,
        )
        word = point.architecture if len(levels) == 1 else f"{point.architecture}, {point.faults}"
        axes.annotate(
            word, (x_kwh, y_cost), xytext=(8, 6), textcoords="offset points", color=inks.text, fontsize=9
        )
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.margins(x=0.15, y=0.2)
    axes.set_xlabel("unmet, kWh a day", color=inks.muted)
    axes.set_ylabel(f"{tariff.currency} a kWh", color=inks.muted)


def _bar(span: Span, scale_ratio: float) -> list[list[float]] | None:
    """Return how far a mean may be off below and above, None where that is unknown."""
    if not math.isfinite(span.low_per_unit):
        return None
    return [
        [(span.mean_per_unit - span.low_per_unit) * scale_ratio],
        [(span.high_per_unit - span.mean_per_unit) * scale_ratio],
    ]
