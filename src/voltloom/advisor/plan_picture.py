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
from voltloom.advisor.formats import clock, moment, number
from voltloom.advisor.pictures import WIDTH_IN
from voltloom.advisor.plan_outcome import PlanOutcome, outcome_record
from voltloom.advisor.report_style import STYLE
from voltloom.advisor.series import hours_into, thinned
from voltloom.decision.plan import Basis, Plan, circuits_of, shadow_per_ah
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.network import Floats, Network
from voltloom.units import SECONDS_PER_HOUR, kw_from_w

NAMED_COUNT = 12  # more vehicles have no legend: the table names them
TICKS_COUNT = 9


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
    need_kwh, planned_kwh, drawn_kwh = (
        sum(one[key] for one in vehicles) for key in ("need_kwh", "planned_kwh", "drawn_kwh")
    )
    short = sum(1 for one in vehicles if one["is_short"])
    promised = (
        "everybody is promised all of it"
        if not short
        else f"{short} of them {'falls' if short == 1 else 'fall'} short"
    )
    return (
        f"Under {result.summary.architecture}: {len(vehicles)} vehicles want {number(need_kwh)} kWh; {number(planned_kwh)} kWh "
        f"are planned, {promised}. They drew {number(drawn_kwh)} kWh afterwards."
    )


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
    return (
        "Coloured: planned power of each vehicle, those that leave first at the bottom. Thick line: what these vehicles really drew; "
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
    """Draw each vehicle's planned power on top of those that leave before it."""
    plan = outcome.plan
    basis = plan.basis
    assert basis is not None, "an outcome has a plan that was made"
    dress(axes, y_label="kW")
    power_kw = plan.current_a * basis.kw_per_a[:, None]
    base = np.zeros(hours_h.size - 1)
    for place, k in enumerate(np.argsort(plan.departure_s, kind="stable")):
        top = base + power_kw[k]
        is_named = plan.serial.size <= NAMED_COUNT
        axes.stairs(
            top,
            hours_h,
            baseline=base,
            fill=True,
            facecolor=SERIES[place % len(SERIES)],
            edgecolor=PANEL,
            linewidth=0.5,
            alpha=0.55 if (place // len(SERIES)) % 2 else 0.9,
            label=scenario.network.evse_ids[int(basis.evse[k])] if is_named else "_",
        )
        base = top


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
    head = (
        "outlet",
        "session",
        "departure",
        "need, kWh",
        "planned, kWh",
        "drawn, kWh",
        "short by, kWh",
        "why",
    )
    cells = "".join(f"<th{_kind(place)}>{name}</th>" for place, name in enumerate(head))
    rows = "".join(_row(one, zone) for one in record["vehicles"])
    return f'<div class="box" tabindex="0"><table class="wide"><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(one: dict[str, Any], zone: str) -> str:
    leaves_s = (
        float("nan") if one["departure"] is None else datetime.fromisoformat(one["departure"]).timestamp()
    )
    cells = (
        one["session"] or "–",
        moment(leaves_s, zone),
        number(one["need_kwh"]),
        number(one["planned_kwh"]),
        number(one["drawn_kwh"]),
        number(one["short_kwh"]) if one["is_short"] else "",
        one["why"],
    )
    told = "".join(f"<td{_kind(place)}>{html.escape(cell)}</td>" for place, cell in enumerate(cells, start=1))
    return f"<tr><th>{html.escape(one['evse'])}</th>{told}</tr>"


def _kind(place: int) -> str:
    return ' class="n"' if 3 <= place <= 6 else ""
