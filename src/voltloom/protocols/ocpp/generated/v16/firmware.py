"""The messages of block firmware of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.message import Closed


class DiagnosticsStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """DiagnosticsStatusNotificationRequest of OCPP 1.6."""

    status: Literal["Idle", "Uploaded", "UploadFailed", "Uploading"]


class DiagnosticsStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """DiagnosticsStatusNotificationResponse of OCPP 1.6."""


class FirmwareStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """FirmwareStatusNotificationRequest of OCPP 1.6."""

    status: Literal[
        "Downloaded", "DownloadFailed", "Downloading", "Idle", "InstallationFailed", "Installing", "Installed"
    ]


class FirmwareStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """FirmwareStatusNotificationResponse of OCPP 1.6."""


class GetDiagnosticsRequest(Closed, frozen=True, kw_only=True):
    """GetDiagnosticsRequest of OCPP 1.6."""

    location: str
    retries: int | UnsetType = UNSET
    retry_interval: int | UnsetType = UNSET
    start_time: str | UnsetType = UNSET
    stop_time: str | UnsetType = UNSET


class GetDiagnosticsResponse(Closed, frozen=True, kw_only=True):
    """GetDiagnosticsResponse of OCPP 1.6."""

    file_name: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET


class UpdateFirmwareRequest(Closed, frozen=True, kw_only=True):
    """UpdateFirmwareRequest of OCPP 1.6."""

    location: str
    retries: int | UnsetType = UNSET
    retrieve_date: str
    retry_interval: int | UnsetType = UNSET


class UpdateFirmwareResponse(Closed, frozen=True, kw_only=True):
    """UpdateFirmwareResponse of OCPP 1.6."""
