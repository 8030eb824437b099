"""What a circuit carries besides its outlets: the building, and all that nobody tells us about.

The meter minus the outlets below it, rising at once and falling slowly.
One's own action is not counted twice: while a meter already shows an outlet's new current and the outlet's own
reading does not, the other load lies between "all of it is the outlet" and "none of it is", and an estimate inside
that range has no reason to move.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from voltloom.safety.row_watch import RowInputs
from voltloom.site.network import Bools, Floats

FALL_S = 300.0  # a rise is taken at once, a fall over minutes
STEP_RATIO = 0.5  # of the margin: meters are as noisy as they are large, and so much may lie idle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OtherLoad:
    """What the estimate rests on, (m,).

    held_a: the slowly falling peak of what samples meant once the outlets' readings had caught up with them.
    meter_a, below_most_a: the newest sample, and the most the outlets were seen to draw since it came (0 and 0 for a
    sample that may not be used). counted_a: what was counted last, empty before the first time.
    """

    held_a: Floats
    meter_a: Floats
    below_most_a: Floats
    sampled_s: Floats
    now_s: float
    counted_a: Floats = field(default_factory=lambda: np.zeros(0))


def first_other_load(planned_other_a: Floats, now_s: float) -> OtherLoad:
    """Return the memory before the first reading: the planned worst case, from which it falls slowly."""
    zeros = np.zeros(planned_other_a.shape)
    return OtherLoad(
        held_a=planned_other_a,
        meter_a=zeros,
        below_most_a=zeros,
        sampled_s=np.full(planned_other_a.shape, -np.inf),
        now_s=now_s,
    )


def other_load(memory: OtherLoad, inputs: RowInputs, usable: Bools, now_s: float) -> tuple[OtherLoad, Floats]:
    """Return the memory and the other load that meters show, (m,), negative only where something feeds in.

    usable: the reading is fresh and plausible. Elsewhere the planned worst case counts at once, or what was seen if
    that was more. On rows of unlike angles contribution_a is the magnitude of the outlets' phasor sum; the difference
    of magnitudes stands for the other load as long as that draws in roughly the same direction.
    """
    is_new = inputs.sampled_s > memory.sampled_s
    meter_a = np.where(usable, inputs.current_a, 0.0)
    seen_a = np.where(usable, inputs.contribution_a, 0.0)
    below_most_a = np.where(is_new, seen_a, np.maximum(memory.below_most_a, seen_a))
    most_a = np.where(
        usable, np.maximum(meter_a - below_most_a, inputs.least_other_a), inputs.planned_other_a
    )
    least_a = np.where(usable, np.maximum(most_a - inputs.in_flight_a, inputs.least_other_a), most_a)
    fading_ratio = np.exp(-max(now_s - memory.now_s, 0.0) / FALL_S)
    held_a = memory.held_a + np.minimum(most_a - memory.held_a, 0.0) * (1.0 - fading_ratio)
    settled_a = memory.meter_a - memory.below_most_a
    sampled_s = np.maximum(inputs.sampled_s, memory.sampled_s)
    held_a = np.where(is_new, np.maximum(held_a, settled_a), held_a)
    held_a = np.where(usable, held_a, np.maximum(held_a, most_a))
    after = OtherLoad(
        held_a=held_a,
        meter_a=meter_a,
        below_most_a=below_most_a,
        sampled_s=sampled_s,
        now_s=now_s,
        counted_a=memory.counted_a,
    )
    return after, np.maximum(held_a, least_a)


def quiet(memory: OtherLoad, other_a: Floats, step_a: Floats) -> tuple[OtherLoad, Floats]:
    """Return the memory and the other load to count, (m,): nowhere under other_a (m,), and by less than step_a (m,) above it.

    It stays where it is between the two, so that limits do not follow each reading.
    """
    if not memory.counted_a.size:
        return replace(memory, counted_a=other_a), other_a
    stays = (other_a <= memory.counted_a) & (other_a > memory.counted_a - step_a)
    fell = other_a < memory.counted_a
    counted_a = np.where(stays, memory.counted_a, np.where(fell, other_a + step_a / 2.0, other_a))
    return replace(memory, counted_a=counted_a), counted_a
