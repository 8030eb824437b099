"""Rows of a sessions file → visits: what the car wants, when it leaves, what the driver says, and its battery."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from pydantic import Field

from voltloom.simulation.battery_fit import CAPACITIES_KWH, StartRule, fitted_battery
from voltloom.simulation.session_formats import ColumnsTable
from voltloom.simulation.session_rows import BadRow, SessionRow
from voltloom.simulation.sessions_file import moved_to
from voltloom.simulation.traits import VehiclesTable, traits_of
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.mistakes import Table
from voltloom.site.network import Network
from voltloom.units import SECONDS_PER_HOUR, kw_from_w, kwh_from_wh, w_from_wh, wh_from_kwh

IMPLAUSIBLE_POWER_RATIO = (
    1.25  # meters and voltages differ a little; a quarter more than the outlet can is no session
)


class ReadingTable(Table):
    """How a sessions file is read. periods_start: local day of period 0 of a periods CSV; battery_period_s: a period."""

    columns: ColumnsTable | None = None
    time_zone: str = ""
    periods_start: date | None = None
    on_bad_row: Literal["fail", "skip"] = "fail"
    battery_period_s: float = Field(default=300.0, gt=0)


class SessionsTable(ReadingTable):
    """How sessions are read and what is made of them.

    need: what the battery really takes; stated_need, stated_departure: what the driver says. max_stay_s, max_power_w
    left out: as long as it stays, as much as the outlet can. floor_to_s: times are floored to this grid of the Unix
    epoch. history: sessions from whose past forecasts have learned when the simulation begins.
    """

    file: str = ""
    history: str = ""
    assign: Literal["own", "any_free"] = "own"
    need: Literal["delivered", "requested"] = "delivered"
    stated_need: Literal["actual", "typed", "none"] = "actual"
    stated_departure: Literal["actual", "typed", "none"] = "actual"
    max_stay_s: float | None = Field(default=None, gt=0)
    max_power_w: float | None = Field(default=None, gt=0)
    clip_to_feasible: bool = False
    floor_to_s: float | None = Field(default=None, gt=0)
    battery: Literal["ideal", "two_stage"] = "ideal"
    battery_start: Literal["latest", "as_acnsim"] = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Garage:
    """What conversion needs to know besides the rows."""

    network: Network
    sessions: SessionsTable
    vehicles: VehiclesTable
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """Visits by arrival, the rows that could not become one, and what was changed, in words."""

    visits: tuple[Visit, ...]
    bad_rows: tuple[BadRow, ...]
    notes: tuple[str, ...]


def visits_from(rows: Sequence[SessionRow], garage: Garage) -> Converted:
    """Return the visits of a file's rows."""
    timed = [_timed(row, garage.sessions) for row in rows]
    timed.sort(key=lambda row: (row.arrival_s, row.session_id))
    placed, bad = _placed(timed, garage)
    notes: Counter[str] = Counter()
    visits = []
    for row in placed:
        wrong = _impossible_power(row, garage)
        if wrong is not None:
            bad.append(wrong)
        else:
            visits.append(_visit(row, garage, notes))
    return Converted(
        visits=tuple(visits),
        bad_rows=tuple(bad),
        notes=tuple(f"{what}: {count}" for what, count in sorted(notes.items())),
    )


def _timed(row: SessionRow, sessions: SessionsTable) -> SessionRow:
    """Return the row with its times on the grid and its stay cut, unless it is taken as it is."""
    if row.taken_as_is:
        return row
    grid_s = sessions.floor_to_s
    arrival_s, departure_s, typed_s = (
        math.floor(t / grid_s) * grid_s if grid_s and not math.isnan(t) else t
        for t in (row.arrival_s, row.departure_s, row.requested_departure_s)
    )
    if sessions.max_stay_s is not None:
        departure_s = min(departure_s, arrival_s + sessions.max_stay_s)
    return replace(row, arrival_s=arrival_s, departure_s=departure_s, requested_departure_s=typed_s)


def _placed(rows: Sequence[SessionRow], garage: Garage) -> tuple[list[SessionRow], list[BadRow]]:
    """Return the rows at outlets that are free for them, and those for which there is none."""
    free_from_s = dict.fromkeys(garage.network.evse_ids, -math.inf)
    last: dict[str, str] = {}
    placed: list[SessionRow] = []
    bad: list[BadRow] = []
    for row in rows:
        station = row.station_id
        if garage.sessions.assign == "any_free" and free_from_s.get(station, math.inf) > row.arrival_s:
            station = next((e for e, free_s in free_from_s.items() if free_s <= row.arrival_s), station)
        if free_from_s.get(station, math.inf) > row.arrival_s:
            bad.append(_no_room(row, last.get(station, "")))
            continue
        free_from_s[station] = row.departure_s
        last[station] = row.where
        placed.append(moved_to(row, station))
    return placed, bad


