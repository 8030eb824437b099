"""The planted faults in the planner."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

HORIZON = "tests/allocation/adaptive/horizon"

PLANNER_MUTANTS = (
    Mutant(
        name="a plan knows no fuses",
        module="voltloom.allocation.adaptive.horizon.building",
        old="rating = np.maximum(grid.rating_a - fixed_a, 0.0)",
        new="rating = np.maximum(grid.rating_a - fixed_a, 0.0) + 1e6",
        tests=(f"{HORIZON}/test_building.py", f"{HORIZON}/test_any_site.py"),
    ),
    Mutant(
        name="a plan is given more than what was asked for",
        module="voltloom.allocation.adaptive.horizon.building",
        old="        need_kwh=need,",
        new="        need_kwh=2.0 * need,",
        tests=(f"{HORIZON}/test_building.py", f"{HORIZON}/test_any_site.py"),
    ),
    Mutant(
        name="who leaves in the middle of a step has all of it",
        module="voltloom.allocation.adaptive.horizon.building",
        old="np.clip((ready[:, None] - begin) / length, 0.0, 1.0)",
        new="np.ceil(np.clip((ready[:, None] - begin) / length, 0.0, 1.0))",
        tests=(f"{HORIZON}/test_building.py",),
    ),
    Mutant(
        name="a panic of a solver ends the cycle",
        module="voltloom.allocation.adaptive.horizon.checking",
        old=" or type(wrong).__name__ == PANIC:",
        new=":",
        tests=(f"{HORIZON}/test_failures.py",),
    ),
    Mutant(
        name="a solver's word is taken for more than was asked for",
        module="voltloom.allocation.adaptive.horizon.checking",
        old="    if (given_kwh > most_kwh)",
        new="    if (given_kwh > 1e9 + most_kwh)",
        tests=(f"{HORIZON}/test_failures.py",),
    ),
    Mutant(
        name="a plan that cannot be renewed is followed for ever",
        module="voltloom.allocation.adaptive.horizon.planner",
        old="min(last.made_s + OUTLIVES_S, last.edge_s[-1])",
        new="last.edge_s[-1]",
        tests=(f"{HORIZON}/test_failures.py",),
    ),
    Mutant(
        name="a plan outlives a new departure",
        module="voltloom.allocation.adaptive.horizon.planner",
        old="if not np.array_equal(plan.departure_s, sessions.departure_s[who]):",
        new="if plan.departure_s.size != who.size:",
        tests=(f"{HORIZON}/test_memory.py",),
    ),
    Mutant(
        name="each group is handed the first one's plan",
        module="voltloom.allocation.groups",
        old="remembered._replace(plan=own_before.plan, ",
        new="remembered._replace(plan=earlier[0].plan, ",
        tests=(f"{HORIZON}/test_groups.py",),
    ),
    Mutant(
        name="guaranteed energy is no more than any other",
        module="voltloom.allocation.adaptive.horizon.standing",
        old="tier + span * ~is_guaranteed",
        new="tier",
        tests=(f"{HORIZON}/test_standing.py",),
    ),
    Mutant(
        name="limits follow every breath of a plan",
        module="voltloom.allocation.adaptive.horizon.rounding",
        old="    if rules.dwell_s <= 0.0:",
        new="    if rules.dwell_s <= 1e9:",
        tests=("tests/simulation/test_flat_night.py",),
    ),
)
