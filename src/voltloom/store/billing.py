"""A closed session's bill by the tariff in force when it began, exactly: products are exact, the total is rounded once.

Energy that flowed over a change of price is split evenly in time, in whole tenths of a Wh that add up. The total is
rounded half to even to minor units; each line shows what the running total grew by, so that lines add up to it too.
"""

from __future__ import annotations

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


class BillStatus(Enum):
    """Whether a session can be billed."""

    PRICED = "priced"
    QUARANTINED = "quarantined"  # its energy is doubted; somebody must look at it
    NO_TARIFF = "no_tariff"  # none was set before it began
    NO_PRICE = "no_price"  # its tariff says nothing of some moment


class BillLine(NamedTuple):
    """Energy at one price. amount_minor: what the rounded running total grows by."""

    start_ms: int
    end_ms: int
    price_nano_per_kwh: int
    energy_tenth_wh: int
    amount_minor: int


class SessionBill(NamedTuple):
    """What a session costs. total_minor: None unless priced; then the sum of the lines. note: why not priced."""

    status: BillStatus
    total_minor: int | None
    lines: tuple[BillLine, ...]
    note: str = ""


def bill_for(record: SessionRecord, tariff: Tariff | None) -> SessionBill:
    """Return the bill of a closed session; only energy is billed, a site's demand charge is not passed on."""
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
    cost = priced(split, tuple(price for _, price in pieces), minor_per_unit).cost_minor
    lines = _lines(pieces, minor_per_unit)
    assert cost == sum(line.amount_minor for line in lines)
    assert record.energy_tenth_wh == sum(line.energy_tenth_wh for line in lines)
    return SessionBill(BillStatus.PRICED, cost, lines)


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


def _lines(pieces: list[tuple[EnergySlice, int]], minor_per_unit: int) -> tuple[BillLine, ...]:
    """Return one line for each stretch of one price."""
    lines, exact, told_minor = [], Fraction(0), 0
    for price, some in groupby(pieces, key=lambda piece: piece[1]):
        together = [piece for piece, _ in some]
        energy = sum(piece.energy_tenth_wh for piece in together)
        exact += Fraction(energy * price * minor_per_unit, TENTH_WH_PER_KWH * NANO)
        total_minor = round(exact)
        first_ms, last_ms = round(together[0].start_s * 1000), round(together[-1].end_s * 1000)
        lines.append(BillLine(first_ms, last_ms, price, energy, total_minor - told_minor))
        told_minor = total_minor
    return tuple(lines)
