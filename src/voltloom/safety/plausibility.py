"""Which outlets' readings may be believed, and which vehicles draw more than they were allowed.

`watch_evses` doubts a reading that is out of range, negative where nothing is fed back, or that its own energy
register contradicts; register and current are compared over steady intervals only, with room for a voltage 10 % off
its name, a power factor of 0.9 and a current told in whole amperes. Circuit meters are judged in `row_watch.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from voltloom.safety.settings import SafetySettings
from voltloom.safety.watch import (
    Extremes,
    Standing,
    Verdict,
    extended,
    first_extremes,
    first_standing,
    judged,
)
from voltloom.site.network import Bools, Floats, Ints

TRIP_RATIO = 1.45  # IEC 60898-1: at 1.45 times its rating a breaker opens; no reading stays above it
READING_TOLERANCE_A = 1.0  # many stations tell whole amperes
READING_TOLERANCE_RATIO = 0.02
STEADY_A = 1.5  # a current that moved no more than this between two samples was steady
LEAST_W_RATIO = 0.78  # voltage 10 % low and a power factor of 0.87
MOST_W_RATIO = 1.15  # voltage 10 % high, and the register's own error
REGISTER_STEP_WH = 150.0  # registers that move in steps of 0.1 kWh and lag some seconds behind
REGISTER_FORGETS_S = 1200.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvseInputs:
    """What a cycle knows about its outlets, (n,) each.

    current_a, energy_wh, sampled_s: the newest reading and the moment it speaks for (-inf: none yet; a NaN register:
    none). limit_a: the highest limit that may be in force now, acknowledged or not; 0 where no session is.
    w_per_a_least, w_per_a_most: power per ampere over the phases the vehicle may be using. discharges: its vehicle may have
    been feeding back. energy_wh counts what is drawn alone.
    """

    current_a: Floats
    energy_wh: Floats
    sampled_s: Floats
    limit_a: Floats
    max_a: Floats
    w_per_a_least: Floats
    w_per_a_most: Floats
    present: Bools
    discharges: Bools


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvseWatch:
    """What is remembered of each outlet's readings, (n,).

    limits: limits of the last moments. register_wh, least_wh, most_wh: energy by the register and by the current,
    fading. over_since_s: since when it has drawn more than allowed (inf: it does not). disobeyed_a: what it drew
    when it disobeyed, 0 for the obedient. obeyed_since_s: since when it has followed a limit below that.
    """

    standing: Standing
    limits: Extremes
    current_a: Floats
    energy_wh: Floats
    sampled_s: Floats
    register_wh: Floats
    least_wh: Floats
    most_wh: Floats
    over_since_s: Floats
    disobeyed_a: Floats
    obeyed_since_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvseVerdicts:
    """The verdict on each outlet, (n,): `Verdict` numbers, since when, and whether the reading may be used.

    disobedient: draws more than allowed, for long enough to be sure. excessive_a: what is drawn by those whose newest
    sample is above every limit of the last moments, whatever the reason; 0 for the others. uncommanded_a: change of
    current that no limit asked for, for `RowInputs.uncommanded_a`.
    """

    verdict: Ints
    since_s: Floats
    usable: Bools
    disobedient: Bools
    excessive_a: Floats
    uncommanded_a: Floats


def first_evse_watch(count: int) -> EvseWatch:
    """Return the memory before the first reading."""
    zeros = np.zeros(count)
    return EvseWatch(
        standing=first_standing(count),
        limits=first_extremes(count),
        current_a=zeros,
        energy_wh=np.full(count, np.nan),
        sampled_s=np.full(count, -np.inf),
        register_wh=zeros,
        least_wh=zeros,
        most_wh=zeros,
        over_since_s=np.full(count, np.inf),
        disobeyed_a=zeros,
        obeyed_since_s=np.full(count, np.inf),
    )


def watch_evses(
    watch: EvseWatch, inputs: EvseInputs, now_s: float, settings: SafetySettings
) -> tuple[EvseWatch, EvseVerdicts]:
    """Return the memory and the verdicts after a cycle.

    A reading older than one already seen (messages overtake each other) is ignored. Without `checks_plausibility`
    every reading is good and every vehicle obedient.
    """
    if not settings.checks_plausibility:
        return watch, _unchecked(inputs)
    limits = extended(watch.limits, inputs.limit_a, now_s, settings.confirm_s)
    is_new = inputs.sampled_s > watch.sampled_s
    watch = watch if limits is watch.limits else replace(watch, limits=limits)
    gone = ~inputs.present & (watch.disobeyed_a > 0.0)
    if not is_new.any() and not gone.any():
        return watch, _verdicts(watch, inputs, np.zeros_like(inputs.current_a), settings)
    with np.errstate(
        invalid="ignore"
    ):  # never heard (-inf) minus never heard is no number, and compares as false
        return _with_samples(watch, inputs, is_new, settings)


def _with_samples(
    watch: EvseWatch, inputs: EvseInputs, is_new: Bools, settings: SafetySettings
) -> tuple[EvseWatch, EvseVerdicts]:
    limits = watch.limits
    current_a = np.nan_to_num(inputs.current_a, nan=0.0, posinf=0.0, neginf=0.0)
    steady = limits.highest_a - limits.lowest_a < READING_TOLERANCE_A
    own = is_new & (steady | ~inputs.present)  # a vehicle that left was not told to
    uncommanded_a = np.where(own, current_a - watch.current_a, 0.0)
    watch = _with_registers(watch, inputs, is_new, settings)
    standing = judged(watch.standing, _found(watch, inputs), is_new, inputs.sampled_s, settings.recover_s)
    watch = _with_obedience(replace(watch, standing=standing), inputs, is_new, settings)
    watch = replace(
        watch,
        current_a=np.where(is_new, current_a, watch.current_a),
        energy_wh=np.where(is_new, inputs.energy_wh, watch.energy_wh),
        sampled_s=np.where(is_new, inputs.sampled_s, watch.sampled_s),
    )
    return watch, _verdicts(watch, inputs, uncommanded_a, settings)


def _unchecked(inputs: EvseInputs) -> EvseVerdicts:
    heard = inputs.sampled_s > -np.inf
    return EvseVerdicts(
        verdict=np.where(heard, int(Verdict.GOOD), int(Verdict.MISSING)),
        since_s=np.full(inputs.current_a.shape, -np.inf),
        usable=heard,
        disobedient=np.zeros(inputs.current_a.shape, dtype=np.bool_),
        excessive_a=np.zeros_like(inputs.current_a),
        uncommanded_a=np.zeros_like(inputs.current_a),
    )


def _verdicts(
    watch: EvseWatch, inputs: EvseInputs, uncommanded_a: Floats, settings: SafetySettings
) -> EvseVerdicts:
    excessive = watch.current_a - settings.obey_tolerance_a > watch.limits.highest_a
    excessive &= inputs.present & np.isfinite(watch.over_since_s) & (watch.standing.verdict == Verdict.GOOD)
    return EvseVerdicts(
        verdict=watch.standing.verdict,
        since_s=watch.standing.since_s,
        usable=watch.standing.verdict == Verdict.GOOD,
        disobedient=watch.disobeyed_a > 0.0,
        excessive_a=np.where(excessive, watch.current_a, 0.0),
        uncommanded_a=uncommanded_a,
    )


def _with_registers(
    watch: EvseWatch, inputs: EvseInputs, is_new: Bools, settings: SafetySettings
) -> EvseWatch:
    """Return the memory with the interval since the last sample added, where the current was steady over it."""
    elapsed_s = np.where(is_new & np.isfinite(watch.sampled_s), inputs.sampled_s - watch.sampled_s, 0.0)
    moved_wh = inputs.energy_wh - watch.energy_wh
    hours = elapsed_s / 3600.0
    low_a = np.minimum(inputs.current_a, watch.current_a)
    high_a = np.maximum(inputs.current_a, watch.current_a)
    drawn_a = np.where(
        inputs.discharges, np.maximum(high_a, 0.0), high_a
    )  # the register counts what is drawn
    most_a = drawn_a * (1.0 + READING_TOLERANCE_RATIO) + READING_TOLERANCE_A
    least_a = np.maximum(low_a * (1.0 - READING_TOLERANCE_RATIO) - READING_TOLERANCE_A, 0.0)
    counted = (elapsed_s > 0.0) & (elapsed_s <= settings.silent_s) & (high_a - low_a <= STEADY_A)
    counted &= watch.limits.highest_a - watch.limits.lowest_a < READING_TOLERANCE_A
    counted &= np.isfinite(moved_wh)
    # A register that runs backwards, or faster than the outlet can deliver, was reset or replaced: start afresh.
    fastest_wh = hours * inputs.max_a * TRIP_RATIO * inputs.w_per_a_most * MOST_W_RATIO + REGISTER_STEP_WH
    restarted = is_new & ((moved_wh < 0.0) | (moved_wh > fastest_wh))
    fading_ratio = np.where(restarted, 0.0, np.exp(-elapsed_s / REGISTER_FORGETS_S))
    counted &= ~restarted
    return replace(
        watch,
        register_wh=watch.register_wh * fading_ratio + np.where(counted, moved_wh, 0.0),
        least_wh=watch.least_wh * fading_ratio
        + np.where(counted, least_a * inputs.w_per_a_least * LEAST_W_RATIO * hours, 0.0),
        most_wh=watch.most_wh * fading_ratio
        + np.where(counted, most_a * inputs.w_per_a_most * MOST_W_RATIO * hours, 0.0),
    )


def _found(watch: EvseWatch, inputs: EvseInputs) -> Ints:
    """Return the verdict on each newest sample by itself."""
    stands_still = (watch.register_wh <= 0.0) & (watch.least_wh > REGISTER_STEP_WH)
    leaves = watch.register_wh > watch.most_wh + REGISTER_STEP_WH
    leaves |= watch.register_wh < watch.least_wh - REGISTER_STEP_WH
    found = np.where(leaves, int(Verdict.DRIFTING), int(Verdict.GOOD))
    found[stands_still] = Verdict.FROZEN
    found[(inputs.current_a < -READING_TOLERANCE_A) & ~inputs.discharges] = Verdict.SIGN_FLIPPED
    bound_a = inputs.max_a * TRIP_RATIO + READING_TOLERANCE_A
    found[~(np.abs(inputs.current_a) <= bound_a)] = Verdict.OUT_OF_RANGE
    return found


def _with_obedience(
    watch: EvseWatch, inputs: EvseInputs, is_new: Bools, settings: SafetySettings
) -> EvseWatch:
    """Return the memory with obedience judged by the newest samples.

    Disobedient: every sample of `confirm_s` above its limit, and the newest above every limit of that time, so that
    a vehicle which follows a falling staircase some seconds late is not accused. Obedient again: under a limit below
    what it drew, for `recover_s`, or gone.
    """
    over_a = inputs.current_a - settings.obey_tolerance_a
    over = is_new & (over_a > inputs.limit_a)
    over_since_s = np.where(over, np.minimum(watch.over_since_s, inputs.sampled_s), watch.over_since_s)
    over_since_s[is_new & ~over] = np.inf
    accused = (
        over & (over_a > watch.limits.highest_a) & (inputs.sampled_s - over_since_s >= settings.confirm_s)
    )
    disobeyed_a = np.where(accused, np.maximum(inputs.current_a, watch.disobeyed_a), watch.disobeyed_a)
    shown = is_new & ~over & (inputs.limit_a + settings.obey_tolerance_a < disobeyed_a)
    obeyed_since_s = np.where(shown, np.minimum(watch.obeyed_since_s, inputs.sampled_s), watch.obeyed_since_s)
    obeyed_since_s[is_new & ~shown] = np.inf
    forgiven = shown & (inputs.sampled_s - obeyed_since_s >= settings.recover_s)
    forgiven |= ~inputs.present & np.isinf(over_since_s)
    return replace(
        watch,
        over_since_s=over_since_s,
        disobeyed_a=np.where(forgiven, 0.0, disobeyed_a),
        obeyed_since_s=np.where(forgiven, np.inf, obeyed_since_s),
    )
