"""Sampled values of any version as one reading of an outlet: signed currents, energy in Wh, state of charge as a ratio.

Source: OCPP 1.6 section 7.33, OCPP 2.0.1 Part 2, SampledValueType: a missing measurand is the import register, a missing
unit Wh, a missing location the outlet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.units import SECONDS_PER_HOUR

IMPORT_REGISTER: Final = "Energy.Active.Import.Register"
_SCALES: Final = MappingProxyType(
    {
        "wh": 1.0,
        "kwh": 1e3,
        "mwh": 1e6,
        "w": 1.0,
        "kw": 1e3,
        "a": 1.0,
        "ma": 1e-3,
        "v": 1.0,
        "percent": 1.0,
        "%": 1.0,
    }
)
_FITTING: Final = MappingProxyType(
    {
        "Energy": frozenset({"wh", "kwh", "mwh"}),
        "Power": frozenset({"w", "kw"}),
        "Current": frozenset({"a", "ma"}),
        "Voltage": frozenset({"v"}),
        "SoC": frozenset({"percent", "%"}),
    }
)
_DEFAULT_UNIT: Final = MappingProxyType(
    {"Energy": "wh", "Power": "w", "Current": "a", "Voltage": "v", "SoC": "percent"}
)
_HERE: Final = frozenset(
    {"", "Outlet", "Cable"}
)  # Inlet is the grid's side, Body and EV are no currents of ours
_LINES: Final = ("L1", "L2", "L3")
_LINE_OF: Final = MappingProxyType({"L1": 0, "L2": 1, "L3": 2, "L1-N": 0, "L2-N": 1, "L3-N": 2})
SHORTEST_MEAN_S: Final = 10.0  # a register in whole Wh says nothing about a shorter time
LONGEST_MEAN_S: Final = 900.0  # the mean of a longer time says nothing about now


class SampleDoubt(Enum):
    """Why a sampled value was not used."""

    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_UNIT = "unknown_unit"
    SIGNED_DATA = "signed_data"  # kept for whoever checks it, not read as a number
    SOC_BEYOND_RANGE = "soc_beyond_range"


class Sample(NamedTuple):
    """One sampled value as it was told; "" where nothing was. multiplier: power of ten, 2.x only."""

    value: str
    measurand: str = IMPORT_REGISTER
    unit: str = ""
    phase: str = ""
    location: str = ""
    context: str = ""
    multiplier: int = 0
    is_signed_data: bool = False


class OutletReading(NamedTuple):
    """What an outlet's meter tells of one moment; NaN where it does not.

    current_a: signed, on L1, L2, L3. undivided_a: where no phase is named. energy_wh: the import register.
    """

    time_s: float
    current_a: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    undivided_a: float = math.nan
    power_w: float = math.nan
    energy_wh: float = math.nan
    exported_wh: float = math.nan
    voltage_v: float = math.nan
    soc_ratio: float = math.nan
    context: str = ""
    doubts: tuple[tuple[SampleDoubt, str], ...] = ()

    @property
    def largest_a(self) -> float:
        """Return the current of the most loaded phase by amount, with its sign; NaN where none was told."""
        told = [a for a in (*self.current_a, self.undivided_a) if not math.isnan(a)]
        return max(told, key=abs, default=math.nan)


def reading_of(time_s: float, samples: Iterable[Sample]) -> OutletReading:
    """Return what the samples of one moment tell together. Strange ones are told in `doubts` and left out."""
    totals: dict[tuple[str, str], float] = {}
    doubts: list[tuple[SampleDoubt, str]] = []
    context = ""
    for sample in samples:
        context = context or sample.context
        measurand = sample.measurand or IMPORT_REGISTER
        kind = measurand.split(".")[0]
        if kind not in _DEFAULT_UNIT or (kind != "SoC" and sample.location not in _HERE):
            continue
        number, doubt = _number(sample, kind)
        if doubt is not None:
            doubts.append((doubt, f"{measurand} {sample.value} {sample.unit}"[:60]))
        else:
            totals.setdefault((measurand, sample.phase), number)
    return OutletReading(
        time_s=time_s,
        current_a=_currents(totals),
        undivided_a=_signed(totals, "Current", ""),
        power_w=_summed(totals, "Power.Active.Import", "Power.Active.Export"),
        energy_wh=_total(totals, IMPORT_REGISTER),
        exported_wh=_total(totals, "Energy.Active.Export.Register"),
        voltage_v=_voltage(totals),
        soc_ratio=totals.get(("SoC", ""), math.nan) / 100.0,
        context=context,
        doubts=tuple(doubts),
    )


def current_from_power_a(power_w: float, voltage_v: float, phases_count: int, max_a: float) -> float:
    """Return the current of the most loaded phase for a power of which no phase is told.

    One phase carries all of it unless that is more than the outlet can carry on one.
    """
    on_one_a = power_w / voltage_v
    return on_one_a if abs(on_one_a) <= max_a * 1.1 else on_one_a / phases_count


def mean_power_w(before_s: float, before_wh: float, now_s: float, now_wh: float) -> float:
    """Return the mean power between two readings of a register; NaN where they do not tell one."""
    if not SHORTEST_MEAN_S <= now_s - before_s <= LONGEST_MEAN_S or not now_wh >= before_wh:
        return math.nan
    return (now_wh - before_wh) * SECONDS_PER_HOUR / (now_s - before_s)


def _number(sample: Sample, kind: str) -> tuple[float, SampleDoubt | None]:
    if sample.is_signed_data:
        return math.nan, SampleDoubt.SIGNED_DATA
    unit = sample.unit.strip().lower() or _DEFAULT_UNIT[kind]
    if unit not in _FITTING[kind]:
        return math.nan, SampleDoubt.UNKNOWN_UNIT
    try:
        number = float(sample.value.strip().replace(",", ".")) * _SCALES[unit] * 10.0**sample.multiplier
    except (ValueError, OverflowError):
        return math.nan, SampleDoubt.NOT_A_NUMBER
    if not math.isfinite(number):
        return math.nan, SampleDoubt.NOT_A_NUMBER
    if kind == "SoC" and not 0.0 <= number <= 100.0:
        return math.nan, SampleDoubt.SOC_BEYOND_RANGE
    return number, None


def _signed(totals: dict[tuple[str, str], float], kind: str, phase: str) -> float:
    """Return import minus export; a station that tells both tells one of them as 0."""
    taken = totals.get((f"{kind}.Import", phase), math.nan)
    given = totals.get((f"{kind}.Export", phase), math.nan)
    if math.isnan(given):
        return taken
    return -abs(given) if math.isnan(taken) else taken - abs(given)


def _currents(totals: dict[tuple[str, str], float]) -> tuple[float, float, float]:
    found = [math.nan] * 3
    for phase, line in _LINE_OF.items():
        if math.isnan(found[line]):
            found[line] = _signed(totals, "Current", phase)
    return (found[0], found[1], found[2])


def _total(totals: dict[tuple[str, str], float], measurand: str) -> float:
    """Return the value without a phase, or the sum where phases were told; L1 alone is a total of one phase."""
    if (measurand, "") in totals:
        return totals[measurand, ""]
    by_line: dict[int, float] = {}
    for phase, line in _LINE_OF.items():
        if (measurand, phase) in totals:
            by_line.setdefault(line, totals[measurand, phase])
    return sum(by_line.values()) if by_line else math.nan


def _summed(totals: dict[tuple[str, str], float], taken: str, given: str) -> float:
    taken_w, given_w = _total(totals, taken), _total(totals, given)
    if math.isnan(given_w):
        return taken_w
    return -abs(given_w) if math.isnan(taken_w) else taken_w - abs(given_w)


def _voltage(totals: dict[tuple[str, str], float]) -> float:
    """Return phase to neutral, the mean over the phases told; voltages of 0 belong to phases not connected."""
    told = [
        v
        for (measurand, phase), v in totals.items()
        if measurand == "Voltage" and phase in _LINE_OF and v > 0.0
    ]
    return sum(told) / len(told) if told else math.nan
