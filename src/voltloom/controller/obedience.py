"""Who is told to draw more than it may, and until when. What is reserved for it is decided in `sensing`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.memory import Accused, ControllerMemory
from voltloom.safety.settings import SafetySettings
from voltloom.session.alarms import Alarm, AlarmKind, raised
from voltloom.site.network import Bools, Floats


class Draws(NamedTuple):
    """What the newest readings show, (n,). disobedient: the verdict of `plausibility`. drawn_anyway_a: the draw of those above
    a limit that fell long ago, whatever lease excuses it, 0 elsewhere. usable: the reading may be believed.
    """

    disobedient: Bools
    drawn_anyway_a: Floats
    usable: Bools


def with_draws(memory: ControllerMemory, draws: Draws, settings: SafetySettings) -> Accused:
    """Return who is accused after a cycle's readings.

    Nobody is accused before its readings were too high, and its newest limit confirmed, for `confirm_s`: a station that did
    not hear of it yet, or takes none, disobeys nothing. It is over once the readings were within the limit for `recover_s`,
    or the vehicle left.
    """
    accused = memory.watches.accused
    is_over = draws.disobedient | (draws.drawn_anyway_a > 0.0)
    if accused.is_calm and not is_over.any():
        return accused
    grants, columns, sampled_s = memory.grants, memory.columns, memory.readings.sampled_s
    over_s = np.where(is_over, np.minimum(accused.over_s, sampled_s), np.inf)
    since_s = np.where(
        grants.confirmed_serial == grants.serial, np.maximum(over_s, grants.confirmed_s), np.inf
    )
    is_sure = draws.disobedient | (sampled_s - since_s >= settings.confirm_s)
    is_new = is_over & is_sure & columns.present & ~columns.cannot_stop
    is_within = (draws.drawn_anyway_a <= 0.0) & draws.usable
    within_s = np.where(is_within, np.minimum(accused.within_s, sampled_s), np.inf)
    is_well = is_within & ~draws.disobedient & (sampled_s - within_s >= settings.recover_s)
    told = (accused.told | is_new) & columns.present & ~is_well
    return Accused(told, over_s, within_s, is_calm=not (told | is_over).any())


def accusations(memory: ControllerMemory, after: Accused, now_s: float) -> tuple[Alarm, ...]:
    """Return the alarms of a cycle: who is accused now and was not before."""
    before = memory.watches.accused
    if before is after:
        return ()
    found = []
    for evse in (after.told & ~before.told).nonzero()[0].tolist():
        drawn_a, limit_a = memory.readings.current_a.item(evse), memory.grants.limit_a.item(evse)
        detail = f"{drawn_a:.1f} A, {limit_a:.1f} A allowed"
        source = memory.seats[evse].evse_id
        found.append(raised(AlarmKind.DISOBEYED_LIMIT, time_s=now_s, source=source, detail=detail))
    return tuple(found)
