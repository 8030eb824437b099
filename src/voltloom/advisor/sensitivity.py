"""The same visits while one thing gets worse, point by point: which worlds, which verdicts, and a closer look where the verdict flips."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.advisor.comparison import Comparison
from voltloom.advisor.measured import measure
from voltloom.advisor.study import CALM, DECIDED, WEEK_DAYS, busiest_days
from voltloom.advisor.swept import DELAYS, FlipKind, Parameter, Reading, Swept, SweptPoint
from voltloom.advisor.verdict import Outcome, judge
from voltloom.simulation.faults import FaultKind, FaultSpec, Meter
from voltloom.simulation.growth import grown_by
from voltloom.simulation.scenario import Scenario

LOOKS_COUNT: Final = 2  # further points between the two where the verdict flips
TRIED_PER_UNIT: Final = MappingProxyType(
    {
        Parameter.METER_DELAY: (60.0, 120.0, 300.0, 600.0),
        Parameter.MESSAGE_DELAY: (30.0, 60.0, 120.0, 300.0),
        Parameter.MESSAGE_LOSS: (0.05, 0.1, 0.2, 0.4),
        Parameter.GROWTH: (1.25, 1.5, 2.0),
    }
)
# The least and the most that can be tried.
BOUNDS_PER_UNIT: Final = MappingProxyType(
    {
        Parameter.METER_DELAY: (1.0, 3600.0),
        Parameter.MESSAGE_DELAY: (1.0, 3600.0),
        Parameter.MESSAGE_LOSS: (0.01, 0.9),
        Parameter.GROWTH: (1.05, 4.0),
    }
)
_RATIO_STEP: Final = 0.01


class Sweep(NamedTuple):
    """What is tried: values in the parameter's unit, without the one that the site has."""

    parameter: Parameter
    values_per_unit: tuple[float, ...]


class Ground(NamedTuple):
    """What is swept on: the busiest days of a scenario, and the level of faults beneath. days_count: 0 where these are all days."""

    scenario: Scenario
    record: Scenario
    faults: str
    days_count: int


class Setting(NamedTuple):
    """The world of one point, with the level of faults to play it under."""

    scenario: Scenario
    faults: str
    wanted_count: int = 0
    added_count: int = 0


Compared = Callable[[Setting], Comparison]  # plays one point


def ground_of(scenario: Scenario, faults: str) -> Ground:
    """Return the busiest week of a scenario, or all of it where that is not more."""
    week = busiest_days(scenario, WEEK_DAYS)
    if len(week.visits) == len(scenario.visits):
        return Ground(scenario, scenario, faults, 0)
    return Ground(week, scenario, faults, WEEK_DAYS)


def as_it_is(ground: Ground) -> Setting:
    """Return the world in which nothing is changed."""
    return Setting(ground.scenario, ground.faults)


def swept(ground: Ground, sweep: Sweep, plain: Comparison, compared: Compared) -> Swept:
    """Return the verdicts at every value, and at up to two more between the two where it flips.

    plain: what the world comes to in which nothing is changed.
    """
    parameter = sweep.parameter
    start = 1.0 if parameter is Parameter.GROWTH else 0.0
    points = {start: _point(start, as_it_is(ground), plain)}
    wanted = sorted({_rounded(parameter, value, ground) for value in sweep.values_per_unit} - {start})
    for value in wanted:
        points[value] = _looked_at(ground, parameter, value, compared)
    found = _sorted(ground, parameter, points)
    for _ in range(LOOKS_COUNT):
        flip = found.flip
        between = _rounded(parameter, (flip.holds_to_per_unit + flip.from_per_unit) / 2.0, ground)
        if flip.kind is FlipKind.HOLDS or between in points:
            break
        points[between] = _looked_at(ground, parameter, between, compared)
        found = _sorted(ground, parameter, points)
    return found


def setting_at(ground: Ground, parameter: Parameter, at_per_unit: float) -> Setting:
    """Return the world in which a parameter has a value."""
    world = ground.scenario
    if parameter is Parameter.GROWTH:
        grown = grown_by(world, at_per_unit, ground.record.visits)
        return Setting(grown.scenario, ground.faults, grown.wanted_count, grown.added_count)
    level = f"{ground.faults}, {parameter.value}"
    specs = (*world.faults.get(ground.faults, ()), *_specs(parameter, at_per_unit))
    faults = MappingProxyType({CALM: (), level: specs})
    return Setting(dataclasses.replace(world, faults=faults), level)


def _specs(parameter: Parameter, at_per_unit: float) -> tuple[FaultSpec, ...]:
    """Return what makes a parameter what it is to be, all the time and everywhere."""
    if parameter is Parameter.METER_DELAY:
        return tuple(
            FaultSpec(kind=FaultKind.METER_DELAYED, delay_s=at_per_unit, meter=meter) for meter in Meter
        )
    if parameter is Parameter.MESSAGE_DELAY:
        return (FaultSpec(kind=FaultKind.MESSAGE_DELAY, delay_s=at_per_unit),)
    return (FaultSpec(kind=FaultKind.MESSAGE_LOSS, magnitude_ratio=at_per_unit),)


def _rounded(parameter: Parameter, at_per_unit: float, ground: Ground) -> float:
    """Return the nearest value that makes a difference: delays go in steps of the world's physics."""
    step = ground.scenario.step_s if parameter in DELAYS else _RATIO_STEP
    return round(round(at_per_unit / step) * step, 6)


def _looked_at(ground: Ground, parameter: Parameter, at_per_unit: float, compared: Compared) -> SweptPoint:
    setting = setting_at(ground, parameter, at_per_unit)
    return _point(at_per_unit, setting, compared(setting))


def _point(at_per_unit: float, setting: Setting, comparison: Comparison) -> SweptPoint:
    verdict = judge(comparison)
    measured = [measure(comparison, name, setting.faults) for name in comparison.architectures]
    return SweptPoint(
        at_per_unit=at_per_unit,
        choice=verdict.recommended if verdict.outcome in (*DECIDED, Outcome.ONLY_SAFE) else None,
        is_safe=verdict.outcome is not Outcome.NONE_SAFE,
        readings=tuple(
            Reading(
                m.architecture, m.delivered_ratio, m.unmet_count / max(1, m.sessions), m.cost_minor_per_kwh
            )
            for m in measured
        ),
        wanted_count=setting.wanted_count,
        added_count=setting.added_count,
    )


def _sorted(ground: Ground, parameter: Parameter, points: dict[float, SweptPoint]) -> Swept:
    return Swept(
        parameter=parameter,
        points=tuple(points[value] for value in sorted(points)),
        days_count=ground.days_count,
        faults=ground.faults,
    )


def runs_count(sweeps: Sequence[Sweep]) -> int:
    """Return how many points are played at most, the one without a change once for all of them."""
    return sum(len(sweep.values_per_unit) + LOOKS_COUNT for sweep in sweeps) + bool(sweeps)
