"""What a 2.0.1 or 2.1 station tells, odd or not, becomes the core's events; no transaction event is ever refused."""

from __future__ import annotations

import json
import math
import random
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols.ocpp.schema_fuzz import schema, valid
from tests.protocols.ocpp.station2x import TRANSLATORS, Station2x
from tests.protocols.ocpp.station16 import NOON_S, PLACE, kinds, oddities
from voltloom.protocols.ocpp import v21
from voltloom.protocols.ocpp.actions import OcppVersion, Sender, actions
from voltloom.protocols.ocpp.decoding import Decoded, decode_call
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call, Send
from voltloom.protocols.ocpp.hearing import (
    Admission,
    AdmissionStatus,
    Chapter,
    Hearing,
    Oddity,
    StationMemory,
)
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.protocols.ocpp.v2x_transactions import with_number
from voltloom.session.authorization import AuthorizationRejected, RejectionCause
from voltloom.session.events import (
    CapabilityReported,
    EvseReadings,
    NeedStated,
    PluggedIn,
    TokenKind,
    TokenPresented,
    Unplugged,
    VehicleRequested,
)

BOTH = pytest.mark.parametrize("version", list(TRANSLATORS))
ANNA = {"idToken": "anna", "type": "ISO14443"}


@BOTH
def test_a_whole_visit_becomes_the_events_of_one_session(version: OcppVersion) -> None:
    station = Station2x(version)

    station.event(
        "Started",
        "CablePluggedIn",
        {"chargingState": "EVConnected"},
        evse={"id": 2, "connectorId": 1},
        meterValue=station.register(1000.0),
    )
    authorized = station.event("Updated", "Authorized", idToken=ANNA)
    station.now_s += 60.0
    station.event(
        "Updated", "ChargingStateChanged", {"chargingState": "Charging"}, meterValue=station.current(16.0)
    )
    station.now_s += 3000.0
    ended = station.event(
        "Ended",
        "EVDeparted",
        {"stoppedReason": "EVDisconnected"},
        meterValue=station.register(6.0, unit="kWh"),
    )

    assert kinds(station.events) == [
        "PluggedIn",
        "CapabilityReported",
        "TokenPresented",
        "EvseReadings",
        "Unplugged",
    ]
    plugged, _, token, reading, left = station.events
    assert isinstance(plugged, PluggedIn)
    assert (plugged.evse, plugged.energy_wh) == (5, 1000.0)
    assert isinstance(token, TokenPresented)
    assert (token.evse, token.id_token, token.kind) == (5, "anna", TokenKind.RFID)
    assert isinstance(reading, EvseReadings)
    assert reading.current_a[0] == 16.0
    assert isinstance(left, Unplugged)
    assert left.energy_wh == 6000.0
    assert json.loads(msgspec.json.encode(authorized.answer)) == {"idTokenInfo": {"status": "Accepted"}}
    word = ended.told[0]
    assert (word.chapter, word.outlet, word.id_token, word.energy_wh) == (Chapter.ENDED, 2, "anna", 6000.0)
    assert ended.remarks == ()


def test_an_event_told_twice_counts_once_but_a_number_used_twice_is_two_events() -> None:
    station = Station2x()
    station.event("Started", "Authorized", evse={"id": 1}, idToken=ANNA)
    station.seq_no -= 1
    again = station.event("Started", "Authorized", evse={"id": 1}, idToken=ANNA)
    station.seq_no -= 1
    other = station.event("Updated", "CablePluggedIn", {"chargingState": "EVConnected"})

    assert oddities(again) == [Oddity.EVENT_REPEATED]
    assert (again.events, again.told) == ((), ())
    assert kinds(other.events) == ["PluggedIn", "CapabilityReported"]


def test_events_before_their_started_are_taken_and_completed_by_it() -> None:
    station = Station2x()
    station.seq_no = 0

    early = station.event("Updated", "ChargingStateChanged", {"chargingState": "Charging"})
    station.seq_no = -1
    late = station.event("Started", "CablePluggedIn", {"chargingState": "EVConnected"}, evse={"id": 1})

    assert oddities(early) == [Oddity.TRANSACTION_UNKNOWN, Oddity.UNKNOWN_OUTLET]
    assert early.told[0].transaction_id == "tx1"
    assert kinds(late.events) == ["PluggedIn", "CapabilityReported"]
    assert station.memory.transactions[0].seq_nos == ((0, 1),)


def test_gaps_in_the_numbers_are_told_and_legal() -> None:
    station = Station2x()
    station.event("Started", "Authorized", evse={"id": 1})
    station.seq_no += 3

    ended = station.event("Ended", "StopAuthorized")

    assert oddities(ended) == [Oddity.EVENTS_MISSING]
    assert not isinstance(ended.answer, Fault)


