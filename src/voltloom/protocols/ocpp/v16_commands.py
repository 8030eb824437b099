"""The core's commands in the words of OCPP 1.6: limits as charging profiles, the end of a session, questions to ask."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal

from msgspec import UNSET

from voltloom.protocols.ocpp.generated.v16 import core, smart_charging
from voltloom.protocols.ocpp.generated.v16.smart_charging import (
    SetChargingProfileCsChargingProfiles as Profile,
)
from voltloom.protocols.ocpp.generated.v16.smart_charging import (
    SetChargingProfileCsChargingProfilesChargingSchedule as Schedule,
)
from voltloom.protocols.ocpp.generated.v16.smart_charging import (
    SetChargingProfileCsChargingProfilesChargingScheduleChargingSchedulePeriod as Period,
)
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.protocols.ocpp.profiles import (
    CannotBeSafe,
    ChargingAbility,
    LimitOrder,
    ProfilePlan,
    Purpose,
    ability_of_configuration,
    leased,
)
from voltloom.protocols.ocpp.timestamps import stamp_text

_PurposeWord = Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
_PURPOSES: Final = MappingProxyType[Purpose, _PurposeWord](
    {
        Purpose.TRANSACTION: "TxProfile",
        Purpose.DEFAULT: "TxDefaultProfile",
        Purpose.STATION_MAX: "ChargePointMaxProfile",
    }
)
# What tells how a station can be limited; asked for by name, for some stations list nothing when asked for all.
CAPABILITY_KEYS: Final = (
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "MaxChargingProfilesInstalled",
    "ConnectorSwitch3to1PhaseSupported",
)


def limited(order: LimitOrder, ability: ChargingAbility) -> Prepared:
    """Return the CALL that sets a leased limit.

    Raises CannotBeSafe where the station could hold it without an end, and for what is to be fed back: 1.6 has no word for it.
    """
    if order.limit_a < 0.0:
        raise CannotBeSafe(f"outlet {order.number}: OCPP 1.6 has no word for feeding back")
    return profile_call(leased(order, ability))


def profile_call(plan: ProfilePlan) -> Prepared:
    """Return the SetChargingProfile of a plan. Its schedule is absolute: some stations take no other kind."""
    phases = plan.phases_count or UNSET
    schedule = Schedule(
        duration=UNSET if plan.duration_s is None else plan.duration_s,
        start_schedule=stamp_text(plan.start_s),
        charging_rate_unit=plan.unit.value,
        charging_schedule_period=tuple(
            Period(start_period=start_s, limit=limit, number_phases=phases) for start_s, limit in plan.periods
        ),
    )
    profile = Profile(
        charging_profile_id=plan.profile_id,
        transaction_id=int(plan.transaction_id) if plan.transaction_id else UNSET,
        stack_level=plan.stack_level,
        charging_profile_purpose=_PURPOSES[plan.purpose],
        charging_profile_kind="Absolute",
        charging_schedule=schedule,
    )
    payload = smart_charging.SetChargingProfileRequest(connector_id=plan.number, cs_charging_profiles=profile)
    return Prepared("SetChargingProfile", payload, key=f"limit/{plan.profile_id}")


def stopped(transaction_id: str) -> Prepared:
    """Return the CALL that ends a transaction."""
    payload = core.RemoteStopTransactionRequest(transaction_id=int(transaction_id))
    return Prepared("RemoteStopTransaction", payload)


def capability_asked() -> Prepared:
    """Return the CALL that asks what a station can do about limits."""
    return Prepared("GetConfiguration", core.GetConfigurationRequest(key=CAPABILITY_KEYS))


def capability_told(answer: core.GetConfigurationResponse) -> ChargingAbility:
    """Return what a station can do by its answer; unknown keys and empty values count as the least."""
    keys = () if answer.configuration_key is UNSET else answer.configuration_key
    return ability_of_configuration({key.key: key.value for key in keys if key.value is not UNSET})


def is_accepted(answer: smart_charging.SetChargingProfileResponse) -> bool:
    """Return whether a station took a profile. It may not obey it all the same."""
    return answer.status == "Accepted"
