"""Sampled values of any version as one reading of an outlet: signed currents, energy in Wh, state of charge as a ratio.

Source: OCPP 1.6 section 7.33, OCPP 2.0.1 Part 2, SampledValueType: a missing measurand is the import register, a missing
unit Wh, a missing location the outlet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache
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
_PHASES: Final = ("", "L1", "L2", "L3", "L1-N", "L2-N", "L3-N")
# What is read of a moment, each by phase, in the order of the numbers that `reading_of` gathers.
_CURRENT_IN, _CURRENT_OUT, _POWER_IN, _POWER_OUT, _ENERGY_IN, _ENERGY_OUT, _VOLTAGE, _SOC = range(8)
_READ: Final = MappingProxyType(
    {
        "Current.Import": _CURRENT_IN,
        "Current.Export": _CURRENT_OUT,
        "Power.Active.Import": _POWER_IN,
        "Power.Active.Export": _POWER_OUT,
        IMPORT_REGISTER: _ENERGY_IN,
        "Energy.Active.Export.Register": _ENERGY_OUT,
        "Voltage": _VOLTAGE,
        "SoC": _SOC,
    }
)
_NOTHING: Final = (math.nan,) * len(_PHASES)
LONGEST_KEPT: Final = 120  # characters of a sample's words together; the standard's longest are below
_KINDS_KEPT: Final = 4096  # of samples: a site's stations use some dozens
SHORTEST_MEAN_S: Final = 10.0  # a register in whole Wh says nothing about a shorter time
LONGEST_MEAN_S: Final = 900.0  # the mean of a longer time says nothing about now

Amount = float  # in the unit of what it is one of
ByPhase = Sequence[Amount]  # in the order of `_PHASES`


class SampleDoubt(Enum):
    """Why a sampled value was not used."""

    NOT_A_NUMBER = "not_a_number"
    UNKNOWN_UNIT = "unknown_unit"
    SIGNED_DATA = "signed_data"  # kept for whoever checks it, not read as a number
    SOC_BEYOND_RANGE = "soc_beyond_range"


class Sample(NamedTuple):
    """One sampled value as it was told; "" where nothing was. multiplier: power of ten, 2.x only."""

    value: str | Amount
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


class _Kind(NamedTuple):
    """What samples of one kind are. what: of `_READ`, place: of `_PHASES`; -1 for what is not read.

    is_left_out: not looked at, not even for doubts.
    """

    what: int = -1
    place: int = -1
    scale_ratio: float = math.nan
    doubt: SampleDoubt | None = None
    is_left_out: bool = False
    is_soc: bool = False


_LEFT_OUT: Final = _Kind(is_left_out=True)


def reading_of(time_s: float, samples: Iterable[Sample]) -> OutletReading:
    """Return what the samples of one moment tell together. Strange ones are told in `doubts` and left out."""
    found: list[list[float] | None] = [None] * len(_READ)
    doubts: list[tuple[SampleDoubt, str]] = []
    context = ""
    for value, measurand, unit, phase, location, told_context, multiplier, is_signed_data in samples:
        context = context or told_context
        texts_count = len(measurand) + len(unit) + len(phase) + len(location)
        look_up = (
            _kind if texts_count <= LONGEST_KEPT else _kind.__wrapped__
        )  # no station decides what is kept here
        what, place, scale_ratio, doubt, is_left_out, is_soc = look_up(
            measurand, unit, phase, location, multiplier
        )
        if is_left_out:
            continue
        number, doubt = (math.nan, doubt) if doubt is not None else _number(value, scale_ratio, is_soc=is_soc)
        if is_signed_data:
            doubt = SampleDoubt.SIGNED_DATA
        if doubt is not None:
            doubts.append((doubt, f"{measurand or IMPORT_REGISTER} {value} {unit}"[:60]))
        elif what >= 0:
            by_phase = found[what]
            if by_phase is None:
                by_phase = found[what] = list(_NOTHING)
            if math.isnan(by_phase[place]):  # the first one counts
                by_phase[place] = number
    return _gathered(time_s, found, context, tuple(doubts))


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


@lru_cache(_KINDS_KEPT)
def _kind(measurand: str, unit: str, phase: str, location: str, multiplier: int) -> _Kind:
    name = measurand or IMPORT_REGISTER
    group = name.split(".")[0]
    if group not in _DEFAULT_UNIT or (group != "SoC" and location not in _HERE):
        return _LEFT_OUT
    plain = unit.strip().lower() or _DEFAULT_UNIT[group]
    if plain not in _FITTING[group]:
        return _Kind(doubt=SampleDoubt.UNKNOWN_UNIT)
    try:
        scale_ratio = _SCALES[plain] * 10.0**multiplier
    except OverflowError:
        return _Kind(doubt=SampleDoubt.NOT_A_NUMBER)
    is_read = name in _READ and phase in _PHASES
    what, place = (_READ[name], _PHASES.index(phase)) if is_read else (-1, -1)
    return _Kind(what, place, scale_ratio, is_soc=group == "SoC")


def _number(value: str | Amount, scale_ratio: float, *, is_soc: bool) -> tuple[float, SampleDoubt | None]:
    try:
        number = float(value) * scale_ratio
    except ValueError:
        try:
            number = float(str(value).replace(",", ".")) * scale_ratio
        except ValueError:
            return math.nan, SampleDoubt.NOT_A_NUMBER
    if not math.isfinite(number):
        return math.nan, SampleDoubt.NOT_A_NUMBER
    if is_soc and not 0.0 <= number <= 100.0:
        return math.nan, SampleDoubt.SOC_BEYOND_RANGE
    return number, None


def _gathered(
    time_s: float,
    found: Sequence[ByPhase | None],
    context: str,
    doubts: tuple[tuple[SampleDoubt, str], ...],
) -> OutletReading:
    """Return the reading of numbers gathered by what they are and by phase."""
    taken, given = found[_CURRENT_IN], found[_CURRENT_OUT]
    signed: ByPhase = taken or _NOTHING
    if given is not None:
        signed = [_signed(*pair) for pair in zip(signed, given, strict=True)]
    soc = found[_SOC]
    return OutletReading(
        time_s,
        _by_line(signed),
        signed[0],
        _signed(_total(found[_POWER_IN]), _total(found[_POWER_OUT])),
        _total(found[_ENERGY_IN]),
        _total(found[_ENERGY_OUT]),
        _voltage(found[_VOLTAGE]),
        math.nan if soc is None else soc[0] / 100.0,
        context,
        doubts,
    )


def _signed(taken: Amount, given: Amount) -> float:
    """Return import minus export; a station that tells both tells one of them as 0."""
    if math.isnan(given):
        return taken
    return -abs(given) if math.isnan(taken) else taken - abs(given)


def _by_line(by_phase: ByPhase) -> tuple[float, float, float]:
    """Return what each line has, however it was named."""
    _, l1, l2, l3, l1_n, l2_n, l3_n = by_phase
    return (
        l1_n if math.isnan(l1) else l1,
        l2_n if math.isnan(l2) else l2,
        l3_n if math.isnan(l3) else l3,
    )


def _total(by_phase: ByPhase | None) -> float:
    """Return the value without a phase, or the sum where phases were told; L1 alone is a total of one phase."""
    if by_phase is None:
        return math.nan
    if not math.isnan(by_phase[0]):
        return by_phase[0]
    told = [value for value in _by_line(by_phase) if not math.isnan(value)]
    return sum(told) if told else math.nan


def _voltage(by_phase: ByPhase | None) -> float:
    """Return phase to neutral, the mean over the phases told; voltages of 0 belong to phases not connected."""
    told = [] if by_phase is None else [voltage_v for voltage_v in by_phase[1:] if voltage_v > 0.0]
    return sum(told) / len(told) if told else math.nan
