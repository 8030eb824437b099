"""The messages of block local list of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.message import Closed


class GetLocalListVersionRequest(Closed, frozen=True, kw_only=True):
    """GetLocalListVersionRequest of OCPP 1.6."""


class GetLocalListVersionResponse(Closed, frozen=True, kw_only=True):
    """GetLocalListVersionResponse of OCPP 1.6."""

    list_version: int


class SendLocalListLocalAuthorizationListIdTagInfo(Closed, frozen=True, kw_only=True):
    """SendLocalListLocalAuthorizationListIdTagInfo of OCPP 1.6."""

    expiry_date: str | UnsetType = UNSET
    parent_id_tag: Annotated[str, Meta(max_length=20)] | UnsetType = UNSET
    status: Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]


class SendLocalListLocalAuthorizationList(Closed, frozen=True, kw_only=True):
    """SendLocalListLocalAuthorizationList of OCPP 1.6."""

    id_tag: Annotated[str, Meta(max_length=20)]
    id_tag_info: SendLocalListLocalAuthorizationListIdTagInfo | UnsetType = UNSET


class SendLocalListRequest(Closed, frozen=True, kw_only=True):
    """SendLocalListRequest of OCPP 1.6."""

    list_version: int
    local_authorization_list: tuple[SendLocalListLocalAuthorizationList, ...] | UnsetType = UNSET
    update_type: Literal["Differential", "Full"]


class SendLocalListResponse(Closed, frozen=True, kw_only=True):
    """SendLocalListResponse of OCPP 1.6."""

    status: Literal["Accepted", "Failed", "NotSupported", "VersionMismatch"]
