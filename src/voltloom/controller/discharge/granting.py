"""How much each vehicle may feed back now: within its driver's floor and every row that may have to bear it alone.

Two bounds, and the lower one holds:

1. The floor. A station that falls silent goes on until its leases end. So what one lease may still take out, beside what
   leases before it may, must be there above the floor: what was granted ends before the floor is reached, whatever is lost.
2. The rows. All that may be discharged together, under any lease that may be in force, must be borne by every row with no load at all,
   beside PV at its peak and batteries at their most. `safety.kernels.enforced` says so, with discharge in the place of charge: a row feels
   the magnitude. Charging and discharging are added up apart. On a row whose currents lie within 60 degrees the one can never
   add to the other; `site.discharge_plan` lets no vehicle feed back elsewhere.

Discharge makes no room for charging, so its end overloads nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.discharge.sensing import CELLS_RATIO, DischargeSensed
from voltloom.controller.sensing import Sensed
from voltloom.controller.settings import ControlSettings
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.safety.kernels import enforced
from voltloom.site.network import Bools, Floats, Grid, Ints
from voltloom.units import SECONDS_PER_HOUR

SAME_A = 1e-9
LASTS_S = 900.0  # nothing begins or rises that could not last so long: near its floor a vehicle would start and stop in turn
LEAST_A = 1.0  # less is the station's own use or the meter's noise


class Discharge(NamedTuple):
    """What vehicles may feed back, (n,): how much on each phase, positive, and the `Cause` and row that fixed it; row -1 for none.

    asked: where it was wished for at all, and is no less than the least.
    """

    limit_a: Floats
    cause: Ints
    binding_row: Ints
    asked: Bools


class Within(NamedTuple):
    """What bounds it. export: ratings for what feeds in. lease_s: how long what is granted now holds."""

    export: Grid
    lease_s: float


def by_floor(
    found: DischargeSensed, spare_wh: Floats, w_per_a: Floats, lease_s: float, now_s: float
) -> Floats:
    """Return the most each vehicle may be told to feed back, (n,), so that no lease reaches its floor. spare_wh: (n,) in its cells.

    At every moment the highest of the leases that last may be in force: earlier ones, then the newest, then the one to be
    granted. What they take out together must be there. Without leases nothing ends by itself, and nothing may be fed back.
    """
    if lease_s <= 0.0:
        return np.zeros(spare_wh.size)
    grants, held_a = found.memory.grants, found.ceiling_a
    newest_a = np.minimum(grants.limit_a, held_a)
    newest_s = np.clip(grants.lease_until_s - now_s, 0.0, lease_s)
    earlier_s = np.clip(np.where(grants.followed, -np.inf, grants.earlier_until_s) - now_s, 0.0, lease_s)
    # One that feeds back more than its leases say is taken to do so until the newest ends.
    earlier_s = np.where(grants.followed & (held_a > newest_a), newest_s, earlier_s)
    then_s = np.maximum(newest_s - earlier_s, 0.0)
    rest_s = lease_s - earlier_s
    spare_as = spare_wh * CELLS_RATIO * SECONDS_PER_HOUR / w_per_a
    left_as = spare_as - held_a * earlier_s
    below_held_a = left_as / np.maximum(rest_s, 1.0)
    below_newest_a = (left_as - newest_a * then_s) / np.maximum(rest_s - then_s, 1.0)
    lower_a = np.where(below_held_a >= newest_a, below_held_a, np.clip(below_newest_a, 0.0, newest_a))
    most_a: Floats = np.where(spare_as >= held_a * lease_s, spare_as / lease_s, np.clip(lower_a, 0.0, held_a))
    return most_a


def granted_discharge(
    snapshot: SiteSnapshot,
    wish_a: Floats,
    found: DischargeSensed,
    sense: Sensed,
    settings: ControlSettings,
    within: Within,
) -> Discharge:
    """Return what vehicles may feed back of what an architecture wishes, (n,) positive."""
    sessions, safety, before_a = snapshot.sessions, settings.safety, found.memory.grants.limit_a
    least_a = np.maximum(sessions.min_a, LEAST_A)
    asked = (wish_a >= least_a) & (sessions.most_discharge_a >= least_a)
    wanted_a = np.where(asked, np.minimum(wish_a, sessions.most_discharge_a), 0.0)
    is_trifle = (
        (wanted_a > before_a) & (wanted_a - before_a < settings.smoothing.deadband_a) & (before_a > 0.0)
    )
    wanted_a = np.where(is_trifle, before_a, wanted_a)
    floor_a = by_floor(found, snapshot.spare_wh, sessions.w_per_a, within.lease_s, snapshot.now_s)
    kept_a = np.minimum(wanted_a, floor_a)
    lasting_a = snapshot.spare_wh * CELLS_RATIO * SECONDS_PER_HOUR / sessions.w_per_a / LASTS_S
    kept_a = np.minimum(kept_a, np.maximum(before_a, lasting_a))
    ceiling_a = found.ceiling_a if safety.reserves_in_flight else kept_a
    none = np.zeros(wish_a.size + 1, dtype=np.int64)
    limit_a, lowered_by, in_flight, _ = enforced(
        within.export[:],
        sessions.column,
        kept_a,
        sense.controllable,
        found.ceiling_a,
        ceiling_a,
        least_a,
        none,
        np.zeros(0),
    )
    limit_a = np.where(asked & sense.controllable & sense.usable, limit_a, 0.0)
    cause = np.full(wish_a.size, int(Cause.FEEDS_BACK), dtype=np.int64)
    by_row = (limit_a < kept_a - SAME_A) & (lowered_by >= 0)
    cause[limit_a < wanted_a - SAME_A] = int(Cause.AT_FLOOR)
    cause[by_row] = np.where(in_flight[by_row], int(Cause.IN_FLIGHT), int(Cause.ENVELOPE))
    cause[kept_a < least_a] = int(Cause.AT_FLOOR)
    cause[~sense.usable] = int(Cause.STALE_READING)
    return Discharge(limit_a, cause, np.where(by_row, lowered_by, -1), asked)
