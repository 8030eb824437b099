"""The messages of block smart charging of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    ChargingLimitSourceEnumType,
    ChargingProfileStatusEnumType,
    ChargingRateUnitEnumType,
    ClearChargingProfileStatusEnumType,
    GenericStatusEnumType,
    GetChargingProfileStatusEnumType,
    NotifyEVChargingNeedsStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import (
    ChargingLimitType,
    ChargingNeedsType,
    ChargingProfileCriterionType,
    ChargingProfileType,
    ChargingScheduleType,
    ClearChargingProfileType,
    CompositeScheduleType,
    CustomDataType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class ClearedChargingLimitRequest(Closed, frozen=True, kw_only=True):
    """ClearedChargingLimitRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    charging_limit_source: ChargingLimitSourceEnumType
    evse_id: int | UnsetType = UNSET


class ClearedChargingLimitResponse(Closed, frozen=True, kw_only=True):
    """ClearedChargingLimitResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyChargingLimitRequest(Closed, frozen=True, kw_only=True):
    """NotifyChargingLimitRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    charging_schedule: Annotated[tuple[ChargingScheduleType, ...], Meta(min_length=1)] | UnsetType = UNSET
    evse_id: int | UnsetType = UNSET
    charging_limit: ChargingLimitType


class NotifyChargingLimitResponse(Closed, frozen=True, kw_only=True):
    """NotifyChargingLimitResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEVChargingNeedsRequest(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingNeedsRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    max_schedule_tuples: int | UnsetType = UNSET
    charging_needs: ChargingNeedsType
    evse_id: int


class NotifyEVChargingNeedsResponse(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingNeedsResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: NotifyEVChargingNeedsStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class NotifyEVChargingScheduleRequest(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingScheduleRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    time_base: str
    charging_schedule: ChargingScheduleType
    evse_id: int


class NotifyEVChargingScheduleResponse(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingScheduleResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class ReportChargingProfilesRequest(Closed, frozen=True, kw_only=True):
    """ReportChargingProfilesRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    request_id: int
    charging_limit_source: ChargingLimitSourceEnumType
    charging_profile: Annotated[tuple[ChargingProfileType, ...], Meta(min_length=1)]
    tbc: bool | UnsetType = UNSET
    evse_id: int


class ReportChargingProfilesResponse(Closed, frozen=True, kw_only=True):
    """ReportChargingProfilesResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ClearChargingProfileRequest(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    charging_profile_id: int | UnsetType = UNSET
    charging_profile_criteria: ClearChargingProfileType | UnsetType = UNSET


class ClearChargingProfileResponse(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: ClearChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class GetChargingProfilesRequest(Closed, frozen=True, kw_only=True):
    """GetChargingProfilesRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    request_id: int
    evse_id: int | UnsetType = UNSET
    charging_profile: ChargingProfileCriterionType


class GetChargingProfilesResponse(Closed, frozen=True, kw_only=True):
    """GetChargingProfilesResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GetChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class GetCompositeScheduleRequest(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    duration: int
    charging_rate_unit: ChargingRateUnitEnumType | UnsetType = UNSET
    evse_id: int


class GetCompositeScheduleResponse(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    schedule: CompositeScheduleType | UnsetType = UNSET


class SetChargingProfileRequest(Closed, frozen=True, kw_only=True):
    """SetChargingProfileRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse_id: int
    charging_profile: ChargingProfileType


class SetChargingProfileResponse(Closed, frozen=True, kw_only=True):
    """SetChargingProfileResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: ChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
