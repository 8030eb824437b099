"""Thousands of small random sites in which everything goes wrong at once: no breaker opens and no rule is broken.

A failing seed prints the command that repeats it, and its world is `stress_world(seed)`.
"""

from __future__ import annotations

import pytest

from tests.simulation.stress_world import ARCHITECTURES, architecture_of, breach_of, stress_world, stressed
from voltloom.simulation.faults import FED_KINDS, FaultKind

# Only virtual stations have a clock, only some sites PV; the demo's own fault is played in tests/simulation/test_faults.py.
ELSEWHERE = FED_KINDS | {FaultKind.STATION_CLOCK_SKEWED, FaultKind.METER_SCALED}
CHUNK = 10  # seeds of one test: small enough that two workers finish together
SEEDS = range(200)
EVERY_RUN_COUNT = 20  # of them, which hold every architecture and every kind of fault; the others at night
NIGHTLY_SEEDS = range(2000)


def _chunks(seeds: range) -> list[range]:
    return [seeds[first : first + CHUNK] for first in range(0, len(seeds), CHUNK)]


SPREAD = [
    pytest.param(seeds, marks=pytest.mark.nightly) if seeds[0] >= EVERY_RUN_COUNT else seeds
    for seeds in _chunks(SEEDS)
]


def _span(seeds: range) -> str:
    return f"{seeds[0]}..{seeds[-1]}"


@pytest.mark.parametrize("seeds", SPREAD, ids=_span)
def test_four_hours_of_mixed_faults_breach_nothing(seeds: range) -> None:
    breaches = [what for seed in seeds if (what := breach_of(seed, 4.0))]

    assert not breaches, "\n".join(breaches)


@pytest.mark.nightly
@pytest.mark.parametrize("seeds", _chunks(NIGHTLY_SEEDS), ids=_span)
def test_a_day_of_mixed_faults_breaches_nothing(seeds: range) -> None:
    breaches = [what for seed in seeds if (what := breach_of(seed, 24.0))]

    assert not breaches, "\n".join(breaches)


def test_the_worlds_hold_every_architecture_and_every_kind_of_fault() -> None:
    every_run = range(EVERY_RUN_COUNT)
    kinds = {spec.kind for seed in every_run for spec in stress_world(seed).faults["mixed"]}

    assert {architecture_of(seed) for seed in every_run} == set(ARCHITECTURES)
    assert kinds == set(FaultKind) - ELSEWHERE


def test_a_seed_is_the_same_world_every_time_and_cars_charge_in_it() -> None:
    first, again = stressed(3), stressed(3)

    assert first.summary.determinism_digest == again.summary.determinism_digest
    assert first.summary.energy_delivered_wh > 10_000.0


@pytest.mark.parametrize("seed", [481, pytest.param(1380, marks=pytest.mark.nightly)])
def test_days_that_broke_once_hold(seed: int) -> None:
    assert breach_of(seed, 24.0) == ""
