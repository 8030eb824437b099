"""The messages of block remote control of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    MessageTriggerEnumType,
    RequestStartStopStatusEnumType,
    TriggerMessageStatusEnumType,
    UnlockStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    ChargingProfileType,
    CustomDataType,
    EVSEType,
    IdTokenType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class RequestStartTransactionRequest(Closed, frozen=True, kw_only=True):
    """RequestStartTransactionRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    group_id_token: IdTokenType | UnsetType = UNSET
    id_token: IdTokenType
    remote_start_id: int
    charging_profile: ChargingProfileType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class RequestStartTransactionResponse(Closed, frozen=True, kw_only=True):
    """RequestStartTransactionResponse of OCPP 2.1."""

    status: RequestStartStopStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    transaction_id: Annotated[str, Meta(max_length=36)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class RequestStopTransactionRequest(Closed, frozen=True, kw_only=True):
    """RequestStopTransactionRequest of OCPP 2.1."""

    transaction_id: Annotated[str, Meta(max_length=36)]
    custom_data: CustomDataType | UnsetType = UNSET


class RequestStopTransactionResponse(Closed, frozen=True, kw_only=True):
    """RequestStopTransactionResponse of OCPP 2.1."""

    status: RequestStartStopStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TriggerMessageRequest(Closed, frozen=True, kw_only=True):
    """TriggerMessageRequest of OCPP 2.1."""

    evse: EVSEType | UnsetType = UNSET
    requested_message: MessageTriggerEnumType
    custom_trigger: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class TriggerMessageResponse(Closed, frozen=True, kw_only=True):
    """TriggerMessageResponse of OCPP 2.1."""

    status: TriggerMessageStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class UnlockConnectorRequest(Closed, frozen=True, kw_only=True):
    """UnlockConnectorRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    connector_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class UnlockConnectorResponse(Closed, frozen=True, kw_only=True):
    """UnlockConnectorResponse of OCPP 2.1."""

    status: UnlockStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
