"""What else loads a site, as a scenario describes it: a constant, the hours of a day, or a CSV; per circuit."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field

from voltloom.simulation.scenario import OtherLoad, no_other_load
from voltloom.simulation.session_rows import FieldError, TimeReading, number
from voltloom.simulation.sessions_file import text_in
from voltloom.site.mistakes import Mistake, Table, did_you_mean, joined, shown
from voltloom.site.network import Network
from voltloom.site.topology import Site
from voltloom.units import SECONDS_PER_HOUR, w_from_kw


class OtherLoadTable(Table):
    """The load of one circuit, even on its phases: power_kw all the time, hours of a day, or a CSV.

    Hours are what the load is at each full hour; between them it goes straight from one to the next. weekend_kw is weekday_kw where it is left out. A CSV with time_column has a load from each time on; without one it
    has a load for each hour of a year, from 1 January 0:00 local time, and holds for every year.
    """

    power_kw: float | None = Field(default=None, ge=0)
    weekday_kw: list[float] = Field(default_factory=list)
    weekend_kw: list[float] = Field(default_factory=list)
    file: str = ""
    column: str = ""
    unit: Literal["kw", "w"] = "kw"
    time_column: str = ""
    time_zone: str = ""
    scale_ratio: float = Field(default=1.0, ge=0)


SAMPLE_S = 300.0  # a building that rises 20 kW in an hour rises 7 A a sample on one phase
PowerAt = Callable[[float], float]  # W at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The simulated time."""

    start_s: float
    end_s: float


def other_load_of(
    tables: Mapping[str, OtherLoadTable], site: Site, network: Network, span: Span, mistakes: list[Mistake]
) -> OtherLoad:
    """Return the load of every row; add the mistakes of the tables."""
    if not tables:
        return no_other_load(network)
    times_s = np.arange(span.start_s, span.end_s, SAMPLE_S)
    current_a = np.zeros((times_s.size, len(network.row_ids)))
    for name, table in tables.items():
        where = joined("other_load", [name])
        rows = _rows_above(site, network, name)
        if not rows:
            known = list(dict.fromkeys(network.row_circuit))
            problem = "is no circuit"
            mistakes.append(Mistake(path=where, value="", problem=problem, remedy=did_you_mean(name, known)))
            continue
        power_at = power_of(table, site, where, mistakes)
        if power_at is None:
            continue
        power_w = np.array([power_at(float(t)) for t in times_s]) * table.scale_ratio
        phases = next((len(c.phases) for c in site.circuits if c.circuit_id == name), 3)
        current_a[:, rows] += (power_w / (phases * site.voltage_v))[:, None]
    return OtherLoad(start_s=times_s, current_a=current_a)


def planned_a(
    tables: Mapping[str, OtherLoadTable], site: Site, network: Network, load: OtherLoad
) -> dict[str, float]:
    """Return the most that each circuit's own other load draws on a phase, by circuit."""
    below: dict[str, list[str]] = {circuit.circuit_id: [] for circuit in site.circuits}
    for circuit in site.circuits:
        if circuit.parent_id:
            below[circuit.parent_id].append(circuit.circuit_id)
    most: dict[str, float] = {}
    for circuit in site.circuits:
        if circuit.circuit_id not in tables:
            continue
        rows = [network.row_ids.index(f"{circuit.circuit_id}/{phase.name}") for phase in circuit.phases]
        own_a = load.current_a[:, rows].copy()
        for child in below[circuit.circuit_id]:
            for column, phase in enumerate(circuit.phases):
                if f"{child}/{phase.name}" in network.row_ids:
                    own_a[:, column] -= load.current_a[:, network.row_ids.index(f"{child}/{phase.name}")]
        most[circuit.circuit_id] = float(own_a.max())
    return most


