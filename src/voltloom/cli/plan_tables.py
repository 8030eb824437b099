"""A plan's record as tables on a terminal: vehicles, steps, limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.table import Table

from voltloom.cli.output import a_table


def plan_tables(record: Mapping[str, Any], time_zone: str) -> tuple[Table, ...]:
    """Return the tables of a plan's record (`plan_record`); times in the site's zone. A plan that failed has one line."""
    if record["is_failed"]:
        return (a_table("", ("",), (("No plan could be made; rules decided, least laxity first.",),)),)
    return _vehicles(record, time_zone), _steps(record, time_zone), _limits(record)


def _vehicles(record: Mapping[str, Any], time_zone: str) -> Table:
    from voltloom.advisor.formats import UNKNOWN, moment, number

    has_drawn = any("drawn_kwh" in one for one in record["vehicles"])
    head = ["outlet", "session", "why", "departure", "need, kWh", "planned, kWh", "short by, kWh"]
    rows = []
    for one in record["vehicles"]:
        leaves = _seconds(one["departure"])
        cells = [
            one["evse"],
            one["session"] or UNKNOWN,
            one["why"],
            moment(leaves, time_zone),
            number(one["need_kwh"], 2),
            number(one["planned_kwh"], 2),
            number(one["short_kwh"], 2) if one["is_short"] else "",
        ]
        if has_drawn:
            cells.append(number(one["drawn_kwh"], 2))
        rows.append(cells)
    return a_table("Vehicles", [*head, *(["drawn, kWh"] if has_drawn else [])], rows, numbers_from=3)


def _steps(record: Mapping[str, Any], time_zone: str) -> Table:
    from voltloom.advisor.formats import UNKNOWN, moment, number

    money, unit = record["currency"] or "", record["shadow_unit"]
    rows = []
    for place, step in enumerate(record["steps"]):
        current_a = sum(one["current_a"][place] for one in record["vehicles"])
        charging = sum(1 for one in record["vehicles"] if one["current_a"][place] >= 1.0)
        costly = {one["circuit"]: one["shadow_price_per_ah"][place] for one in record["limits"]}
        full = [f"{name} {price:.4g}" for name, price in costly.items() if price > 0.0]
        price = step["price_per_kwh"]
        rows.append(
            [
                moment(_seconds(step["start"]), time_zone),
                ", ".join(full) or UNKNOWN,
                UNKNOWN if price is None else number(price, 4),
                str(charging),
                number(current_a),
            ]
        )
    head = ("from", f"full, {unit} per Ah", f"price, {money or UNKNOWN}/kWh", "charging", "sum, A")
    return a_table("Steps", head, rows, numbers_from=2)


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
