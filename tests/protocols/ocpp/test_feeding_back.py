"""What is fed back, in the words of OCPP 2.1: setpoints that end, who may be told, and what is read of it."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest

from tests.protocols.ocpp.schema_fuzz import is_valid
from tests.protocols.ocpp.station2x import Station2x
from voltloom.protocols.ocpp import v2x_commands, v16_commands
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.generated.v21.provisioning import NotifyReportRequest
from voltloom.protocols.ocpp.hearing import Outlet, StationPlace, Understood
from voltloom.protocols.ocpp.profiles import (
    CannotBeSafe,
    ChargingAbility,
    Hold,
    LimitOrder,
    RateUnit,
    hold_of,
    may_feed_back,
)
from voltloom.session.events import EvseReadings, NeedStated, SocMeasured

NOON_S = 1_767_268_800.0  # 2026-01-01
TWO_WAY = Outlet(evse=0, max_a=32.0, discharge_a=16.0)
ONE_WAY = Outlet(evse=0, max_a=32.0)
RICH = ChargingAbility(max_stack_level=3, max_periods=8, is_dynamic=True)


def order(limit_a: float = -16.0, **fields: Any) -> LimitOrder:
    given: dict[str, Any] = {"transaction_id": "tx", "lease_until_s": NOON_S + 300.0, "outlet": TWO_WAY}
    return LimitOrder(number=1, limit_a=limit_a, offline_a=6.0, now_s=NOON_S, **(given | fields))


def profile(given: LimitOrder, ability: ChargingAbility = RICH) -> dict[str, Any]:
    prepared = v2x_commands.limited(given, ability, OcppVersion.V21)
    text = msgspec.json.encode(prepared.payload).decode()
    assert prepared.action == "SetChargingProfile"
    assert is_valid(OcppVersion.V21, prepared.action, False, text), text
    found: dict[str, Any] = json.loads(text)["chargingProfile"]
    return found


def test_what_is_fed_back_is_a_setpoint_of_one_transaction_that_ends_twice_with_its_lease() -> None:
    found = profile(order(-16.04))

    schedule = found["chargingSchedule"][0]
    assert (found["chargingProfilePurpose"], found["transactionId"]) == ("TxProfile", "tx")
    assert (found["chargingProfileKind"], found["validTo"]) == ("Absolute", "2026-01-01T12:05:00.000Z")
    assert (schedule["startSchedule"], schedule["duration"]) == ("2026-01-01T11:59:00.000Z", 360)
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 0.0, "numberPhases": 3},
        {
            "startPeriod": 60,
            "limit": 0.0,
            "setpoint": -16.0,
            "dischargeLimit": -16.0,
            "operationMode": "CentralSetpoint",
            "numberPhases": 3,
        },
    ]
    assert hold_of(order(), RICH) == Hold(-16.0, NOON_S + 300.0, least_a=-16.0)


def test_a_clock_that_is_behind_takes_out_no_more_than_the_lease() -> None:
    one_period = profile(order(), RICH._replace(max_periods=1))["chargingSchedule"][0]

    begins = profile(order())["chargingSchedule"][0]
    assert begins["duration"] - begins["chargingSchedulePeriod"][1]["startPeriod"] == 300
    assert (one_period["startSchedule"], one_period["duration"]) == ("2026-01-01T12:00:00.000Z", 300)


def test_watts_are_those_of_all_phases_and_rounded_towards_nothing() -> None:
    watts = RICH._replace(units=frozenset({RateUnit.W}))

    (_, period) = profile(order(-10.01), watts)["chargingSchedule"][0]["chargingSchedulePeriod"]

    assert period["setpoint"] == -6906.9  # 10.01 A on three phases of 230 V


def test_nobody_is_told_who_has_no_word_for_it_or_nothing_to_end_it() -> None:
    with pytest.raises(CannotBeSafe, match=r"1\.6"):
        v16_commands.limited(order(), RICH)
    with pytest.raises(CannotBeSafe, match=r"2\.0\.1"):
        v2x_commands.limited(order(), RICH, OcppVersion.V201)
    with pytest.raises(CannotBeSafe, match="transaction"):
        v2x_commands.limited(order(transaction_id=""), RICH, OcppVersion.V21)

    assert may_feed_back(order(), RICH)
    assert not may_feed_back(order(transaction_id=""), RICH)
    assert not may_feed_back(order(outlet=ONE_WAY), RICH)
    for denied in (0, 1):
        assert not may_feed_back(order(), RICH._replace(only_charge=frozenset({denied})))


@pytest.mark.parametrize(
    ("variable", "value", "denied"),
    [
        ("Enabled", "false", True),
        ("Available", "true", False),
        ("SupportedOperationModes", "ChargingOnly,LocalFrequency", True),
        ("SupportedOperationModes", "ChargingOnly, CentralSetpoint", False),
    ],
)
def test_a_station_tells_by_outlet_whether_it_follows_setpoints(
    variable: str, value: str, denied: bool
) -> None:
    data = {
        "component": {"name": "V2XChargingCtrlr", "evse": {"id": 2}},
        "variable": {"name": variable},
        "variableAttribute": [{"value": value}],
    }
    told = {"requestId": 1, "generatedAt": "2026-01-01T12:00:00Z", "seqNo": 0, "reportData": [data]}
    report = msgspec.convert(told, NotifyReportRequest)

    ability = v2x_commands.capability_told([report])

    assert ability.only_charge == (frozenset({2}) if denied else frozenset())


def authorized(outlet: Outlet, version: OcppVersion) -> dict[str, Any]:
    station = Station2x(version, StationPlace("CP1", {1: outlet}))
    said = station.say("Authorize", {"idToken": {"idToken": "anna", "type": "ISO14443"}})
    found: dict[str, Any] = json.loads(msgspec.json.encode(said.answer))
    return found


def test_a_driver_may_feed_back_only_where_an_outlet_can() -> None:
    allowed = authorized(TWO_WAY, OcppVersion.V21)["allowedEnergyTransfer"]
    dc = authorized(TWO_WAY._replace(is_dc=True), OcppVersion.V21)["allowedEnergyTransfer"]

    assert "AC_BPT" in allowed
    assert "AC_three_phase" in allowed
    assert dc == ["DC", "DC_BPT"]
    assert "allowedEnergyTransfer" not in authorized(ONE_WAY, OcppVersion.V21)
    assert "allowedEnergyTransfer" not in authorized(TWO_WAY, OcppVersion.V201)


def metered(outlet: Outlet, *samples: dict[str, Any]) -> Understood:
    station = Station2x(OcppVersion.V21, StationPlace("CP1", {1: outlet}))
    values = [{"timestamp": "2026-01-01T12:00:00Z", "sampledValue": list(samples)}]
    return station.say("MeterValues", {"evseId": 1, "meterValue": values})


IMPORTED = {"value": 9000.0, "measurand": "Energy.Active.Import.Register"}
EXPORTED = {"value": 1200.0, "measurand": "Energy.Active.Export.Register"}
FLOWS_BACK = {"value": 12.0, "measurand": "Current.Export", "phase": "L1"}
HALF_FULL = {"value": 50, "measurand": "SoC", "location": "EV"}


def test_what_flows_back_reaches_the_core_with_its_sign_its_register_and_the_state_of_charge() -> None:
    reading, soc = metered(TWO_WAY, IMPORTED, EXPORTED, FLOWS_BACK, HALF_FULL).events[:2]
    (bare,) = metered(TWO_WAY, IMPORTED, FLOWS_BACK).events
    (plain,) = metered(ONE_WAY, IMPORTED, EXPORTED, FLOWS_BACK).events

    assert isinstance(reading, EvseReadings)
    assert isinstance(soc, SocMeasured)
    assert (reading.current_a[0], reading.energy_wh[0], soc.soc_ratio) == (-12.0, 9000.0, 0.5)
    assert reading.exported_wh is not None
    assert reading.exported_wh[0] == 1200.0
    for other in (bare, plain):  # a register that is not told now stands as it was
        assert isinstance(other, EvseReadings)
        assert other.exported_wh is None


def test_a_dc_vehicle_tells_what_its_battery_holds() -> None:
    needs = {
        "requestedEnergyTransfer": "DC_BPT",
        "dcChargingParameters": {
            "evMaxCurrent": 200.0,
            "evMaxVoltage": 400.0,
            "stateOfCharge": 60,
            "evEnergyCapacity": 77_000.0,
        },
        "v2xChargingParameters": {"maxDischargePower": 10_000.0},
    }
    station = Station2x(OcppVersion.V21, StationPlace("CP1", {1: TWO_WAY}))

    need = station.say("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs}).events[0]

    assert isinstance(need, NeedStated)
    assert (need.battery_wh, need.soc_ratio) == (77_000.0, 0.6)
    assert math.isnan(need.floor_ratio)  # what a vehicle can is no driver's consent
