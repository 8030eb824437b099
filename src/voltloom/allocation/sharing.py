"""What every architecture starts from: who may be served now, within which bounds, and who keeps its turn.

Below its minimum a vehicle gets nothing (IEC 61851-1), so when minimums do not fit together the EVSEs take turns:
one that was let in keeps at least its minimum for a turn, and one that has waited long comes first. The turn shrinks
when many wait, so that nobody whose turn can come waits longer than the bound. A vehicle that suspended itself is let
in where nobody else can use its minimum, and asked once in the bound whether it takes any: its turn is the dwell time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np

from voltloom.allocation.contract import Proposals, Queue
from voltloom.allocation.kernels import admitted, divided, explained
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.need import MET_WH
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

ASSUMED_NEED_WH = 10_000.0  # median workplace visit in ACN-Data, for drivers who do not tell
LEAST_ASSUMED_NEED_WH = 1_000.0
TURN_TRIPS = (
    20.0  # measured with 60 to 300 s (docs/decisions/0023-slow-links.md); the bound on waiting caps it
)

CAUSES = np.array(
    [
        *(Cause.VEHICLE_MAXIMUM, Cause.FIXED_ALLOCATION, Cause.BELOW_MINIMUM, Cause.STATION_SILENT),
        Cause.FAULT,
    ],
    dtype=np.int64,
)  # in the order `kernels.explained` takes them


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRules:
    """How minimums rotate: turn_s, the least turn dwell_s, and the bound on waiting wait_limit_s; 0 for no turns."""

    turn_s: float
    dwell_s: float
    wait_limit_s: float


class Division(NamedTuple):
    """What is up for division, (n,). fixed_a: currents that are not; min_a, upper_a: bounds of the candidates.

    courtesy: candidates whose vehicle suspended itself; they get their minimum after everybody else but for that turn.
    """

    candidates: Bools
    courtesy: Bools
    fixed_a: Floats
    min_a: Floats
    upper_a: Floats


def division(snapshot: SiteSnapshot, *, whole_periods: bool = False) -> Division:
    """Return who may be served and within which bounds.

    whole_periods: bound each by the energy it still needs in this period even below its minimum, and know no vehicle
    that suspends itself, as textbooks do; otherwise a vehicle keeps its minimum until its need is met.
    """
    sessions = snapshot.sessions
    candidates, courtesy, fixed_a, upper_a = divided(
        snapshot.controllable,
        sessions.wants_power,
        sessions.keeps_minimum,
        snapshot.reserved_a,
        sessions.requested_wh - snapshot.delivered_wh,
        SECONDS_PER_HOUR / snapshot.period_s / sessions.w_per_a,
        sessions.min_a,
        sessions.max_a,
        whole_periods,
    )
    return Division(
        candidates=candidates, courtesy=courtesy, fixed_a=fixed_a, min_a=sessions.min_a, upper_a=upper_a
    )


class Turns(NamedTuple):
    """Who holds a turn, who has waited too long, and who is let in, (n,); blocked_by: row that kept one out or -1."""

    held: Bools
    overdue: Bools
    let_in: Bools
    blocked_by: Ints
    turn_s: float


def turns(snapshot: SiteSnapshot, division: Division, preference: Ints, rules: TurnRules) -> Turns:
    """Let in as many as can have their minimum together: turn holders, then the overdue, then by preference.

    preference: candidates, first choice first.
    """
    candidates = division.candidates
    served = candidates & (snapshot.setpoint_a > 0.0)
    wanting = candidates & ~division.courtesy
    rules = _at_this_pace(rules, snapshot.round_trip_s)
    turn_s = _turn_s(int((served & wanting).sum()), int(wanting.sum()), rules)
    keeps_s = np.where(division.courtesy, rules.dwell_s, turn_s)
    held = served & ((snapshot.served_s < keeps_s) | (~division.courtesy & ~snapshot.sessions.is_dynamic))
    overdue = candidates & ~served & (snapshot.idle_s > _patience_s(division.courtesy, rules))
    rank = np.empty(candidates.size, dtype=np.int64)
    rank[preference] = np.arange(preference.size)
    waited = np.where(overdue, -snapshot.idle_s, 0.0)
    # Who has just given up its turn must wait out its dwell: before others it would only take theirs away, and so on.
    rests = wanting & ~served & (snapshot.idle_s < rules.dwell_s) & (snapshot.delivered_wh > 0.0)
    last = np.where(division.courtesy, 4, np.where(rests, 3, 2))
    standing = np.where(held, 0, np.where(overdue, 1, last))[preference]
    order = preference[np.lexsort((rank[preference], waited[preference], standing))]
    let_in, blocked_by = admitted(
        snapshot.grid, snapshot.sessions.column, division.fixed_a, order, division.min_a
    )
    return Turns(held=held, overdue=overdue, let_in=let_in, blocked_by=blocked_by, turn_s=turn_s)


def _at_this_pace(rules: TurnRules, round_trip_s: float) -> TurnRules:
    """Return the rules where limits come through late: an exchange of room takes round trips, and a turn many times that."""
    if rules.turn_s <= 0.0 or round_trip_s <= 0.0:
        return rules
    return replace(rules, turn_s=rules.turn_s + TURN_TRIPS * round_trip_s)


def _patience_s(courtesy: Bools, rules: TurnRules) -> Floats:
    """Return how long each may be at zero before it comes first, (n,): half the bound, so that its turn comes in time.

    One that suspended itself is offered its minimum again after the whole bound: it may only have seemed to be full.
    """
    again_s = rules.wait_limit_s if rules.wait_limit_s > 0.0 else np.inf
    return np.where(courtesy, again_s, rules.wait_limit_s / 2)


def _turn_s(served: int, candidates: int, rules: TurnRules) -> float:
    """Return a turn so short that everybody's turn comes within half the bound on waiting."""
    if candidates <= served or rules.wait_limit_s <= 0.0:
        return rules.turn_s
    rounds = candidates / max(1, served)
    return max(rules.dwell_s, min(rules.turn_s, rules.wait_limit_s / 2 / rounds))


