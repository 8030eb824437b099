"""What an operator ordered for one outlet by hand, while it lasts."""

from __future__ import annotations

from typing import NamedTuple


class OutletOrder(NamedTuple):
    """An operator's word about the visit at an outlet; it ends by itself at until_s (inf: never before) and with that visit.

    serial: of the visit. most_a: the most on each phase, 0 pauses, None bounds nothing. is_boosted: served before all others.
    """

    evse: int
    serial: int
    most_a: float | None
    is_boosted: bool
    until_s: float
