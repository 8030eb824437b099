"""What a virtual station answers, and that all it says is what the official schemas allow. The wire is a fake."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.virtual.bench import NOW_S, V16, V21, V201, ask, profile, set_profile, station
from voltloom.protocols.ocpp.actions import OcppVersion, Sender, actions
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.virtual import telling
from voltloom.virtual.answering import HANDLERS, answer_to
from voltloom.virtual.profile_words import ProfileAbility

TWO_X = (V201, V21)


@pytest.mark.parametrize("version", OcppVersion)
def test_a_visit_is_told_from_plug_to_plug_and_follows_its_profile(version: OcppVersion) -> None:
    cp, server, bench = station(version)

    cp.plug_in(1, "anna")
    own = cp.outlets[1].transaction
    assert own is not None
    more: dict[str, Any] = {"transactionId": int(own.identity) if version is V16 else own.identity}
    taken = set_profile(cp, 1, profile(version, "TxProfile", 12.5, **more))
    cp.flows(1, telling.Flow.FLOWS)
    cp.tick(NOW_S + 61.0)
    held_a = cp.limit_a(1)
    cp.unplug(1)

    assert (taken, held_a, bench.closed) == ("Accepted", 12.5, {1: False})
    assert cp.limit_a(1) == 32.0
    if version is V16:
        wanted = ["Authorize", "StartTransaction", "MeterValues", "StopTransaction"]
        assert [name for name in server.names() if name in wanted] == wanted
    else:
        events = [message for name, message in server.said if name == "TransactionEvent"]
        assert [event.seq_no for event in events] == list(range(len(events)))
        assert (events[0].event_type, events[-1].event_type) == ("Started", "Ended")
        assert {event.offline for event in events} == {False}
        assert "MeterValuePeriodic" in {event.trigger_reason for event in events}


@pytest.mark.parametrize("version", OcppVersion)
def test_profiles_that_make_no_sense_are_refused(version: OcppVersion) -> None:
    cp, _, _ = station(version, ability=ProfileAbility(max_stack_level=2, max_periods=2))
    cap = "ChargePointMaxProfile" if version is V16 else "ChargingStationMaxProfile"
    three = [{"startPeriod": s, "limit": 6.0} for s in (0, 10, 20)]
    late = [{"startPeriod": 5, "limit": 6.0}]

    answers = [
        set_profile(cp, 1, profile(version, "TxProfile", 6.0)),  # no transaction runs
        set_profile(cp, 7, profile(version, "TxDefaultProfile", 6.0)),
        set_profile(cp, 1, profile(version, cap, 6.0)),
        set_profile(cp, 1, profile(version, "TxDefaultProfile", 6.0, stackLevel=3)),
        set_profile(cp, 1, profile(version, "TxDefaultProfile", 6.0, schedule={"chargingRateUnit": "W"})),
        set_profile(cp, 1, profile(version, "TxDefaultProfile", 6.0, schedule={"chargingSchedulePeriod": three})),
        set_profile(cp, 1, profile(version, "TxDefaultProfile", 6.0, schedule={"chargingSchedulePeriod": late})),
    ]  # fmt: skip

    assert answers == ["Rejected"] * 7
    assert (cp.stack, cp.counts.limits_refused) == ((), 7)


@pytest.mark.parametrize("version", OcppVersion)
def test_a_composite_schedule_shows_what_is_held_and_clearing_takes_it_away(version: OcppVersion) -> None:
    cp, _, _ = station(version)
    set_profile(cp, 1, profile(version, "TxDefaultProfile", 9.0, schedule={"duration": 120}))
    number = "connectorId" if version is V16 else "evseId"

    schedule = ask(cp, "GetCompositeSchedule", {number: 1, "duration": 600})
    if version is V16:
        found = schedule["chargingSchedule"]["chargingSchedulePeriod"]
        gone = ask(cp, "ClearChargingProfile", {"id": 1})["status"]
        again = ask(cp, "ClearChargingProfile", {"id": 1})["status"]
    else:
        found = schedule["schedule"]["chargingSchedulePeriod"]
        gone = ask(cp, "ClearChargingProfile", {"chargingProfileId": 1})["status"]
        again = ask(cp, "ClearChargingProfile", {"chargingProfileCriteria": {"evseId": 1}})["status"]

    assert [period["limit"] for period in found] == [9.0, 32.0]
    assert math.isclose(found[1]["startPeriod"], 60, abs_tol=1)
    assert (gone, again) == ("Accepted", "Unknown")


def test_a_dynamic_schedule_is_updated_and_reported() -> None:
    cp, server, _ = station(V21)
    cp.plug_in(1, "anna")
    own = cp.outlets[1].transaction
    assert own is not None
    told = profile(V21, "TxProfile", 8.0, chargingProfileKind="Dynamic", transactionId=own.identity)
    del told["chargingSchedule"][0]["startSchedule"]

    taken = set_profile(cp, 1, told)
    changed = ask(cp, "UpdateDynamicSchedule", {"chargingProfileId": 1, "scheduleUpdate": {"limit": 15.0}})
    unknown = ask(cp, "UpdateDynamicSchedule", {"chargingProfileId": 9, "scheduleUpdate": {"limit": 15.0}})
    listed = ask(cp, "GetChargingProfiles", {"requestId": 4, "chargingProfile": {"stackLevel": 1}})

    assert (taken, changed["status"], unknown["status"]) == ("Accepted", "Accepted", "Rejected")
    assert cp.limit_a(1) == 15.0
    assert listed["status"] == "Accepted"
    assert server.last("ReportChargingProfiles").charging_profile[0].id == 1


@pytest.mark.parametrize("version", OcppVersion)
def test_a_remote_start_waits_for_its_vehicle_and_a_remote_stop_ends_it(version: OcppVersion) -> None:
    cp, server, bench = station(version)
    told = profile(version, "TxProfile", 7.0)
    if version is V16:
        begun = ask(cp, "RemoteStartTransaction", {"connectorId": 2, "idTag": "app", "chargingProfile": told})
    else:
        token = {"idToken": "app", "type": "Central"}
        begun = ask(
            cp,
            "RequestStartTransaction",
            {"evseId": 2, "idToken": token, "remoteStartId": 5, "chargingProfile": told},
        )

    cp.plug_in(2, "somebody")
    own = cp.outlets[2].transaction
    assert own is not None
    held_a = cp.limit_a(2)
    stop = "RemoteStopTransaction" if version is V16 else "RequestStopTransaction"
    identity: Any = int(own.identity) if version is V16 else own.identity
    ended = ask(cp, stop, {"transactionId": identity})
    unknown = ask(cp, stop, {"transactionId": 99 if version is V16 else "99"})

    assert (begun["status"], ended["status"], unknown["status"]) == ("Accepted", "Accepted", "Rejected")
    assert (own.id_token, held_a, bench.closed[2]) == ("app", 7.0, False)
    assert cp.outlets[2].transaction is None
    last = server.last("StopTransaction" if version is V16 else "TransactionEvent")
    assert "Remote" in (last.reason if version is V16 else last.transaction_info.stopped_reason)


@pytest.mark.parametrize("version", OcppVersion)
def test_a_reset_ends_transactions_keeps_profiles_and_boots_again(version: OcppVersion) -> None:
    cp, server, _ = station(version)
    set_profile(cp, 1, profile(version, "TxDefaultProfile", 9.0))
    cp.plug_in(1, "anna")

    answer = ask(cp, "Reset", {"type": "Hard" if version is V16 else "Immediate"})
    cp.disconnected()
    cp.connected()
    cp.tick(NOW_S + 30.0)

    assert (answer["status"], server.drops, cp.limit_a(1)) == ("Accepted", 1, 9.0)
    assert server.names().count("BootNotification") == 2
    assert cp.counts.begun == 2  # the vehicle is still there and its driver's token holds


@pytest.mark.parametrize("version", OcppVersion)
def test_what_cannot_be_sent_is_kept_and_told_with_its_own_time(version: OcppVersion) -> None:
    cp, server, _ = station(version)
    cp.disconnected()
    server.is_deaf = True
    cp.tick(NOW_S + 100.0)
    cp.plug_in(1, "anna")
    cp.tick(NOW_S + 200.0)
    cp.unplug(1)
    waiting = len(cp.outbox)

    server.is_deaf = False
    cp.tick(NOW_S + 1000.0)
    cp.connected()
    cp.tick(NOW_S + 1001.0)

    assert (waiting >= 3, len(cp.outbox)) == (True, 0)
    start = "StartTransaction" if version is V16 else "TransactionEvent"
    first = next(message for name, message in server.said if name == start)
    assert first.timestamp == stamp_text(NOW_S + 100.0)
    if version is not V16:
        assert first.offline is True


@pytest.mark.parametrize("version", OcppVersion)
def test_a_token_that_is_refused_lets_nothing_through(version: OcppVersion) -> None:
    cp, server, bench = station(version)
    server.accepts = False

    cp.plug_in(1, "nobody")
    asked_only = dict(bench.closed)
    cp.unplug(1)
    cp.disconnected()
    cp.plug_in(1, "nobody")  # without a link the station serves whom it does not know
    is_trusted = bench.closed[1]
    cp.connected()
    cp.tick(NOW_S + 5.0)

    assert (asked_only, is_trusted, bench.closed[1]) == ({}, True, False)
    assert cp.counts.rejected >= 2


@pytest.mark.parametrize("version", OcppVersion)
def test_the_local_list_speaks_where_the_server_cannot(version: OcppVersion) -> None:
    cp, _, bench = station(version)
    if version is V16:
        listed = [{"idTag": "thief", "idTagInfo": {"status": "Blocked"}}]
        full = {"listVersion": 3, "updateType": "Full", "localAuthorizationList": listed}
        old = {"listVersion": 2, "updateType": "Differential"}
    else:
        token = {"idToken": "thief", "type": "ISO14443"}
        entries = [{"idToken": token, "idTokenInfo": {"status": "Blocked"}}]
        full = {"versionNumber": 3, "updateType": "Full", "localAuthorizationList": entries}
        old = {"versionNumber": 2, "updateType": "Differential"}

    answers = [ask(cp, "SendLocalList", full)["status"], ask(cp, "SendLocalList", old)["status"]]
    number = list(ask(cp, "GetLocalListVersion", {}).values())
    cp.disconnected()
    cp.plug_in(1, "thief")
    cp.plug_in(2, "honest")

    assert (answers, number) == (["Accepted", "VersionMismatch"], [3])
    assert bench.closed == {2: True}


@pytest.mark.parametrize("version", OcppVersion)
def test_reservations_keep_an_outlet_for_one_token(version: OcppVersion) -> None:
    cp, _, bench = station(version)
    until = stamp_text(NOW_S + 600.0)
    asked: dict[str, Any]
    if version is V16:
        asked = {"connectorId": 1, "expiryDate": until, "idTag": "anna", "reservationId": 8}
    else:
        token = {"idToken": "anna", "type": "ISO14443"}
        asked = {"id": 8, "expiryDateTime": until, "idToken": token, "evseId": 1}

    kept = ask(cp, "ReserveNow", asked)["status"]
    cp.plug_in(1, "bert")
    cp.unplug(1)
    was_closed = bench.closed.get(1, False)
    cp.plug_in(1, "anna")
    freed = ask(cp, "CancelReservation", {"reservationId": 8})["status"]

    assert (kept, was_closed, bench.closed[1], freed) == ("Accepted", False, True, "Rejected")


@pytest.mark.parametrize("version", OcppVersion)
def test_an_outlet_out_of_service_serves_nobody(version: OcppVersion) -> None:
    cp, server, bench = station(version)
    place: dict[str, Any]
    if version is V16:
        place, key = {"connectorId": 1}, "type"
    else:
        place, key = {"evse": {"id": 1}}, "operationalStatus"
    off, on = ({**place, key: word} for word in ("Inoperative", "Operative"))

    answers = [ask(cp, "ChangeAvailability", off)["status"]]
    shown = server.last("StatusNotification")
    cp.plug_in(1, "anna")
    cp.unplug(1)
    cp.plug_in(2, "bert")
    answers.append(ask(cp, "ChangeAvailability", on)["status"])

    assert (shown.status if version is V16 else shown.connector_status) == "Unavailable"
    assert (answers, bench.closed) == (["Accepted", "Accepted"], {2: True})


@pytest.mark.parametrize("version", OcppVersion)
def test_values_are_told_and_set(version: OcppVersion) -> None:
    cp, server, _ = station(version)

    if version is V16:
        told = ask(cp, "GetConfiguration", {"key": ["ChargeProfileMaxStackLevel", "Nonsense"]})
        assert (told["configurationKey"][0]["value"], told["unknownKey"]) == ("8", ["Nonsense"])
        keys = (("MeterValueSampleInterval", "5"), ("NumberOfConnectors", "9"), ("Nonsense", "1"))
        answers = [ask(cp, "ChangeConfiguration", {"key": k, "value": v})["status"] for k, v in keys]
        assert answers == ["Accepted", "Rejected", "NotSupported"]
    else:
        asked = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}
        ask(cp, "SetVariables", {"setVariableData": [{**asked, "attributeValue": "5"}]})
        told = ask(cp, "GetVariables", {"getVariableData": [asked]})
        assert told["getVariableResult"][0]["attributeValue"] == "5"
        ask(cp, "GetBaseReport", {"requestId": 3, "reportBase": "FullInventory"})
        parts = [message for name, message in server.said if name == "NotifyReport"]
        assert [part.tbc for part in parts] == [True] * (len(parts) - 1) + [False]
    assert cp.meter_s == 5.0


@pytest.mark.parametrize("version", OcppVersion)
def test_triggered_messages_come(version: OcppVersion) -> None:
    cp, server, _ = station(version)
    before = len(server.said)
    words = ["Heartbeat", "StatusNotification", "MeterValues", "FirmwareStatusNotification", "BootNotification"]  # fmt: skip

    answers = [ask(cp, "TriggerMessage", {"requestedMessage": word})["status"] for word in words]

    assert answers == ["Accepted"] * len(words)
    assert set(words) <= set(server.names()[before:])


@pytest.mark.parametrize("version", OcppVersion)
def test_firmware_logs_locks_and_the_rest_are_answered(version: OcppVersion) -> None:
    cp, server, _ = station(version)
    if version is V16:
        update: dict[str, Any] = {"location": "http://127.0.0.1/f", "retrieveDate": stamp_text(NOW_S)}
        log: tuple[str, dict[str, Any]] = ("GetDiagnostics", {"location": "http://127.0.0.1/l"})
        lock: dict[str, Any] = {"connectorId": 1}
    else:
        firmware = {"location": "http://127.0.0.1/f", "retrieveDateTime": stamp_text(NOW_S)}
        update = {"requestId": 1, "firmware": firmware}
        parameters = {"remoteLocation": "http://127.0.0.1/l"}
        log = ("GetLog", {"logType": "DiagnosticsLog", "requestId": 2, "log": parameters})
        lock = {"evseId": 1, "connectorId": 1}
        assert ask(cp, "GetTransactionStatus", {}) == {"messagesInQueue": False}

    assert ask(cp, "UnlockConnector", lock)["status"] == "Unlocked"
    ask(cp, *log)
    assert ask(cp, "ClearCache", {})["status"] == "Accepted"
    assert ask(cp, "DataTransfer", {"vendorId": "x"})["status"] == "UnknownVendorId"
    ask(cp, "UpdateFirmware", update)
    for second in range(0, 90, 5):
        cp.tick(NOW_S + second)

    told = [message.status for name, message in server.said if name == "FirmwareStatusNotification"]
    assert told == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert server.drops == 1


@pytest.mark.parametrize("version", TWO_X)
def test_a_reset_on_idle_waits_for_the_transaction(version: OcppVersion) -> None:
    cp, server, _ = station(version)
    cp.plug_in(1, "anna")

    answer = ask(cp, "Reset", {"type": "OnIdle"})
    drops = server.drops
    cp.unplug(1)
    cp.tick(NOW_S + 10.0)

    assert (answer["status"], drops, server.drops) == ("Scheduled", 0, 1)


def test_timers_do_not_follow_a_clock_that_is_wrong_for_a_while() -> None:
    cp, server, _ = station(V16)
    cp.plug_in(1, "anna")
    cp.skew_s = 7200.0
    cp.tick(NOW_S + 61.0)
    cp.skew_s = 0.0
    before = server.names().count("MeterValues")
    cp.tick(NOW_S + 122.0)

    assert (before, server.names().count("MeterValues")) == (1, 2)


@pytest.mark.parametrize("version", TWO_X)
def test_an_iso_15118_vehicle_tells_its_needs_and_notes_whether_a_schedule_comes(
    version: OcppVersion,
) -> None:
    cp, server, _ = station(version, has_iso15118=True)
    needs = telling.Needs(9000.0, 6.0, 16.0, 230.0, is_three_phase=True, departure_s=NOW_S + 7200.0)
    cp.outlets[1].needs = cp.outlets[2].needs = needs

    cp.plug_in(1, "anna")
    cp.plug_in(2, "bert")
    own = cp.outlets[1].transaction
    assert own is not None
    set_profile(cp, 1, profile(version, "TxProfile", 11.0, transactionId=own.identity))
    cp.tick(NOW_S + 61.0)

    assert server.last("NotifyEVChargingSchedule").charging_schedule.charging_schedule_period[0].limit == 11.0
    assert (cp.counts.needs, cp.counts.needs_unmet) == (2, 1)


@pytest.mark.parametrize("version", OcppVersion)
def test_what_a_station_does_not_do_is_refused_by_name(version: OcppVersion) -> None:
    cp, _, _ = station(version)
    ours = {name for name, action in actions(version).items() if action.sender is not Sender.STATION}
    strange = answer_to(cp, Call("1", "MakeCoffee", b"{}"))
    broken = answer_to(cp, Call("1", "SetChargingProfile", b"{}"))

    for name in ours - set(HANDLERS[version]):
        refused = answer_to(cp, Call("1", name, b"{}"))
        assert isinstance(refused, Fault)
        assert refused.code is ErrorCode.NOT_SUPPORTED
    assert isinstance(strange, Fault)
    assert strange.code is ErrorCode.NOT_IMPLEMENTED
    assert isinstance(broken, Fault)
    assert broken.code is ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
