"""Fitted batteries agree with ACN-Sim's rule, can take what their session needs, and taper as long as they can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.simulation.battery_fit import CAPACITIES_KWH, StartRule, fitted_battery, gained_soc

FULL_KW = 6.656
PERIOD_S = 300.0

# (energy in kWh, periods, capacity in kWh, initial kWh) computed with acnportal 0.3.3's batt_cap_fn at 208 V, 5 min.
FROM_ACNSIM = [
    (0.0, 0, 8.0, 6.400097656250001),
    (0.5541119999999999, 1, 8.0, 5.887648864746095),
    (5.546666666666667, 10, 8.0, 0.8534423828125002),
    (6.649343999999999, 12, 24.0, 12.79901818847656),
    (11.093333333333334, 20, 40.0, 20.907249348958334),
    (18.304, 33, 24.0, 0.8963525390625027),
    (27.7056, 50, 40.0, 4.94217387835185),
    (42.154666666666664, 76, 60.0, 5.846159667968755),
    (69.88799999999999, 126, 100.0, 10.11337158203126),
    (34.354943999999996, 62, 60.0, 14.530760163625086),
    (60.95231999999999, 110, 85.0, 8.447590163548796),
    (77.02156799999999, 139, 100.0, 4.683531325340283),
    (23.62339417152363, 69, 24.0, 0.291637360990048),
    (32.692608, 59, 40.0, 0.009346881866459388),
]


@pytest.mark.parametrize(("energy_kwh", "periods", "capacity_kwh", "initial_kwh"), FROM_ACNSIM)
def test_a_fitted_battery_is_the_one_acn_sim_takes(
    energy_kwh: float, periods: int, capacity_kwh: float, initial_kwh: float
) -> None:
    battery = fitted_battery(energy_kwh, periods, FULL_KW, PERIOD_S, StartRule.AS_ACNSIM)

    assert battery is not None
    assert battery.capacity_wh == capacity_kwh * 1000.0
    assert battery.initial_wh / 1000.0 == pytest.approx(initial_kwh, abs=1e-6)


def test_the_documented_rule_starts_a_light_session_in_the_taper_where_acn_sim_does_not() -> None:
    documented = fitted_battery(0.5, 100, FULL_KW, PERIOD_S, StartRule.LATEST)
    shipped = fitted_battery(0.5, 100, FULL_KW, PERIOD_S, StartRule.AS_ACNSIM)

    assert documented is not None
    assert shipped is not None
    assert documented.initial_soc_ratio == pytest.approx(1.0 - 0.5 / 8.0, abs=1e-6)
    assert shipped.initial_wh == pytest.approx(documented.initial_soc_ratio * 1000.0)


def test_a_session_no_battery_can_take_has_none() -> None:
    battery = fitted_battery(101.0, 500, FULL_KW, PERIOD_S, StartRule.LATEST)

    assert battery is None


def charged_kwh(start_kwh: float, capacity_kwh: float, hours: float) -> float:
    """Charge at full power in tiny steps, by the differential equation itself."""
    charge_kwh, step_h = start_kwh, hours / 20_000
    for _ in range(20_000):
        missing = (1.0 - charge_kwh / capacity_kwh) / 0.2
        charge_kwh += FULL_KW * min(1.0, missing) * step_h
    return charge_kwh - start_kwh


@pytest.mark.parametrize(("energy_kwh", "periods"), [(5.0, 40), (20.0, 60), (30.0, 100), (2.0, 5)])
def test_a_fitted_battery_takes_exactly_what_its_session_needs(energy_kwh: float, periods: int) -> None:
    battery = fitted_battery(energy_kwh, periods, FULL_KW, PERIOD_S, StartRule.LATEST)

    assert battery is not None
    taken = charged_kwh(battery.initial_wh / 1000, battery.capacity_wh / 1000, periods / 12)
    assert taken == pytest.approx(energy_kwh, abs=2e-3)


@given(share=st.floats(min_value=0.0, max_value=1.0), periods=st.integers(min_value=1, max_value=144))
def test_every_session_of_at_most_half_a_day_finds_a_battery_that_can_take_it(
    share: float, periods: int
) -> None:
    energy_kwh = share * FULL_KW * periods * (5 / 60)

    battery = fitted_battery(energy_kwh, periods, FULL_KW, PERIOD_S, StartRule.LATEST)

    assert battery is not None
    assert battery.capacity_wh / 1000 in CAPACITIES_KWH
    assert 0.0 <= battery.initial_wh <= battery.capacity_wh
    if battery.initial_soc_ratio < 0.8:
        full_ratio = FULL_KW * periods / 12 / (battery.capacity_wh / 1000)
        gained_kwh = gained_soc(battery.initial_soc_ratio, full_ratio) * battery.capacity_wh / 1000
        assert gained_kwh == pytest.approx(energy_kwh, abs=1e-6)
