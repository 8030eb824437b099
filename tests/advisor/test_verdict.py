"""The verdict: safety first, then service beyond noise, then cost; ties go to the simplest; noise names no winner."""

from dataclasses import replace

import numpy as np
import pytest

from tests.advisor.made_runs import DAY_S, FLAT_TARIFF, START_S, Deed, a_result, a_scenario, a_study
from voltloom.advisor.checklist import Family, Item, Prior
from voltloom.advisor.duels import Duel
from voltloom.advisor.energy_cost import PriceTable, profits_minor
from voltloom.advisor.sentences import headline, reasons, what_would_change_it
from voltloom.advisor.study import verdict_of
from voltloom.advisor.verdict import ChangeKind, Context, GrowthPoint, Outcome
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.simulation.scenario import Scenario

CHEAP_NIGHT = replace(
    FLAT_TARIFF,
    seasons=(
        replace(
            FLAT_TARIFF.seasons[0], start_min=(0, 13 * 60), price_nano_per_kwh=(300_000_000, 200_000_000)
        ),
    ),
)
STARVED = Deed(delivered_wh=lambda day, k: 10_000.0 if k == 0 else 5_000.0 - 100.0 * day)
GOOD = Deed(delivered_wh=lambda day, k: 9_950.0 + 5.0 * ((7 * day + k) % 5))
AS_GOOD = Deed(delivered_wh=lambda day, k: 9_950.0 + 5.0 * ((3 * day + 2 * k) % 5))
CHANCE = np.random.default_rng(4)
WILD = {(day, k): float(CHANCE.uniform(0.0, 10_000.0)) for day in range(40) for k in range(3)}
WILDER = {(day, k): float(CHANCE.uniform(0.0, 10_000.0)) for day in range(40) for k in range(3)}
ADAPTIVE_PRIOR = Prior(
    items=(Item(question="q", answer="a", favours=(Family.ADAPTIVE,), why="w"),), points=(0, 0, 1)
)


def test_better_service_on_every_day_is_worth_more_complexity() -> None:
    found = a_study({("sequential", "none"): STARVED, ("parallel", "none"): GOOD})

    verdict = verdict_of(found)

    assert verdict.recommended == "parallel"
    assert verdict.outcome is Outcome.BETTER
    assert headline(verdict) == "Use parallel here: it is measurably better than sequential."


def test_equal_service_goes_to_the_simplest_and_calls_the_rest_over_engineering() -> None:
    found = a_study({("parallel", "none"): GOOD, ("adaptive", "none"): AS_GOOD})

    verdict = verdict_of(found, Context(prior=ADAPTIVE_PRIOR))

    assert verdict.recommended == "parallel"
    assert verdict.outcome is Outcome.SIMPLER_ENOUGH
    assert verdict.is_over_engineering
    assert "over-engineering" in " ".join(reasons(verdict))


def test_noise_names_no_winner_and_says_how_many_days_would_help() -> None:
    found = a_study(
        {
            ("parallel", "none"): Deed(delivered_wh=lambda day, k: WILD[day, k]),
            ("adaptive", "none"): Deed(delivered_wh=lambda day, k: WILDER[day, k] + 300.0),
        }
    )

    verdict = verdict_of(found, Context(prior=ADAPTIVE_PRIOR))

    assert verdict.outcome is Outcome.UNDECIDED
    assert headline(verdict).startswith("No winner here yet")
    assert not verdict.is_over_engineering
    assert verdict.pairings[0].duel is Duel.UNDECIDED


def test_a_tripped_breaker_disqualifies_however_good_the_service() -> None:
    found = a_study(
        {
            ("parallel", "none"): STARVED,
            ("adaptive", "none"): GOOD,
            ("parallel", "severe"): STARVED,
            ("adaptive", "severe"): Deed(trips=1, breach="the main breaker tripped"),
        }
    )

    verdict = verdict_of(found)

    assert verdict.recommended == "parallel"
    assert verdict.outcome is Outcome.ONLY_SAFE
    assert [d.architecture for d in verdict.disqualified] == ["adaptive"]
    assert "adaptive is out: rating: the main breaker tripped" in " ".join(reasons(verdict))


def test_where_nothing_is_safe_nothing_is_recommended() -> None:
    found = a_study(
        {("parallel", "none"): Deed(trips=1), ("adaptive", "none"): Deed(breach="over the rating")}
    )

    verdict = verdict_of(found)

    assert verdict.recommended is None
    assert verdict.outcome is Outcome.NONE_SAFE
    assert "broke a rule" in headline(verdict)