def test_an_offline_transaction_replayed_later_does_not_unplug_the_vehicle_that_is_there_now() -> None:
    station = Station2x()
    station.say(
        "StatusNotification",
        {"timestamp": stamp_text(NOON_S), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1},
    )
    station.now_s = NOON_S - 7200.0
    payload_s = station.now_s
    station.now_s = NOON_S + 60.0
    old = {
        "timestamp": stamp_text(payload_s),
        "offline": True,
        "evse": {"id": 1},
    }

    station.event("Started", "CablePluggedIn", {"chargingState": "EVConnected"}, **old)
    ended = station.event("Ended", "EVDeparted", {"stoppedReason": "EVDisconnected"}, **old)

    assert kinds(station.events) == ["PluggedIn", "CapabilityReported"]
    assert ended.told[0].is_offline
    assert ended.told[0].time_s == payload_s


def test_a_register_that_jumps_is_quarantined() -> None:
    station = Station2x()
    station.event("Started", "Authorized", evse={"id": 1}, meterValue=station.register(0.0))
    station.now_s += 60.0

    ended = station.event("Ended", "StopAuthorized", meterValue=station.register(9_000_000.0))

    assert Oddity.REGISTER_JUMPED in oddities(ended)


def test_an_unknown_enum_a_foreign_field_or_a_long_id_never_refuses_a_transaction_event() -> None:
    station = Station2x()

    taken = station.event(
        "Updated",
        "MoonPhaseChanged",
        {"transactionId": "t" * 60, "chargingState": "Dreaming"},
        evse={"id": 1},
        vendorThing={"a": 1},
        meterValue=[
            {
                "timestamp": "x",
                "sampledValue": [{"value": 1, "measurand": "Request.Energy"}, {"value": "oops"}],
            }
        ],
    )

    assert not isinstance(taken.answer, Fault)
    assert taken.told[0].transaction_id == "t" * 60


def test_an_unreadable_transaction_event_is_answered_and_kept() -> None:
    assert oddities(Station2x().say("TransactionEvent", {"hello": 1})) == [Oddity.NOT_READ]
    assert oddities(Station2x().say("MeterValues", {"hello": 1})) == [Oddity.NOT_READ]


def test_a_vehicle_that_suspends_itself_is_told_and_idle_means_it_left() -> None:
    station = Station2x()
    station.event("Started", "CablePluggedIn", {"chargingState": "SuspendedEV"}, evse={"id": 1})
    station.event("Updated", "ChargingStateChanged", {"chargingState": "Charging"})
    station.event("Updated", "EVDeparted", {"chargingState": "Idle"})

    assert kinds(station.events) == [
        "PluggedIn",
        "CapabilityReported",
        "VehicleRequested",
        "VehicleRequested",
        "Unplugged",
    ]
    assert [e.request_a for e in station.events if isinstance(e, VehicleRequested)] == [0.0, math.inf]


@BOTH
def test_a_connector_that_is_occupied_and_then_free_is_a_visit(version: OcppVersion) -> None:
    station = Station2x(version)
    for status in ("Occupied", "Faulted", "Occupied", "Available", "Available"):
        station.say(
            "StatusNotification",
            {"timestamp": stamp_text(NOON_S), "connectorStatus": status, "evseId": 1, "connectorId": 1},
        )

    assert kinds(station.events) == [
        "PluggedIn",
        "CapabilityReported",
        "FaultReported",
        "FaultCleared",
        "Unplugged",
    ]


def test_the_main_meter_and_an_unknown_evse_are_no_outlets() -> None:
    station = Station2x()

    main = station.say("MeterValues", {"evseId": 0, "meterValue": station.current(80.0)})
    unknown = station.say("MeterValues", {"evseId": 9, "meterValue": station.current(80.0)})

    assert (main.events, main.remarks) == ((), ())
    assert main.readings[0][1].current_a[1] == 80.0
    assert oddities(unknown) == [Oddity.UNKNOWN_OUTLET]


@BOTH
def test_the_needs_of_an_iso_15118_vehicle_reach_the_session(version: OcppVersion) -> None:
    station = Station2x(version)
    ac = {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400}
    station.event("Started", "CablePluggedIn", {"chargingState": "EVConnected"}, evse={"id": 1})

    needs = station.say(
        "NotifyEVChargingNeeds",
        {
            "evseId": 1,
            "chargingNeeds": {
                "requestedEnergyTransfer": "AC_three_phase",
                "departureTime": stamp_text(NOON_S + 7200.0),
                "acChargingParameters": ac,
            },
        },
    )

    need, capability = needs.events
    assert isinstance(need, NeedStated)
    assert (need.energy_wh, need.departure_s) == (20_000.0, NOON_S + 7200.0)
    assert isinstance(capability, CapabilityReported)
    assert (capability.min_a, capability.max_a, capability.uses_all_phases) == (6.0, 16.0, True)
    assert json.loads(msgspec.json.encode(needs.answer)) == {"status": "Accepted"}


