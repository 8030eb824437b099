"""What a 1.6 station tells, odd or not, becomes the core's events; no transaction message is ever refused."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from tests.protocols.ocpp.station16 import ANNA, NOON_S, PLACE, Station, kinds, oddities
from voltloom.protocols.ocpp import v16
from voltloom.protocols.ocpp.actions import OcppVersion, Sender, actions
from voltloom.protocols.ocpp.decoding import Decoded, Reading
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.generated.v16 import core
from voltloom.protocols.ocpp.hearing import (
    Admission,
    AdmissionStatus,
    Chapter,
    Hearing,
    Oddity,
    StationMemory,
    StationPlace,
    Understood,
)
from voltloom.session.authorization import AuthorizationPending, AuthorizationRejected, RejectionCause
from voltloom.session.events import (
    EvseReadings,
    FaultReported,
    HardwareFault,
    PluggedIn,
    StationBooted,
    TokenPresented,
    Unplugged,
    VehicleRequested,
)


def transaction_id(understood: Understood) -> int:
    assert isinstance(understood.answer, core.StartTransactionResponse)
    return understood.answer.transaction_id


def test_a_whole_visit_becomes_the_events_of_one_session() -> None:
    station = Station()

    station.status("Preparing")
    started = station.start()
    station.status("Charging")
    station.now_s += 600.0
    station.meter({"value": "16.0", "measurand": "Current.Import", "phase": "L1"}, {"value": "2000"})
    station.now_s += 3000.0
    stopped = station.stop(transaction_id(started))
    station.status("Available")

    assert kinds(station.events) == [
        "PluggedIn",
        "CapabilityReported",
        "PluggedIn",
        "EvseReadings",
        "TokenPresented",
        "EvseReadings",
        "EvseReadings",
        "Unplugged",
    ]
    plugged, _, again, began, token, reading, over, left = station.events
    assert isinstance(again, PluggedIn)
    assert isinstance(plugged, PluggedIn)
    assert (again.session_id, again.energy_wh) == (plugged.session_id, 1000.0)
    assert isinstance(began, EvseReadings)
    assert isinstance(over, EvseReadings)
    assert (began.current_a[0], began.energy_wh[0]) == (0.0, 1000.0)
    assert (over.current_a[0], over.energy_wh[0]) == (0.0, 6000.0)
    assert isinstance(plugged, PluggedIn)
    assert plugged.evse == 4
    assert isinstance(token, TokenPresented)
    assert token.id_token == "anna"
    assert isinstance(reading, EvseReadings)
    assert (reading.current_a[0], reading.energy_wh[0], reading.sampled_s[0]) == (
        16.0,
        2000.0,
        NOON_S + 600.0,
    )
    assert isinstance(left, Unplugged)
    assert left.energy_wh == 6000.0
    assert [told.chapter for told in (*started.told, *stopped.told)] == [Chapter.STARTED, Chapter.ENDED]
    assert stopped.remarks == ()


def test_a_start_whose_answer_was_lost_makes_no_second_transaction() -> None:
    station = Station()
    first = station.start(at_s=NOON_S)
    station.now_s += 120.0

    second = station.start(at_s=NOON_S)

    assert transaction_id(second) == transaction_id(first)
    assert (second.events, second.told) == ((), ())
    assert oddities(second) == [Oddity.START_REPEATED]


def test_transaction_id_minus_one_is_answered_as_if_valid() -> None:
    station = Station()

    stopped = station.stop(-1)
    metered = station.meter({"value": "5"}, transactionId=-1)

    assert stopped.answer == core.StopTransactionResponse()
    assert oddities(stopped) == [Oddity.TRANSACTION_UNKNOWN]
    assert stopped.told[0].energy_wh == 6000.0
    assert metered.answer == core.MeterValuesResponse()


def test_an_unknown_stop_transaction_is_accepted_with_its_token() -> None:
    stopped = Station().stop(77, idTag="nobody")

    assert isinstance(stopped.answer, core.StopTransactionResponse)
    assert stopped.answer.id_tag_info is not msgspec.UNSET
    assert stopped.told[0].transaction_id == "77"


def test_a_stop_told_twice_ends_one_transaction_once() -> None:
    station = Station()
    number = transaction_id(station.start())
    station.now_s += 3600.0

    first, second = station.stop(number), station.stop(number)

    assert len(first.told) == 1
    assert (second.told, second.events) == ((), ())
    assert oddities(second) == [Oddity.STOP_REPEATED]


def test_a_start_beside_a_running_transaction_tells_that_a_stop_was_lost() -> None:
    station = Station()
    station.start()
    station.now_s += 3600.0

    again = station.start(meter_wh=2000)

    assert oddities(again) == [Oddity.STOP_LOST]


def test_a_replay_from_offline_days_is_told_as_such_with_the_stations_time() -> None:
    station = Station()

    told = station.start(at_s=NOON_S - 86_400.0).told[0]

    assert told.is_offline
    assert (told.time_s, told.told_s) == (NOON_S - 86_400.0, NOON_S - 86_400.0)


def test_a_register_that_begins_at_zero_or_jumps_is_quarantined_not_refused() -> None:
    station = Station()
    station.meter({"value": "5000000"})
    station.now_s += 60.0

    began = station.start(meter_wh=0)
    station.now_s += 600.0
    stopped = station.stop(transaction_id(began), 5_001_000)

    assert oddities(began) == [Oddity.BEGIN_AT_ZERO]
    assert Oddity.REGISTER_JUMPED in oddities(stopped)
    assert isinstance(stopped.answer, core.StopTransactionResponse)


def test_a_register_that_falls_is_quarantined() -> None:
    station = Station()
    number = transaction_id(station.start(meter_wh=9000))
    station.now_s += 600.0

    assert oddities(station.stop(number, 100)) == [Oddity.REGISTER_FELL]


@pytest.mark.parametrize(
    ("stamp", "expected_s"),
    [
        ("2026-01-01T11:59:00", NOON_S - 60.0),  # no zone
        ("1970-01-01T00:00:10Z", NOON_S),  # a clock that was never set
        ("2026-01-01T12:59:30Z", NOON_S - 30.0),  # the wall clock of a site at UTC+1, called UTC
        ("2026-01-01T12:59:30+01:00", NOON_S - 30.0),
        ("yesterday", NOON_S),
        ("2031-01-01T00:00:00Z", NOON_S),
    ],
)
def test_whatever_the_clock_says_the_transaction_starts_at_a_possible_time(
    stamp: str, expected_s: float
) -> None:
    station = Station(place=StationPlace("CP1", PLACE.outlets, local_offset_s=3600.0))

    started = station.tell(
        "StartTransaction", {"connectorId": 1, "idTag": "anna", "meterStart": 0, "timestamp": stamp}
    )

    assert started.told[0].time_s == expected_s
    assert isinstance(started.answer, core.StartTransactionResponse)
    assert ("+" not in stamp) == (oddities(started) == [Oddity.CLOCK])


def test_an_unknown_connector_is_answered_and_told() -> None:
    station = Station()

    for understood in (
        station.start(connector=9),
        station.status("Preparing", 9),
        station.meter({"value": "1"}, connector=9),
    ):
        assert Oddity.UNKNOWN_OUTLET in oddities(understood)
        assert understood.events == ()
        assert not isinstance(understood.answer, Fault)


def test_faults_are_reported_once_and_cleared_by_any_other_status() -> None:
    station = Station()

    first = station.status("Faulted", error="GroundFailure")
    again = station.status("Faulted", error="GroundFailure")
    over = station.status("Available")
    warned = station.status("Available", error="WeakSignal")

    assert isinstance(first.events[0], FaultReported)
    assert first.events[0].fault is HardwareFault.GROUND_FAULT
    assert again.events == ()
    assert kinds(over.events) == ["FaultCleared"]
    assert oddities(warned) == [Oddity.WARNING]


def test_a_fault_of_the_whole_station_is_one_of_each_outlet() -> None:
    station = Station()

    assert [
        event.evse for event in station.status("Faulted", 0).events if isinstance(event, FaultReported)
    ] == [4, 5]
    assert station.status("Available", 0).events == ()


def test_a_vehicle_that_suspends_itself_and_wakes_is_told() -> None:
    station = Station()
    station.status("Charging")
    station.status("SuspendedEV")
    station.status("SuspendedEV")
    station.status("Charging")

    requests = [event.request_a for event in station.events if isinstance(event, VehicleRequested)]
    assert requests == [0.0, math.inf]


def test_a_full_vehicle_whose_offer_is_taken_away_stays_full() -> None:
    station = Station()
    for status in ("Charging", "SuspendedEV", "SuspendedEVSE", "SuspendedEV", "SuspendedEVSE", "Charging"):
        station.status(status)

    requests = [event.request_a for event in station.events if isinstance(event, VehicleRequested)]
    assert requests == [0.0, math.inf]


def test_unavailable_ends_no_running_transaction_but_available_does() -> None:
    station = Station()
    station.start()

    assert station.status("Unavailable").events == ()
    assert kinds(station.status("Available").events) == ["Unplugged"]


def test_a_stop_because_the_vehicle_left_ends_the_visit_without_a_status() -> None:
    station = Station()
    number = transaction_id(station.start())
    station.now_s += 3600.0

    assert kinds(station.stop(number, reason="EVDisconnected").events)[-1] == "Unplugged"


def test_a_boot_is_answered_by_the_admission_and_told_for_each_outlet() -> None:
    station = Station()
    boot = {"chargePointVendor": "v", "chargePointModel": "m"}

    booted = station.tell("BootNotification", boot)

    assert booted.answer == core.BootNotificationResponse(
        status="Accepted", current_time="2026-01-01T12:00:00.000Z", interval=300
    )
    assert [event.evse for event in booted.events if isinstance(event, StationBooted)] == [4, 5]
    station.admission = Admission(AdmissionStatus.PENDING, 30)
    pending = station.tell("BootNotification", boot).answer
    assert isinstance(pending, core.BootNotificationResponse)
    assert (pending.status, pending.interval) == ("Pending", 30)


@pytest.mark.parametrize(
    ("verdict", "status"),
    [
        (ANNA, "Accepted"),
        (AuthorizationRejected(why=RejectionCause.BLOCKED), "Blocked"),
        (AuthorizationRejected(why=RejectionCause.EXPIRED), "Expired"),
        (AuthorizationRejected(why=RejectionCause.CONCURRENT), "ConcurrentTx"),
        (AuthorizationRejected(why=RejectionCause.UNKNOWN), "Invalid"),
        (AuthorizationPending(), "Invalid"),
        (None, "Invalid"),
    ],
)
def test_the_verdict_on_a_token_is_said_in_the_words_of_1_6(verdict: Any, status: str) -> None:
    station = Station()
    station.verdict = verdict

    answer = station.tell("Authorize", {"idTag": "anna"}).answer

    assert isinstance(answer, core.AuthorizeResponse)
    assert answer.id_tag_info.status == status
    assert isinstance(station.start().answer, core.StartTransactionResponse)


def test_an_unreadable_transaction_message_is_answered_and_kept() -> None:
    station = Station()

    for action in ("StartTransaction", "StopTransaction", "MeterValues"):
        understood = station.tell(action, {"what": "ever"})
        assert oddities(understood) == [Oddity.NOT_READ]
        assert not isinstance(understood.answer, Fault)


def test_every_message_a_station_may_send_gets_an_answer_of_its_schema() -> None:
    station = Station()
    for action in actions(OcppVersion.V16).values():
        if action.sender is not Sender.CSMS and action.name not in ("StartTransaction", "StopTransaction"):
            payloads: dict[str, dict[str, Any]] = {
                "DataTransfer": {"vendorId": "v"},
                "BootNotification": {"chargePointVendor": "v", "chargePointModel": "m"},
                "Authorize": {"idTag": "x"},
                "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
                "DiagnosticsStatusNotification": {"status": "Idle"},
                "FirmwareStatusNotification": {"status": "Idle"},
                "LogStatusNotification": {"status": "Idle"},
                "SecurityEventNotification": {"type": "t", "timestamp": "2026-01-01T00:00:00Z"},
                "SignedFirmwareStatusNotification": {"status": "Idle"},
                "SignCertificate": {"csr": "x"},
            }
            understood = station.tell(action.name, payloads.get(action.name, {}))
            assert not isinstance(understood.answer, Fault), action.name


def test_an_action_nobody_serves_is_not_supported() -> None:
    decoded = Decoded(
        actions(OcppVersion.V16)["Reset"], core.ResetRequest(type="Soft"), Reading.STRICT, b"{}"
    )

    answer = v16.understand(decoded, StationMemory(), Hearing(NOON_S, PLACE)).answer

    assert isinstance(answer, Fault)
    assert answer.code is ErrorCode.NOT_SUPPORTED


def test_a_rejected_station_may_only_boot_but_its_transactions_are_kept() -> None:
    station = Station()
    station.admission = Admission(AdmissionStatus.REJECTED, 600)

    refused = station.tell("Heartbeat", {}).answer

    assert isinstance(refused, Fault)
    assert refused.code is ErrorCode.SECURITY_ERROR
    assert not isinstance(
        station.tell("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"}).answer, Fault
    )
    assert not isinstance(station.start().answer, Fault)
