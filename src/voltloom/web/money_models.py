"""Prices and bills in the words of the interface: whole numbers that add up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class SeasonOut(BaseModel):
    """Prices of some days of the year. starts_min: minutes after local midnight from which each price holds. weekdays: 0 is Monday."""

    id: str
    first: str
    last: str
    weekdays: list[int]
    starts_min: list[int]
    prices_nano_per_kwh: list[int]


class SeriesOut(BaseModel):
    """Prices by moment, such as day-ahead prices."""

    start: datetime
    end: datetime
    prices_count: int


class TariffOut(BaseModel):
    """A tariff as the journal has it. seq: the row that told it. price_nano_per_kwh: now, in 1e-9 of the currency."""

    seq: int
    name: str
    standing: Literal["coming", "in_force", "past", "replaced"]
    begins: datetime
    ends: datetime | None
    currency: str
    minor_digits: int
    time_zone: str
    price_nano_per_kwh: int | None
    charging_nano_per_h: int
    idle_nano_per_h: int
    seasons: list[SeasonOut]
    series: SeriesOut | None


class BillLineOut(BaseModel):
    """Energy or time at one price. duration_ms: the time billed. amount_minor: what the rounded running total grows by."""

    kind: Literal["energy", "charging", "idle"]
    start: datetime
    end: datetime
    duration_ms: int
    price_nano_per_h: int
    price_nano_per_kwh: int
    energy_tenth_wh: int
    amount_minor: int


class BillOut(BaseModel):
    """What a closed session costs, in whole numbers that add up. total_minor: null unless priced; note says why.

    exported_tenth_wh: what the vehicle fed back; no line charges it or pays for it.
    """

    session: str
    status: str
    tariff: str
    currency: str
    minor_digits: int
    energy_tenth_wh: int
    exported_tenth_wh: int
    total_minor: int | None
    note: str
    lines: list[BillLineOut]
