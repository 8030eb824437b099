"""The messages of block authorization of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    AuthorizeCertificateStatusEnumType,
    ClearCacheStatusEnumType,
    EnergyTransferModeEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    CustomDataType,
    IdTokenInfoType,
    IdTokenType,
    OCSPRequestDataType,
    StatusInfoType,
    TariffType,
)
from voltloom.protocols.ocpp.message import Closed


class AuthorizeRequest(Closed, frozen=True, kw_only=True):
    """AuthorizeRequest of OCPP 2.1."""

    id_token: IdTokenType
    certificate: Annotated[str, Meta(max_length=10000)] | UnsetType = UNSET
    iso15118_certificate_hash_data: (
        Annotated[tuple[OCSPRequestDataType, ...], Meta(min_length=1, max_length=4)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class AuthorizeResponse(Closed, frozen=True, kw_only=True):
    """AuthorizeResponse of OCPP 2.1."""

    id_token_info: IdTokenInfoType
    certificate_status: AuthorizeCertificateStatusEnumType | UnsetType = UNSET
    allowed_energy_transfer: (
        Annotated[tuple[EnergyTransferModeEnumType, ...], Meta(min_length=1)] | UnsetType
    ) = UNSET
    tariff: TariffType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class ClearCacheRequest(Closed, frozen=True, kw_only=True):
    """ClearCacheRequest of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class ClearCacheResponse(Closed, frozen=True, kw_only=True):
    """ClearCacheResponse of OCPP 2.1."""

    status: ClearCacheStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
