"""A closed session's bill by the tariff in force when it began, exactly: products are exact, the total is rounded once.

Charging time is that in which energy flowed between two readings, idle time that from the last of them to the end; what
lies between, and a session in which nothing flowed, costs no time. Energy that flowed over a change of price is split evenly in time, in whole tenths of a Wh that add up. The total is
rounded half to even to minor units; each line shows what the running total grew by, so that lines add up to it too.
"""

from __future__ import annotations

import math
from enum import Enum
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from voltloom.session.record import (
    NANO,
    TENTH_WH_PER_KWH,
    EnergySlice,
    SessionRecord,
    priced,
)
from voltloom.site.tariff import PriceStep, Tariff, TariffError, price_steps

QUARTER_MS: Final = 900_000
MS_PER_HOUR: Final = 3_600_000


class BillStatus(Enum):
    """Whether a session can be billed."""

    PRICED = "priced"
    QUARANTINED = "quarantined"  # its energy is doubted; somebody must look at it
    NO_TARIFF = "no_tariff"  # none was set before it began
    NO_PRICE = "no_price"  # its tariff says nothing of some moment


class LineKind(Enum):
    """What a line is for."""

    ENERGY = "energy"
    CHARGING = "charging"  # the time in which energy flowed
    IDLE = "idle"  # plugged in after the last energy, either way


class BillLine(NamedTuple):
    """Energy or time at one price. amount_minor: what the rounded running total grows by.

    duration_ms: the time that is billed, at most that from start to end; 0 for energy, as energy is for time.
    """

    start_ms: int
    end_ms: int
    price_nano_per_kwh: int
    energy_tenth_wh: int
    amount_minor: int
    kind: LineKind = LineKind.ENERGY
    duration_ms: int = 0
    price_nano_per_h: int = 0

    def exact_minor(self, minor_per_unit: int) -> Fraction:
        """Return what it costs before rounding."""
        energy = Fraction(self.energy_tenth_wh * self.price_nano_per_kwh, TENTH_WH_PER_KWH)
        time = Fraction(self.duration_ms * self.price_nano_per_h, MS_PER_HOUR)
        return (energy + time) * minor_per_unit / NANO


class SessionBill(NamedTuple):
    """What a session costs. total_minor: None unless priced; then the sum of the lines. note: why not priced."""

    status: BillStatus
    total_minor: int | None
    lines: tuple[BillLine, ...]
    note: str = ""


def bill_for(record: SessionRecord, tariff: Tariff | None) -> SessionBill:
    """Return the bill of a closed session; a site's demand charge is not passed on."""
    if record.is_quarantined:
        return SessionBill(BillStatus.QUARANTINED, None, (), ", ".join(d.value for d in record.doubts))
    if tariff is None:
        return SessionBill(BillStatus.NO_TARIFF, None, (), "no tariff was set before it began")
    try:
        steps = price_steps(tariff, record.start_s, max(record.stop_s, record.start_s + 1e-3))
    except TariffError as wrong:
        return SessionBill(BillStatus.NO_PRICE, None, (), str(wrong))
    pieces = [
        (piece, step.price_nano_per_kwh) for whole in record.slices for piece, step in _by_price(whole, steps)
    ]
    split = record._replace(slices=tuple(piece for piece, _ in pieces))
    minor_per_unit = 10**tariff.minor_digits
    lines = _summed((*_energy_lines(pieces), *_time_lines(record, tariff)), minor_per_unit)
    split = record._replace(slices=tuple(piece for piece, _ in pieces))
    energy_minor = priced(split, tuple(price for _, price in pieces), minor_per_unit).cost_minor
    assert energy_minor == sum(line.amount_minor for line in lines if line.kind is LineKind.ENERGY)
    assert record.energy_tenth_wh == sum(line.energy_tenth_wh for line in lines)
    return SessionBill(BillStatus.PRICED, sum(line.amount_minor for line in lines), lines)


