"""The messages of block remote trigger of OCPP 1.6. Made by scripts/make_ocpp_structs.py; do not edit."""

from typing import Literal

from msgspec import UNSET, UnsetType

from voltloom.protocols.ocpp.message import Closed


class TriggerMessageRequest(Closed, frozen=True, kw_only=True):
    """TriggerMessageRequest of OCPP 1.6."""

    requested_message: Literal[
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ]
    connector_id: int | UnsetType = UNSET


class TriggerMessageResponse(Closed, frozen=True, kw_only=True):
    """TriggerMessageResponse of OCPP 1.6."""

    status: Literal["Accepted", "Rejected", "NotImplemented"]
