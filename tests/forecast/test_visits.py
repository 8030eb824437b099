"""What a site remembers of its visits."""

import math

import numpy as np
import pytest

from voltloom.forecast.local_time import DayKind, LocalMoment, apart_on_the_clock_s, local_moment
from voltloom.forecast.visits import NOBODY, Visit, no_visits, remembered, user_number, visit_of
from voltloom.session.need import Need
from voltloom.session.record import Doubt, EndReason, SessionRecord

ARRIVAL_S = 1_570_543_200.0  # Tuesday, 8 October 2019, 14:00 UTC: 07:00 in Los Angeles


def record(*, doubts: tuple[Doubt, ...] = ()) -> SessionRecord:
    return SessionRecord(
        session_id="s1",
        evse_id="A1",
        serial=1,
        id_token="card-7",
        start_s=ARRIVAL_S,
        stop_s=ARRIVAL_S + 7200.0,
        first_power_s=ARRIVAL_S,
        last_power_s=ARRIVAL_S + 3600.0,
        idle_s=3600.0,
        meter_start_tenth_wh=0,
        meter_stop_tenth_wh=52_500,
        energy_tenth_wh=52_500,
        slices=(),
        why=EndReason.DRIVER_LEFT,
        doubts=doubts,
    )


def visit(number: int, *, dwell_s: float = 3600.0, energy_wh: float = 1000.0) -> Visit:
    local = LocalMoment(day=number, kind=DayKind.WORKDAY, of_day_s=0.0)
    return Visit(user=number, arrival_s=float(number), local=local, dwell_s=dwell_s, energy_wh=energy_wh)


def test_a_closed_session_is_remembered_with_what_its_driver_had_typed() -> None:
    need = Need(energy_wh=10_000.0, departure_s=ARRIVAL_S + 9000.0)

    found = visit_of(record(), need, "America/Los_Angeles")

    assert found.local == LocalMoment(day=737_340, kind=DayKind.WORKDAY, of_day_s=7 * 3600.0)
    assert (found.dwell_s, found.energy_wh) == (7200.0, 5250.0)
    assert (found.typed_stay_s, found.typed_wh) == (9000.0, 10_000.0)
    assert found.user == user_number("card-7")


def test_what_nobody_typed_is_unknown() -> None:
    found = visit_of(record(), Need(), "America/Los_Angeles")

    assert math.isnan(found.typed_stay_s)
    assert math.isnan(found.typed_wh)


def test_a_session_whose_energy_is_doubted_teaches_nothing() -> None:
    doubted = visit_of(record(doubts=(Doubt.REGISTER_FELL,)), Need(), "UTC")

    assert remembered(no_visits(), doubted).user.size == 0


def test_a_visit_without_a_length_teaches_nothing() -> None:
    assert remembered(no_visits(), visit(1, dwell_s=-1.0)).user.size == 0
    assert remembered(no_visits(), visit(1, dwell_s=math.nan)).user.size == 0


def test_the_oldest_visits_are_forgotten_and_the_memory_that_came_in_stays_as_it_was() -> None:
    before = no_visits()
    for number in range(1, 6):
        before = remembered(before, visit(number), kept=5)

    after = remembered(before, visit(6), kept=5)

    assert before.user.tolist() == [1, 2, 3, 4, 5]
    assert after.user.tolist() == [2, 3, 4, 5, 6]
    assert {column.size for column in after} == {5}
    assert after.user.dtype == np.int64
    assert after.kind.dtype == np.int64


def test_drivers_are_told_apart_without_keeping_their_token() -> None:
    assert user_number("") == NOBODY
    assert user_number("a") == user_number("a")
    assert len({user_number("a"), user_number("b"), NOBODY}) == 3


@pytest.mark.parametrize(
    ("time_s", "of_day_h", "kind"),
    [
        (
            1_572_771_600.0,
            1.0,
            DayKind.SUNDAY,
        ),  # 3 November 2019, 01:00 PST: the second time it is one o'clock
        (1_572_768_000.0, 1.0, DayKind.SUNDAY),  # 01:00 PDT, the first time
        (1_572_739_200.0, 17.0, DayKind.SATURDAY),
    ],
)
def test_a_time_of_day_is_what_the_clock_on_the_wall_shows(
    time_s: float, of_day_h: float, kind: DayKind
) -> None:
    found = local_moment("America/Los_Angeles", time_s)

    assert found.of_day_s == of_day_h * 3600.0
    assert found.kind is kind


def test_half_past_eleven_at_night_is_an_hour_from_half_past_midnight() -> None:
    apart_s = apart_on_the_clock_s(np.array([23.5, 12.5, 0.5, 1.0]) * 3600.0, 0.5 * 3600.0)

    assert apart_s.tolist() == [3600.0, 12 * 3600.0, 0.0, 1800.0]
