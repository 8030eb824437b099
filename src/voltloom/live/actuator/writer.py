"""One order to one outlet: judged, written along the chain of purposes, answered, tried again, and told to the core."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from voltloom.live.actuator import rationing, writing
from voltloom.live.actuator.holding import Held, OutletHolding, StationKnown
from voltloom.live.actuator.rationing import LIMIT_NOISE_A, Action, Asked, Rationing
from voltloom.live.actuator.talking import Shell
from voltloom.live.wire import HeldLimit, OutletWord, VacantOutlet, events_of
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import StationPlace
from voltloom.protocols.ocpp.link import CallFailed, Outcome
from voltloom.protocols.ocpp.prepared import StationLimit
from voltloom.protocols.ocpp.profiles import (
    CannotBeSafe,
    LimitOrder,
    Purpose,
    RateUnit,
    hold_of,
    may_feed_back,
    next_purpose,
    other_unit,
    purpose_of,
)

RETRY_MOST_S = 30.0
LATE_RATIO = 0.75  # of what is held: the core's own renewal comes before, where it comes
REFUSED_PAUSE_S = 300.0  # before a station that took no kind of limit is tried again
REFUSES = "refuses"
_OUT_OF_SEQUENCE = frozenset({"InvalidMessageSeq", "InvalidMessageSequence"})  # K15: too early, not refused
_log = logging.getLogger("voltloom.live")


class Trade(NamedTuple):
    """What a writer works with."""

    places: Mapping[str, StationPlace]
    known: Mapping[str, StationKnown]
    shell: Shell
    rules: Rationing


class Write(NamedTuple):
    """One profile on its way. limit: the order it carries out. limit_a, lease_until_s: what is written.

    is_anew: the whole profile, also where a number would do.
    """

    limit: StationLimit
    limit_a: float
    lease_until_s: float
    purpose: Purpose
    is_anew: bool = False


class Sent(NamedTuple):
    """A write as it went out. number: counts an outlet's writes. purpose: as written. held: what an outlet holds that took it."""

    number: int
    write: Write
    order: LimitOrder
    purpose: Purpose
    held: Held
    is_dynamic: bool
    is_update: bool


