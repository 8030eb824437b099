"""The messages of block certificates of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    CertificateActionEnumType,
    DeleteCertificateStatusEnumType,
    GetCertificateIdUseEnumType,
    GetCertificateStatusEnumType,
    GetInstalledCertificateStatusEnumType,
    InstallCertificateStatusEnumType,
    InstallCertificateUseEnumType,
    Iso15118EVCertificateStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import (
    CertificateHashDataChainType,
    CertificateHashDataType,
    CustomDataType,
    OCSPRequestDataType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class Get15118EVCertificateRequest(Closed, frozen=True, kw_only=True):
    """Get15118EVCertificateRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    iso15118_schema_version: Annotated[str, Meta(max_length=50)]
    action: CertificateActionEnumType
    exi_request: Annotated[str, Meta(max_length=5600)]


class Get15118EVCertificateResponse(Closed, frozen=True, kw_only=True):
    """Get15118EVCertificateResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: Iso15118EVCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    exi_response: Annotated[str, Meta(max_length=7500)]


class GetCertificateStatusRequest(Closed, frozen=True, kw_only=True):
    """GetCertificateStatusRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    ocsp_request_data: OCSPRequestDataType


class GetCertificateStatusResponse(Closed, frozen=True, kw_only=True):
    """GetCertificateStatusResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GetCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    ocsp_result: Annotated[str, Meta(max_length=5500)] | UnsetType = UNSET


class DeleteCertificateRequest(Closed, frozen=True, kw_only=True):
    """DeleteCertificateRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    certificate_hash_data: CertificateHashDataType


class DeleteCertificateResponse(Closed, frozen=True, kw_only=True):
    """DeleteCertificateResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: DeleteCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class GetInstalledCertificateIdsRequest(Closed, frozen=True, kw_only=True):
    """GetInstalledCertificateIdsRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    certificate_type: Annotated[tuple[GetCertificateIdUseEnumType, ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )


class GetInstalledCertificateIdsResponse(Closed, frozen=True, kw_only=True):
    """GetInstalledCertificateIdsResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GetInstalledCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    certificate_hash_data_chain: (
        Annotated[tuple[CertificateHashDataChainType, ...], Meta(min_length=1)] | UnsetType
    ) = UNSET


class InstallCertificateRequest(Closed, frozen=True, kw_only=True):
    """InstallCertificateRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    certificate_type: InstallCertificateUseEnumType
    certificate: Annotated[str, Meta(max_length=5500)]


class InstallCertificateResponse(Closed, frozen=True, kw_only=True):
    """InstallCertificateResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: InstallCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
