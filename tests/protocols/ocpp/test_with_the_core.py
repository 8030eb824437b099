"""The translators and the controller together: what two stations say is decided on, and what is decided reaches them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.places import row_of
from tests.protocols.ocpp.station2x import Station2x
from tests.protocols.ocpp.station16 import NOON_S, Station
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import SetLimits
from voltloom.protocols.ocpp import v2x_commands, v16_commands
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.generated.v16.core import StartTransactionResponse
from voltloom.protocols.ocpp.hearing import Outlet, StationPlace
from voltloom.protocols.ocpp.prepared import acknowledged, station_limits
from voltloom.protocols.ocpp.profiles import ChargingAbility, LimitOrder
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.record import SessionRecord
from voltloom.session.state import SessionState
from voltloom.site.network import network_of

ABILITY = ChargingAbility(max_stack_level=3, max_periods=6)
RATING_A = 40.0


class World:
    """A row of two outlets: a 1.6 station at the first, a 2.0.1 station at the second; vehicles draw what they may."""

    def __init__(self) -> None:
        site = row_of(2, rating_a=RATING_A)
        network = network_of(site)
        self.controller = SiteController(
            site=site,
            network=network,
            settings=ControlSettings(),
        )
        self.memory: ControllerMemory = self.controller.start(NOON_S, "parallel")
        self.now_s = NOON_S
        self.stations: dict[str, Any] = {
            "old": Station(place=StationPlace("old", {1: Outlet(evse=0, max_a=32.0)})),
            "new": Station2x(place=StationPlace("new", {1: Outlet(evse=1, max_a=32.0)})),
        }
        self.where = {0: ("old", 1), 1: ("new", 1)}
        self.heard = dict.fromkeys(self.stations, 0)
        self.limit_a = {"old": 0.0, "new": 0.0}
        self.register_wh = {"old": 50_000.0, "new": 70_000.0}
        self.transaction_ids = {"old": "", "new": "tx1"}
        self.records: list[SessionRecord] = []

    def hear(self) -> None:
        for name, station in self.stations.items():
            fresh = station.events[self.heard[name] :]
            self.heard[name] = len(station.events)
            self.memory, _ = self.controller.observe(self.memory, tuple(fresh))

    def decide(self) -> None:
        self.memory, _, commands = self.controller.decide(self.memory, self.now_s)
        self.records += self.memory.records
        for command in commands:
            if isinstance(command, SetLimits):
                for limit in station_limits(command, self.where):
                    self.send(limit)

    def send(self, limit: Any) -> None:
        name = limit.station_id
        order = LimitOrder(
            number=limit.number,
            outlet=self.stations[name].place.outlets[limit.number],
            limit_a=limit.limit_a,
            offline_a=0.0,
            now_s=self.now_s,
            lease_until_s=limit.lease_until_s,
            transaction_id=self.transaction_ids[name],
        )
        if name == "old":
            sent: Any = msgspec.to_builtins(v16_commands.limited(order, ABILITY).payload)
            schedule = sent["csChargingProfiles"]["chargingSchedule"]
        else:
            sent = msgspec.to_builtins(v2x_commands.limited(order, ABILITY, OcppVersion.V201).payload)
            schedule = sent["chargingProfile"]["chargingSchedule"][0]
        self.limit_a[name] = schedule["chargingSchedulePeriod"][0]["limit"]
        self.memory, _ = self.controller.observe(
            self.memory, (acknowledged(limit.evse, limit.serial, self.now_s),)
        )

    def pass_time(self, step_s: float = 10.0) -> None:
        self.now_s += step_s
        for name, station in self.stations.items():
            station.now_s = self.now_s
            self.register_wh[name] += self.limit_a[name] * 3 * 230.0 * step_s / 3600.0
        self.stations["old"].meter(
            *(
                {"value": f"{self.limit_a['old']}", "measurand": "Current.Import", "phase": phase}
                for phase in ("L1", "L2", "L3")
            ),
            {"value": f"{round(self.register_wh['old'])}"},
        )
        new = self.stations["new"]
        value = new.current(self.limit_a["new"])
        value[0]["sampledValue"] += new.register(self.register_wh["new"])[0]["sampledValue"]
        new.event("Updated", "MeterValuePeriodic", {"chargingState": "Charging"}, meterValue=value)
        self.hear()
        self.decide()


@pytest.fixture(name="world")
def _world() -> World:
    world = World()
    old, new = world.stations["old"], world.stations["new"]
    old.status("Preparing")
    started = old.start(meter_wh=50_000).answer
    assert isinstance(started, StartTransactionResponse)
    world.transaction_ids["old"] = str(started.transaction_id)
    old.status("Charging")
    occupied = {"connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    new.say("StatusNotification", occupied | {"timestamp": stamp_text(NOON_S)})
    new.event(
        "Started",
        "CablePluggedIn",
        {"chargingState": "EVConnected"},
        evse={"id": 1},
        meterValue=new.register(70_000.0, "Transaction.Begin"),
        idToken={"idToken": "bert", "type": "ISO14443"},
    )
    world.hear()
    world.decide()  # a live shell decides on events as well, so the first registers are seen before the next come
    return world


def test_two_stations_of_different_versions_share_one_fuse_under_the_controller(world: World) -> None:
    most_a = 0.0
    for _ in range(60):
        world.pass_time()
        most_a = max(most_a, sum(world.limit_a.values()))

    sessions = [seat.session for seat in world.memory.seats]
    assert [session.state if session else None for session in sessions] == [SessionState.CHARGING] * 2
    assert min(world.limit_a.values()) >= 6.0
    assert 24.0 <= most_a <= RATING_A


def test_the_energy_of_both_visits_is_in_their_records(world: World) -> None:
    for _ in range(60):
        world.pass_time()
    old, new = world.stations["old"], world.stations["new"]
    stop_wh = {name: round(register_wh) for name, register_wh in world.register_wh.items()}
    old.stop(int(world.transaction_ids["old"]), stop_wh["old"])
    old.status("Available")
    new.event(
        "Ended",
        "EVDeparted",
        {"stoppedReason": "EVDisconnected"},
        meterValue=new.register(float(stop_wh["new"]), "Transaction.End"),
    )

    world.hear()
    world.decide()

    energy_wh = {record.evse_id: record.energy_tenth_wh / 10.0 for record in world.records}
    assert list(energy_wh.values()) == [stop_wh["old"] - 50_000.0, stop_wh["new"] - 70_000.0]
    assert not any(record.is_quarantined for record in world.records)
    assert min(energy_wh.values()) > 500.0
