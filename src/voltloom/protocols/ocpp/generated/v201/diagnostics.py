"""The messages of block diagnostics of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    CustomerInformationStatusEnumType,
    GenericDeviceModelStatusEnumType,
    GenericStatusEnumType,
    LogEnumType,
    LogStatusEnumType,
    MonitoringBaseEnumType,
    MonitoringCriterionEnumType,
    UploadLogStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import (
    CertificateHashDataType,
    ClearMonitoringResultType,
    ComponentVariableType,
    CustomDataType,
    EventDataType,
    IdTokenType,
    LogParametersType,
    MonitoringDataType,
    SetMonitoringDataType,
    SetMonitoringResultType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class LogStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """LogStatusNotificationRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: UploadLogStatusEnumType
    request_id: int | UnsetType = UNSET


class LogStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """LogStatusNotificationResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyCustomerInformationRequest(Closed, frozen=True, kw_only=True):
    """NotifyCustomerInformationRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    data: Annotated[str, Meta(max_length=512)]
    tbc: bool | UnsetType = UNSET
    seq_no: int
    generated_at: str
    request_id: int


class NotifyCustomerInformationResponse(Closed, frozen=True, kw_only=True):
    """NotifyCustomerInformationResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEventRequest(Closed, frozen=True, kw_only=True):
    """NotifyEventRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    generated_at: str
    tbc: bool | UnsetType = UNSET
    seq_no: int
    event_data: Annotated[tuple[EventDataType, ...], Meta(min_length=1)]


class NotifyEventResponse(Closed, frozen=True, kw_only=True):
    """NotifyEventResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyMonitoringReportRequest(Closed, frozen=True, kw_only=True):
    """NotifyMonitoringReportRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    monitor: Annotated[tuple[MonitoringDataType, ...], Meta(min_length=1)] | UnsetType = UNSET
    request_id: int
    tbc: bool | UnsetType = UNSET
    seq_no: int
    generated_at: str


class NotifyMonitoringReportResponse(Closed, frozen=True, kw_only=True):
    """NotifyMonitoringReportResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ClearVariableMonitoringRequest(Closed, frozen=True, kw_only=True):
    """ClearVariableMonitoringRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: Annotated[tuple[int, ...], Meta(min_length=1)]


class ClearVariableMonitoringResponse(Closed, frozen=True, kw_only=True):
    """ClearVariableMonitoringResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    clear_monitoring_result: Annotated[tuple[ClearMonitoringResultType, ...], Meta(min_length=1)]


class CustomerInformationRequest(Closed, frozen=True, kw_only=True):
    """CustomerInformationRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    customer_certificate: CertificateHashDataType | UnsetType = UNSET
    id_token: IdTokenType | UnsetType = UNSET
    request_id: int
    report: bool
    clear: bool
    customer_identifier: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class CustomerInformationResponse(Closed, frozen=True, kw_only=True):
    """CustomerInformationResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: CustomerInformationStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class GetLogRequest(Closed, frozen=True, kw_only=True):
    """GetLogRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    log: LogParametersType
    log_type: LogEnumType
    request_id: int
    retries: int | UnsetType = UNSET
    retry_interval: int | UnsetType = UNSET


class GetLogResponse(Closed, frozen=True, kw_only=True):
    """GetLogResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: LogStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    filename: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET


class GetMonitoringReportRequest(Closed, frozen=True, kw_only=True):
    """GetMonitoringReportRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    component_variable: Annotated[tuple[ComponentVariableType, ...], Meta(min_length=1)] | UnsetType = UNSET
    request_id: int
    monitoring_criteria: (
        Annotated[tuple[MonitoringCriterionEnumType, ...], Meta(min_length=1, max_length=3)] | UnsetType
    ) = UNSET


class GetMonitoringReportResponse(Closed, frozen=True, kw_only=True):
    """GetMonitoringReportResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GenericDeviceModelStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class SetMonitoringBaseRequest(Closed, frozen=True, kw_only=True):
    """SetMonitoringBaseRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    monitoring_base: MonitoringBaseEnumType


class SetMonitoringBaseResponse(Closed, frozen=True, kw_only=True):
    """SetMonitoringBaseResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GenericDeviceModelStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class SetMonitoringLevelRequest(Closed, frozen=True, kw_only=True):
    """SetMonitoringLevelRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    severity: int


class SetMonitoringLevelResponse(Closed, frozen=True, kw_only=True):
    """SetMonitoringLevelResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class SetVariableMonitoringRequest(Closed, frozen=True, kw_only=True):
    """SetVariableMonitoringRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    set_monitoring_data: Annotated[tuple[SetMonitoringDataType, ...], Meta(min_length=1)]


class SetVariableMonitoringResponse(Closed, frozen=True, kw_only=True):
    """SetVariableMonitoringResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    set_monitoring_result: Annotated[tuple[SetMonitoringResultType, ...], Meta(min_length=1)]
