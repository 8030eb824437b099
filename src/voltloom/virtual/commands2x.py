"""How a virtual station answers the central system's calls of OCPP 2.0.1 and 2.1."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from msgspec import UNSET

from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.protocols.ocpp.timestamps import read_ahead, stamp_text
from voltloom.virtual import commands, dialect2x
from voltloom.virtual.commands import Answer, Handler
from voltloom.virtual.inventory import change, entries, report
from voltloom.virtual.outlet import Outlet, Reservation
from voltloom.virtual.profile_stack import Profile
from voltloom.virtual.profile_words import period_words, profile_told, purpose_of
from voltloom.virtual.station import Station, ignored

REPORT_PART = 5  # entries in one NotifyReport


def _base_report(station: Station, asked: Any) -> Answer:
    commands.soon(station, partial(_report, station, asked.request_id))
    return {"status": "Accepted"}


def _report(station: Station, request_id: int) -> None:
    whole = report(station)
    parts = [whole[at : at + REPORT_PART] for at in range(0, len(whole), REPORT_PART)]
    for number, part in enumerate(parts):
        payload = {
            "requestId": request_id,
            "generatedAt": stamp_text(station.now_s),
            "reportData": part,
            "tbc": number < len(parts) - 1,
            "seqNo": number,
        }
        _say(station, "NotifyReport", payload)


def _get_variables(station: Station, asked: Any) -> Answer:
    known = {(entry.component, entry.name): entry for entry in entries(station)}
    components = {entry.component for entry in known.values()}
    results = []
    for item in asked.get_variable_data:
        entry = known.get((item.component.name, item.variable.name))
        result: dict[str, Any] = _named(item)
        if entry is not None and item.attribute_type in (UNSET, "Actual"):
            result.update(attributeStatus="Accepted", attributeValue=entry.value)
        elif entry is not None:
            result["attributeStatus"] = "NotSupportedAttributeType"
        else:
            is_known = item.component.name in components
            result["attributeStatus"] = "UnknownVariable" if is_known else "UnknownComponent"
        results.append(result)
    return {"getVariableResult": results}


def _set_variables(station: Station, asked: Any) -> Answer:
    known = {(entry.component, entry.name) for entry in entries(station)}
    results = []
    for item in asked.set_variable_data:
        place = (item.component.name, item.variable.name)
        status = change(station, place[1], item.attribute_value) if place in known else "UnknownVariable"
        results.append({**_named(item), "attributeStatus": status})
    return {"setVariableResult": results}


def _named(item: Any) -> dict[str, Any]:
    return {"component": {"name": item.component.name}, "variable": {"name": item.variable.name}}


def _set_profile(station: Station, asked: Any) -> Answer:
    return _judged(commands.install(station, asked.charging_profile, asked.evse_id))


def _clear_profile(station: Station, asked: Any) -> Answer:
    fits: dict[str, Any] = {}
    if asked.charging_profile_id is not UNSET:
        fits["profile_id"] = asked.charging_profile_id
    criteria = asked.charging_profile_criteria
    if criteria is not UNSET:
        if criteria.evse_id is not UNSET:
            fits["number"] = criteria.evse_id
        if criteria.charging_profile_purpose is not UNSET:
            fits["purpose"] = purpose_of(criteria.charging_profile_purpose)
        if criteria.stack_level is not UNSET:
            fits["stack_level"] = criteria.stack_level
    return {"status": "Accepted" if commands.clear(station, **fits) else "Unknown"}


def _get_profiles(station: Station, asked: Any) -> Answer:
    wanted = asked.charging_profile
    purpose = None
    if wanted.charging_profile_purpose is not UNSET:
        purpose = purpose_of(wanted.charging_profile_purpose)

    def fits(profile: Profile) -> bool:
        return (
            (asked.evse_id is UNSET or profile.number == asked.evse_id)
            and (wanted.charging_profile_id is UNSET or profile.profile_id in wanted.charging_profile_id)
            and (wanted.stack_level is UNSET or profile.stack_level == wanted.stack_level)
            and (purpose is None or profile.purpose is purpose)
        )

    by_number: dict[int, list[dict[str, object]]] = {}
    for profile in filter(fits, station.stack):
        by_number.setdefault(profile.number, []).append(profile_told(profile))
    if not by_number:
        return {"status": "NoProfiles"}
    last = max(by_number)
    for number, told in sorted(by_number.items()):
        payload = {
            "requestId": asked.request_id,
            "chargingLimitSource": "CSO",
            "chargingProfile": told,
            "tbc": number != last,
            "evseId": number,
        }
        commands.soon(station, partial(_say, station, "ReportChargingProfiles", payload))
    return {"status": "Accepted"}


def _get_schedule(station: Station, asked: Any) -> Answer:
    unit = RateUnit.A if asked.charging_rate_unit is UNSET else RateUnit(asked.charging_rate_unit)
    found = commands.schedule(station, asked.evse_id, float(asked.duration), unit)
    if found is None or unit not in station.nature.ability.units:
        return {"status": "Rejected"}
    schedule = {
        "evseId": asked.evse_id,
        "duration": asked.duration,
        "scheduleStart": stamp_text(station.now_s),
        "chargingRateUnit": unit.value,
        "chargingSchedulePeriod": period_words(found.periods, unit, found.w_per_a),
    }
    return {"status": "Accepted", "schedule": schedule}


def _update_schedule(station: Station, asked: Any) -> Answer:
    limit_a_or_w = asked.schedule_update.limit
    if limit_a_or_w is UNSET or limit_a_or_w < 0.0:
        return _judged("InvalidSchedule")
    is_there = commands.update(station, asked.charging_profile_id, limit_a_or_w)
    return _judged("" if is_there else "UnknownChargingProfile")


def _request_start(station: Station, asked: Any) -> Answer:
    number = None if asked.evse_id is UNSET else asked.evse_id
    told = None if asked.charging_profile is UNSET else asked.charging_profile
    token = asked.id_token.id_token
    return _yes(is_accepted=commands.start(station, number, token, told, asked.remote_start_id))


def _request_stop(station: Station, asked: Any) -> Answer:
    return _yes(is_accepted=commands.stop(station, asked.transaction_id))


def _reset(station: Station, asked: Any) -> Answer:
    if asked.evse_id is not UNSET and asked.evse_id != 0:
        return {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedRequest"}}
    if asked.type == "OnIdle" and station.charging_count > 0:
        station.restarts_when_idle = True
        return {"status": "Scheduled"}
    commands.soon(station, partial(station.restart, "RemoteReset"))
    return {"status": "Accepted"}


def _unlock(station: Station, asked: Any) -> Answer:
    outlet = station.outlets.get(asked.evse_id)
    if outlet is None or asked.connector_id != 1:
        return {"status": "UnknownConnector"}
    if outlet.transaction is not None:
        return {"status": "OngoingAuthorizedTransaction"}
    return {"status": "Unlocked"}


def _trigger(station: Station, asked: Any) -> Answer:
    outlets = commands.outlets_named(station, 0 if asked.evse is UNSET else asked.evse.id)
    return {"status": commands.trigger(station, asked.requested_message, outlets, _TOLD)}


def _availability(station: Station, asked: Any) -> Answer:
    outlets = commands.outlets_named(station, 0 if asked.evse is UNSET else asked.evse.id)
    if outlets is None:
        return {"status": "Rejected"}
    is_operative = asked.operational_status == "Operative"
    return {"status": commands.make_operative(station, outlets, is_operative=is_operative)}


def _reserve(station: Station, asked: Any) -> Answer:
    number = 0 if asked.evse_id is UNSET else asked.evse_id
    reservation = Reservation(asked.id, asked.id_token.id_token, read_ahead(asked.expiry_date_time))
    return {"status": commands.reserve(station, number, reservation)}


def _unreserve(station: Station, asked: Any) -> Answer:
    return _yes(is_accepted=commands.unreserve(station, asked.reservation_id))


def _send_list(station: Station, asked: Any) -> Answer:
    told = () if asked.local_authorization_list is UNSET else asked.local_authorization_list
    tokens = {
        entry.id_token.id_token: None if entry.id_token_info is UNSET else str(entry.id_token_info.status)
        for entry in told
    }
    is_full = asked.update_type == "Full"
    fits = commands.take_list(station, asked.version_number, is_full=is_full, tokens=tokens)
    return {"status": "Accepted" if fits else "VersionMismatch"}


def _list_version(station: Station, asked: Any) -> Answer:
    return {"versionNumber": station.local_list_version}


def _firmware(station: Station, asked: Any) -> Answer:
    commands.update_firmware(station, partial(_firmware_told, station, asked.request_id), "FirmwareUpdate")
    return {"status": "Accepted"}


def _log(station: Station, asked: Any) -> Answer:
    for word in ("Uploading", "Uploaded"):
        payload = {"status": word, "requestId": asked.request_id}
        commands.soon(station, partial(_say, station, "LogStatusNotification", payload))
    return {"status": "Accepted", "filename": f"{station.nature.identity}.log"}


def _transaction_status(station: Station, asked: Any) -> Answer:
    answer: dict[str, Any] = {"messagesInQueue": len(station.outbox) > 0}
    if asked.transaction_id is not UNSET:
        running = [outlet.transaction for outlet in station.outlets.values() if outlet.transaction]
        answer["ongoingIndicator"] = any(own.identity == asked.transaction_id for own in running)
    return answer


def _clear_cache(station: Station, asked: Any) -> Answer:
    return {"status": "Accepted"}


def _data(station: Station, asked: Any) -> Answer:
    return {"status": "UnknownVendorId"}


def _judged(why: str) -> Answer:
    return {"status": "Rejected", "statusInfo": {"reasonCode": why[:20]}} if why else {"status": "Accepted"}


def _yes(*, is_accepted: bool) -> Answer:
    return {"status": "Accepted" if is_accepted else "Rejected"}


def _say(station: Station, action: str, payload: dict[str, Any]) -> None:
    station.wire.call((action, payload), ignored)


def _firmware_told(station: Station, request_id: int, word: str) -> None:
    _say(station, "FirmwareStatusNotification", {"status": word, "requestId": request_id})


def _status(station: Station, outlet: Outlet) -> None:
    station.wire.call(dialect2x.status(outlet.number, outlet.state, station.now_s), ignored)


def _meter(station: Station, outlet: Outlet) -> None:
    reading = station.body.reading(outlet.number, station.now_s)
    station.wire.call(dialect2x.metering(outlet.number, reading), ignored)


_TOLD: Final = commands.Told(
    show=_status,
    meter=_meter,
    say=_say,
    idle=frozenset({"FirmwareStatusNotification", "LogStatusNotification"}),
)
HANDLERS: Final[Mapping[str, Handler]] = {
    "GetBaseReport": _base_report,
    "GetReport": _base_report,
    "GetVariables": _get_variables,
    "SetVariables": _set_variables,
    "SetChargingProfile": _set_profile,
    "ClearChargingProfile": _clear_profile,
    "GetChargingProfiles": _get_profiles,
    "GetCompositeSchedule": _get_schedule,
    "UpdateDynamicSchedule": _update_schedule,
    "RequestStartTransaction": _request_start,
    "RequestStopTransaction": _request_stop,
    "Reset": _reset,
    "UnlockConnector": _unlock,
    "TriggerMessage": _trigger,
    "ChangeAvailability": _availability,
    "ReserveNow": _reserve,
    "CancelReservation": _unreserve,
    "SendLocalList": _send_list,
    "GetLocalListVersion": _list_version,
    "UpdateFirmware": _firmware,
    "GetLog": _log,
    "GetTransactionStatus": _transaction_status,
    "ClearCache": _clear_cache,
    "DataTransfer": _data,
}
