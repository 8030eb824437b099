"""What a planner remembers beside its last plan: the highest power of the month so far, and what past days were worth."""

from __future__ import annotations

from typing import NamedTuple

from voltloom.site.network import Floats, Ints


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

    interval: number of the running one, and what it has drawn. worth_kwh: (k,) what the workdays so far would have been worth
    together under each peak of `hindsight.PEAKS_KW`, in units of a delivered kWh. workdays: how many. target_kw: the peak that
    pays best after them; before the first is over, after those who came so far, as judged at judged_s.
    """

    month_start_s: float
    highest_kw: float
    interval: int
    drawn_kwh: float
    seen_s: float
    today: DaySeen
    worth_kwh: Floats
    workdays: int
    target_kw: float
    judged_s: float