def proposals(
    snapshot: SiteSnapshot,
    division: Division,
    current_a: Floats,
    binding_row: Ints,
    limited_by: Cause,
    queue: Queue,
) -> Proposals:
    """Return currents with the cause of each: at its own maximum, limited by others, waiting, or not wanting any.

    limited_by: why a served EVSE is under its maximum. A vehicle that may feed back always wants power, also when its need is met.
    """
    sessions = snapshot.sessions
    proposed_a, cause, binding = explained(
        current_a,
        division.upper_a,
        division.candidates,
        division.courtesy,
        snapshot.controllable,
        sessions.is_dynamic,
        sessions.idle_cause,
        snapshot.setpoint_a,
        binding_row,
        int(limited_by),
        CAUSES,
    )
    is_met = division.candidates & (proposed_a <= 0.0) & (snapshot.need_wh <= MET_WH)
    cause, binding = np.where(is_met, int(Cause.NEED_MET), cause), np.where(is_met, -1, binding)
    return Proposals(current_a=proposed_a, cause=cause, binding_row=binding, queue=queue)


@cache
def nobody_waits(count: int) -> Queue:
    """Return an empty queue over a number of EVSEs; its arrays are shared and must not be written."""
    return Queue(place=np.zeros(count, dtype=np.int64), expected_start_s=np.full(count, np.nan))


def places(preference: Ints, waiting: Bools) -> Ints:
    """Return the place in the queue of every waiting EVSE, (n,), 1 for the next, 0 for those who do not wait."""
    place = np.zeros(waiting.size, dtype=np.int64)
    queue = preference[waiting[preference]]
    place[queue] = np.arange(1, queue.size + 1)
    return place


def assumed_need_wh(snapshot: SiteSnapshot) -> Floats:
    """Return the energy still wanted with a plain assumption where the driver told nothing, (n,)."""
    need = snapshot.need_wh
    unknown = np.maximum(LEAST_ASSUMED_NEED_WH, ASSUMED_NEED_WH - snapshot.delivered_wh)
    return np.where(np.isfinite(need), need, unknown)
