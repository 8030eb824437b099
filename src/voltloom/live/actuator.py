"""Commands of the core to the stations: limits as charging profiles, the end of a session; what came of it as events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from voltloom.decision.command import Command, SetLimits, StopSession
from voltloom.live.wire import HeldLimit
from voltloom.protocols.ocpp import v2x_commands, v16_commands
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import StationMemory, StationPlace
from voltloom.protocols.ocpp.prepared import Prepared, StationLimit, acknowledged, station_limits
from voltloom.protocols.ocpp.profiles import (
    CannotBeSafe,
    ChargingAbility,
    LimitOrder,
    Purpose,
    next_purpose,
    purpose_of,
    safe_default,
)
from voltloom.session.events import Event

_log = logging.getLogger("voltloom.live")
Done = Callable[[Struct | None], None]


class Caller(Protocol):
    """How a station is called. done: given the answer, or None when there is none."""

    def call(self, station_id: str, prepared: Prepared, done: Done) -> None:
        """Make a CALL over the station's link."""

    def version_of(self, station_id: str) -> OcppVersion | None:
        """Return the version its link speaks, None while it has no link."""

    def memory_of(self, station_id: str) -> StationMemory:
        """Return what is remembered of a station."""


class _Abilities:
    def __init__(self) -> None:
        self.ability = ChargingAbility()
        self.purpose = Purpose.TRANSACTION
        self.is_asked = False
        self.reports: list[object] = []


class Actuator:
    """Carries out the core's commands. A limit that no station acknowledged stays unacknowledged: the core reserves."""

    def __init__(
        self,
        places: Mapping[str, StationPlace],
        offline_a: tuple[float, ...],
        caller: Caller,
        tell: Callable[[tuple[Event, ...], HeldLimit], None],
        clock: Callable[[], float],
    ) -> None:
        self._places, self._offline_a, self._caller, self._tell, self._clock = (
            places,
            offline_a,
            caller,
            tell,
            clock,
        )
        self._where = {
            outlet.evse: (name, number)
            for name, place in places.items()
            for number, outlet in place.outlets.items()
        }
        self._known = {name: _Abilities() for name in places}
        self._newest_serial: dict[int, int] = {}

    def act(self, command: Command) -> None:
        """Carry out a command; the lowest limits go first."""
        if isinstance(command, SetLimits):
            for limit in station_limits(command, self._where):
                self._newest_serial[limit.evse] = limit.serial
                self._limit(limit, self._known[limit.station_id].purpose)
        elif isinstance(command, StopSession):
            self._stop(command.evse)

    def seat(self, place: StationPlace) -> None:
        """Command a station at its new place from now on; `places` has it already."""
        self._known[place.station_id] = _Abilities()
        self._where.update({o.evse: (place.station_id, number) for number, o in place.outlets.items()})

    def floor(self, now_s: float) -> None:
        """Bring every outlet to its offline limit."""
        for evse, (name, number) in self._where.items():
            limit = StationLimit(name, number, evse, self._offline_a[evse], now_s + 300.0, 0)
            self._limit(limit, self._known[name].purpose)

    def meet(self, station_id: str) -> None:
        """Ask a station once what it can do, and give it its safe default."""
        known, version = self._known[station_id], self._caller.version_of(station_id)
        if known.is_asked or version is None:
            return
        known.is_asked = True
        if version is OcppVersion.V16:
            self._caller.call(
                station_id, v16_commands.capability_asked(), lambda told: self._told(station_id, told)
            )
        else:
            self._caller.call(station_id, v2x_commands.capability_asked(1, version), lambda _: None)

    def rebooted(self, station_id: str) -> None:
        """Ask anew: a station may have another firmware now."""
        self._known[station_id] = _Abilities()

    def reported(self, station_id: str, report: object) -> None:
        """Take in a part of a 2.x station's inventory."""
        known = self._known[station_id]
        known.reports.append(report)
        if getattr(report, "tbc", False) is True:
            return
        known.ability = v2x_commands.capability_told(known.reports)
        known.reports.clear()
        self._install(station_id)

    def _told(self, station_id: str, told: Struct | None) -> None:
        known = self._known[station_id]
        if told is None:
            known.is_asked = False
            return
        known.ability = v16_commands.capability_told(told)  # type: ignore[arg-type]  # the answer to what was asked
        self._install(station_id)

    def _install(self, station_id: str) -> None:
        known, version = self._known[station_id], self._caller.version_of(station_id)
        if version is None:
            return
        for number, outlet in self._places[station_id].outlets.items():
            plan = safe_default(number, outlet, self._offline_a[outlet.evse], known.ability, self._clock())
            prepared = (
                v16_commands.profile_call(plan)
                if version is OcppVersion.V16
                else v2x_commands.profile_call(plan, version)
            )
            self._caller.call(station_id, prepared, lambda _: None)

    def _limit(self, limit: StationLimit, purpose: Purpose) -> None:
        version = self._caller.version_of(limit.station_id)
        if version is None:
            return
        order = self._order(limit, purpose)
        ability = self._known[limit.station_id].ability
        try:
            prepared = (
                v16_commands.limited(order, ability)
                if version is OcppVersion.V16
                else v2x_commands.limited(order, ability, version)
            )
        except CannotBeSafe as lack:
            _log.warning("%s: %s", limit.station_id, lack)
            return
        self._caller.call(
            limit.station_id, prepared, lambda told: self._answered(limit, purpose_of(order), told)
        )

    def _order(self, limit: StationLimit, purpose: Purpose) -> LimitOrder:
        transactions = self._caller.memory_of(limit.station_id).transactions
        running = [t.transaction_id for t in transactions if t.outlet == limit.number and not t.is_over]
        return LimitOrder(
            number=limit.number,
            outlet=self._places[limit.station_id].outlets[limit.number],
            limit_a=limit.limit_a,
            offline_a=self._offline_a[limit.evse],
            now_s=self._clock(),
            lease_until_s=limit.lease_until_s,
            transaction_id=running[-1] if running else "",
            purpose=purpose,
        )

    def _answered(self, limit: StationLimit, purpose: Purpose, told: Struct | None) -> None:
        now_s = self._clock()
        if told is None:  # no answer: the core reserves the old limit too until the lease ends
            return
        if getattr(told, "status", "") == "Accepted":
            if limit.serial:
                self._tell((acknowledged(limit, now_s),), HeldLimit(now_s, limit.evse, limit.serial))
            return
        after = next_purpose(purpose)
        is_alone = len(self._places[limit.station_id].outlets) == 1
        if after is None or (after is Purpose.STATION_MAX and not is_alone):
            _log.error("%s outlet %d refuses every kind of limit", limit.station_id, limit.number)
            return
        if purpose is Purpose.TRANSACTION or self._known[limit.station_id].purpose is purpose:
            self._known[limit.station_id].purpose = after
        if self._newest_serial.get(limit.evse, limit.serial) == limit.serial:
            self._limit(limit, after)

    def _stop(self, evse: int) -> None:
        name, number = self._where.get(evse, ("", 0))
        version = self._caller.version_of(name) if name else None
        if version is None:
            return
        for transaction in self._caller.memory_of(name).transactions:
            if transaction.outlet == number and not transaction.is_over:
                prepared = (
                    v16_commands.stopped(transaction.transaction_id)
                    if version is OcppVersion.V16
                    else v2x_commands.stopped(transaction.transaction_id, version)
                )
                self._caller.call(name, prepared, lambda _: None)
