"""What feeds in may vanish: how much other load to plan with on rows where PV or a battery makes the meter show less.

A meter tells what the building takes less what is generated below it. The generation can be gone before the next cycle,
so cars get no room from it: the other load counts as if nothing were generated (docs/decisions/0018-storage-and-v2g.md).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.site.network import Bools, Floats


class FeedIn(NamedTuple):
    """What may feed into each row, (m,). most_a: the most of it, inf where something may and nobody knows how much.

    least_other_a: the least that other load may seem to be because of it, never above 0.
    """

    most_a: Floats
    least_other_a: Floats


def feed_in(most_a: Floats, is_unknown: Bools) -> FeedIn:
    """Return what may feed in, given the most of it, (m,), and the rows where nobody knows it, (m,)."""
    return FeedIn(most_a=np.where(is_unknown, np.inf, most_a), least_other_a=0.0 - most_a)


def without_feed_in(other_a: Floats, planned_other_a: Floats, most_a: Floats) -> Floats:
    """Return the other load to plan with, (m,), never less than other_a, which a meter shows beside the outlets.

    most_a: what may be feeding in. Without it the other load is at most other_a + most_a, and no more than was planned or
    is seen.
    """
    alone_a: Floats = np.minimum(np.maximum(planned_other_a, other_a), other_a + most_a)
    return alone_a
