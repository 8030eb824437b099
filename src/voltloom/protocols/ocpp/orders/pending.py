"""What may be asked of a station that was not accepted, and which of its messages are answered then."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from voltloom.protocols.ocpp.hearing import AdmissionStatus

# 2.x B02.FR.01 and 06; 1.6 section 4.2: while it waits, a station is set up and asked, never operated.
_ASKED_WHILE_PENDING: Final = frozenset(
    {
        *("ChangeConfiguration", "ExtendedTriggerMessage", "GetBaseReport", "GetConfiguration", "GetReport"),
        *("GetVariables", "SetVariables", "TriggerMessage", "CertificateSigned", "InstallCertificate"),
        *("GetInstalledCertificateIds", "DeleteCertificate", "SetNetworkProfile"),
    }
)


def may_ask(action: str, status: AdmissionStatus) -> bool:
    """Return whether a station of that standing may be sent an action. A rejected one is asked nothing (B03.FR.03)."""
    if status is AdmissionStatus.ACCEPTED:
        return True
    return status is AdmissionStatus.PENDING and action in _ASKED_WHILE_PENDING


def called_forth(action: str, payload: Struct) -> str:
    """Return the message that a CALL of ours makes a waiting station send, "" for none; it is answered then."""
    if action in ("GetBaseReport", "GetReport"):
        return "NotifyReport"
    word = str(getattr(payload, "requested_message", ""))
    return "SignCertificate" if word.startswith("Sign") else word
