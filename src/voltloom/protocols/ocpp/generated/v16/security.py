"""The messages of block security of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v16.enums import (
    CertificateSignedStatusEnumType,
    CertificateUseEnumType,
    DeleteCertificateStatusEnumType,
    FirmwareStatusEnumType,
    GenericStatusEnumType,
    GetInstalledCertificateStatusEnumType,
    InstallCertificateStatusEnumType,
    LogEnumType,
    LogStatusEnumType,
    MessageTriggerEnumType,
    TriggerMessageStatusEnumType,
    UpdateFirmwareStatusEnumType,
    UploadLogStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v16.types import (
    CertificateHashDataType,
    FirmwareType,
    LogParametersType,
)
from voltloom.protocols.ocpp.message import Closed


class LogStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """LogStatusNotificationRequest of OCPP 1.6."""

    status: UploadLogStatusEnumType
    request_id: int | UnsetType = UNSET


class LogStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """LogStatusNotificationResponse of OCPP 1.6."""


class SecurityEventNotificationRequest(Closed, frozen=True, kw_only=True):
    """SecurityEventNotificationRequest of OCPP 1.6."""

    type: Annotated[str, Meta(max_length=50)]
    timestamp: str
    tech_info: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET


class SecurityEventNotificationResponse(Closed, frozen=True, kw_only=True):
    """SecurityEventNotificationResponse of OCPP 1.6."""


class SignCertificateRequest(Closed, frozen=True, kw_only=True):
    """SignCertificateRequest of OCPP 1.6."""

    csr: Annotated[str, Meta(max_length=5500)]


class SignCertificateResponse(Closed, frozen=True, kw_only=True):
    """SignCertificateResponse of OCPP 1.6."""

    status: GenericStatusEnumType


class SignedFirmwareStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """SignedFirmwareStatusNotificationRequest of OCPP 1.6."""

    status: FirmwareStatusEnumType
    request_id: int | UnsetType = UNSET


class SignedFirmwareStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """SignedFirmwareStatusNotificationResponse of OCPP 1.6."""


class CertificateSignedRequest(Closed, frozen=True, kw_only=True):
    """CertificateSignedRequest of OCPP 1.6."""

    certificate_chain: Annotated[str, Meta(max_length=10000)]


class CertificateSignedResponse(Closed, frozen=True, kw_only=True):
    """CertificateSignedResponse of OCPP 1.6."""

    status: CertificateSignedStatusEnumType


class DeleteCertificateRequest(Closed, frozen=True, kw_only=True):
    """DeleteCertificateRequest of OCPP 1.6."""

    certificate_hash_data: CertificateHashDataType


class DeleteCertificateResponse(Closed, frozen=True, kw_only=True):
    """DeleteCertificateResponse of OCPP 1.6."""

    status: DeleteCertificateStatusEnumType


class ExtendedTriggerMessageRequest(Closed, frozen=True, kw_only=True):
    """ExtendedTriggerMessageRequest of OCPP 1.6."""

    requested_message: MessageTriggerEnumType
    connector_id: int | UnsetType = UNSET


class ExtendedTriggerMessageResponse(Closed, frozen=True, kw_only=True):
    """ExtendedTriggerMessageResponse of OCPP 1.6."""

    status: TriggerMessageStatusEnumType


class GetInstalledCertificateIdsRequest(Closed, frozen=True, kw_only=True):
    """GetInstalledCertificateIdsRequest of OCPP 1.6."""

    certificate_type: CertificateUseEnumType


class GetInstalledCertificateIdsResponse(Closed, frozen=True, kw_only=True):
    """GetInstalledCertificateIdsResponse of OCPP 1.6."""

    certificate_hash_data: Annotated[tuple[CertificateHashDataType, ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    status: GetInstalledCertificateStatusEnumType


class GetLogRequest(Closed, frozen=True, kw_only=True):
    """GetLogRequest of OCPP 1.6."""

    log: LogParametersType
    log_type: LogEnumType
    request_id: int
    retries: int | UnsetType = UNSET
    retry_interval: int | UnsetType = UNSET


class GetLogResponse(Closed, frozen=True, kw_only=True):
    """GetLogResponse of OCPP 1.6."""

    status: LogStatusEnumType
    filename: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET


class InstallCertificateRequest(Closed, frozen=True, kw_only=True):
    """InstallCertificateRequest of OCPP 1.6."""

    certificate_type: CertificateUseEnumType
    certificate: Annotated[str, Meta(max_length=5500)]


class InstallCertificateResponse(Closed, frozen=True, kw_only=True):
    """InstallCertificateResponse of OCPP 1.6."""

    status: InstallCertificateStatusEnumType


class SignedUpdateFirmwareRequest(Closed, frozen=True, kw_only=True):
    """SignedUpdateFirmwareRequest of OCPP 1.6."""

    retries: int | UnsetType = UNSET
    retry_interval: int | UnsetType = UNSET
    request_id: int
    firmware: FirmwareType


class SignedUpdateFirmwareResponse(Closed, frozen=True, kw_only=True):
    """SignedUpdateFirmwareResponse of OCPP 1.6."""

    status: UpdateFirmwareStatusEnumType
