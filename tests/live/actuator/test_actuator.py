"""The actuator in virtual time: a station's answers are given at once, and what the core is told is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec import Struct

from voltloom.decision.command import SetLimits
from voltloom.live.actuator.actuator import Actuator
from voltloom.live.actuator.holding import Held, OutletHolding, StationKnown, clock_ahead_s
from voltloom.live.actuator.rationing import Bucket
from voltloom.live.actuator.talking import Shell
from voltloom.live.wire import HeldLimit, Observed
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.generated.v21.provisioning import GetBaseReportResponse
from voltloom.protocols.ocpp.generated.v21.smart_charging import (
    SetChargingProfileResponse,
    UpdateDynamicScheduleResponse,
)
from voltloom.protocols.ocpp.hearing import Outlet, StationMemory, StationPlace, Transaction
from voltloom.protocols.ocpp.link import CallFailed
from voltloom.protocols.ocpp.prepared import Prepared, StationLimit
from voltloom.protocols.ocpp.profiles import Purpose
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.events import Event

NOON_S = 1_791_979_200.0
OFFLINE_A = 6.0


class Put:
    """A call that was put off."""

    def cancel(self) -> None:
        pass


@dataclass
class Station:
    """A 2.1 station that accepts everything at once, with a transaction running."""

    now_s: float = NOON_S
    calls: list[Prepared] = field(default_factory=list)
    told: list[Observed] = field(default_factory=list)
    memory: StationMemory = field(
        default_factory=lambda: StationMemory(transactions=(Transaction("tx", 1, "", NOON_S, 0.0),))
    )

    def call(self, _: str, prepared: Prepared, done: Callable[[Struct | CallFailed], None]) -> None:
        self.calls.append(prepared)
        answers: dict[str, Struct] = {
            "GetBaseReport": GetBaseReportResponse(status="NotSupported"),
            "SetChargingProfile": SetChargingProfileResponse(status="Accepted"),
            "UpdateDynamicSchedule": UpdateDynamicScheduleResponse(status="Accepted"),
        }
        done(answers[prepared.action])

    def version_of(self, _: str) -> OcppVersion:
        return OcppVersion.V21

    def link_of(self, _: str) -> object:
        return self

    def memory_of(self, _: str) -> StationMemory:
        return self.memory

    def tell(self, events: tuple[Event, ...], source: Observed) -> None:
        self.told.append(source)

    def later(self, _: float, __: Callable[[], None]) -> Put:
        return Put()


def limits(limit_a: float, now_s: float, serial: int) -> SetLimits:
    return SetLimits(
        time_s=now_s,
        evses=np.array([0]),
        limit_a=np.array([limit_a]),
        lease_until_s=np.array([now_s + 300.0]),
        serial=np.array([serial]),
    )


def met(station: Station, *, is_dynamic: bool) -> Actuator:
    place = StationPlace("CP1", {1: Outlet(evse=0, max_a=32.0)})
    shell = Shell(station, station.tell, lambda: station.now_s, station.later)
    actuator = Actuator({"CP1": place}, (OFFLINE_A,), shell)
    actuator.heard("CP1", None)
    known: Any = actuator._known["CP1"]
    known.ability = known.ability._replace(is_dynamic=is_dynamic, max_stack_level=3, max_periods=4)
    return actuator


def test_a_number_in_a_dynamic_profile_is_held_no_longer_than_that_profile() -> None:
    station = Station()
    actuator = met(station, is_dynamic=True)

    actuator.act(limits(16.0, NOON_S, 1))
    station.now_s += 60.0
    actuator.act(limits(4.0, station.now_s, 2))

    assert [call.action for call in station.calls[-2:]] == ["SetChargingProfile", "UpdateDynamicSchedule"]
    held = [told for told in station.told if isinstance(told, HeldLimit)]
    assert [(told.serial, told.until_s) for told in held] == [(1, NOON_S + 300.0), (2, NOON_S + 300.0)]


def test_a_renewal_of_what_is_held_for_long_enough_is_no_write() -> None:
    station = Station()
    actuator = met(station, is_dynamic=False)

    actuator.act(limits(16.0, NOON_S, 1))
    count = len(station.calls)
    station.now_s += 30.0
    actuator.act(limits(16.0, station.now_s, 2))
    held_count = len(station.calls)
    station.now_s += 120.0
    actuator.act(limits(16.0, station.now_s, 3))

    assert (held_count, len(station.calls)) == (count, count + 1)
    held = [told for told in station.told if isinstance(told, HeldLimit)]
    assert held[1].until_s == NOON_S + 300.0  # what the station really holds, not the new lease
    assert held[2].until_s == NOON_S + 450.0


def holding() -> OutletHolding:
    limit = StationLimit("CP1", 1, 0, 0.0, NOON_S, 0)
    outlet = OutletHolding(limit, OFFLINE_A, 32.0, Bucket(100.0, NOON_S))
    outlet.fell_back()
    outlet.transaction_id = "tx"
    return outlet


def test_a_profile_whose_answer_is_missing_may_be_in_force_beside_the_one_that_was_accepted() -> None:
    outlet = holding()
    outlet.may_have_taken(Purpose.TRANSACTION, Held(16.0, NOON_S + 300.0, "tx"))
    outlet.took(Purpose.DEFAULT, Held(4.0, NOON_S + 300.0))

    assert outlet.effective(NOON_S).limit_a == 16.0
    assert outlet.effective(NOON_S + 300.0).limit_a == OFFLINE_A


def test_a_transaction_profile_stands_in_for_the_default_and_ends_with_its_transaction() -> None:
    outlet = holding()
    outlet.took(Purpose.DEFAULT, Held(10.0, NOON_S + 200.0))
    outlet.took(Purpose.TRANSACTION, Held(0.0, NOON_S + 300.0, "tx"))
    during_a = outlet.effective(NOON_S).limit_a
    outlet.transaction_id = "another"

    assert (during_a, outlet.effective(NOON_S).limit_a) == (0.0, 10.0)


def test_without_a_safe_default_an_outlet_falls_back_to_all_it_can() -> None:
    limit = StationLimit("CP1", 1, 0, 0.0, NOON_S, 0)
    outlet = OutletHolding(limit, OFFLINE_A, 32.0, Bucket(100.0, NOON_S))
    outlet.took(Purpose.STATION_MAX, Held(10.0, NOON_S + 100.0, is_default=True))

    bare = OutletHolding(limit, OFFLINE_A, 32.0, Bucket(1.0, NOON_S))

    assert bare.effective(NOON_S).limit_a == 32.0
    assert outlet.effective(NOON_S).limit_a == OFFLINE_A  # a maximum ends in the offline limit by itself


def test_one_maximum_never_stands_for_the_limits_of_two_outlets() -> None:
    known = StationKnown({1: holding(), 2: holding()})
    alone = StationKnown({1: holding()})
    for each in (known, alone):
        each.refusals.update({Purpose.TRANSACTION: 9, Purpose.DEFAULT: 9})

    assert known.first_purpose() is Purpose.TRANSACTION
    assert alone.first_purpose() is Purpose.STATION_MAX


@dataclass
class Told:
    """A message with a time."""

    timestamp: str


@dataclass
class Status(Told):
    """A StatusNotification of 1.6."""

    connector_id: int = 1
    status: str = "Available"


def test_a_clock_that_is_ahead_is_believed_and_one_behind_only_by_a_status() -> None:
    ahead, behind, old = (stamp_text(NOON_S + skew_s) for skew_s in (40.0, -40.0, -4000.0))

    assert clock_ahead_s(Told(ahead), NOON_S, 0.0) == 40.0
    assert clock_ahead_s(Told(behind), NOON_S, 0.0) == 0.0  # it may have waited
    assert clock_ahead_s(Status(behind), NOON_S, 0.0) == -40.0
    assert clock_ahead_s(Status(old), NOON_S, 0.0) == 0.0  # when it last changed
