"""The messages of block meter values of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.types import CustomDataType, MeterValueType
from voltloom.protocols.ocpp.message import Closed


class MeterValuesRequest(Closed, frozen=True, kw_only=True):
    """MeterValuesRequest of OCPP 2.1."""

    evse_id: Annotated[int, Meta(ge=0)]
    meter_value: Annotated[tuple[MeterValueType, ...], Meta(min_length=1)]
    custom_data: CustomDataType | UnsetType = UNSET


class MeterValuesResponse(Closed, frozen=True, kw_only=True):
    """MeterValuesResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET
