"""The messages of block reservation of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.message import Closed


class CancelReservationRequest(Closed, frozen=True, kw_only=True):
    """CancelReservationRequest of OCPP 1.6."""

    reservation_id: int


class CancelReservationResponse(Closed, frozen=True, kw_only=True):
    """CancelReservationResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected"]


class ReserveNowRequest(Closed, frozen=True, kw_only=True):
    """ReserveNowRequest of OCPP 1.6."""

    connector_id: int
    expiry_date: str
    id_tag: Annotated[str, Meta(max_length=20)]
    parent_id_tag: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    reservation_id: int


class ReserveNowResponse(Closed, frozen=True, kw_only=True):
    """ReserveNowResponse of OCPP 1.6."""

    status: Literal["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"]
