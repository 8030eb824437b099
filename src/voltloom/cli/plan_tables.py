"""A plan's record as tables on a terminal: vehicles, steps, limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.table import Table

from voltloom.cli.output import a_table

LEAST_KWH = 0.05  # less fed back needs no column


def plan_tables(record: Mapping[str, Any], time_zone: str) -> tuple[Table, ...]:
    """Return the tables of a plan's record (`plan_record`); times in the site's zone. A plan that failed has one line."""
    if record["is_failed"]:
        return (a_table("", ("",), (("No plan could be made; rules decided, least laxity first.",),)),)
    return _vehicles(record, time_zone), _steps(record, time_zone), _limits(record)


def _vehicles(record: Mapping[str, Any], time_zone: str) -> Table:
    from voltloom.advisor.formats import UNKNOWN, departure, number

    energies = {"need_kwh": "need", "planned_kwh": "planned", "short_kwh": "short by", "drawn_kwh": "drawn"}
    back = {"planned_back_kwh": "to feed back", "drawn_back_kwh": "fed back"}
    vehicles = record["vehicles"]
    if any(one.get(key, 0.0) >= LEAST_KWH for one in vehicles for key in back):
        energies |= back
    keys = [key for key in energies if all(key in one for one in vehicles)]
    rows = [
        [
            one["evse"],
            one["session"] or UNKNOWN,
            one["why"],
            departure(_seconds(one["departure"]), one["departure_from"], time_zone),
            *(number(one[key], 2) for key in keys),
        ]
        for one in vehicles
    ]
    head = ["outlet", "session", "why", "departure", *(f"{energies[key]}, kWh" for key in keys)]
    return a_table("Vehicles", head, rows, numbers_from=3)


def _steps(record: Mapping[str, Any], time_zone: str) -> Table:
    from voltloom.advisor.formats import UNKNOWN, moment, number

    money, unit, vehicles = record["currency"] or "", record["shadow_unit"], record["vehicles"]
    has_back = any(current_a <= -1.0 for one in vehicles for current_a in one["current_a"])
    beside = {"expected_kw": "still to come, kW", "grid_kw": "site buys, kW"}
    beside = {
        key: head for key, head in beside.items() if any(step[key] is not None for step in record["steps"])
    }
    rows = []
    for place, step in enumerate(record["steps"]):
        currents_a = [one["current_a"][place] for one in vehicles]
        costly = {one["circuit"]: one["shadow_price_per_ah"][place] for one in record["limits"]}
        full = [f"{name} {price:.4g}" for name, price in costly.items() if price > 0.0]
        price = step["price_per_kwh"]
        rows.append(
            [
                moment(_seconds(step["start"]), time_zone),
                ", ".join(full) or UNKNOWN,
                UNKNOWN if price is None else number(price, 4),
                str(sum(1 for each_a in currents_a if each_a >= 1.0)),
                *([str(sum(1 for each_a in currents_a if each_a <= -1.0))] if has_back else []),
                number(sum(currents_a)),
                number(step["vehicles_kw"]),
                *(_known(step[key]) for key in beside),
            ]
        )
    power = ["sum, A", "vehicles, kW", *beside.values()]
    rows += _peaks(record, len(rows[0]) - len(power) if rows else 0, list(beside))
    counts = ["charging", *(["feeding back"] if has_back else [])]
    head = ["from", f"full, {unit} per Ah", f"price, {money or UNKNOWN}/kWh", *counts, *power]
    return a_table("Steps", head, rows, numbers_from=2)


def _peaks(record: Mapping[str, Any], blank_count: int, beside: list[str]) -> list[list[str]]:
    """Return the last rows of the steps: the highest of each column, and the peak that the demand charge is planned by. beside: the
    keys of the columns behind the vehicles'.
    """
    from voltloom.advisor.formats import number

    steps, vehicles = record["steps"], record["vehicles"]
    if not steps:
        return []
    blank = [""] * (blank_count - 1)
    sums_a = [sum(one["current_a"][place] for one in vehicles) for place in range(len(steps))]
    highest = [number(max(sums_a)), number(max(step["vehicles_kw"] for step in steps))]
    highest += [_known(max(s[key] for s in steps if s[key] is not None)) for key in beside]
    rows = [["highest", *blank, *highest]]
    if record["peak_kw"] is not None:
        planned = number(record["peak_kw"])
        paid_at = "grid_kw" if "grid_kw" in beside else "vehicles_kw"
        whose = ", with those still to come" if "expected_kw" in beside else ""
        rows.append(
            [
                f"demand charge's peak{whose}",
                *blank,
                "",
                *(planned if key == paid_at else "" for key in ("vehicles_kw", *beside)),
            ]
        )
    return rows


def _known(power_kw: float | None) -> str:
    from voltloom.advisor.formats import UNKNOWN, number

    return UNKNOWN if power_kw is None else number(power_kw)


def _limits(record: Mapping[str, Any]) -> Table:
    from voltloom.advisor.formats import number

    rows = [
        [row["row"], number(row["left_a"]), f"{max(one['shadow_price_per_ah'], default=0.0):.4g}"]
        for one in record["limits"]
        for row in one["rows"]
    ]
    return a_table(
        "Limits",
        ("limit", "left to vehicles, A", f"highest price of its circuit, {record['shadow_unit']} per Ah"),
        rows,
    )


def _seconds(text: str | None) -> float:
    return float("nan") if text is None else datetime.fromisoformat(text).timestamp()
