"""The messages of block security of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    CertificateSignedStatusEnumType,
    CertificateSigningUseEnumType,
    GenericStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    CertificateHashDataType,
    CustomDataType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class SecurityEventNotificationRequest(Closed, frozen=True, kw_only=True):
    """SecurityEventNotificationRequest of OCPP 2.1."""

    type: Annotated[str, Meta(max_length=50)]
    timestamp: str
    tech_info: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SecurityEventNotificationResponse(Closed, frozen=True, kw_only=True):
    """SecurityEventNotificationResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class SignCertificateRequest(Closed, frozen=True, kw_only=True):
    """SignCertificateRequest of OCPP 2.1."""

    csr: Annotated[str, Meta(max_length=5500)]
    certificate_type: CertificateSigningUseEnumType | UnsetType = UNSET
    hash_root_certificate: CertificateHashDataType | UnsetType = UNSET
    request_id: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class SignCertificateResponse(Closed, frozen=True, kw_only=True):
    """SignCertificateResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CertificateSignedRequest(Closed, frozen=True, kw_only=True):
    """CertificateSignedRequest of OCPP 2.1."""

    certificate_chain: Annotated[str, Meta(max_length=10000)]
    certificate_type: CertificateSigningUseEnumType | UnsetType = UNSET
    request_id: int | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class CertificateSignedResponse(Closed, frozen=True, kw_only=True):
    """CertificateSignedResponse of OCPP 2.1."""

    status: CertificateSignedStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
