"""A plan as one self-contained page: planned power by vehicle against the limit and the price, what was drawn, and a table."""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes

from voltloom.advisor.figure_svg import (
    LIMIT,
    MUTED,
    PANEL,
    PAUSED,
    SERIES,
    SETTINGS,
    TEXT,
    dress,
    new_figure,
    plain,
    svg_of,
)
from voltloom.advisor.formats import UNKNOWN, clock, departure, moment, number
from voltloom.advisor.pictures import WIDTH_IN
from voltloom.advisor.plan_outcome import PlanOutcome, outcome_record
from voltloom.advisor.report_style import STYLE
from voltloom.advisor.series import hours_into, thinned
from voltloom.decision.plan import Basis, Plan, circuits_of, departures_of, shadow_per_ah
from voltloom.decision.plan_record import SHORT_KWH
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.network import Floats, Network
from voltloom.units import SECONDS_PER_HOUR, kw_from_w

NAMED_COUNT = 12  # more vehicles have no legend: the table names them
TICKS_COUNT = 9
HATCHES = ("", "////", "....", "xxxx")  # with each of the colours
NUMBER_BOX = {"boxstyle": "round,pad=0.15", "facecolor": PANEL, "linewidth": 0.0}
HIGH_ENOUGH_RATIO = 0.03  # of the picture's height, for a number inside


def plan_page(scenario: Scenario, result: RunResult, outcome: PlanOutcome) -> str:
    """Return a plan and what came of it as one HTML page that needs nothing else; the same bytes for the same run."""
    zone, plan = scenario.site.time_zone, outcome.plan
    title = html.escape(f"{scenario.title or scenario.name}: the plan of {moment(plan.made_s, zone)}")
    with rc_context(SETTINGS):
        svg = _picture(scenario, result, outcome)
    record = outcome_record(scenario, outcome)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style></head><body><main><section><h2>{title}</h2>"
        f"<p>{html.escape(_summary(record, result))}</p>"
        f'<figure><div class="box" tabindex="0">{svg}</div><figcaption>{_caption(record)}</figcaption></figure></section>'
        f"<section><h2>Vehicles</h2>{_table(record, zone)}</section></main></body></html>\n"
    )


def _summary(record: dict[str, Any], result: RunResult) -> str:
    vehicles = record["vehicles"]
    need_kwh, planned_kwh, back_kwh, drawn_kwh = (
        sum(one[key] for one in vehicles)
        for key in ("need_kwh", "planned_kwh", "planned_back_kwh", "drawn_kwh")
    )
    short = sum(1 for one in vehicles if one["is_short"])
    for_whom = (
        "enough for everybody"
        if not short
        else f"and {short} of the vehicles {'falls' if short == 1 else 'fall'} short in the plan"
    )
    back = f"net of {number(back_kwh)} kWh that they are to feed back, " if _feeds_back(record) else ""
    return (
        f"Under {result.summary.architecture}: {len(vehicles)} vehicles want {number(need_kwh)} kWh; {number(planned_kwh)} kWh "
        f"are planned, {back}{for_whom}. They drew {number(drawn_kwh)} kWh afterwards."
    )


def _feeds_back(record: dict[str, Any]) -> bool:
    """Return whether anything is fed back, in the plan or afterwards."""
    return any(max(one["planned_back_kwh"], one["drawn_back_kwh"]) >= SHORT_KWH for one in record["vehicles"])


def _caption(record: dict[str, Any]) -> str:
    below = ["the price"] if record["currency"] is not None else []
    if any(price > 0.0 for one in record["limits"] for price in one["shadow_price_per_ah"]):
        worth = "in money" if record["worth_per_kwh"] is not None else "in energy that could be delivered"
        below.append(f"what an ampere more on each phase of a circuit is worth, {worth}")
    peak = (
        " Dashed: the highest power by which the demand charge is planned."
        if record["peak_kw"] is not None
        else ""
    )
    if any(step["expected_kw"] is not None for step in record["steps"]):
        peak += " Thin and dashed above them: what the plan leaves to those who are likely still to come."
    told = ", by its number in the table" if len(record["vehicles"]) > NAMED_COUNT else ""
    back = ", below zero what it feeds back" if _feeds_back(record) else ""
    return (
        f"Coloured: planned power of each vehicle{told}, those that leave first at the bottom{back}. Thick line: what these vehicles really drew; "
        "dotted: with those that came later. Red: what the grid connection leaves to vehicles, all phases together; one phase, or a "
        f"fuse further down, can be full before.{peak}{' Below: ' + ', and '.join(below) + '.' if below else ''}"
    )


