"""How long each vehicle will stay and how much it will take, as distributions.

Four layers, each believed by how much it rests on, and the rest left to the one below (partial pooling): the driver's
own visits, visits where the same was typed, visits at like times of day, and a prior. What a driver typed is never
taken for the truth: in the layer of like typing it says which visits resemble this one; in the driver's own layer the
driver's earlier errors are added to it. docs/forecasts.md tells how well that does.

A layer's curves are made once a visit begins or a need changes (`likely`); a cycle only asks them what is left, given
that the vehicle is still there (`departures`, `still_there`, `energies`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from voltloom.forecast.local_time import apart_on_the_clock_s
from voltloom.forecast.spreads import (
    Amount,
    Amounts,
    given_passed,
    means_given,
    quantiles_given,
    survival_of,
)
from voltloom.forecast.visits import NOBODY, Visit, Visits
from voltloom.site.network import Bools, Floats
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

_HOURS = np.concatenate(
    [np.arange(0, 12, 1 / 12), np.arange(12, 24, 0.25), np.arange(24, 48, 1.0), np.arange(48, 337, 12.0)]
)
STAY_GRID_S: Floats = _HOURS * SECONDS_PER_HOUR
ENERGY_GRID_WH: Floats = 1000.0 * np.concatenate(
    [np.arange(0, 20, 0.25), np.arange(20, 60, 1.0), np.geomspace(60, 1000, 24)]
)
LEAST_STAY_S = 300.0
LEAST_TYPED_WH = 1000.0
_NEVER_ALIKE = 1e4  # squared distance

# Nothing is impossible: a stay beyond every sample goes on as long again, about.
_TAIL_PROBABILITY = 0.004
_STAY_TAIL: Floats = (1.0 + STAY_GRID_S / SECONDS_PER_HOUR) ** -1.5
_ENERGY_TAIL: Floats = (1.0 + ENERGY_GRID_WH / 10_000.0) ** -3.0
# Until a site has seen anybody: stays and energies spread evenly in their logarithms, and typed values that err as
# they did in the public ACN data (a third leave early; half of the typed energy is taken).
_PRIOR_STAY_S = SECONDS_PER_HOUR * np.geomspace(0.5, 14.0, 15)
_PRIOR_WH = np.geomspace(1500.0, 50_000.0, 15)
_PRIOR_ERROR_S = SECONDS_PER_HOUR * np.array([-4.5, -2.5, -1.0, -0.2, 0.1, 0.4, 0.8, 1.5, 2.8, 5.0])
_PRIOR_TAKEN_RATIO = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.95, 1.1])


@dataclass(frozen=True, slots=True, kw_only=True)
class StaySettings:
    """What counts as alike, and how many visits a layer needs to be believed half.

    near_s: spread in times of day. near_stay_ratio, near_energy_ratio: in the logarithm of what was typed. half_life_s: after
    which a visit counts half. other_kind_weight: what a visit on another kind of day counts. own_visits: the newest of
    a driver. *_half_count: the effective number of visits at which a layer is believed half.
    """

    near_s: float = 3600.0
    near_stay_ratio: float = 0.25
    near_energy_ratio: float = 0.2
    half_life_s: float = 42.0 * SECONDS_PER_DAY
    other_kind_weight: float = 0.1
    own_visits: int = 30
    prior_half_count: float = 3.0
    typed_half_count: float = 2.0
    own_half_count: float = 6.0


class Outlooks(NamedTuple):
    """What is likely for n visits. arrival_s: (n,). stay_probability: (n, g), to stay longer than STAY_GRID_S;
    energy_probability: (n, h), to take more than ENERGY_GRID_WH.
    """

    arrival_s: Floats
    stay_probability: Floats
    energy_probability: Floats


class Departures(NamedTuple):
    """When vehicles leave. quantile_s: (n, k) in Unix time, rising along each row; mean_s: (n,)."""

    quantile_s: Floats
    mean_s: Floats


class Energies(NamedTuple):
    """What vehicles take in all, from plug-in to unplug. quantile_wh: (n, k), rising along each row; mean_wh: (n,)."""

    quantile_wh: Floats
    mean_wh: Floats


class _Layer(NamedTuple):
    """Samples of one layer, (s,), with their weights; half_count: see StaySettings."""

    dwell_s: Floats
    energy_wh: Floats
    weights: Floats
    half_count: float


def likely(visits: Visits, asked: Sequence[Visit], settings: StaySettings | None = None) -> Outlooks:
    """Return what is likely for some visits as of their arrival, rows in the order of `asked`.

    What is asked about must not be among the visits; its dwell_s and energy_wh are not looked at.
    """
    rules = settings or StaySettings()
    curves = [_curves(visits, visit, rules) for visit in asked]
    return Outlooks(
        arrival_s=np.array([visit.arrival_s for visit in asked]),
        stay_probability=np.array([stay for stay, _ in curves]).reshape(len(asked), STAY_GRID_S.size),
        energy_probability=np.array([energy for _, energy in curves]).reshape(
            len(asked), ENERGY_GRID_WH.size
        ),
    )


def stacked(outlooks: Sequence[Outlooks]) -> Outlooks:
    """Return outlooks that were made one by one, at least one, as one with all their rows in order."""
    return Outlooks(*(np.concatenate(columns) for columns in zip(*outlooks, strict=True)))


def departures(outlooks: Outlooks, now_s: float, probability: Floats) -> Departures:
    """Return when vehicles that are still there leave, at some probability (k,)."""
    passed_s = np.maximum(now_s - outlooks.arrival_s, 0.0)
    stay_s = quantiles_given(STAY_GRID_S, outlooks.stay_probability, passed_s, probability)
    mean_s = means_given(STAY_GRID_S, outlooks.stay_probability, passed_s)
    return Departures(quantile_s=outlooks.arrival_s[:, None] + stay_s, mean_s=outlooks.arrival_s + mean_s)


def still_there(outlooks: Outlooks, now_s: float, at_s: Floats) -> Floats:
    """Return the probability (n, t) that vehicles which are there now are still there at moments at_s (t,)."""
    passed_s = np.maximum(now_s - outlooks.arrival_s, 0.0)
    return given_passed(
        STAY_GRID_S, outlooks.stay_probability, passed_s, at_s[None, :] - outlooks.arrival_s[:, None]
    )


def energies(outlooks: Outlooks, taken_wh: Floats, probability: Floats) -> Energies:
    """Return what vehicles take in all, given what they have taken already, (n,), at some probability (k,)."""
    passed_wh = np.maximum(taken_wh, 0.0)
    return Energies(
        quantile_wh=quantiles_given(ENERGY_GRID_WH, outlooks.energy_probability, passed_wh, probability),
        mean_wh=means_given(ENERGY_GRID_WH, outlooks.energy_probability, passed_wh),
    )


def _curves(visits: Visits, asked: Visit, rules: StaySettings) -> tuple[Floats, Floats]:
    """Return the curves of one visit, (g,) and (h,)."""
    stay, energy = _prior(asked)
    for layer in _layers(visits, asked, rules):
        total_weight = layer.weights.sum()
        if total_weight <= 0.0:
            continue
        effective_count = total_weight**2 / (layer.weights**2).sum()
        share = effective_count / (effective_count + layer.half_count)
        stay += share * (survival_of(STAY_GRID_S, layer.dwell_s, layer.weights) - stay)
        energy += share * (survival_of(ENERGY_GRID_WH, layer.energy_wh, layer.weights) - energy)
    stay += _TAIL_PROBABILITY * (_STAY_TAIL - stay)
    energy += _TAIL_PROBABILITY * (_ENERGY_TAIL - energy)
    return stay, energy


def _prior(asked: Visit) -> tuple[Floats, Floats]:
    stay_s, taken_wh = _PRIOR_STAY_S, _PRIOR_WH
    if not math.isnan(asked.typed_stay_s):
        stay_s = np.maximum(asked.typed_stay_s + _PRIOR_ERROR_S, LEAST_STAY_S)
    if not math.isnan(asked.typed_wh):
        taken_wh = asked.typed_wh * _PRIOR_TAKEN_RATIO
    return _even(STAY_GRID_S, stay_s), _even(ENERGY_GRID_WH, taken_wh)


def _even(grid: Amounts, samples: Amounts) -> Floats:
    return survival_of(grid, samples, np.ones(samples.size))


def _layers(visits: Visits, asked: Visit, rules: StaySettings) -> list[_Layer]:
    """Return the layers above the prior, the driver's own last."""
    age_s = np.maximum(asked.arrival_s - visits.arrival_s, 0.0)
    recent = np.exp2(-age_s / rules.half_life_s)
    recent *= np.where(visits.kind == int(asked.local.kind), 1.0, rules.other_kind_weight)
    apart_s = apart_on_the_clock_s(visits.of_day_s, asked.local.of_day_s)
    at_like_times = recent * _bell(apart_s / rules.near_s)
    layers = [_Layer(visits.dwell_s, visits.energy_wh, at_like_times, rules.prior_half_count)]
    alike = _apart(visits.typed_stay_s, asked.typed_stay_s, LEAST_STAY_S, rules.near_stay_ratio) + _apart(
        visits.typed_wh, asked.typed_wh, LEAST_TYPED_WH, rules.near_energy_ratio
    )
    weights = at_like_times * np.exp(-0.5 * alike)
    layers.append(_Layer(visits.dwell_s, visits.energy_wh, weights, rules.typed_half_count))
    mine = np.flatnonzero(visits.user == asked.user)[-rules.own_visits :]
    if asked.user != NOBODY and mine.size:
        own = Visits._make(column[mine] for column in visits)
        weights = recent[mine] * _bell(apart_s[mine] / (3.0 * rules.near_s))
        layers.append(_own_layer(own, asked, weights, rules.own_half_count))
    return layers


