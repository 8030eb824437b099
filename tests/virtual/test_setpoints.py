"""What a virtual station makes of setpoints: which it refuses, and what its outlet does under one."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.generated.v21.types import ChargingProfileType
from voltloom.virtual.profile_stack import Circumstance, Profile, after_transaction, limit_a
from voltloom.virtual.profile_words import ProfileAbility, Refused, profile_of, profile_told

NOON_S = 1_767_268_800.0  # 2026-01-01T12:00:00Z
ABLE = ProfileAbility(follows_setpoints=True)
CENTRAL = {
    "startPeriod": 0,
    "limit": 0.0,
    "setpoint": -16.0,
    "dischargeLimit": -16.0,
    "operationMode": "CentralSetpoint",
}


def taken(
    period: dict[str, Any], ability: ProfileAbility = ABLE, purpose: str = "TxProfile"
) -> Profile | Refused:
    told = {
        "id": 11,
        "stackLevel": 8,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "transactionId": "tx",
        "validTo": "2026-01-01T12:05:00Z",
        "chargingSchedule": [
            {
                "id": 11,
                "startSchedule": "2026-01-01T12:00:00Z",
                "duration": 300,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [period],
            }
        ],
    }
    return profile_of(msgspec.convert(told, ChargingProfileType), 1, ability, OcppVersion.V21, NOON_S)


def where(discharge_a: float) -> Circumstance:
    return Circumstance(1, "tx", NOON_S - 60.0, 32.0, 690.0, factory_a=6.0, discharge_a=discharge_a)


def test_a_setpoint_is_followed_as_far_as_the_outlet_can_until_it_ends() -> None:
    profile = taken(CENTRAL)

    assert isinstance(profile, Profile)
    assert limit_a((profile,), where(20.0), NOON_S) == -16.0
    assert limit_a((profile,), where(10.0), NOON_S) == -10.0
    assert limit_a((profile,), where(0.0), NOON_S) == 0.0
    assert limit_a((profile,), where(20.0), NOON_S + 300.0) == 6.0
    assert limit_a(after_transaction((profile,), 1), where(20.0), NOON_S) == 6.0


def test_what_a_station_holds_is_told_back_as_it_was_given() -> None:
    profile = taken(CENTRAL)

    assert isinstance(profile, Profile)
    schedules: Any = profile_told(profile)["chargingSchedule"]
    (period,) = schedules[0]["chargingSchedulePeriod"]
    assert period == {key: value for key, value in CENTRAL.items() if key != "dischargeLimit"}


@pytest.mark.parametrize(
    "changed",
    [
        {"setpoint": None},
        {"setpoint": -20.0},  # beyond its own dischargeLimit
        {"setpoint": 5.0},  # above its own limit
        {"operationMode": "LocalFrequency"},
        {"operationMode": None, "limit": None},
    ],
)
def test_a_period_that_contradicts_itself_is_refused(changed: dict[str, Any]) -> None:
    period = {key: value for key, value in (CENTRAL | changed).items() if value is not None}

    assert taken(period) == Refused("InvalidSchedule")


def test_a_setpoint_below_nothing_is_for_stations_that_follow_it_and_for_a_transaction() -> None:
    assert taken(CENTRAL, ProfileAbility()) == Refused("InvalidSchedule")
    assert taken(CENTRAL, purpose="TxDefaultProfile") == Refused("InvalidSchedule")
    plain = taken({"startPeriod": 0, "limit": 16.0}, ProfileAbility())
    assert isinstance(plain, Profile)
    assert not math.isnan(plain.periods[0].limit_a_or_w)
