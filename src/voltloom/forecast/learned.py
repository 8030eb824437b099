"""What a site has learned of its visits, and what that says of those who are there.

A visit's curves are made once when it begins or what was typed changes; in between a cycle asks for nothing but moments
of them, and those only every few minutes, since a vehicle that is still there is expected little later than before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from voltloom.forecast.comers import Comers
from voltloom.forecast.connection import Beside
from voltloom.forecast.skill import JUDGED_LEVELS, Skill, judged, unjudged
from voltloom.forecast.stays import Outlooks, departures, energies, likely, stacked
from voltloom.forecast.visits import Visit, Visits, kept_visits, newest_like, no_visits, remembered, visit_of
from voltloom.session.need import Need
from voltloom.session.record import SessionRecord
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

ASKED_EVERY_S = 300.0
# A careful quantile of stays and needs delivered hardly more on the measured days, and taught too high a peak.
MEDIAN: Floats = np.array([0.5])
FINE_PROBABILITY = 2.0**-14
DIGITS = 3
W_PER_KW = WH_PER_KWH = 1000.0


class Stay(NamedTuple):
    """A visit that goes on. need: as it was stated last. curves: None until somebody asks."""

    serial: int
    visit: Visit
    need: Need
    curves: Outlooks | None = None


class Learned(NamedTuple):
    """Visits that are over, those that go on, (n,) in EVSE order, None where nobody is, and what was said of them last.

    asked_s: when. departure_s, energy_wh: (n,) medians, NaN where nobody was. energy_wh: in all, from plug-in to unplug.
    stay_skill in s, energy_skill in Wh: of what was forecast when visits began, judged at their end. beside: of the grid
    connection, None where its meters do not tell. comers: who was likely still to come at asked_s, None before.
    """

    visits: Visits
    stays: tuple[Stay | None, ...]
    asked_s: float
    departure_s: Floats
    energy_wh: Floats
    stay_skill: Skill
    energy_skill: Skill
    beside: Beside | None = None
    comers: Comers | None = None


def nothing_learned(evse_count: int, visits: Visits | None = None) -> Learned:
    """Return the memory of a site. visits: what is known of those before."""
    unknown = np.full(evse_count, np.nan)
    known = no_visits() if visits is None else visits
    return Learned(known, (None,) * evse_count, -math.inf, unknown, unknown, unjudged(), unjudged())


def with_stays(learned: Learned, changed: Sequence[tuple[int, Stay | None]]) -> Learned:
    """Return the memory with other visits at some EVSEs."""
    stays = list(learned.stays)
    for evse, stay in changed:
        stays[evse] = stay
    return learned._replace(stays=tuple(stays), asked_s=-math.inf)


def with_records(learned: Learned, records: Sequence[SessionRecord], time_zone: str) -> Learned:
    """Return the memory with closed sessions among its visits; only those that were seen to begin count, and once."""
    begun = {stay.serial: evse for evse, stay in enumerate(learned.stays) if stay is not None}
    gone = list[tuple[int, Stay | None]]()
    for record in records:
        evse = begun.pop(record.serial, None)
        if evse is None:
            continue
        stay = learned.stays[evse]
        assert stay is not None
        over = visit_of(record, stay.need, time_zone, evse=evse)
        learned = _judged(learned, stay, over)
        kept = kept_visits(len(learned.stays))
        learned = learned._replace(visits=remembered(learned.visits, over, kept=kept))
        gone.append((evse, None))
    return with_stays(learned, gone) if gone else learned


def skills_of(learned: Learned) -> list[dict[str, str | int | float | None]]:
    """Return how good each forecast was: what, its unit, outcomes, mean_error_score in it, error_ratio, covered_ratio; None for none yet.

    error_ratio: mean error over that of a seasonal-naive forecast, below 1 is better. covered_ratio: of outcomes in the 80 % band.
    """
    found = [
        ("stay", "h", learned.stay_skill, SECONDS_PER_HOUR),
        ("energy", "kWh", learned.energy_skill, WH_PER_KWH),
    ]
    if learned.beside is not None:
        found.append(("load", "kW", learned.beside.load_skill, W_PER_KW))
        if learned.beside.suns:
            found.append(("sun", "kW", learned.beside.sun_skill, W_PER_KW))
    return [
        {
            "what": what,
            "unit": unit,
            "outcomes": skill.outcomes_count,
            "mean_error_score": _known(skill.mean_error_score / per_unit),
            "error_ratio": _known(skill.error_ratio),
            "covered_ratio": _known(skill.covered_ratio),
        }
        for what, unit, skill, per_unit in found
    ]


def _known(score: float) -> float | None:
    return round(score, DIGITS) if math.isfinite(score) else None


def _judged(learned: Learned, stay: Stay, over: Visit) -> Learned:
    """Return the memory with what was forecast of a visit at its beginning compared with what became of it."""
    if stay.curves is None or not learned.visits.user.size:
        return learned
    stay_s = departures(stay.curves, over.arrival_s, JUDGED_LEVELS).quantile_s - over.arrival_s
    takes_wh = energies(stay.curves, np.zeros(1), JUDGED_LEVELS).quantile_wh
    before = newest_like(learned.visits, over)
    dwell_s, took_wh = np.array([over.dwell_s]), np.array([over.energy_wh])
    return learned._replace(
        stay_skill=judged(learned.stay_skill, stay_s, learned.visits.dwell_s[before], dwell_s),
        energy_skill=judged(learned.energy_skill, takes_wh, learned.visits.energy_wh[before], took_wh),
    )


def _rounded(curves: Outlooks) -> Outlooks:
    """Return curves in steps of FINE_PROBABILITY: a memory that is kept every quarter of an hour is half as large then."""
    stay, energy = (
        np.round(curve / FINE_PROBABILITY) * FINE_PROBABILITY
        for curve in (curves.stay_probability, curves.energy_probability)
    )
    return Outlooks(curves.arrival_s, stay, energy)


def asked(learned: Learned, taken_wh: Floats, now_s: float) -> Learned:
    """Return the memory with what is expected of those who are there, made anew where they changed or time has passed.

    taken_wh: (n,) what each has taken so far.
    """
    if now_s < learned.asked_s + ASKED_EVERY_S:
        return learned
    stays = tuple(
        stay._replace(curves=_rounded(likely(learned.visits, [stay.visit])))
        if stay is not None and stay.curves is None
        else stay
        for stay in learned.stays
    )
    departure_s, energy_wh = np.full(len(stays), np.nan), np.full(len(stays), np.nan)
    here = [evse for evse, stay in enumerate(stays) if stay is not None]
    if here:
        curves = stacked([stay.curves for stay in stays if stay is not None and stay.curves is not None])
        departure_s[here] = departures(curves, now_s, MEDIAN).quantile_s[:, 0]
        energy_wh[here] = energies(curves, taken_wh[here], MEDIAN).quantile_wh[:, 0]
    return learned._replace(stays=stays, asked_s=now_s, departure_s=departure_s, energy_wh=energy_wh)
