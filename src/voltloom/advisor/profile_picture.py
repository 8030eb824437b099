"""The load profile as a picture (SVG, PNG) and as one self-contained page."""

from __future__ import annotations

import html
import io

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from voltloom.advisor.profile import PERCENTILES, Profile, profile_table
from voltloom.units import hours_from_s, kw_from_w

WEEKDAY, WEEKEND, QUIET = "#1f6f8b", "#e0a030", "#8a8f98"


def profile_figure(profile: Profile) -> Figure:
    """Return arrivals by hour, cars at once by percentile of days, and stay against mean power."""
    figure = Figure(figsize=(10.0, 3.4), layout="constrained")
    by_hour, at_once, sessions = figure.subplots(1, 3, width_ratios=(1.4, 1.0, 1.0))
    hours = range(24)
    by_hour.step(hours, profile.weekday_per_hour, where="post", color=WEEKDAY, label="weekday")
    by_hour.step(hours, profile.weekend_per_hour, where="post", color=WEEKEND, label="weekend")
    by_hour.set(title="Arrivals in an hour", xlabel="local hour", xlim=(0, 23), xticks=range(0, 24, 4))
    by_hour.set_ylim(bottom=0)
    by_hour.legend(frameon=False)
    labels = ["max" if p == 100 else f"{p} %" for p in PERCENTILES]
    bars = at_once.bar(labels, profile.concurrency.values, color=WEEKDAY)
    at_once.bar_label(bars, fmt="%.0f")
    at_once.margins(y=0.15)
    at_once.set(title="Cars at once, by share of days", yticks=[])
    stays = [hours_from_s(value) for value in profile.duration_s.values]
    powers = [kw_from_w(value) for value in profile.implied_power_w.values]
    sessions.plot(labels, stays, "o-", color=WEEKDAY, label="stay (h)")
    sessions.plot(labels, powers, "s-", color=WEEKEND, label="mean power (kW)")
    sessions.set(title="Sessions, by share", yscale="log")
    sessions.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    sessions.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    sessions.yaxis.set_minor_locator(NullLocator())
    sessions.legend(frameon=False)
    for axes in (by_hour, at_once, sessions):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=QUIET)
    return figure


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG; the same figure gives the same text."""
    with mpl.rc_context({"svg.hashsalt": "voltloom", "svg.fonttype": "none"}):
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    return out.getvalue()


def profile_page(profile: Profile) -> str:
    """Return the profile as one HTML page that needs nothing else."""
    head, *body = profile_table(profile)
    svg = svg_of(profile_figure(profile))
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    rows = "".join(
        f"<tr><th>{html.escape(row[0])}</th>" + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>"
        for row in body
    )
    title = html.escape(profile.name)
    span = f"{profile.sessions} sessions, {profile.first_day} to {profile.last_day}, {html.escape(profile.time_zone)}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}: load profile</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}"
        "svg{width:100%;height:auto}table{border-collapse:collapse}th,td{padding:.3rem .8rem;text-align:right;"
        "border-bottom:1px solid #ddd}th:first-child{text-align:left;font-weight:400}</style>"
        f"<h1>{title}: load profile</h1><p>{span}. Percentiles of “cars at once” are over days.</p>"
        f"{svg[svg.index('<svg') :]}<table><tr>{cells}</tr>{rows}</table></html>"
    )
