"""Which limits of a command go out, and how high where the journal does not write."""

from __future__ import annotations

import numpy as np

from voltloom.decision.command import SetLimits
from voltloom.site.network import Bools, Floats


def lowered_to(command: SetLimits, most_a: Floats) -> SetLimits:
    """Return a command that raises nobody above most_a, (n,) by EVSE."""
    return SetLimits(
        time_s=command.time_s,
        evses=command.evses,
        limit_a=np.minimum(command.limit_a, most_a[command.evses]),
        lease_until_s=command.lease_until_s,
        serial=command.serial,
    )


def split(command: SetLimits, chosen: Bools) -> tuple[tuple[SetLimits, ...], tuple[SetLimits, ...]]:
    """Return the limits of a command that are chosen, and the others; nothing where there are none."""
    first, second = (
        (
            SetLimits(
                time_s=command.time_s,
                evses=command.evses[some],
                limit_a=command.limit_a[some],
                lease_until_s=command.lease_until_s[some],
                serial=command.serial[some],
            ),
        )
        if some.any()
        else ()
        for some in (chosen, ~chosen)
    )
    return first, second
