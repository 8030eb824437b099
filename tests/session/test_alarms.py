"""Every alarm says what is wrong, what it does, and what to do."""

import pytest

from voltloom.session.alarms import CATALOGUE, AlarmKind, raised


@pytest.mark.parametrize("kind", AlarmKind)
def test_every_kind_of_alarm_says_what_to_do(kind: AlarmKind) -> None:
    text = CATALOGUE[kind]

    assert all(len(part.split()) >= 3 or part == "The session was stopped" for part in text[1:])
    assert not any(part.endswith(".") for part in text[1:])


def test_an_alarm_names_its_source_and_detail() -> None:
    alarm = raised(AlarmKind.NEVER_WOKE, time_s=5.0, source="a1", detail="visit 7")

    assert (alarm.source, alarm.time_s) == ("a1", 5.0)
    assert alarm.what == "A vehicle takes no current although it is offered: visit 7"
