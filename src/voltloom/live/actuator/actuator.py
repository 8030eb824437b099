"""Commands of the core to the stations: limits as charging profiles, the end of a session; what came of it as events."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping

from msgspec import Struct

from voltloom.decision.command import Command, SetLimits, StopSession, WakeVehicle
from voltloom.live.actuator import rationing, writing
from voltloom.live.actuator.holding import OutletHolding, StationKnown, clock_ahead_s, firmware_of, vacancy_of
from voltloom.live.actuator.meeting import Introduction
from voltloom.live.actuator.rationing import LIMIT_NOISE_A, Rationing
from voltloom.live.actuator.refusals import Refused
from voltloom.live.actuator.talking import Shell
from voltloom.live.actuator.writer import ProfileWriter, Trade
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import Scheduled, StationPlace
from voltloom.protocols.ocpp.link import CallFailed
from voltloom.protocols.ocpp.prepared import StationLimit, station_limits
from voltloom.protocols.ocpp.profiles import Purpose, limit_in, profile_id

PULSE_S = 10.0  # of no offer, so that a vehicle that sleeps through it notices
NEEDS_ANSWERED_S = 5.0  # K15.FR.07 and K16 give 60 s; the core decides within two
STOP_ATTEMPTS_COUNT = 3
_log = logging.getLogger("voltloom.live")


class Actuator:
    """Carries out the core's commands. A limit that no station acknowledged stays unacknowledged: the core reserves."""

    def __init__(
        self,
        places: Mapping[str, StationPlace],
        offline_a: tuple[float, ...],
        shell: Shell,
        rules: Rationing | None = None,
    ) -> None:
        self._caller, self._clock, self._later = shell.caller, shell.clock, shell.later
        self._places, self._one_way = places, shell.one_way
        rules = rules or Rationing()
        self._offline_a, self._rules = offline_a, rules
        self._outlets: dict[int, OutletHolding] = {}
        self._known: dict[str, StationKnown] = {}
        for place in places.values():
            self.seat(place)
        self._writer = ProfileWriter(Trade(places, self._known, shell, rules))
        self._introduction = Introduction(places, self._known, shell, (self._default_told, self._met))

    def seat(self, place: StationPlace) -> None:
        """Command a station at its place from now on; `places` has it already."""
        now_s, outlets = self._clock(), {}
        for number, at in place.outlets.items():
            limit = StationLimit(place.station_id, number, at.evse, 0.0, now_s, 0)
            bucket = rationing.full(self._rules, now_s)
            outlets[number] = OutletHolding(limit, self._offline_a[at.evse], at.max_a, bucket)
            self._outlets[at.evse] = outlets[number]
        self._known[place.station_id] = StationKnown(outlets)

    # --- what the core wants -----------------------------------------------------------------------------------------

    def act(self, command: Command) -> None:
        """Carry out a command; the lowest limits go first."""
        if isinstance(command, SetLimits):
            where = {evse: (outlet.station_id, outlet.number) for evse, outlet in self._outlets.items()}
            for limit in station_limits(command, where):
                self._writer.order(self._outlets[limit.evse], limit)
        elif isinstance(command, StopSession):
            self._stop(command.evse, 1)
        elif isinstance(command, WakeVehicle):
            self._wake(command.evse)

    def floor(self, now_s: float) -> None:
        """Bring every outlet down to its offline limit; who holds less gets it when the lease ends, by itself. Nobody feeds back."""
        for outlet in self._outlets.values():
            before, floor_a = outlet.newest, outlet.offline_a
            if before is not None and 0.0 <= before.limit_a <= floor_a:
                continue
            if before is not None and before.limit_a < 0.0:
                floor_a = 0.0
            limit = StationLimit(outlet.station_id, outlet.number, outlet.evse, floor_a, now_s + 300.0, 0)
            try:
                self._writer.order(outlet, limit)
            except Exception:  # one outlet's trouble must not keep the others from their floor
                _log.exception("%s outlet %d was not sent its floor", outlet.station_id, outlet.number)

    # --- what stations say -------------------------------------------------------------------------------------------

    def rebooted(self, station_id: str, boot: Struct | None) -> None:
        """Take in a restart: ask anew, for the station may have another firmware now."""
        self._known[station_id].booted(station_id, firmware_of(boot))

    def reported(self, station_id: str, report: object) -> None:
        """Take in a part of a 2.x station's inventory."""
        self._introduction.reported(station_id, report)
        self._note_one_way(station_id)
        if not self._known[station_id].is_one_way and not getattr(report, "tbc", False):
            self._one_way(station_id, "")

    def heard(self, station_id: str, message: Struct | None) -> None:
        """Take in that a station spoke: a new link, or another transaction, may want limits anew."""
        known = self._known[station_id]
        known.clock_ahead_s = clock_ahead_s(message, self._clock(), known.clock_ahead_s)
        self._note_vacancy(known, message)
        if not known.is_asked:
            self._introduction.meet(station_id)
        link = self._caller.link_of(station_id)
        is_new_link = link is not known.link
        transactions = self._caller.memory_of(station_id).transactions
        if not is_new_link and transactions is known.transactions:
            return
        known.link, known.transactions = link, transactions
        if is_new_link:
            known.said.clear()
            self._note_one_way(station_id)
        if is_new_link and vacancy_of(message) is None:
            for outlet in known.outlets.values():
                outlet.is_vacant = False
        now_s = self._clock()
        for outlet in known.outlets.values():
            running = writing.running_at(transactions, outlet.number)
            is_other = running != outlet.transaction_id
            outlet.transaction_id = running
            if is_other:  # a dynamic profile ends with its transaction
                outlet.installed_until_s = -math.inf
            newest = outlet.lasting(now_s)
            if newest is None or not (is_new_link or is_other):
                continue
            held_a = outlet.effective(now_s).limit_a
            is_low = bool(running) and held_a < newest.limit_a - LIMIT_NOISE_A
            if not outlet.is_certain or held_a > newest.limit_a + LIMIT_NOISE_A or is_low:
                self._writer.order(outlet, newest)

    def needs_told(self, station_id: str, number: int) -> None:
        """Send the profile that a vehicle's needs ask for, once the core has decided."""
        outlet = self._known[station_id].outlets.get(number)
        if outlet is not None:
            outlet.is_owed = True
            self._later(NEEDS_ANSWERED_S, lambda: self._pay(outlet))

    def renegotiate(self, station_id: str, number: int, most_a: float) -> None:
        """Send the limit anew, once, where a vehicle plans to draw more (K16)."""
        outlet = self._known[station_id].outlets.get(number)
        newest = None if outlet is None else outlet.lasting(self._clock())
        if outlet is None or newest is None or outlet.renegotiated == newest.serial:
            return
        if most_a > max(newest.limit_a, 0.0) + LIMIT_NOISE_A:
            outlet.renegotiated = newest.serial
            _log.warning(
                "%s outlet %d plans %.1f A of %.1f A",
                station_id,
                number,
                most_a,
                newest.limit_a,
                extra={"station": station_id},
            )
            self._known[station_id].counts["renegotiated"] += 1
            self._writer.write(outlet, newest)

    def scheduled(self, station_id: str) -> Scheduled:
        """Return what a 2.1 station may pull, by profile, and the outlets that take no limit."""
        now_s, known = self._clock(), self._known[station_id]
        pulled: dict[int, float] = {}
        for number, outlet in known.outlets.items():
            newest = outlet.lasting(now_s)
            if newest is None or outlet.installed_until_s <= now_s:
                continue
            limit_a = max(
                newest.limit_a, 0.0
            )  # what is fed back is never pulled: its profile is no dynamic one
            order = self._writer.order_of(outlet, limit_a, newest.lease_until_s, Purpose.TRANSACTION)
            unit = known.ability.unit_for(order.outlet)
            pulled[profile_id(Purpose.TRANSACTION, number)] = limit_in(unit, limit_a, order)
        refusing = frozenset(n for n, outlet in known.outlets.items() if outlet.is_uncontrolled)
        return Scheduled(pulled, refusing)

    def recall(self, refused: Mapping[str, Refused]) -> None:
        """Know what stations refused before this start."""
        for name, told in refused.items():
            if (known := self._known.get(name)) is not None:
                known.firmware = told.firmware
                known.refusals.update({Purpose(number): count for number, count in told.counts.items()})

    def refused(self) -> dict[str, Refused]:
        """Return what each station refuses, without those that refuse nothing."""
        return {
            name: Refused(
                firmware=known.firmware,
                counts={purpose.value: count for purpose, count in known.refusals.items() if count},
            )
            for name, known in self._known.items()
            if any(known.refusals.values())
        }

    def holding(self, evse: int) -> OutletHolding | None:
        """Return what an outlet was ordered and what its station took, None where no station is placed."""
        return self._outlets.get(evse)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return by station what was written, updated, held, put off, held low, refused and left unanswered."""
        return {name: dict(known.counts) for name, known in self._known.items()}

    def _note_one_way(self, station_id: str) -> None:
        """Tell an operator once why a station only charges where the site's file lets vehicles feed back."""
        known, version = self._known[station_id], self._caller.version_of(station_id)
        outlets = self._places[station_id].outlets
        two_way = [number for number, at in outlets.items() if at.discharge_a > 0.0]
        if not two_way or version is None or known.is_one_way:
            return
        denied = known.ability.only_charge & {0, *two_way}
        if version is OcppVersion.V21 and not denied:
            return
        known.is_one_way = True
        why = "by its own word it follows no setpoint (V2XChargingCtrlr)"
        if version is not OcppVersion.V21:
            why = (
                f"it speaks OCPP {version.value.removeprefix('ocpp')}, and only 2.1 can be told to feed back"
            )
        self._one_way(station_id, why)

    def _note_vacancy(self, known: StationKnown, message: Struct | None) -> None:
        told = vacancy_of(message)
        outlet = None if told is None else known.outlets.get(told[0])
        if told is not None and outlet is not None:
            outlet.is_vacant = told[1]
            if outlet.is_vacant and outlet.is_certain:
                self._writer.vacant(outlet)

    # --- what is no limit --------------------------------------------------------------------------------------------

    def _pay(self, outlet: OutletHolding) -> None:
        if outlet.is_owed:
            self._writer.again(outlet)
            outlet.is_owed = False

    def _met(self, station_id: str) -> None:
        for outlet in self._known[station_id].outlets.values():
            self._writer.again(outlet)

    def _default_told(self, outlet: OutletHolding, *, is_taken: bool) -> None:
        """Take in whether an outlet has its safe default; without one it is not left to itself."""
        if not is_taken:
            self._writer.lost(outlet)
            return
        now_s = self._clock()
        outlet.fell_back()
        if outlet.refuses_until_s < now_s:
            self._writer.found(outlet)
        newest = outlet.lasting(now_s)
        if newest is not None and outlet.effective(now_s).limit_a > newest.limit_a + LIMIT_NOISE_A:
            self._writer.again(outlet)

    def _wake(self, evse: int) -> None:
        """Take the offer away for a moment. What is given back is the newest order, whatever it is then."""
        outlet, now_s = self._outlets.get(evse), self._clock()
        newest = None if outlet is None else outlet.lasting(now_s)
        if outlet is None or newest is None or newest.limit_a <= 0.0:
            return
        self._known[outlet.station_id].counts["woken"] += 1
        self._writer.write(outlet, newest._replace(serial=0), 0.0)
        self._later(PULSE_S, lambda: self._offer(outlet))

    def _offer(self, outlet: OutletHolding) -> None:
        newest = outlet.lasting(self._clock())
        if newest is not None:
            self._writer.write(outlet, newest)

    def _stop(self, evse: int, attempt: int) -> None:
        """End the transactions of an outlet; tried again where no answer comes."""
        outlet = self._outlets.get(evse)
        version = None if outlet is None else self._caller.version_of(outlet.station_id)
        if outlet is None or version is None:
            return
        name = outlet.station_id

        def told(answer: Struct | CallFailed) -> None:
            word = writing.word_of(answer)
            if word is writing.Word.REFUSED:
                _log.error("%s outlet %d refuses to stop", name, outlet.number, extra={"station": name})
            elif word is writing.Word.NONE and attempt < STOP_ATTEMPTS_COUNT:
                self._later(2.0**attempt, lambda: self._stop(evse, attempt + 1))

        for transaction in self._caller.memory_of(name).transactions:
            if transaction.outlet == outlet.number and not transaction.is_over:
                self._caller.call(name, writing.stopped(transaction.transaction_id, version), told)
