"""What one step of a run reads and writes, as columns: the world, the books of its measures, and what checkers remember."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.simulation.columns import (
    BOOLS,
    FLOATS,
    INTS,
    Mixed,
    StationColumns,
    VehicleColumns,
    WorldColumns,
    columns_in,
)
from voltloom.site.network import Bools, Floats, Grid, GridFields, Ints

# What a step tells: the number is a sum of these signs. From OPENED on, each asks one checker to look closely.
BECAME_FULL, SENT = 1, 2
OPENED, SETPOINTS, RECORDS, PILOTS, REASONS, REFUSED = 4, 8, 16, 32, 64, 128
EVERYTHING = 255
SPARE = 7  # rows behind the world's: what is remembered of each EVSE


class RowColumns(NamedTuple):
    """The rows of the network, arrays (m,): other load and true load, and each breaker's thermal element and state."""

    other_a: Floats
    load_a: Floats
    heat_ratio: Floats
    is_open: Bools


class Books(NamedTuple):
    """What is measured: evse_w (T, n), power_w and max_load_ratio (T,), first_power_s by visit (v,).

    overload_a_s, peak_a (of the top rows): (1,). top_rows: (k,). opened: (1,) the row that opened in the last step.
    """

    evse_w: NDArray[np.float32]
    power_w: Floats
    max_load_ratio: Floats
    first_power_s: Floats
    overload_a_s: Floats
    peak_a: Floats
    top_rows: Ints
    opened: Ints


class LimitBooks(NamedTuple):
    """How limits have moved: by EVSE (n,) the last one, for which visit, which way and when it last changed.

    counts: changes, changes back within the dwell time, EVSEs lowered by the envelope. digest: (k, 2n + 1) a row a decision.
    """

    limit_a: Floats
    visit: Ints
    direction: Ints
    turned_s: Floats
    counts: Ints
    digest: Mixed


class Watched(NamedTuple):
    """What the checkers' quick tests need: registers of the last step (n,), who is refused and who is faulty (2, n).

    told_a, is_told: (n,) the commands of this cycle. least_a: (n,) what can be fed back, negative. The rest is what outlets can offer, as in `Network`.
    """

    register_wh: Floats
    barred: Bools
    told_a: Floats
    is_told: Bools
    min_a: Floats
    max_a: Floats
    least_a: Floats
    pilot_start: Ints
    pilots_a: Floats


class Rules(NamedTuple):
    """What holds for every step. decay_ratio: of a breaker's heat. follows_meters: whether limits held must leave room for other load."""

    step_s: float
    decay_ratio: float
    dwell_s: float
    worst_draw: bool
    follows_meters: bool


class RunColumns(NamedTuple):
    """All of it; grid: loads as they are, at the currents that flow."""

    vehicles: VehicleColumns
    stations: StationColumns
    grid: Grid
    rows: RowColumns
    books: Books
    limits: LimitBooks
    watched: Watched
    rules: Rules


class RunArrays(NamedTuple):
    """Where all of it lies: compiled code takes few arrays quicker than many.

    world: vehicles and stations, and behind them what is remembered of each EVSE. row_floats (3, m), row_bools (1, m).
    steps (2, T): power and fullness. numbers, counts: what is one for the whole run.
    """

    world: WorldColumns
    grid: Grid
    row_floats: Mixed
    row_bools: Bools
    evse_w: NDArray[np.float32]
    steps: Mixed
    first_power_s: Floats
    numbers: Mixed
    counts: Ints
    top_rows: Ints
    digest: Mixed
    pilot_start: Ints
    pilots_a: Floats


# The same as plain tuples, quicker for compiled code to take (see `site.network.GridFields`).
RunFields = tuple[tuple[Mixed, Ints, Bools], GridFields, tuple[Any, ...]]
DecidedFields = tuple[Floats, Floats, Bools, Ints, int, int]


def fields_of(arrays: RunArrays) -> RunFields:
    """Return a run's arrays as plain tuples: the world, the grid, and the others in their order."""
    return arrays.world[:], arrays.grid[:], arrays[2:]


def rows_in(floats: Mixed, bools: Bools) -> RowColumns:
    """Return the columns of the rows, in place."""
    return RowColumns(other_a=floats[0], load_a=floats[1], heat_ratio=floats[2], is_open=bools[0])


def run_in(arrays: RunArrays) -> RunColumns:
    """Return the columns; each is a part of the arrays, in place."""
    vehicles, stations = columns_in(arrays.world)
    floats, ints, bools = arrays.world.floats, arrays.world.ints, arrays.world.bools
    numbers, counts = arrays.numbers, arrays.counts
    books = Books(
        evse_w=arrays.evse_w,
        power_w=arrays.steps[0],
        max_load_ratio=arrays.steps[1],
        first_power_s=arrays.first_power_s,
        overload_a_s=numbers[0:1],
        peak_a=numbers[1:2],
        top_rows=arrays.top_rows,
        opened=counts[3:4],
    )
    limits = LimitBooks(
        limit_a=floats[FLOATS],
        visit=ints[INTS],
        direction=ints[INTS + 1],
        turned_s=floats[FLOATS + 1],
        counts=counts,
        digest=arrays.digest,
    )
    watched = Watched(
        register_wh=floats[FLOATS + 2],
        barred=bools[BOOLS : BOOLS + 2],
        told_a=floats[FLOATS + 3],
        is_told=bools[BOOLS + 2],
        min_a=floats[FLOATS + 4],
        max_a=floats[FLOATS + 5],
        least_a=floats[FLOATS + 6],
        pilot_start=arrays.pilot_start,
        pilots_a=arrays.pilots_a,
    )
    rules = Rules(
        step_s=numbers[2],
        decay_ratio=numbers[3],
        dwell_s=numbers[4],
        worst_draw=numbers[5] > 0.0,
        follows_meters=numbers[6] > 0.0,
    )
    rows = rows_in(arrays.row_floats, arrays.row_bools)
    return RunColumns(
        vehicles=vehicles,
        stations=stations,
        grid=arrays.grid,
        rows=rows,
        books=books,
        limits=limits,
        watched=watched,
        rules=rules,
    )


class Decided(NamedTuple):
    """What a cycle decided, arrays (n,). told: how many limits were sent. row: where the digest keeps it."""

    before_a: Floats
    after_a: Floats
    sent: Bools
    cause: Ints
    told: int
    row: int
