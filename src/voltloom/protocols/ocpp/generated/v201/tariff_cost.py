"""The messages of block tariff cost of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.types import CustomDataType
from voltloom.protocols.ocpp.message import Closed


class CostUpdatedRequest(Closed, frozen=True, kw_only=True):
    """CostUpdatedRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    total_cost: float
    transaction_id: Annotated[str, Meta(max_length=36)]


class CostUpdatedResponse(Closed, frozen=True, kw_only=True):
    """CostUpdatedResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
