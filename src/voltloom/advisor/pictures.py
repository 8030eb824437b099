"""The report's pictures: power against limit, sessions as a Gantt, delivered energy, cost against unmet energy, load profile, waiting."""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from voltloom.advisor.comparison import Comparison
from voltloom.advisor.figure_svg import (
    GRID,
    LIMIT,
    MUTED,
    PAUSED,
    SERIES,
    SETTINGS,
    TEXT,
    dress,
    new_figure,
    plain,
    svg_of,
)
from voltloom.advisor.measured import waited_s
from voltloom.advisor.sentences import under
from voltloom.advisor.series import busiest_day, concurrency, day_bounds_s, hours_into, thinned
from voltloom.advisor.trade_off import TRADE_WORDS, TradePoint, trade_off
from voltloom.advisor.trade_picture import Inks, draw_trade_off
from voltloom.advisor.verdict import Verdict
from voltloom.simulation.summary import RunResult, SessionOutcome
from voltloom.site.topology import Site
from voltloom.units import kw_from_w

WIDTH_IN = 9.6
GANTT_POINTS = 60
MOST_ROWS = 60
SVG_INKS: Final = Inks(text=TEXT, muted=MUTED, grid=GRID, series=SERIES)
DASHES: Final[tuple[Any, ...]] = ("solid", (0, (6, 2)), (0, (2, 2)))  # lines that coincide stay visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: an SVG element, what it shows, and a sentence on how to read it."""

    title: str
    svg: str
    caption: str


def pictures_of(comparison: Comparison, verdict: Verdict) -> tuple[Picture, ...]:
    """Return every picture of a comparison, the same bytes for the same runs."""
    with rc_context(SETTINGS):
        return tuple(_pictures(comparison, verdict))


def _pictures(comparison: Comparison, verdict: Verdict) -> list[Picture]:
    level = comparison.fault_levels[0]
    shown = [comparison.of(name, level)[0] for name in comparison.architectures]
    zone = comparison.scenario.site.time_zone
    day = busiest_day(shown[0], zone)
    found = [_delivered(comparison, verdict)]
    if priced := [p for p in trade_off(comparison) if p.cost is not None]:
        found.append(_trade_off(priced, comparison))
    if day:
        found.append(_power(shown, day, comparison.scenario.site))
        found += [_gantt(result, day, zone, colour_of(k)) for k, result in enumerate(shown)]
        found += [_profile(shown[0], zone), _waiting(shown)]
    return found


def colour_of(number: int) -> str:
    """Return the colour of an architecture by its place in the comparison."""
    return SERIES[number % len(SERIES)]


def _picture(figure: Figure, name: str, title: str, caption: str) -> Picture:
    label = html.escape(title, quote=True)
    return Picture(title=title, svg=svg_of(figure, name=name, label=label), caption=caption)


def _delivered(comparison: Comparison, verdict: Verdict) -> Picture:
    names, levels = comparison.architectures, comparison.fault_levels
    figure = new_figure(WIDTH_IN, 3.2)
    axes = figure.add_subplot()
    dress(axes, y_label="delivered, % of asked")
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        at = np.arange(len(levels)) + (number - (len(names) - 1) / 2) * width
        parts = [100.0 * verdict.of(name, level).delivered_ratio for level in levels]
        axes.bar(at, parts, width * 0.92, color=colour_of(number), label=name)
        for x, part in zip(at, parts, strict=True):
            if np.isfinite(part):
                axes.text(x, part + 1.5, f"{part:.1f}", ha="center", color=TEXT, fontsize=9)
    axes.set_xticks(range(len(levels)), [f"faults: {level}" for level in levels])
    axes.set_ylim(0, 118)
    axes.set_yticks([0, 25, 50, 75, 100])
    plain(axes.legend(loc="upper center", ncols=len(names)))
    caption = "Energy delivered as a part of the energy asked for, mean over the seeds."
    return _picture(figure, "delivered", "Delivered energy by architecture and fault level", caption)


def _trade_off(points: list[TradePoint], comparison: Comparison) -> Picture:
    tariff = comparison.scenario.tariff
    assert tariff is not None, "points have a cost only where there are prices"
    figure = new_figure(WIDTH_IN, 3.6)
    axes = figure.add_subplot()
    dress(axes)
    draw_trade_off(axes, points, tariff, SVG_INKS)
    title = f"Cost against unmet energy, {under(points[0].faults)}"
    return _picture(figure, "trade-off", title, TRADE_WORDS)


