"""What a planner remembers beside its last plan: the highest power of the month so far."""

from __future__ import annotations

from typing import NamedTuple


class PeakSeen(NamedTuple):
    """The highest mean power of the month, as measured. interval: number of the running one, and what it has drawn."""

    month_start_s: float
    highest_kw: float
    interval: int
    drawn_kwh: float
    seen_s: float
