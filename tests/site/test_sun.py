"""The sun where almanacs have it, and a clear day on a roof."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.site.sun import clear_sky_ratio, is_up, sun_at

BERLIN = (52.52, 13.405)


@pytest.mark.parametrize(
    ("time_s", "place", "elevation_deg", "azimuth_deg"),
    [
        # Solar noon in Berlin, 2024-06-21 11:08 UTC: 90 - 52.52 + 23.44.
        (1_718_968_080.0, BERLIN, 60.92, 180.0),
        # 2024-12-21 11:04 UTC: 90 - 52.52 - 23.44.
        (1_734_779_040.0, BERLIN, 14.04, 180.0),
        # Equinox at Greenwich on the equator, 2024-03-20 12:07 UTC: overhead.
        (1_710_936_420.0, (0.0, 0.0), 90.0, None),
    ],
)
def test_the_sun_stands_where_almanacs_have_it(
    time_s: float, place: tuple[float, float], elevation_deg: float, azimuth_deg: float | None
) -> None:
    elevation, azimuth = sun_at(*place, time_s)

    assert elevation == pytest.approx(elevation_deg, abs=0.5)
    if azimuth_deg is not None:
        assert azimuth == pytest.approx(azimuth_deg, abs=1.0)


def test_it_rises_in_the_east_and_sets_in_the_west() -> None:
    # Berlin, 2024-03-20: sunrise 5:09 UTC, sunset 17:19 UTC.
    midnight_s = 1_710_892_800.0
    up = [minute for minute in range(1440) if sun_at(*BERLIN, midnight_s + 60.0 * minute)[0] > -0.833]

    assert up[0] == pytest.approx(5 * 60 + 9, abs=5)
    assert up[-1] == pytest.approx(17 * 60 + 19, abs=5)
    assert sun_at(*BERLIN, midnight_s + 60.0 * up[0])[1] == pytest.approx(90.0, abs=3.0)
    assert sun_at(*BERLIN, midnight_s + 60.0 * up[-1])[1] == pytest.approx(270.0, abs=3.0)


def test_a_clear_day_in_june_gives_a_south_roof_about_seven_full_hours() -> None:
    # PVGIS has some 7 to 8 kWh/m2 in the plane for a clear June day at this place and tilt.
    midnight_s = 1_718_928_000.0
    hours = sum(clear_sky_ratio(BERLIN, (30.0, 180.0), midnight_s + 300.0 * n) / 12.0 for n in range(288))

    assert 6.5 < hours < 8.5


@given(
    time_s=st.floats(0.0, 4e9),
    latitude_deg=st.floats(-90.0, 90.0),
    longitude_deg=st.floats(-180.0, 180.0),
    tilt_deg=st.floats(0.0, 90.0),
    azimuth_deg=st.floats(0.0, 360.0),
)
def test_what_a_plane_gets_is_never_negative_nor_more_than_the_sun_has_and_nothing_in_the_dark(
    time_s: float, latitude_deg: float, longitude_deg: float, tilt_deg: float, azimuth_deg: float
) -> None:
    place = latitude_deg, longitude_deg

    ratio = clear_sky_ratio(place, (tilt_deg, azimuth_deg), time_s)

    assert 0.0 <= ratio < 1.25
    if not is_up(*place, time_s):
        assert ratio == 0.0