class ProfileWriter:
    """Carries out orders for outlets. Whatever no station acknowledged stays unacknowledged: the core reserves."""

    def __init__(self, trade: Trade) -> None:
        self._places, self._known, shell, self._rules = trade
        self._caller, self._tell, self._clock, self._later, _ = shell

    def order(self, outlet: OutletHolding, limit: StationLimit) -> None:
        """Carry an order out, or hold what is there where that is no more."""
        now_s = self._clock()
        outlet.newest = limit
        self._cancel(outlet)
        known = self._known[limit.station_id]
        is_there = self._caller.version_of(limit.station_id) is not None and known.is_met
        if not is_there or now_s < outlet.refuses_until_s:
            return
        outlet.bucket = rationing.refilled(outlet.bucket, self._rules, now_s)
        hold = outlet.effective(now_s)
        asked = Asked(
            limit_a=self._writable_a(outlet, limit.limit_a),
            lease_until_s=limit.lease_until_s,
            offline_a=outlet.offline_a,
            held=hold if outlet.is_certain else None,
            last_rise_s=outlet.last_rise_s,
            is_light=outlet.installed_until_s > now_s,
            is_urgent=outlet.is_owed,
        )
        verdict = rationing.judged(asked, outlet.bucket, self._rules, now_s)
        known.counts["held_low"] += verdict.is_held_low
        if verdict.action is Action.WRITE:
            self.write(outlet, limit, verdict.limit_a, verdict.lease_until_s)
            return
        known.counts["held"] += 1
        if verdict.action is Action.LATER:
            left_s = outlet.last_rise_s + self._rules.interval_s - now_s
            outlet.timer = self._later(left_s, lambda: self.again(outlet))
        self._acknowledge(outlet, limit, now_s)

    def again(self, outlet: OutletHolding) -> None:
        """Carry the newest order out again, where its lease lasts."""
        newest = outlet.lasting(self._clock())
        if newest is not None:
            self.order(outlet, newest)

    def write(
        self,
        outlet: OutletHolding,
        limit: StationLimit,
        limit_a: float = math.nan,
        lease_until_s: float = math.nan,
    ) -> None:
        """Write an order, or another limit and lease for it, with the purpose that this station takes."""
        limit_a = limit.limit_a if math.isnan(limit_a) else limit_a
        lease_until_s = limit.lease_until_s if math.isnan(lease_until_s) else lease_until_s
        purpose = self._known[outlet.station_id].first_purpose()
        self._send(outlet, Write(limit, limit_a, lease_until_s, purpose))

    def order_of(
        self, outlet: OutletHolding, limit_a: float, lease_until_s: float, purpose: Purpose
    ) -> LimitOrder:
        """Return a limit with what a profile needs to know."""
        memory = self._caller.memory_of(outlet.station_id)
        return LimitOrder(
            number=outlet.number,
            outlet=self._places[outlet.station_id].outlets[outlet.number],
            limit_a=limit_a,
            offline_a=outlet.offline_a,
            now_s=self._clock(),
            lease_until_s=lease_until_s,
            transaction_id=writing.running_at(memory.transactions, outlet.number),
            purpose=purpose,
            phases_count=writing.phases_of(memory, outlet.number),
            installed_until_s=outlet.installed_until_s,
            clock_ahead_s=self._known[outlet.station_id].clock_ahead_s,
        )

    def _writable_a(self, outlet: OutletHolding, limit_a: float) -> float:
        """Return what is written of a limit: nothing in place of what a station cannot be told to feed back."""
        if limit_a >= 0.0:
            return limit_a
        known, now_s = self._known[outlet.station_id], self._clock()
        order = self.order_of(outlet, limit_a, now_s, Purpose.TRANSACTION)
        vehicle = self._caller.memory_of(outlet.station_id).outlet(outlet.number).capability
        can = self._caller.version_of(outlet.station_id) is OcppVersion.V21 and may_feed_back(
            order, known.ability
        )
        can = can and vehicle is not None and vehicle.discharges
        can = can and known.first_purpose() is Purpose.TRANSACTION and now_s >= outlet.charges_until_s
        return limit_a if can else 0.0

    def _send(self, outlet: OutletHolding, write: Write) -> None:
        version = self._caller.version_of(outlet.station_id)
        if version is None:
            return
        known = self._known[outlet.station_id]
        limit_a = self._writable_a(outlet, write.limit_a)
        purpose = write.purpose if limit_a >= 0.0 else Purpose.TRANSACTION
        write = write._replace(limit_a=limit_a, purpose=purpose)
        if write.is_anew:
            outlet.installed_until_s = -math.inf
        order = self.order_of(outlet, write.limit_a, write.lease_until_s, write.purpose)
        try:
            written = writing.written(order, known.ability, version)
        except CannotBeSafe as lack:
            _log.warning("%s: %s", outlet.station_id, lack, extra={"station": outlet.station_id})
            return
        known.counts["updates" if written.is_update else "writes"] += 1
        if not written.is_update:
            held_a = max(0.0, outlet.effective(order.now_s).limit_a)
            is_rise = outlet.is_certain and write.limit_a > held_a
            outlet.last_rise_s = order.now_s if is_rise else outlet.last_rise_s
            outlet.bucket = rationing.spent(outlet.bucket)
        outlet.is_certain = False
        outlet.sent_count += 1
        purpose, hold = purpose_of(order), hold_of(order, known.ability)
        sent = Sent(
            number=outlet.sent_count,
            write=write,
            order=order,
            purpose=purpose,
            held=Held(
                limit_a=hold.limit_a,
                until_s=order.installed_until_s if written.is_update else hold.until_s,
                transaction_id=order.transaction_id if purpose is Purpose.TRANSACTION else "",
                is_default=hold.is_default,
                least_a=hold.least_a,
            ),
            is_dynamic=writing.is_dynamic(order, known.ability, version),
            is_update=written.is_update,
        )
        self._caller.call(
            outlet.station_id, written.prepared, lambda answer: self._answered(outlet, sent, answer)
        )

    # --- what came of it ---------------------------------------------------------------------------------------------

    def _answered(self, outlet: OutletHolding, sent: Sent, answer: Struct | CallFailed) -> None:
        known = self._known[outlet.station_id]
        word = writing.word_of(answer)
        if word is writing.Word.ACCEPTED:
            self._accepted(outlet, sent)
        elif word is writing.Word.REFUSED and writing.reason_of(answer) not in _OUT_OF_SEQUENCE:
            known.counts["refused"] += 1
            if sent.is_dynamic:  # a number first gives way to a whole profile, then that to a lasting one
                if not sent.is_update:
                    known.ability = known.ability._replace(is_dynamic=False)
                self._send(outlet, self._renewed(outlet, sent.write)._replace(is_anew=True))
            else:
                self._refused(outlet, sent)
        elif isinstance(answer, CallFailed) and answer.outcome is Outcome.SUPERSEDED:
            if outlet.newest is sent.write.limit:  # by the safe default, which has the same place
                self._retry(outlet)
        else:
            known.counts["unanswered"] += 1
            outlet.may_have_taken(sent.purpose, sent.held)
            self._retry(outlet)

    def _renewed(self, outlet: OutletHolding, write: Write) -> Write:
        """Return a write with the newest order where another came meanwhile."""
        newest = outlet.lasting(self._clock())
        if newest is None or newest.serial == write.limit.serial:
            return write
        return Write(newest, newest.limit_a, newest.lease_until_s, write.purpose)

    def _accepted(self, outlet: OutletHolding, sent: Sent) -> None:
        known, now_s = self._known[outlet.station_id], self._clock()
        outlet.took(sent.purpose, sent.held)
        outlet.is_certain = sent.number == outlet.sent_count  # another on its way is about to replace it
        if sent.purpose is Purpose.TRANSACTION:
            outlet.is_owed = False
            if not sent.is_update:
                outlet.installed_until_s = sent.order.lease_until_s if sent.is_dynamic else -math.inf
        known.refusals[sent.purpose] = 0
        outlet.refuses_until_s = -math.inf
        if outlet.default_a <= outlet.offline_a or sent.purpose is Purpose.STATION_MAX:
            self.found(outlet)
        self._acknowledge(outlet, sent.write.limit, now_s)

    def _acknowledge(self, outlet: OutletHolding, limit: StationLimit, now_s: float) -> None:
        """Tell the core how long a limit is surely held; nothing where a profile that outranks it may hold more, either way.

        To hold nothing is to hold no more than what was to be fed back.
        """
        hold = outlet.effective(now_s)
        if not limit.serial:
            return
        charges_more = hold.limit_a > max(limit.limit_a, 0.0) + LIMIT_NOISE_A
        if charges_more or hold.least_a < min(limit.limit_a, 0.0) - LIMIT_NOISE_A:
            _log.warning(
                "%s outlet %d may still hold %.1f A",
                outlet.station_id,
                outlet.number,
                hold.limit_a if charges_more else hold.least_a,
                extra={"station": outlet.station_id},
            )
            return
        until_s = min(hold.until_s, limit.lease_until_s)
        source = HeldLimit(now_s, limit.evse, limit.serial, until_s)
        self._tell(events_of(source), source)
        self.vacant(outlet)
        left_s = until_s - now_s
        is_short = until_s < limit.lease_until_s - 1.0 and outlet.timer is None
        if is_short and left_s > 1.0:
            outlet.timer = self._later(left_s * LATE_RATIO, lambda: self._renew(outlet, limit))

    def _renew(self, outlet: OutletHolding, limit: StationLimit) -> None:
        """Write a limit for the rest of its lease, where what the station holds ends before."""
        outlet.timer = None
        if outlet.newest is limit and outlet.lasting(self._clock()) is not None:
            purpose = self._known[outlet.station_id].first_purpose()
            self._send(outlet, Write(limit, limit.limit_a, limit.lease_until_s, purpose, is_anew=True))

    def _refused(self, outlet: OutletHolding, sent: Sent) -> None:
        known, now_s, write = self._known[outlet.station_id], self._clock(), sent.write
        if write.limit_a < 0.0:  # that says nothing of limits: it charges as before
            outlet.charges_until_s = now_s + REFUSED_PAUSE_S
            if known.says("refuses setpoints"):
                _log.warning(
                    "%s refuses to feed back, first at outlet %d; tried again every %.0f s",
                    outlet.station_id,
                    outlet.number,
                    REFUSED_PAUSE_S,
                    extra={"station": outlet.station_id},
                )
            self.again(outlet)
            return
        known.refusals[sent.purpose] += 1
        after = next_purpose(sent.purpose)
        is_alone = len(known.outlets) == 1
        if after is Purpose.STATION_MAX and not is_alone:
            after = None
        if after is not None:
            self._send(outlet, self._renewed(outlet, write)._replace(purpose=after))
        elif (in_watts := other_unit(known.ability)) is not None:
            known.ability = in_watts
            self._send(outlet, self._renewed(outlet, write)._replace(purpose=known.first_purpose()))
        else:
            if not known.ability.is_unit_told:
                known.ability = known.ability._replace(units=frozenset({RateUnit.A}))
            if known.says(REFUSES):
                _log.error(
                    "%s refuses every kind of limit, first at outlet %d; tried again every %.0f s",
                    outlet.station_id,
                    outlet.number,
                    REFUSED_PAUSE_S,
                    extra={"station": outlet.station_id},
                )
            outlet.refuses_until_s = now_s + REFUSED_PAUSE_S
            self.lost(outlet)

    def lost(self, outlet: OutletHolding) -> None:
        """Tell the core that an outlet may draw all it can."""
        now_s, outlet.is_uncontrolled = self._clock(), True
        word = OutletWord(time_s=now_s, evse=outlet.evse, takes_limits=False)
        self._tell(events_of(word), word)

    def vacant(self, outlet: OutletHolding) -> None:
        """Tell the core that nothing flows at an outlet without a vehicle: few stations measure one."""
        place = self._caller.memory_of(outlet.station_id).outlet(outlet.number)
        if outlet.is_vacant and not place.session_id:
            register_wh = None if math.isnan(place.register_wh) else place.register_wh
            source = VacantOutlet(time_s=self._clock(), evse=outlet.evse, register_wh=register_wh)
            self._tell(events_of(source), source)

    def found(self, outlet: OutletHolding) -> None:
        """Tell the core that an outlet can be limited again, where it was told otherwise."""
        if not outlet.is_uncontrolled:
            return
        known = self._known[outlet.station_id]
        if REFUSES in known.said:
            known.said.discard(REFUSES)
            _log.warning("%s takes limits again", outlet.station_id, extra={"station": outlet.station_id})
        now_s, outlet.is_uncontrolled = self._clock(), False
        word = OutletWord(time_s=now_s, evse=outlet.evse, takes_limits=True)
        self._tell(events_of(word), word)

    def _retry(self, outlet: OutletHolding) -> None:
        self._cancel(outlet)
        wait_s = min(RETRY_MOST_S, 2.0**outlet.attempts_count)
        outlet.attempts_count += 1
        outlet.timer = self._later(wait_s, lambda: self.again(outlet))

    def _cancel(self, outlet: OutletHolding) -> None:
        if outlet.timer is not None:
            outlet.timer.cancel()
            outlet.timer = None
