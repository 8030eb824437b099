"""How a wanted limit becomes one that cars and drivers can live with: fall at once, rise slowly, not too often.

1. A fall is never delayed, unless it is smaller than `deadband_a` and nothing needs it (`limiting.kernels.keep_high`).
2. A rise waits `dwell_s` after the last fall of the same EVSE (no oscillation), except the first start of a session.
3. A rise climbs at most `ramp_a_per_s`, counted from when the limit last changed (at most a minute back), so that
   whole-ampere steps do not freeze it; a start goes to the minimum at once, as there is nothing between 0 and it. Where
   that does not reach what is wanted yet, it gathers for a control period (at most that minute) before it is sent: a
   shell that decides on every reading climbs in the same steps as one that decides once a period.
4. A rise smaller than `deadband_a` is not sent unless it has been wanted for a dwell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.limiting.kernels import SmoothingRules, moves_after
from voltloom.controller.settings import SmoothingSettings
from voltloom.site.network import Floats

CLIMB_MEMORY_S = 60.0


class Moves(NamedTuple):
    """When each EVSE's limit last changed, fell and rose, (n,); -inf for never in this session."""

    changed_s: Floats
    fell_s: Floats


def no_moves(count: int) -> Moves:
    """Return the memory before the first change."""
    return Moves(changed_s=np.full(count, -np.inf), fell_s=np.full(count, -np.inf))


def rules_of(settings: SmoothingSettings, period_s: float) -> SmoothingRules:
    """Return the numbers that `limiting.kernels.held_back` goes by. period_s: between two cycles without events."""
    gather_s = min(period_s, CLIMB_MEMORY_S)
    return settings.ramp_a_per_s, CLIMB_MEMORY_S, gather_s, settings.deadband_a, settings.dwell_s


def moved(moves: Moves, before_a: Floats, after_a: Floats, now_s: float) -> Moves:
    """Return the memory after limits changed."""
    changed_s, fell_s = moves_after(moves.changed_s, moves.fell_s, before_a, after_a, now_s)
    return Moves(changed_s, fell_s)


def forgotten(moves: Moves, evse: int) -> Moves:
    """Return the memory after a session began or ended at an EVSE: the next one owes nothing to it."""
    changed_s, fell_s = moves.changed_s.copy(), moves.fell_s.copy()
    changed_s[evse] = fell_s[evse] = -np.inf
    return moves._replace(changed_s=changed_s, fell_s=fell_s)
