"""Whatever units, phases and signs a station uses, a reading is in A, W, Wh and ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.protocols.ocpp import metering
from voltloom.protocols.ocpp.metering import (
    IMPORT_REGISTER,
    SHAPES_KEPT,
    OutletReading,
    SampleDoubt,
    _shapes,
    current_from_power_a,
    mean_power_w,
)


class Sample(NamedTuple):
    """One value with what is said of it."""

    value: str | float
    measurand: str = IMPORT_REGISTER
    unit: str = ""
    phase: str = ""
    location: str = ""
    context: str = ""
    multiplier: int = 0
    is_signed_data: bool = False


def reading_of(time_s: float, samples: Iterable[Sample]) -> OutletReading:
    """Return the reading of some samples."""
    listed = tuple(samples)
    words = tuple(
        (s.measurand, s.unit, s.phase, s.location, s.context, s.multiplier, s.is_signed_data) for s in listed
    )
    return metering.reading_of(time_s, (words, [s.value for s in listed]))


@pytest.mark.parametrize(
    ("sample", "energy_wh"),
    [
        (Sample("1234"), 1234.0),
        (Sample("1.234", unit="kWh"), 1234.0),
        (Sample("1,234", unit="kWh"), 1234.0),
        (Sample("1.234", unit="Wh", multiplier=3), 1234.0),
        (Sample(" 1234 ", unit="wh"), 1234.0),
    ],
)
def test_a_register_is_read_in_wh(sample: Sample, energy_wh: float) -> None:
    assert reading_of(0.0, [sample]).energy_wh == pytest.approx(energy_wh)


def test_a_register_told_by_phase_only_is_the_sum() -> None:
    samples = [Sample("100", phase=phase) for phase in ("L1", "L2", "L3")]

    assert reading_of(0.0, samples).energy_wh == 300.0
    assert reading_of(0.0, [*samples, Sample("299")]).energy_wh == 299.0


def test_currents_are_signed_and_the_most_loaded_phase_counts() -> None:
    taken = [Sample("6", "Current.Import", phase="L1"), Sample("16", "Current.Import", phase="L3")]
    given = [Sample("10", "Current.Export", phase="L1")]

    assert reading_of(0.0, taken).current_a[2] == 16.0
    assert math.isnan(reading_of(0.0, taken).current_a[1])
    assert reading_of(0.0, taken).largest_a == 16.0
    assert reading_of(0.0, given).largest_a == -10.0
    assert reading_of(0.0, [Sample("-7", "Current.Import")]).largest_a == -7.0


def test_power_voltage_and_state_of_charge_are_read() -> None:
    reading = reading_of(
        0.0,
        [
            Sample("11", "Power.Active.Import", "kW"),
            Sample("231", "Voltage", "V", "L1-N"),
            Sample("0", "Voltage", "V", "L2-N"),
            Sample("55", "SoC", "Percent", location="EV"),
        ],
    )

    assert (reading.power_w, reading.voltage_v, reading.soc_ratio) == (11_000.0, 231.0, 0.55)


@pytest.mark.parametrize(
    ("sample", "doubt"),
    [
        (Sample("x"), SampleDoubt.NOT_A_NUMBER),
        (Sample("nan"), SampleDoubt.NOT_A_NUMBER),
        (Sample("1e999"), SampleDoubt.NOT_A_NUMBER),
        (Sample("1.0", multiplier=400), SampleDoubt.NOT_A_NUMBER),
        (Sample("5", IMPORT_REGISTER, "Hz"), SampleDoubt.UNKNOWN_UNIT),
        (Sample("5", "Current.Import", "W"), SampleDoubt.UNKNOWN_UNIT),
        (Sample("AB12", is_signed_data=True), SampleDoubt.SIGNED_DATA),
        (Sample("250", "SoC"), SampleDoubt.SOC_BEYOND_RANGE),
    ],
)
def test_what_cannot_be_used_is_told_and_spoils_nothing_else(sample: Sample, doubt: SampleDoubt) -> None:
    reading = reading_of(0.0, [sample, Sample("9", "Power.Active.Import")])

    assert [found for found, _ in reading.doubts] == [doubt]
    assert math.isnan(reading.energy_wh)
    assert math.isnan(reading.largest_a)
    assert reading.power_w == 9.0


def test_an_unknown_measurand_and_the_grid_side_are_left_out() -> None:
    reading = reading_of(
        0.0, [Sample("5", "Request.Energy"), Sample("30", "Current.Import", location="Inlet")]
    )

    assert math.isnan(reading.largest_a)
    assert math.isnan(reading.energy_wh)


def test_a_power_without_phases_counts_on_one_phase_as_long_as_that_can_be() -> None:
    assert current_from_power_a(3680.0, 230.0, 3, 32.0) == 16.0
    assert current_from_power_a(11_040.0, 230.0, 3, 32.0) == 16.0


def test_a_mean_power_needs_time_and_a_register_that_rises() -> None:
    assert mean_power_w(0.0, 1000.0, 360.0, 1700.0) == 7000.0
    assert math.isnan(mean_power_w(0.0, 1000.0, 5.0, 8000.0))
    assert math.isnan(mean_power_w(0.0, 1000.0, 3600.0, 8000.0))
    assert math.isnan(mean_power_w(0.0, 1000.0, 360.0, 900.0))
    assert math.isnan(mean_power_w(math.nan, math.nan, 360.0, 900.0))


def test_an_impossible_state_of_charge_is_doubted_wherever_it_is_told() -> None:
    doubts = reading_of(0.0, [Sample("250", "SoC", phase="N"), Sample("250", "SoC")]).doubts

    assert [doubt for doubt, _ in doubts] == [SampleDoubt.SOC_BEYOND_RANGE] * 2


def test_what_long_words_of_stations_mean_is_not_kept() -> None:
    before_count = len(_shapes)

    told = reading_of(0.0, [Sample("5", "Current.Import", unit="A" * 200_000)])
    reading_of(0.0, [Sample("5", "Current.Import")] * 1_000)

    assert len(_shapes) == before_count
    assert [doubt for doubt, _ in told.doubts] == [SampleDoubt.UNKNOWN_UNIT]


def test_a_station_that_never_says_the_same_twice_does_not_fill_the_memory() -> None:
    for number in range(2 * SHAPES_KEPT):
        reading_of(0.0, [Sample("5", "Current.Import", context=f"never {number}")])

    assert 0 < len(_shapes) <= SHAPES_KEPT


_SAMPLES = st.builds(
    Sample,
    st.sampled_from(["0", "5", "16.5", "-7", "1,5", "250", "x", "", "NaN", "1e999", 3.0, math.inf]),
    st.sampled_from(
        [
            *("", "Current.Import", "Current.Export", "Power.Active.Import", "Power.Active.Export", "SoC"),
            *("Energy.Active.Import.Register", "Energy.Active.Export.Register", "Voltage", "Frequency"),
            *("Current.Offered", "Energy.Reactive.Import.Register"),
        ]
    ),
    st.sampled_from(["", "A", "mA", "kW", "W", "Wh", "kWh", "V", "Percent", "furlong", " wh "]),
    st.sampled_from(["", "L1", "L2", "L3", "L1-N", "L3-N", "N", "L1-L2"]),
    st.sampled_from(["", "Outlet", "Cable", "Inlet", "EV"]),
    st.sampled_from(["", "Trigger", "Sample.Periodic"]),
    st.sampled_from([0, 0, 3, -3, 400]),
    st.booleans(),
)


@given(st.lists(_SAMPLES, max_size=6))
def test_what_a_list_means_does_not_depend_on_lists_that_were_read_before(samples: list[Sample]) -> None:
    _shapes.clear()
    first = reading_of(1.0, samples)
    again = reading_of(1.0, [sample._replace(value="1") for sample in samples])
    same = reading_of(1.0, samples)

    assert repr(same) == repr(first)  # NaN is not equal to itself
    assert {doubt for doubt, _ in again.doubts} <= {doubt for doubt, _ in first.doubts}
