"""The only place where a quantity changes its unit.

Base units inside the program: W, Wh, A, V, s, and ratios from 0 to 1. Files and people speak in kW, kWh,
minutes and local time; they are translated here and nowhere else.
"""

from __future__ import annotations

from typing import Final

SECONDS_PER_MINUTE: Final = 60.0
SECONDS_PER_HOUR: Final = 3600.0
SECONDS_PER_DAY: Final = 86_400.0
MINIMUM_PILOT_A: Final = 6.0  # IEC 61851-1: a vehicle is offered nothing or at least 6 A.


def wh_from_kwh(energy_kwh: float) -> float:
    """Return watt-hours."""
    return energy_kwh * 1000.0


def kwh_from_wh(energy_wh: float) -> float:
    """Return kilowatt-hours."""
    return energy_wh / 1000.0


def w_from_kw(power_kw: float) -> float:
    """Return watts."""
    return power_kw * 1000.0


def kw_from_w(power_w: float) -> float:
    """Return kilowatts."""
    return power_w / 1000.0


def wh_from_w(power_w: float, duration_s: float) -> float:
    """Return the energy that a constant power carries in a time."""
    return power_w * duration_s / SECONDS_PER_HOUR


def w_from_wh(energy_wh: float, duration_s: float) -> float:
    """Return the constant power that carries an energy in a time."""
    return energy_wh * SECONDS_PER_HOUR / duration_s


def s_from_min(duration_min: float) -> float:
    """Return seconds."""
    return duration_min * 60.0


def hours_from_s(duration_s: float) -> float:
    """Return hours."""
    return duration_s / SECONDS_PER_HOUR


def span_words(span_s: float) -> str:
    """Return a span as people say it: "40 s", "12 min", "4 h 05 min", "12 days"."""
    if span_s < SECONDS_PER_MINUTE:
        return f"{span_s:.0f} s"
    minutes = round(span_s / SECONDS_PER_MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    if span_s < 2 * SECONDS_PER_DAY:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{span_s / SECONDS_PER_DAY:.0f} days"
