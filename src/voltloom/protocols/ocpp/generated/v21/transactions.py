"""The messages of block transactions of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    PreconditioningStatusEnumType,
    TransactionEventEnumType,
    TriggerReasonEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    CostDetailsType,
    CustomDataType,
    EVSEType,
    IdTokenInfoType,
    IdTokenType,
    MessageContentType,
    MeterValueType,
    TransactionLimitType,
    TransactionType,
)
from voltloom.protocols.ocpp.message import Closed


class TransactionEventRequest(Closed, frozen=True, kw_only=True):
    """TransactionEventRequest of OCPP 2.1."""

    cost_details: CostDetailsType | UnsetType = UNSET
    event_type: TransactionEventEnumType
    meter_value: Annotated[tuple[MeterValueType, ...], Meta(min_length=1)] | UnsetType = UNSET
    timestamp: str
    trigger_reason: TriggerReasonEnumType
    seq_no: Annotated[int, Meta(ge=0)]
    offline: bool | UnsetType = UNSET
    number_of_phases_used: Annotated[int, Meta(ge=0, le=3)] | UnsetType = UNSET
    cable_max_current: int | UnsetType = UNSET
    reservation_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    preconditioning_status: PreconditioningStatusEnumType | UnsetType = UNSET
    evse_sleep: bool | UnsetType = UNSET
    transaction_info: TransactionType
    evse: EVSEType | UnsetType = UNSET
    id_token: IdTokenType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TransactionEventResponse(Closed, frozen=True, kw_only=True):
    """TransactionEventResponse of OCPP 2.1."""

    total_cost: float | UnsetType = UNSET
    charging_priority: int | UnsetType = UNSET
    id_token_info: IdTokenInfoType | UnsetType = UNSET
    transaction_limit: TransactionLimitType | UnsetType = UNSET
    updated_personal_message: MessageContentType | UnsetType = UNSET
    updated_personal_message_extra: (
        Annotated[tuple[MessageContentType, ...], Meta(min_length=1, max_length=4)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetTransactionStatusRequest(Closed, frozen=True, kw_only=True):
    """GetTransactionStatusRequest of OCPP 2.1."""

    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetTransactionStatusResponse(Closed, frozen=True, kw_only=True):
    """GetTransactionStatusResponse of OCPP 2.1."""

    ongoing_indicator: bool | UnsetType = UNSET
    messages_in_queue: bool
    custom_data: CustomDataType | UnsetType = UNSET
