"""The messages of block remote control of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    MessageTriggerEnumType,
    RequestStartStopStatusEnumType,
    TriggerMessageStatusEnumType,
    UnlockStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import (
    ChargingProfileType,
    CustomDataType,
    EVSEType,
    IdTokenType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class RequestStartTransactionRequest(Closed, frozen=True, kw_only=True):
    """RequestStartTransactionRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse_id: int | UnsetType = UNSET
    group_id_token: IdTokenType | UnsetType = UNSET
    id_token: IdTokenType
    remote_start_id: int
    charging_profile: ChargingProfileType | UnsetType = UNSET


class RequestStartTransactionResponse(Closed, frozen=True, kw_only=True):
    """RequestStartTransactionResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: RequestStartStopStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET


class RequestStopTransactionRequest(Closed, frozen=True, kw_only=True):
    """RequestStopTransactionRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)]


class RequestStopTransactionResponse(Closed, frozen=True, kw_only=True):
    """RequestStopTransactionResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: RequestStartStopStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class TriggerMessageRequest(Closed, frozen=True, kw_only=True):
    """TriggerMessageRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse: EVSEType | UnsetType = UNSET
    requested_message: MessageTriggerEnumType


class TriggerMessageResponse(Closed, frozen=True, kw_only=True):
    """TriggerMessageResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: TriggerMessageStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class UnlockConnectorRequest(Closed, frozen=True, kw_only=True):
    """UnlockConnectorRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse_id: int
    connector_id: int


class UnlockConnectorResponse(Closed, frozen=True, kw_only=True):
    """UnlockConnectorResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: UnlockStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
