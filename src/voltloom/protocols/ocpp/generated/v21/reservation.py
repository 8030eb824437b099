"""The messages of block reservation of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    CancelReservationStatusEnumType,
    ReservationUpdateStatusEnumType,
    ReserveNowStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import CustomDataType, IdTokenType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class ReservationStatusUpdateRequest(Closed, frozen=True, kw_only=True):
    """ReservationStatusUpdateRequest of OCPP 2.1."""

    reservation_id: Annotated[int, Meta(ge=0)]
    reservation_update_status: ReservationUpdateStatusEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class ReservationStatusUpdateResponse(Closed, frozen=True, kw_only=True):
    """ReservationStatusUpdateResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class CancelReservationRequest(Closed, frozen=True, kw_only=True):
    """CancelReservationRequest of OCPP 2.1."""

    reservation_id: Annotated[int, Meta(ge=0)]
    custom_data: CustomDataType | UnsetType = UNSET


class CancelReservationResponse(Closed, frozen=True, kw_only=True):
    """CancelReservationResponse of OCPP 2.1."""

    status: CancelReservationStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ReserveNowRequest(Closed, frozen=True, kw_only=True):
    """ReserveNowRequest of OCPP 2.1."""

    id: Annotated[int, Meta(ge=0)]
    expiry_date_time: str
    connector_type: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    id_token: IdTokenType
    evse_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    group_id_token: IdTokenType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ReserveNowResponse(Closed, frozen=True, kw_only=True):
    """ReserveNowResponse of OCPP 2.1."""

    status: ReserveNowStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
