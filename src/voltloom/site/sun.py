"""Where the sun stands, and what a clear sky gives a plane: pure functions of place and time.

Declination and equation of time after Spencer (1971), good to a quarter of a degree; clear-sky irradiance after Haurwitz
(1945); diffuse light a fixed part, from all of the sky alike. Enough to bound PV and to make a day of it; a forecast has
models of its own.
"""

from __future__ import annotations

import math
from typing import Final

from voltloom.units import SECONDS_PER_DAY

REFRACTION_DEG: Final = 1.0  # the sun is seen, and its glow feeds in, somewhat below the horizon
STANDARD_W_PER_M2: Final = 1000.0  # the irradiance at which a module gives its peak power (IEC 60904-3)
DIFFUSE_RATIO: Final = 0.15  # of the horizontal irradiance under a clear sky
YEAR_DAYS_COUNT: Final = 365.2425


def sun_at(latitude_deg: float, longitude_deg: float, time_s: float) -> tuple[float, float]:
    """Return the sun's elevation and azimuth in degrees at a Unix time; azimuth from north over east, 0 to 360."""
    day = time_s / SECONDS_PER_DAY % YEAR_DAYS_COUNT
    turn_rad = 2.0 * math.pi * day / YEAR_DAYS_COUNT
    declination_rad = (
        0.006918
        - 0.399912 * math.cos(turn_rad)
        + 0.070257 * math.sin(turn_rad)
        - 0.006758 * math.cos(2.0 * turn_rad)
        + 0.000907 * math.sin(2.0 * turn_rad)
        - 0.002697 * math.cos(3.0 * turn_rad)
        + 0.00148 * math.sin(3.0 * turn_rad)
    )
    equation_min = 229.18 * (
        0.000075
        + 0.001868 * math.cos(turn_rad)
        - 0.032077 * math.sin(turn_rad)
        - 0.014615 * math.cos(2.0 * turn_rad)
        - 0.040849 * math.sin(2.0 * turn_rad)
    )
    utc_min = time_s % SECONDS_PER_DAY / 60.0
    hour_rad = math.radians((utc_min + equation_min + 4.0 * longitude_deg) / 4.0 - 180.0)
    latitude_rad = math.radians(latitude_deg)
    up = math.sin(latitude_rad) * math.sin(declination_rad)
    up += math.cos(latitude_rad) * math.cos(declination_rad) * math.cos(hour_rad)
    elevation_rad = math.asin(max(-1.0, min(1.0, up)))
    east = -math.cos(declination_rad) * math.sin(hour_rad)
    north = math.cos(latitude_rad) * math.sin(declination_rad)
    north -= math.sin(latitude_rad) * math.cos(declination_rad) * math.cos(hour_rad)
    return math.degrees(elevation_rad), math.degrees(math.atan2(east, north)) % 360.0


def is_up(latitude_deg: float, longitude_deg: float, time_s: float) -> bool:
    """Return whether the sun may feed anything in at a place."""
    return sun_at(latitude_deg, longitude_deg, time_s)[0] > -REFRACTION_DEG


def clear_sky_ratio(place_deg: tuple[float, float], plane_deg: tuple[float, float], time_s: float) -> float:
    """Return what a plane gets under a clear sky, by the irradiance of the standard conditions.

    place_deg: latitude and longitude. plane_deg: tilt from the horizontal, and azimuth from north over east.
    """
    elevation_deg, azimuth_deg = sun_at(*place_deg, time_s)
    if elevation_deg <= 0.0:
        return 0.0
    up = math.sin(math.radians(elevation_deg))
    horizontal_w_per_m2 = 1098.0 * up * math.exp(-0.059 / up)
    tilt_rad, apart_rad = math.radians(plane_deg[0]), math.radians(azimuth_deg - plane_deg[1])
    facing = math.cos(tilt_rad) * up
    facing += math.sin(tilt_rad) * math.cos(math.radians(elevation_deg)) * math.cos(apart_rad)
    beam_w_per_m2 = (1.0 - DIFFUSE_RATIO) * horizontal_w_per_m2 / up
    diffuse_w_per_m2 = DIFFUSE_RATIO * horizontal_w_per_m2 * (1.0 + math.cos(tilt_rad)) / 2.0
    return (beam_w_per_m2 * max(0.0, facing) + diffuse_w_per_m2) / STANDARD_W_PER_M2
