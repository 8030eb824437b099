"""What a message becomes in the journal beside itself."""

from __future__ import annotations

import json

import msgspec
import pytest

from tests.protocols.ocpp.station2x import Station2x
from voltloom.live.wire import entries_of
from voltloom.protocols.ocpp import v201
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.decoding import Decoded, decode_call
from voltloom.protocols.ocpp.frames import Call
from voltloom.protocols.ocpp.hearing import Hearing, Outlet, StationMemory, StationPlace
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.store.payloads import EnergySampled, Sample

NOON_S = 1_795_000_000.0
PLACE = StationPlace("CP1", {1: Outlet(0, 32.0)})


@pytest.mark.parametrize(
    ("measured_s", "kinds"),
    [
        (NOON_S, ["energy_sampled"]),
        (NOON_S - 1.0, ["energy_sampled", "energy_sampled"]),
        (None, ["energy_sampled"]),
    ],
)
def test_an_event_is_left_out_only_where_a_kept_reading_says_the_same(
    measured_s: float | None, kinds: list[str]
) -> None:
    told: dict[str, object] = {
        "eventType": "Updated",
        "timestamp": stamp_text(NOON_S),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "T1"},
        "evse": {"id": 1},
    }
    if measured_s is not None:
        told["meterValue"] = [{"timestamp": stamp_text(measured_s), "sampledValue": [{"value": 1000.0}]}]
    decoded = decode_call(Call("1", "TransactionEvent", json.dumps(told).encode()), OcppVersion.V201)
    assert isinstance(decoded, Decoded)
    understood = v201.understand(decoded, StationMemory(), Hearing(NOON_S, PLACE))

    entries = entries_of(understood, PLACE, ("E1",), round(NOON_S * 1000.0))

    assert [entry.kind for entry in entries] == kinds


def test_a_reading_of_both_registers_keeps_what_was_fed_back() -> None:
    station = Station2x()
    station.event("Started", "CablePluggedIn", {"chargingState": "Charging"}, evse={"id": 1})
    both = [
        {"value": 12.5, "unitOfMeasure": {"unit": "kWh"}},
        {"value": 3400, "measurand": "Energy.Active.Export.Register"},
        {"value": -7000, "measurand": "Power.Active.Import"},
    ]
    measured = [{"timestamp": stamp_text(station.now_s), "sampledValue": both}]
    understood = station.event("Updated", "MeterValuePeriodic", meterValue=measured)

    (entry,) = entries_of(understood, PLACE, ("E1",), round(NOON_S * 1000.0))

    told = msgspec.json.decode(entry.payload, type=EnergySampled)
    assert told.samples == (Sample(round(station.now_s * 1000.0), 125_000, -7000, 34_000),)
