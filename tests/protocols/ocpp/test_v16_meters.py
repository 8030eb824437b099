"""What the meters of a 1.6 station tell: of an outlet, of the whole station, and of the vehicle's phases."""

from __future__ import annotations

import pytest

from tests.protocols.ocpp.station16 import NOON_S, PLACE, Station, kinds, oddities
from voltloom.protocols.ocpp.hearing import Oddity, StationPlace
from voltloom.session.events import CapabilityReported, EvseReadings


def test_zaptec_tells_its_only_outlet_as_connector_0_when_triggered() -> None:
    station = Station(place=StationPlace("CP1", {1: PLACE.outlets[1]}))

    metered = station.meter(
        {"value": "10", "measurand": "Current.Import", "phase": "L2", "context": "Trigger"}, connector=0
    )

    assert kinds(metered.events) == ["EvseReadings"]
    assert oddities(metered) == [Oddity.MAIN_METER_READ_AS_OUTLET]


def test_the_main_meter_is_kept_apart_from_the_outlets() -> None:
    metered = Station().meter({"value": "80", "measurand": "Current.Import", "phase": "L1"}, connector=0)

    assert metered.events == ()
    assert [(number, reading.current_a[0]) for number, reading in metered.readings] == [(0, 80.0)]


def test_a_vehicle_on_one_phase_is_believed_at_the_third_reading_and_a_second_phase_at_once() -> None:
    station = Station()
    station.status("Charging")
    for currents in ((16, 0, 0), (16, 0, 0), (16, 0, 0), (16, 0, 0), (16, 16, 0)):
        station.now_s += 60.0
        samples = [
            {"value": str(current), "measurand": "Current.Import", "phase": f"L{line}"}
            for line, current in enumerate(currents, start=1)
        ]
        station.meter(*samples)

    told = [event for event in station.events if isinstance(event, CapabilityReported)]
    assert [(t.phases_known, t.uses_all_phases, (t.time_s - NOON_S) / 60.0) for t in told] == [
        (False, True, 0.0),
        (True, False, 3.0),
        (True, True, 5.0),
    ]
    assert all(t.is_dynamic and (t.min_a, t.max_a) == (6.0, 32.0) for t in told)


def test_a_station_that_tells_only_its_register_is_read_by_the_mean_since_the_last() -> None:
    station = Station()
    station.meter({"value": "1000"})
    station.now_s += 360.0

    reading = station.meter({"value": "1368"}).events[0]

    assert isinstance(reading, EvseReadings)
    assert reading.current_a[0] == pytest.approx(16.0)
