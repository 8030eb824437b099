"""How a wanted limit becomes one that cars and drivers can live with: fall at once, rise slowly, not too often.

1. A fall is never delayed.
2. A rise waits `dwell_s` after the last fall of the same EVSE (no oscillation), except the first start of a session.
3. A rise climbs at most `ramp_a_per_s`, counted from when the limit last changed (at most a minute back), so that
   whole-ampere steps do not freeze it; a start goes to the minimum at once, as there is nothing between 0 and it.
4. A rise smaller than `deadband_a` is not sent unless it has been wanted for a dwell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.settings import SmoothingSettings
from voltloom.decision.reason import Cause
from voltloom.site.network import Bools, Floats, Ints

CLIMB_MEMORY_S = 60.0


class Moves(NamedTuple):
    """When each EVSE's limit last changed, fell and rose, (n,); -inf for never in this session."""

    changed_s: Floats
    fell_s: Floats


def no_moves(count: int) -> Moves:
    """Return the memory before the first change."""
    return Moves(changed_s=np.full(count, -np.inf), fell_s=np.full(count, -np.inf))


def smoothed(
    wanted_a: Floats,
    before_a: Floats,
    min_a: Floats,
    moves: Moves,
    now_s: float,
    settings: SmoothingSettings,
) -> tuple[Floats, Ints]:
    """Return limits (n,) that rise within the rules, and the `Cause` of each that was held back (-1 elsewhere)."""
    held_by = np.full(wanted_a.size, -1, dtype=np.int64)
    rises = wanted_a > before_a + 1e-9
    if not rises.any():
        return wanted_a, held_by
    limit = wanted_a.copy()
    if settings.ramp_a_per_s > 0.0:
        since_s = np.minimum(now_s - moves.changed_s, CLIMB_MEMORY_S)
        climbed = np.where(before_a > 0.0, before_a + settings.ramp_a_per_s * since_s, min_a)
        ramped = rises & (climbed < limit - 1e-9)
        limit = np.where(ramped, climbed, limit)
        held_by[ramped] = Cause.RAMP
    if settings.deadband_a > 0.0:
        settled = now_s - moves.changed_s >= settings.dwell_s
        small = rises & (limit - before_a < settings.deadband_a) & (before_a > 0.0) & ~settled
        limit = np.where(small, before_a, limit)
        held_by[small] = Cause.DEADBAND
    if settings.dwell_s > 0.0:
        soon = rises & (now_s - moves.fell_s < settings.dwell_s)
        limit = np.where(soon, before_a, limit)
        held_by[soon] = Cause.DWELL
    return limit, held_by


def moved(moves: Moves, before_a: Floats, after_a: Floats, now_s: float) -> Moves:
    """Return the memory after limits changed."""
    changed = np.abs(after_a - before_a) > 1e-9
    if not changed.any():
        return moves
    fell = after_a < before_a - 1e-9
    return Moves(
        changed_s=np.where(changed, now_s, moves.changed_s), fell_s=np.where(fell, now_s, moves.fell_s)
    )


def forgotten(moves: Moves, evse: int) -> Moves:
    """Return the memory after a session began or ended at an EVSE: the next one owes nothing to it."""
    changed_s, fell_s = moves.changed_s.copy(), moves.fell_s.copy()
    changed_s[evse] = fell_s[evse] = -np.inf
    return moves._replace(changed_s=changed_s, fell_s=fell_s)


def was_held(held_by: Ints) -> Bools:
    """Return which rises were held back, (n,)."""
    return held_by >= 0
