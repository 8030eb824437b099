"""The messages of block transactions of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import TransactionEventEnumType, TriggerReasonEnumType
from voltloom.protocols.ocpp.generated.v201.types import (
    CustomDataType,
    EVSEType,
    IdTokenInfoType,
    IdTokenType,
    MessageContentType,
    MeterValueType,
    TransactionType,
)
from voltloom.protocols.ocpp.message import Closed


class TransactionEventRequest(Closed, frozen=True, kw_only=True):
    """TransactionEventRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    event_type: TransactionEventEnumType
    meter_value: Annotated[tuple[MeterValueType, ...], Meta(min_length=1)] | UnsetType = UNSET
    timestamp: str
    trigger_reason: TriggerReasonEnumType
    seq_no: int
    offline: bool | UnsetType = UNSET
    number_of_phases_used: int | UnsetType = UNSET
    cable_max_current: int | UnsetType = UNSET
    reservation_id: int | UnsetType = UNSET
    transaction_info: TransactionType
    evse: EVSEType | UnsetType = UNSET
    id_token: IdTokenType | UnsetType = UNSET


class TransactionEventResponse(Closed, frozen=True, kw_only=True):
    """TransactionEventResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    total_cost: float | UnsetType = UNSET
    charging_priority: int | UnsetType = UNSET
    id_token_info: IdTokenInfoType | UnsetType = UNSET
    updated_personal_message: MessageContentType | UnsetType = UNSET


class GetTransactionStatusRequest(Closed, frozen=True, kw_only=True):
    """GetTransactionStatusRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET


class GetTransactionStatusResponse(Closed, frozen=True, kw_only=True):
    """GetTransactionStatusResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    ongoing_indicator: bool | UnsetType = UNSET
    messages_in_queue: bool
