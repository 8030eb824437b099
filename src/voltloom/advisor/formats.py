"""Numbers and moments as people read them: kW and A with one decimal, 24 hours, the site's zone, – for unknown."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from voltloom.units import SECONDS_PER_HOUR, kw_from_w, kwh_from_wh

UNKNOWN: Final = "–"
MINUS: Final = "−"


def number(value_ratio: float, decimals: int = 1) -> str:
    """Return a number with a true minus and thin groups of thousands; – where it is unknown, ∞ where endless."""
    if math.isnan(value_ratio):
        return UNKNOWN
    if math.isinf(value_ratio):
        return "∞" if value_ratio > 0 else MINUS + "∞"
    text = f"{value_ratio:,.{decimals}f}".replace(",", "\u202f")
    if text.startswith("-"):
        text = MINUS + text[1:] if text.strip("-0.") else text[1:]
    return text


def signed(value_ratio: float, decimals: int = 1) -> str:
    """Return a difference with its sign; 0 has none."""
    text = number(value_ratio, decimals)
    has_digits = text.strip("0.") and text != UNKNOWN
    return f"+{text}" if value_ratio > 0 and has_digits else text


def percent(value_ratio: float, decimals: int = 1) -> str:
    """Return a ratio as percent."""
    return f"{number(100.0 * value_ratio, decimals)} %" if not math.isnan(value_ratio) else UNKNOWN


def kw(power_w: float) -> str:
    """Return a power in kW."""
    return f"{number(kw_from_w(power_w))} kW" if math.isfinite(power_w) else UNKNOWN


def kwh(energy_wh: float) -> str:
    """Return an energy in kWh, one decimal below 100."""
    value_kwh = kwh_from_wh(energy_wh)
    if not math.isfinite(value_kwh):
        return UNKNOWN
    return f"{number(value_kwh, 1 if abs(value_kwh) < 100 else 0)} kWh"


def duration(span_s: float) -> str:
    """Return a time span as "1 h 05 min", "12 min" or "40 s"."""
    if not math.isfinite(span_s):
        return UNKNOWN
    sign = MINUS if span_s < 0 else ""
    whole_s = round(abs(span_s))
    if whole_s < 60:
        return f"{sign}{whole_s} s" if whole_s else "0 s"
    minutes = round(whole_s / 60)
    hours, rest = divmod(minutes, 60)
    return f"{sign}{hours} h {rest:02} min" if hours else f"{sign}{minutes} min"


def hours(span_s: float) -> str:
    """Return a time span in hours."""
    return f"{number(span_s / SECONDS_PER_HOUR)} h" if math.isfinite(span_s) else UNKNOWN


def money(amount_minor: float, currency: str, minor_digits: int = 2) -> str:
    """Return money in its currency; – where there is no tariff."""
    if not currency or not math.isfinite(amount_minor):
        return UNKNOWN
    return f"{number(amount_minor / 10**minor_digits, minor_digits)} {currency}"


def clock(time_s: float, time_zone: str) -> str:
    """Return a moment as local HH:MM."""
    return (
        f"{datetime.fromtimestamp(time_s, ZoneInfo(time_zone)):%H:%M}" if math.isfinite(time_s) else UNKNOWN
    )


def moment(time_s: float, time_zone: str) -> str:
    """Return a moment as local date and time."""
    if not math.isfinite(time_s):
        return UNKNOWN
    return f"{datetime.fromtimestamp(time_s, ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def departure(leaves_s: float, told_by: str, time_zone: str) -> str:
    """Return when a vehicle leaves, and what that rests on where nobody told it ("forecast", "assumed")."""
    words = moment(leaves_s, time_zone)
    return words if told_by == "told" or not math.isfinite(leaves_s) else f"{words} ({told_by})"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(words: list[str] | tuple[str, ...]) -> str:
    """Return words as "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
