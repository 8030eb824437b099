"""Sampled values of any version as one reading of an outlet: signed currents, energy in Wh, state of charge as a ratio.

Source: OCPP 1.6 section 7.33, OCPP 2.0.1 Part 2, SampledValueType: a missing measurand is the import register, a missing
unit Wh, a missing location the outlet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
_PHASES_COUNT: Final = len(_PHASES)
_NUMBERS_COUNT: Final = len(_READ) * _PHASES_COUNT
LONGEST_KEPT: Final = 4_000  # characters of all words of a shape together
MOST_KEPT: Final = 64  # values of a shape
SHAPES_KEPT: Final = 512  # a site's stations use some dozens
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


# What is said of one value: measurand, unit, phase, location, context, multiplier (a power of ten, 2.x only) and whether
# it is signed data; "" where nothing was.
Words = tuple[str, str, str, str, str, int, bool]
# Of a moment: what is said of each value, and the values, in the same order.
Told = tuple[tuple[Words, ...], Sequence[str | Amount]]


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
        if math.isnan(self.undivided_a) and not math.isnan(sum(self.current_a)):  # nearly always
            return max(self.current_a, key=abs)
        told = [a for a in (*self.current_a, self.undivided_a) if not math.isnan(a)]
        return max(told, key=abs, default=math.nan)


class _Kind(NamedTuple):
    """What a value is. place: in its list. slot: among the numbers of a moment, -1 for what is not read."""

    place: int
    slot: int = -1
    scale_ratio: float = math.nan
    doubt: SampleDoubt | None = None
    is_soc: bool = False


class _Shape(NamedTuple):
    """What the values of a moment are, whichever they are.

    kinds: without those that are left out, which are not even looked at for doubts. told: which of `_READ`
    there are.
    """

    kinds: tuple[_Kind, ...]
    told: frozenset[int]
    context: str


_shapes: dict[tuple[Words, ...], _Shape] = {}  # a station says the same thing over and over


def reading_of(time_s: float, told: Told) -> OutletReading:
    """Return what the values of one moment tell together. Strange ones are told in `doubts` and left out."""
    words, values = told
    shape = _shapes.get(words) or _learned(words)
    numbers = [math.nan] * _NUMBERS_COUNT
    doubts: list[tuple[SampleDoubt, str]] = []
    for place, slot, scale_ratio, doubt, is_soc in shape.kinds:
        value, number = values[place], math.nan
        if doubt is None:
            number, doubt = _number(value, scale_ratio, is_soc=is_soc)
        if doubt is not None:
            measurand, unit, *_ = words[place]
            doubts.append((doubt, f"{measurand or IMPORT_REGISTER} {value} {unit}"[:60]))
        elif slot >= 0 and math.isnan(numbers[slot]):  # the first one counts
            numbers[slot] = number
    return _gathered(time_s, numbers, shape, tuple(doubts))


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


def _learned(words: tuple[Words, ...]) -> _Shape:
    """Return a shape, and keep it unless it is longer than any honest one: no station decides how much is kept."""
    kinds = [kind for place, some in enumerate(words) if (kind := _kind_of(place, some)) is not None]
    told = frozenset(kind.slot // _PHASES_COUNT for kind in kinds if kind.slot >= 0)
    context = next((some[4] for some in words if some[4]), "")
    shape = _Shape(tuple(kinds), told, context)
    if len(words) <= MOST_KEPT and sum(len(word) for some in words for word in some[:5]) <= LONGEST_KEPT:
        if len(_shapes) >= SHAPES_KEPT:
            _shapes.clear()
        _shapes[words] = shape
    return shape


def _kind_of(place: int, words: Words) -> _Kind | None:
    """Return what a value is by what is said of it, None for one that is left out."""
    measurand, unit, phase, location, _, multiplier, is_signed_data = words
    name = measurand or IMPORT_REGISTER
    group = name.split(".")[0]
    if group not in _DEFAULT_UNIT or (group != "SoC" and location not in _HERE):
        return None
    if is_signed_data:
        return _Kind(place, doubt=SampleDoubt.SIGNED_DATA)
    plain = unit.strip().lower() or _DEFAULT_UNIT[group]
    if plain not in _FITTING[group]:
        return _Kind(place, doubt=SampleDoubt.UNKNOWN_UNIT)
    try:
        scale_ratio = _SCALES[plain] * 10.0**multiplier
    except OverflowError:
        return _Kind(place, doubt=SampleDoubt.NOT_A_NUMBER)
    is_read = name in _READ and phase in _PHASES
    slot = _READ[name] * len(_PHASES) + _PHASES.index(phase) if is_read else -1
    return _Kind(place, slot, scale_ratio, is_soc=group == "SoC")


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
    time_s: float, numbers: list[Amount], shape: _Shape, doubts: tuple[tuple[SampleDoubt, str], ...]
) -> OutletReading:
    """Return the reading of numbers gathered by what they are and by phase."""
    told = shape.told
    signed: ByPhase = _of(numbers, _CURRENT_IN)
    if _CURRENT_OUT in told:
        signed = [_signed(*pair) for pair in zip(signed, _of(numbers, _CURRENT_OUT), strict=True)]
    power_w = exported_wh = voltage_v = math.nan
    if _POWER_IN in told or _POWER_OUT in told:
        power_w = _signed(_total(_of(numbers, _POWER_IN)), _total(_of(numbers, _POWER_OUT)))
    if _ENERGY_OUT in told:
        exported_wh = _total(_of(numbers, _ENERGY_OUT))
    if _VOLTAGE in told:
        voltage_v = _voltage(_of(numbers, _VOLTAGE))
    return OutletReading(
        time_s,
        _by_line(signed),
        signed[0],
        power_w,
        _total(_of(numbers, _ENERGY_IN)),
        exported_wh,
        voltage_v,
        numbers[_SOC * _PHASES_COUNT] / 100.0,
        shape.context,
        doubts,
    )


def _of(numbers: list[Amount], what: int) -> list[Amount]:
    return numbers[what * _PHASES_COUNT : (what + 1) * _PHASES_COUNT]


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


def _total(by_phase: ByPhase) -> float:
    """Return the value without a phase, or the sum where phases were told; L1 alone is a total of one phase."""
    if not math.isnan(by_phase[0]):
        return by_phase[0]
    told = [value for value in _by_line(by_phase) if not math.isnan(value)]
    return sum(told) if told else math.nan


def _voltage(by_phase: ByPhase) -> float:
    """Return phase to neutral, the mean over the phases told; voltages of 0 belong to phases not connected."""
    told = [voltage_v for voltage_v in by_phase[1:] if voltage_v > 0.0]
    return sum(told) / len(told) if told else math.nan