def _no_room(row: SessionRow, other: str) -> BadRow:
    if other:
        problem = f"is still taken by the session on {other}"
        remedy = 'Correct one of the times, or set sessions.assign="any_free".'
    else:
        problem, remedy = "no outlet is free on arrival", "Add EVSEs, or leave the session out."
    return BadRow(where=row.where, field="station_id", value=row.station_id, problem=problem, remedy=remedy)


def _impossible_power(row: SessionRow, garage: Garage) -> BadRow | None:
    """Return what is wrong with a session that would have drawn more than its outlet can."""
    if row.taken_as_is or garage.sessions.clip_to_feasible:
        return None
    power_w = w_from_wh(row.energy_wh, max(row.departure_s - row.arrival_s, 1.0))
    most_w = _outlet_w(row, garage.network) * IMPLAUSIBLE_POWER_RATIO
    if power_w <= most_w:
        return None
    return BadRow(
        where=row.where,
        field="energy",
        value=f"{kwh_from_wh(row.energy_wh):.3f} kWh",
        problem=f"means {kw_from_w(power_w):.1f} kW, the outlet can {kw_from_w(most_w):.1f} kW at best",
        remedy="Correct it, or set sessions.clip_to_feasible=true.",
    )


def _outlet_w(row: SessionRow, network: Network) -> float:
    evse = network.index[row.station_id]
    return float(network.w_per_a[:, evse].max() * network.max_a[evse])


def _visit(row: SessionRow, garage: Garage, notes: Counter[str]) -> Visit:
    sessions = garage.sessions
    max_power_w = _max_power_w(row, garage)
    stay_s = row.departure_s - row.arrival_s
    typed = not math.isnan(row.requested_wh)
    wants_wh = row.requested_wh if sessions.need == "requested" and typed else row.energy_wh
    wants_kwh = kwh_from_wh(wants_wh)
    if sessions.clip_to_feasible and not row.taken_as_is:
        # In kWh and whole periods, as ACN-Sim counts: at the border a rounding would choose another battery.
        periods = stay_s / sessions.battery_period_s
        feasible_kwh = kw_from_w(max_power_w) * periods * (sessions.battery_period_s / SECONDS_PER_HOUR)
        if wants_wh > wh_from_kwh(feasible_kwh):
            notes["needs cut to what full power delivers in the stay"] += 1
            wants_kwh, wants_wh = feasible_kwh, wh_from_kwh(feasible_kwh)
    stated_wh = {"actual": wants_wh, "typed": row.requested_wh, "none": math.nan}[sessions.stated_need]
    stated_s = {"actual": row.departure_s, "typed": row.requested_departure_s, "none": math.nan}
    if row.taken_as_is:
        stated_wh, stated_s["typed"] = wants_wh, row.requested_departure_s
    traits = traits_of(row.session_id, garage.seed, garage.vehicles)
    return Visit(
        session_id=row.session_id,
        evse_id=row.station_id,
        id_token=row.user_id or f"token-{row.session_id}",
        arrival_s=row.arrival_s,
        departure_s=row.departure_s,
        stated_departure_s=stated_s[sessions.stated_departure],
        stated_wh=stated_wh,
        wants_wh=wants_wh,
        max_power_w=max_power_w,
        battery=_battery(row, wants_kwh, max_power_w, sessions, notes),
        tier=traits.tier,
        min_a=garage.vehicles.min_a,
        uses_all_phases=traits.uses_all_phases,
        phases_known=traits.phases_known,
        is_dynamic=traits.is_dynamic,
        soc_known=traits.soc_known,
    )


def _max_power_w(row: SessionRow, garage: Garage) -> float:
    if not np.isnan(row.max_power_w):
        return row.max_power_w
    return garage.sessions.max_power_w or _outlet_w(row, garage.network)


def _battery(
    row: SessionRow, wants_kwh: float, max_power_w: float, sessions: SessionsTable, notes: Counter[str]
) -> BatterySpec:
    if sessions.battery == "ideal":
        if not math.isnan(row.capacity_wh):
            initial_wh = 0.0 if math.isnan(row.initial_wh) else row.initial_wh
            return BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=row.capacity_wh, initial_wh=initial_wh)
        return BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=wh_from_kwh(wants_kwh), initial_wh=0.0)
    period_s = sessions.battery_period_s
    periods = (row.departure_s - row.arrival_s) / period_s
    rule = StartRule(sessions.battery_start)
    fitted = fitted_battery(wants_kwh, periods, kw_from_w(max_power_w), period_s, rule)
    if fitted is not None:
        return fitted
    notes["tapering batteries that cannot take what their session wants in its stay"] += 1
    capacity_wh = wh_from_kwh(max(wants_kwh, CAPACITIES_KWH[-1]))
    return BatterySpec(kind=BatteryKind.TWO_STAGE, capacity_wh=capacity_wh, initial_wh=0.0)
