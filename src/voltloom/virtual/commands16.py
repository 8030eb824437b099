"""How a virtual station answers the central system's calls of OCPP 1.6."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from msgspec import UNSET

from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.protocols.ocpp.timestamps import read_ahead, stamp_text
from voltloom.virtual import commands, dialect16
from voltloom.virtual.commands import Answer, Handler
from voltloom.virtual.inventory import change, entries
from voltloom.virtual.outlet import Outlet, Reservation
from voltloom.virtual.profile_words import period_words, purpose_of
from voltloom.virtual.station import Station, ignored

_REFUSALS_16: Final[Mapping[str, str]] = {"UnsupportedPurpose": "NotSupported"}


def _get_configuration(station: Station, asked: Any) -> Answer:
    known = {entry.name: entry for entry in entries(station)}
    wanted = list(known) if asked.key in (UNSET, ()) else list(asked.key)
    found = [
        {"key": name, "readonly": not known[name].is_settable, "value": known[name].value}
        for name in wanted
        if name in known
    ]
    unknown = [name for name in wanted if name not in known]
    return {"configurationKey": found, **({"unknownKey": unknown} if unknown else {})}


def _change_configuration(station: Station, asked: Any) -> Answer:
    return {"status": change(station, asked.key, asked.value)}


def _set_profile(station: Station, asked: Any) -> Answer:
    why = commands.install(station, asked.cs_charging_profiles, asked.connector_id)
    return {"status": _REFUSALS_16.get(why, "Rejected") if why else "Accepted"}


def _clear_profile(station: Station, asked: Any) -> Answer:
    fits: dict[str, Any] = {}
    if asked.id is not UNSET:
        fits["profile_id"] = asked.id
    if asked.connector_id is not UNSET:
        fits["number"] = asked.connector_id
    if asked.charging_profile_purpose is not UNSET:
        fits["purpose"] = purpose_of(asked.charging_profile_purpose)
    if asked.stack_level is not UNSET:
        fits["stack_level"] = asked.stack_level
    return {"status": "Accepted" if commands.clear(station, **fits) else "Unknown"}


def _get_schedule(station: Station, asked: Any) -> Answer:
    unit = RateUnit.A if asked.charging_rate_unit is UNSET else RateUnit(asked.charging_rate_unit)
    found = commands.schedule(station, asked.connector_id, float(asked.duration), unit)
    if found is None or unit not in station.nature.ability.units:
        return {"status": "Rejected"}
    words = period_words(found.periods, unit, found.w_per_a)
    return {
        "status": "Accepted",
        "connectorId": asked.connector_id,
        "scheduleStart": stamp_text(station.now_s),
        "chargingSchedule": {
            "duration": asked.duration,
            "chargingRateUnit": unit.value,
            "chargingSchedulePeriod": words,
        },
    }


def _remote_start(station: Station, asked: Any) -> Answer:
    number = None if asked.connector_id is UNSET else asked.connector_id
    told = None if asked.charging_profile is UNSET else asked.charging_profile
    return _yes(is_accepted=commands.start(station, number, asked.id_tag, told))


def _remote_stop(station: Station, asked: Any) -> Answer:
    return _yes(is_accepted=commands.stop(station, str(asked.transaction_id)))


def _reset(station: Station, asked: Any) -> Answer:
    commands.soon(station, partial(station.restart, "RemoteReset"))
    return {"status": "Accepted"}


def _unlock(station: Station, asked: Any) -> Answer:
    outlet = station.outlets.get(asked.connector_id)
    if outlet is None:
        return {"status": "NotSupported"}
    commands.unlock(station, outlet)
    return {"status": "Unlocked"}


def _trigger(station: Station, asked: Any) -> Answer:
    outlets = commands.outlets_named(station, 0 if asked.connector_id is UNSET else asked.connector_id)
    return {"status": commands.trigger(station, asked.requested_message, outlets, _TOLD)}


def _availability(station: Station, asked: Any) -> Answer:
    outlets = commands.outlets_named(station, asked.connector_id)
    if outlets is None:
        return {"status": "Rejected"}
    return {
        "status": commands.make_operative(station, outlets, is_operative=asked.type == "Operative"),
    }


def _reserve(station: Station, asked: Any) -> Answer:
    reservation = Reservation(asked.reservation_id, asked.id_tag, read_ahead(asked.expiry_date))
    return {"status": commands.reserve(station, asked.connector_id, reservation)}


def _unreserve(station: Station, asked: Any) -> Answer:
    return _yes(is_accepted=commands.unreserve(station, asked.reservation_id))


def _send_list(station: Station, asked: Any) -> Answer:
    told = () if asked.local_authorization_list is UNSET else asked.local_authorization_list
    tokens = {
        entry.id_tag: None if entry.id_tag_info is UNSET else str(entry.id_tag_info.status) for entry in told
    }
    is_full = asked.update_type == "Full"
    fits = commands.take_list(station, asked.list_version, is_full=is_full, tokens=tokens)
    return {"status": "Accepted" if fits else "VersionMismatch"}


def _list_version(station: Station, asked: Any) -> Answer:
    return {"listVersion": station.local_list_version}


def _firmware(station: Station, asked: Any) -> Answer:
    commands.update_firmware(station, partial(_firmware_told, station), "FirmwareUpdate")
    return {}


def _diagnostics(station: Station, asked: Any) -> Answer:
    for word in ("Uploading", "Uploaded"):
        action = "DiagnosticsStatusNotification"
        commands.soon(station, partial(_say, station, action, {"status": word}))
    return {"fileName": f"{station.nature.identity}.log"}


def _clear_cache(station: Station, asked: Any) -> Answer:
    return {"status": "Accepted"}


def _data(station: Station, asked: Any) -> Answer:
    return {"status": "UnknownVendorId"}


def _yes(*, is_accepted: bool) -> Answer:
    return {"status": "Accepted" if is_accepted else "Rejected"}


def _say(station: Station, action: str, payload: dict[str, Any]) -> None:
    station.wire.call((action, payload), ignored)


def _firmware_told(station: Station, word: str) -> None:
    _say(station, "FirmwareStatusNotification", {"status": word})


def _show(station: Station, outlet: Outlet) -> None:
    station.show(outlet, again=True)


def _meter(station: Station, outlet: Outlet) -> None:
    reading = station.body.reading(outlet.number, station.now_s)
    station.wire.call(dialect16.metering(outlet.number, reading), ignored)


_TOLD: Final = commands.Told(
    show=_show,
    meter=_meter,
    say=_say,
    idle=frozenset({"FirmwareStatusNotification", "DiagnosticsStatusNotification"}),
)
HANDLERS: Final[Mapping[str, Handler]] = {
    "GetConfiguration": _get_configuration,
    "ChangeConfiguration": _change_configuration,
    "SetChargingProfile": _set_profile,
    "ClearChargingProfile": _clear_profile,
    "GetCompositeSchedule": _get_schedule,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "Reset": _reset,
    "UnlockConnector": _unlock,
    "TriggerMessage": _trigger,
    "ChangeAvailability": _availability,
    "ReserveNow": _reserve,
    "CancelReservation": _unreserve,
    "SendLocalList": _send_list,
    "GetLocalListVersion": _list_version,
    "UpdateFirmware": _firmware,
    "GetDiagnostics": _diagnostics,
    "ClearCache": _clear_cache,
    "DataTransfer": _data,
}
