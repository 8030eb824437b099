"""The messages of block firmware of OCPP 2.1. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from voltloom.protocols.ocpp.generated.v21.enums import (
    FirmwareStatusEnumType,
    GenericStatusEnumType,
    PublishFirmwareStatusEnumType,
    UnpublishFirmwareStatusEnumType,
    UpdateFirmwareStatusEnumType,
)
from voltloom.protocols.ocpp.generated.v21.types import CustomDataType, FirmwareType, StatusInfoType
from voltloom.protocols.ocpp.message import Closed


class FirmwareStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """FirmwareStatusNotificationRequest of OCPP 2.1."""

    status: FirmwareStatusEnumType
    request_id: int | UnsetType = UNSET
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class FirmwareStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """FirmwareStatusNotificationResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class PublishFirmwareStatusNotificationRequest(Closed, frozen=True, kw_only=True):
    """PublishFirmwareStatusNotificationRequest of OCPP 2.1."""

    status: PublishFirmwareStatusEnumType
    location: Annotated[tuple[Annotated[str, Meta(max_length=2000)], ...], Meta(min_length=1)] | UnsetType = (
        UNSET
    )
    request_id: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class PublishFirmwareStatusNotificationResponse(Closed, frozen=True, kw_only=True):
    """PublishFirmwareStatusNotificationResponse of OCPP 2.1."""

    custom_data: CustomDataType | UnsetType = UNSET


class PublishFirmwareRequest(Closed, frozen=True, kw_only=True):
    """PublishFirmwareRequest of OCPP 2.1."""

    location: Annotated[str, Meta(max_length=2000)]
    retries: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    checksum: Annotated[str, Meta(max_length=32)]
    request_id: Annotated[int, Meta(ge=0)]
    retry_interval: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class PublishFirmwareResponse(Closed, frozen=True, kw_only=True):
    """PublishFirmwareResponse of OCPP 2.1."""

    status: GenericStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET


class UnpublishFirmwareRequest(Closed, frozen=True, kw_only=True):
    """UnpublishFirmwareRequest of OCPP 2.1."""

    checksum: Annotated[str, Meta(max_length=32)]
    custom_data: CustomDataType | UnsetType = UNSET


class UnpublishFirmwareResponse(Closed, frozen=True, kw_only=True):
    """UnpublishFirmwareResponse of OCPP 2.1."""

    status: UnpublishFirmwareStatusEnumType
    custom_data: CustomDataType | UnsetType = UNSET


class UpdateFirmwareRequest(Closed, frozen=True, kw_only=True):
    """UpdateFirmwareRequest of OCPP 2.1."""

    retries: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    retry_interval: int | UnsetType = UNSET
    request_id: int
    firmware: FirmwareType
    custom_data: CustomDataType | UnsetType = UNSET


class UpdateFirmwareResponse(Closed, frozen=True, kw_only=True):
    """UpdateFirmwareResponse of OCPP 2.1."""

    status: UpdateFirmwareStatusEnumType
    status_info: StatusInfoType | UnsetType = UNSET
    custom_data: CustomDataType | UnsetType = UNSET
