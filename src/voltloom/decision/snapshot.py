"""The frozen picture of a site that one cycle decides from. Nothing is read in the middle of a cycle."""

from __future__ import annotations

from typing import NamedTuple

from voltloom.decision.expected import Expected
from voltloom.decision.outlook import Outlook
from voltloom.decision.storage import BatteriesNow
from voltloom.site.network import Bools, Floats, Grid, Ints, Network


class SessionColumns(NamedTuple):
    """The sessions of a site, one row an EVSE (n,), rebuilt only when a session changes.

    present: a session is there. wants_power: authorised, fault-free, vehicle ready, need not met.
    keeps_minimum: the vehicle suspended itself and is left its minimum where nobody else wants it, so that it can go
    on by itself. idle_cause: `Cause` number that tells why it does not want power.
    is_dynamic: follows a changing limit. column: the grid column (phases used). min_a, max_a: vehicle and outlet
    together. requested_wh: energy asked for, inf where unknown. departure_s: inf where unknown. soc_ratio: NaN where
    unknown. w_per_a: power of one ampere; least_w_per_a: where phases are unknown, of one phase. tier: 0 is served first. weight: share in a weighted division. arrival_s: since when it is there.
    serial: grows with every new session of the site. most_discharge_a: what it may feed back on each phase, positive; 0
    where vehicle or outlet cannot, or the driver has not consented.
    """

    present: Bools
    wants_power: Bools
    keeps_minimum: Bools
    cannot_stop: Bools
    idle_cause: Ints
    is_dynamic: Bools
    column: Ints
    min_a: Floats
    max_a: Floats
    w_per_a: Floats
    least_w_per_a: Floats
    requested_wh: Floats
    arrival_s: Floats
    departure_s: Floats
    soc_ratio: Floats
    tier: Ints
    weight: Floats
    serial: Ints
    most_discharge_a: Floats


class SiteSnapshot(NamedTuple):
    """One cycle's inputs; arrays are (n,) in EVSE order.

    grid: ratings already lowered by margins, other load and targets; what the allocation may use.
    delivered_wh: energy of each running session. measured_a: last plausible reading. setpoint_a: limit in force.
    reserved_a: what must be kept free for an EVSE whatever is decided (silent, disobedient, fixed); 0 elsewhere.
    controllable: may be given a limit now. reachable: can be told a new limit.
    idle_s: since when each present session has been at zero although it wants power or suspended itself; 0 where it is
        served.
    served_s: how long it has been above zero without a pause; 0 where it is at zero.
    changed_s, fell_s: when the limit of each last changed, and last fell in its session; -inf for never.
    period_s: the control period this decision will hold for.
    spare_wh: what a vehicle's cells surely hold above the least its driver allows, losses counted; room_wh: what they take
        until it is full. Both 0 for those that may not feed back. delivered_wh is net, setpoint_a and measured_a are negative
        where a vehicle feeds back.
    outlook: prices to come, None where no tariff is known. expected: forecasts, None where none are made.
    batteries: None where there are none. other_w: what the site draws beside vehicles and batteries by its meters, generation
        negative; NaN where unknown. planned_other_w: the most that the site's plan lets it be. round_trip_s: how late confirmations of
        limits are, 0 where they are prompt.
    """

    now_s: float
    period_s: float
    network: Network
    grid: Grid
    sessions: SessionColumns
    delivered_wh: Floats
    measured_a: Floats
    setpoint_a: Floats
    reserved_a: Floats
    controllable: Bools
    idle_s: Floats
    served_s: Floats
    changed_s: Floats
    fell_s: Floats
    spare_wh: Floats
    room_wh: Floats
    outlook: Outlook | None = None
    expected: Expected | None = None
    batteries: BatteriesNow | None = None
    other_w: float = float("nan")
    planned_other_w: float = 0.0
    round_trip_s: float = 0.0

    @property
    def need_wh(self) -> Floats:
        """Return the energy still wanted, (n,), never negative."""
        remaining: Floats = self.sessions.requested_wh - self.delivered_wh
        return remaining.clip(0.0)
