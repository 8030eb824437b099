"""Where the sun is and what a clear sky would give a tilted plane, from the time and the place alone.

Sources: the sun's place by the Astronomical Almanac's low-precision formulas (Michalsky, Solar Energy 40, 1988); air mass after Kasten and Young (Applied Optics 28, 1989); direct light through clear air after Meinel
(Applied Solar Energy, 1976), 1353 W/m2 * 0.7 ** (air mass ** 0.678); a tenth more of it comes from the sky, evenly from
everywhere, and a fifth of what reaches the ground comes back from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY

SOLAR_W_PER_M2 = 1353.0  # Meinel's constant
STANDARD_W_PER_M2 = 1000.0  # the light that a module's rating is told for
SKY_SHARE = 0.1
GROUND_SHARE = 0.2
DAYS_UNTIL_2000 = 10957.5  # from 1 January 1970 to noon of 1 January 2000, from where the formulas count


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a plane lies and which way it looks. azimuth_deg: clockwise from north, 180 is south; tilt_deg: 0 lies flat."""

    latitude_deg: float
    longitude_deg: float
    tilt_deg: float
    azimuth_deg: float


def sun_direction(plane: Plane, time_s: Floats) -> tuple[Floats, Floats]:
    """Return the cosine of the sun's angle to the vertical and to the plane's normal, (t,), for Unix times (t,).

    Good to a few hundredths of a degree until 2050; the air's refraction is left out.
    """
    days = time_s / SECONDS_PER_DAY - DAYS_UNTIL_2000
    mean_deg = 280.460 + 0.9856474 * days
    anomaly_rad = np.radians(357.528 + 0.9856003 * days)
    ecliptic_rad = np.radians(mean_deg + 1.915 * np.sin(anomaly_rad) + 0.020 * np.sin(2.0 * anomaly_rad))
    oblique_rad = np.radians(23.439 - 0.0000004 * days)
    declination_rad = np.arcsin(np.sin(oblique_rad) * np.sin(ecliptic_rad))
    ascension_rad = np.arctan2(np.cos(oblique_rad) * np.sin(ecliptic_rad), np.cos(ecliptic_rad))
    # The stars' time in Greenwich is the sun's mean place and the turn of the earth since midnight.
    turned_deg = mean_deg + 360.0 * (time_s % SECONDS_PER_DAY) / SECONDS_PER_DAY - 180.0
    hour_rad = np.radians(turned_deg + plane.longitude_deg) - ascension_rad
    north_rad = np.radians(plane.latitude_deg)
    east = -np.cos(declination_rad) * np.sin(hour_rad)
    north = np.sin(declination_rad) * np.cos(north_rad) - np.cos(declination_rad) * np.sin(
        north_rad
    ) * np.cos(hour_rad)
    up = np.sin(declination_rad) * np.sin(north_rad) + np.cos(declination_rad) * np.cos(north_rad) * np.cos(
        hour_rad
    )
    tilt_rad, azimuth_rad = np.radians(plane.tilt_deg), np.radians(plane.azimuth_deg)
    facing = up * np.cos(tilt_rad) + np.sin(tilt_rad) * (
        north * np.cos(azimuth_rad) + east * np.sin(azimuth_rad)
    )
    return up, facing


def clear_sky_ratio(plane: Plane, time_s: Floats) -> Floats:
    """Return the light of a clear sky on the plane over STANDARD_W_PER_M2, (t,), for Unix times (t,); 0 at night."""
    up, facing = sun_direction(plane, time_s)
    is_day = up > 0.0
    height_deg = np.degrees(np.arcsin(np.clip(up, 0.0, 1.0)))
    air_mass = 1.0 / (np.maximum(up, 0.0) + 0.50572 * (height_deg + 6.07995) ** -1.6364)
    direct = np.where(is_day, 0.7 ** (air_mass**0.678), 0.0)
    sky = SKY_SHARE * direct * 0.5 * (1.0 + np.cos(np.radians(plane.tilt_deg)))
    ground = GROUND_SHARE * direct * np.maximum(up, 0.0) * 0.5 * (1.0 - np.cos(np.radians(plane.tilt_deg)))
    light: Floats = (direct * np.maximum(facing, 0.0) + sky + ground) * SOLAR_W_PER_M2 / STANDARD_W_PER_M2
    return light
