"""The rule of batteries: peaks first, then surplus, then being ready for peaks, then own use; never beyond what they bear."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.controller.storage.rule import asked_w, wanted
from voltloom.controller.storage.settings import StorageSettings
from voltloom.decision.storage import StorageCause
from voltloom.site.network import Floats
from voltloom.site.storage import StorageNetwork

PEAK = StorageSettings(peak_w=30_000.0, peak_soc_ratio=0.4)


def batteries(*most_w: float) -> StorageNetwork:
    """Return batteries of 10 kWh that charge and discharge with so much, on three phases."""
    count = len(most_w)
    return StorageNetwork(
        ids=tuple(f"b{number}" for number in range(count)),
        row_shares=np.ones((count, 3)),
        w_per_a=np.full(count, 690.0),
        charge_a=np.array(most_w) / 690.0,
        discharge_a=np.array(most_w) / 690.0,
        capacity_wh=np.full(count, 10_000.0),
        charge_ratio=np.ones(count),
        discharge_ratio=np.ones(count),
        min_soc_ratio=np.full(count, 0.05),
        max_soc_ratio=np.full(count, 0.95),
        pvs=(),
        unknown=np.zeros(3, dtype=np.bool_),
        voltage_v=230.0,
        wear_per_kwh=np.zeros(count),
        keeps_power=np.zeros(count, dtype=np.bool_),
    )


def told(
    site_w: float, soc_ratio: float, settings: StorageSettings = PEAK, before_w: float = 0.0
) -> tuple[float, StorageCause]:
    """Return what one battery of 10 kW is told."""
    found = wanted(site_w, np.array([soc_ratio]), np.array([before_w]), batteries(10_000.0), settings)
    return float(found.power_w[0]), StorageCause(int(found.cause[0]))


def test_it_gives_what_the_site_draws_beyond_its_target() -> None:
    assert told(36_000.0, 0.5) == (-6_000.0, StorageCause.PEAK)
    assert told(90_000.0, 0.5) == (-10_000.0, StorageCause.PEAK), "no more than it can"
    assert told(36_000.0, 0.05) == (0.0, StorageCause.EMPTY)


def test_it_stores_what_is_generated_beyond_what_the_site_draws() -> None:
    assert told(-4_000.0, 0.5) == (4_000.0, StorageCause.SURPLUS)
    assert told(-4_000.0, 0.95) == (0.0, StorageCause.FULL)
    assert told(-4_000.0, 0.5, StorageSettings(stores_surplus=False)) == (0.0, StorageCause.IDLE)


def test_it_gets_ready_for_the_next_peak_below_the_target_and_not_beyond_what_it_keeps_for_that() -> None:
    assert told(20_000.0, 0.3) == (7_000.0, StorageCause.REFILL)
    assert told(29_000.0, 0.3)[0] == 0.0
    power_w, cause = told(20_000.0, 0.5)
    assert (power_w, cause) == (-10_000.0, StorageCause.OWN_USE)


def test_without_a_target_nothing_is_bought_to_be_stored() -> None:
    assert told(5_000.0, 0.1, StorageSettings(peak_soc_ratio=0.4)) == (0.0, StorageCause.IDLE)


def test_a_battery_of_unknown_charge_rests_and_the_other_does_what_it_can() -> None:
    found = wanted(36_000.0, np.array([math.nan, 0.5]), np.zeros(2), batteries(10_000.0, 4_000.0), PEAK)

    assert found.power_w.tolist() == [0.0, -4_000.0]
    assert found.cause.tolist() == [int(StorageCause.SILENT), int(StorageCause.PEAK)]


def test_small_changes_are_not_sent_but_stopping_is() -> None:
    assert told(36_100.0, 0.5, before_w=-6_000.0)[0] == -6_000.0
    assert told(150.0, 0.5)[0] == 0.0
    assert told(100.0, 0.05, StorageSettings(), before_w=-150.0)[0] == 0.0


@given(
    site_w=st.floats(-50_000.0, 90_000.0),
    soc=st.lists(st.one_of(st.just(math.nan), st.floats(0.0, 1.0)), min_size=1, max_size=4),
    peak_w=st.one_of(st.just(math.inf), st.floats(1_000.0, 60_000.0)),
    keeps=st.floats(0.0, 1.0),
    data=st.data(),
)
def test_no_battery_is_told_what_it_cannot_do_nor_to_sell_what_it_holds(
    site_w: float, soc: list[float], peak_w: float, keeps: float, data: st.DataObject
) -> None:
    most_w = [data.draw(st.floats(500.0, 30_000.0)) for _ in soc]
    storage, ratio = batteries(*most_w), np.array(soc)
    settings = StorageSettings(peak_w=peak_w, peak_soc_ratio=keeps, deadband_w=0.0)

    found = wanted(site_w, ratio, np.zeros(len(soc)), storage, settings)

    power_w: Floats = found.power_w
    assert (np.abs(power_w) <= np.array(most_w) + 1e-6).all()
    assert (power_w[np.isnan(ratio)] == 0.0).all()
    assert (power_w[ratio <= 0.05] >= 0.0).all()
    assert (power_w[ratio >= 0.95] <= 0.0).all()
    after_w = site_w + float(power_w.sum())
    if site_w >= 0.0:
        assert after_w >= -1e-6, "never exports what was stored"
        assert after_w <= max(peak_w, site_w) + 1e-6, "never makes a peak"
    else:
        assert after_w <= 1e-6, "never buys to store while there is surplus"


def test_what_is_kept_for_peaks_is_not_bought_and_used_in_turn() -> None:
    began = [told(20_000.0, soc, before_w=0.0)[1] for soc in (0.34, 0.36, 0.44, 0.46)]
    goes_on = told(20_000.0, 0.39, before_w=7_000.0)[1], told(20_000.0, 0.41, before_w=-7_000.0)[1]
    ends = told(20_000.0, 0.41, before_w=7_000.0)[1], told(20_000.0, 0.39, before_w=-7_000.0)[1]

    assert began == [StorageCause.REFILL, StorageCause.IDLE, StorageCause.IDLE, StorageCause.OWN_USE]
    assert goes_on == (StorageCause.REFILL, StorageCause.OWN_USE)
    assert ends == (StorageCause.IDLE, StorageCause.IDLE)


@given(
    site_w=st.floats(-50_000.0, 90_000.0),
    soc_ratio=st.floats(0.0, 1.0),
    before_w=st.floats(-10_000.0, 10_000.0),
)
def test_a_reason_always_fits_what_is_asked(site_w: float, soc_ratio: float, before_w: float) -> None:
    power_w, cause = asked_w(site_w, soc_ratio, before_w, PEAK)

    expected = {
        StorageCause.PEAK: power_w < 0.0,
        StorageCause.SURPLUS: power_w > 0.0,
        StorageCause.REFILL: power_w >= 0.0,
        StorageCause.OWN_USE: power_w <= 0.0,
        StorageCause.IDLE: power_w == 0.0,
    }
    assert expected[cause]


def test_a_target_is_kept_to_the_watt_where_the_battery_is_strong_enough() -> None:
    power_w, _ = told(37_321.0, 0.9)

    assert 37_321.0 + power_w == pytest.approx(30_000.0)
