"""Charging profiles between OCPP's words and the stack: what is read, what is refused and why, what is told back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from msgspec import UNSET

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.protocols.ocpp.tenths import whole_tenths
from voltloom.protocols.ocpp.timestamps import read_ahead, stamp_text
from voltloom.virtual.profile_stack import Kind, Period, Profile, Purpose

_PURPOSES: Final[Mapping[str, Purpose]] = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "ChargingStationMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.DEFAULT,
    "TxProfile": Purpose.TRANSACTION,
}


class ProfileAbility(NamedTuple):
    """What a station takes. refuses: purposes that it turns down whatever they say. follows_setpoints: 2.1, it feeds back."""

    units: frozenset[RateUnit] = frozenset({RateUnit.A})
    max_stack_level: int = 8
    max_periods: int = 24
    max_profiles: int = 20
    is_dynamic: bool = True
    refuses: frozenset[Purpose] = frozenset()
    follows_setpoints: bool = False


class Refused(NamedTuple):
    """A profile that is not taken, by a reason code of 2.x."""

    why: str


def purpose_of(word: str) -> Purpose | None:
    """Return the purpose of a word of any version, None for one that a station here does not hold."""
    return _PURPOSES.get(word)


def profile_of(
    told: Any, number: int, ability: ProfileAbility, version: OcppVersion, now_s: float
) -> Profile | Refused:
    """Return the profile that a message's struct tells. number: the outlet it is for."""
    is_v16 = version is OcppVersion.V16
    schedule = told.charging_schedule if is_v16 else told.charging_schedule[0]
    purpose = purpose_of(told.charging_profile_purpose)
    if purpose is None or purpose in ability.refuses:
        return Refused("UnsupportedPurpose")
    kind = _kind(told)
    periods = tuple(_period(period) for period in schedule.charging_schedule_period)
    profile = Profile(
        profile_id=told.charging_profile_id if is_v16 else told.id,
        number=number,
        purpose=purpose,
        stack_level=told.stack_level,
        kind=kind,
        unit=RateUnit(schedule.charging_rate_unit),
        periods=periods,
        start_s=_moment_s(schedule.start_schedule, math.nan),
        duration_s=math.inf if schedule.duration is UNSET else float(schedule.duration),
        valid_from_s=_moment_s(told.valid_from, -math.inf),
        valid_to_s=_moment_s(told.valid_to, math.inf),
        transaction_id="" if told.transaction_id is UNSET else str(told.transaction_id),
    )
    if version is OcppVersion.V21:
        profile = _with_offline(profile, told)
    why = _wrong(profile, ability, is_v16=is_v16)
    if not why and profile.valid_to_s <= now_s:
        why = "InvalidProfile"
    return Refused(why) if why else profile


def period_words(periods: tuple[Period, ...], unit: RateUnit, w_per_a: float) -> list[dict[str, object]]:
    """Return a composite schedule's periods as OCPP writes them, rounded down to a tenth."""
    factor = 1.0 if unit is RateUnit.A else w_per_a
    rounded = [(period.start_s, period.limit_a_or_w * factor) for period in periods]
    return [_period_told(start_s, math.copysign(whole_tenths(abs(said)), said)) for start_s, said in rounded]


def profile_told(profile: Profile) -> dict[str, object]:
    """Return a profile that a station holds as 2.x writes it."""
    is_recurring = profile.kind in (Kind.DAILY, Kind.WEEKLY)
    schedule: dict[str, object] = {
        "id": profile.profile_id,
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": [
            _period_told(period.start_s, period.limit_a_or_w) for period in profile.periods
        ],
    }
    if not math.isnan(profile.start_s):
        schedule["startSchedule"] = stamp_text(profile.start_s)
    if profile.duration_s != math.inf:
        schedule["duration"] = int(profile.duration_s)
    told: dict[str, object] = {
        "id": profile.profile_id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": "Recurring" if is_recurring else profile.kind.value,
        "chargingSchedule": [schedule],
    }
    if is_recurring:
        told["recurrencyKind"] = profile.kind.value
    if profile.valid_from_s != -math.inf:
        told["validFrom"] = stamp_text(profile.valid_from_s)
    if profile.valid_to_s != math.inf:
        told["validTo"] = stamp_text(profile.valid_to_s)
    if profile.transaction_id:
        told["transactionId"] = profile.transaction_id
    return told