def quarters_of(slices: tuple[EnergySlice, ...]) -> dict[int, int]:
    """Return the energy of each quarter of an hour that some slices touch, by its start in ms, in tenths of a Wh."""
    found: dict[int, int] = {}
    for piece in slices:
        start_ms, end_ms = round(piece.start_s * 1000), round(piece.end_s * 1000)
        first = start_ms // QUARTER_MS * QUARTER_MS
        cuts = [start_ms, *range(first + QUARTER_MS, end_ms, QUARTER_MS), end_ms]
        for begin, _, energy in split_evenly(piece.energy_tenth_wh, cuts):
            quarter = begin // QUARTER_MS * QUARTER_MS
            found[quarter] = found.get(quarter, 0) + energy
    return {quarter: energy for quarter, energy in found.items() if energy}


def split_evenly(energy_tenth_wh: int, cuts_ms: list[int]) -> list[tuple[int, int, int]]:
    """Return (start, end, energy) between each two cuts, drawn evenly; whole tenths that add up exactly."""
    start_ms, length_ms = cuts_ms[0], max(1, cuts_ms[-1] - cuts_ms[0])
    parts, before = [], 0
    for begin, end in pairwise(cuts_ms):
        is_last = end == cuts_ms[-1]
        until = energy_tenth_wh if is_last else energy_tenth_wh * (end - start_ms) // length_ms
        parts.append((begin, end, until - before))
        before = until
    return parts


def _by_price(whole: EnergySlice, steps: tuple[PriceStep, ...]) -> list[tuple[EnergySlice, PriceStep]]:
    """Return a slice cut where the price changes, each part with its price."""
    start_ms, end_ms = round(whole.start_s * 1000), round(whole.end_s * 1000)
    bounds = [round(step.end_s * 1000) for step in steps]
    cuts = [start_ms, *(at for at in bounds if start_ms < at < end_ms), end_ms]
    parts = []
    for begin, end, energy in split_evenly(whole.energy_tenth_wh, cuts):
        step = next((s for s, at in zip(steps, bounds, strict=True) if begin < at), steps[-1])
        parts.append((EnergySlice(begin / 1000, end / 1000, energy), step))
    return parts


def _energy_lines(pieces: list[tuple[EnergySlice, int]]) -> list[BillLine]:
    """Return one line for each stretch of one price, not yet rounded."""
    lines = []
    for price, some in groupby(pieces, key=lambda piece: piece[1]):
        together = [piece for piece, _ in some]
        energy = sum(piece.energy_tenth_wh for piece in together)
        first_ms, last_ms = _ms(together[0].start_s), _ms(together[-1].end_s)
        lines.append(BillLine(first_ms, last_ms, price, energy, 0))
    return lines


def _time_lines(record: SessionRecord, tariff: Tariff) -> list[BillLine]:
    """Return what a session's time costs, not yet rounded; nothing where it is not known when energy flowed."""
    flowing = [(_ms(one.start_s), _ms(one.end_s)) for one in record.slices if one.energy_tenth_wh > 0]
    if not flowing or math.isnan(record.last_power_s):
        return []
    start_ms, last_ms, stop_ms = flowing[0][0], flowing[-1][1], _ms(record.stop_s)
    idle_ms = max(last_ms, _ms(record.last_power_s))  # who feeds back is not idle
    charging_ms = sum(end_ms - begin_ms for begin_ms, end_ms in flowing)
    lines = [
        BillLine(start_ms, last_ms, 0, 0, 0, LineKind.CHARGING, charging_ms, tariff.charging_nano_per_h),
        BillLine(idle_ms, stop_ms, 0, 0, 0, LineKind.IDLE, stop_ms - idle_ms, tariff.idle_nano_per_h),
    ]
    return [line for line in lines if line.duration_ms > 0 and line.price_nano_per_h > 0]


def _summed(lines: tuple[BillLine, ...], minor_per_unit: int) -> tuple[BillLine, ...]:
    """Return the lines with what the rounded running total grows by at each."""
    rounded, exact, told_minor = [], Fraction(0), 0
    for line in lines:
        exact += line.exact_minor(minor_per_unit)
        rounded.append(line._replace(amount_minor=round(exact) - told_minor))
        told_minor = round(exact)
    return tuple(rounded)


def _ms(time_s: float) -> int:
    return round(time_s * 1000)
