"""Every limit sent to a station has an end, is in its unit, and never rounds up."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols.ocpp.schema_fuzz import is_valid
from tests.protocols.ocpp.station16 import NOON_S
from voltloom.decision.command import SetLimits
from voltloom.protocols.ocpp import v2x_commands, v16_commands
from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.generated.v16.core import (
    GetConfigurationResponse,
    GetConfigurationResponseConfigurationKey,
)
from voltloom.protocols.ocpp.hearing import Outlet
from voltloom.protocols.ocpp.prepared import Prepared, acknowledged, station_limits
from voltloom.protocols.ocpp.profiles import (
    CannotBeSafe,
    ChargingAbility,
    Hold,
    LimitOrder,
    Purpose,
    RateUnit,
    ability_of_configuration,
    ability_of_report,
    hold_of,
    leased,
    next_purpose,
    profile_id,
    safe_default,
)

OUTLET = Outlet(evse=0, max_a=32.0)
RICH = ChargingAbility(
    units=frozenset(RateUnit), max_stack_level=8, max_periods=24, max_profiles=10, switches_phases=True
)
WATTS = frozenset({RateUnit.W})


def order(limit_a: float = 16.0, **fields: Any) -> LimitOrder:
    given: dict[str, Any] = {
        "number": 1,
        "transaction_id": "7",
        "lease_until_s": NOON_S + 300.0,
        "offline_a": 6.0,
    } | fields
    return LimitOrder(outlet=OUTLET, limit_a=limit_a, now_s=NOON_S, **given)


def written(prepared: Prepared, version: OcppVersion) -> dict[str, Any]:
    text = msgspec.json.encode(prepared.payload).decode()
    assert is_valid(version, prepared.action, False, text), text
    payload: dict[str, Any] = json.loads(text)
    return payload


def test_a_limit_of_1_6_is_a_transaction_profile_that_ends_with_its_lease() -> None:
    payload = written(v16_commands.limited(order(), RICH), OcppVersion.V16)

    profile = payload["csChargingProfiles"]
    schedule = profile.pop("chargingSchedule")
    assert payload["connectorId"] == 1
    assert profile == {
        "chargingProfileId": profile_id(Purpose.TRANSACTION, 1),
        "transactionId": 7,
        "stackLevel": 8,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
    }
    assert schedule == {
        "startSchedule": "2026-01-01T11:59:00.000Z",
        "duration": 360,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}],
    }


@pytest.mark.parametrize("version", [OcppVersion.V201, OcppVersion.V21])
def test_a_limit_of_2_x_is_a_transaction_profile_that_ends_with_its_lease(version: OcppVersion) -> None:
    payload = written(v2x_commands.limited(order(), RICH, version), version)

    profile = payload["chargingProfile"]
    assert (payload["evseId"], profile["transactionId"], profile["chargingProfilePurpose"]) == (
        1,
        "7",
        "TxProfile",
    )
    assert [schedule["duration"] for schedule in profile["chargingSchedule"]] == [360]


def test_a_station_of_2_1_that_can_gets_one_dynamic_profile_and_then_only_numbers() -> None:
    dynamic = RICH._replace(is_dynamic=True)

    first = v2x_commands.limited(order(), dynamic, OcppVersion.V21)
    later = v2x_commands.limited(order(10.0, installed_until_s=NOON_S + 200.0), dynamic, OcppVersion.V21)

    profile = written(first, OcppVersion.V21)["chargingProfile"]
    assert (profile["chargingProfileKind"], profile["maxOfflineDuration"]) == ("Dynamic", 300)
    assert profile["invalidAfterOfflineDuration"] is True
    assert profile["validTo"] == "2026-01-01T12:05:00.000Z"
    assert later.action == "UpdateDynamicSchedule"
    assert written(later, OcppVersion.V21) == {
        "chargingProfileId": profile["id"],
        "scheduleUpdate": {"limit": 10.0},
    }
    assert first.key == later.key
    assert v2x_commands.limited(order(), dynamic, OcppVersion.V201).action == "SetChargingProfile"


@pytest.mark.parametrize("installed_until_s", [-math.inf, NOON_S + 100.0, NOON_S + 301.0])
def test_a_dynamic_profile_that_ends_too_soon_or_after_the_lease_is_written_anew(
    installed_until_s: float,
) -> None:
    again = order(installed_until_s=installed_until_s)

    prepared = v2x_commands.limited(again, RICH._replace(is_dynamic=True), OcppVersion.V21)

    assert prepared.action == "SetChargingProfile"


def test_without_a_transaction_the_limit_is_a_default_for_the_outlet() -> None:
    plan = leased(order(transaction_id=""), RICH)

    assert (plan.purpose, plan.number, plan.transaction_id) == (Purpose.DEFAULT, 1, "")
    assert plan.duration_s == 360


def test_what_a_station_refuses_falls_back_to_the_default_and_then_the_station_maximum() -> None:
    assert next_purpose(Purpose.TRANSACTION) is Purpose.DEFAULT
    assert next_purpose(Purpose.DEFAULT) is Purpose.STATION_MAX
    assert next_purpose(Purpose.STATION_MAX) is None
    plan = leased(order(purpose=Purpose.STATION_MAX), RICH)
    assert plan.number == 0
    assert plan.periods == ((0, 16.0), (43_500, 6.0))
    payload = written(v16_commands.profile_call(plan), OcppVersion.V16)
    assert payload["csChargingProfiles"]["chargingProfilePurpose"] == "ChargePointMaxProfile"


def test_a_default_that_would_replace_the_safe_default_ends_in_the_offline_limit_itself() -> None:
    one_level = ChargingAbility(max_periods=2)

    plan = leased(order(transaction_id=""), one_level)
    safe = safe_default(order(transaction_id=""), one_level)

    assert plan.periods == ((0, 16.0), (43_500, 6.0))
    assert plan.duration_s is None
    assert (plan.profile_id, plan.stack_level) == (safe.profile_id, safe.stack_level)


def test_a_station_that_could_hold_a_limit_for_ever_never_gets_one_above_its_offline_limit() -> None:
    high = leased(order(transaction_id=""), ChargingAbility())
    low = leased(order(transaction_id="", limit_a=2.0), ChargingAbility())

    assert (high.periods, high.duration_s) == (((0, 6.0),), None)
    assert low.periods == ((0, 2.0),)
    assert hold_of(order(transaction_id=""), ChargingAbility()) == Hold(6.0, math.inf, is_default=True)


@pytest.mark.parametrize("purpose", [Purpose.DEFAULT, Purpose.STATION_MAX])
@pytest.mark.parametrize("behind_s", [0.0, 90.0, 3600.0, 36_000.0])
def test_a_profile_with_nothing_below_it_is_in_force_on_a_clock_that_is_hours_behind(
    purpose: Purpose, behind_s: float
) -> None:
    plan = leased(order(purpose=purpose), RICH._replace(max_stack_level=0))

    since_start_s = NOON_S - behind_s - plan.start_s
    assert 0.0 <= since_start_s < plan.periods[1].start_s  # the ordered limit, not yet the offline one
    assert plan.periods[1].start_s + plan.start_s == NOON_S + 300.0  # by a right clock it ends with its lease
    assert plan.periods[1].start_s < 86_400.0


def test_a_lease_that_is_over_is_not_written() -> None:
    with pytest.raises(CannotBeSafe, match="before it begins"):
        leased(order(lease_until_s=NOON_S), RICH)


def test_the_safe_default_has_the_lowest_level_and_no_end() -> None:
    payload = written(v16_commands.profile_call(safe_default(order(number=2), RICH)), OcppVersion.V16)

    profile = payload["csChargingProfiles"]
    assert (payload["connectorId"], profile["stackLevel"]) == (2, 0)
    assert profile["chargingProfilePurpose"] == "TxDefaultProfile"
    assert "duration" not in profile["chargingSchedule"]
    assert profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 6.0


def test_watts_count_all_phases_and_amperes_each() -> None:
    assert leased(order(), RICH._replace(units=WATTS)).periods == ((0, 11_040.0),)
    assert leased(order(phases_count=1), RICH._replace(units=WATTS)).periods == ((0, 3680.0),)
    assert leased(order(phases_count=1), RICH).phases_count == 1
    assert leased(order(phases_count=1), RICH._replace(switches_phases=False)).phases_count == 0
    assert leased(order()._replace(outlet=OUTLET._replace(is_dc=True)), RICH).phases_count == 0


@given(st.floats(0.0, 500.0), st.sampled_from([RateUnit.A, RateUnit.W]))
def test_a_limit_is_a_multiple_of_a_tenth_and_never_above_what_was_decided(
    limit_a: float, unit: RateUnit
) -> None:
    ability = RICH._replace(units=frozenset({unit}))

    sent = leased(order(limit_a), ability).periods[0][1]

    whole = limit_a if unit is RateUnit.A else limit_a * 230.0 * 3
    assert sent <= whole + 2e-4
    assert sent > whole - 0.1001
    assert math.isclose(sent * 10.0, round(sent * 10.0), abs_tol=1e-6)
    written(v16_commands.limited(order(limit_a), ability), OcppVersion.V16)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Current", {RateUnit.A}),
        ("Power", {RateUnit.W}),
        ("Current,Power", set(RateUnit)),
        ("A, W", set(RateUnit)),
        ("", {RateUnit.A}),
        ("Nonsense", {RateUnit.A}),
    ],
)
def test_the_unit_is_read_from_the_station(text: str, units: set[RateUnit]) -> None:
    assert ability_of_configuration({"ChargingScheduleAllowedChargingRateUnit": text}).units == units
    assert ability_of_report({"RateUnit": text}).units == units


def test_what_a_station_reports_is_believed_and_what_it_leaves_out_is_the_least() -> None:
    answer = GetConfigurationResponse(
        configuration_key=(
            GetConfigurationResponseConfigurationKey(
                key="ChargeProfileMaxStackLevel", readonly=True, value="9"
            ),
            GetConfigurationResponseConfigurationKey(key="ChargingScheduleMaxPeriods", readonly=True),
        ),
        unknown_key=("MaxChargingProfilesInstalled",),
    )

    assert v16_commands.capability_told(answer) == ChargingAbility(max_stack_level=9)
    assert v16_commands.capability_told(GetConfigurationResponse()) == ChargingAbility()
    told = ability_of_report(
        {"SupportsDynamicProfiles": "true", "PeriodsPerSchedule": "x", "ProfileStackLevel": "3"}
    )
    assert told == ChargingAbility(is_dynamic=True, max_stack_level=3)


def test_questions_and_stops_are_sound_messages() -> None:
    written(v16_commands.capability_asked(), OcppVersion.V16)
    written(v16_commands.stopped("7"), OcppVersion.V16)
    for version in (OcppVersion.V201, OcppVersion.V21):
        written(v2x_commands.capability_asked(1, version), version)
        written(v2x_commands.stopped("tx", version), version)


def test_a_command_is_divided_among_stations_and_falls_go_first() -> None:
    command = SetLimits(
        time_s=NOON_S,
        evses=np.array([3, 4, 9]),
        limit_a=np.array([16.0, 6.0, 8.0]),
        lease_until_s=np.array([NOON_S + 300.0] * 3),
        serial=np.array([11, 12, 13]),
    )

    limits = station_limits(command, {3: ("CP1", 1), 4: ("CP1", 2)})

    assert [(limit.number, limit.limit_a, limit.serial) for limit in limits] == [(2, 6.0, 12), (1, 16.0, 11)]
    event = acknowledged(limits[0].evse, limits[0].serial, NOON_S)
    assert (event.evses[0], event.serial[0]) == (4, 12)


@pytest.mark.parametrize("version", [OcppVersion.V201, OcppVersion.V21])
def test_a_report_in_parts_tells_what_a_2_x_station_can_do(version: OcppVersion) -> None:
    def part(name: str, component: str, *values: tuple[str, str]) -> Any:
        attributes = [{"type": kind, "value": value} for kind, value in values]
        data = {"component": {"name": component}, "variable": {"name": name}, "variableAttribute": attributes}
        payload = {"requestId": 1, "generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0, "reportData": [data]}
        return msgspec.convert(payload, actions(version)["NotifyReport"].request)

    told = v2x_commands.capability_told(
        [
            part("RateUnit", "SmartChargingCtrlr", ("Actual", "A,W")),
            part("ProfileStackLevel", "SmartChargingCtrlr", ("MaxSet", "99"), ("Actual", "4")),
            part("PeriodsPerSchedule", "OtherCtrlr", ("Actual", "50")),
        ]
    )

    assert told == ChargingAbility(units=frozenset(RateUnit), max_stack_level=4, is_unit_told=True)
