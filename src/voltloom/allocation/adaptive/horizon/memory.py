"""What a planner remembers beside its last plan: the highest power of the month so far, and what past days were worth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.site.network import Floats, Ints

DAY_STEP_S = 900.0


class DaySeen(NamedTuple):
    """The visits of a local day: serial, arrival_s, departure_s, need_kwh, most_kw, (n,) each.

    price_per_kwh: (t,) of steps of DAY_STEP_S from start_s on, as they were told when the day was first seen, CO2 apart; empty in
    a memory of before they were kept.
    """

    start_s: float
    is_workday: bool
    serial: Ints
    arrival_s: Floats
    departure_s: Floats
    need_kwh: Floats
    most_kw: Floats
    price_per_kwh: Floats = np.zeros(0)


class PeakSeen(NamedTuple):
    """The highest mean power of the month as measured, and what the days tell about the peak that pays.

    interval: number of the running one, and what it has drawn. worth_kwh: what the workdays so far were worth together under each
    peak of `day_worth.PEAKS_KW`, (k,), in delivered kWh; workdays: how many; days_off: how many beside them had so few visits that they
    teach nothing but that there are such days. variance_ratio: by how much a day's size varies by chance, as a logarithm, added up over
    the workdays. target_kw: the peak that is free after them; on the first days after those who came so far, too, as judged
    at judged_s.
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
    days_off: int = 0
    variance_ratio: float = 0.0
