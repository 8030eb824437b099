"""The messages of block certificates of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    CertificateActionEnumType,
    DeleteCertificateStatusEnumType,
    GetCertificateIdUseEnumType,
    GetCertificateStatusEnumType,
    GetInstalledCertificateStatusEnumType,
    InstallCertificateStatusEnumType,
    InstallCertificateUseEnumType,
    Iso15118EVCertificateStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import (
    CertificateHashDataChainType,
    CertificateHashDataType,
    CertificateStatusRequestInfoType,
    CertificateStatusType,
    CustomDataType,
    OCSPRequestDataType,
    StatusInfoType,
)
from voltloom.protocols.ocpp.message import Closed


class Get15118EVCertificateRequest(
    Closed,
    frozen=True,
    kw_only=True,
    rename={
        "iso15118_schema_version": "iso15118SchemaVersion",
        "action": "action",
        "exi_request": "exiRequest",
        "maximum_contract_certificate_chains": "maximumContractCertificateChains",
        "prioritized_emai_ds": "prioritizedEMAIDs",
        "custom_data": "customData",
    },
):
    """Get15118EVCertificateRequest of OCPP 2.1."""

    iso15118_schema_version: Annotated[str, Meta(max_length=50)]
    action: CertificateActionEnumType
    exi_request: Annotated[str, Meta(max_length=11000)]
    maximum_contract_certificate_chains: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    prioritized_emai_ds: (
        Annotated[tuple[Annotated[str, Meta(max_length=255)], ...], Meta(min_length=1, max_length=8)]
        | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class Get15118EVCertificateResponse(Closed, frozen=True, kw_only=True):
    """Get15118EVCertificateResponse of OCPP 2.1."""

    status: Iso15118EVCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    exi_response: Annotated[str, Meta(max_length=17000)]
    remaining_contracts: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetCertificateStatusRequest(Closed, frozen=True, kw_only=True):
    """GetCertificateStatusRequest of OCPP 2.1."""

    ocsp_request_data: OCSPRequestDataType
    custom_data: CustomDataType | UnsetType = UNSET


class GetCertificateStatusResponse(Closed, frozen=True, kw_only=True):
    """GetCertificateStatusResponse of OCPP 2.1."""

    status: GetCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    ocsp_result: Annotated[str, Meta(max_length=18000)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetCertificateChainStatusRequest(Closed, frozen=True, kw_only=True):
    """GetCertificateChainStatusRequest of OCPP 2.1."""

    certificate_status_requests: Annotated[
        tuple[CertificateStatusRequestInfoType, ...], Meta(min_length=1, max_length=4)
    ]
    custom_data: CustomDataType | UnsetType = UNSET


class GetCertificateChainStatusResponse(Closed, frozen=True, kw_only=True):
    """GetCertificateChainStatusResponse of OCPP 2.1."""

    certificate_status: Annotated[tuple[CertificateStatusType, ...], Meta(min_length=1, max_length=4)]
    custom_data: CustomDataType | UnsetType = UNSET


class DeleteCertificateRequest(Closed, frozen=True, kw_only=True):
    """DeleteCertificateRequest of OCPP 2.1."""

    certificate_hash_data: CertificateHashDataType
    custom_data: CustomDataType | UnsetType = UNSET


class DeleteCertificateResponse(Closed, frozen=True, kw_only=True):
    """DeleteCertificateResponse of OCPP 2.1."""

    status: DeleteCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class GetInstalledCertificateIdsRequest(Closed, frozen=True, kw_only=True):
    """GetInstalledCertificateIdsRequest of OCPP 2.1."""

    certificate_type: Annotated[tuple[GetCertificateIdUseEnumType, ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    custom_data: CustomDataType | UnsetType = UNSET


class GetInstalledCertificateIdsResponse(Closed, frozen=True, kw_only=True):
    """GetInstalledCertificateIdsResponse of OCPP 2.1."""

    status: GetInstalledCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    certificate_hash_data_chain: (
        Annotated[tuple[CertificateHashDataChainType, ...], Meta(min_length=1)] | UnsetType
    ) = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class InstallCertificateRequest(Closed, frozen=True, kw_only=True):
    """InstallCertificateRequest of OCPP 2.1."""

    certificate_type: InstallCertificateUseEnumType
    certificate: Annotated[str, Meta(max_length=10000)]
    custom_data: CustomDataType | UnsetType = UNSET


class InstallCertificateResponse(Closed, frozen=True, kw_only=True):
    """InstallCertificateResponse of OCPP 2.1."""

    status: InstallCertificateStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
