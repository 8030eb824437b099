"""From readings to what the cycle may build on: who obeys, who is silent, what other load there is, which ratings.

Everything that cannot be believed is replaced by the worst it could be: a silent EVSE, and one whose last sure lease
ended, is counted at its ceiling, one that draws too much at what it draws and as soon as that lasts at its outlet's
maximum, a circuit without a credible meter at its planned other load.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from voltloom.controller.kernels import senses
from voltloom.controller.leases.grants import Pace
from voltloom.controller.leases.kernels import drawn_anyway, with_draw
from voltloom.controller.memory import ControllerMemory, Watches
from voltloom.controller.obedience import Draws, with_draws
from voltloom.safety.feed_in import FeedIn, feed_in, without_feed_in
from voltloom.safety.freshness import age_s, row_margin
from voltloom.safety.kernels import unexplained_draw
from voltloom.safety.other_load import STEP_RATIO, other_load, quiet
from voltloom.safety.plausibility import READING_TOLERANCE_RATIO, EvseInputs, watch_evses
from voltloom.safety.row_watch import WINDOW_S, RowInputs, watch_rows
from voltloom.safety.settings import SafetySettings
from voltloom.site.kernels import loads, rows_under
from voltloom.site.network import Bools, Floats, Grid, Network


class Sensed(NamedTuple):
    """What one cycle may build on.

    grid: ratings less margins and other load. conservative: the same without any trust in circuit meters.
    evse_age_s (n,): age of each outlet's reading. silent (n,): no word from the station. adrift (n,): silent, or no
    lease that surely reached it lasts. runaway (n,): draws more than allowed, or its contactor does not open.
    controllable (n,): neither of both. usable (n,): its readings may be believed. believed (n,): so they may, of the moment
    they speak for, however long ago. ceiling_a, fixed_a (n,): the most that may be drawn under limits given earlier, and
    whatever is decided. rows_usable_ratio, root_usable, root_works: of the circuit meters,
    those that work but tell it late counted in the first and the last.
    """

    grid: Grid
    conservative: Grid
    evse_age_s: Floats
    silent: Bools
    any_silent: bool
    adrift: Bools
    runaway: Bools
    controllable: Bools
    usable: Bools
    believed: Bools
    ceiling_a: Floats
    fixed_a: Floats
    rows_usable_ratio: float
    root_usable: bool
    root_works: bool


class Rows(NamedTuple):
    """What the circuit meters allow. unexplained_a, usable (m,): as `safety.kernels.unexplained_draw` takes them."""

    grid: Grid
    conservative: Grid
    usable_ratio: float
    root_usable: bool
    root_works: bool
    unexplained_a: Floats
    usable: Bools


class BatteryRows(NamedTuple):
    """What batteries load each row with, (m,): what is seen to be charged, the part of it that is timely, and what may be
    charged beyond that because more was granted since. given_a: what is seen to be discharged by those that are timely.
    """

    drawn_a: Floats
    timely_a: Floats
    rising_a: Floats
    given_a: Floats


class Bases(NamedTuple):
    """What holds without any meter: the plain ratings (less the margin) and the conservative ones (less the widest), both
    less the planned other load. reads_rows: whether the site has meters to follow. rating_a (m,): what all of it is less of,
    limits from outside included. fed: what may feed in; any_fed: whether anything may. batteries: what they draw, None where
    there are none.
    """

    rows: Rows
    reads_rows: bool
    rating_a: Floats
    fed: FeedIn
    any_fed: bool
    batteries: BatteryRows | None


def bases_of(network: Network, settings: SafetySettings, rating_a: Floats) -> Bases:
    """Return what holds without any meter. rating_a: (m,) what each row may carry, limits from outside included."""
    cautious_ratio = max(settings.margin_ratio, settings.stale_margin_ratio)
    plain, cautious = (
        rating_a * (1.0 - margin_ratio) - network.planned_other_a
        for margin_ratio in (settings.margin_ratio, cautious_ratio)
    )
    nothing = np.zeros(rating_a.size)
    rows = Rows(
        grid=network.with_ratings(plain, worst_draw=settings.worst_draw),
        conservative=network.with_ratings(cautious, worst_draw=settings.worst_draw),
        usable_ratio=1.0,
        root_usable=True,
        root_works=True,
        unexplained_a=nothing,
        usable=nothing > 0.0,
    )
    reads_rows = settings.follows_meters and bool(network.is_metered.any())
    fed = feed_in(nothing, network.feeds_back)
    return Bases(rows=rows, reads_rows=reads_rows, rating_a=rating_a, fed=fed, any_fed=False, batteries=None)


def fed_at(bases: Bases, unknown: Bools, most_a: Floats, batteries: BatteryRows | None) -> Bases:
    """Return the bases of a cycle in which so much may feed into each row, (m,); unknown: where nobody knows, (m,)."""
    return bases._replace(fed=feed_in(most_a, unknown), any_fed=True, batteries=batteries)


def sensed(
    memory: ControllerMemory,
    network: Network,
    bases: Bases,
    settings: SafetySettings,
    pace: Pace,
    now_s: float,
) -> tuple[Watches, Sensed]:
    """Return the watches after this cycle and what the cycle may build on."""
    readings, columns, grants = memory.readings, memory.columns, memory.grants
    floats, (is_silent, usable, adrift, controllable), any_silent = _by_outlet(
        memory, network, settings, pace, now_s
    )
    ceiling, evse_age, fixed = floats
    runaway = columns.cannot_stop
    believed = np.isfinite(readings.sampled_s)
    watches, uncommanded_a = memory.watches, None
    if settings.checks_plausibility:
        evses, verdicts = watch_evses(watches.evses, _evse_inputs(memory, network, ceiling), now_s, settings)
        believed = believed & verdicts.usable
        usable, uncommanded_a = usable & verdicts.usable, verdicts.uncommanded_a
        draws = Draws(verdicts.disobedient, _drawn_anyway(memory, usable, settings, pace), usable)
        excessive_a = _excessive(verdicts.excessive_a, ceiling, draws.drawn_anyway_a)
        fixed = np.where(verdicts.disobedient, network.max_a, np.maximum(fixed, excessive_a))
        runaway = runaway | verdicts.disobedient | (excessive_a > 0.0)
        controllable = ~(adrift | runaway)
        watches = watches._replace(evses=evses, accused=with_draws(memory, draws, settings))
    if settings.reserves_in_flight:
        # A lease that is over promises nothing where the meter shows that its limit is still drawn.
        ceiling = with_draw(ceiling, grants.limit_a, readings.current_a, usable, settings.obey_tolerance_a)
    rows = bases.rows
    if bases.reads_rows:
        inputs = _row_inputs(
            memory, network, (usable, evse_age <= WINDOW_S), uncommanded_a, bases, settings.confirm_s
        )
        at = _At(settings, now_s, memory.started_s, readings.row_heard_s, pace.is_slow)
        watches, rows = _rows(watches, network, bases, inputs, at)
        if any_silent:
            # Its vehicle may take more than its station keeps: what a meter shows and nobody explains may be that.
            seen_a = unexplained_draw(
                network.grid, columns.column, is_silent, rows.unexplained_a, rows.usable
            )
            fixed = np.maximum(fixed, np.minimum(seen_a, network.max_a))
    return watches, Sensed(
        grid=rows.grid,
        conservative=rows.conservative,
        evse_age_s=evse_age,
        silent=is_silent,
        any_silent=any_silent,
        adrift=adrift,
        runaway=runaway,
        controllable=controllable,
        usable=usable,
        believed=believed,
        ceiling_a=ceiling,
        fixed_a=fixed,
        rows_usable_ratio=rows.usable_ratio,
        root_usable=rows.root_usable,
        root_works=rows.root_works,
    )


def _by_outlet(
    memory: ControllerMemory, network: Network, settings: SafetySettings, pace: Pace, now_s: float
) -> tuple[Floats, Bools, bool]:
    """Return what `kernels.senses` tells of each outlet."""
    grants, readings = memory.grants, memory.readings
    found: tuple[Floats, Bools, bool] = senses(
        grants.limit_a,
        grants.earlier_a,
        grants.earlier_until_s,
        grants.sure_until_s,
        grants.followed,
        network.offline_a,
        readings.sampled_s,
        readings.heard_s,
        memory.columns.cannot_stop,
        network.max_a,
        now_s,
        settings.silent_s,
        pace.lowering_s,
    )
    return found


def _excessive(above_ceiling_a: Floats, ceiling_a: Floats, drawn_anyway_a: Floats) -> Floats:
    """Return what each outlet must be counted at because it draws too much, 0 for the others, (n,)."""
    above_a = np.where(above_ceiling_a > 0.0, np.maximum(above_ceiling_a, ceiling_a), 0.0)
    return np.maximum(above_a, drawn_anyway_a)


def _drawn_anyway(memory: ControllerMemory, usable: Bools, settings: SafetySettings, pace: Pace) -> Floats:
    """Return what is still drawn long after a limit fell, whatever lease may excuse it, 0 elsewhere, (n,): it is there,
    and others must make room.
    """
    readings, fell_s = memory.readings, memory.moves.changed_s
    if pace.is_slow:  # what has not arrived yet is in flight, and counted at its ceiling
        fell_s = np.maximum(fell_s, memory.grants.value_s)
    drawn_a: Floats = drawn_anyway(
        memory.grants.limit_a,
        fell_s,
        readings.current_a,
        readings.sampled_s,
        usable,
        settings.confirm_s,
        (READING_TOLERANCE_RATIO, settings.obey_tolerance_a),
    )
    return drawn_a


def _evse_inputs(memory: ControllerMemory, network: Network, ceiling_a: Floats) -> EvseInputs:
    readings, columns, discharge = memory.readings, memory.columns, memory.discharge
    return EvseInputs(
        current_a=readings.current_a,
        energy_wh=readings.energy_wh,
        sampled_s=readings.sampled_s,
        limit_a=np.where(columns.present, ceiling_a, 0.0),
        max_a=network.max_a,
        w_per_a_least=columns.least_w_per_a,
        w_per_a_most=columns.w_per_a,
        present=columns.present,
        discharges=np.zeros(ceiling_a.size, dtype=np.bool_) if discharge is None else discharge.may_flow,
    )


def _row_inputs(
    memory: ControllerMemory,
    network: Network,
    believed: tuple[Bools, Bools],
    uncommanded_a: Floats | None,
    bases: Bases,
    confirm_s: float,
) -> RowInputs:
    """Return what is known of the rows. believed: whose readings may be used, and whose are timely, (n,) each."""
    usable, is_timely = believed
    drawn_a = np.where(usable, np.maximum(memory.readings.current_a, 0.0), 0.0)
    readings, column, grid = memory.readings, memory.columns.column, network.grid
    # Only what was raised lately: a full car under a high limit must not hide a building that takes more.
    raised = memory.moves.changed_s >= readings.sampled_s - confirm_s
    rising = np.where(raised, np.maximum(memory.grants.limit_a - readings.current_a, 0.0), 0.0)
    inputs = RowInputs(
        current_a=readings.row_a,
        sampled_s=readings.row_sampled_s,
        contribution_a=loads(grid, column, drawn_a),
        timely_a=loads(grid, column, np.where(is_timely, drawn_a, 0.0)),
        is_timely=~rows_under(grid, column, usable & ~is_timely & memory.columns.present),
        uncommanded_a=_signed(grid, memory, uncommanded_a),
        in_flight_a=loads(grid, column, np.where(memory.columns.present, rising, 0.0)),
        planned_other_a=network.planned_other_a,
        rating_a=grid.rating_a,
        feeds_most_a=bases.fed.most_a,
        least_other_a=bases.fed.least_other_a,
    )
    return inputs if bases.batteries is None else _beside(inputs, bases.batteries)


def _beside(inputs: RowInputs, batteries: BatteryRows) -> RowInputs:
    """Return what is known of the rows with batteries among those that are known to draw."""
    return replace(
        inputs,
        contribution_a=inputs.contribution_a + batteries.drawn_a,
        timely_a=inputs.timely_a + batteries.timely_a,
        in_flight_a=inputs.in_flight_a + batteries.rising_a,
    )


def _alone(inputs: RowInputs, batteries: BatteryRows | None) -> RowInputs:
    """Return what a meter is judged by: what it would show without the discharge that is seen, which then may feed in no more.

    A battery that covers what cars draw keeps an honest meter still, whatever they do: it would look insensitive.
    """
    if batteries is None:
        return inputs
    return replace(
        inputs,
        current_a=inputs.current_a + batteries.given_a,
        feeds_most_a=np.maximum(inputs.feeds_most_a - batteries.given_a, 0.0),
    )


class _At(NamedTuple):
    """By which settings, now, since when this controller runs, when each circuit's meter was heard last, (m,), and whether
    leases are long.
    """

    settings: SafetySettings
    now_s: float
    started_s: float
    heard_s: Floats
    has_long_leases: bool


def _rows(
    watches: Watches,
    network: Network,
    bases: Bases,
    inputs: RowInputs,
    at: _At,
) -> tuple[Watches, Rows]:
    """Return the watches and the ratings less margins and other load, by credible meters or else by the plan.

    A meter whose readings keep coming, but late, tells nothing of now; it is not one that fails.
    """
    settings, now_s = at.settings, at.now_s
    row_watch, verdicts = watch_rows(watches.rows, _alone(inputs, bases.batteries), now_s, settings)
    row_age_s = age_s(now_s, inputs.sampled_s)
    margin_ratio, fresh = row_margin(row_age_s, settings)
    metered = network.is_metered
    usable = verdicts.usable & fresh & metered
    keeps_coming = (age_s(now_s, at.heard_s) < settings.silent_s) & (row_age_s < settings.late_s)
    works = usable | (verdicts.usable & metered & keeps_coming)
    # Right after a start a meter that has not spoken yet is no bad sign; its planned other load counts meanwhile.
    due = metered & (np.isfinite(inputs.sampled_s) | (now_s - at.started_s >= settings.silent_s))
    load_memory, other_a = other_load(watches.other_load, inputs, usable, now_s)
    alone_a = other_a
    if bases.any_fed:
        alone_a = without_feed_in(other_a, network.planned_other_a, 0.0 - bases.fed.least_other_a)
    step_a = STEP_RATIO * settings.margin_ratio * np.maximum(bases.rating_a, 0.0)
    load_memory, counted_a = quiet(load_memory, alone_a, step_a)
    left = bases.rating_a * (1.0 - margin_ratio) - counted_a
    if at.has_long_leases:  # what a meter shows now says little of their end
        left = np.minimum(left, bases.rows.grid.rating_a)
    cautious = np.minimum(left, bases.rows.conservative.rating_a)
    return watches._replace(rows=row_watch, other_load=load_memory), Rows(
        grid=network.with_ratings(left, worst_draw=settings.worst_draw),
        conservative=network.with_ratings(cautious, worst_draw=settings.worst_draw),
        usable_ratio=float(works[due].mean()) if due.any() else 1.0,
        root_usable=bool((usable | ~due)[network.is_root].all()),
        root_works=bool((works | ~due)[network.is_root].all()),
        unexplained_a=other_a - network.planned_other_a,
        usable=usable,
    )


def _signed(grid: Grid, memory: ControllerMemory, change_a: Floats | None) -> Floats:
    """Return the change of each row's load by changes of outlets' currents, (m,): rises less falls."""
    if change_a is None or not change_a.any():
        return np.zeros(grid.rating_a.size)
    column = memory.columns.column
    up = loads(grid, column, np.maximum(change_a, 0.0))
    down = loads(grid, column, np.maximum(-change_a, 0.0))
    return up - down
