"""Nothing is invented on the way, nothing vanishes uncounted, and order holds unless something disturbs it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voltloom.session.events import EvseReadings, PluggedIn, Unplugged
from voltloom.simulation.faults import FaultKind, FaultSpec, FaultWindow
from voltloom.simulation.link import RETRY_S, Link, Message

OUTLETS = 4
NOWHERE = np.zeros(OUTLETS, dtype=np.bool_)


def a_fault(kind: FaultKind, **values: float) -> FaultWindow:
    spec = FaultSpec(kind=kind, **values)  # type: ignore[arg-type]  # the caller names fields of a FaultSpec
    return FaultWindow(spec=spec, start_s=0.0, end_s=1e9, evses=tuple(range(OUTLETS)), rows=(), stream=1)


def readings(time_s: float) -> EvseReadings:
    return EvseReadings(
        time_s=time_s,
        evses=np.arange(OUTLETS),
        sampled_s=np.full(OUTLETS, time_s),
        current_a=np.full(OUTLETS, time_s),
        energy_wh=np.arange(OUTLETS, dtype=np.float64) * 1000.0 + np.float64(time_s),
    )


def a_link(*faults: FaultWindow, delay_s: float = 0.0, jitter_s: float = 0.0, seed: int = 1) -> Link:
    link = Link(evse_count=OUTLETS, delay_s=delay_s, jitter_s=jitter_s, stream=seed)
    if faults:
        link.suffer(faults, NOWHERE, 0.0)
    return link


def arrivals(link: Link, sent: int) -> list[tuple[float, int]]:
    """Send a reading every second and return (sample time, outlet) of all that arrives, in order."""
    came = []
    for second in range(sent):
        link.send(readings(float(second)), float(second))
        came += link.due(float(second))
    came += link.due(1e9)
    columns = [m for m in came if isinstance(m, EvseReadings)]
    pairs = [(float(s), int(e)) for m in columns for s, e in zip(m.sampled_s, m.evses, strict=True)]
    for message in columns:
        assert (message.energy_wh == message.evses * 1000.0 + message.current_a).all()
    return pairs


def test_a_perfect_link_hands_over_the_same_object_in_the_same_instant() -> None:
    link, message = a_link(), readings(5.0)

    link.send(message, 5.0)

    assert link.due(5.0)[0] is message
    assert link.due(5.0) == []


@given(
    loss=st.floats(0.0, 1.0),
    double=st.floats(0.0, 1.0),
    delay_s=st.floats(0.0, 5.0),
    seed=st.integers(0, 1000),
)
def test_every_part_of_every_message_arrives_is_doubled_or_is_counted_as_lost(
    loss: float, double: float, delay_s: float, seed: int
) -> None:
    lossy = a_fault(FaultKind.MESSAGE_LOSS, magnitude_ratio=loss)
    doubling = a_fault(FaultKind.MESSAGE_DUPLICATE, magnitude_ratio=double, jitter_s=3.0)
    link = a_link(lossy, doubling, delay_s=delay_s, jitter_s=2.0, seed=seed)

    came = arrivals(link, 10)

    everything = {(float(second), outlet) for second in range(10) for outlet in range(OUTLETS)}
    assert set(came) <= everything
    assert len(set(came)) == len(everything) - link.counts.lost
    assert len(came) == len(set(came)) + link.counts.doubled


@given(delay_s=st.floats(0.0, 5.0), jitter_s=st.floats(0.0, 20.0), seed=st.integers(0, 1000))
def test_jitter_alone_never_lets_a_message_overtake_another_of_the_same_outlet(
    delay_s: float, jitter_s: float, seed: int
) -> None:
    link = a_link(delay_s=delay_s, jitter_s=jitter_s, seed=seed)

    came = arrivals(link, 15)

    for outlet in range(OUTLETS):
        times = [sampled for sampled, evse in came if evse == outlet]
        assert times == sorted(times)
    assert len(came) == 15 * OUTLETS


def test_reordering_lets_some_messages_be_overtaken_and_loses_none() -> None:
    link = a_link(a_fault(FaultKind.MESSAGE_REORDER, magnitude_ratio=0.5, jitter_s=10.0))

    came = arrivals(link, 30)

    assert len(came) == 30 * OUTLETS
    times = [sampled for sampled, evse in came if evse == 0]
    assert times != sorted(times)


def course() -> list[Message]:
    return [
        PluggedIn(time_s=0.0, evse=1, session_id="s"),
        Unplugged(time_s=1.0, evse=1, energy_wh=5.0),
        PluggedIn(time_s=2.0, evse=1, session_id="u"),
    ]


@given(seed=st.integers(0, 500))
def test_what_tells_a_sessions_course_is_sent_until_it_arrives_and_in_order(seed: int) -> None:
    link = a_link(a_fault(FaultKind.MESSAGE_LOSS, magnitude_ratio=0.6), seed=seed)

    for message in course():
        link.send(message, 0.0)

    assert link.due(20 * RETRY_S * 3) == course()


def test_a_station_that_is_cut_off_tells_its_sessions_course_when_it_is_back_but_not_its_old_readings() -> (
    None
):
    link = a_link()
    cut = NOWHERE.copy()
    cut[1] = True
    link.suffer((), cut, 0.0)

    for message in course():
        link.send(message, 0.0)
    link.send(readings(0.0), 0.0)
    early = link.due(100.0)
    link.suffer((), NOWHERE, 200.0)
    late = link.due(200.0)

    assert [m.evses.tolist() for m in early if isinstance(m, EvseReadings)] == [[0, 2, 3]]
    assert late == course()


def parts(messages: list[Message]) -> int:
    return sum(int(m.evses.size) for m in messages if isinstance(m, EvseReadings))


def test_delays_are_rounded_to_steps_so_that_what_arrives_together_stays_one_message() -> None:
    link = Link(evse_count=OUTLETS, delay_s=20.0, jitter_s=15.0, stream=1, step_s=10.0)

    link.send(readings(0.0), 0.0)

    at = {moment_s: parts(link.due(moment_s)) for moment_s in (10.0, 20.0, 30.0, 40.0)}

    assert at[10.0] == 0
    assert sum(at.values()) == OUTLETS


def test_a_delay_that_is_short_beside_a_step_is_no_delay() -> None:
    link, message = Link(evse_count=OUTLETS, delay_s=1.0, jitter_s=2.0, stream=1, step_s=60.0), readings(0.0)

    link.send(message, 0.0)

    assert link.due(0.0)[0] is message
