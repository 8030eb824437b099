"""What one step of a run reads and writes, as columns: the world, the books of its measures, and what checkers remember."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.simulation.columns import Mixed, WorldColumns
from voltloom.site.network import Bools, Floats, Grid, Ints

# What a step tells: the number is a sum of these signs. From OPENED on, each asks one checker to look closely.
BECAME_FULL, SENT = 1, 2
OPENED, SETPOINTS, RECORDS, PILOTS, REASONS, REFUSED = 4, 8, 16, 32, 64, 128
EVERYTHING = 255


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

    told_a, is_told: (n,) the commands of this cycle. The rest is what outlets can offer, as in `Network`.
    """

    register_wh: Floats
    barred: Bools
    told_a: Floats
    is_told: Bools
    min_a: Floats
    max_a: Floats
    pilot_start: Ints
    pilots_a: Floats


class Rules(NamedTuple):
    """What holds for every step. decay_ratio: of a breaker's heat, which opens at trip_heat_ratio, or at once at trip_ratio of its rating. follows_meters: whether limits held must leave room for other load."""

    step_s: float
    decay_ratio: float
    trip_heat_ratio: float
    trip_ratio: float
    dwell_s: float
    worst_draw: bool
    follows_meters: bool


class RunColumns(NamedTuple):
    """All of it; grid: loads as they are, at the currents that flow."""

    world: WorldColumns
    grid: Grid
    rows: RowColumns
    books: Books
    limits: LimitBooks
    watched: Watched
    rules: Rules


class Decided(NamedTuple):
    """What a cycle decided, arrays (n,). told: how many limits were sent. row: where the digest keeps it."""

    before_a: Floats
    after_a: Floats
    sent: Bools
    cause: Ints
    told: int
    row: int
