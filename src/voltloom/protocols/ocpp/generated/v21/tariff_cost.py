"""The messages of block tariff cost of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    GenericStatusEnumType,
    PaymentStatusEnumType,
    TariffChangeStatusEnumType,
    TariffGetStatusEnumType,
    TariffSetStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    AddressType,
    ClearTariffsResultType,
    CustomDataType,
    StatusInfoType,
    TariffAssignmentType,
    TariffType,
)
from voltloom.protocols.ocpp.message import Closed


class NotifySettlementRequest(Closed, frozen=True, kw_only=True):
    """NotifySettlementRequest of OCPP 2.1."""

    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    psp_ref: Annotated[str, Meta(max_length=255)]
    status: PaymentStatusEnumType
    status_info: Annotated[str, Meta(max_length=500)] | UnsetType = UNSET
    settlement_amount: float
    settlement_time: str
    receipt_id: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    receipt_url: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    vat_company: AddressType | UnsetType = UNSET
    vat_number: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifySettlementResponse(Closed, frozen=True, kw_only=True):
    """NotifySettlementResponse of OCPP 2.1."""

    receipt_url: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    receipt_id: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyWebPaymentStartedRequest(Closed, frozen=True, kw_only=True):
    """NotifyWebPaymentStartedRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    timeout: int
    custom_data: CustomDataType | UnsetType = UNSET


class NotifyWebPaymentStartedResponse(Closed, frozen=True, kw_only=True):
    """NotifyWebPaymentStartedResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class VatNumberValidationRequest(Closed, frozen=True, kw_only=True):
    """VatNumberValidationRequest of OCPP 2.1."""

    vat_number: Annotated[str, Meta(max_length=20)]
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class VatNumberValidationResponse(Closed, frozen=True, kw_only=True):
    """VatNumberValidationResponse of OCPP 2.1."""

    company: AddressType | UnsetType = UNSET
    status_info: StatusInfoType | UnsetType = UNSET
    vat_number: Annotated[str, Meta(max_length=20)]
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    status: GenericStatusEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class CostUpdatedRequest(Closed, frozen=True, kw_only=True):
    """CostUpdatedRequest of OCPP 2.1."""

    total_cost: float
    transaction_id: Annotated[str, Meta(max_length=36)]
    custom_data: CustomDataType | UnsetType = UNSET


class CostUpdatedResponse(Closed, frozen=True, kw_only=True):
    """CostUpdatedResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ChangeTransactionTariffRequest(Closed, frozen=True, kw_only=True):
    """ChangeTransactionTariffRequest of OCPP 2.1."""

    tariff: TariffType
    transaction_id: Annotated[str, Meta(max_length=36)]
    custom_data: CustomDataType | UnsetType = UNSET


class ChangeTransactionTariffResponse(Closed, frozen=True, kw_only=True):
    """ChangeTransactionTariffResponse of OCPP 2.1."""

    status: TariffChangeStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearTariffsRequest(Closed, frozen=True, kw_only=True):
    """ClearTariffsRequest of OCPP 2.1."""

    tariff_ids: Annotated[tuple[Annotated[str, Meta(max_length=60)], ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearTariffsResponse(Closed, frozen=True, kw_only=True):
    """ClearTariffsResponse of OCPP 2.1."""

    clear_tariffs_result: Annotated[tuple[ClearTariffsResultType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class GetTariffsRequest(Closed, frozen=True, kw_only=True):
    """GetTariffsRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class GetTariffsResponse(Closed, frozen=True, kw_only=True):
    """GetTariffsResponse of OCPP 2.1."""

    status: TariffGetStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    tariff_assignments: Annotated[tuple[TariffAssignmentType, ...], Meta(min_length=1)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SetDefaultTariffRequest(Closed, frozen=True, kw_only=True):
    """SetDefaultTariffRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    tariff: TariffType
    custom_data: CustomDataType | UnsetType = UNSET


class SetDefaultTariffResponse(Closed, frozen=True, kw_only=True):
    """SetDefaultTariffResponse of OCPP 2.1."""

    status: TariffSetStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
