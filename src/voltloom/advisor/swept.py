"""What a verdict becomes while one thing about the site gets worse step by step, and where it flips: as data and in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.advisor.formats import duration, percent


class Parameter(Enum):
    """What may be changed. In brackets: the unit of its values."""

    METER_DELAY = "meter_delay"  # (s: how old what every meter shows is)
    MESSAGE_DELAY = "message_delay"  # (s: how much longer every message takes, either way)
    MESSAGE_LOSS = "message_loss"  # (share of messages)
    GROWTH = "growth"  # (times the sessions)


DELAYS: Final = frozenset({Parameter.METER_DELAY, Parameter.MESSAGE_DELAY})
PARAMETER_WORDS: Final = MappingProxyType(
    {
        Parameter.METER_DELAY: "meter delay",
        Parameter.MESSAGE_DELAY: "message delay",
        Parameter.MESSAGE_LOSS: "message loss",
        Parameter.GROWTH: "demand growth",
    }
)


class Reading(NamedTuple):
    """What one architecture came to at one point. cost_minor_per_kwh: NaN where there is no tariff."""

    architecture: str
    delivered_ratio: float
    unmet_ratio: float
    cost_minor_per_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptPoint:
    """The verdict at one value, `at_per_unit` of the parameter's unit. choice: None where no winner can be named. is_safe: whether any
    architecture kept every rule. added_count of wanted_count sessions found an outlet, where sessions were added.
    """

    at_per_unit: float
    choice: str | None
    is_safe: bool
    readings: tuple[Reading, ...]
    wanted_count: int = 0
    added_count: int = 0


class FlipKind(Enum):
    """What became of the verdict within what was tried."""

    HOLDS = "holds"
    FLIPS = "flips"  # another architecture is the choice
    OPEN = "open"  # no winner can be named any more
    UNSAFE = "unsafe"  # nothing keeps every rule any more
    NEVER_DECIDED = "never_decided"  # no winner at any point


class Flip(NamedTuple):
    """Where a verdict changes: the last value at which it is what it was, and the first at which it is not."""

    kind: FlipKind
    choice: str | None
    holds_to_per_unit: float
    from_per_unit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """One parameter's points by their value, the first as the site is. days_count: of the busiest days that were played, 0 for all.
    faults: the level beneath it.
    """

    parameter: Parameter
    points: tuple[SweptPoint, ...]
    days_count: int = 0
    faults: str = "none"

    @property
    def flip(self) -> Flip:
        """Return where the verdict first becomes another architecture; where it never does, where it is lost; else that it holds."""
        first, *rest = self.points
        last = self.points[-1].at_per_unit
        for now, holds in ((p, self._holds_until(p)) for p in rest):
            if now.choice is not None and now.choice != first.choice:
                return Flip(FlipKind.FLIPS, now.choice, holds, now.at_per_unit)
        for now in rest:
            if not now.is_safe:
                return Flip(FlipKind.UNSAFE, None, self._holds_until(now), now.at_per_unit)
            if now.choice is None and first.choice is not None:
                return Flip(FlipKind.OPEN, None, self._holds_until(now), now.at_per_unit)
        kind = FlipKind.NEVER_DECIDED if first.choice is None else FlipKind.HOLDS
        return Flip(kind, first.choice, last, last)

    def _holds_until(self, point: SweptPoint) -> float:
        """Return the last value below a point at which the verdict is what it is at the first."""
        first = self.points[0]
        alike = [
            p.at_per_unit
            for p in self.points
            if p.at_per_unit < point.at_per_unit and (p.choice, p.is_safe) == (first.choice, first.is_safe)
        ]
        return max(alike)


def value_words(parameter: Parameter, at_per_unit: float) -> str:
    """Return a value as people read it: 1 min 30 s, 20 %, 50 % more."""
    if parameter in DELAYS:
        return _delay(at_per_unit)
    return percent(at_per_unit - (parameter is Parameter.GROWTH), 0)


def point_words(swept: Swept, at_per_unit: float) -> str:
    """Return a point's value as tables show it."""
    if at_per_unit == swept.points[0].at_per_unit:
        return "as it is"
    return ("+" if swept.parameter is Parameter.GROWTH else "") + value_words(swept.parameter, at_per_unit)


def flip_clause(swept: Swept) -> str:
    """Return the end of a headline: to what the verdict flips and where, "" where it does not."""
    flip = swept.flip
    if flip.kind is not FlipKind.FLIPS:
        return ""
    where = _from(swept, flip)
    return (
        f"{flip.choice} becomes the choice {where}"
        if swept.points[0].choice is None
        else f"flips to {flip.choice} {where}"
    )


def swept_sentence(swept: Swept) -> str:
    """Return what a sweep says, as one sentence."""
    flip, first = swept.flip, swept.points[0].choice
    word = PARAMETER_WORDS[swept.parameter].capitalize()
    tried = f"tried up to {_amount(swept, swept.points[-1].at_per_unit)}{_where(swept)}"
    until = f"up to {_amount(swept, flip.holds_to_per_unit)}" if flip.holds_to_per_unit else "as the site is"
    if swept.parameter is Parameter.GROWTH and flip.holds_to_per_unit == 1.0:
        until = "as the site is"
    starting = _amount(swept, flip.from_per_unit)
    if flip.kind is FlipKind.FLIPS and first is None:
        return f"{word}: no winner {until}, {flip.choice} from {starting} on ({tried})."
    if flip.kind is FlipKind.FLIPS:
        return f"{word}: the choice flips. {first} {until}, {flip.choice} from {starting} on ({tried})."
    if flip.kind is FlipKind.OPEN:
        return f"{word}: {first} {until}; from {starting} on no winner can be named ({tried})."
    if flip.kind is FlipKind.UNSAFE:
        return f"{word}: from {starting} on no architecture keeps every rule ({tried})."
    if flip.kind is FlipKind.NEVER_DECIDED:
        return f"{word}: no winner at any value that was tried ({tried})."
    return f"{word}: the choice does not flip within what was tried ({tried})."


def _from(swept: Swept, flip: Flip) -> str:
    amount = _amount(swept, flip.from_per_unit)
    if swept.parameter is Parameter.GROWTH:
        return f"from {amount} on"
    return f"from {amount} of {PARAMETER_WORDS[swept.parameter]} on"


def _amount(swept: Swept, at_per_unit: float) -> str:
    more = " more sessions" if swept.parameter is Parameter.GROWTH else ""
    return value_words(swept.parameter, at_per_unit) + more


def _where(swept: Swept) -> str:
    days = f", measured on the busiest {swept.days_count} days" if swept.days_count else ""
    beneath = f", with {swept.faults} faults beneath" if swept.faults != "none" else ""
    last = swept.points[-1]
    no_room = f", of which {last.added_count} of {last.wanted_count} found a free outlet"
    return f"{no_room if last.added_count < last.wanted_count else ''}{days}{beneath}"


def _delay(span_s: float) -> str:
    """Return a delay to the second; `duration` would round it to minutes."""
    minutes, seconds = divmod(round(span_s), 60)
    if minutes and seconds:
        return f"{minutes} min {seconds} s"
    return duration(span_s)
