"""The messages of block provisioning of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    BootReasonEnumType,
    ComponentCriterionEnumType,
    GenericDeviceModelStatusEnumType,
    RegistrationStatusEnumType,
    ReportBaseEnumType,
    ResetEnumType,
    ResetStatusEnumType,
    SetNetworkProfileStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    ChargingStationType,
    ComponentVariableType,
    CustomDataType,
    GetVariableDataType,
    GetVariableResultType,
    NetworkConnectionProfileType,
    ReportDataType,
    SetVariableDataType,
    SetVariableResultType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class BootNotificationRequest(Closed, frozen=True, kw_only=True):
    """BootNotificationRequest of OCPP 2.1."""

    charging_station: ChargingStationType
    reason: BootReasonEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class BootNotificationResponse(Closed, frozen=True, kw_only=True):
    """BootNotificationResponse of OCPP 2.1."""

    current_time: str
    interval: int
    status: RegistrationStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyReportRequest(Closed, frozen=True, kw_only=True):
    """NotifyReportRequest of OCPP 2.1."""

    request_id: int
    generated_at: str
    report_data: Annotated[tuple[ReportDataType, ...], Meta(min_length=1)] | UnsetType = UNSET
    tbc: bool | UnsetType = UNSET
    seq_no: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyReportResponse(Closed, frozen=True, kw_only=True):
    """NotifyReportResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class GetBaseReportRequest(Closed, frozen=True, kw_only=True):
    """GetBaseReportRequest of OCPP 2.1."""

    request_id: int
    report_base: ReportBaseEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class GetBaseReportResponse(Closed, frozen=True, kw_only=True):
    """GetBaseReportResponse of OCPP 2.1."""

    status: GenericDeviceModelStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetReportRequest(Closed, frozen=True, kw_only=True):
    """GetReportRequest of OCPP 2.1."""

    component_variable: Annotated[tuple[ComponentVariableType, ...], Meta(min_length=1)] | UnsetType = UNSET
    request_id: int
    component_criteria: (
        Annotated[tuple[ComponentCriterionEnumType, ...], Meta(min_length=1, max_length=4)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetReportResponse(Closed, frozen=True, kw_only=True):
    """GetReportResponse of OCPP 2.1."""

    status: GenericDeviceModelStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetVariablesRequest(Closed, frozen=True, kw_only=True):
    """GetVariablesRequest of OCPP 2.1."""

    get_variable_data: Annotated[tuple[GetVariableDataType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class GetVariablesResponse(Closed, frozen=True, kw_only=True):
    """GetVariablesResponse of OCPP 2.1."""

    get_variable_result: Annotated[tuple[GetVariableResultType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class ResetRequest(Closed, frozen=True, kw_only=True):
    """ResetRequest of OCPP 2.1."""

    type: ResetEnumType
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ResetResponse(Closed, frozen=True, kw_only=True):
    """ResetResponse of OCPP 2.1."""

    status: ResetStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetNetworkProfileRequest(Closed, frozen=True, kw_only=True):
    """SetNetworkProfileRequest of OCPP 2.1."""

    configuration_slot: int
    connection_data: NetworkConnectionProfileType
    custom_data: CustomDataType | UnsetType = UNSET


class SetNetworkProfileResponse(Closed, frozen=True, kw_only=True):
    """SetNetworkProfileResponse of OCPP 2.1."""

    status: SetNetworkProfileStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetVariablesRequest(Closed, frozen=True, kw_only=True):
    """SetVariablesRequest of OCPP 2.1."""

    set_variable_data: Annotated[tuple[SetVariableDataType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class SetVariablesResponse(Closed, frozen=True, kw_only=True):
    """SetVariablesResponse of OCPP 2.1."""

    set_variable_result: Annotated[tuple[SetVariableResultType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET
