"""Days as curves: what a quantity was at each step of the days before, and what that says of the hours to come.

A forecast is the mean of like days, plus today's departure from it as far as such departures have lasted before. How long they
last is learned (the autocorrelation of the days' own residuals), and so is the spread: the same forecast is made for every day
that is remembered, from the same time of day, and what it missed by are the samples of the quantiles. Curves are in any
one unit, the caller's, as in `spreads`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from voltloom.forecast.spreads import Amount, Amounts
from voltloom.site.network import Floats, Ints

KEPT_DAYS = 70
LEAST_SAMPLE_SHARE = 0.005


class Days(NamedTuple):
    """Days that are over, the newest last. day, kind: (d,), as in `LocalMoment`. values: (d, t), NaN where not measured."""

    day: Ints
    kind: Ints
    values: Amounts


class Measured(NamedTuple):
    """The days that are over and the one that runs. today: (t,), NaN where nothing was measured yet; day 0 before any."""

    days: Days
    day: int
    kind: int
    today: Amounts


class Now(NamedTuple):
    """Where a forecast starts. step: of this day, the first one to be told. kind, next_kind: of this day and the next."""

    day: int
    step: int
    kind: int
    next_kind: int


class Curve(NamedTuple):
    """A forecast for steps to come. mean: (h,); quantiles: (h, k), rising along each row."""

    mean: Amounts
    quantiles: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySettings:
    """What makes days alike. half_life_days: after which a day counts half; other_kind_weight: what another kind counts."""

    half_life_days: int = 10
    other_kind_weight: float = 0.001


def nothing_measured(steps_count: int) -> Measured:
    """Return the memory of a quantity with that many steps a day, before anything was measured."""
    none = np.zeros(0, dtype=np.int64)
    days = Days(none, none, np.zeros((0, steps_count)))
    return Measured(days, 0, 0, np.full(steps_count, np.nan))


def measured(memory: Measured, now: Now, value: Amount, *, kept: int = KEPT_DAYS) -> Measured:
    """Return the memory with the value of step `now.step`; a new day files the one before, the oldest beyond `kept` go.

    What comes for a day that is over is too late and ignored.
    """
    if now.day < memory.day:
        return memory
    if now.day > memory.day:
        days = memory.days if memory.day == 0 else _filed(memory, kept)
        memory = Measured(days, int(now.day), int(now.kind), np.full(memory.today.size, np.nan))
    today = memory.today.copy()
    today[now.step] = value
    return memory._replace(today=today)


def _filed(memory: Measured, kept: int) -> Days:
    return Days(
        day=np.append(memory.days.day, memory.day)[-kept:],
        kind=np.append(memory.days.kind, memory.kind)[-kept:],
        values=np.concatenate([memory.days.values, memory.today[None, :]])[-kept:],
    )


def like_weights(days: Days, day: int, kind: int, settings: DaySettings) -> Floats:
    """Return what each remembered day counts for a day of some kind, (d,); the newest of its kind counts about 1."""
    weights: Floats = np.exp2(-np.maximum(day - days.day, 0) / settings.half_life_days)
    return weights * np.where(days.kind == kind, 1.0, settings.other_kind_weight)


def ahead(
    memory: Measured, now: Now, count: int, probability: Floats, settings: DaySettings | None = None
) -> Curve:
    """Return the forecast of the next `count` steps, at most a day of them, at some probability (k,).

    Only days before now.day count, and of that day what lies before now.step. NaN where no day was measured at that time;
    quantiles also until two days of a kind were.
    """
    rules = settings or DaySettings()
    steps_count = memory.today.size
    assert 0 < count <= steps_count
    days = _days_before(memory, now)
    if days.day.size == 0:
        return Curve(np.full(count, np.nan), np.full((count, probability.size), np.nan))
    place = now.step + np.arange(count)
    is_today = (place < steps_count)[:, None]
    today_weights = like_weights(days, now.day, now.kind, rules)
    next_weights = like_weights(days, now.day + 1, now.next_kind, rules)
    values = days.values[:, place % steps_count].T
    mean = _weighted_mean(values, np.where(is_today, today_weights[None, :], next_weights[None, :]))
    residual = _residuals(days, rules)
    series = np.nan_to_num(residual).ravel()
    slow = _daily_mean(series, steps_count)
    lasting = _lasting(series, slow, count)
    # A sample of what may be missed: the same forecast, made on each of the days at this time.
    origin = np.arange(days.day.size) * steps_count + now.step - 1
    came = np.append(residual.ravel(), np.full(2 * steps_count, np.nan))[
        origin + 1 + np.arange(count)[:, None]
    ]
    then = np.stack([np.where(origin >= 0, series[origin], 0.0), np.where(origin >= 0, slow[origin], 0.0)])
    # An origin's next day is the row after it.
    weights = np.where(is_today, today_weights[None, :], np.append(next_weights[1:], 0.0)[None, :])
    centre = mean + lasting.T @ _away(memory, days, now, rules, series)
    return Curve(centre, centre[:, None] + weighted_quantiles(came - lasting.T @ then, weights, probability))


def weighted_quantiles(samples: Amounts, weights: Floats, probability: Floats) -> Amounts:
    """Return quantiles (n, k) of samples (n, s) with weights (n, s), NaN left out; NaN where nothing is left.

    The i-th of n equal samples stands at i / (n + 1), so that few samples give wide bands. A sample that counts less
    than LEAST_SAMPLE_SHARE of the heaviest is none: as the outermost it would be a whole band's edge.
    """
    weights = np.where(np.isnan(samples), 0.0, weights)
    weights = np.where(weights < LEAST_SAMPLE_SHARE * weights.max(axis=1, keepdims=True), 0.0, weights)
    order = np.argsort(samples, axis=1)
    samples, weights = np.take_along_axis(samples, order, 1), np.take_along_axis(weights, order, 1)
    total = weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        one_more = total + (weights**2).sum(axis=1, keepdims=True) / total
        place = weights.cumsum(axis=1) / one_more
    found = np.full((samples.shape[0], probability.size), np.nan)
    for row in np.flatnonzero(total[:, 0] > 0.0):
        counts = weights[row] > 0.0
        found[row] = np.interp(probability, place[row, counts], samples[row, counts])
    return found


def _weighted_mean(values: Amounts, weights: Floats) -> Amounts:
    """Return means (n,) of values (n, d), NaN left out; NaN where nothing is left."""
    weights = np.where(np.isnan(values), 0.0, weights)
    total = weights.sum(axis=1)
    mean = np.full(total.size, np.nan)
    np.divide((np.nan_to_num(values) * weights).sum(axis=1), total, out=mean, where=total > 0.0)
    return mean


def _days_before(memory: Measured, now: Now) -> Days:
    days = memory.days
    if 0 < memory.day < now.day:  # the new day has not been heard of yet
        days = _filed(memory, KEPT_DAYS)
    before = days.day < now.day
    return Days(days.day[before], days.kind[before], days.values[before])


def _residuals(days: Days, rules: DaySettings) -> Amounts:
    """Return what each day was above the mean of like days before it, (d, t); NaN where its kind was new."""
    weights = np.array(
        [like_weights(days, day, kind, rules) for day, kind in zip(days.day, days.kind, strict=True)]
    )
    weights = np.tril(weights, -1)
    known = np.isfinite(days.values)
    total = weights @ known
    mean = np.full(total.shape, np.nan)
    # Another kind of day is better than nothing for a forecast, but what it misses by says nothing of later days.
    is_known = np.tril(_is_alike(days, rules), -1) @ known > 0
    np.divide(weights @ np.nan_to_num(days.values), total, out=mean, where=is_known)
    residual: Amounts = days.values - mean
    return residual


def _is_alike(days: Days, rules: DaySettings) -> Floats:
    """Return 1 for each pair of days of one kind, (d, d); for all where kinds do not matter."""
    alike: Floats = np.where(days.kind[:, None] == days.kind[None, :], 1.0, rules.other_kind_weight == 1.0)
    return alike


def _away(memory: Measured, days: Days, now: Now, rules: DaySettings, series: Amounts) -> Amounts:
    """Return how far the newest value is from the mean of like days, and how far the last day was on average, (2,).

    series: the days' residuals, 0 where unknown. 0 where nothing is known.
    """
    steps_count = memory.today.size
    recent = series[-steps_count:] if days.day[-1] == now.day - 1 else np.zeros(steps_count)
    if memory.day == now.day:
        weights = like_weights(days, now.day, now.kind, rules)
        profile = _weighted_mean(days.values.T, np.broadcast_to(weights, days.values.T.shape))
        today = np.nan_to_num(memory.today - profile)[: now.step]
    else:
        today = np.zeros(now.step)
    recent = np.append(recent, today)[-steps_count:]
    return np.array([recent[-1], recent.mean()])


def _daily_mean(series: Amounts, steps_count: int) -> Amounts:
    """Return the mean of the day that ends with each step, (d * t,); what lies before the series counts as 0."""
    total = np.append(np.zeros(steps_count), series.cumsum())
    mean: Amounts = (total[steps_count:] - total[:-steps_count]) / steps_count
    return mean


def _lasting(series: Amounts, slow: Amounts, count: int) -> Floats:
    """Return what is left after 1, 2, ... steps of the newest departure and of the last day's, (2, count).

    The least-squares factors over the whole series.
    """
    causes = np.stack([series, slow])
    length = 2 * series.size  # zeros behind the series keep its end from meeting its beginning
    spectra = np.fft.rfft(causes, length, axis=1)
    lagged = np.fft.irfft(spectra.conj() * spectra[:1], length, axis=1)[:, 1 : count + 1]
    gram = causes @ causes.T
    if gram[0, 0] <= 0.0:
        return np.zeros((2, count))
    steady = gram + 1e-6 * gram[0, 0] * np.eye(2)
    factors: Floats = np.linalg.solve(steady, lagged)
    return factors
