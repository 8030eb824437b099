"""The messages of block data transfer of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import DataTransferStatusEnumType
from voltloom.protocols.ocpp.generated.v21.types import CustomDataType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class DataTransferRequest(Closed, frozen=True, kw_only=True):
    """DataTransferRequest of OCPP 2.1."""

    message_id: Annotated[str, Meta(max_length=50)] | UnsetType = UNSET
    data: Any | UnsetType = UNSET
    vendor_id: Annotated[str, Meta(max_length=255)]
    custom_data: CustomDataType | UnsetType = UNSET


class DataTransferResponse(Closed, frozen=True, kw_only=True):
    """DataTransferResponse of OCPP 2.1."""

    status: DataTransferStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    data: Any | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
