"""Which limits of a command go out, and how high where the journal does not write."""

from __future__ import annotations

import numpy as np

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.command import SetLimits
from voltloom.site.network import Bools, Floats


def out_a(memory: ControllerMemory) -> Floats:
    """Return what a memory has let out, (n,), negative where a vehicle was told to feed back."""
    charge_a = memory.grants.limit_a.copy()
    return charge_a if memory.discharge is None else charge_a - memory.discharge.grants.limit_a


def parts(command: SetLimits, before_a: Floats) -> tuple[tuple[SetLimits, ...], tuple[SetLimits, ...]]:
    """Return what may go out at once, for it only lowers, and what must be durable before. before_a: (n,) what went out last.

    Either way the amount counts: more fed back is no fall. Who goes from charging to feeding back stops in between.
    """
    limit_a, held_a = command.limit_a, before_a[command.evses]
    falls = (limit_a >= 0.0) & (limit_a < held_a)
    fades = (limit_a <= 0.0) & (limit_a > held_a)
    now, after = split(command, falls | fades)
    stops = split(command, (limit_a < 0.0) & (held_a > 0.0))[0]
    return (*now, *(part._replace(limit_a=np.zeros(part.evses.size)) for part in stops)), after


def lowered_to(command: SetLimits, most_a: Floats) -> SetLimits:
    """Return a command that raises nobody above most_a, (n,) by EVSE, and lets nobody feed back more than that says."""
    held_a = most_a[command.evses]
    least_a = np.minimum(held_a, 0.0)
    return command._replace(limit_a=np.clip(command.limit_a, least_a, np.maximum(held_a, 0.0)))


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
