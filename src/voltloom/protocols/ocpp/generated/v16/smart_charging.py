"""The messages of block smart charging of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Literal

from msgspec import UNSET, UnsetType

from voltloom.protocols.ocpp.message import Closed
from voltloom.protocols.ocpp.tenths import check_tenths


class ClearChargingProfileRequest(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileRequest of OCPP 1.6."""

    id: int | UnsetType = UNSET
    connector_id: int | UnsetType = UNSET
    charging_profile_purpose: (
        Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"] | UnsetType
    ) = UNSET
    stack_level: int | UnsetType = UNSET


class ClearChargingProfileResponse(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileResponse of OCPP 1.6."""

    status: Literal["Accepted", "Unknown"]


class GetCompositeScheduleRequest(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleRequest of OCPP 1.6."""

    connector_id: int
    duration: int
    charging_rate_unit: Literal["A", "W"] | UnsetType = UNSET


class GetCompositeScheduleResponseChargingScheduleChargingSchedulePeriod(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleResponseChargingScheduleChargingSchedulePeriod of OCPP 1.6."""

    start_period: int
    limit: float
    number_phases: int | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_tenths("limit", self.limit)


class GetCompositeScheduleResponseChargingSchedule(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleResponseChargingSchedule of OCPP 1.6."""

    duration: int | UnsetType = UNSET
    start_schedule: str | UnsetType = UNSET
    charging_rate_unit: Literal["A", "W"]
    charging_schedule_period: tuple[GetCompositeScheduleResponseChargingScheduleChargingSchedulePeriod, ...]
    min_charging_rate: float | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_tenths("minChargingRate", self.min_charging_rate)


class GetCompositeScheduleResponse(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected"]
    connector_id: int | UnsetType = UNSET
    schedule_start: str | UnsetType = UNSET
    charging_schedule: GetCompositeScheduleResponseChargingSchedule | UnsetType = UNSET


class SetChargingProfileCsChargingProfilesChargingScheduleChargingSchedulePeriod(
    Closed, frozen=True, kw_only=True
):
    """SetChargingProfileCsChargingProfilesChargingScheduleChargingSchedulePeriod of OCPP 1.6."""

    start_period: int
    limit: float
    number_phases: int | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_tenths("limit", self.limit)


class SetChargingProfileCsChargingProfilesChargingSchedule(Closed, frozen=True, kw_only=True):
    """SetChargingProfileCsChargingProfilesChargingSchedule of OCPP 1.6."""

    duration: int | UnsetType = UNSET
    start_schedule: str | UnsetType = UNSET
    charging_rate_unit: Literal["A", "W"]
    charging_schedule_period: tuple[
        SetChargingProfileCsChargingProfilesChargingScheduleChargingSchedulePeriod, ...
    ]
    min_charging_rate: float | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_tenths("minChargingRate", self.min_charging_rate)


class SetChargingProfileCsChargingProfiles(Closed, frozen=True, kw_only=True):
    """SetChargingProfileCsChargingProfiles of OCPP 1.6."""

    charging_profile_id: int
    transaction_id: int | UnsetType = UNSET
    stack_level: int
    charging_profile_purpose: Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
    charging_profile_kind: Literal["Absolute", "Recurring", "Relative"]
    recurrency_kind: Literal["Daily", "Weekly"] | UnsetType = UNSET
    valid_from: str | UnsetType = UNSET
    valid_to: str | UnsetType = UNSET
    charging_schedule: SetChargingProfileCsChargingProfilesChargingSchedule


class SetChargingProfileRequest(Closed, frozen=True, kw_only=True):
    """SetChargingProfileRequest of OCPP 1.6."""

    connector_id: int
    cs_charging_profiles: SetChargingProfileCsChargingProfiles


class SetChargingProfileResponse(Closed, frozen=True, kw_only=True):
    """SetChargingProfileResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected", "NotSupported"]
