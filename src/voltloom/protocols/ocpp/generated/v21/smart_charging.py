"""The messages of block smart charging of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    ChargingProfileStatusEnumType,
    ChargingRateUnitEnumType,
    ClearChargingProfileStatusEnumType,
    EnergyTransferModeEnumType,
    GenericStatusEnumType,
    GetChargingProfileStatusEnumType,
    NotifyAllowedEnergyTransferStatusEnumType,
    NotifyEVChargingNeedsStatusEnumType,
    PriorityChargingStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    ChargingLimitType,
    ChargingNeedsType,
    ChargingProfileCriterionType,
    ChargingProfileType,
    ChargingScheduleType,
    ChargingScheduleUpdateType,
    ClearChargingProfileType,
    CompositeScheduleType,
    CustomDataType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class ClearedChargingLimitRequest(Closed, frozen=True, kw_only=True):
    """ClearedChargingLimitRequest of OCPP 2.1."""

    charging_limit_source: Annotated[str, Meta(max_length=20)]
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearedChargingLimitResponse(Closed, frozen=True, kw_only=True):
    """ClearedChargingLimitResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyChargingLimitRequest(Closed, frozen=True, kw_only=True):
    """NotifyChargingLimitRequest of OCPP 2.1."""

    charging_schedule: Annotated[tuple[ChargingScheduleType, ...], Meta(min_length=1)] | UnsetType = UNSET
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    charging_limit: ChargingLimitType
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyChargingLimitResponse(Closed, frozen=True, kw_only=True):
    """NotifyChargingLimitResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEVChargingNeedsRequest(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingNeedsRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=1)]
    max_schedule_tuples: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    charging_needs: ChargingNeedsType
    timestamp: str | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEVChargingNeedsResponse(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingNeedsResponse of OCPP 2.1."""

    status: NotifyEVChargingNeedsStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEVChargingScheduleRequest(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingScheduleRequest of OCPP 2.1."""

    time_base: str
    charging_schedule: ChargingScheduleType
    evse_id: Annotated[int, Meta(ge=1)]
    selected_charging_schedule_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    power_tolerance_acceptance: bool | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEVChargingScheduleResponse(Closed, frozen=True, kw_only=True):
    """NotifyEVChargingScheduleResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ReportChargingProfilesRequest(Closed, frozen=True, kw_only=True):
    """ReportChargingProfilesRequest of OCPP 2.1."""

    request_id: int
    charging_limit_source: Annotated[str, Meta(max_length=20)]
    charging_profile: Annotated[tuple[ChargingProfileType, ...], Meta(min_length=1)]
    tbc: bool | UnsetType = UNSET
    evse_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class ReportChargingProfilesResponse(Closed, frozen=True, kw_only=True):
    """ReportChargingProfilesResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyPriorityChargingRequest(Closed, frozen=True, kw_only=True):
    """NotifyPriorityChargingRequest of OCPP 2.1."""

    transaction_id: Annotated[str, Meta(max_length=36)]
    activated: bool
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyPriorityChargingResponse(Closed, frozen=True, kw_only=True):
    """NotifyPriorityChargingResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class PullDynamicScheduleUpdateRequest(Closed, frozen=True, kw_only=True):
    """PullDynamicScheduleUpdateRequest of OCPP 2.1."""

    charging_profile_id: int
    custom_data: CustomDataType | UnsetType = UNSET


class PullDynamicScheduleUpdateResponse(Closed, frozen=True, kw_only=True):
    """PullDynamicScheduleUpdateResponse of OCPP 2.1."""

    schedule_update: ChargingScheduleUpdateType | UnsetType = UNSET
    status: ChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearChargingProfileRequest(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileRequest of OCPP 2.1."""

    charging_profile_id: int | UnsetType = UNSET
    charging_profile_criteria: ClearChargingProfileType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearChargingProfileResponse(Closed, frozen=True, kw_only=True):
    """ClearChargingProfileResponse of OCPP 2.1."""

    status: ClearChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetChargingProfilesRequest(Closed, frozen=True, kw_only=True):
    """GetChargingProfilesRequest of OCPP 2.1."""

    request_id: int
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    charging_profile: ChargingProfileCriterionType
    custom_data: CustomDataType | UnsetType = UNSET


class GetChargingProfilesResponse(Closed, frozen=True, kw_only=True):
    """GetChargingProfilesResponse of OCPP 2.1."""

    status: GetChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetCompositeScheduleRequest(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleRequest of OCPP 2.1."""

    duration: int
    charging_rate_unit: ChargingRateUnitEnumType | UnsetType = UNSET
    evse_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class GetCompositeScheduleResponse(Closed, frozen=True, kw_only=True):
    """GetCompositeScheduleResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    schedule: CompositeScheduleType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetChargingProfileRequest(Closed, frozen=True, kw_only=True):
    """SetChargingProfileRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    charging_profile: ChargingProfileType
    custom_data: CustomDataType | UnsetType = UNSET


class SetChargingProfileResponse(Closed, frozen=True, kw_only=True):
    """SetChargingProfileResponse of OCPP 2.1."""

    status: ChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class AFRRSignalRequest(Closed, frozen=True, kw_only=True):
    """AFRRSignalRequest of OCPP 2.1."""

    timestamp: str
    signal: int
    custom_data: CustomDataType | UnsetType = UNSET


class AFRRSignalResponse(Closed, frozen=True, kw_only=True):
    """AFRRSignalResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyAllowedEnergyTransferRequest(Closed, frozen=True, kw_only=True):
    """NotifyAllowedEnergyTransferRequest of OCPP 2.1."""

    transaction_id: Annotated[str, Meta(max_length=36)]
    allowed_energy_transfer: Annotated[tuple[EnergyTransferModeEnumType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyAllowedEnergyTransferResponse(Closed, frozen=True, kw_only=True):
    """NotifyAllowedEnergyTransferResponse of OCPP 2.1."""

    status: NotifyAllowedEnergyTransferStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class UpdateDynamicScheduleRequest(Closed, frozen=True, kw_only=True):
    """UpdateDynamicScheduleRequest of OCPP 2.1."""

    charging_profile_id: int
    schedule_update: ChargingScheduleUpdateType
    custom_data: CustomDataType | UnsetType = UNSET


class UpdateDynamicScheduleResponse(Closed, frozen=True, kw_only=True):
    """UpdateDynamicScheduleResponse of OCPP 2.1."""

    status: ChargingProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class UsePriorityChargingRequest(Closed, frozen=True, kw_only=True):
    """UsePriorityChargingRequest of OCPP 2.1."""

    transaction_id: Annotated[str, Meta(max_length=36)]
    activate: bool
    custom_data: CustomDataType | UnsetType = UNSET


class UsePriorityChargingResponse(Closed, frozen=True, kw_only=True):
    """UsePriorityChargingResponse of OCPP 2.1."""

    status: PriorityChargingStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
