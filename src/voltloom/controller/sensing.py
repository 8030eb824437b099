"""From readings to what the cycle may build on: who obeys, who is silent, what other load there is, which ratings.

Everything that cannot be believed is replaced by the worst it could be: a silent EVSE is counted at its ceiling, a
disobedient one at its outlet's maximum, a circuit without a credible meter at its planned other load.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from voltloom.controller.grants import ceiling_a
from voltloom.controller.memory import ControllerMemory, Watches
from voltloom.safety.freshness import age_s, row_margin, sample_time_s, silent
from voltloom.safety.other_load import other_load
from voltloom.safety.plausibility import EvseInputs, EvseVerdicts, watch_evses
from voltloom.safety.row_watch import RowInputs, watch_rows
from voltloom.safety.settings import SafetySettings
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Grid, Network


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensed:
    """What one cycle may build on.

    grid: ratings less margins and other load. conservative: the same without any trust in circuit meters.
    evse_age_s (n,): age of each outlet's reading. silent, disobedient, usable (n,). ceiling_a, fixed_a (n,): the most
    that may be drawn under limits given earlier; whatever is decided. rows_usable_ratio, root_usable: of the meters.
    """

    grid: Grid
    conservative: Grid
    evse_age_s: Floats
    silent: Bools
    disobedient: Bools
    usable: Bools
    ceiling_a: Floats
    fixed_a: Floats
    rows_usable_ratio: float
    root_usable: bool


def sensed(
    memory: ControllerMemory, network: Network, settings: SafetySettings, now_s: float
) -> tuple[Watches, Sensed]:
    """Return the watches after this cycle and what the cycle may build on."""
    readings, columns = memory.readings, memory.columns
    ceiling = ceiling_a(memory.grants, network.offline_a, now_s)
    spoken_for_s = sample_time_s(readings.sampled_s, readings.heard_s)
    evse_age = age_s(now_s, readings.heard_s)
    evses, verdicts = watch_evses(
        memory.watches.evses,
        EvseInputs(
            current_a=readings.current_a,
            energy_wh=readings.energy_wh,
            sampled_s=spoken_for_s,
            limit_a=np.where(columns.present, ceiling, 0.0),
            max_a=network.max_a,
            w_per_a_least=columns.w_per_a,
            w_per_a_most=columns.w_per_a,
            present=columns.present,
            discharges=np.zeros(ceiling.size, dtype=np.bool_),
        ),
        now_s,
        settings,
    )
    is_silent = silent(evse_age, settings)
    fixed = np.where(verdicts.disobedient, network.max_a, np.where(is_silent, ceiling, 0.0))
    watches, rows = _rows(memory, network, settings, now_s, verdicts)
    if evses is not watches.evses:
        watches = replace(watches, evses=evses)
    return watches, Sensed(
        grid=rows.grid,
        conservative=rows.conservative,
        evse_age_s=evse_age,
        silent=is_silent,
        disobedient=verdicts.disobedient,
        usable=verdicts.usable,
        ceiling_a=ceiling,
        fixed_a=fixed,
        rows_usable_ratio=rows.usable_ratio,
        root_usable=rows.root_usable,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """What the circuit meters allow."""

    grid: Grid
    conservative: Grid
    usable_ratio: float
    root_usable: bool


def _rows(
    memory: ControllerMemory,
    network: Network,
    settings: SafetySettings,
    now_s: float,
    outlets: EvseVerdicts,
) -> tuple[Watches, _Rows]:
    """Return the watches and the ratings less margins and other load."""
    rating = network.grid.rating_a
    watches = memory.watches
    cautious_ratio = max(settings.margin_ratio, settings.stale_margin_ratio)
    cautious = rating * (1.0 - cautious_ratio) - network.planned_other_a
    conservative = network.with_ratings(cautious, worst_draw=settings.worst_draw)
    if not settings.follows_meters or not network.is_metered.any():
        plain = rating * (1.0 - settings.margin_ratio) - network.planned_other_a
        return watches, _Rows(
            grid=network.with_ratings(plain, worst_draw=settings.worst_draw),
            conservative=conservative,
            usable_ratio=1.0,
            root_usable=True,
        )
    readings, column, grid = memory.readings, memory.columns.column, network.grid
    sampled_s = sample_time_s(readings.row_sampled_s, readings.row_heard_s)
    believed = np.where(outlets.usable, np.maximum(readings.current_a, 0.0), 0.0)
    rising = np.maximum(memory.grants.limit_a - readings.current_a, 0.0)
    inputs = RowInputs(
        current_a=readings.row_a,
        sampled_s=sampled_s,
        contribution_a=loads(grid, column, believed),
        uncommanded_a=_signed(grid, memory, outlets.uncommanded_a),
        in_flight_a=loads(grid, column, np.where(memory.columns.present, rising, 0.0)),
        planned_other_a=network.planned_other_a,
        rating_a=rating,
        consumes_only=~network.feeds_back,
    )
    row_watch, verdicts = watch_rows(watches.rows, inputs, now_s, settings)
    margin_ratio, fresh = row_margin(age_s(now_s, sampled_s), settings)
    usable = verdicts.usable & fresh & network.is_metered
    load_memory, other_a = other_load(watches.other_load, inputs, usable, now_s)
    left = rating * (1.0 - margin_ratio) - other_a
    metered = network.is_metered
    return replace(watches, rows=row_watch, other_load=load_memory), _Rows(
        grid=network.with_ratings(left, worst_draw=settings.worst_draw),
        conservative=conservative,
        usable_ratio=float(usable[metered].mean()),
        root_usable=bool((usable | ~metered)[network.is_root].all()),
    )


def _signed(grid: Grid, memory: ControllerMemory, change_a: Floats) -> Floats:
    """Return the change of each row's load by changes of outlets' currents, (m,): rises less falls."""
    if not change_a.any():
        return np.zeros(grid.rating_a.size)
    column = memory.columns.column
    up = loads(grid, column, np.maximum(change_a, 0.0))
    down = loads(grid, column, np.maximum(-change_a, 0.0))
    return up - down
