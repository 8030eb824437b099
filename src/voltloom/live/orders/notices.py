"""What stations tell of themselves: security events, firmware and log progress, monitored variables, reservations, DER alarms.

The journal has every message; the board is what it says of the last ones, with an alarm and a next step where one is due.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

MAX_NOTICES_COUNT: Final = 1000
_log = logging.getLogger("voltloom.live")
# Security events of OCPP 2.x (part 2, appendix 1) and the 1.6 whitepaper that somebody must look at, and what to do.
_ALARMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AttemptedReplayAttacks": "Look for a second sender on the station's network.",
        "CsmsFailedToAuthenticate": "Compare the server's certificate with the roots the station has.",
        "FailedToAuthenticateAtCsms": "Compare the station's secret or certificate with the site's.",
        "InvalidCentralSystemCertificate": "Compare the server's certificate with the roots the station has.",
        "InvalidChargePointCertificate": "Have the station ask for a new certificate.",
        "InvalidChargingStationCertificate": "Have the station ask for a new certificate.",
        "InvalidCsmsCertificate": "Compare the server's certificate with the roots the station has.",
        "InvalidFirmwareSignature": "Do not install this firmware; fetch it anew from its maker.",
        "InvalidFirmwareSigningCertificate": "Do not install this firmware; ask its maker for the certificate.",
        "MaintenanceLoginAccepted": "Make sure that this visit was ordered.",
        "MaintenanceLoginFailed": "Make sure that nobody unknown is at the station.",
        "MemoryExhaustion": "Restart the station when no one charges; ask its maker for newer firmware.",
        "ReconfigurationOfSecurityParameters": "Make sure that this change was ordered.",
        "SecurityLogWasCleared": "Make sure that this was ordered; fetch the log that is left.",
        "TamperDetectionActivated": "Have somebody look at the station before it charges on.",
    }
)
_FAILED: Final = ("Failed", "Invalid", "Failure")


class Notice(NamedTuple):
    """One word of a station about itself. next_step: "" for one that is no alarm."""

    station_id: str
    at_s: float
    action: str
    what: str
    next_step: str = ""

    @property
    def is_alarm(self) -> bool:
        """Say whether somebody must look at it."""
        return bool(self.next_step)


def notice_of(station_id: str, at_s: float, action: str, told: Mapping[str, Any]) -> Notice:
    """Return what a message tells of its station. told: in the wire's names."""
    what, next_step = _WORDS[action](told)
    return Notice(station_id, at_s, action, what, next_step)


class NoticeBoard:
    """The last notices of a site, the newest last."""

    def __init__(self) -> None:
        self._notices: deque[Notice] = deque(maxlen=MAX_NOTICES_COUNT)
        self._watchers: list[Callable[[Notice], None]] = []

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Return the last notices."""
        return tuple(self._notices)

    def subscribe(self, watcher: Callable[[Notice], None]) -> Callable[[], None]:
        """Tell a watcher of every notice from now on. Returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def heard(self, station_id: str, at_s: float, action: str, message: Struct | None) -> None:
        """Put up what a station's message tells of it, and tell of it."""
        if action not in _WORDS or message is None:
            return
        notice = notice_of(station_id, at_s, action, msgspec.to_builtins(message))
        self._notices.append(notice)
        if notice.is_alarm:
            _log.warning("%s: %s. %s", station_id, notice.what, notice.next_step)
        for watcher in tuple(self._watchers):
            watcher(notice)

    def recall(self, station_id: str, at_s: float, action: str, payload: str) -> None:
        """Put up what the journal has of a message from before a restart."""
        if action in _WORDS:
            told = msgspec.json.decode(payload, type=dict[str, Any])
            self._notices.append(notice_of(station_id, at_s, action, told))


Words = tuple[str, str]


def _security(told: Mapping[str, Any]) -> Words:
    kind = told["type"]
    return " ".join(filter(None, (kind, told.get("techInfo", "")))), _ALARMS.get(kind, "")


def _progress(told: Mapping[str, Any]) -> Words:
    status = told["status"]
    is_failure = any(word in status for word in _FAILED)
    return status, "Look at the order it belongs to, and give it again." if is_failure else ""


def _events(told: Mapping[str, Any]) -> Words:
    rows = told["eventData"]
    shown = [f"{row['component']['name']}.{row['variable']['name']} = {row['actualValue']}" for row in rows]
    # 0 to 4 of a monitor's severity: danger, hardware failure, system failure, critical, error.
    is_grave = any(row.get("severity", 9) <= 4 and not row.get("cleared") for row in rows)
    return ", ".join(
        shown
    ), "Have the station looked at: its own monitor calls this an error." if is_grave else ""


def _monitors(told: Mapping[str, Any]) -> Words:
    rows = told.get("monitor", ())
    return ", ".join(f"{row['component']['name']}.{row['variable']['name']}" for row in rows), ""


def _reservation(told: Mapping[str, Any]) -> Words:
    return f"reservation {told['reservationId']} {told['reservationUpdateStatus']}", ""


def _der_alarm(told: Mapping[str, Any]) -> Words:
    what = f"{told['controlType']} {told.get('gridEventFault', '')}".strip()
    return what, "" if told.get("alarmEnded") else "Look at the grid's voltage and frequency at this station."


def _priority(told: Mapping[str, Any]) -> Words:
    transaction = f"priority charging of transaction {told['transactionId']}"
    if not told["activated"]:
        return f"{transaction} ended", ""
    next_step = (
        "It follows a profile of somebody else's: end it with UsePriorityCharging, and clear that profile."
    )
    return f"{transaction} began", next_step


_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], Words]]] = MappingProxyType(
    {
        "SecurityEventNotification": _security,
        "FirmwareStatusNotification": _progress,
        "SignedFirmwareStatusNotification": _progress,
        "PublishFirmwareStatusNotification": _progress,
        "LogStatusNotification": _progress,
        "DiagnosticsStatusNotification": _progress,
        "NotifyEvent": _events,
        "NotifyMonitoringReport": _monitors,
        "ReservationStatusUpdate": _reservation,
        "NotifyDERAlarm": _der_alarm,
        "NotifyPriorityCharging": _priority,
    }
)
