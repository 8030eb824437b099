"""The table of a session's life: legal, complete, and drawn into docs/session.md."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.session.alarms import CATALOGUE
from voltloom.session.state import (
    DEADLINES,
    MOVES,
    WANTS_POWER,
    IllegalMove,
    SessionState,
    Trigger,
    describe,
    next_state,
    page,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "session.md"
RUNNING = [state for state in SessionState if state is not SessionState.ENDED]


def _reachable(start: SessionState) -> set[SessionState]:
    found, edge = {start}, [start]
    while edge:
        here = edge.pop()
        news = {after for (before, _), after in MOVES.items() if before is here} - found
        found |= news
        edge += news
    return found


@pytest.mark.parametrize("state", RUNNING)
def test_unplugging_ends_a_session_from_wherever_it_stands(state: SessionState) -> None:
    assert next_state(state, Trigger.UNPLUGGED) is SessionState.ENDED


def test_every_state_can_be_reached_from_plugging_in() -> None:
    assert _reachable(SessionState.PLUGGED_IN) == set(SessionState)


def test_nothing_moves_a_session_that_has_ended() -> None:
    assert _reachable(SessionState.ENDED) == {SessionState.ENDED}


@pytest.mark.parametrize("state", RUNNING)
def test_no_state_lasts_for_ever_without_somebody_being_told(state: SessionState) -> None:
    deadline = DEADLINES[state]

    assert deadline.limit_s > 0.0
    assert (state, deadline.escalation) in MOVES
    assert CATALOGUE[deadline.alarm].next_step


@pytest.mark.parametrize("state", [state for state in SessionState if state in WANTS_POWER])
def test_a_fault_takes_power_from_every_session_that_had_it(state: SessionState) -> None:
    assert next_state(state, Trigger.FAULTED) not in WANTS_POWER


def test_power_is_never_wanted_before_the_driver_was_accepted() -> None:
    without_accepting = {
        key: after
        for key, after in MOVES.items()
        if key[1] not in (Trigger.ACCEPTED, Trigger.RECOVERED)  # recovered: authorised before
    }
    found, edge = {SessionState.PLUGGED_IN}, [SessionState.PLUGGED_IN]
    while edge:
        here = edge.pop()
        news = {after for (before, _), after in without_accepting.items() if before is here} - found
        found |= news
        edge += news

    assert not found & WANTS_POWER


@given(state=st.sampled_from(SessionState), trigger=st.sampled_from(Trigger))
def test_a_move_leads_to_a_state_or_is_refused_by_name(state: SessionState, trigger: Trigger) -> None:
    if (state, trigger) in MOVES:
        assert next_state(state, trigger) is MOVES[state, trigger]
    else:
        with pytest.raises(IllegalMove, match=f"{state.value}.*{trigger.value}"):
            next_state(state, trigger)


def test_the_picture_shows_every_state() -> None:
    assert all(state.value in describe() for state in SessionState)


def test_the_page_about_sessions_is_drawn_from_the_table() -> None:
    if os.environ.get("VOLTLOOM_WRITE_DOCS"):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(), encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/session.md is older than the table of moves: "
        "run VOLTLOOM_WRITE_DOCS=1 .venv/bin/python -m pytest tests/session/test_state.py"
    )
