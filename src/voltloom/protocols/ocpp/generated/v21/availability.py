"""The messages of block availability of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    ChangeAvailabilityStatusEnumType,
    ConnectorStatusEnumType,
    OperationalStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import CustomDataType, EVSEType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class HeartbeatRequest(Closed, frozen=True, kw_only=True):
    """HeartbeatRequest of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class HeartbeatResponse(Closed, frozen=True, kw_only=True):
    """HeartbeatResponse of OCPP 2.1."""

    current_time: str
    custom_data: CustomDataType | UnsetType = UNSET


class StatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """StatusNotificationRequest of OCPP 2.1."""

    timestamp: str
    connector_status: ConnectorStatusEnumType
    evse_id: Annotated[int, Meta(ge=0)]
    connector_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class StatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """StatusNotificationResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ChangeAvailabilityRequest(Closed, frozen=True, kw_only=True):
    """ChangeAvailabilityRequest of OCPP 2.1."""

    evse: EVSEType | UnsetType = UNSET
    operational_status: OperationalStatusEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class ChangeAvailabilityResponse(Closed, frozen=True, kw_only=True):
    """ChangeAvailabilityResponse of OCPP 2.1."""

    status: ChangeAvailabilityStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
