"""An operator's wishes in the words of OCPP 2.0.1 and 2.1."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.orders import wishes
from voltloom.protocols.ocpp.orders.wishes import Wish, WishError
from voltloom.protocols.ocpp.orders.wording import (
    Numbers,
    check_keeps_limits,
    check_no_secret,
    message_worded,
    worded,
)
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.protocols.ocpp.timestamps import stamp_text

_RESETS: Final = MappingProxyType(
    {"immediate": "Immediate", "on_idle": "OnIdle", "immediate_and_resume": "ImmediateAndResume"}
)
_TRIGGERED_AT_CONNECTOR: Final = frozenset({"StatusNotification"})  # F06.FR.12


def prepared(wish: Wish, version: OcppVersion, numbers: Numbers) -> Prepared:
    """Return the CALL of a wish. Raises WishError for what the version cannot say."""
    match wish:
        case wishes.Start(token=token, number=number):
            fields: dict[str, Any] = {
                "idToken": _token(token),
                "remoteStartId": numbers.request_id,
                "evseId": number or None,
            }
            return worded(version, "RequestStartTransaction", fields)
        case wishes.Stop(transaction_id=transaction_id):
            return worded(version, "RequestStopTransaction", {"transactionId": transaction_id})
        case wishes.Unlock(number=number, connector=connector):
            return worded(version, "UnlockConnector", {"evseId": number, "connectorId": connector})
        case wishes.SetAvailability(is_operative=is_operative, number=number):
            word = "Operative" if is_operative else "Inoperative"
            evse = {"id": number} if number else None
            return worded(version, "ChangeAvailability", {"operationalStatus": word, "evse": evse})
        case wishes.Reset(how=how, number=number):
            if how not in _RESETS or (how == "immediate_and_resume" and version is not OcppVersion.V21):
                remedy = "Say immediate, or on_idle to wait for the drivers."
                raise WishError("how", f"{version.value} has no reset {how}", remedy)
            return worded(version, "Reset", {"type": _RESETS[how], "evseId": number or None})
        case wishes.Trigger(message=message, number=number):
            evse = {"id": number} if number else None
            if evse is not None and message in _TRIGGERED_AT_CONNECTOR:
                evse["connectorId"] = 1
            return worded(version, "TriggerMessage", {"requestedMessage": message, "evse": evse})
        case wishes.Message():
            return message_worded(wish, version, numbers)
    return _kept(wish, version, numbers)


def _kept(wish: Wish, version: OcppVersion, numbers: Numbers) -> Prepared:
    """Return the CALL of a wish about what a station keeps: reservations, lists, settings, firmware, logs."""
    match wish:
        case wishes.Reserve(token=token, until_s=until_s, number=number, reservation_id=known):
            fields: dict[str, Any] = {
                "id": known or numbers.request_id,
                "expiryDateTime": stamp_text(until_s),
                "idToken": _token(token),
                "evseId": number or None,
            }
            return worded(version, "ReserveNow", fields)
        case wishes.CancelReservation(reservation_id=reservation_id):
            return worded(version, "CancelReservation", {"reservationId": reservation_id})
        case wishes.SendList(tokens=tokens, is_full=is_full):
            fields = {
                "versionNumber": numbers.list_version,
                "localAuthorizationList": [_listed(row) for row in tokens] or None,
                "updateType": "Full" if is_full else "Differential",
            }
            return worded(version, "SendLocalList", fields)
        case wishes.ReadSettings(settings=settings):
            if not settings:
                raise WishError(
                    "settings", "is empty", "Name them, or ask for everything with GetBaseReport."
                )
            return worded(version, "GetVariables", {"getVariableData": [_named(one) for one in settings]})
        case wishes.WriteSetting(setting=setting, value=value):
            check_no_secret(setting.variable)
            check_keeps_limits(setting.component)
            written = {**_named(setting), "attributeValue": value}
            return worded(version, "SetVariables", {"setVariableData": [written]})
        case wishes.UpdateFirmware():
            return _firmware(wish, version, numbers)
        case wishes.FetchLog():
            return _log(wish, version, numbers)
    raise AssertionError(f"a wish without words: {wish}")


def _token(token: wishes.Token) -> dict[str, str]:
    return {"idToken": token.id_token, "type": token.type}


def _listed(row: wishes.ListedToken) -> dict[str, Any]:
    told: dict[str, Any] = {"idToken": _token(row.token)}
    if row.status is not None:
        told["idTokenInfo"] = {"status": row.status}
        if row.until_s is not None:
            told["idTokenInfo"]["cacheExpiryDateTime"] = stamp_text(row.until_s)
    return told


def _named(setting: wishes.Setting) -> dict[str, Any]:
    if not setting.component:
        raise WishError("component", "is missing", "2.x keeps every variable in a component.")
    component: dict[str, Any] = {"name": setting.component}
    variable: dict[str, Any] = {"name": setting.variable}
    if setting.instance:
        component["instance"] = setting.instance
    if setting.number:
        component["evse"] = {"id": setting.number}
    if setting.variable_instance:
        variable["instance"] = setting.variable_instance
    return {"component": component, "variable": variable}


def _firmware(wish: wishes.UpdateFirmware, version: OcppVersion, numbers: Numbers) -> Prepared:
    firmware: dict[str, Any] = {"location": wish.location, "retrieveDateTime": stamp_text(wish.retrieve_s)}
    if wish.install_s is not None:
        firmware["installDateTime"] = stamp_text(wish.install_s)
    if wish.certificate:
        firmware["signingCertificate"] = wish.certificate
    if wish.signature:
        firmware["signature"] = wish.signature
    return worded(version, "UpdateFirmware", {"requestId": numbers.request_id, "firmware": firmware})


def _log(wish: wishes.FetchLog, version: OcppVersion, numbers: Numbers) -> Prepared:
    if wish.log == "old_diagnostics":
        raise WishError("log", f"{version.value} has GetLog only", "Say diagnostics.")
    log: dict[str, Any] = {"remoteLocation": wish.location}
    if wish.oldest_s is not None:
        log["oldestTimestamp"] = stamp_text(wish.oldest_s)
    if wish.latest_s is not None:
        log["latestTimestamp"] = stamp_text(wish.latest_s)
    kind = "SecurityLog" if wish.log == "security" else "DiagnosticsLog"
    return worded(version, "GetLog", {"logType": kind, "requestId": numbers.request_id, "log": log})
