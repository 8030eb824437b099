"""What ISO 15118 vehicles want and plan, in the words of OCPP 2.0.1 and 2.1."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest

from tests.protocols.ocpp.station2x import Station2x
from voltloom.protocols.ocpp import v21
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.decoding import Decoded, decode_call
from voltloom.protocols.ocpp.frames import Call
from voltloom.protocols.ocpp.generated.v21.smart_charging import NotifyEVChargingScheduleRequest
from voltloom.protocols.ocpp.hearing import (
    Hearing,
    Outlet,
    Scheduled,
    StationMemory,
    StationPlace,
    Understood,
)
from voltloom.protocols.ocpp.needs import planned_a
from voltloom.session.events import CapabilityReported, NeedStated

NOON_S = 1_791_979_200.0
NOTHING = Scheduled()
PLACE = StationPlace("CP1", {1: Outlet(evse=0, max_a=32.0)})


def stated(understood: Understood) -> tuple[NeedStated, CapabilityReported, str]:
    need, capability = understood.events
    assert isinstance(need, NeedStated)
    assert isinstance(capability, CapabilityReported)
    return need, capability, json.loads(msgspec.json.encode(understood.answer))["status"]


def told(needs: dict[str, Any], scheduled: Scheduled = NOTHING) -> Understood:
    payload = msgspec.json.encode({"evseId": 1, "chargingNeeds": needs})
    decoded = decode_call(Call("1", "NotifyEVChargingNeeds", payload), OcppVersion.V21)
    assert isinstance(decoded, Decoded)
    return v21.understand(decoded, StationMemory(), Hearing(NOON_S, PLACE, scheduled=scheduled))


def test_without_a_transaction_the_profile_is_promised_later() -> None:
    ac = {"energyAmount": 9000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 230}

    _, _, status = stated(told({"requestedEnergyTransfer": "AC_single_phase", "acChargingParameters": ac}))
    _, _, refusing = stated(
        told(
            {"requestedEnergyTransfer": "AC_single_phase", "acChargingParameters": ac},
            Scheduled(refusing=frozenset({1})),
        )
    )

    assert (status, refusing) == ("Processing", "NoChargingProfile")


def test_a_dc_vehicle_that_tells_its_battery_wants_what_it_lacks() -> None:
    dc = {"evMaxCurrent": 200, "evMaxVoltage": 400, "evEnergyCapacity": 60_000, "stateOfCharge": 40}

    need, _, _ = stated(
        told({"requestedEnergyTransfer": "DC", "dcChargingParameters": {**dc, "fullSoC": 90}})
    )

    assert need.energy_wh == 30_000.0
    assert need.soc_ratio == 0.4


def test_a_bidirectional_vehicle_tells_currents_energy_and_that_it_discharges() -> None:
    v2x = {
        "minChargeCurrent": 7,
        "maxChargeCurrent": 20,
        "maxDischargeCurrent": 16,
        "evTargetEnergyRequest": 12_000,
    }

    need, capability, _ = stated(told({"requestedEnergyTransfer": "AC_BPT", "v2xChargingParameters": v2x}))

    assert need.energy_wh == 12_000.0
    assert (capability.min_a, capability.max_a, capability.discharges) == (7.0, 20.0, True)


def test_a_need_counts_from_the_plug_in_though_the_vehicle_tells_what_is_left() -> None:
    station = Station2x()
    begun = station.register(1000.0, "Transaction.Begin")
    station.event(
        "Started", "CablePluggedIn", {"chargingState": "Charging"}, evse={"id": 1}, meterValue=begun
    )
    station.event("Updated", "MeterValuePeriodic", meterValue=station.register(3500.0))
    ac = {"energyAmount": 8000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 230}

    understood = station.say(
        "NotifyEVChargingNeeds",
        {
            "evseId": 1,
            "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": ac},
        },
    )
    need, _, status = stated(understood)

    assert (need.energy_wh, status) == (10_500.0, "Accepted")


@pytest.mark.parametrize(("unit", "limit", "current_a"), [("A", 13.0, 13.0), ("W", 6900.0, 10.0)])
def test_a_vehicles_own_schedule_is_read_in_amperes(unit: str, limit: float, current_a: float) -> None:
    periods = [{"startPeriod": 0, "limit": limit}, {"startPeriod": 60, "limit": limit / 2}]
    schedule = {"id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    payload = {"timeBase": "2026-10-15T12:00:00Z", "evseId": 1, "chargingSchedule": schedule}
    message = msgspec.convert(payload, NotifyEVChargingScheduleRequest)

    assert planned_a(message, PLACE.outlets[1]) == pytest.approx(current_a)


def test_a_plan_without_limits_plans_nothing() -> None:
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0}]}
    payload = {"timeBase": "2026-10-15T12:00:00Z", "evseId": 1, "chargingSchedule": schedule}

    assert math.isnan(planned_a(msgspec.convert(payload, NotifyEVChargingScheduleRequest), PLACE.outlets[1]))