def test_ahead_under_faults_and_behind_without_is_a_trade_off_that_is_told() -> None:
    found = a_study(
        {
            ("parallel", "none"): GOOD,
            ("adaptive", "none"): STARVED,
            ("parallel", "severe"): STARVED,
            ("adaptive", "severe"): GOOD,
        }
    )

    verdict = verdict_of(found)

    assert verdict.recommended == "parallel"
    assert verdict.pairings[0].duel is Duel.MIXED
    assert {c.kind for c in verdict.changes} == {ChangeKind.FAULTS}
    assert "under severe faults adaptive is ahead" in " ".join(what_would_change_it(verdict))


def test_cost_decides_only_where_service_is_equal_and_bills_agree() -> None:
    world = a_scenario(tariff=FLAT_TARIFF)
    half = Deed(delivered_wh=lambda day, k: 10_000.0, cost_minor=9_000)
    found = a_study({("parallel", "none"): half, ("adaptive", "none"): half}, scenario=world)

    verdict = verdict_of(found)

    assert verdict.pairings[0].duel is Duel.UNDECIDED
    assert verdict.recommended == "parallel"


def test_an_architecture_alone_is_not_called_better_than_anything() -> None:
    verdict = verdict_of(a_study({("adaptive", "none"): GOOD}))

    assert verdict.outcome is Outcome.ONLY_ONE
    assert "nothing to compare it with" in headline(verdict)


def test_growth_that_was_measured_says_when_to_change() -> None:
    found = a_study({("parallel", "none"): GOOD, ("adaptive", "none"): AS_GOOD})
    points = tuple(
        GrowthPoint(growth_ratio=ratio, recommended=name, delivered=())
        for ratio, name in ((1.25, "parallel"), (1.5, "adaptive"))
    )

    verdict = verdict_of(type(found)(plan=found.plan, comparison=found.comparison, probes=(), growth=points))

    assert "From 50 % more sessions on the same power, adaptive becomes the choice" in " ".join(
        what_would_change_it(verdict)
    )


def test_less_than_five_days_are_said_to_be_one_sample() -> None:
    found = a_study({("parallel", "none"): GOOD, ("adaptive", "none"): AS_GOOD}, scenario=a_scenario(days=2))

    verdict = verdict_of(found)

    assert ChangeKind.ONE_SAMPLE in {c.kind for c in verdict.changes}


def test_shorter_waiting_decides_last() -> None:
    found = a_study(
        {
            ("sequential", "none"): Deed(wait_s=lambda day, k: 3_600.0 * k + 60.0 * day),
            ("parallel", "none"): Deed(wait_s=lambda day, k: 60.0),
        }
    )

    verdict = verdict_of(found)

    assert verdict.recommended == "parallel"
    assert {d.metric.value for d in verdict.pairings[0].decided_by} == {"wait"}


def test_shorter_waiting_does_not_decide_while_the_energy_is_unsettled() -> None:
    found = a_study(
        {
            ("parallel", "none"): Deed(delivered_wh=lambda day, k: WILD[day, k]),
            ("adaptive", "none"): Deed(
                delivered_wh=lambda day, k: min(10_000.0, WILDER[day, k] + 1_000.0),
                wait_s=lambda day, k: 3_600.0,
            ),
        }
    )

    verdict = verdict_of(found)

    assert verdict.pairings[0].duel is Duel.UNDECIDED
    assert "not settled" in " ".join(reasons(verdict))


def test_the_better_of_two_is_named_and_the_unsettled_third_is_told() -> None:
    found = a_study(
        {
            ("sequential", "none"): Deed(delivered_wh=lambda day, k: 1_000.0),
            ("parallel", "none"): Deed(delivered_wh=lambda day, k: 5_000.0 + 0.3 * WILD[day, k]),
            ("adaptive", "none"): Deed(delivered_wh=lambda day, k: 5_000.0 + 0.3 * WILDER[day, k]),
        }
    )

    verdict = verdict_of(found)

    assert verdict.recommended == "parallel"
    assert headline(verdict).endswith("whether adaptive would be better still is not settled.")


def run_for(objective: Objective) -> Scenario:
    """Return a world under a tariff that is run for something, at 0.45 a kWh."""
    world = a_scenario(tariff=FLAT_TARIFF)
    planning = PlanningSettings(objective=objective, sell_price_per_kwh=0.45)
    return replace(world, control=replace(world.control, planning=planning))


