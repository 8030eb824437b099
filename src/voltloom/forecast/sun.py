"""Where the sun is and what a clear sky would give a tilted plane, from the time and the place alone.

Sources: position and equation of time as NOAA's solar calculator gives them (general solar position calculations, Spencer's
series of 1971); air mass after Kasten and Young (Applied Optics 28, 1989); direct light through clear air after Meinel
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
DAYS_PER_YEAR = 365.25
YEAR_STARTS_DAY = -0.5  # 1 January 1970 at noon is where Spencer's year begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a plane lies and which way it looks. azimuth_deg: clockwise from north, 180 is south; tilt_deg: 0 lies flat."""

    latitude_deg: float
    longitude_deg: float
    tilt_deg: float
    azimuth_deg: float


def sun_direction(plane: Plane, time_s: Floats) -> tuple[Floats, Floats]:
    """Return the cosine of the sun's angle to the vertical and to the plane's normal, (t,), for Unix times (t,).

    Good to about half a degree; the air's refraction is left out.
    """
    year_rad = 2.0 * np.pi * ((time_s / SECONDS_PER_DAY + YEAR_STARTS_DAY) % DAYS_PER_YEAR) / DAYS_PER_YEAR
    declination_rad = (
        0.006918
        - 0.399912 * np.cos(year_rad)
        + 0.070257 * np.sin(year_rad)
        - 0.006758 * np.cos(2.0 * year_rad)
        + 0.000907 * np.sin(2.0 * year_rad)
        - 0.002697 * np.cos(3.0 * year_rad)
        + 0.00148 * np.sin(3.0 * year_rad)
    )
    late_min = 229.18 * (
        0.000075
        + 0.001868 * np.cos(year_rad)
        - 0.032077 * np.sin(year_rad)
        - 0.014615 * np.cos(2.0 * year_rad)
        - 0.040849 * np.sin(2.0 * year_rad)
    )
    solar_min = time_s % SECONDS_PER_DAY / 60.0 + late_min + 4.0 * plane.longitude_deg
    hour_rad = np.radians(solar_min / 4.0 - 180.0)
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
