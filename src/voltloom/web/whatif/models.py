"""What is asked of a what-if run, and what it comes to, as the interface tells it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from voltloom.web.models import Asked

Value = float | str
Seconds = float
State = Literal["waiting", "running", "done", "failed", "cancelled"]
Judgement = Literal["better", "worse", "too_small", "not_shown"]


class ContestantIn(Asked):
    """A policy that takes part: an architecture, and what it is tuned by (keys as in GET /api/v1/policies)."""

    name: str = Field(default="", max_length=60, pattern=r"^[\w .:+-]*$")
    architecture: str = Field(max_length=40)
    parameters: dict[str, Value] = Field(default_factory=dict, max_length=40)


class WhatIfIn(Asked):
    """A run. One of recorded_days_count (1 is today), first_day with last_day (local days), and scenario (the name of a shipped one)."""

    title: str = Field(default="", max_length=80)
    recorded_days_count: int | None = Field(default=None, ge=1, le=31)
    first_day: date | None = None
    last_day: date | None = None
    scenario: str | None = Field(default=None, max_length=60)
    policies: list[ContestantIn] = Field(min_length=1, max_length=6)


class SavedIn(Asked):
    """Whether a run is kept when newer ones need its place."""

    is_saved: bool


class ContestantOut(BaseModel):
    """A policy that took part. label: what tables call it."""

    label: str
    architecture: str
    parameters: dict[str, Value]


class RowOut(BaseModel):
    """One policy's numbers. unmet_count: visits that got under 99 % of what their vehicle could have taken. late_count: those of the
    stated_count that stated a need and left with under 99 % of it. overload_s: time with a circuit above its rating. changes_per_h: of each vehicle.
    """

    label: str
    energy_kwh: float
    delivered_ratio: float
    visits_count: int
    unmet_count: int
    late_count: int
    stated_count: int
    wait_s: Seconds | None
    peak_kw: float
    cost_minor: int | None
    overload_s: Seconds
    breaker_trips_count: int
    changes_per_h: float | None
    broke: str


class DifferenceOut(BaseModel):
    """Challenger minus champion on the same visits. mean, low, high: written out with their unit. shows: not_shown where the interval
    spans zero.
    """

    challenger: str
    champion: str
    metric: str
    mean: str
    low: str
    high: str
    shows: Judgement


class ResultOut(BaseModel):
    """What a run came to. recommended: null where no winner can be named. recorded_kwh: what was really delivered on these days."""

    headline: str
    reasons: list[str]
    what_would_change_it: list[str]
    confidence: str
    outcome: str
    recommended: str | None
    recorded_kwh: float | None
    currency: str
    minor_digits: int
    rows: list[RowOut]
    differences: list[DifferenceOut]
    notes: list[str]


class FailureOut(BaseModel):
    """Why a run could not be finished. seed: null where it failed before any world was played. log: its last lines."""

    why: str
    policy: str
    seed: int | None
    log: list[str]


class RunOut(BaseModel):
    """A what-if run. day_set: recorded days (first_day to last_day) or a scenario. place: 1 is next in the queue, 0 once it runs."""

    id: str
    title: str
    by: str
    asked: datetime
    state: State
    place: int
    done_ratio: float
    first_day: date | None
    last_day: date | None
    scenario: str
    visits_count: int
    policies: list[ContestantOut]
    is_saved: bool
    took_s: Seconds | None
    headline: str
    failure: FailureOut | None = None
    result: ResultOut | None = None


class DayOut(BaseModel):
    """A recorded local day of this site. visits_count: those that began on it; running_count: of them still plugged in."""

    day: date
    visits_count: int
    running_count: int


class ShippedOut(BaseModel):
    """A shipped scenario."""

    name: str
    title: str


class ChoicesOut(BaseModel):
    """What a run may be made of. days: the newest first."""

    today: date
    days: list[DayOut]
    scenarios: list[ShippedOut]
    architectures: list[str]
    in_force: ContestantOut
