"""An outlet that draws more than it may is told of once, and its alarm ends when that is over."""

from __future__ import annotations

from tests.controller.desk import Desk, desk_for
from tests.places import row_of
from voltloom.session.alarms import Alarm, AlarmKind
from voltloom.session.events import Unplugged

CYCLE_S = 10.0


class Story:
    """Two cars on room for one and a half; what the first draws is told by hand."""

    def __init__(self) -> None:
        self.desk: Desk = desk_for(row_of(2, rating_a=30.0))
        self.now_s = 0.0

    def goes_on(self, duration_s: float, draws_a: float | None = None, *, is_silent: bool = False) -> None:
        """Let time pass. draws_a: of the first car, by default what it is allowed."""
        until_s = self.now_s + duration_s
        while self.now_s < until_s:
            if draws_a is not None:
                self.desk.limit_a[0] = draws_a
            self.desk.cycle(self.now_s, silent=(0,) if is_silent else ())
            self.now_s += CYCLE_S

    @property
    def told(self) -> list[Alarm]:
        return [alarm for alarm in self.desk.alarms if alarm.kind is AlarmKind.DISOBEYED_LIMIT]

    @property
    def over(self) -> list[Alarm]:
        return [alarm for alarm in self.desk.over if alarm.kind is AlarmKind.DISOBEYED_LIMIT]


def test_a_car_that_draws_more_than_it_may_is_told_of_once_however_long_it_lasts() -> None:
    story = Story()
    story.goes_on(600.0)
    assert story.told == []

    story.goes_on(1800.0, 32.0)

    (alarm,) = story.told
    assert alarm.source == story.desk.network.evse_ids[0]
    assert "32.0 A" in alarm.what
    assert story.desk.memory.grants.limit_a[1] == 0.0  # the other one makes room


def test_it_is_told_when_the_car_keeps_to_its_limit_again_for_long_enough() -> None:
    story = Story()
    story.goes_on(600.0)
    story.goes_on(600.0, 32.0)

    story.goes_on(300.0)
    assert story.over == []
    story.goes_on(1200.0)

    (alarm,), (over,) = story.told, story.over
    assert over.time_s == alarm.time_s
    assert over.over_s >= alarm.time_s + 600.0
    assert story.desk.memory.standing.alarms == ()


def test_it_is_over_when_the_vehicle_left() -> None:
    story = Story()
    story.goes_on(600.0)
    story.goes_on(600.0, 32.0)

    story.desk.hear(Unplugged(time_s=story.now_s, evse=0, energy_wh=0.0))
    story.goes_on(60.0, 0.0)

    assert len(story.told) == len(story.over) == 1


def test_silence_is_no_obedience() -> None:
    story = Story()
    story.goes_on(600.0)
    story.goes_on(600.0, 32.0)

    story.goes_on(3600.0, is_silent=True)

    assert len(story.told) == 1
    assert story.over == []


def test_a_station_that_was_cut_off_and_draws_its_default_is_not_accused() -> None:
    story = Story()
    story.goes_on(600.0)
    story.goes_on(1200.0, is_silent=True)

    story.goes_on(600.0)

    assert story.told == []


def test_a_car_that_draws_too_much_for_a_moment_is_not_accused() -> None:
    story = Story()
    story.goes_on(600.0)

    story.goes_on(50.0, 32.0)
    story.goes_on(600.0, 0.0)

    assert story.told == []