SELLS_LESS = Deed(delivered_wh=lambda day, k: 9_800.0 - day, cost_minor=9_000)
SELLS_ALL_AT_A_HIGH_PEAK = Deed(delivered_wh=lambda day, k: 10_000.0, cost_minor=11_000)


def test_a_site_run_for_profit_is_judged_by_profit_first_with_its_demand_charge() -> None:
    deeds = {("parallel", "none"): SELLS_ALL_AT_A_HIGH_PEAK, ("adaptive", "none"): SELLS_LESS}

    by_profit = verdict_of(a_study(deeds, scenario=run_for(Objective.PROFIT)))
    by_energy = verdict_of(a_study(deeds, scenario=run_for(Objective.ENERGY)))

    assert by_profit.recommended == "adaptive"
    assert "points of what is sold, as profit" in " ".join(reasons(by_profit))
    assert by_energy.recommended == "parallel"


def test_profits_of_sessions_add_up_to_what_is_sold_less_the_bill() -> None:
    world = run_for(Objective.PROFIT)
    result = a_result(world, "parallel", "none", 1, SELLS_LESS)
    prices = PriceTable.of(FLAT_TARIFF, world.start_s, world.end_s)

    earned = profits_minor(prices, result, 45.0)

    sold_kwh = sum(s.delivered_wh for s in result.trace.sessions) / 1000.0
    assert sum(earned.values()) == pytest.approx(45.0 * sold_kwh - 9_000)


def test_under_cost_a_cheaper_kwh_counts_more_than_a_session_that_misses_a_little() -> None:
    dear = SELLS_ALL_AT_A_HIGH_PEAK
    cheap = Deed(
        delivered_wh=lambda day, k: 9_880.0 if k == 0 else 10_000.0,
        wait_s=lambda day, k: 18_000.0,
        cost_minor=8_000,
    )
    deeds = {("parallel", "none"): dear, ("adaptive", "none"): cheap}
    worlds = {
        objective: replace(run_for(objective), tariff=CHEAP_NIGHT)
        for objective in (Objective.COST, Objective.ENERGY)
    }

    by_cost, by_energy = (
        verdict_of(a_study(deeds, scenario=worlds[objective]))
        for objective in (Objective.COST, Objective.ENERGY)
    )

    assert by_cost.recommended == "adaptive"
    assert by_energy.recommended == "parallel"


def with_demand_charge(world: Scenario) -> Scenario:
    tariff = replace(FLAT_TARIFF, seasons=(replace(FLAT_TARIFF.seasons[0], demand_nano_per_kw=10 * 10**9),))
    return replace(world, tariff=tariff)


def test_a_few_days_judge_no_monthly_demand_charge() -> None:
    deeds = {("parallel", "none"): SELLS_ALL_AT_A_HIGH_PEAK, ("adaptive", "none"): SELLS_LESS}
    few = a_study(deeds, scenario=with_demand_charge(run_for(Objective.PROFIT)))
    whole = a_study(
        deeds, scenario=with_demand_charge(replace(run_for(Objective.PROFIT), end_s=START_S + 21 * DAY_S))
    )

    short, long = verdict_of(few), verdict_of(whole)

    assert (short.recommended, short.outcome) == ("parallel", Outcome.UNDECIDED)
    assert "cannot judge a monthly demand charge" in headline(short)
    assert any("run at least 14 days" in line for line in what_would_change_it(short))
    assert long.outcome is Outcome.BETTER


def test_under_energy_a_few_days_are_judged_by_what_they_deliver() -> None:
    deeds = {("parallel", "none"): SELLS_ALL_AT_A_HIGH_PEAK, ("adaptive", "none"): SELLS_LESS}

    verdict = verdict_of(a_study(deeds, scenario=with_demand_charge(run_for(Objective.ENERGY))))

    assert verdict.recommended == "parallel"
    assert verdict.outcome is Outcome.SIMPLER_ENOUGH


def test_a_profit_that_leaves_sessions_unmet_is_told_with_what_it_gives_up() -> None:
    deeds = {("parallel", "none"): SELLS_ALL_AT_A_HIGH_PEAK, ("adaptive", "none"): SELLS_LESS}

    verdict = verdict_of(a_study(deeds, scenario=run_for(Objective.PROFIT)))

    assert verdict.recommended == "adaptive"
    assert "though it is worse in energy delivered and unmet sessions" in headline(verdict)
    assert any(
        "given up for it" in line and "points of all sessions unmet" in line for line in reasons(verdict)
    )
    assert any(
        "If what counts most is unmet sessions: there parallel is ahead" in s
        for s in what_would_change_it(verdict)
    )
