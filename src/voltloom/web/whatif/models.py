"""What is asked of a what-if run, and what it comes to, as the interface tells it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from voltloom.advisor.swept import FlipKind, Parameter
from voltloom.web.models import Asked

Value = float | str
Seconds = float
Amount = float  # in the unit of a parameter: seconds, a share, or how many times
Money = float  # in the currency
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]
Paper = Literal["report", "picture", "log"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]
Judgement = Literal["better", "worse", "too_small", "not_shown"]


class ContestantIn(Asked):
    """A policy that takes part: an architecture, and what it is tuned by (keys as in GET /api/v1/policies)."""

    name: str = Field(default="", max_length=60, pattern=r"^[\w .:+-]*$")
    architecture: str = Field(max_length=40)
    parameters: dict[str, Value] = Field(default_factory=dict, max_length=40)


class SweepIn(Asked):
    """What gets worse step by step. values: in the parameter's unit; empty for those of GET /api/v1/what-if/choices."""

    parameter: Parameter
    values: list[Amount] = Field(default_factory=list, max_length=6)


class WhatIfIn(Asked):
    """A run. One of recorded_days_count (1 is today), first_day with last_day (local days), and scenario (the name of a shipped one).
    faults: levels, each played. sensitivity: what would change the verdict.
    """

    title: Title = ""
    recorded_days_count: int | None = Field(default=None, ge=1, le=31)
    first_day: date | None = None
    last_day: date | None = None
    scenario: str | None = Field(default=None, max_length=60)
    policies: list[ContestantIn] = Field(min_length=1, max_length=6)
    faults: list[str] = Field(default=["none"], min_length=1, max_length=4)
    sensitivity: list[SweepIn] = Field(default_factory=list, max_length=2)


class SavedIn(Asked):
    """Whether a run is kept when newer ones need its place, and what it is called. What is left out stays."""

    is_saved: bool | None = None
    title: Annotated[Title, StringConstraints(min_length=1)] | None = None


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
    faults: str = "none"
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
    faults: str = "none"
    metric: str
    mean: str
    low: str
    high: str
    shows: Judgement


class SpanOut(BaseModel):
    """A mean with its 95 % interval over the days; null with fewer than two."""

    mean: Amount
    low: Amount | None
    high: Amount | None


class TradePointOut(BaseModel):
    """One policy at one level of faults. unmet_kwh: a day, what vehicles could have taken and did not get. cost_per_kwh: without the demand
    charge, in the currency; null without a tariff.
    """

    label: str
    faults: str
    days_count: int
    unmet_kwh: SpanOut
    cost_per_kwh: SpanOut | None


class ReadingOut(BaseModel):
    """What one policy came to at one value. cost_per_kwh: with the demand charge."""

    label: str
    delivered_ratio: float | None
    unmet_ratio: float
    cost_per_kwh: Money | None


class SweptPointOut(BaseModel):
    """The verdict at one value. words: the value as people read it. choice: null where no winner can be named."""

    value: Amount
    words: str
    choice: str | None
    is_safe: bool
    wanted_count: int
    added_count: int
    readings: list[ReadingOut]


class SweptOut(BaseModel):
    """What the verdict becomes while one thing gets worse. holds_to, flips_from: the two values between which it changes."""

    parameter: Parameter
    word: str
    sentence: str
    kind: FlipKind
    choice: str | None
    holds_to: Amount
    flips_from: Amount
    days_count: int
    points: list[SweptPointOut]


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
    trade_off: list[TradePointOut] = Field(default_factory=list)
    sensitivity: list[SweptOut] = Field(default_factory=list)
    notes: list[str]


class FailureOut(BaseModel):
    """Why a run could not be finished. seed: null where it failed before any world was played. log: its last lines; all of it is a paper."""

    why: str
    policy: str
    faults: str = ""
    seed: int | None
    log: list[str]


class RunOut(BaseModel):
    """A what-if run, of recorded days (first_day to last_day) or a scenario. place: 1 is next in the queue, 0 once it runs. papers: what can be
    fetched of it.
    """

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
    faults: list[str] = Field(default_factory=lambda: ["none"])
    sensitivity: list[Parameter] = Field(default_factory=list)
    papers: list[Paper] = Field(default_factory=list)
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
    """A shipped scenario. faults: the levels it can be played under."""

    name: str
    title: str
    faults: list[str]


class ParameterOut(BaseModel):
    """What may get worse step by step. unit: "s", or "ratio" for a share or how many times. values: what is tried where nothing is said."""

    parameter: Parameter
    word: str
    unit: Literal["s", "ratio"]
    values: list[Amount]
    least: Amount
    most: Amount


class ChoicesOut(BaseModel):
    """What a run may be made of. days: the newest first. explained: each architecture in a line. faults: levels for recorded days."""

    today: date
    days: list[DayOut]
    scenarios: list[ShippedOut]
    architectures: list[str]
    explained: dict[str, str]
    faults: list[str]
    parameters: list[ParameterOut]
    in_force: ContestantOut