def _power(shown: list[RunResult], day: str, site: Site) -> Picture:
    begin_s, end_s = day_bounds_s(day, site.time_zone)
    figure = new_figure(WIDTH_IN, 0.9 + 1.5 * len(shown))
    rows = figure.subplots(len(shown), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    top_kw = 1.0
    for number, (axes, result) in enumerate(zip(rows, shown, strict=True)):
        trace = result.trace
        inside = (trace.time_s >= begin_s) & (trace.time_s < end_s)
        time_s, power_w = thinned(trace.time_s[inside], trace.power_w[inside])
        limit_s, limit_w = thinned(trace.time_s[inside], trace.limit_w[inside])
        hours_h = hours_into(time_s, begin_s)
        power_kw = kw_from_w(1.0) * power_w
        if math.isfinite(site.transformer_w):
            limit_w = np.full(len(limit_s), site.transformer_w)
        limit_kw = kw_from_w(1.0) * limit_w
        dress(axes, title=result.summary.architecture, y_label="kW")
        axes.fill_between(hours_h, power_kw, step="post", color=colour_of(number), alpha=0.75, linewidth=0)
        limit_h = hours_into(limit_s, begin_s)
        axes.plot(limit_h, limit_kw, drawstyle="steps-post", color=LIMIT, linewidth=2)
        if number == 0 and math.isfinite(site.transformer_w):
            label = f"transformer {kw_from_w(site.transformer_w):g} kW"
            axes.text(0.1, float(limit_kw[0]) * 0.97, label, color=LIMIT, va="top", fontsize=9)
        known = [float(v) for v in (*power_kw, *limit_kw) if np.isfinite(v)]
        top_kw = max([top_kw, *known])
    rows[0].set_ylim(0, 1.12 * top_kw)
    _hour_axis(rows[-1], (end_s - begin_s) / 3600.0)
    line = "what the grid connection leaves to the vehicles, all phases together"
    if math.isfinite(site.transformer_w):
        line = f"the transformer's rating, {kw_from_w(site.transformer_w):g} kW"
    caption = (
        f"Power of all vehicles on {day}, the day with most energy asked for. The red line is {line}. Phases are seldom loaded "
        "alike: one of them, or a fuse further down, can be full before the sum reaches the line."
    )
    return _picture(figure, "power", "Power against the limit", caption)


def _gantt(result: RunResult, day: str, zone: str, colour: str) -> Picture:
    begin_s, end_s = day_bounds_s(day, zone)
    sessions = [s for s in result.trace.sessions if s.arrival_s < end_s and s.departure_s > begin_s]
    evses = sorted({s.evse_id for s in sessions})[:MOST_ROWS]
    row = {evse_id: len(evses) - 1 - number for number, evse_id in enumerate(evses)}
    figure = new_figure(WIDTH_IN, 0.9 + 0.2 * len(evses))
    axes = figure.add_subplot()
    dress(axes)
    axes.grid(visible=True, axis="x", color=MUTED, linewidth=0.3, alpha=0.5)
    axes.grid(visible=False, axis="y")
    there = [s for s in sessions if s.evse_id in row]
    ends_s = float(result.trace.time_s[-1]) + result.trace.step_s if len(result.trace.time_s) else end_s
    most_w = max([1.0, *(float(s.sample_w.max()) for s in there if len(s.sample_w))])

    def blocks(
        shape: Callable[[SessionOutcome], list[tuple[float, float]]],
    ) -> list[list[tuple[float, float]]]:
        return [
            [((x - begin_s) / 3600.0, row[s.evse_id] + y) for x, y in points]
            for s in there
            if (points := shape(s))
        ]

    stays = PolyCollection(blocks(_stay), facecolors=MUTED, alpha=0.22, linewidths=0)
    waits = PolyCollection(blocks(_wait), facecolors="none", edgecolors=PAUSED, hatch="////", linewidths=0.6)
    drawn = PolyCollection(blocks(lambda s: _drawn(s, most_w, ends_s)), facecolors=colour, linewidths=0)
    for collection in (stays, waits, drawn):
        axes.add_collection(collection)
    axes.set_yticks([row[e] + 0.4 for e in evses], evses, fontsize=7 if len(evses) > 20 else 9)
    axes.set_ylim(-0.2, len(evses) + 0.2)
    _hour_axis(axes, (end_s - begin_s) / 3600.0)
    name = result.summary.architecture
    caption = (
        f"Sessions on {day}: grey is the stay, the height of the coloured block is power (full height "
        f"{kw_from_w(most_w):.1f} kW), hatched is waiting for the first power."
    )
    slug = "".join(c if c.isalnum() else "-" for c in name)
    return _picture(figure, f"gantt-{slug}", f"Sessions under {name}", caption)


def _stay(session: SessionOutcome) -> list[tuple[float, float]]:
    begin_s = session.plugged_in_s if np.isfinite(session.plugged_in_s) else session.arrival_s
    return _box(begin_s, session.departure_s)


def _wait(session: SessionOutcome) -> list[tuple[float, float]]:
    """Return the box of the time before the first power; none where it came within a minute."""
    if not np.isfinite(session.plugged_in_s):
        return _box(session.arrival_s, session.departure_s)
    ends_s = session.first_power_s if np.isfinite(session.first_power_s) else session.departure_s
    return _box(session.plugged_in_s, ends_s) if ends_s - session.plugged_in_s > 60.0 else []


def _box(begin_s: float, end_s: float) -> list[tuple[float, float]]:
    return [(begin_s, 0.0), (begin_s, 0.8), (end_s, 0.8), (end_s, 0.0)]


def _drawn(session: SessionOutcome, most_w: float, run_ends_s: float) -> list[tuple[float, float]]:
    """Return the outline of a session's power, height 0.8 at the most; nothing is known after the run."""
    if len(session.sample_s) == 0:
        return []
    times_s, powers_w = thinned(session.sample_s, session.sample_w, GANTT_POINTS)
    ends_s = [*(float(t) for t in times_s[1:]), min(session.departure_s, run_ends_s)]
    points = [(float(times_s[0]), 0.0)]
    for begin_s, end_s, power_w in zip(times_s, ends_s, powers_w, strict=True):
        height = 0.8 * float(power_w) / most_w
        points += [(float(begin_s), height), (max(float(begin_s), end_s), height)]
    return [*points, (points[-1][0], 0.0)]


def _profile(result: RunResult, zone: str) -> Picture:
    hours_h, mean_count, high_count = concurrency(result.trace.sessions, zone)
    figure = new_figure(WIDTH_IN, 2.8)
    axes = figure.add_subplot()
    dress(axes, y_label="vehicles plugged in")
    axes.fill_between(
        hours_h,
        high_count,
        step="post",
        color=SERIES[0],
        alpha=0.25,
        linewidth=0,
        label="19 of 20 days stay below",
    )
    axes.plot(
        hours_h, mean_count, drawstyle="steps-post", color=SERIES[0], linewidth=2, label="mean over the days"
    )
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    plain(axes.legend(loc="upper left"))
    _hour_axis(axes, 24.0)
    caption = "How many vehicles are plugged in over the day, all days of the record, local time."
    return _picture(figure, "profile", "Load profile", caption)


def _waiting(shown: list[RunResult]) -> Picture:
    figure = new_figure(WIDTH_IN, 2.8)
    axes = figure.add_subplot()
    dress(axes, x_label="minutes until the first power", y_label="% of sessions")
    waits = [
        np.sort([waited_s(s) / 60.0 for s in result.trace.sessions if not s.is_refused]) for result in shown
    ]
    longest_min = max([1.0, *(float(w[-1]) for w in waits if len(w))])
    for number, (result, waits_min) in enumerate(zip(shown, waits, strict=True)):
        if len(waits_min) == 0:
            continue
        at = np.unique(np.linspace(0, len(waits_min) - 1, min(200, len(waits_min))).round().astype(int))
        parts = 100.0 * (at + 1) / len(waits_min)
        axes.plot(
            np.concatenate([[0.0], waits_min[at], [longest_min]]),
            np.concatenate([[0.0], parts, [100.0]]),
            drawstyle="steps-post",
            color=colour_of(number),
            linestyle=DASHES[number % len(DASHES)],
            linewidth=2,
            label=result.summary.architecture,
        )
    axes.set_xlim(-0.01 * longest_min, 1.01 * longest_min)
    axes.set_ylim(0, 105)
    axes.set_yticks([0, 25, 50, 75, 100])
    plain(axes.legend(loc="lower right"))
    caption = "The part of all sessions that had their first power after so many minutes; a curve further left waits less."
    return _picture(figure, "waiting", "Waiting for the first power", caption)


def _hour_axis(axes: Axes, length_h: float) -> None:
    """Label a day's axis as HH:MM."""
    axes.set_xlim(0, length_h)
    ticks = range(0, 25, 3)
    axes.set_xticks(list(ticks), [f"{hour:02}:00" for hour in ticks])
