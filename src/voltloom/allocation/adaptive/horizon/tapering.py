"""What a battery takes the less of the fuller it is: how long before its departure the last of a vehicle's energy must begin.

Above about four fifths a battery takes power in proportion to what is missing, so that falls exponentially at best. The
most that may still be missing at each moment follows backwards from the departure; the current that this leaves to each step bounds
the plan. A vehicle that is behind is bounded by what it can still reach.
"""

from __future__ import annotations

import numpy as np

from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

TAPER_RATIO = 0.2  # of a battery: the last part, which it takes slower and slower
# Of what was asked for so much may be missing at the departure, for the taper never ends.
MISSING_RATIO = 0.002
SLOWEST_PER_H = 0.3  # of a battery that takes fourteen hours to fill at full current


def knows_taper(snapshot: SiteSnapshot, who: Ints) -> Bools:
    """Return of which vehicles enough is known, (n,): the energy asked for and the state of charge."""
    sessions = snapshot.sessions
    soc_ratio, asked_wh = sessions.soc_ratio[who], sessions.requested_wh[who]
    known: Bools = np.isfinite(soc_ratio) & (soc_ratio < 1.0) & np.isfinite(asked_wh) & (asked_wh > 0.0)
    return known


def tapered_a(snapshot: SiteSnapshot, who: Ints, stay_s: Floats, need_kwh: Floats, edge_s: Floats) -> Floats:
    """Return the most current in each step that leaves the last of the energy time enough, (n, t). who: (n,), as `knows_taper` has them.

    stay_s, need_kwh: (n,) yet to come. edge_s: (t + 1,). What was asked for counts as "to full": where it is less, the battery
    is larger than it looks, and the time that is kept shorter.
    """
    sessions = snapshot.sessions
    asked_kwh = sessions.requested_wh[who] / 1000.0
    kw_per_a = sessions.w_per_a[who] / 1000.0
    most_kw = np.maximum(sessions.max_a[who] * kw_per_a, 1e-6)
    battery_kwh = asked_kwh / (1.0 - sessions.soc_ratio[who])
    # What flows into a battery now is proof that it takes that with so much missing.
    flows_per_h = snapshot.measured_a[who].clip(0.0) * kw_per_a / np.maximum(need_kwh, 1e-6)
    rate_per_h = np.maximum(np.maximum(most_kw / (TAPER_RATIO * battery_kwh), flows_per_h), SLOWEST_PER_H)
    knee_kwh = most_kw / rate_per_h
    stay_h = stay_s / SECONDS_PER_HOUR
    tail_h = stay_h - np.maximum(need_kwh - knee_kwh, 0.0) / most_kw
    reachable_kwh = np.minimum(need_kwh, knee_kwh) * np.exp(np.minimum(-rate_per_h * tail_h, 1.0))
    missing_kwh = np.maximum(MISSING_RATIO * asked_kwh, reachable_kwh)
    to_go_h = np.maximum(stay_h[:, None] - (edge_s - snapshot.now_s) / SECONDS_PER_HOUR, 0.0)
    slow_h = np.maximum(np.log(knee_kwh / missing_kwh) / rate_per_h, 0.0)[:, None]
    in_tail = missing_kwh[:, None] * np.exp(rate_per_h[:, None] * np.minimum(to_go_h, slow_h))
    may_miss_kwh = in_tail + most_kw[:, None] * np.maximum(to_go_h - slow_h, 0.0)
    length_h = np.diff(edge_s) / SECONDS_PER_HOUR
    found: Floats = -np.diff(may_miss_kwh, axis=1) / length_h / kw_per_a[:, None]
    return found
