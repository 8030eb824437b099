"""The messages of block reservation of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from msgspec import UNSET, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    CancelReservationStatusEnumType,
    ConnectorEnumType,
    ReservationUpdateStatusEnumType,
    ReserveNowStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import CustomDataType, IdTokenType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class ReservationStatusUpdateRequest(Closed, frozen=True, kw_only=True):
    """ReservationStatusUpdateRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    reservation_id: int
    reservation_update_status: ReservationUpdateStatusEnumType


class ReservationStatusUpdateResponse(Closed, frozen=True, kw_only=True):
    """ReservationStatusUpdateResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class CancelReservationRequest(Closed, frozen=True, kw_only=True):
    """CancelReservationRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    reservation_id: int


class CancelReservationResponse(Closed, frozen=True, kw_only=True):
    """CancelReservationResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: CancelReservationStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class ReserveNowRequest(Closed, frozen=True, kw_only=True):
    """ReserveNowRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    id: int
    expiry_date_time: str
    connector_type: ConnectorEnumType | UnsetType = UNSET
    id_token: IdTokenType
    evse_id: int | UnsetType = UNSET
    group_id_token: IdTokenType | UnsetType = UNSET


class ReserveNowResponse(Closed, frozen=True, kw_only=True):
    """ReserveNowResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: ReserveNowStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