def _kind(told: Any) -> Kind:
    if told.charging_profile_kind == "Recurring":
        return Kind.WEEKLY if told.recurrency_kind == "Weekly" else Kind.DAILY
    return Kind(told.charging_profile_kind)


def _period(told: Any) -> Period:
    """Return a period as it is told; NaN for one that makes no sense here (2.1 Q: limits and setpoints by operation mode)."""
    mode, start_s = getattr(told, "operation_mode", UNSET), float(told.start_period)
    limit: float = math.inf if told.limit is UNSET else told.limit
    if mode in (UNSET, "ChargingOnly"):
        return Period(start_s, math.nan if told.limit is UNSET else limit)
    if mode != "CentralSetpoint" or told.setpoint is UNSET:
        return Period(start_s, math.nan)
    least = -math.inf if told.discharge_limit is UNSET else told.discharge_limit
    return Period(start_s, told.setpoint if least <= told.setpoint <= limit else math.nan)


def _period_told(start_s: float, limit_a_or_w: float) -> dict[str, object]:
    told: dict[str, object] = {"startPeriod": int(start_s), "limit": max(0.0, limit_a_or_w)}
    if limit_a_or_w < 0.0:
        told |= {"setpoint": limit_a_or_w, "operationMode": "CentralSetpoint"}
    return told


def _with_offline(profile: Profile, told: Any) -> Profile:
    if told.max_offline_duration is UNSET:
        return profile
    return profile._replace(
        max_offline_s=float(told.max_offline_duration),
        is_invalid_after_offline=told.invalid_after_offline_duration is True,
    )


def _moment_s(text: Any, otherwise_s: float) -> float:
    return otherwise_s if text is UNSET else read_ahead(text)


def _wrong(profile: Profile, ability: ProfileAbility, *, is_v16: bool) -> str:
    """Return why a profile is not taken, "" where nothing speaks against it. Source: OCPP 2.0.1 K01.FR.16 to .53."""
    needs_start = profile.kind in (Kind.DAILY, Kind.WEEKLY) or (profile.kind is Kind.ABSOLUTE and not is_v16)
    starts = [period.start_s for period in profile.periods]
    may_feed_back = ability.follows_setpoints and profile.purpose is Purpose.TRANSACTION
    least = -math.inf if may_feed_back else 0.0
    rules = (
        (not starts or starts[0] != 0.0 or starts != sorted(set(starts)), "InvalidSchedule"),
        (not all(period.limit_a_or_w >= least for period in profile.periods), "InvalidSchedule"),
        (needs_start and math.isnan(profile.start_s), "InvalidSchedule"),
        (profile.kind is Kind.RELATIVE and not math.isnan(profile.start_s) and not is_v16, "InvalidSchedule"),
        (math.isnan(profile.valid_from_s) or math.isnan(profile.valid_to_s), "InvalidProfile"),
        (profile.kind is Kind.DYNAMIC and not ability.is_dynamic, "UnsupportedKind"),
        (profile.stack_level > ability.max_stack_level, "InvalidStackLevel"),
        (len(starts) > ability.max_periods, "InvalidSchedule"),
        (profile.unit not in ability.units, "UnsupportedRateUnit"),
        (profile.purpose is Purpose.STATION_MAX and profile.number != 0, "InvalidProfile"),
        (profile.purpose is Purpose.STATION_MAX and profile.kind is Kind.RELATIVE, "InvalidProfile"),
        (profile.purpose is Purpose.TRANSACTION and profile.number == 0, "InvalidProfile"),
    )
    return next((why for is_wrong, why in rules if is_wrong), "")
