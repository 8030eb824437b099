"""Where the sun is and what a clear sky gives."""

from datetime import UTC, datetime

import numpy as np
import pytest

from voltloom.forecast.sun import Plane, clear_sky_ratio, sun_direction

PASADENA = {"latitude_deg": 34.2, "longitude_deg": -118.17}


def plane(*, tilt_deg: float = 0.0, azimuth_deg: float = 180.0) -> Plane:
    return Plane(**PASADENA, tilt_deg=tilt_deg, azimuth_deg=azimuth_deg)


def at(*moment: int) -> np.ndarray:
    return np.array([datetime(*moment, tzinfo=UTC).timestamp()])  # type: ignore[misc, arg-type]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("noon", "height_deg"),
    [((2019, 6, 21, 19, 54), 79.24), ((2019, 12, 22, 19, 51), 32.36), ((2019, 3, 20, 20, 0), 55.8)],
)
def test_at_noon_the_sun_stands_as_high_as_latitude_and_season_say(
    noon: tuple[int, ...], height_deg: float
) -> None:
    up, _ = sun_direction(plane(), at(*noon))

    assert np.degrees(np.arcsin(up[0])) == pytest.approx(height_deg, abs=0.4)


def test_the_sun_rises_and_sets_when_the_almanac_says() -> None:
    # Pasadena, 8 October 2019: 06:51 and 18:29 PDT by the almanac, which counts the air's refraction and the sun's upper edge.
    minutes_s = at(2019, 10, 8, 7)[0] + 60.0 * np.arange(1440)

    up, _ = sun_direction(plane(), minutes_s)

    light = np.flatnonzero(up > np.sin(np.radians(-0.833)))
    assert light[0] == pytest.approx(6 * 60 + 51, abs=3)
    assert light[-1] == pytest.approx(18 * 60 + 29, abs=3)


def test_a_plane_that_looks_at_the_sun_gets_all_of_it() -> None:
    _, facing = sun_direction(plane(tilt_deg=90.0 - 32.36), at(2019, 12, 22, 19, 51))

    assert facing[0] == pytest.approx(1.0, abs=1e-3)


def test_a_plane_to_the_east_has_its_light_in_the_morning() -> None:
    morning, evening = at(2019, 6, 21, 15), at(2019, 6, 22, 1)
    east, west = plane(tilt_deg=60.0, azimuth_deg=90.0), plane(tilt_deg=60.0, azimuth_deg=270.0)

    assert clear_sky_ratio(east, morning)[0] > 2.0 * clear_sky_ratio(west, morning)[0]
    assert clear_sky_ratio(west, evening)[0] > 2.0 * clear_sky_ratio(east, evening)[0]


def test_a_clear_noon_in_june_gives_about_a_thousand_watts_on_a_flat_square_metre() -> None:
    assert clear_sky_ratio(plane(), at(2019, 6, 21, 19, 54))[0] == pytest.approx(1.0, abs=0.06)


def test_the_night_is_dark() -> None:
    assert clear_sky_ratio(plane(tilt_deg=20.0), at(2019, 6, 21, 8))[0] == 0.0
