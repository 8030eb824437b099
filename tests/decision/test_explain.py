"""Reasons in words, for drivers and operators."""

import json
import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.decision.explain import (
    Around,
    Movement,
    driver_sentence,
    lifts_when,
    movement,
    operator_record,
)
from voltloom.decision.reason import Cause, Reason
from voltloom.decision.wording import WORDS, Causer

AROUND = Around(time_zone="Europe/Berlin", place_name="Hall A", sharing_count=4)
EVENING_S = 1_700_000_000.0  # 14 November 2023, 23:13:20 in Berlin
EVERY_MOVE = [(0.0, 0.0), (0.0, 8.0), (8.0, 0.0), (8.0, 16.0), (16.0, 8.0), (8.0, 8.0)]
EVERY_MOVE += [(0.0, -8.0), (8.0, -8.0), (-8.0, 0.0), (-8.0, 8.0)]


def reason(cause: Cause, before_a: float = 16.0, after_a: float = 8.0) -> Reason:
    return Reason(
        cause=cause,
        before_a=before_a,
        after_a=after_a,
        binding_row="grid/L1",
        headroom_a=2.5,
        age_s=4.0,
        architecture="parallel",
        mode="chosen",
    )


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_is_told_to_drivers_in_one_sentence_without_amperes(cause: Cause) -> None:
    for before_a, after_a in EVERY_MOVE:
        sentence = driver_sentence(reason(cause, before_a, after_a), AROUND)

        assert sentence.endswith(".")
        assert sentence.count(". ") == 0
        assert "{" not in sentence
        assert not re.search(r"\d+(\.\d+)? ?A\b|ampere", sentence)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_says_what_would_lift_it(cause: Cause) -> None:
    assert re.fullmatch(r"Lifts when .{10,}\.", lifts_when(cause))


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_gives_the_operator_a_full_record(cause: Cause) -> None:
    record = operator_record(reason(cause), "a1", EVENING_S, "Europe/Berlin")

    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["cause"] == cause.name.lower()
    assert record["time"] == "2023-11-14T22:13:20Z"
    assert record["limit"] == {"row": "grid/L1", "node": "grid", "phase": "L1", "headroom_a": 2.5}
    assert (record["before_a"], record["after_a"], record["change"]) == (16.0, 8.0, "slower")
    assert record["inputs"] == {"oldest_age_s": 4.0}
    assert record["rule"]
    assert record["lifts_when"] == lifts_when(cause)


@pytest.mark.parametrize("cause", [c for c in Cause if WORDS[c].causer is Causer.VEHICLE])
def test_the_site_is_never_blamed_for_what_the_car_limits(cause: Cause) -> None:
    for before_a, after_a in EVERY_MOVE:
        sentence = driver_sentence(reason(cause, before_a, after_a), AROUND)

        assert "your car" in sentence
        assert not re.search(r"Hall A|shares|other cars|the site", sentence)


def test_a_full_car_is_limited_by_itself_and_not_paused() -> None:
    sentence = driver_sentence(reason(Cause.SUSPENDED_BY_VEHICLE, 16.0, 0.0), AROUND)

    assert sentence.startswith("Limited by your car:")


@pytest.mark.parametrize("cause", [c for c in Cause if WORDS[c].causer in (Causer.SITE, Causer.GRID)])
def test_paused_and_slower_are_different_words(cause: Cause) -> None:
    paused = driver_sentence(reason(cause, 16.0, 0.0), AROUND)
    slower = driver_sentence(reason(cause, 16.0, 8.0), AROUND)

    assert paused.startswith("Paused:")
    assert slower.startswith("Slower now:")
    assert "slower" not in paused.lower()
    assert "paused" not in slower.lower()


def test_a_driver_reads_who_shares_and_when_more_comes_in_the_sites_time() -> None:
    around = replace(AROUND, lifts_s=EVENING_S)

    assert driver_sentence(reason(Cause.SHARED), around) == (
        "Slower now: Hall A shares its power with 4 other cars. More power is expected about 23:13."
    )


def test_a_waiting_driver_reads_the_place_in_the_queue_and_the_expected_start() -> None:
    around = replace(AROUND, queue_place=2, lifts_s=EVENING_S)

    assert driver_sentence(reason(Cause.QUEUED, 0.0, 0.0), around) == (
        "Waiting: cars at Hall A are charged one after the other."
        " You are number 2 in the queue. Charging is expected about 23:13."
    )


def test_where_no_limit_binds_the_operator_reads_none_and_not_zero() -> None:
    free = replace(reason(Cause.VEHICLE_MAXIMUM), binding_row="", headroom_a=math.inf, age_s=math.inf)

    record = operator_record(free, "a1", EVENING_S, "Europe/Berlin")

    assert record["limit"] is None
    assert record["inputs"] == {"oldest_age_s": None}


@given(before_a=st.floats(0.0, 80.0), after_a=st.floats(0.0, 80.0))
def test_an_operators_word_for_a_change_agrees_with_the_numbers_beside_it(
    before_a: float, after_a: float
) -> None:
    record = operator_record(reason(Cause.SHARED, before_a, after_a), "a1", EVENING_S, "Europe/Berlin")

    before, after = record["before_a"], record["after_a"]
    assert isinstance(before, float)
    assert isinstance(after, float)
    same = {"unchanged", "waiting"}
    assert (record["change"] in same) == (before == after)


@given(before_a=st.floats(0.0, 80.0), after_a=st.floats(0.0, 80.0))
def test_the_word_for_a_change_agrees_with_the_change(before_a: float, after_a: float) -> None:
    moves = movement(reason(Cause.SHARED, before_a, after_a))

    assert (moves in (Movement.PAUSED, Movement.WAITING)) == (after_a == 0.0)
    if moves is Movement.SLOWER:
        assert after_a < before_a
    if moves in (Movement.FASTER, Movement.STARTED):
        assert after_a > before_a


def test_a_car_that_is_owed_energy_and_gets_none_is_not_told_that_it_charges() -> None:
    waiting, served = (
        driver_sentence(reason(Cause.GUARANTEED, 16.0, after_a), AROUND) for after_a in (0.0, 8.0)
    )

    assert waiting == (
        "Paused: your car is among the first until it has its guaranteed energy, and begins as soon as Hall A has power for it."
    )
    assert served.endswith("that lack their guaranteed energy are charged first, yours among them.")


@pytest.mark.parametrize("cause", [Cause.SHARED, Cause.PRIORITY, Cause.BELOW_MINIMUM])
def test_a_car_alone_is_told_of_no_others(cause: Cause) -> None:
    alone = replace(reason(cause, 16.0, 0.0), is_alone=True)

    assert not re.search(r"other|cars|turn", driver_sentence(alone, AROUND))


def test_a_car_that_gets_too_little_without_a_full_circuit_takes_no_turns() -> None:
    free = replace(reason(Cause.BELOW_MINIMUM, 16.0, 0.0), binding_row="")

    assert driver_sentence(free, AROUND) == "Paused: your car would get less than it can charge with for now."