def _picture(scenario: Scenario, result: RunResult, outcome: PlanOutcome) -> str:
    plan = outcome.plan
    basis = plan.basis
    assert basis is not None, "an outcome has a plan that was made"
    prices = shadow_per_ah(plan, basis, scenario.network)
    has_price, has_shadow = bool(np.isfinite(basis.price_per_kwh).any()), bool((prices > 0.0).any())
    below = int(has_price) + int(has_shadow)
    figure = new_figure(WIDTH_IN, 4.0 + 1.3 * below)
    rows = figure.subplots(
        1 + below, 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": [3.2, *[1.0] * below]}
    )[:, 0]
    hours_h = hours_into(plan.edge_s, plan.made_s)
    _stack(rows[0], scenario, outcome, hours_h)
    _outcome_lines(rows[0], result, outcome)
    plain(rows[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8))
    if has_price:
        dress(rows[1], y_label=f"{basis.currency}/kWh")
        rows[1].stairs(basis.price_per_kwh, hours_h, baseline=None, color=PAUSED, linewidth=2)
        rows[1].margins(y=0.2)
    if has_shadow:
        _shadows(rows[-1], plan, basis, scenario.network)
    _clock_axis(rows[-1], plan, scenario.site.time_zone)
    return svg_of(
        figure, name="plan", label="Planned power by vehicle, the limit, the price, and what was drawn"
    )


def _stack(axes: Axes, scenario: Scenario, outcome: PlanOutcome, hours_h: Floats) -> None:
    """Draw each vehicle's planned power on top of those that leave before it, what it feeds back below zero.

    Colour and hatching tell them apart; where they are many, each has its number in the table.
    """
    plan = outcome.plan
    basis = plan.basis
    assert basis is not None, "an outcome has a plan that was made"
    dress(axes, y_label="kW")
    power_kw = plan.current_a * basis.kw_per_a[:, None]
    is_named = plan.serial.size <= NAMED_COUNT
    ids = scenario.network.evse_ids
    numbers = np.argsort(np.argsort(basis.evse, kind="stable"), kind="stable") + 1
    highest_kw = float(power_kw.clip(0.0).sum(axis=0).max(initial=0.0))
    up, down = np.zeros(hours_h.size - 1), np.zeros(hours_h.size - 1)
    for place, k in enumerate(np.argsort(departures_of(plan, basis), kind="stable")):
        label = ids[int(basis.evse[k])] if is_named else "_"
        for base, change in ((up, power_kw[k].clip(0.0)), (down, power_kw[k].clip(None, 0.0))):
            if not change.any() and base is down:
                continue
            axes.stairs(
                base + change,
                hours_h,
                baseline=base.copy(),
                fill=True,
                facecolor=SERIES[place % len(SERIES)],
                edgecolor=PANEL,
                linewidth=0.5,
                hatch=HATCHES[place // len(SERIES) % len(HATCHES)],
                label=label if base is up else "_",
            )
            if not is_named:
                _number(axes, hours_h, base, change, int(numbers[k]), highest_kw)
            base += change
    if basis.expected_kw.size:
        up_to_kw = up + basis.expected_kw
        axes.stairs(
            up_to_kw,
            hours_h,
            baseline=None,
            color=PAUSED,
            linewidth=1.5,
            linestyle="--",
            label="still to come",
        )


def _number(
    axes: Axes, hours_h: Floats, base_kw: Floats, change_kw: Floats, number_of: int, height_kw: float
) -> None:
    """Write a vehicle's number where its band is largest, unless it is too thin there. height_kw: of the whole picture."""
    widest = int((np.abs(change_kw) * np.diff(hours_h)).argmax())
    if abs(change_kw[widest]) < HIGH_ENOUGH_RATIO * height_kw:
        return
    middle_h = (hours_h[widest] + hours_h[widest + 1]) / 2.0
    at_kw = base_kw[widest] + change_kw[widest] / 2.0
    axes.text(
        middle_h, at_kw, str(number_of), ha="center", va="center", fontsize=7, color=TEXT, bbox=NUMBER_BOX
    )


def _outcome_lines(axes: Axes, result: RunResult, outcome: PlanOutcome) -> None:
    """Draw what was drawn, by the plan's vehicles and by all, and the limit."""
    plan, trace = outcome.plan, result.trace
    inside = (trace.time_s >= plan.made_s) & (trace.time_s < plan.edge_s[-1])
    hours_h = hours_into(plan.edge_s, plan.made_s)
    drawn_kw = outcome.drawn_kw.sum(axis=0)
    until = hours_h[:-1] < hours_into(trace.time_s[-1:], plan.made_s)[0]
    axes.stairs(
        np.where(until, drawn_kw, np.nan), hours_h, baseline=None, color=TEXT, linewidth=2, label="drawn"
    )
    all_s, all_w = thinned(trace.time_s[inside], trace.power_w[inside], 200)
    limit_s, limit_w = thinned(trace.time_s[inside], trace.limit_w[inside], 200)
    to_kw = kw_from_w(1.0)
    axes.plot(
        hours_into(all_s, plan.made_s),
        to_kw * all_w,
        drawstyle="steps-post",
        color=TEXT,
        linewidth=1,
        linestyle=":",
        label="drawn by all",
    )
    axes.plot(
        hours_into(limit_s, plan.made_s),
        to_kw * limit_w,
        drawstyle="steps-post",
        color=LIMIT,
        linewidth=2,
        label="limit",
    )
    basis = plan.basis
    if basis is not None and np.isfinite(basis.peak_kw):
        axes.axhline(basis.peak_kw, color=LIMIT, linewidth=1.2, linestyle="--", label="planned peak")
    if not ((plan.current_a < 0.0).any() or (outcome.drawn_kw < 0.0).any()):
        axes.set_ylim(bottom=0.0)


def _shadows(axes: Axes, plan: Plan, basis: Basis, network: Network) -> None:
    """Draw the shadow price of each circuit that binds."""
    unit = "kWh" if np.isnan(basis.worth_per_kwh) else basis.currency
    dress(axes, y_label=f"{unit}/Ah")
    hours_h = hours_into(plan.edge_s, plan.made_s)
    for number_of, (name, price) in enumerate(
        zip(circuits_of(basis, network), shadow_per_ah(plan, basis, network), strict=True)
    ):
        if (price > 0.0).any():
            axes.stairs(
                price, hours_h, baseline=None, color=SERIES[number_of % len(SERIES)], linewidth=2, label=name
            )
    axes.set_ylim(bottom=0.0)
    plain(axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8))


