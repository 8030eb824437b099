"""An operator's wishes in the words of OCPP 1.6 and its security whitepaper."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.orders import wishes
from voltloom.protocols.ocpp.orders.wishes import Wish, WishError
from voltloom.protocols.ocpp.orders.wording import Numbers, check_no_secret, message_worded, worded
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.protocols.ocpp.timestamps import stamp_text

_RESETS: Final = MappingProxyType({"graceful": "Soft", "immediate": "Hard"})
_TRIGGERED: Final = frozenset(
    {
        *("BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification"),
        *("Heartbeat", "MeterValues", "StatusNotification"),
    }
)
_TRIGGERED_EXTENDED: Final = MappingProxyType(
    {
        "LogStatusNotification": "LogStatusNotification",
        "SignChargingStationCertificate": "SignChargePointCertificate",
    }
)
_V = OcppVersion.V16


def prepared(wish: Wish, numbers: Numbers) -> Prepared:
    """Return the CALL of a wish. Raises WishError for what 1.6 cannot say."""
    match wish:
        case wishes.Start(token=token, number=number):
            return worded(
                _V, "RemoteStartTransaction", {"idTag": token.id_token, "connectorId": number or None}
            )
        case wishes.Stop(transaction_id=transaction_id):
            if not transaction_id.lstrip("-").isdecimal():
                raise WishError(
                    "transaction_id", f"{transaction_id} is no number", "1.6 counts transactions."
                )
            return worded(_V, "RemoteStopTransaction", {"transactionId": int(transaction_id)})
        case wishes.Unlock(number=number):
            return worded(_V, "UnlockConnector", {"connectorId": number})
        case wishes.SetAvailability(is_operative=is_operative, number=number):
            word = "Operative" if is_operative else "Inoperative"
            return worded(_V, "ChangeAvailability", {"connectorId": number, "type": word})
        case wishes.Reset():
            return _reset(wish)
        case wishes.Trigger():
            return _trigger(wish)
        case wishes.Message():
            return message_worded(wish, _V, numbers)
    return _kept(wish, numbers)


def _kept(wish: Wish, numbers: Numbers) -> Prepared:
    """Return the CALL of a wish about what a station keeps: reservations, lists, settings, firmware, logs."""
    match wish:
        case wishes.Reserve(token=token, until_s=until_s, number=number, reservation_id=known):
            fields = {
                "connectorId": number,
                "expiryDate": stamp_text(until_s),
                "idTag": token.id_token,
                "reservationId": known or numbers.request_id,
            }
            return worded(_V, "ReserveNow", fields)
        case wishes.CancelReservation(reservation_id=reservation_id):
            return worded(_V, "CancelReservation", {"reservationId": reservation_id})
        case wishes.SendList(tokens=tokens, is_full=is_full):
            fields = {
                "listVersion": numbers.list_version,
                "localAuthorizationList": [_listed(row) for row in tokens],
                "updateType": "Full" if is_full else "Differential",
            }
            return worded(_V, "SendLocalList", fields)
        case wishes.ReadSettings(settings=settings):
            names = [_key(setting) for setting in settings]
            return worded(_V, "GetConfiguration", {"key": names or None})
        case wishes.WriteSetting(setting=setting, value=value):
            check_no_secret(setting.variable)
            return worded(_V, "ChangeConfiguration", {"key": _key(setting), "value": value})
        case wishes.UpdateFirmware():
            return _firmware(wish, numbers)
        case wishes.FetchLog():
            return _log(wish, numbers)
    raise AssertionError(f"a wish without words: {wish}")


def _reset(wish: wishes.Reset) -> Prepared:
    if wish.how not in _RESETS:
        remedy = "Wait until no transaction runs, then say graceful, or say graceful to end them now."
        raise WishError("how", f"1.6 has no reset {wish.how}", remedy)
    if wish.number:
        raise WishError("number", "1.6 restarts whole stations only", "Leave it out.")
    return worded(_V, "Reset", {"type": _RESETS[wish.how]})


def _trigger(wish: wishes.Trigger) -> Prepared:
    action, word = "TriggerMessage", wish.message
    if word in _TRIGGERED_EXTENDED:
        action, word = "ExtendedTriggerMessage", _TRIGGERED_EXTENDED[word]
    elif word not in _TRIGGERED:
        known = ", ".join(sorted(_TRIGGERED | _TRIGGERED_EXTENDED.keys()))
        raise WishError("message", f"1.6 cannot ask for {word}", f"Say one of {known}.")
    return worded(_V, action, {"requestedMessage": word, "connectorId": wish.number or None})


def _listed(row: wishes.ListedToken) -> dict[str, Any]:
    told: dict[str, Any] = {"idTag": row.token.id_token}
    if row.status is not None:
        told["idTagInfo"] = {"status": row.status}
        if row.until_s is not None:
            told["idTagInfo"]["expiryDate"] = stamp_text(row.until_s)
    return told


def _key(setting: wishes.Setting) -> str:
    if setting.component or setting.instance or setting.variable_instance or setting.number:
        raise WishError("setting", "1.6 has keys, no components", "Give the key as variable only.")
    return setting.variable


def _firmware(wish: wishes.UpdateFirmware, numbers: Numbers) -> Prepared:
    retrieve = stamp_text(wish.retrieve_s)
    if not (wish.certificate or wish.signature):
        if wish.install_s is not None:
            raise WishError("install_s", "1.6 installs what it fetched at once", "Leave it out, or sign.")
        return worded(_V, "UpdateFirmware", {"location": wish.location, "retrieveDate": retrieve})
    firmware = {
        "location": wish.location,
        "retrieveDateTime": retrieve,
        "signingCertificate": wish.certificate,
        "signature": wish.signature,
    }
    if wish.install_s is not None:
        firmware["installDateTime"] = stamp_text(wish.install_s)
    return worded(_V, "SignedUpdateFirmware", {"requestId": numbers.request_id, "firmware": firmware})


def _log(wish: wishes.FetchLog, numbers: Numbers) -> Prepared:
    oldest = None if wish.oldest_s is None else stamp_text(wish.oldest_s)
    latest = None if wish.latest_s is None else stamp_text(wish.latest_s)
    if wish.log == "old_diagnostics":
        fields = {"location": wish.location, "startTime": oldest, "stopTime": latest}
        return worded(_V, "GetDiagnostics", fields)
    bounds = {"oldestTimestamp": oldest, "latestTimestamp": latest}
    log = {"remoteLocation": wish.location, **{name: value for name, value in bounds.items() if value}}
    kind = "SecurityLog" if wish.log == "security" else "DiagnosticsLog"
    return worded(_V, "GetLog", {"logType": kind, "requestId": numbers.request_id, "log": log})
