"""The site as columns: which limit each EVSE loads, by how much, and at which angle.

Every limit (a circuit on one phase, a cabinet, a phasor row) is a row. An EVSE has two columns, one for a vehicle
that uses one phase and one for a vehicle that uses all it is wired to; a vehicle whose phases are unknown counts
as using all of them.

A row adds currents as phasors. Those of one angle form a group (at most three groups a row), so a row's load is
|sum over groups of (sum of currents) * unit phasor|. Because cars may draw less than they are allowed, and with
phasors less of one current can mean more in the wire, the worst case over every draw from nothing to the setpoint
is the largest value over the subsets of groups; `row_is_plain` marks the rows where the full set is always it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.site.topology import Circuit, Evse, Phase, Site, Wiring

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

GROUPS_PER_ROW = 3


class Grid(NamedTuple):
    """What the kernels need of a site, for n EVSEs (2n columns) and m rows.

    start, row, coefficient, group: the entries of column c are start[c] : start[c + 1].
    unit_x, unit_y: (m, 3) direction of each group. row_is_plain: (m,). rating_a: (m,), what the row may carry now.
    worst_draw: False asks for the row's load at the setpoints only, as the textbooks do.
    """

    start: Ints
    row: Ints
    coefficient: Floats
    group: Ints
    unit_x: Floats
    unit_y: Floats
    row_is_plain: Bools
    rating_a: Floats
    worst_draw: bool


# The same fields in the same order, as `grid[:]` gives them. Compiled code that a cycle calls from Python takes this:
# numba looks the class of a named tuple up at every call, which costs more than all its arrays.
GridFields = tuple[Ints, Ints, Floats, Ints, Floats, Floats, Bools, Floats, bool]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Network:
    """A site's columns in EVSE order. w_per_a: (2, n), row 0 for one-phase vehicles, row 1 for the others. discharge_a: (n,)
    what can be fed back on each phase, positive.

    planned_other_a: (m,) the most that other load draws through each row. is_metered, feeds_back, is_root: (m,).
    """

    evse_ids: tuple[str, ...]
    row_ids: tuple[str, ...]
    row_circuit: tuple[str, ...]
    grid: Grid
    min_a: Floats
    max_a: Floats
    offline_a: Floats
    w_per_a: Floats
    pilot_start: Ints
    pilots_a: Floats
    index: dict[str, int]
    planned_other_a: Floats
    is_metered: Bools
    feeds_back: Bools
    is_root: Bools
    discharge_a: Floats

    @property
    def feeds_from_vehicles(self) -> bool:
        """Return whether a vehicle can feed back anywhere."""
        return bool(self.discharge_a.any())

    def columns(self, uses_all_phases: Bools) -> Ints:
        """Return the grid column of each EVSE, (n,), for vehicles that use one or all phases."""
        count = len(self.evse_ids)
        columns: Ints = np.arange(count) + np.where(uses_all_phases, count, 0)
        return columns

    def power_per_a(self, uses_all_phases: Bools) -> Floats:
        """Return W per A of each EVSE, (n,)."""
        power: Floats = np.where(uses_all_phases, self.w_per_a[1], self.w_per_a[0])
        return power

    def with_ratings(self, rating_a: Floats, *, worst_draw: bool) -> Grid:
        """Return the grid with other ratings, (m,)."""
        return self.grid._replace(rating_a=rating_a, worst_draw=worst_draw)


def network_of(site: Site) -> Network:
    """Return the columns of a site whose plan has been checked (`plan.py`)."""
    rows = _Rows()
    for circuit in site.circuits:
        for phase in circuit.phases:
            rows.add(f"{circuit.circuit_id}/{phase.name}", circuit.circuit_id, circuit.rating_a)
    for cabinet in site.cabinets:
        rows.add(cabinet.cabinet_id, cabinet.cabinet_id, 1.0)
    for limit in site.phasor_limits:
        rows.add(limit.limit_id, limit.limit_id, limit.rating_a)
    ratings = np.array(rows.rating_a)
    for cabinet in site.cabinets:
        ratings[rows.index[cabinet.cabinet_id]] = cabinet.power_w
    watts = np.array([[_w_per_a(site, evse, one_phase=True) for evse in site.evses],
                      [_w_per_a(site, evse, one_phase=False) for evse in site.evses]])  # fmt: skip
    entries = [
        _entries(site, rows.index, number, one_phase=one_phase)
        for one_phase in (True, False)
        for number in range(len(site.evses))
    ]
    pilot_start = np.cumsum([0, *(len(e.pilots_a) for e in site.evses)]).astype(np.int64)
    return Network(
        evse_ids=tuple(e.evse_id for e in site.evses),
        row_ids=tuple(rows.index),
        row_circuit=tuple(rows.circuit),
        grid=_grid(entries, ratings),
        min_a=np.array([e.min_a for e in site.evses]),
        max_a=np.array([e.max_a for e in site.evses]),
        offline_a=np.array([e.offline_a for e in site.evses]),
        w_per_a=watts,
        pilot_start=pilot_start,
        pilots_a=np.array([a for e in site.evses for a in e.pilots_a], dtype=np.float64),
        index={e.evse_id: i for i, e in enumerate(site.evses)},
        planned_other_a=_planned_other_a(site, rows),
        is_metered=rows.of_circuits([c.circuit_id for c in site.circuits if c.is_metered]),
        feeds_back=rows.of_circuits([c.circuit_id for c in site.circuits if c.feeds_back]),
        is_root=rows.of_circuits([c.circuit_id for c in site.circuits if not c.parent_id]),
        discharge_a=np.array([e.discharge_a for e in site.evses]),
    )


class _Rows:
    """The rows while they are collected."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}
        self.circuit: list[str] = []
        self.rating_a: list[float] = []

    def add(self, row_id: str, circuit_id: str, rating_a: float) -> None:
        self.index[row_id] = len(self.rating_a)
        self.circuit.append(circuit_id)
        self.rating_a.append(rating_a)

    def of_circuits(self, circuit_ids: list[str]) -> Bools:
        return np.array([circuit_id in circuit_ids for circuit_id in self.circuit], dtype=np.bool_)


