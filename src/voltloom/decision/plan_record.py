"""A plan for people and programs: what each vehicle is to get, why, and everything as one record ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import numpy as np

from voltloom.decision.explain import planned_words
from voltloom.decision.plan import (
    STARTS_A,
    Basis,
    Plan,
    circuits_of,
    departures_of,
    planned_back_kwh,
    planned_kwh,
    planned_of,
    shadow_per_ah,
)
from voltloom.site.network import Floats, Network
from voltloom.units import SECONDS_PER_HOUR

SHORT_KWH: Final = 0.05  # less is not told as short
SERVED_A: Final = 0.1  # less is a solver's noise


class VehiclePlan(NamedTuple):
    """What one vehicle is to get. departure_s: that the plan goes by, inf where it was not noted. departure_from: who said so,
    "told", "forecast", or "assumed" where nobody did.

    planned_kwh: by then, less planned_back_kwh that it feeds back. short_kwh: of its need, 0 where it is met. current_a: (t,) on
    each phase. why: one clause in the site's time.
    """

    evse_id: str
    serial: int
    departure_s: float
    departure_from: str
    need_kwh: float
    planned_kwh: float
    planned_back_kwh: float
    short_kwh: float
    max_a: float
    current_a: Floats
    why: str


def vehicle_plans(plan: Plan, network: Network, time_zone: str) -> tuple[VehiclePlan, ...]:
    """Return what each vehicle is to get by a plan, in EVSE order; nothing where it failed."""
    basis = plan.basis
    if basis is None:
        return ()
    energy_kwh, back_kwh = planned_kwh(plan, basis), planned_back_kwh(plan, basis)
    departure_s = departures_of(plan, basis)
    short_kwh = np.maximum(basis.need_kwh - energy_kwh, 0.0)
    short_kwh = np.where(short_kwh >= SHORT_KWH, short_kwh, 0.0)
    return tuple(
        VehiclePlan(
            evse_id=network.evse_ids[int(basis.evse[k])],
            serial=int(plan.serial[k]),
            departure_s=float(departure_s[k]),
            departure_from=_departure_from(plan, basis, int(k)),
            need_kwh=float(basis.need_kwh[k]),
            planned_kwh=float(energy_kwh[k]),
            planned_back_kwh=float(back_kwh[k]),
            short_kwh=float(short_kwh[k]),
            max_a=float(basis.max_a[k]),
            current_a=plan.current_a[k],
            why=_why(plan, basis, (network, time_zone), k, float(short_kwh[k])),
        )
        for k in np.argsort(basis.evse, kind="stable")
    )


def plan_record(
    plan: Plan, network: Network, time_zone: str, session_ids: Mapping[int, str]
) -> dict[str, object]:
    """Return a plan ready for JSON, unrounded: unknown and unlimited are None, times are UTC. session_ids: by serial.

    Keys: made, until, is_failed, currency (None where prices are unknown), worth_per_kwh (None where energy itself counts), shadow_unit, peak_kw, steps
    (start, end, price_per_kwh, vehicles_kw, expected_kw, grid_kw), vehicles (evse, session, departure, departure_from, need_kwh, planned_kwh, planned_back_kwh, short_kwh,
    is_short, max_a, current_a, why),
    limits (circuit, rows with left_a, shadow_price_per_ah), batteries (battery, power_kw, soc_ratio at the end of each step).
    A negative current or power feeds back; grid_kw is None where the plan is of charging alone, expected_kw where it counts with nobody who is not there.
    """
    basis = plan.basis
    record: dict[str, object] = {
        "made": _utc(plan.made_s),
        "until": _utc(float(plan.edge_s[-1])),
        "is_failed": plan.is_failed,
        "currency": (basis.currency or None) if basis is not None else None,
        "worth_per_kwh": _finite(basis.worth_per_kwh) if basis is not None else None,
        "shadow_unit": "kWh" if basis is None or math.isnan(basis.worth_per_kwh) else basis.currency,
        "peak_kw": _finite(basis.peak_kw) if basis is not None else None,
        "steps": [],
        "vehicles": [],
        "limits": [],
        "batteries": [],
    }
    if basis is None:
        return record
    edges = [float(edge) for edge in plan.edge_s]
    vehicles_kw = basis.kw_per_a @ plan.current_a
    record["steps"] = [
        {
            "start": _utc(edges[step]),
            "end": _utc(edges[step + 1]),
            "price_per_kwh": _finite(float(price)),
            "vehicles_kw": float(vehicles_kw[step]),
            "expected_kw": float(basis.expected_kw[step]) if basis.expected_kw.size else None,
            "grid_kw": _finite(float(basis.grid_kw[step])) if basis.grid_kw.size else None,
        }
        for step, price in enumerate(basis.price_per_kwh)
    ]
    record["vehicles"] = [
        {
            "evse": one.evse_id,
            "session": session_ids.get(one.serial),
            "departure": _utc(one.departure_s),
            "departure_from": one.departure_from,
            "need_kwh": one.need_kwh,
            "planned_kwh": one.planned_kwh,
            "planned_back_kwh": one.planned_back_kwh,
            "short_kwh": one.short_kwh,
            "is_short": one.short_kwh > 0.0,
            "max_a": one.max_a,
            "current_a": [float(current) for current in one.current_a],
            "why": one.why,
        }
        for one in vehicle_plans(plan, network, time_zone)
    ]
    record["limits"] = _limits(plan, basis, network)
    record["batteries"] = [
        {"battery": battery_id, "power_kw": (power_w / 1000.0).tolist(), "soc_ratio": stored_ratio.tolist()}
        for battery_id, power_w, stored_ratio in zip(
            basis.battery_ids, plan.battery_w, basis.stored_ratio, strict=True
        )
    ]
    return record


def _departure_from(plan: Plan, basis: Basis, at: int) -> str:
    """Return where a vehicle's departure is from."""
    if basis.is_forecast.size and basis.is_forecast[at]:
        return "forecast"
    return "told" if math.isfinite(plan.departure_s[at]) else "assumed"


