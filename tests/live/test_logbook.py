"""Pages and scripts listen to what the site does, in the site's own loop."""

from __future__ import annotations

from voltloom.live.logbook import Logbook
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
