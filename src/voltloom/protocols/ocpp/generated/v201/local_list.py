"""The messages of block local list of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import SendLocalListStatusEnumType, UpdateEnumType
from voltloom.protocols.ocpp.generated.v201.types import AuthorizationData, CustomDataType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class GetLocalListVersionRequest(Closed, frozen=True, kw_only=True):
    """GetLocalListVersionRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class GetLocalListVersionResponse(Closed, frozen=True, kw_only=True):
    """GetLocalListVersionResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    version_number: int


class SendLocalListRequest(Closed, frozen=True, kw_only=True):
    """SendLocalListRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    local_authorization_list: Annotated[tuple[AuthorizationData, ...], Meta(min_length=1)] | UnsetType = UNSET
    version_number: int
    update_type: UpdateEnumType


class SendLocalListResponse(Closed, frozen=True, kw_only=True):
    """SendLocalListResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: SendLocalListStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
