"""March 2019 as published: 954 sessions at 27 transformer capacities, within 0.1 point of every mean.

The full shell runs two capacities by default and all of them at night; the compiled lane of the benchmarks, on the same
kernels, runs all of them by default for three of the means, and for the others at night.
"""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sweep_lane import RULES, run_lane, world_of
from benchmarks.worlds import PERIOD_S, march
from voltloom.simulation.run import run

pytestmark = pytest.mark.reference

CAPACITIES_KW = (*range(10, 126, 5), 130, 140, 150)
THREE_PHASE = {"edf": 0.9310, "fcfs": 0.9134, "llf": 0.9321, "rr": 0.9229}
ONE_PHASE = {"edf": 0.9667, "llf": 0.9686}
SITES = {"caltech_54": THREE_PHASE, "caltech_54_single_phase": ONE_PHASE}
PUBLISHED = [(site, rule) for site, means in SITES.items() for rule in means]
IN_EVERY_RUN = {("caltech_54", "llf"), ("caltech_54_single_phase", "llf")}
SPREAD = [
    mean if mean in IN_EVERY_RUN else pytest.param(*mean, marks=pytest.mark.nightly) for mean in PUBLISHED
]
POINT = 0.01
INCREMENT_A = 1.0  # the scenario's own, of the round robin
ACNSIM = Path(__file__).parent / "acnsim_march.json"


def shell_ratio(site: str, rule: str, cap_kw: float) -> float:
    """Return what the full simulated shell delivers."""
    result = run(march(cap_kw=cap_kw, site=site), architecture=rule, faults="none", seed=1)
    assert not result.breaches
    return result.summary.delivered_ratio


def lane_ratio(site: str, rule: str, cap_kw: float) -> float:
    """Return what the compiled lane delivers."""
    world = world_of(march(cap_kw=cap_kw, site=site), PERIOD_S)
    delivered = run_lane(world, RULES[rule], INCREMENT_A, PERIOD_S)
    return float(delivered.sum() / world.visits.wants_wh.sum())


def acnsim_ratio(rule: str, cap_kw: float) -> float:
    """Return what acnportal 0.3.3 delivers."""
    for made in json.loads(ACNSIM.read_text(encoding="utf-8"))["runs"]:
        words = made["options"]
        if words[1] == rule and "--site" not in words and float(words[words.index("--cap-kw") + 1]) == cap_kw:
            return float(made["delivered_ratio"])
    raise KeyError((rule, cap_kw))


def test_the_file_is_the_published_month() -> None:
    scenario = march(cap_kw=150)

    assert len(scenario.visits) == 954
    assert len(CAPACITIES_KW) == 27


APART = {"llf": 0.01 * POINT, "edf": 0.01 * POINT}


in_march = pytest.mark.parametrize(
    ("rule", "cap_kw"),
    [
        ("llf", 30),
        ("edf", 70),
        pytest.param("llf", 70, marks=pytest.mark.nightly),
        pytest.param("edf", 30, marks=pytest.mark.nightly),
    ],
)


@in_march
def test_the_shell_delivers_in_march_what_acnsim_delivers(rule: str, cap_kw: float) -> None:
    known = acnsim_ratio(rule, cap_kw)

    assert shell_ratio("caltech_54", rule, cap_kw) == pytest.approx(known, abs=APART[rule])


@in_march
def test_the_kernels_deliver_in_march_what_acnsim_delivers(rule: str, cap_kw: float) -> None:
    known = acnsim_ratio(rule, cap_kw)

    assert lane_ratio("caltech_54", rule, cap_kw) == pytest.approx(known, abs=APART[rule])


@pytest.mark.parametrize(("site", "rule"), SPREAD)
def test_the_published_mean_of_march_comes_out_of_the_kernels(site: str, rule: str) -> None:
    ratios = [lane_ratio(site, rule, cap_kw) for cap_kw in CAPACITIES_KW]

    assert np.mean(ratios) == pytest.approx(SITES[site][rule], abs=0.1 * POINT)


@pytest.mark.nightly
@pytest.mark.parametrize(("site", "rule"), PUBLISHED)
def test_the_published_mean_of_march_comes_out_of_the_shell(site: str, rule: str) -> None:
    count = len(CAPACITIES_KW)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        ratios = list(pool.map(shell_ratio, [site] * count, [rule] * count, CAPACITIES_KW))

    assert np.mean(ratios) == pytest.approx(SITES[site][rule], abs=0.1 * POINT)
