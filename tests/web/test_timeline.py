"""What is told of the outlets of a station whose link went."""

from __future__ import annotations

from voltloom.live.attendance import Event, Held, Sign
from voltloom.web.console.timeline import HappenedOut
from voltloom.web.console.timeline import told_of_links as told

HELD = Held(evse="LEFT", limit_a=10.0, reserved_a=12.0, lease_until_s=400.0, offline_a=6.0)


def outlets(happened: list[HappenedOut]) -> list[tuple[str, int, float | None, float | None]]:
    return [(one.kind, one.at_ms, one.before_a, one.after_a) for one in happened if one.evse is not None]


def test_a_station_that_stays_away_longer_than_its_lease_falls_back_by_itself() -> None:
    went = Event(100.0, Sign.DISCONNECTED, held=(HELD,))

    gone = outlets(told([went], now_s=500.0))

    assert gone == [("fell_back", 400_000, 10.0, 6.0), ("reserved", 100_000, 10.0, 12.0)]


def test_a_station_that_comes_back_in_time_never_falls_back() -> None:
    events = [Event(100.0, Sign.DISCONNECTED, held=(HELD,)), Event(200.0, Sign.CONNECTED)]

    assert outlets(told(events, now_s=500.0)) == [("reserved", 100_000, 10.0, 12.0)]
    assert outlets(told(events[:1], now_s=300.0)) == [("reserved", 100_000, 10.0, 12.0)]


def test_what_happened_in_one_millisecond_is_told_in_its_order_too() -> None:
    events = [
        Event(100.0001, Sign.CONNECTED),
        Event(100.0002, Sign.BOOTED),
        Event(100.0003, Sign.DISCONNECTED),
    ]

    assert [one.what for one in told(events, now_s=500.0)] == ["disconnected", "booted", "connected"]
