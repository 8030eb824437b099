"""Pages and scripts listen to what the site does, in the site's own loop."""

from __future__ import annotations

from dataclasses import replace

from voltloom.live.logbook import ALARMS_COUNT, Logbook
from voltloom.session.alarms import AlarmKind, raised


def test_a_listener_that_fails_keeps_neither_the_site_nor_other_listeners_from_going_on() -> None:
    logbook, told, later = Logbook(), list[str](), list[str]()

    def fail(kind: str, _: object) -> None:
        told.append(kind)
        raise ZeroDivisionError

    logbook.listen(fail)
    logbook.listen(lambda kind, _: later.append(kind))
    for _ in range(2):
        logbook.alarmed(raised(AlarmKind.JOURNAL_FAILING, time_s=0.0, source="journal", detail=""))

    assert told == later == ["alarm", "alarm"]
    assert logbook.alarms_count == 2


def test_an_alarm_that_ends_after_many_others_is_shown_with_its_end() -> None:
    logbook = Logbook()
    lasts = raised(AlarmKind.GROUND_FAULT, time_s=1.0, source="a1", detail="")
    logbook.alarmed(lasts)
    for at in range(ALARMS_COUNT):
        logbook.alarmed(raised(AlarmKind.CANARY_ROLLED_BACK, time_s=2.0 + at, source="policy", detail=""))

    logbook.ended(replace(lasts, over_s=9000.0))

    assert logbook.shown(1)[0] == replace(lasts, over_s=9000.0)