def _rows_above(site: Site, network: Network, circuit_id: str) -> list[int]:
    """Return the rows that a load on a circuit loads: its own, and those of the circuits that feed its phases."""
    circuits = {circuit.circuit_id: circuit for circuit in site.circuits}
    if circuit_id not in circuits:
        return [row for row, owner in enumerate(network.row_circuit) if owner == circuit_id]
    phases = circuits[circuit_id].phases
    rows = []
    above = circuit_id
    while above:
        rows += [network.row_ids.index(f"{above}/{phase.name}") for phase in phases]
        above = circuits[above].parent_id
    return rows


def power_of(table: OtherLoadTable, site: Site, where: str, mistakes: list[Mistake]) -> PowerAt | None:
    """Return the power at any time; None with its mistakes added."""
    given = [table.power_kw is not None, bool(table.weekday_kw), bool(table.file)]
    if sum(given) != 1:
        problem = "needs one of power_kw, weekday_kw, file"
        mistakes.append(Mistake(path=where, value="", problem=problem, remedy="Keep one of them."))
        return None
    if table.power_kw is not None:
        constant_w = w_from_kw(table.power_kw)
        return lambda time_s: constant_w
    zone = ZoneInfo(site.time_zone)
    if table.file:
        return _from_file(table, zone, where, mistakes)
    weekend = table.weekend_kw or table.weekday_kw
    for key, hours in (("weekday_kw", table.weekday_kw), ("weekend_kw", weekend)):
        if len(hours) != 24:
            problem = f"has {len(hours)} numbers"
            path = joined(where, [key])
            mistakes.append(
                Mistake(path=path, value=shown(hours), problem=problem, remedy="Give each hour one.")
            )
            return None

    def by_hour(moment: datetime) -> float:
        return w_from_kw((weekend if moment.weekday() >= 5 else table.weekday_kw)[moment.hour])

    return _between_hours(by_hour, zone)


def _between_hours(by_hour: Callable[[datetime], float], zone: ZoneInfo) -> PowerAt:
    """Return the power at any time, straight from each local hour's to the next."""

    def power_at(time_s: float) -> float:
        early_s = time_s // SECONDS_PER_HOUR * SECONDS_PER_HOUR
        early, late = (
            by_hour(datetime.fromtimestamp(early_s + ahead_s, UTC).astimezone(zone))
            for ahead_s in (0.0, SECONDS_PER_HOUR)
        )
        return early + (late - early) * (time_s - early_s) / SECONDS_PER_HOUR

    return power_at


def _from_file(table: OtherLoadTable, zone: ZoneInfo, where: str, mistakes: list[Mistake]) -> PowerAt | None:
    reader = csv.DictReader(io.StringIO(text_in(Path(table.file))))
    header = list(reader.fieldnames or ())
    columns = {"column": table.column, "time_column": table.time_column}
    unknown = {k: name for k, name in columns.items() if name not in header and (name or k == "column")}
    for key, name in unknown.items():
        remedy = did_you_mean(name, header)
        path = joined(where, [key])
        mistakes.append(Mistake(path=path, value=shown(name), problem="no such column", remedy=remedy))
    if unknown:
        return None
    times = TimeReading(time_zone=table.time_zone)
    starts_s: list[float] = []
    power: list[float] = []
    before = len(mistakes)
    for row in reader:
        try:
            power.append(number(table.column, row[table.column] or ""))
            if table.time_column:
                starts_s.append(times.seconds(table.time_column, row[table.time_column] or ""))
        except FieldError as error:
            path = f"{where} line {reader.line_num}"
            value = shown(error.value)
            mistakes.append(Mistake(path=path, value=value, problem=str(error), remedy=error.remedy))
    if len(mistakes) > before or not power:
        return None
    power_w = np.array(power) * (1000.0 if table.unit == "kw" else 1.0)
    if table.time_column:
        from_s = np.array(starts_s)
        return lambda time_s: float(power_w[max(int(np.searchsorted(from_s, time_s, "right")) - 1, 0)])

    def by_hour_of_year(moment: datetime) -> float:
        hour = (moment.timetuple().tm_yday - 1) * 24 + moment.hour
        return float(power_w[hour % power_w.size])

    return _between_hours(by_hour_of_year, zone)