def test_a_dc_vehicle_states_power_and_charge() -> None:
    needs = Station2x().say(
        "NotifyEVChargingNeeds",
        {
            "evseId": 1,
            "chargingNeeds": {
                "requestedEnergyTransfer": "DC",
                "dcChargingParameters": {
                    "evMaxCurrent": 300,
                    "evMaxVoltage": 400,
                    "evMaxPower": 13_800,
                    "stateOfCharge": 40,
                },
            },
        },
    )

    need, capability = needs.events
    assert isinstance(need, NeedStated)
    assert need.soc_ratio == 0.4
    assert math.isnan(need.energy_wh)
    assert isinstance(capability, CapabilityReported)
    assert capability.max_a == 20.0


@BOTH
def test_a_verdict_is_said_in_the_words_of_2_x(version: OcppVersion) -> None:
    station = Station2x(version)
    station.verdict = AuthorizationRejected(why=RejectionCause.BLOCKED)

    answer = station.say("Authorize", {"idToken": ANNA}).answer

    assert json.loads(msgspec.json.encode(answer)) == {"idTokenInfo": {"status": "Blocked"}}
    event = station.event("Started", "Authorized", idToken=ANNA, evse={"id": 1})
    assert json.loads(msgspec.json.encode(event.answer)) == {"idTokenInfo": {"status": "Blocked"}}


@BOTH
def test_the_token_of_a_message_is_found_before_it_is_answered(version: OcppVersion) -> None:
    for action, payload in (("Authorize", {"idToken": {"idToken": "X", "type": "eMAID"}}), ("Heartbeat", {})):
        decoded = decode_call(Call("1", action, msgspec.json.encode(payload)), version)
        assert isinstance(decoded, Decoded)
        shown = TRANSLATORS[version].shown_token(decoded.message)
        assert (shown is None) == (action == "Heartbeat")
        if shown is not None:
            assert (shown.id_token, shown.kind) == ("X", TokenKind.PLUG_AND_CHARGE)


REFUSED = {
    OcppVersion.V201: set(),
    OcppVersion.V21: {
        *("BatterySwap", "NotifySettlement"),
        *("NotifyWebPaymentStarted", "VatNumberValidation"),
    },
}


@BOTH
def test_every_message_a_station_may_send_is_answered_by_its_schema_or_refused_as_not_supported(
    version: OcppVersion,
) -> None:
    draw = random.Random(5)
    refused = set()
    for action in actions(version).values():
        if action.sender is Sender.CSMS or action.response is None:
            continue
        root = schema(version, action.name, False)
        for fullness_ratio in (0.0, 0.5, 1.0):
            answer = Station2x(version).say(action.name, valid(root, root, draw, fullness_ratio)).answer
            if isinstance(answer, Fault):
                assert answer.code is ErrorCode.NOT_SUPPORTED
                refused.add(action.name)

    assert refused == REFUSED[version]


@given(st.lists(st.integers(0, 30)))
def test_the_stretches_of_numbers_seen_hold_exactly_those_numbers(numbers: list[int]) -> None:
    stretches: tuple[tuple[int, int], ...] = ()
    for number in numbers:
        stretches = with_number(stretches, number)

    held = {n for first, last in stretches for n in range(first, last + 1)}
    assert held == set(numbers)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(stretches))


@BOTH
def test_a_rejected_station_may_only_boot(version: OcppVersion) -> None:
    station = Station2x(version)
    station.admission = Admission(AdmissionStatus.REJECTED, 600)
    boot = {"reason": "PowerUp", "chargingStation": {"model": "m", "vendorName": "v"}}

    refused = station.event("Started", "Authorized").answer

    assert isinstance(refused, Fault)
    assert refused.code is ErrorCode.SECURITY_ERROR
    booted = station.say("BootNotification", boot)
    assert json.loads(msgspec.json.encode(booted.answer))["status"] == "Rejected"
    assert kinds(booted.events) == ["StationBooted", "StationBooted"]


def test_an_event_stream_of_2_1_is_taken_without_an_answer() -> None:
    payload = {"data": [{"t": 0, "v": "1"}], "id": 1, "pending": 0, "basetime": stamp_text(NOON_S)}
    decoded = decode_call(
        Send("1", "NotifyPeriodicEventStream", msgspec.json.encode(payload)), OcppVersion.V21
    )
    assert isinstance(decoded, Decoded)

    assert v21.understand(decoded, StationMemory(), Hearing(NOON_S, PLACE)).answer is None


def test_the_number_of_phases_used_is_told_to_the_core_and_keeps_what_the_vehicle_said() -> None:
    station = Station2x()
    station.event("Started", "CablePluggedIn", {"chargingState": "EVConnected"}, evse={"id": 1})
    ac = {"energyAmount": 20_000, "evMinCurrent": 8, "evMaxCurrent": 16, "evMaxVoltage": 400}
    needs = {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": ac}
    station.say("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})

    event = station.event(
        "Updated", "ChargingStateChanged", {"chargingState": "Charging"}, numberOfPhasesUsed=1
    )

    told = [event for event in event.events if isinstance(event, CapabilityReported)]
    assert [(t.phases_known, t.uses_all_phases, t.min_a, t.max_a) for t in told] == [(True, False, 8.0, 16.0)]
