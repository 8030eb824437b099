"""The messages of block display of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    ClearMessageStatusEnumType,
    DisplayMessageStatusEnumType,
    GetDisplayMessagesStatusEnumType,
    MessagePriorityEnumType,
    MessageStateEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import CustomDataType, MessageInfoType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class NotifyDisplayMessagesRequest(Closed, frozen=True, kw_only=True):
    """NotifyDisplayMessagesRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    message_info: Annotated[tuple[MessageInfoType, ...], Meta(min_length=1)] | UnsetType = UNSET
    request_id: int
    tbc: bool | UnsetType = UNSET


class NotifyDisplayMessagesResponse(Closed, frozen=True, kw_only=True):
    """NotifyDisplayMessagesResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ClearDisplayMessageRequest(Closed, frozen=True, kw_only=True):
    """ClearDisplayMessageRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int


class ClearDisplayMessageResponse(Closed, frozen=True, kw_only=True):
    """ClearDisplayMessageResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: ClearMessageStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class GetDisplayMessagesRequest(Closed, frozen=True, kw_only=True):
    """GetDisplayMessagesRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: Annotated[tuple[int, ...], Meta(min_length=1)] | UnsetType = UNSET
    request_id: int
    priority: MessagePriorityEnumType | UnsetType = UNSET
    state: MessageStateEnumType | UnsetType = UNSET


class GetDisplayMessagesResponse(Closed, frozen=True, kw_only=True):
    """GetDisplayMessagesResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GetDisplayMessagesStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class SetDisplayMessageRequest(Closed, frozen=True, kw_only=True):
    """SetDisplayMessageRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    message: MessageInfoType


class SetDisplayMessageResponse(Closed, frozen=True, kw_only=True):
    """SetDisplayMessageResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: DisplayMessageStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
