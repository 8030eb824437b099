"""Conditions that must last before an alarm tells of them, and be gone for a while before it is over."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.session.alarms import Alarm
from voltloom.site.network import Bools, Floats


class Lasting(NamedTuple):
    """A condition of each outlet or row, (k,). told: it is told of. turned_s: since when it is not as told, inf where it is.

    is_calm: nothing is told of, nor begins.
    """

    told: Bools
    turned_s: Floats
    is_calm: bool = True


class Ailing(NamedTuple):
    """What alarms tell of that must last. stale_rows, reach: of the rows, (m,). stale_evses, leases: of the outlets, (n,)."""

    stale_rows: Lasting
    stale_evses: Lasting
    leases: Lasting
    reach: Lasting


class StandingAlarms(NamedTuple):
    """What alarms tell of that lasts. alarms: as each was raised first. over: ended since the cycle before. ailing: None before
    the first cycle.
    """

    alarms: tuple[Alarm, ...] = ()
    over: tuple[Alarm, ...] = ()
    ailing: Ailing | None = None


def first_ailing(evses_count: int, rows_count: int) -> Ailing:
    """Return what is told of before the first cycle: nothing."""
    of_evses, of_rows = _nothing(evses_count), _nothing(rows_count)
    return Ailing(stale_rows=of_rows, stale_evses=of_evses, leases=of_evses, reach=of_rows)


def _nothing(count: int) -> Lasting:
    return Lasting(np.zeros(count, dtype=np.bool_), np.full(count, np.inf))


def lasting(before: Lasting, is_so: Bools, now_s: float, *, begins_s: float, ends_s: float) -> Lasting:
    """Return what is told of after a cycle, (k,). is_so: the condition now, (k,).

    begins_s, ends_s: how long it must hold before it is told of, and be gone before it is not.
    """
    if before.is_calm and not is_so.any():
        return before
    differs = is_so != before.told
    turned_s = np.where(differs, np.minimum(before.turned_s, now_s), np.inf)
    turns = differs & (now_s - turned_s >= np.where(is_so, begins_s, ends_s))
    told, turned_s = before.told ^ turns, np.where(turns, np.inf, turned_s)
    return Lasting(told, turned_s, is_calm=not (told | (turned_s < np.inf)).any())
