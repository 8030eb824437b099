"""The core's commands in the words of OCPP 2.0.1 and 2.1: leased profiles, dynamic schedules, questions to ask."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any, Final

from msgspec import UNSET

from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.generated.v21 import smart_charging as v21_smart_charging
from voltloom.protocols.ocpp.generated.v21 import types as v21_types
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.protocols.ocpp.profiles import (
    CannotBeSafe,
    ChargingAbility,
    LimitOrder,
    ProfilePlan,
    Purpose,
    ability_of_report,
    leased,
    limit_in,
    profile_id,
    purpose_of,
)
from voltloom.protocols.ocpp.timestamps import stamp_text

_PURPOSES: Final = MappingProxyType(
    {
        Purpose.TRANSACTION: "TxProfile",
        Purpose.DEFAULT: "TxDefaultProfile",
        Purpose.STATION_MAX: "ChargingStationMaxProfile",
    }
)


def limited(order: LimitOrder, ability: ChargingAbility, version: OcppVersion) -> Prepared:
    """Return the CALL that sets a limit: in 2.1 an update of a dynamic schedule where the station can, else a profile.

    Raises CannotBeSafe where the station could hold the limit without an end, or knows no setpoint (2.0.1).
    """
    if order.limit_a < 0.0 and version is not OcppVersion.V21:
        raise CannotBeSafe(f"outlet {order.number}: {version.value} has no word for feeding back")
    if not is_dynamic(order, ability, version):
        return profile_call(leased(order, ability), version)
    limit_a_or_w = limit_in(ability.unit_for(order.outlet), order.limit_a, order)
    if may_be_updated(order):
        update = v21_smart_charging.UpdateDynamicScheduleRequest(
            charging_profile_id=profile_id(Purpose.TRANSACTION, order.number),
            schedule_update=v21_types.ChargingScheduleUpdateType(limit=limit_a_or_w),
        )
        return Prepared("UpdateDynamicSchedule", update, key=f"limit/{update.charging_profile_id}")
    return _dynamic_call(order, ability, limit_a_or_w)


def is_dynamic(order: LimitOrder, ability: ChargingAbility, version: OcppVersion) -> bool:
    """Return whether an order goes into a dynamic profile; what is fed back never does, for its schedule must end it."""
    can = version is OcppVersion.V21 and ability.is_dynamic and order.limit_a >= 0.0
    return can and purpose_of(order) is Purpose.TRANSACTION


def profile_call(plan: ProfilePlan, version: OcppVersion) -> Prepared:
    """Return the SetChargingProfile of a plan, with one absolute schedule.

    One that feeds back ends twice, with its schedule and with its validity.
    """
    kinds = _types(version)
    feeds_back = any(limit < 0.0 for _, limit in plan.periods)
    ends: dict[str, str] = {}
    if feeds_back and plan.duration_s is not None:
        ends["valid_to"] = stamp_text(plan.start_s + plan.duration_s)
    schedule = kinds.ChargingScheduleType(
        id=plan.profile_id,
        start_schedule=stamp_text(plan.start_s),
        duration=UNSET if plan.duration_s is None else plan.duration_s,
        charging_rate_unit=plan.unit.value,
        charging_schedule_period=tuple(
            _period(kinds, start_s, limit, plan.phases_count) for start_s, limit in plan.periods
        ),
    )
    profile = kinds.ChargingProfileType(
        id=plan.profile_id,
        stack_level=plan.stack_level,
        charging_profile_purpose=_PURPOSES[plan.purpose],
        charging_profile_kind="Absolute",
        transaction_id=plan.transaction_id or UNSET,
        charging_schedule=(schedule,),
        **ends,
    )
    return _set(version, plan.number, profile)


def _period(kinds: Any, start_s: int, limit_a_or_w: float, phases_count: int) -> Any:
    """Return a period; one below 0 is a setpoint (2.1 Q03), which neither less nor more than itself is left to the station."""
    phases = phases_count or UNSET
    if limit_a_or_w >= 0.0:
        return kinds.ChargingSchedulePeriodType(
            start_period=start_s, limit=limit_a_or_w, number_phases=phases
        )
    return kinds.ChargingSchedulePeriodType(
        start_period=start_s,
        limit=0.0,
        setpoint=limit_a_or_w,
        discharge_limit=limit_a_or_w,
        operation_mode="CentralSetpoint",
        number_phases=phases,
    )


def stopped(transaction_id: str, version: OcppVersion) -> Prepared:
    """Return the CALL that ends a transaction."""
    return Prepared(
        "RequestStopTransaction", _request(version, "RequestStopTransaction")(transaction_id=transaction_id)
    )


def capability_asked(request_id: int, version: OcppVersion) -> Prepared:
    """Return the CALL that asks for everything a station is made of; the parts come as NotifyReport."""
    payload = _request(version, "GetBaseReport")(request_id=request_id, report_base="FullInventory")
    return Prepared("GetBaseReport", payload)


def capability_told(reports: Iterable[Any]) -> ChargingAbility:
    """Return what a station can do by the NotifyReportRequests of its inventory, of either version.

    Of a variable the actual value counts; a target or a bound is not what the station does now. V2X is told by EVSE: one
    that tells it is switched off, or that it follows no setpoint, only charges.
    """
    found: dict[str, str] = {}
    only_charge: set[int] = set()
    for report in reports:
        for entry in () if report.report_data is UNSET else report.report_data:
            name, evse = entry.component.name, entry.component.evse
            for attribute in entry.variable_attribute:
                if attribute.type not in (UNSET, "Actual") or attribute.value is UNSET:
                    continue
                if name == "SmartChargingCtrlr" and evse is UNSET:
                    found[entry.variable.name] = attribute.value
                elif name == "V2XChargingCtrlr" and _denies_setpoints(entry.variable.name, attribute.value):
                    only_charge.add(0 if evse is UNSET else evse.id)
    return ability_of_report(found)._replace(only_charge=frozenset(only_charge))


def _denies_setpoints(variable: str, value: str) -> bool:
    if variable in ("Available", "Enabled"):
        return value.strip().casefold() == "false"
    modes = [mode.strip() for mode in value.split(",")]
    return variable == "SupportedOperationModes" and "CentralSetpoint" not in modes


def is_accepted(answer: Any) -> bool:
    """Return whether a station took a profile or an update of one. It may not obey it all the same."""
    return bool(answer.status == "Accepted")


def may_be_updated(order: LimitOrder) -> bool:
    """Return whether a number goes into the dynamic profile that is there: it ends no later than the lease, nor much earlier."""
    half_way_s = order.now_s + (order.lease_until_s - order.now_s) / 2.0
    return half_way_s <= order.installed_until_s <= order.lease_until_s


def _dynamic_call(order: LimitOrder, ability: ChargingAbility, limit_a_or_w: float) -> Prepared:
    """Return the profile whose limit is then updated. It ends with the lease, whether the link holds or not."""
    lease_s = int(order.lease_until_s - order.now_s)
    if lease_s < 1:
        raise CannotBeSafe(f"outlet {order.number}: the lease ends before it begins")
    identity = profile_id(Purpose.TRANSACTION, order.number)
    schedule = v21_types.ChargingScheduleType(
        id=identity,
        charging_rate_unit=ability.unit_for(order.outlet).value,
        charging_schedule_period=(v21_types.ChargingSchedulePeriodType(start_period=0, limit=limit_a_or_w),),
    )
    profile = v21_types.ChargingProfileType(
        id=identity,
        stack_level=ability.max_stack_level,
        charging_profile_purpose="TxProfile",
        charging_profile_kind="Dynamic",
        transaction_id=order.transaction_id,
        valid_to=stamp_text(order.lease_until_s + order.clock_ahead_s),
        max_offline_duration=lease_s,
        invalid_after_offline_duration=True,
        dyn_update_interval=max(1, lease_s // 2),
        charging_schedule=(schedule,),
    )
    return _set(OcppVersion.V21, order.number, profile)


def _set(version: OcppVersion, number: int, profile: Any) -> Prepared:
    payload = _request(version, "SetChargingProfile")(evse_id=number, charging_profile=profile)
    return Prepared("SetChargingProfile", payload, key=f"limit/{profile.id}")


def _request(version: OcppVersion, action: str) -> Any:
    return actions(version)[action].request


def _types(version: OcppVersion) -> Any:
    if version is OcppVersion.V21:
        return v21_types
    from voltloom.protocols.ocpp.generated.v201 import types as v201_types

    return v201_types
