"""The messages of block battery swap of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import BatterySwapEventEnumType, GenericStatusEnumType
from voltloom.protocols.ocpp.generated.v21.types import (
    BatteryDataType,
    CustomDataType,
    IdTokenType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class BatterySwapRequest(Closed, frozen=True, kw_only=True):
    """BatterySwapRequest of OCPP 2.1."""

    battery_data: Annotated[tuple[BatteryDataType, ...], Meta(min_length=1)]
    event_type: BatterySwapEventEnumType
    id_token: IdTokenType
    request_id: int
    custom_data: CustomDataType | UnsetType = UNSET


class BatterySwapResponse(Closed, frozen=True, kw_only=True):
    """BatterySwapResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class RequestBatterySwapRequest(Closed, frozen=True, kw_only=True):
    """RequestBatterySwapRequest of OCPP 2.1."""

    id_token: IdTokenType
    request_id: int
    custom_data: CustomDataType | UnsetType = UNSET


class RequestBatterySwapResponse(Closed, frozen=True, kw_only=True):
    """RequestBatterySwapResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
