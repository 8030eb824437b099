"""What the controller learns from one cycle to the next, and what it expects of the hours to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.settings import Departures
from voltloom.allocation.registry import PLANNING
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.seating import Seated, as_seated
from voltloom.controller.settings import ControlSettings
from voltloom.decision.expected import Expected
from voltloom.forecast.comers import Outlets, comers_of
from voltloom.forecast.connection import Connection, expected_kw, nothing_beside, with_reading
from voltloom.forecast.learned import (
    Learned,
    Stay,
    asked,
    nothing_learned,
    with_records,
    with_stays,
)
from voltloom.forecast.pv import Plant
from voltloom.forecast.sun import Plane
from voltloom.forecast.visits import Visits, visit_begun
from voltloom.session.facts import SessionFacts
from voltloom.site.network import Bools, Floats, Ints, Network
from voltloom.site.topology import Pv, Site


class Meters(NamedTuple):
    """Which rows' meters tell what flows beside vehicles and batteries. root: (m,). plants: of each plant, (p, m)."""

    root: Bools
    plants: Bools
    voltage_v: float
    oldest_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expecting:
    """How a site forecasts. goes_by_told: departures and needs are as drivers tell them. history: visits before the first.

    alike, phases: as `comers.Outlets` has them.
    groups: the architectures that run groups of EVSEs. connection, meters: None where the grid connection is not metered.
    """

    time_zone: str
    evse_count: int
    goes_by_told: bool
    history: Visits | None
    groups: frozenset[str]
    connection: Connection | None
    meters: Meters | None
    alike: Ints
    phases: Ints

    def is_for(self, memory: ControllerMemory) -> bool:
        """Return whether anything plans: what rules, a candidate on trial, or a group's own."""
        trial = memory.canary
        ruling = (
            {memory.architecture}
            if trial is None or not trial.is_open
            else {memory.architecture, trial.policy.architecture}
        )
        return not PLANNING.isdisjoint(self.groups | ruling)


def expecting_of(
    site: Site, network: Network, settings: ControlSettings, history: Visits | None
) -> Expecting:
    """Return how a site forecasts."""
    root = network.is_root & network.is_metered
    connection, meters = None, None
    if settings.safety.follows_meters and root.any() and (root == network.is_root).all():
        alone = [pv for pv in site.pvs if _is_metered_alone(pv, site)]
        plants = [network_rows(network, pv.circuit_id) for pv in alone]
        rows = np.array(plants, dtype=np.bool_).reshape(len(plants), root.size)
        meters = Meters(root, rows, site.voltage_v, settings.safety.silent_s)
        connection = Connection(
            time_zone=site.time_zone,
            plants=tuple(_plant(pv) for pv in alone),
            has_hidden_sun=len(alone) < len(site.pvs),
        )
    return Expecting(
        time_zone=site.time_zone,
        evse_count=len(site.evses),
        goes_by_told=settings.planning.departures is Departures.TOLD,
        history=history,
        groups=frozenset(name for _, name in settings.group_architecture),
        connection=connection,
        meters=meters,
        alike=alike_of(network),
        phases=alike_of(network, is_coarse=True),
    )


def looked_ahead(
    memory: ControllerMemory, seated: Seated, delivered_wh: Floats, rules: Expecting, now_s: float
) -> tuple[Learned | None, Expected | None]:
    """Return what is known after the sessions and readings so far, and what it says of the hours to come.

    Where nothing plans nothing is learned, and expected None.
    """
    known = memory.learned
    if not rules.is_for(memory):
        return known, None
    if known is None:
        known = nothing_learned(rules.evse_count, rules.history)
    known = _with_sessions(known, seated, rules)
    known = _asked(known, delivered_wh, rules, now_s)
    edge_s, other_kw = np.zeros(1), np.zeros(0)
    if rules.connection is not None and rules.meters is not None:
        beside = nothing_beside(rules.connection) if known.beside is None else known.beside
        power_w = _beside_w(memory, rules.meters, now_s)
        known = known._replace(beside=with_reading(beside, rules.connection, now_s, power_w))
        assert known.beside is not None
        edge_s, other_kw = expected_kw(known.beside)
    unknown = np.full(rules.evse_count, np.nan)
    return known, Expected(
        edge_s=edge_s,
        other_kw=other_kw,
        departure_s=unknown if rules.goes_by_told else known.departure_s,
        need_wh=unknown if rules.goes_by_told else np.maximum(known.energy_wh - delivered_wh, 0.0),
        comers=known.comers,
    )


