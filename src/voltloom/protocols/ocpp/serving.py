"""What is done with every message of every version; docs/ocpp.md shows it as a table, and a test holds both together."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final

from voltloom.protocols.ocpp.actions import OcppVersion, Sender, actions
from voltloom.protocols.ocpp.v2x import ACKNOWLEDGED, DECLINED


class How(Enum):
    """What is done with a message."""

    UNDERSTOOD = "understood"  # events for the core, words for the journal
    KEPT = "noticed"  # answered, and put up for operators
    ACKNOWLEDGED = "acknowledged"  # answered; the frame is kept, nothing follows
    DECLINED = "declined"  # answered with the "no" of its own schema
    CONFIGURED = "by the site's file"  # declined where the file says nothing of it
    REFUSED = "CALLERROR NotSupported"
    SENT = "sent"  # a command or question of the controller's
    ORDERED = "ordered"  # sent when an operator orders it (`orders`)


_UNDERSTOOD: Final = MappingProxyType(
    {
        OcppVersion.V16: frozenset(
            {
                *("Authorize", "BootNotification", "Heartbeat", "MeterValues", "StartTransaction"),
                *("StatusNotification", "StopTransaction"),
            }
        ),
        OcppVersion.V201: frozenset(
            {
                *("Authorize", "BootNotification", "Heartbeat", "MeterValues", "NotifyEVChargingNeeds"),
                *("NotifyReport", "StatusNotification", "TransactionEvent"),
            }
        ),
    }
)
_UNDERSTOOD_2X: Final = frozenset({"NotifyEVChargingSchedule", "PullDynamicScheduleUpdate"})
_SENT: Final = MappingProxyType(
    {
        OcppVersion.V16: frozenset({"GetConfiguration", "RemoteStopTransaction", "SetChargingProfile"}),
        OcppVersion.V201: frozenset({"GetBaseReport", "RequestStopTransaction", "SetChargingProfile"}),
        OcppVersion.V21: frozenset(
            {"GetBaseReport", "RequestStopTransaction", "SetChargingProfile", "UpdateDynamicSchedule"}
        ),
    }
)
_CONFIGURED: Final = frozenset({"DataTransfer", "SignCertificate"})
# Each tells of an order or makes a notice (`live/orders`).
_KEPT: Final = frozenset(
    {
        *("DiagnosticsStatusNotification", "FirmwareStatusNotification", "LogStatusNotification"),
        *("NotifyDERAlarm", "NotifyEvent", "NotifyMonitoringReport", "NotifyPriorityCharging"),
        *("PublishFirmwareStatusNotification",),
        *("ReservationStatusUpdate", "SecurityEventNotification", "SignedFirmwareStatusNotification"),
    }
)


def how(version: OcppVersion, action: str) -> How:
    """Return what is done with an action of a version; KeyError for one that it does not have."""
    if actions(version)[action].sender is Sender.CSMS:
        return How.SENT if action in _SENT[version] else How.ORDERED
    is_v16 = version is OcppVersion.V16
    if action in _UNDERSTOOD[version if is_v16 else OcppVersion.V201] | _UNDERSTOOD_2X:
        return How.UNDERSTOOD
    if action in _CONFIGURED:
        return How.CONFIGURED
    if action in _KEPT:
        return How.KEPT
    if is_v16:
        return How.ACKNOWLEDGED
    if action in DECLINED or action == "GetCertificateChainStatus":
        return How.DECLINED
    is_answered = action in ACKNOWLEDGED or action == "NotifyPeriodicEventStream"
    return How.ACKNOWLEDGED if is_answered else How.REFUSED


def table() -> tuple[str, ...]:
    """Return the rows of the message table in Markdown: action, block, sender, what is done in each version."""
    names = sorted({name for version in OcppVersion for name in actions(version)})
    rows = ["| message | block | sent by | 1.6 | 2.0.1 | 2.1 |", "|---|---|---|---|---|---|"]
    for name in names:
        known = [actions(version).get(name) for version in OcppVersion]
        last = next(action for action in reversed(known) if action is not None)
        cells = [
            "" if action is None else how(version, name).value
            for version, action in zip(OcppVersion, known, strict=True)
        ]
        block = last.block.replace("_", " ")
        rows.append(f"| {name} | {block} | {last.sender.value} | {' | '.join(cells)} |")
    return tuple(rows)