def _planned_other_a(site: Site, rows: _Rows) -> Floats:
    """Return the planned other load of each row: what hangs on its circuit and on all below it."""
    planned = np.zeros(len(rows.rating_a))
    for circuit in site.circuits:
        for above in _path(site, circuit.circuit_id):
            for phase in circuit.phases:
                if phase in above.phases:
                    planned[rows.index[f"{above.circuit_id}/{phase.name}"]] += circuit.other_load_a
    return planned


def _w_per_a(site: Site, evse: Evse, *, one_phase: bool) -> float:
    """Return the power that one ampere on the used phases carries."""
    if evse.wiring is Wiring.LINE_TO_LINE:
        return site.between_phases_v
    if evse.wiring is Wiring.DC:
        return 3 * site.voltage_v * evse.efficiency_ratio
    if evse.wiring is Wiring.SINGLE_PHASE or one_phase:
        return site.voltage_v
    return 3 * site.voltage_v


def _entries(site: Site, index: dict[str, int], number: int, *, one_phase: bool) -> list[tuple[int, complex]]:
    """Return (row, complex coefficient) of one column."""
    evse = site.evses[number]
    found = [
        (index[f"{circuit.circuit_id}/{phase.name}"], coefficient)
        for circuit in _path(site, evse.circuit_id)
        for phase, coefficient in _phase_coefficients(evse, one_phase=one_phase)
        if phase in circuit.phases
    ]
    if evse.cabinet_id:
        found.append((index[evse.cabinet_id], complex(_w_per_a(site, evse, one_phase=False))))
    turn = complex(math.cos(math.radians(evse.angle_deg)), math.sin(math.radians(evse.angle_deg)))
    found += [
        (index[limit.limit_id], limit.coefficients[number] * turn)
        for limit in site.phasor_limits
        if limit.coefficients[number] != 0.0
    ]
    return found


def _phase_coefficients(evse: Evse, *, one_phase: bool) -> list[tuple[Phase, complex]]:
    """Return the current in each phase conductor per ampere, as a phasor where currents of unlike angle meet.

    A line-to-line load between phases p and q draws along V_p - V_q, so +I flows in p and -I in q; a phase-to-neutral
    load draws along V_p. All angles are relative to V_L1, unity power factor.
    """
    angle = {Phase.L1: 0.0, Phase.L2: -120.0, Phase.L3: 120.0}
    units = {p: complex(math.cos(math.radians(a)), math.sin(math.radians(a))) for p, a in angle.items()}
    if evse.wiring is Wiring.LINE_TO_LINE:
        from_phase, to_phase = evse.phases
        along = units[from_phase] - units[to_phase]
        along /= abs(along)
        return [(from_phase, along), (to_phase, -along)]
    used = evse.phases[:1] if one_phase and evse.wiring is not Wiring.DC else evse.phases
    return [(phase, units[phase]) for phase in used]


def _path(site: Site, circuit_id: str) -> list[Circuit]:
    """Return the circuits from one up to the grid connection."""
    by_id = {circuit.circuit_id: circuit for circuit in site.circuits}
    path = []
    while circuit_id:
        path.append(by_id[circuit_id])
        circuit_id = by_id[circuit_id].parent_id
    return path


def _grid(columns: list[list[tuple[int, complex]]], rating_a: Floats) -> Grid:
    """Group the entries of each row by angle; a row with too many angles adds magnitudes, which is never less."""
    row_count = len(rating_a)
    angles: list[list[complex]] = [[] for _ in range(row_count)]
    for column in columns:
        for row, value in column:
            unit = value / abs(value)
            if not any(abs(unit - known) < 1e-9 for known in angles[row]):
                angles[row].append(unit)
    for known in angles:
        if len(known) > GROUPS_PER_ROW:
            known[:] = [1 + 0j]
    flat = [
        (row, abs(value), _group_of(angles[row], value / abs(value)))
        for column in columns
        for row, value in column
    ]
    units = np.zeros((row_count, GROUPS_PER_ROW), dtype=np.complex128)
    for row, known in enumerate(angles):
        units[row, : len(known)] = known
    return Grid(
        start=np.cumsum([0, *(len(column) for column in columns)]).astype(np.int64),
        row=np.array([f[0] for f in flat], dtype=np.int64),
        coefficient=np.array([f[1] for f in flat], dtype=np.float64),
        group=np.array([f[2] for f in flat], dtype=np.int64),
        unit_x=np.ascontiguousarray(units.real),
        unit_y=np.ascontiguousarray(units.imag),
        row_is_plain=np.array([_is_plain(known) for known in angles], dtype=np.bool_),
        rating_a=rating_a.astype(np.float64),
        worst_draw=True,
    )


def _group_of(known: list[complex], unit: complex) -> int:
    matches = [number for number, angle in enumerate(known) if abs(unit - angle) < 1e-9]
    return matches[0] if matches else 0


def _is_plain(known: list[complex]) -> bool:
    """Return whether more of any current always means more in the wire: no two angles more than 90 degrees apart."""
    return all((a * b.conjugate()).real > -1e-12 for a in known for b in known)
