"""What a planner remembers: its last plan, and the highest power of the month so far."""

from __future__ import annotations

from typing import NamedTuple

from voltloom.site.network import Floats, Ints


class Plan(NamedTuple):
    """A plan that was made. edge_s: (t + 1,) where its steps begin and end. serial: (n,) sessions. current_a: (n, t).

    departure_s: (n,) and rating_a: (m,) it was made with. is_failed: no plan could be made then, and the rules ruled.
    """

    made_s: float
    edge_s: Floats
    serial: Ints
    current_a: Floats
    departure_s: Floats
    rating_a: Floats
    is_failed: bool = False


class PeakSeen(NamedTuple):
    """The highest mean power of the month, as measured. interval: number of the running one, and what it has drawn."""

    month_start_s: float
    highest_kw: float
    interval: int
    drawn_kwh: float
    seen_s: float
