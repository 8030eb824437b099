"""How old a reading is and what that costs: a wider margin first, no use of the reading at all in the end.

Silence counts as danger: an age that is unknown (NaN) or endless is silent, never fresh.

Whose clock counts: the sender's time stamp makes a reading older than its arrival, never younger. A stamp from the
future, a missing one, and one of a clock that was never set (1970, or anything more than a year old) say nothing
about the reading, so the time it was received counts. A stamp that is hours old is believed: stations replay what
they queued while offline, and an old value taken for a new one is the error that overloads a circuit.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from voltloom.safety.settings import SafetySettings
from voltloom.site.network import Bools, Floats, Ints

CLOCK_NEVER_SET_S = 365 * 86_400.0


class Freshness(IntEnum):
    """How far a reading may be trusted by its age alone; the higher the worse."""

    FRESH = 0
    AGEING = 1  # older than stale_s: the margin widens
    STALE = 2  # more than halfway to silence: too old for anything but a conservative allocation
    SILENT = 3  # not used at all: the planned worst case counts


def sample_time_s(sampled_s: Floats, received_s: Floats) -> Floats:
    """Return the moment each reading speaks for, (k,): the sender's stamp where it can be true, else its arrival."""
    with np.errstate(invalid="ignore"):  # -inf minus -inf: never received
        lag_s = received_s - sampled_s
    return np.where((lag_s >= 0.0) & (lag_s <= CLOCK_NEVER_SET_S), sampled_s, received_s)


def age_s(now_s: float, moment_s: Floats) -> Floats:
    """Return the ages of readings that speak for a moment, (k,); inf where there never was one (NaN or -inf)."""
    return np.where(np.isnan(moment_s), np.inf, np.maximum(now_s - moment_s, 0.0))


def freshness(age_s: Floats, settings: SafetySettings) -> Ints:
    """Return the `Freshness` of each age, (k,)."""
    halfway_s = (settings.stale_s + settings.silent_s) / 2.0
    ageing = ~(age_s <= settings.stale_s)
    stale = ageing & ~(age_s <= halfway_s)
    return ageing.astype(np.int64) + stale + silent(age_s, settings)


def silent(age_s: Floats, settings: SafetySettings) -> Bools:
    """Return whether each age, (k,), is silence. With silent_s = inf only what was never heard is silent."""
    return ~(age_s < settings.silent_s)


def row_margin(age_s: Floats, settings: SafetySettings) -> tuple[Floats, Bools]:
    """Return the part of each row's rating not to plan with, and whether its meter may be used, (m,) each.

    The margin grows linearly with age from margin_ratio at stale_s to stale_margin_ratio at silent_s and stays there
    for a meter that fell silent. A row that never had a reading (age inf) keeps the plain margin: its other load is
    the planned worst case, which needs no meter. Without `follows_meters` all rows are such rows.
    """
    if not settings.follows_meters:
        return np.full(age_s.shape, settings.margin_ratio), np.zeros(age_s.shape, dtype=np.bool_)
    widest_ratio = max(settings.margin_ratio, settings.stale_margin_ratio)
    usable = ~silent(age_s, settings)
    span_s = settings.silent_s - settings.stale_s
    if 1.0 <= span_s < np.inf:
        progress_ratio = np.clip((age_s - settings.stale_s) / span_s, 0.0, 1.0)
    else:
        progress_ratio = np.where(usable, 0.0, 1.0)
    margin_ratio = settings.margin_ratio + progress_ratio * (widest_ratio - settings.margin_ratio)
    margin_ratio[np.isposinf(age_s)] = settings.margin_ratio
    margin_ratio[np.isnan(age_s)] = widest_ratio
    return margin_ratio, usable
