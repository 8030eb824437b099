"""What a planner remembers: its last plan, the highest power of the month so far, and what past days were worth."""

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


class DaySeen(NamedTuple):
    """The visits of a local day: serial, arrival_s, departure_s, need_kwh, most_kw, (n,) each."""

    start_s: float
    is_workday: bool
    serial: Ints
    arrival_s: Floats
    departure_s: Floats
    need_kwh: Floats
    most_kw: Floats


class PeakSeen(NamedTuple):
    """The highest mean power of the month as measured, and what the days tell about the peak that pays.

    interval: number of the running one, and what it has drawn. worth: (60,) what the workdays so far would have been worth
    together under each peak of `hindsight.PEAKS_KW`, in units of a delivered kWh. workdays: how many. target_kw: the peak that
    pays best, NaN while no workday is known.
    """

    month_start_s: float
    highest_kw: float
    interval: int
    drawn_kwh: float
    seen_s: float
    today: DaySeen
    worth: Floats
    workdays: int
    target_kw: float
