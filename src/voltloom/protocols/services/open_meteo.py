"""Light and warmth to come as Open-Meteo tells them in JSON, hourly or in quarters of an hour.

Ask with `timeformat=unixtime`. Light is told as the mean of the step that ends at its time, warmth at the time itself; here
everything is told by when its step begins.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
import numpy as np

from voltloom.protocols.services.answers import AnswerError, NothingYetError
from voltloom.site.network import Floats

SERVICE: Final = "Open-Meteo"
TILTED: Final = "global_tilted_irradiance"
FLAT: Final = "shortwave_radiation"
WARMTH: Final = "temperature_2m"
UNITS: Final = {"time": "unixtime", TILTED: "W/m²", FLAT: "W/m²", WARMTH: "°C"}
_STEP_S: Final = {"minutely_15": 900, "hourly": 3600}
_Column = list[float | None]


class Weather(NamedTuple):
    """Weather to come in steps of step_s from start_s (t,) on, NaN where nothing is told.

    flat_w_per_sqm: (t,) light on the ground; tilted_w_per_sqm: (t,) on the plane that was asked for. air_c: (t,) when the step ends.
    """

    start_s: Floats
    step_s: float
    flat_w_per_sqm: Floats
    tilted_w_per_sqm: Floats
    air_c: Floats


class _Answer(msgspec.Struct):
    error: bool = False
    reason: str = ""
    hourly: dict[str, _Column] = {}
    hourly_units: dict[str, str] = {}
    minutely_15: dict[str, _Column] = {}
    minutely_15_units: dict[str, str] = {}


def open_meteo_weather(answer: bytes) -> Weather:
    """Return the weather of an answer, in quarters of an hour where it tells them.

    Raises AnswerError naming the field: another unit, lists of different lengths, steps that are not even, light below zero.
    """
    try:
        told = msgspec.json.decode(answer, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:  # a ValidationError is a DecodeError
        raise AnswerError(SERVICE, "", str(wrong)) from wrong
    if told.error:
        raise AnswerError(SERVICE, "reason", told.reason)
    name = "minutely_15" if told.minutely_15 else "hourly"
    columns: dict[str, _Column] = getattr(told, name)
    units: dict[str, str] = getattr(told, f"{name}_units")
    if not columns.get("time"):
        raise NothingYetError(SERVICE, name, "tells nothing")
    for column in (each for each in UNITS if each in columns):
        if units.get(column) != UNITS[column]:
            problem = f"is '{units.get(column, '')}', not {UNITS[column]}"
            raise AnswerError(SERVICE, f"{name}_units.{column}", problem)
    step_s = _STEP_S[name]
    time_s = _column(name, columns, "time")
    if not (np.diff(time_s) == step_s).all():
        raise AnswerError(SERVICE, f"{name}.time", f"does not go on by {step_s} s")
    flat, tilted = _light(name, columns, FLAT), _light(name, columns, TILTED)
    return Weather(time_s - step_s, float(step_s), flat, tilted, _column(name, columns, WARMTH))


def _light(name: str, columns: dict[str, _Column], column: str) -> Floats:
    light = _column(name, columns, column)
    if (light < 0.0).any():
        raise AnswerError(SERVICE, f"{name}.{column}", f"is {np.nanmin(light)}, below zero")
    return light


def _column(name: str, columns: dict[str, _Column], column: str) -> Floats:
    count = len(columns["time"])
    values = columns.get(column, [None] * count)
    if len(values) != count:
        raise AnswerError(SERVICE, f"{name}.{column}", f"has {len(values)} values for {count} times")
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
