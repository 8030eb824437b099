"""What would flip a verdict: worlds that get worse, the two values between which it flips, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.advisor.made_runs import DAY_S, START_S, Deed, a_result, a_scenario, a_study
from voltloom.advisor.comparison import Comparison
from voltloom.advisor.report import Origin, report_html
from voltloom.advisor.sensitivity import (
    LOOKS_COUNT,
    Setting,
    Sweep,
    ground_of,
    runs_count,
    setting_at,
    swept,
)
from voltloom.advisor.sentences import headline, what_would_change_it
from voltloom.advisor.study import verdict_of
from voltloom.advisor.swept import FlipKind, Parameter, Swept, flip_clause, swept_sentence
from voltloom.simulation.faults import FaultKind, Meter
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit

GOOD = Deed(delivered_wh=lambda day, k: 9_950.0 + 5.0 * ((7 * day + k) % 5))
POOR = Deed(delivered_wh=lambda day, k: 5_000.0 - 100.0 * day)
WILD = Deed(delivered_wh=lambda day, k: 9_900.0 * ((day + k) % 2))
OTHER = Deed(delivered_wh=lambda day, k: 9_900.0 * ((day + k + 1) % 2))
UNSAFE = Deed(breach="over the rating")
NAMES = ("sequential", "parallel")
DELAY = Sweep(Parameter.METER_DELAY, (60.0, 120.0, 300.0, 600.0))
Deeds = Callable[[float], tuple[Deed, Deed]]


def delay_s(setting: Setting) -> float:
    """Return the delay that a world was given, 0 where none was."""
    return max((spec.delay_s for spec in setting.scenario.faults[setting.faults]), default=0.0)


def swept_by(deeds: Deeds, sweep: Sweep = DELAY) -> tuple[Swept, list[float]]:
    """Return what a sweep finds where each architecture does what it is told, and the values that were played."""
    ground = ground_of(a_scenario(), "none")
    tried: list[float] = []

    def compared(setting: Setting) -> Comparison:
        tried.append(delay_s(setting))
        return made(setting, deeds(tried[-1]))

    found = swept(ground, sweep, made(Setting(ground.scenario, "none"), deeds(0.0)), compared)
    return found, tried


def made(setting: Setting, deeds: tuple[Deed, Deed]) -> Comparison:
    world = setting.scenario
    pairs = zip(NAMES, deeds, strict=True)
    results = tuple(a_result(world, name, setting.faults, 1, deed) for name, deed in pairs)
    return Comparison(scenario=world, results=results)


def test_a_flip_is_looked_at_more_closely_and_told_by_the_two_values_beside_it() -> None:
    found, tried = swept_by(lambda late_s: (POOR, GOOD) if late_s < 400.0 else (GOOD, POOR))

    assert [point.choice for point in found.points] == ["parallel"] * 5 + ["sequential"] * 2
    assert tried == [60.0, 120.0, 300.0, 600.0, 480.0, 360.0]  # in steps of the physics, a minute
    assert found.flip == (FlipKind.FLIPS, "sequential", 360.0, 480.0)
    assert flip_clause(found) == "flips to sequential from 8 min of meter delay on"
    assert swept_sentence(found) == (
        "Meter delay: the choice flips. parallel up to 6 min, sequential from 8 min on (tried up to 10 min)."
    )


def test_what_never_flips_is_told_with_how_far_it_was_tried() -> None:
    found, tried = swept_by(lambda _: (POOR, GOOD))

    assert found.flip.kind is FlipKind.HOLDS
    assert len(tried) == len(DELAY.values_per_unit)
    assert flip_clause(found) == ""
    told = "Meter delay: the choice does not flip within what was tried (tried up to 10 min)."
    assert swept_sentence(found) == told


def test_where_noise_hides_who_is_better_no_winner_is_named() -> None:
    found, _ = swept_by(lambda late_s: (POOR, GOOD) if late_s < 300.0 else (WILD, OTHER))

    assert found.flip.kind is FlipKind.OPEN
    assert found.points[-1].choice is None
    assert flip_clause(found) == ""
    assert "on no winner can be named" in swept_sentence(found)


def test_where_nothing_keeps_the_rules_any_more_that_is_told() -> None:
    found, _ = swept_by(lambda late_s: (POOR, GOOD) if late_s < 100.0 else (UNSAFE, UNSAFE))

    assert found.flip == (FlipKind.UNSAFE, None, 60.0, 120.0)
    assert swept_sentence(found).startswith("Meter delay: from 2 min on no architecture keeps every rule")


def test_without_a_winner_at_first_the_first_one_named_is_told() -> None:
    named, _ = swept_by(lambda late_s: (WILD, OTHER) if late_s < 100.0 else (POOR, GOOD))
    never, _ = swept_by(lambda _: (WILD, OTHER))

    assert flip_clause(named) == "parallel becomes the choice from 2 min of meter delay on"
    assert never.flip.kind is FlipKind.NEVER_DECIDED
    assert swept_sentence(never) == "Meter delay: no winner at any value that was tried (tried up to 10 min)."


def test_headline_reasons_and_report_tell_a_flip() -> None:
    flips, _ = swept_by(lambda late_s: (POOR, GOOD) if late_s < 400.0 else (GOOD, POOR))
    found = replace(a_study({("sequential", "none"): POOR, ("parallel", "none"): GOOD}), sensitivity=(flips,))

    verdict = verdict_of(found)

    assert headline(verdict) == (
        "Use parallel here: it is measurably better than sequential; flips to sequential from 8 min of meter delay on."
    )
    assert what_would_change_it(verdict)[0] == swept_sentence(flips)
    assert "What would flip it" in report_html(found, verdict, Origin(command="c", source="s"))


def test_a_flip_of_a_busy_week_with_another_choice_is_no_flip_of_the_headline() -> None:
    flips, _ = swept_by(lambda late_s: (GOOD, POOR) if late_s < 400.0 else (POOR, GOOD))
    found = replace(a_study({("sequential", "none"): POOR, ("parallel", "none"): GOOD}), sensitivity=(flips,))

    assert "flips" not in headline(verdict_of(found))
    assert "sequential up to 6 min" in what_would_change_it(verdict_of(found))[0]


def test_values_that_the_physics_cannot_tell_apart_are_played_once() -> None:
    found, tried = swept_by(lambda _: (POOR, GOOD), Sweep(Parameter.METER_DELAY, (9.0, 65.0, 70.0)))

    assert tried == [60.0]
    assert [point.at_per_unit for point in found.points] == [0.0, 60.0]


def a_visited(days: int) -> Scenario:
    visits = tuple(a_visit(day, number) for day in range(days) for number in range(2))
    return replace(a_scenario(days=days), visits=visits)


def a_visit(day: int, number: int) -> Visit:
    begin_s = START_S + day * DAY_S + 8 * 3600.0 + 600.0 * number
    return Visit(
        session_id=f"s-{day}-{number}",
        evse_id=f"CA-{number + 1}",
        id_token=f"t-{day}-{number}",
        arrival_s=begin_s,
        departure_s=begin_s + 4 * 3600.0,
        stated_departure_s=begin_s + 4 * 3600.0,
        stated_wh=10_000.0,
        wants_wh=10_000.0,
        max_power_w=11_000.0,
        battery=BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=10_000.0, initial_wh=0.0),
    )


@pytest.mark.parametrize(
    ("parameter", "value", "kinds"),
    [
        (Parameter.METER_DELAY, 60.0, [FaultKind.METER_DELAYED] * len(Meter)),
        (Parameter.MESSAGE_DELAY, 60.0, [FaultKind.MESSAGE_DELAY]),
        (Parameter.MESSAGE_LOSS, 0.2, [FaultKind.MESSAGE_LOSS]),
    ],
)
def test_what_gets_worse_does_so_on_top_of_the_level_beneath(
    parameter: Parameter, value: float, kinds: list[FaultKind]
) -> None:
    ground = ground_of(a_visited(2), "none")

    setting = setting_at(ground, parameter, value)

    specs = setting.scenario.faults[setting.faults]
    assert [spec.kind for spec in specs] == kinds
    assert all(spec.start_s == 0.0 and spec.target == ("all",) for spec in specs)
    assert setting.scenario.visits == ground.scenario.visits


def test_growth_adds_visits_where_outlets_are_free_and_counts_them() -> None:
    ground = ground_of(a_visited(2), "none")

    setting = setting_at(ground, Parameter.GROWTH, 1.5)

    assert setting.wanted_count == 2
    assert len(setting.scenario.visits) == 4 + setting.added_count
    assert setting.added_count > 0


def test_growth_without_outlets_says_how_little_was_really_tried() -> None:
    ground = ground_of(a_visited(1), "none")
    plain = made(Setting(ground.scenario, "none"), (POOR, GOOD))

    found = swept(ground, Sweep(Parameter.GROWTH, (4.0,)), plain, lambda one: made(one, (POOR, GOOD)))

    assert found.points[-1].wanted_count == 6
    assert found.points[-1].added_count == 1  # the third outlet is free, and nobody comes at another time
    told = "(tried up to 300 % more sessions, of which 1 of 6 found a free outlet)."
    assert swept_sentence(found).endswith(told)


def test_more_than_a_week_is_cut_to_the_busiest_week() -> None:
    assert ground_of(a_visited(7), "none").days_count == 0
    long = ground_of(a_visited(9), "none")

    assert long.days_count == 7
    assert len(long.scenario.visits) == 14
    assert runs_count([DELAY]) == len(DELAY.values_per_unit) + LOOKS_COUNT + 1
