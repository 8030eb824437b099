"""Which circuit meters may be believed, judged by the outlets below them, which never see the meter.

Meters and stations are sampled at different moments. So what the meter told at most in the last minutes is compared
with what the outlets drew at least in them, never a sample with the sum of its instant; an outlet that tells later than
that accuses no meter. A control loop that holds a meter at its
rating makes an honest meter look stuck and insensitive; the gain is therefore estimated from changes that no limit
asked for (a vehicle leaves, or is full), taken between two calm moments: an instrumental variable.
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

# At three times its rating a fuse or breaker opens within seconds (IEC 60269 gG, IEC 60898-1): no meter stays there.
TRIP_RATIO = 3.0
METER_TOLERANCE_A = 2.5
SUM_TOLERANCE_RATIO = 0.03
# A sum of k outlets that tell whole amperes is uncertain by about 0.3 A * sqrt(k); at 6 A and more each, three times that.
ROUNDING_A_PER_ROOT_A = 0.4
WINDOW_S = 120.0  # meters and stations sampled every 60 s, each told late by one interval
FROZEN_SAMPLES_COUNT = 4
FROZEN_MOVED_A = 6.0  # one vehicle
CALM_A = 2.0
MOVED_A = 5.0
GAIN_FORGETS_RATIO = 0.985
GAIN_EVIDENCE_COUNT = 8.0
GAIN_TOLERANCE_RATIO = 0.10
GAIN_SIGMAS_COUNT = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowInputs:
    """What a cycle knows about its rows, (m,) each.

    current_a, sampled_s: the newest meter reading and the moment it speaks for (-inf: none, or no meter there).
    contribution_a: load of the row by the outlets at their last *believed* currents; those not believed count 0.
    timely_a: the same by those alone whose reading speaks for the last WINDOW_S. is_timely: that is all of them.
    uncommanded_a: load of the row by `EvseVerdicts.uncommanded_a` (signed). in_flight_a: what outlets may draw
    beyond their last reading because a limit was raised after it; 0 takes every rise of a meter for other load.
    planned_other_a: the worst other load. feeds_most_a, least_other_a: what may feed in below the meter
    (`feed_in.FeedIn`).
    """

    current_a: Floats
    sampled_s: Floats
    contribution_a: Floats
    timely_a: Floats
    is_timely: Bools
    uncommanded_a: Floats
    in_flight_a: Floats
    planned_other_a: Floats
    rating_a: Floats
    feeds_most_a: Floats
    least_other_a: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowWatch:
    """What is remembered of each meter, (m,).

    below, timely, meter: the outlets' sum, that of the timely ones, and the meter in the last moments. same_count, same_since_s: how many samples told exactly the same
    value; sure_low_a, sure_high_a: what the sum surely went below and above meanwhile. candidate_*: meter and sum at
    a calm moment; anchor_*: at the last one that stayed calm; pending_a: uncommanded change since. zz, zx, zy, ee: fading sums of products of the
    uncommanded change z, the sum's change x, the meter's change y and the residual e; evidence_count: their weight.
    """

    standing: Standing
    below: Extremes
    timely: Extremes
    meter: Extremes
    current_a: Floats
    sampled_s: Floats
    same_count: Floats
    same_since_s: Floats
    sure_low_a: Floats
    sure_high_a: Floats
    candidate_s: Floats
    candidate_meter_a: Floats
    candidate_below_a: Floats
    anchor_meter_a: Floats
    anchor_below_a: Floats
    pending_a: Floats
    zz_ratio: Floats
    zx_ratio: Floats
    zy_ratio: Floats
    ee_ratio: Floats
    evidence_count: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowVerdicts:
    """The verdict on each meter, (m,): `Verdict` numbers, since when, and whether the reading may be used."""

    verdict: Ints
    since_s: Floats
    usable: Bools


def first_row_watch(count: int) -> RowWatch:
    """Return the memory before the first reading."""
    zeros = np.zeros(count)
    unknown = np.full(count, np.nan)
    return RowWatch(
        standing=first_standing(count),
        below=first_extremes(count),
        timely=first_extremes(count),
        meter=first_extremes(count),
        current_a=unknown,
        sampled_s=np.full(count, -np.inf),
        same_count=zeros,
        same_since_s=np.full(count, np.inf),
        sure_low_a=np.full(count, np.inf),
        sure_high_a=np.full(count, -np.inf),
        candidate_s=np.full(count, -np.inf),
        candidate_meter_a=unknown,
        candidate_below_a=unknown,
        anchor_meter_a=unknown,
        anchor_below_a=unknown,
        pending_a=zeros,
        zz_ratio=zeros,
        zx_ratio=zeros,
        zy_ratio=zeros,
        ee_ratio=zeros,
        evidence_count=zeros,
    )


def watch_rows(
    watch: RowWatch, inputs: RowInputs, now_s: float, settings: SafetySettings
) -> tuple[RowWatch, RowVerdicts]:
    """Return the memory and the verdicts after a cycle.

    A reading older than one already seen is ignored. Without `checks_plausibility` every reading is good.
    """
    if not settings.checks_plausibility:
        heard = inputs.sampled_s > -np.inf
        verdict = np.where(heard, int(Verdict.GOOD), int(Verdict.MISSING))
        since_s = np.full(heard.shape, -np.inf)
        return watch, RowVerdicts(verdict=verdict, since_s=since_s, usable=heard)
    below = extended(watch.below, inputs.contribution_a, now_s, WINDOW_S)
    timely = extended(watch.timely, inputs.timely_a, now_s, WINDOW_S)
    is_new = inputs.sampled_s > watch.sampled_s
    pending_a = watch.pending_a + inputs.uncommanded_a
    told_a = np.where(np.isfinite(inputs.current_a), inputs.current_a, np.inf)
    meter = extended(watch.meter, told_a, now_s, WINDOW_S)
    watch = replace(watch, below=below, timely=timely, meter=meter, pending_a=pending_a)
    if is_new.any():
        with np.errstate(invalid="ignore", divide="ignore"):  # no number compares as false: no accusation
            watch = _with_samples(watch, inputs, is_new, settings)
    standing = watch.standing
    usable = standing.verdict == Verdict.GOOD
    return watch, RowVerdicts(verdict=standing.verdict, since_s=standing.since_s, usable=usable)


def _with_samples(watch: RowWatch, inputs: RowInputs, is_new: Bools, settings: SafetySettings) -> RowWatch:
    lowest_a, highest_a = watch.below.lowest_a, watch.below.highest_a
    watch = _with_stillness(watch, inputs, is_new, (lowest_a, highest_a))
    watch = _with_gain(watch, inputs, is_new, highest_a - lowest_a)
    found = _found(watch, inputs, watch.timely.lowest_a)
    return replace(
        watch,
        standing=judged(watch.standing, found, is_new, inputs.sampled_s, settings.recover_s),
        current_a=np.where(is_new, inputs.current_a, watch.current_a),
        sampled_s=np.where(is_new, inputs.sampled_s, watch.sampled_s),
    )


def _with_stillness(
    watch: RowWatch, inputs: RowInputs, is_new: Bools, below_a: tuple[Floats, Floats]
) -> RowWatch:
    """Return the memory with runs of exactly the same value, and what the outlets surely did meanwhile.

    The window of the sum is looked at only when all of it lies inside the run: then the sum was surely above its
    least and below its greatest value there, however late the readings came.
    """
    lowest_a, highest_a = below_a
    same = is_new & (inputs.current_a == watch.current_a)
    moved = is_new & ~same
    same_since_s = np.where(moved, inputs.sampled_s, watch.same_since_s)
    inside = same & inputs.is_timely & (inputs.sampled_s - same_since_s >= 1.5 * WINDOW_S)
    sure_low_a = np.where(inside, np.minimum(watch.sure_low_a, highest_a), watch.sure_low_a)
    sure_high_a = np.where(inside, np.maximum(watch.sure_high_a, lowest_a), watch.sure_high_a)
    sure_low_a[moved] = np.inf
    sure_high_a[moved] = -np.inf
    return replace(
        watch,
        same_count=np.where(moved, 0.0, watch.same_count + same),
        same_since_s=same_since_s,
        sure_low_a=sure_low_a,
        sure_high_a=sure_high_a,
    )


def _with_gain(watch: RowWatch, inputs: RowInputs, is_new: Bools, spread_a: Floats) -> RowWatch:
    """Return the memory with the step between the last two calm moments added to the estimate of the gain.

    A moment is calm when the outlets' sum stood still from a minute before it to a minute after it: only then do
    meter and stations, each sampled when it likes, tell of the same instant.
    """
    calm = is_new & (spread_a <= CALM_A + SUM_TOLERANCE_RATIO * np.abs(inputs.contribution_a))
    calm &= np.isfinite(inputs.current_a) & inputs.is_timely
    waited_s = inputs.sampled_s - watch.candidate_s
    stayed_calm = calm & (waited_s >= 0.5 * WINDOW_S) & (waited_s <= WINDOW_S)
    renewed = is_new & (stayed_calm | ~calm | (waited_s > WINDOW_S))
    z, x = watch.pending_a, watch.candidate_below_a - watch.anchor_below_a
    y = watch.candidate_meter_a - watch.anchor_meter_a
    tells = stayed_calm & (np.abs(z) >= MOVED_A) & np.isfinite(y)
    gain_ratio = np.where(watch.evidence_count >= 2.0, watch.zy_ratio / watch.zx_ratio, 1.0)
    error_a = y - gain_ratio * x
    keep_ratio = np.where(tells, GAIN_FORGETS_RATIO, 1.0)
    return replace(
        watch,
        zz_ratio=watch.zz_ratio * keep_ratio + np.where(tells, z * z, 0.0),
        zx_ratio=watch.zx_ratio * keep_ratio + np.where(tells, z * x, 0.0),
        zy_ratio=watch.zy_ratio * keep_ratio + np.where(tells, z * y, 0.0),
        ee_ratio=watch.ee_ratio * keep_ratio + np.where(tells, error_a * error_a, 0.0),
        evidence_count=watch.evidence_count * keep_ratio + tells,
        candidate_s=np.where(renewed, np.where(calm, inputs.sampled_s, -np.inf), watch.candidate_s),
        candidate_meter_a=np.where(renewed, inputs.current_a, watch.candidate_meter_a),
        candidate_below_a=np.where(renewed, inputs.contribution_a, watch.candidate_below_a),
        anchor_meter_a=np.where(stayed_calm, watch.candidate_meter_a, watch.anchor_meter_a),
        anchor_below_a=np.where(stayed_calm, watch.candidate_below_a, watch.anchor_below_a),
        pending_a=np.where(stayed_calm, 0.0, watch.pending_a),
    )


def _found(watch: RowWatch, inputs: RowInputs, lowest_a: Floats) -> Ints:
    """Return the verdict on each newest sample by itself; the gravest last."""
    magnitude_a = np.abs(inputs.current_a)
    below_a = np.maximum(lowest_a, 0.0)
    tolerance_a = METER_TOLERANCE_A + SUM_TOLERANCE_RATIO * below_a + ROUNDING_A_PER_ROOT_A * np.sqrt(below_a)
    found = np.zeros(len(magnitude_a), dtype=np.int64)
    gain_ratio = watch.zy_ratio / watch.zx_ratio
    known = (watch.evidence_count >= GAIN_EVIDENCE_COUNT) & (watch.zx_ratio > 0.0)
    error_a = np.sqrt(np.maximum(watch.ee_ratio, 0.0) / watch.evidence_count) + 1.0
    doubt_ratio = GAIN_SIGMAS_COUNT * error_a * np.sqrt(watch.zz_ratio) / watch.zx_ratio
    off = known & (np.abs(gain_ratio - 1.0) > GAIN_TOLERANCE_RATIO + doubt_ratio)
    found[off] = Verdict.DRIFTING
    found[off & (gain_ratio < -0.5)] = Verdict.SIGN_FLIPPED
    moved_a = np.maximum(FROZEN_MOVED_A, 2.0 * SUM_TOLERANCE_RATIO * below_a)
    still = watch.same_count >= FROZEN_SAMPLES_COUNT
    found[still & (watch.sure_high_a - watch.sure_low_a > moved_a)] = Verdict.FROZEN
    found[watch.meter.highest_a < below_a - tolerance_a - inputs.feeds_most_a] = Verdict.CONTRADICTS
    found[inputs.current_a < -METER_TOLERANCE_A - inputs.feeds_most_a] = Verdict.SIGN_FLIPPED
    found[~(magnitude_a <= TRIP_RATIO * inputs.rating_a)] = Verdict.OUT_OF_RANGE
    return found
