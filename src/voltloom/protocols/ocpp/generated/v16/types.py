"""Data types that several messages of OCPP 1.6 share. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v16.enums import HashAlgorithmEnumType
from voltloom.protocols.ocpp.message import Closed


class CertificateHashDataType(Closed, frozen=True, kw_only=True):
    """CertificateHashDataType of OCPP 1.6."""

    hash_algorithm: HashAlgorithmEnumType
    issuer_name_hash: Annotated[str, Meta(max_length=128)]
    issuer_key_hash: Annotated[str, Meta(max_length=128)]
    serial_number: Annotated[str, Meta(max_length=40)]


class LogParametersType(Closed, frozen=True, kw_only=True):
    """LogParametersType of OCPP 1.6."""

    remote_location: Annotated[str, Meta(max_length=512)]
    oldest_timestamp: str | UnsetType = UNSET
    latest_timestamp: str | UnsetType = UNSET


class FirmwareType(Closed, frozen=True, kw_only=True):
    """FirmwareType of OCPP 1.6."""

    location: Annotated[str, Meta(max_length=512)]
    retrieve_date_time: str
    install_date_time: str | UnsetType = UNSET
    signing_certificate: Annotated[str, Meta(max_length=5500)]
    signature: Annotated[str, Meta(max_length=800)]
