"""The messages of block meter values of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.types import CustomDataType, MeterValueType
from voltloom.protocols.ocpp.message import Closed


class MeterValuesRequest(Closed, frozen=True, kw_only=True):
    """MeterValuesRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    evse_id: int
    meter_value: Annotated[tuple[MeterValueType, ...], Meta(min_length=1)]


class MeterValuesResponse(Closed, frozen=True, kw_only=True):
    """MeterValuesResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
