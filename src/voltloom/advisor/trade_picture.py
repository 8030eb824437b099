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
    """Draw points that have a cost into axes, those of the first fault level."""
    names = list(dict.fromkeys(point.architecture for point in points))
    per_unit = 10**tariff.minor_digits
    for point in points:
        if point.faults != points[0].faults:
            continue
        assert point.cost is not None, "only points with a cost are drawn"
        number = names.index(point.architecture)
        axes.errorbar(
            [kwh_from_wh(point.unmet.mean_per_unit)],
            [point.cost.mean_per_unit / per_unit],
            xerr=_bar(point.unmet, kwh_from_wh(1.0)),
            yerr=_bar(point.cost, 1.0 / per_unit),
            fmt=SHAPES[number % len(SHAPES)],
            color=inks.series[number % len(inks.series)],
            markersize=9,
            capsize=3,
            linewidth=1.2,
            label=point.architecture,
        )
    legend = axes.legend(loc="upper left", bbox_to_anchor=(0.0, 1.16), ncols=3, frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_color(inks.text)
    axes.margins(x=0.12, y=0.25)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.set_xlabel("unmet, kWh a day", color=inks.muted, fontsize=9)
    axes.set_ylabel(f"{tariff.currency} a kWh", color=inks.muted, fontsize=9)


def _bar(span: Span, scale_ratio: float) -> list[list[float]] | None:
    """Return how far a mean may be off below and above, None where that is unknown."""
    if not math.isfinite(span.low_per_unit):
        return None
    return [
        [(span.mean_per_unit - span.low_per_unit) * scale_ratio],
        [(span.high_per_unit - span.mean_per_unit) * scale_ratio],
    ]
