"""Whether a reading cannot wait for the next tick."""

from __future__ import annotations

from collections.abc import Sequence

from voltloom.session.events import Event, EvseReadings, RowReadings
from voltloom.site.network import Floats


def is_too_much(events: Sequence[Event], limit_a: Floats, rating_a: Floats, tolerance_a: float) -> bool:
    """Say whether a reading shows more than its outlet was allowed, or more than its circuit is rated for.

    limit_a: by EVSE. rating_a: by row of the network.
    """
    for event in events:
        if isinstance(event, EvseReadings):
            if event.evses.size == 1:  # as from every station
                if event.current_a.item() > limit_a.item(event.evses.item()) + tolerance_a:
                    return True
                continue
            most_a = limit_a[event.evses] + tolerance_a
        elif isinstance(event, RowReadings):
            most_a = rating_a[event.rows]
        else:
            continue
        if (event.current_a > most_a).any():
            return True
    return False