def _clock_axis(axes: Axes, plan: Plan, time_zone: str) -> None:
    """Label the hours after the plan was made with the site's clock."""
    length_h = float(plan.edge_s[-1] - plan.made_s) / SECONDS_PER_HOUR
    every_h = next(step for step in (1, 2, 3, 4, 6, 12, 24) if length_h / step <= TICKS_COUNT or step == 24)
    first_s = -(-plan.made_s // SECONDS_PER_HOUR) * SECONDS_PER_HOUR
    at_s = np.arange(first_s, plan.edge_s[-1] + 1.0, every_h * SECONDS_PER_HOUR)
    axes.set_xlim(0.0, length_h)
    axes.set_xticks(hours_into(at_s, plan.made_s), [clock(float(time_s), time_zone) for time_s in at_s])
    axes.tick_params(colors=MUTED)


def _table(record: dict[str, Any], zone: str) -> str:
    vehicles = record["vehicles"]
    shows = (len(vehicles) > NAMED_COUNT, _feeds_back(record))
    rows = [_row(one, zone, place, shows) for place, one in enumerate(vehicles, start=1)]
    cells = "".join(f"<th{_kind(name)}>{name}</th>" for name in ("outlet", *rows[0]))
    told = "".join(
        f"<tr><th>{html.escape(one['evse'])}</th>"
        + "".join(f"<td{_kind(name)}>{html.escape(cell)}</td>" for name, cell in row.items())
        + "</tr>"
        for one, row in zip(vehicles, rows, strict=True)
    )
    return f'<div class="box" tabindex="0"><table class="wide"><thead><tr>{cells}</tr></thead><tbody>{told}</tbody></table></div>'


def _row(one: dict[str, Any], zone: str, place: int, shows: tuple[bool, bool]) -> dict[str, str]:
    """Return a vehicle's cells by their heads. shows: whether numbers, whether what is fed back."""
    leaves = one["departure"]
    leaves_s = float("nan") if leaves is None else datetime.fromisoformat(leaves).timestamp()
    has_numbers, has_back = shows
    back = {
        "to feed back, kWh": number(one["planned_back_kwh"]),
        "fed back, kWh": number(one["drawn_back_kwh"]),
    }
    return {
        **({"number": str(place)} if has_numbers else {}),
        "session": one["session"] or UNKNOWN,
        "departure": departure(leaves_s, one["departure_from"], zone),
        "need, kWh": number(one["need_kwh"]),
        "planned, kWh": number(one["planned_kwh"]),
        "short by, kWh": number(one["short_kwh"]),
        "drawn, kWh": number(one["drawn_kwh"]),
        **(back if has_back else {}),
        "why": one["why"],
    }


def _kind(head: str) -> str:
    return ' class="n"' if head.endswith("kWh") else ""
