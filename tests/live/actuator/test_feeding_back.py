"""The actuator and vehicles that feed back: who is told, for how long, how it ends, and what the core is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest
from msgspec import UNSET

from tests.live.actuator.test_actuator import NOON_S, OFFLINE_A, Station, limits
from voltloom.live.actuator.actuator import Actuator
from voltloom.live.actuator.rationing import Bucket, Rationing
from voltloom.live.actuator.talking import Done, Shell
from voltloom.live.wire import HeldLimit
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.generated.v21.smart_charging import SetChargingProfileResponse
from voltloom.protocols.ocpp.hearing import Outlet, OutletMemory, StationMemory, StationPlace, Transaction
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.protocols.ocpp.profiles import Purpose
from voltloom.session.events import CapabilityReported

PLACE = StationPlace("CP1", {1: Outlet(evse=0, max_a=32.0, discharge_a=16.0)})


def vehicle(*, discharges: bool = True) -> OutletMemory:
    capability = CapabilityReported(
        time_s=NOON_S,
        evse=0,
        is_dynamic=True,
        uses_all_phases=True,
        min_a=6.0,
        max_a=16.0,
        discharges=discharges,
    )
    return OutletMemory(session_id="s", since_s=NOON_S, capability=capability)


@dataclass
class TwoWay(Station):
    """A station with a vehicle that can feed back. refuses: it takes no setpoint."""

    version: OcppVersion = OcppVersion.V21
    refuses: bool = False
    one_way: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        running = (Transaction("tx", 1, "", NOON_S, 0.0),)
        self.memory = StationMemory(MappingProxyType({1: vehicle()}), running)

    def call(self, station_id: str, prepared: Prepared, done: Done) -> None:
        profile: Any = getattr(prepared.payload, "charging_profile", None)
        if self.refuses and profile is not None and setpoints(prepared):
            self.calls.append(prepared)
            done(SetChargingProfileResponse(status="Rejected"))
            return
        super().call(station_id, prepared, done)

    def version_of(self, _: str) -> OcppVersion:
        return self.version


def setpoints(prepared: Prepared) -> list[float]:
    payload: Any = prepared.payload
    periods = payload.charging_profile.charging_schedule[0].charging_schedule_period
    return [period.setpoint for period in periods if getattr(period, "setpoint", UNSET) is not UNSET]


def written(station: Station) -> list[float]:
    """Return what was written last to first: a setpoint, else a limit."""
    found = []
    for call in station.calls:
        payload: Any = call.payload
        if call.action == "SetChargingProfile":
            period = payload.charging_profile.charging_schedule[0].charging_schedule_period[-1]
            found.append(next(iter(setpoints(call)), period.limit))
        elif call.action == "UpdateDynamicSchedule":
            found.append(payload.schedule_update.limit)
    return found


def acknowledged(station: Station) -> list[int]:
    return [told.serial for told in station.told if isinstance(told, HeldLimit)]


def met(station: TwoWay, *, is_dynamic: bool = False, rules: Rationing | None = None) -> Actuator:
    one_way = lambda _, why: station.one_way.append(why)  # noqa: E731  one line of a test
    shell = Shell(station, station.tell, lambda: station.now_s, station.later, one_way)
    actuator = Actuator({"CP1": PLACE}, (OFFLINE_A,), shell, rules)
    actuator.heard("CP1", None)
    known: Any = actuator._known["CP1"]
    known.ability = known.ability._replace(is_dynamic=is_dynamic, max_stack_level=3, max_periods=4)
    station.calls.clear()
    return actuator


def test_what_is_fed_back_is_renewed_before_its_lease_ends_and_not_sooner() -> None:
    station = TwoWay()
    actuator = met(station)

    for number, after_s in enumerate((0.0, 30.0, 120.0), start=1):
        station.now_s += after_s
        actuator.act(limits(-16.0, station.now_s, number))

    assert written(station) == [-16.0, -16.0]
    held = [(told.serial, told.until_s) for told in station.told if isinstance(told, HeldLimit)]
    assert held == [(1, NOON_S + 300.0), (2, NOON_S + 300.0), (3, NOON_S + 450.0)]


@pytest.mark.parametrize("is_dynamic", [True, False])
def test_less_is_written_at_once_and_so_is_the_end(is_dynamic: bool) -> None:
    station = TwoWay()
    actuator = met(station, is_dynamic=is_dynamic)

    for number, limit_a in enumerate((10.0, -16.0, -8.0, 0.0, 16.0), start=1):
        station.now_s += 1.0  # far less than what rations rises
        actuator.act(limits(limit_a, station.now_s, number))

    assert written(station)[:4] == [10.0, -16.0, -8.0, 0.0]
    assert acknowledged(station) == [1, 2, 3, 4, 5]


def test_the_floor_of_a_failed_core_ends_what_is_fed_back() -> None:
    station = TwoWay()
    actuator = met(station)
    actuator.act(limits(-16.0, NOON_S, 1))

    actuator.floor(NOON_S + 1.0)

    assert written(station) == [-16.0, 0.0]


def test_from_an_empty_budget_nothing_is_fed_back_and_no_lease_of_it_is_made_longer() -> None:
    station = TwoWay()
    actuator = met(station, rules=Rationing(writes_per_day=1))
    outlet: Any = actuator._known["CP1"].outlets[1]
    outlet.bucket = Bucket(0.0, NOON_S)

    actuator.act(limits(-16.0, NOON_S, 1))

    assert written(station) == [0.0]
    assert acknowledged(station) == [1]  # who holds nothing holds no more than that


@pytest.mark.parametrize("lacks", ["vehicle", "transaction", "outlet", "version"])
def test_who_cannot_is_told_to_stand_still(lacks: str) -> None:
    station = TwoWay(version=OcppVersion.V201 if lacks == "version" else OcppVersion.V21)
    actuator = met(station)
    known: Any = actuator._known["CP1"]
    if lacks == "vehicle":
        outlets = MappingProxyType({1: vehicle(discharges=False)})
        station.memory = StationMemory(outlets, station.memory.transactions)
    elif lacks == "transaction":
        station.memory = StationMemory(station.memory.outlets, ())
    elif lacks == "outlet":
        known.ability = known.ability._replace(only_charge=frozenset({1}))

    actuator.act(limits(-16.0, NOON_S, 1))

    assert written(station) == [0.0]
    assert acknowledged(station) == [1]


def test_a_station_that_refuses_a_setpoint_stands_still_and_charges_on_as_before() -> None:
    station = TwoWay(refuses=True)
    actuator = met(station)

    actuator.act(limits(-16.0, NOON_S, 1))
    actuator.act(limits(-16.0, NOON_S + 1.0, 2))
    actuator.act(limits(16.0, NOON_S + 2.0, 3))

    assert written(station) == [-16.0, 0.0, 16.0]  # not asked again for a while
    assert not actuator.refused()  # it takes limits of every purpose


def test_an_operator_is_told_once_why_a_station_only_charges() -> None:
    station = TwoWay(version=OcppVersion.V201)
    actuator = met(station)
    known: Any = actuator._known["CP1"]
    for _ in range(3):
        known.link = None  # it comes again
        actuator.heard("CP1", None)
    two_way = TwoWay()
    met(two_way)

    assert len(station.one_way) == 1
    assert "2.0.1" in station.one_way[0]
    assert two_way.one_way == []


def test_an_end_that_a_setpoint_outranks_is_not_acknowledged() -> None:
    station = TwoWay()
    actuator = met(station)
    actuator.act(limits(-16.0, NOON_S, 1))
    known: Any = actuator._known["CP1"]
    known.refusals.update(
        {Purpose.TRANSACTION: 9}
    )  # from now on limits go in as defaults, below the setpoint

    actuator.act(limits(0.0, NOON_S + 1.0, 2))
    before = acknowledged(station)
    station.now_s = NOON_S + 301.0
    actuator.act(limits(0.0, station.now_s, 3))

    assert before == [1]
    assert acknowledged(station) == [1, 3]  # its lease is over


def test_what_may_still_be_fed_back_is_no_smaller_than_it_was_told() -> None:
    station = TwoWay()
    actuator = met(station)
    actuator.act(limits(-16.0, NOON_S, 1))
    outlet: Any = actuator._known["CP1"].outlets[1]
    purpose, held = next(iter(outlet.held.items()))

    outlet.may_have_taken(purpose, held._replace(limit_a=10.0, least_a=0.0))  # no answer came to that

    hold = outlet.effective(NOON_S + 1.0)
    assert (hold.limit_a, hold.least_a) == (10.0, -16.0)
    assert outlet.effective(NOON_S + 301.0).least_a == 0.0  # the lease is over


@dataclass
class Thinking(TwoWay):
    """A station that answers profiles when it is let."""

    waiting: list[Done] = field(default_factory=list)
    thinks: bool = False

    def call(self, station_id: str, prepared: Prepared, done: Done) -> None:
        if not self.thinks:
            super().call(station_id, prepared, done)
            return
        self.calls.append(prepared)
        self.waiting.append(done)

    def answer(self) -> None:
        self.waiting.pop(0)(SetChargingProfileResponse(status="Accepted"))


def test_an_end_is_written_also_while_the_answer_to_feeding_back_is_on_its_way() -> None:
    station = Thinking()
    actuator = met(station)
    actuator.act(limits(16.0, NOON_S, 1))
    station.thinks = True
    actuator.act(limits(0.0, NOON_S, 2))
    actuator.act(limits(-10.0, NOON_S, 2))  # as a change of direction goes out
    station.answer()

    count = len(station.calls)
    actuator.act(limits(0.0, NOON_S, 3))

    assert len(station.calls) == count + 1
    while station.waiting:
        station.answer()
    assert actuator._outlets[0].effective(NOON_S).least_a == 0.0