def _own_layer(own: Visits, asked: Visit, weights: Floats, half_count: float) -> _Layer:
    """Return what a driver's own visits say: the errors of what was typed, added to what is typed now."""
    err_s = own.dwell_s - own.typed_stay_s
    taken_ratio = own.energy_wh / np.maximum(own.typed_wh, LEAST_TYPED_WH)
    dwell_s = np.where(_both(err_s, asked.typed_stay_s), asked.typed_stay_s + err_s, own.dwell_s)
    energy_wh = np.where(_both(taken_ratio, asked.typed_wh), asked.typed_wh * taken_ratio, own.energy_wh)
    return _Layer(np.maximum(dwell_s, LEAST_STAY_S), energy_wh, weights, half_count)


def _both(known: Amounts, asked: Amount) -> Bools:
    found: Bools = np.isfinite(known) & math.isfinite(asked)
    return found


def _apart(typed: Amounts, now: Amount, least: Amount, near_ratio: float) -> Floats:
    """Return the squared distance of what was typed from what is typed now, in units of near_ratio, (v,).

    Drivers who type nothing are alike, and so unlike those who do that neither counts for the other.
    """
    silent = np.isnan(typed)
    if math.isnan(now):
        return np.where(silent, 0.0, _NEVER_ALIKE)
    apart = np.log(np.maximum(typed, least) / max(now, least)) / near_ratio
    return np.where(silent, _NEVER_ALIKE, apart**2)


def _bell(apart_ratio: Floats) -> Floats:
    bell: Floats = np.exp(-0.5 * apart_ratio**2)
    return bell
