"""Faults are drawn by a seed, each for itself, and only where they are meant."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.places import row_of
from voltloom.simulation.faults import (
    FED_KINDS,
    FaultKind,
    FaultSchedule,
    FaultSpec,
    Meter,
    draw,
    lies_about_circuits,
    mixed_faults,
)
from voltloom.site.network import network_of

SITE = row_of(6, rating_a=60.0)
NETWORK = network_of(SITE)
KINDS = st.sampled_from(sorted(FaultKind, key=lambda kind: kind.value))


def drawn(*specs: FaultSpec, seed: int = 1) -> FaultSchedule:
    return draw(specs, seed=seed, site=SITE, network=NETWORK, start_s=1000.0, end_s=5000.0)


@given(kinds=st.lists(KINDS, max_size=6), added=KINDS, place=st.integers(0, 6), seed=st.integers(0, 99))
def test_adding_a_fault_moves_no_other(
    kinds: list[FaultKind], added: FaultKind, place: int, seed: int
) -> None:
    specs = [FaultSpec(kind=k, spread_s=3000.0, length_s=60.0, target=("any",), count=2) for k in kinds]
    newcomer = FaultSpec(kind=added, spread_s=2000.0, length_s=30.0, share_ratio=0.4)

    before = set(drawn(*specs, seed=seed).windows)
    after = set(drawn(*specs[:place], newcomer, *specs[place:], seed=seed).windows)

    assert before <= after
    assert {w.spec for w in after - before} <= {newcomer}


def test_the_same_seed_draws_the_same_and_another_seed_something_else() -> None:
    spec = FaultSpec(kind=FaultKind.STATION_OFFLINE, spread_s=3000.0, length_s=60.0, target=("any",))

    assert drawn(spec, seed=4) == drawn(spec, seed=4)
    assert drawn(spec, seed=4) != drawn(spec, seed=5)


def test_two_faults_described_alike_are_still_two() -> None:
    spec = FaultSpec(kind=FaultKind.STATION_OFFLINE, spread_s=3000.0, length_s=60.0, target=("any",))

    starts = {window.start_s for window in drawn(spec, spec).windows}

    assert len(starts) == 2


def test_a_fault_hits_the_share_it_is_meant_for_and_ends_with_the_run() -> None:
    spec = FaultSpec(kind=FaultKind.METER_FROZEN, share_ratio=0.5, target=("grid",))

    (window,) = drawn(spec).windows

    assert len(window.evses) == 3
    assert (window.start_s, window.end_s) == (1000.0, 5000.0)
    assert math.isinf(window.spec.length_s)


def test_a_fault_of_a_circuits_meter_hits_its_rows_and_no_outlet() -> None:
    spec = FaultSpec(kind=FaultKind.METER_SIGN_FLIPPED, meter=Meter.CIRCUIT, target=("grid",))

    (window,) = drawn(spec).windows

    assert window.evses == ()
    assert [NETWORK.row_ids[row] for row in window.rows] == ["grid/L1", "grid/L2", "grid/L3"]


def test_a_fault_that_is_not_probable_does_not_happen() -> None:
    assert drawn(FaultSpec(kind=FaultKind.POWER_CUT, probability=0.0)).windows == ()


def test_a_target_that_is_not_on_the_site_is_named() -> None:
    with pytest.raises(KeyError, match="'z9'"):
        drawn(FaultSpec(kind=FaultKind.STATION_OFFLINE, target=("z9",)))


def test_mixed_faults_know_every_kind_and_never_blind_a_site_that_gets_sudden_load() -> None:
    mixes = [mixed_faults(seed) for seed in range(60)]

    assert {spec.kind for mix in mixes for spec in mix} == set(FaultKind) - FED_KINDS - {
        FaultKind.STATION_CLOCK_SKEWED,
        FaultKind.METER_SCALED,  # one that drifts passes through every share
    }
    for mix in mixes:
        kinds = {spec.kind for spec in mix}
        blind = any(spec.meter is Meter.CIRCUIT for spec in mix) or FaultKind.CONTROLLER_CRASH in kinds
        assert not (FaultKind.GRID_LIMIT_CUT in kinds and blind)


def test_a_circuit_meter_that_drifts_or_freezes_lies_and_one_with_the_wrong_sign_is_seen_at_once() -> None:
    kinds = {kind: FaultSpec(kind=kind, meter=Meter.CIRCUIT) for kind in FaultKind}

    lying = {kind for kind, spec in kinds.items() if lies_about_circuits([spec])}

    assert lying == {FaultKind.METER_DRIFTING, FaultKind.METER_FROZEN, FaultKind.METER_SCALED}
    assert not lies_about_circuits([FaultSpec(kind=FaultKind.METER_DRIFTING, meter=Meter.EVSE)])


def test_sudden_other_load_comes_only_where_a_meter_can_see_it() -> None:
    mixes = [mixed_faults(seed, metered=("hall", "row")) for seed in range(60)]
    unseen = [mixed_faults(seed, metered=()) for seed in range(60)]

    cuts = [spec for mix in mixes for spec in mix if spec.kind is FaultKind.GRID_LIMIT_CUT]
    assert {spec.target for spec in cuts} == {("hall",), ("row",)}
    assert FaultKind.GRID_LIMIT_CUT not in {spec.kind for mix in unseen for spec in mix}
