"""The messages of block der control of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    DERControlEnumType,
    DERControlStatusEnumType,
    GridEventFaultEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    CustomDataType,
    DERCurveGetType,
    DERCurveType,
    EnterServiceGetType,
    EnterServiceType,
    FixedPFGetType,
    FixedPFType,
    FixedVarGetType,
    FixedVarType,
    FreqDroopGetType,
    FreqDroopType,
    GradientGetType,
    GradientType,
    LimitMaxDischargeGetType,
    LimitMaxDischargeType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class NotifyDERAlarmRequest(Closed, frozen=True, kw_only=True):
    """NotifyDERAlarmRequest of OCPP 2.1."""

    control_type: DERControlEnumType
    grid_event_fault: GridEventFaultEnumType | UnsetType = UNSET
    alarm_ended: bool | UnsetType = UNSET
    timestamp: str
    extra_info: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyDERAlarmResponse(Closed, frozen=True, kw_only=True):
    """NotifyDERAlarmResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class NotifyDERStartStopRequest(Closed, frozen=True, kw_only=True):
    """NotifyDERStartStopRequest of OCPP 2.1."""

    control_id: Annotated[str, Meta(max_length=36)]
    started: bool
    timestamp: str
    superseded_ids: (
        Annotated[tuple[Annotated[str, Meta(max_length=36)], ...], Meta(min_length=1, max_length=24)]
        | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyDERStartStopResponse(Closed, frozen=True, kw_only=True):
    """NotifyDERStartStopResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ReportDERControlRequest(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "curve": "curve",
        "enter_service": "enterService",
        "fixed_pf_absorb": "fixedPFAbsorb",
        "fixed_pf_inject": "fixedPFInject",
        "fixed_var": "fixedVar",
        "freq_droop": "freqDroop",
        "gradient": "gradient",
        "limit_max_discharge": "limitMaxDischarge",
        "request_id": "requestId",
        "tbc": "tbc",
        "custom_data": "customData",
    },
):
    """ReportDERControlRequest of OCPP 2.1."""

    curve: Annotated[tuple[DERCurveGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType = UNSET
    enter_service: (
        Annotated[tuple[EnterServiceGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType
    ) = UNSET
    fixed_pf_absorb: Annotated[tuple[FixedPFGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType = (
        UNSET
    )
    fixed_pf_inject: Annotated[tuple[FixedPFGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType = (
        UNSET
    )
    fixed_var: Annotated[tuple[FixedVarGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType = UNSET
    freq_droop: Annotated[tuple[FreqDroopGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType = UNSET
    gradient: Annotated[tuple[GradientGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType = UNSET
    limit_max_discharge: (
        Annotated[tuple[LimitMaxDischargeGetType, ...], Meta(min_length=1, max_length=24)] | UnsetType
    ) = UNSET
    request_id: int
    tbc: bool | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ReportDERControlResponse(Closed, frozen=True, kw_only=True):
    """ReportDERControlResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ClearDERControlRequest(Closed, frozen=True, kw_only=True):
    """ClearDERControlRequest of OCPP 2.1."""

    is_default: bool
    control_type: DERControlEnumType | UnsetType = UNSET
    control_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearDERControlResponse(Closed, frozen=True, kw_only=True):
    """ClearDERControlResponse of OCPP 2.1."""

    status: DERControlStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetDERControlRequest(Closed, frozen=True, kw_only=True):
    """GetDERControlRequest of OCPP 2.1."""

    request_id: int
    is_default: bool | UnsetType = UNSET
    control_type: DERControlEnumType | UnsetType = UNSET
    control_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetDERControlResponse(Closed, frozen=True, kw_only=True):
    """GetDERControlResponse of OCPP 2.1."""

    status: DERControlStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetDERControlRequest(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "is_default": "isDefault",
        "control_id": "controlId",
        "control_type": "controlType",
        "curve": "curve",
        "enter_service": "enterService",
        "fixed_pf_absorb": "fixedPFAbsorb",
        "fixed_pf_inject": "fixedPFInject",
        "fixed_var": "fixedVar",
        "freq_droop": "freqDroop",
        "gradient": "gradient",
        "limit_max_discharge": "limitMaxDischarge",
        "custom_data": "customData",
    },
):
    """SetDERControlRequest of OCPP 2.1."""

    is_default: bool
    control_id: Annotated[str, Meta(max_length=36)]
    control_type: DERControlEnumType
    curve: DERCurveType | UnsetType = UNSET
    enter_service: EnterServiceType | UnsetType = UNSET
    fixed_pf_absorb: FixedPFType | UnsetType = UNSET
    fixed_pf_inject: FixedPFType | UnsetType = UNSET
    fixed_var: FixedVarType | UnsetType = UNSET
    freq_droop: FreqDroopType | UnsetType = UNSET
    gradient: GradientType | UnsetType = UNSET
    limit_max_discharge: LimitMaxDischargeType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetDERControlResponse(Closed, frozen=True, kw_only=True):
    """SetDERControlResponse of OCPP 2.1."""

    status: DERControlStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    superseded_ids: (
        Annotated[tuple[Annotated[str, Meta(max_length=36)], ...], Meta(min_length=1, max_length=24)]
        | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
