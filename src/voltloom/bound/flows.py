"""What the clairvoyant chooses: the part of its greatest current that each vehicle draws in each stretch of its stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.bound.program import Rows, stacked
from voltloom.bound.stays import Stays
from voltloom.bound.stretches import Stretches
from voltloom.site.network import Floats, Ints
from voltloom.units import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flows:
    """One variable from 0 to 1 for each vehicle and stretch, (f,), a vehicle's in order of time and on end.

    stay: its place among the stays. begin: (v + 1,), the flows of stay s are begin[s] : begin[s + 1]. most_w, most_wh:
    power and energy at 1.
    """

    stay: Ints
    stretch: Ints
    begin: Ints
    most_w: Floats
    most_wh: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tapering:
    """Rows and equations that keep tapering batteries to what they accept, over `count` variables of their own."""

    count: int
    rows: Rows
    equations: Rows


def flows_of(stays: Stays, stretches: Stretches) -> Flows:
    """Return the flows of some stays; each of them begins and ends with a stretch."""
    first = np.searchsorted(stretches.first_step, stays.first_step)
    end = np.searchsorted(stretches.first_step, stays.end_step)
    counts = end - first
    begin = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    stay = np.repeat(np.arange(counts.size), counts)
    stretch = np.arange(begin[-1]) - begin[stay] + first[stay]
    most_w = (stays.most_a * stays.w_per_a)[stay]
    return Flows(
        stay=stay,
        stretch=stretch,
        begin=begin,
        most_w=most_w,
        most_wh=most_w * stretches.length_s[stretch] / SECONDS_PER_HOUR,
    )


def from_0_to_1(count: int) -> Rows:
    """Return the rows that keep the first variables between 0 and 1."""
    column = np.arange(count)
    return Rows(
        row=np.arange(2 * count),
        column=np.concatenate([column, column]),
        weight=np.repeat([-1.0, 1.0], count),
        most_weight=np.repeat([0.0, 1.0], count),
    )


def within_needs(stays: Stays, flows: Flows) -> Rows:
    """Return the rows that give nobody more than it takes, where it could."""
    possible_wh = np.bincount(flows.stay, weights=flows.most_wh, minlength=stays.visit.size)
    bound = possible_wh > stays.room_wh
    row_of = np.cumsum(bound) - 1
    mine = np.flatnonzero(bound[flows.stay])
    return Rows(
        row=row_of[flows.stay[mine]],
        column=mine,
        weight=flows.most_wh[mine] / stays.room_wh[flows.stay[mine]],
        most_weight=np.ones(int(bound.sum())),
    )


def within_tapers(stays: Stays, flows: Flows, stretches: Stretches, first_own: int) -> Tapering:
    """Return what keeps batteries that taper to what they accept in a stretch, given what they have taken before.

    A variable for each such stretch, from first_own on, is the part of what was missing on arrival that is taken by its beginning. Whatever
    the power inside a stretch was, what is missing falls at most exponentially (`Stays.tapered_ratio`); so this is never
    too low, and at the level of a step it is exact from the transition on.
    """
    rows, equations, column = [], [], first_own
    for stay in np.flatnonzero(np.isfinite(stays.taper_per_h)):
        mine = np.arange(flows.begin[stay], flows.begin[stay + 1])
        missing_wh, length_s = stays.missing_wh[stay], stretches.length_s[flows.stretch[mine]]
        taken_ratio = stays.those(np.full(mine.size, stay)).tapered_ratio(length_s)
        part = flows.most_wh[mine] / missing_wh
        most_before = np.minimum(np.cumsum(part) - part, stays.room_wh[stay] / missing_wh)
        bites = np.flatnonzero(part > taken_ratio * (1.0 - most_before) * (1.0 + 1e-12))
        if bites.size == 0:
            continue
        start, count = int(bites[0]), mine.size - int(bites[0])
        own = column + np.arange(count)
        column += count
        rows.append(
            Rows(
                row=np.tile(np.arange(count), 2),
                column=np.concatenate([mine[start:], own]),
                weight=np.concatenate([part[start:] / taken_ratio[start:], np.ones(count)]),
                most_weight=np.ones(count),
            )
        )
        # The first of its variables sums up all flows before; each later one adds the one flow in between.
        equations.append(
            Rows(
                row=np.concatenate(
                    [
                        np.arange(count),
                        np.arange(1, count),
                        np.zeros(start, dtype=np.int64),
                        np.arange(1, count),
                    ]
                ),
                column=np.concatenate([own, own[:-1], mine[:start], mine[start:-1]]),
                weight=np.concatenate([np.ones(count), -np.ones(count - 1), -part[:start], -part[start:-1]]),
                most_weight=np.zeros(count),
            )
        )
    return Tapering(count=column - first_own, rows=stacked(rows), equations=stacked(equations))
