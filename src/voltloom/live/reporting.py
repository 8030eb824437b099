"""What the gateway tells, as lines of the log: a flood of refusals becomes one line and a count, not a flood of lines."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from voltloom.live.gateway.events import EventKind, GatewayEvent

_log = logging.getLogger("voltloom.live")
QUIET_S: Final = 600.0  # the same refusal of the same station is told once in this time
REMEMBERED_COUNT: Final = 10_000
_ALWAYS: Final = frozenset(
    {
        EventKind.OPENED,
        EventKind.PARKED,
        EventKind.APPROVED,
        EventKind.STATION_REFUSED,
        EventKind.PROFILE_RAISED,
        EventKind.SECRET_PROVED,
        EventKind.CLOSED,
    }
)


class Reporter:
    """Writes events to the log. clock: seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._told: OrderedDict[tuple[EventKind, str], tuple[float, int]] = OrderedDict()

    def report(self, event: GatewayEvent) -> None:
        """Write an event, or count it where the same was told just before."""
        unsaid_count = 0 if event.kind in _ALWAYS else self._unsaid(event)
        if unsaid_count is None:
            return
        words = [event.kind.value, event.identity, event.address]
        words += ["" if event.cause is None else event.cause.value, event.detail]
        if unsaid_count:
            words.append(f"({unsaid_count} more since it was last told)")
        _log.info("%s", " ".join(word for word in words if word))

    def _unsaid(self, event: GatewayEvent) -> int | None:
        """Return how often it was not told since it was last told; None while it is to be counted only."""
        key = (event.kind, event.identity or event.address)
        now_s = self._clock()
        since_s, count = self._told.get(key, (-QUIET_S, 0))
        if now_s - since_s < QUIET_S:
            self._told[key] = (since_s, count + 1)
            return None
        self._told[key] = (now_s, 0)
        self._told.move_to_end(key)
        if len(self._told) > REMEMBERED_COUNT:
            self._told.popitem(last=False)
        return count
