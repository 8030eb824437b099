"""The messages of block availability of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from msgspec import UNSET, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    ChangeAvailabilityStatusEnumType,
    ConnectorStatusEnumType,
    OperationalStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import CustomDataType, EVSEType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class HeartbeatRequest(Closed, frozen=True, kw_only=True):
    """HeartbeatRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class HeartbeatResponse(Closed, frozen=True, kw_only=True):
    """HeartbeatResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    current_time: str


class StatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """StatusNotificationRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    timestamp: str
    connector_status: ConnectorStatusEnumType
    evse_id: int
    connector_id: int


class StatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """StatusNotificationResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ChangeAvailabilityRequest(Closed, frozen=True, kw_only=True):
    """ChangeAvailabilityRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse: EVSEType | UnsetType = UNSET
    operational_status: OperationalStatusEnumType


class ChangeAvailabilityResponse(Closed, frozen=True, kw_only=True):
    """ChangeAvailabilityResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: ChangeAvailabilityStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
