"""All that a controller remembers between cycles: one frozen value that goes in and comes out."""

from __future__ import annotations

from typing import NamedTuple

from voltloom.allocation.contract import AllocationMemory
from voltloom.controller.canary.memory import CanaryMemory
from voltloom.controller.discharge.memory import DischargeMemory
from voltloom.controller.fallback import TrustMemory
from voltloom.controller.lasting import StandingAlarms
from voltloom.controller.leases.grants import Grants
from voltloom.controller.smoothing import Moves
from voltloom.controller.storage.memory import StorageMemory
from voltloom.decision.snapshot import SessionColumns
from voltloom.forecast.learned import Learned
from voltloom.safety.other_load import OtherLoad
from voltloom.safety.plausibility import EvseWatch
from voltloom.safety.row_watch import RowWatch
from voltloom.session.alarms import Alarm
from voltloom.session.facts import Seat
from voltloom.session.outlet_order import OutletOrder
from voltloom.session.policy import Policy
from voltloom.session.record import SessionRecord
from voltloom.site.network import Bools, Floats
from voltloom.site.outside import Imposed
from voltloom.site.tariff import PriceSeries


class Readings(NamedTuple):
    """The newest reading of each meter. Outlets (n,): current_a, energy_wh, sampled_s, heard_s (any word from the
    station). Circuits (m,): row_a, row_sampled_s, row_heard_s. -inf where there never was one.
    """

    current_a: Floats
    energy_wh: Floats
    sampled_s: Floats
    heard_s: Floats
    row_a: Floats
    row_sampled_s: Floats
    row_heard_s: Floats


class Accused(NamedTuple):
    """Of whom it was told that more flows than was allowed, (n,).

    over_s, within_s: since when its readings are above its limit, and within it; inf while they are not. is_calm: nobody is
    told of or above.
    """

    told: Bools
    over_s: Floats
    within_s: Floats
    is_calm: bool = True


class Watches(NamedTuple):
    """What the safety rules remember of the readings."""

    evses: EvseWatch
    rows: RowWatch
    other_load: OtherLoad
    accused: Accused


class Service(NamedTuple):
    """Since when each EVSE's session is at zero although it may draw, and since when it is served without a pause,
    (n,); inf where it does not. start_wh: the energy register at the start of the session. takes_a: the most its
    vehicle seems to take, inf where nothing is known. judged_s: the moment of the newest reading that has told about
    it; a reading may come after a cycle that is younger than itself.
    """

    idle_since_s: Floats
    served_since_s: Floats
    start_wh: Floats
    takes_a: Floats
    judged_s: Floats


class Mark(NamedTuple):
    """The energy registers at a moment, (n,), kept while a session that was there then is still running."""

    time_s: float
    energy_wh: Floats


class ControllerMemory(NamedTuple):
    """Everything between two cycles. seats: each EVSE with its session, if any.

    flowing, offered: (n,) what the choreography was told last of each session, to call it only when that changes.
    next_deadline_s: when the first session runs into a deadline. architecture_failed: the chosen architecture gave no
    sane answer since the last cycle. outside: limits from outside that have not ended. storage: of batteries, None where there are none. discharge: of vehicles that feed back, None where no outlet can. marks: registers every quarter of an hour, for records whose price changes.
    learned: what forecasts rest on, None while nothing that rules plans by them. prices: as a service told them last.
    policy: what rules, None for the architecture as the site's file tunes it. canary: the newest trial of another.
    orders: what operators ordered for visits, also where it has just ended.
    alarms, records: raised and closed since the cycle before; is_reported: the last cycle has handed them over.
    standing: alarms that last, and those that ended in the last cycle.
    """

    architecture: str
    seats: tuple[Seat, ...]
    columns: SessionColumns
    flowing: Bools
    offered: Bools
    next_deadline_s: float
    next_serial: int
    readings: Readings
    watches: Watches
    grants: Grants
    moves: Moves
    service: Service
    trust: TrustMemory
    allocation: AllocationMemory
    architecture_failed: bool
    outside: tuple[Imposed, ...]
    storage: StorageMemory | None
    marks: tuple[Mark, ...]
    alarms: tuple[Alarm, ...]
    records: tuple[SessionRecord, ...]
    is_reported: bool
    started_s: float
    decided_s: float
    discharge: DischargeMemory | None = None
    learned: Learned | None = None
    prices: PriceSeries | None = None
    policy: Policy | None = None
    canary: CanaryMemory | None = None
    orders: tuple[OutletOrder, ...] = ()
    standing: StandingAlarms = StandingAlarms()
