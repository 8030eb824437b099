"""The log tells what the gateway tells, and a station that is refused again and again does not fill the disk."""

import pytest

from voltloom.live.gateway.events import Cause, EventKind, GatewayEvent
from voltloom.live.reporting import QUIET_S, Reporter


def test_the_same_refusal_is_told_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="voltloom.live")
    now_s = 0.0
    reporter = Reporter(lambda: now_s)
    wrong = GatewayEvent(kind=EventKind.CREDENTIALS_WRONG, address="10.0.0.7", identity="CP1", detail="wrong")
    other = GatewayEvent(kind=EventKind.CREDENTIALS_WRONG, address="10.0.0.7", identity="CP2", detail="wrong")

    for _ in range(1000):
        reporter.report(wrong)
    reporter.report(other)
    now_s = QUIET_S
    reporter.report(wrong)

    assert caplog.messages == [
        "credentials_wrong CP1 10.0.0.7 wrong",
        "credentials_wrong CP2 10.0.0.7 wrong",
        "credentials_wrong CP1 10.0.0.7 wrong (999 more since it was last told)",
    ]


def test_links_that_come_and_go_are_told_each_time_with_why(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="voltloom.live")
    reporter = Reporter(lambda: 0.0)

    for cause in (Cause.PEER_CLOSED, Cause.SILENT):
        reporter.report(GatewayEvent(kind=EventKind.OPENED, address="10.0.0.7", identity="CP1"))
        reporter.report(GatewayEvent(kind=EventKind.CLOSED, address="10.0.0.7", identity="CP1", cause=cause))

    assert caplog.messages == [
        "opened CP1 10.0.0.7",
        "closed CP1 10.0.0.7 peer_closed",
        "opened CP1 10.0.0.7",
        "closed CP1 10.0.0.7 silent",
    ]
