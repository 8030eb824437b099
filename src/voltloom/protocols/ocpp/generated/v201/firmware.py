"""The messages of block firmware of OCPP 2.0.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v201.enums import (
    FirmwareStatusEnumType,
    GenericStatusEnumType,
    PublishFirmwareStatusEnumType,
    UnpublishFirmwareStatusEnumType,
    UpdateFirmwareStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v201.types import CustomDataType, FirmwareType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class FirmwareStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """FirmwareStatusNotificationRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: FirmwareStatusEnumType
    request_id: int | UnsetType = UNSET


class FirmwareStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """FirmwareStatusNotificationResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class PublishFirmwareStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """PublishFirmwareStatusNotificationRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: PublishFirmwareStatusEnumType
    location: Annotated[tuple[Annotated[str, Meta(max_length=512)], ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    request_id: int | UnsetType = UNSET


class PublishFirmwareStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """PublishFirmwareStatusNotificationResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class PublishFirmwareRequest(Closed, frozen=True, kw_only=True):
    """PublishFirmwareRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    location: Annotated[str, Meta(max_length=512)]
    retries: int | UnsetType = UNSET
    checksum: Annotated[str, Meta(max_length=32)]
    request_id: int
    retry_interval: int | UnsetType = UNSET


class PublishFirmwareResponse(Closed, frozen=True, kw_only=True):
    """PublishFirmwareResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET


class UnpublishFirmwareRequest(Closed, frozen=True, kw_only=True):
    """UnpublishFirmwareRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    checksum: Annotated[str, Meta(max_length=32)]


class UnpublishFirmwareResponse(Closed, frozen=True, kw_only=True):
    """UnpublishFirmwareResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: UnpublishFirmwareStatusEnumType


class UpdateFirmwareRequest(Closed, frozen=True, kw_only=True):
    """UpdateFirmwareRequest of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    retries: int | UnsetType = UNSET
    retry_interval: int | UnsetType = UNSET
    request_id: int
    firmware: FirmwareType


class UpdateFirmwareResponse(Closed, frozen=True, kw_only=True):
    """UpdateFirmwareResponse of OCPP 2.0.1."""

    custom_data: CustomDataType | UnsetType = UNSET
    status: UpdateFirmwareStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
