"""Day-ahead prices as every service's answer becomes them: a series without gaps, in exact integers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from voltloom.protocols.services.answers import AnswerError, NothingYetError
from voltloom.site.tariff import PriceSeries

NANO_PER_KWH_OF_PER_MWH: Final = 1_000_000  # 1 EUR/MWh is a thousandth of a EUR/kWh
LARGEST_PER_MWH: Final = 1_000_000  # Europe's markets stop at some thousands


class Stretch(NamedTuple):
    """A stretch of time with one price, in the currency per MWh, as it was told."""

    start_s: int
    end_s: int
    price_per_mwh: Decimal


class DayAheadPrices(NamedTuple):
    """currency: three letters. series: as a tariff takes it, the market's price alone, without charges and taxes."""

    currency: str
    series: PriceSeries


def joined(service: str, currency: str, stretches: Sequence[Stretch]) -> DayAheadPrices:
    """Return the prices of stretches in any order.

    Raises NothingYetError without any, AnswerError where two overlap or do not meet, or a
    price is none or finer than 1e-9 of the currency per kWh.
    """
    if not stretches:
        raise NothingYetError(service, "", "tells no prices")
    ordered = sorted(stretches, key=lambda stretch: stretch[:2])  # a price may be no number, without an order
    for before, after in pairwise(ordered):
        if before.end_s != after.start_s:
            what = "is told twice" if before.end_s > after.start_s else "is missing"
            raise AnswerError(service, f"price at {min(before.end_s, after.start_s)}", what)
    return DayAheadPrices(
        currency=currency,
        series=PriceSeries(
            start_s=tuple(stretch.start_s for stretch in ordered),
            price_nano_per_kwh=tuple(_nano(service, stretch) for stretch in ordered),
            end_s=ordered[-1].end_s,
        ),
    )


def _nano(service: str, stretch: Stretch) -> int:
    price = stretch.price_per_mwh
    if not price.is_finite() or abs(price) > LARGEST_PER_MWH:
        raise AnswerError(service, f"price at {stretch.start_s}", f"{price} is no price")
    price_nano = price * NANO_PER_KWH_OF_PER_MWH
    if price_nano != price_nano.to_integral_value():
        raise AnswerError(service, f"price at {stretch.start_s}", f"{price} is finer than 1e-9 per kWh")
    return int(price_nano)