def _limits(plan: Plan, basis: Basis, network: Network) -> list[dict[str, object]]:
    prices = shadow_per_ah(plan, basis, network)
    rows: dict[str, list[dict[str, object]]] = {}
    for row, left_a in zip(basis.row, basis.left_a, strict=True):
        told: dict[str, object] = {"row": network.row_ids[int(row)], "left_a": _finite(float(left_a))}
        rows.setdefault(network.row_circuit[int(row)], []).append(told)
    return [
        {"circuit": name, "rows": rows[name], "shadow_price_per_ah": [float(price) for price in price_of]}
        for name, price_of in zip(circuits_of(basis, network), prices, strict=True)
    ]


def _why(plan: Plan, basis: Basis, place: tuple[Network, str], at: int, short_kwh: float) -> str:
    """Return why a vehicle gets what it gets: what it waits for, or what makes it short."""
    network, time_zone = place
    planned = planned_of(plan, network, int(basis.evse[at]), plan.made_s, -1)
    assert planned is not None, "it is one of the plan's own vehicles"
    if short_kwh > 0.0:
        leaves_s = float(departures_of(plan, basis)[at])
        stay_s = min(leaves_s, float(plan.edge_s[-1])) - plan.made_s
        alone_kwh = float(basis.kw_per_a[at] * basis.max_a[at]) * max(stay_s, 0.0) / SECONDS_PER_HOUR
        if alone_kwh < basis.need_kwh[at] - SHORT_KWH:
            return f"its stay is too short: {alone_kwh:.1f} kWh at most, even alone"
        circuit = _fullest(plan, basis, network, at)
        counted = ", those still to come counted" if basis.expected_kw.any() else ""
        return f"{circuit} is full while it is here{counted}" if circuit else "more is not worth its price"
    if plan.current_a[at, 0] <= -STARTS_A:
        back = " and takes it again" if math.isfinite(planned.starts_s) else ""
        return f"feeds back now{back}"
    if math.isfinite(planned.starts_s):
        return planned_words(planned, plan.made_s, time_zone)
    return (
        "charges now" if plan.current_a[at, 0] >= SERVED_A else planned_words(planned, plan.made_s, time_zone)
    )


def _fullest(plan: Plan, basis: Basis, network: Network, at: int) -> str:
    """Return the circuit that costs a vehicle most over its stay, "" where none binds."""
    column = int(basis.column[at])
    rows = network.grid.row[network.grid.start[column] : network.grid.start[column + 1]]
    loaded = {network.row_circuit[int(row)] for row in rows}
    here = plan.edge_s[:-1] < departures_of(plan, basis)[at]
    cost = (shadow_per_ah(plan, basis, network) * np.diff(plan.edge_s))[:, here].sum(axis=1)
    found = [
        (float(one), name)
        for one, name in zip(cost, circuits_of(basis, network), strict=True)
        if name in loaded
    ]
    most, name = max(found, key=lambda pair: pair[0], default=(0.0, ""))
    return name if most > 0.0 else ""


def _utc(time_s: float) -> str | None:
    if not math.isfinite(time_s):
        return None
    told = datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def _finite(value_kwh: float) -> float | None:
    return value_kwh if math.isfinite(value_kwh) else None