def alike_of(network: Network, *, is_coarse: bool = False) -> Ints:
    """Return a number for each EVSE, (n,), the same for those whose vehicles load the same limits as strongly and draw as much; where
    is_coarse, the same limits at the grid connection.
    """
    grid, seen = network.grid, dict[tuple[object, ...], int]()
    columns = network.columns(np.ones(len(network.evse_ids), dtype=np.bool_))
    found = []
    for evse, column in enumerate(columns.tolist()):
        entries = np.arange(grid.start[column], grid.start[column + 1])
        entries = entries[np.argsort(grid.row[entries], kind="stable")]
        if is_coarse:
            loads: tuple[object, ...] = tuple(grid.row[entries][network.is_root[grid.row[entries]]].tolist())
        else:
            draws = (float(network.max_a[evse]), float(network.w_per_a[1, evse]))
            of_each = (grid.row[entries], grid.coefficient[entries], grid.group[entries])
            loads = (*draws, *(each.tobytes() for each in of_each))
        found.append(seen.setdefault(loads, len(seen)))
    return np.array(found, dtype=np.int64)


def _asked(learned: Learned, taken_wh: Floats, rules: Expecting, now_s: float) -> Learned:
    """Return the memory with what is expected of those who are there, and with who is still to come."""
    before_s = learned.asked_s
    learned = asked(learned, taken_wh, now_s)
    if learned.asked_s == before_s:
        return learned
    stays = learned.stays
    told_s = np.array([-np.inf if stay is None else stay.need.departure_s for stay in stays])
    is_likely = np.isfinite(learned.departure_s) & ~(rules.goes_by_told & np.isfinite(told_s))
    free_s = np.where(is_likely, learned.departure_s, told_s)
    outlets = Outlets(rules.time_zone, rules.alike, rules.phases, free_s)
    here = np.array([stay.visit.user for stay in stays if stay is not None], dtype=np.int64)
    return learned._replace(
        comers=comers_of(learned.visits, outlets, here, now_s, by_told=rules.goes_by_told)
    )


def recalled(memory: ControllerMemory, new_records_count: int, rules: Expecting) -> ControllerMemory:
    """Return a memory that has learned of its sessions without a cycle. new_records_count: of its records, the last, that it
    has not learned of.
    """
    if not rules.is_for(memory):
        return memory
    known = memory.learned
    if known is None:
        known = nothing_learned(rules.evse_count, rules.history)
    seated = as_seated(memory)
    new = seated.records[len(seated.records) - new_records_count :]
    return memory._replace(learned=_with_sessions(known, seated._replace(records=new), rules))


def network_rows(network: Network, circuit_id: str) -> list[bool]:
    """Return which rows are of a circuit, (m,)."""
    return [circuit == circuit_id for circuit in network.row_circuit]


def _with_sessions(learned: Learned, seated: Seated, rules: Expecting) -> Learned:
    """Return what is known after the sessions that ended, began or changed since the cycle before."""
    if seated.records:
        learned = with_records(learned, seated.records, rules.time_zone)
    changed = list[tuple[int, Stay | None]]()
    for evse, (seat, stay) in enumerate(zip(seated.seats, learned.stays, strict=True)):
        session = seat.session
        if session is None or not session.is_authorized:
            if stay is not None:
                changed.append((evse, None))
        elif stay is None or _says(stay) != _says(session):
            visit = visit_begun(session.id_token, session.arrival_s, session.need, rules.time_zone, evse=evse)
            changed.append((evse, Stay(session.serial, visit, session.need)))
    return with_stays(learned, changed) if changed else learned


def _says(of: Stay | SessionFacts) -> tuple[int, float, float]:
    """Return what a visit's curves rest on; none of it is ever NaN, so that equal is equal also after a restart."""
    return of.serial, of.need.energy_wh, of.need.departure_s


def _beside_w(memory: ControllerMemory, meters: Meters, now_s: float) -> Floats:
    """Return what the building draws and what each metered plant gives, (1 + p,), NaN where a meter has not told lately."""
    readings = memory.readings
    row_w = np.where(now_s - readings.row_sampled_s <= meters.oldest_s, readings.row_a, np.nan)
    row_w = row_w * meters.voltage_v
    sun_w = np.array([-row_w[rows].sum() for rows in meters.plants])
    building_w = row_w[meters.root].sum() - readings.current_a @ memory.columns.w_per_a + sun_w.sum()
    if memory.storage is not None:
        building_w -= memory.storage.power_w.sum()
    return np.concatenate([[building_w], sun_w])


def _is_metered_alone(pv: Pv, site: Site) -> bool:
    """Return whether a meter shows a plant and nothing else, and it is known where it stands."""
    circuit = next(each for each in site.circuits if each.circuit_id == pv.circuit_id)
    beside = [
        *(each.parent_id for each in site.circuits),
        *(each.circuit_id for each in site.evses),
        *(each.circuit_id for each in site.batteries),
        *(each.circuit_id for each in site.pvs if each is not pv),
    ]
    is_alone = pv.circuit_id not in beside and circuit.other_load_a == 0.0 and bool(circuit.parent_id)
    return is_alone and circuit.is_metered and bool(np.isfinite(pv.latitude_deg))


def _plant(pv: Pv) -> Plant:
    plane = Plane(
        latitude_deg=pv.latitude_deg,
        longitude_deg=pv.longitude_deg,
        tilt_deg=pv.tilt_deg,
        azimuth_deg=pv.azimuth_deg,
    )
    return Plant(plane=plane, rated_w=pv.peak_w)
