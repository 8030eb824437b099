"""What stations showed: kept for known ones alone, the same refusal counted, answers timed."""

from __future__ import annotations

from voltloom.live.attendance import Attendance, Held, Sign
from voltloom.live.clock import WALL
from voltloom.live.gateway.events import Cause, EventKind, GatewayEvent

HELD = Held(evse="LEFT", limit_a=10.0, reserved_a=12.0, lease_until_s=400.0, offline_a=6.0)


def attendance() -> Attendance:
    return Attendance({"CP1"}, lambda _: (HELD,), WALL)


def event(kind: EventKind, identity: str = "CP1", cause: Cause | None = None) -> GatewayEvent:
    return GatewayEvent(kind=kind, address="10.0.0.7", identity=identity, cause=cause)


def test_of_strangers_nothing_is_kept() -> None:
    kept = attendance()

    kept.linked(event(EventKind.PARKED, "STRANGER"))
    kept.answered("STRANGER", 1.0)

    assert kept.events_of("STRANGER") == ()
    assert kept.pace_of("STRANGER") is None


def test_a_station_that_is_turned_away_again_and_again_is_one_line() -> None:
    kept = attendance()

    for _ in range(5):
        kept.linked(event(EventKind.CREDENTIALS_WRONG))

    (only,) = kept.events_of("CP1")
    assert (only.sign, only.times_count) == (Sign.TURNED_AWAY, 5)
    assert only.detail == "credentials_wrong"


def test_a_link_that_ends_tells_what_was_held_and_why_it_ended() -> None:
    kept = attendance()

    kept.linked(event(EventKind.OPENED))
    kept.linked(event(EventKind.CLOSED, cause=Cause.SILENT))

    came, went = kept.events_of("CP1")
    assert (came.sign, came.held) == (Sign.CONNECTED, ())
    assert (went.sign, went.detail, went.held) == (Sign.DISCONNECTED, "silent", (HELD,))


def test_half_of_the_answers_are_at_least_as_quick_as_the_median() -> None:
    kept = attendance()

    for took_s in range(1, 102):
        kept.answered("CP1", float(took_s))

    pace = kept.pace_of("CP1")
    assert pace is not None
    assert pace.answers_count == 100  # the oldest is forgotten
    assert (pace.median_s, pace.p95_s) == (51.5, 96.05)
