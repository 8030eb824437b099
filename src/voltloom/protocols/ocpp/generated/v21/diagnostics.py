"""The messages of block diagnostics of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    CustomerInformationStatusEnumType,
    GenericDeviceModelStatusEnumType,
    GenericStatusEnumType,
    LogEnumType,
    LogStatusEnumType,
    MonitoringBaseEnumType,
    MonitoringCriterionEnumType,
    UploadLogStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    CertificateHashDataType,
    ClearMonitoringResultType,
    ComponentVariableType,
    ConstantStreamDataType,
    CustomDataType,
    EventDataType,
    IdTokenType,
    LogParametersType,
    MonitoringDataType,
    PeriodicEventStreamParamsType,
    SetMonitoringDataType,
    SetMonitoringResultType,
    StatusInfoType,
    StreamDataElementType,
)
from voltloom.protocols.ocpp.message import Closed


class LogStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """LogStatusNotificationRequest of OCPP 2.1."""

    status: UploadLogStatusEnumType
    request_id: int | UnsetType = UNSET
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class LogStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """LogStatusNotificationResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyCustomerInformationRequest(Closed, frozen=True, kw_only=True):
    """NotifyCustomerInformationRequest of OCPP 2.1."""

    data: Annotated[str, Meta(max_length=512)]
    tbc: bool | UnsetType = UNSET
    seq_no: Annotated[int, Meta(ge=0)]
    generated_at: str
    request_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyCustomerInformationResponse(Closed, frozen=True, kw_only=True):
    """NotifyCustomerInformationResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEventRequest(Closed, frozen=True, kw_only=True):
    """NotifyEventRequest of OCPP 2.1."""

    generated_at: str
    tbc: bool | UnsetType = UNSET
    seq_no: Annotated[int, Meta(ge=0)]
    event_data: Annotated[tuple[EventDataType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyEventResponse(Closed, frozen=True, kw_only=True):
    """NotifyEventResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyMonitoringReportRequest(Closed, frozen=True, kw_only=True):
    """NotifyMonitoringReportRequest of OCPP 2.1."""

    monitor: Annotated[tuple[MonitoringDataType, ...], Meta(min_length=1)] | UnsetType = UNSET
    request_id: int
    tbc: bool | UnsetType = UNSET
    seq_no: Annotated[int, Meta(ge=0)]
    generated_at: str
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyMonitoringReportResponse(Closed, frozen=True, kw_only=True):
    """NotifyMonitoringReportResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ClosePeriodicEventStreamRequest(Closed, frozen=True, kw_only=True):
    """ClosePeriodicEventStreamRequest of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class ClosePeriodicEventStreamResponse(Closed, frozen=True, kw_only=True):
    """ClosePeriodicEventStreamResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyPeriodicEventStreamRequest(Closed, frozen=True, kw_only=True):
    """NotifyPeriodicEventStreamRequest of OCPP 2.1."""

    data: Annotated[tuple[StreamDataElementType, ...], Meta(min_length=1)]
    id: Annotated[int, Meta(ge=0)]
    pending: Annotated[int, Meta(ge=0)]
    basetime: str
    custom_data: CustomDataType | UnsetType = UNSET


class OpenPeriodicEventStreamRequest(Closed, frozen=True, kw_only=True):
    """OpenPeriodicEventStreamRequest of OCPP 2.1."""

    constant_stream_data: ConstantStreamDataType
    custom_data: CustomDataType | UnsetType = UNSET


class OpenPeriodicEventStreamResponse(Closed, frozen=True, kw_only=True):
    """OpenPeriodicEventStreamResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearVariableMonitoringRequest(Closed, frozen=True, kw_only=True):
    """ClearVariableMonitoringRequest of OCPP 2.1."""

    id: Annotated[tuple[Annotated[int, Meta(ge=0)], ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class ClearVariableMonitoringResponse(Closed, frozen=True, kw_only=True):
    """ClearVariableMonitoringResponse of OCPP 2.1."""

    clear_monitoring_result: Annotated[tuple[ClearMonitoringResultType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class CustomerInformationRequest(Closed, frozen=True, kw_only=True):
    """CustomerInformationRequest of OCPP 2.1."""

    customer_certificate: CertificateHashDataType | UnsetType = UNSET
    id_token: IdTokenType | UnsetType = UNSET
    request_id: Annotated[int, Meta(ge=0)]
    report: bool
    clear: bool
    customer_identifier: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CustomerInformationResponse(Closed, frozen=True, kw_only=True):
    """CustomerInformationResponse of OCPP 2.1."""

    status: CustomerInformationStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetLogRequest(Closed, frozen=True, kw_only=True):
    """GetLogRequest of OCPP 2.1."""

    log: LogParametersType
    log_type: LogEnumType
    request_id: int
    retries: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    retry_interval: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetLogResponse(Closed, frozen=True, kw_only=True):
    """GetLogResponse of OCPP 2.1."""

    status: LogStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    filename: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetMonitoringReportRequest(Closed, frozen=True, kw_only=True):
    """GetMonitoringReportRequest of OCPP 2.1."""

    component_variable: Annotated[tuple[ComponentVariableType, ...], Meta(min_length=1)] | UnsetType = UNSET
    request_id: int
    monitoring_criteria: (
        Annotated[tuple[MonitoringCriterionEnumType, ...], Meta(min_length=1, max_length=3)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetMonitoringReportResponse(Closed, frozen=True, kw_only=True):
    """GetMonitoringReportResponse of OCPP 2.1."""

    status: GenericDeviceModelStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetMonitoringBaseRequest(Closed, frozen=True, kw_only=True):
    """SetMonitoringBaseRequest of OCPP 2.1."""

    monitoring_base: MonitoringBaseEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class SetMonitoringBaseResponse(Closed, frozen=True, kw_only=True):
    """SetMonitoringBaseResponse of OCPP 2.1."""

    status: GenericDeviceModelStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetMonitoringLevelRequest(Closed, frozen=True, kw_only=True):
    """SetMonitoringLevelRequest of OCPP 2.1."""

    severity: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class SetMonitoringLevelResponse(Closed, frozen=True, kw_only=True):
    """SetMonitoringLevelResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetVariableMonitoringRequest(Closed, frozen=True, kw_only=True):
    """SetVariableMonitoringRequest of OCPP 2.1."""

    set_monitoring_data: Annotated[tuple[SetMonitoringDataType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class SetVariableMonitoringResponse(Closed, frozen=True, kw_only=True):
    """SetVariableMonitoringResponse of OCPP 2.1."""

    set_monitoring_result: Annotated[tuple[SetMonitoringResultType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class AdjustPeriodicEventStreamRequest(Closed, frozen=True, kw_only=True):
    """AdjustPeriodicEventStreamRequest of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)]
    params: PeriodicEventStreamParamsType
    custom_data: CustomDataType | UnsetType = UNSET


class AdjustPeriodicEventStreamResponse(Closed, frozen=True, kw_only=True):
    """AdjustPeriodicEventStreamResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetPeriodicEventStreamRequest(Closed, frozen=True, kw_only=True):
    """GetPeriodicEventStreamRequest of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class GetPeriodicEventStreamResponse(Closed, frozen=True, kw_only=True):
    """GetPeriodicEventStreamResponse of OCPP 2.1."""

    constant_stream_data: Annotated[tuple[ConstantStreamDataType, ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    custom_data: CustomDataType | UnsetType = UNSET
