"""Day-ahead prices as JSON: the forms of aWATTar and of Energy-Charts, to exact integers.

aWATTar's /v1/marketdata tells each stretch with its start and end in ms; Energy-Charts's /price tells starts in seconds and
prices in two lists. Both count in EUR/MWh; prices may be below zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from voltloom.protocols.services.answers import AnswerError, NothingYetError
from voltloom.protocols.services.prices import DayAheadPrices, Stretch, joined

AWATTAR: Final = "aWATTar"
ENERGY_CHARTS: Final = "Energy-Charts"
MS_PER_S: Final = 1000
EUR_PER_MWH: Final = "eur/mwh"
Told = TypeVar("Told")


class _Entry(msgspec.Struct):
    start_timestamp: int
    end_timestamp: int
    marketprice: Decimal
    unit: str


class _Awattar(msgspec.Struct):
    data: list[_Entry]


class _EnergyCharts(msgspec.Struct):
    unix_seconds: list[int]
    price: list[Decimal | None]
    unit: str


def awattar_prices(answer: bytes) -> DayAheadPrices:
    """Return the prices of an aWATTar answer.

    Raises AnswerError naming the field; NothingYetError where the list is empty.
    """
    told = _decoded(AWATTAR, answer, _Awattar)
    for number, entry in enumerate(told.data):
        _check_unit(AWATTAR, f"data[{number}].unit", entry.unit)
        if entry.start_timestamp % MS_PER_S or entry.end_timestamp % MS_PER_S:
            raise AnswerError(AWATTAR, f"data[{number}]", "does not begin and end on a whole second")
    stretches = [
        Stretch(entry.start_timestamp // MS_PER_S, entry.end_timestamp // MS_PER_S, entry.marketprice)
        for entry in told.data
    ]
    return joined(AWATTAR, "EUR", stretches)


def energy_charts_prices(answer: bytes) -> DayAheadPrices:
    """Return the prices of an Energy-Charts answer; the last one lasts as long as the one before.

    Raises AnswerError naming the field; NothingYetError where no price is told.
    """
    told = _decoded(ENERGY_CHARTS, answer, _EnergyCharts)
    _check_unit(ENERGY_CHARTS, "unit", told.unit)
    if len(told.unix_seconds) != len(told.price):
        problem = f"has {len(told.price)} prices for {len(told.unix_seconds)} times"
        raise AnswerError(ENERGY_CHARTS, "price", problem)
    if len(told.unix_seconds) < 2:
        raise NothingYetError(ENERGY_CHARTS, "unix_seconds", "tells fewer than two times")
    ends_s = [*told.unix_seconds[1:], 2 * told.unix_seconds[-1] - told.unix_seconds[-2]]
    stretches = [
        Stretch(start_s, end_s, price)
        for start_s, end_s, price in zip(told.unix_seconds, ends_s, told.price, strict=True)
        if price is not None
    ]
    return joined(ENERGY_CHARTS, "EUR", stretches)


def _decoded(service: str, answer: bytes, kind: type[Told]) -> Told:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:  # a ValidationError is a DecodeError
        raise AnswerError(service, "", str(wrong)) from wrong


def _check_unit(service: str, field: str, unit: str) -> None:
    if "".join(unit.split()).lower() != EUR_PER_MWH:
        raise AnswerError(service, field, f"is '{unit}', not EUR/MWh")
