"""Which limits and powers of a command go out, and how high where the journal does not write."""

from __future__ import annotations

import numpy as np

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.command import SetBatteries, SetLimits
from voltloom.site.network import Bools, Floats

Leases = SetLimits | SetBatteries


class Out:
    """What went out last: it tells a fall from a rise. limit_a: (n,) by EVSE, negative where a vehicle was told to feed back.
    power_w: (k,) by battery, charge positive.
    """

    def __init__(self, memory: ControllerMemory) -> None:
        self.limit_a = memory.grants.limit_a.copy()
        if memory.discharge is not None:
            self.limit_a -= memory.discharge.grants.limit_a
        # A battery's link rests at first, whatever the memory says.
        self.power_w = np.zeros(0 if memory.storage is None else memory.storage.power_w.size)

    def note(self, command: Leases) -> None:
        """Take note of what goes out now."""
        if isinstance(command, SetLimits):
            self.limit_a[command.evses] = command.limit_a
        else:
            self.power_w[command.batteries] = command.power_w

    def parts(self, command: Leases) -> tuple[tuple[Leases, ...], tuple[Leases, ...]]:
        """Return what may go out at once, for it only lowers, and what must be durable before.

        Either way the amount counts: more fed back is no fall. Who goes from charging to feeding back stops in between.
        """
        if isinstance(command, SetBatteries):
            return split(command, _is_less(command.power_w, self.power_w[command.batteries]))
        wanted_a, held_a = command.limit_a, self.limit_a[command.evses]
        now, after = split(command, _is_less(wanted_a, held_a))
        turns = (wanted_a < 0.0) & (held_a > 0.0)
        if not turns.any():
            return now, after
        stop = _part(command._replace(limit_a=np.zeros(wanted_a.size)), turns)
        return (*now, stop), after

    def lowered(self, command: Leases) -> Leases:
        """Return a command that raises nothing above what went out last, either way: also a renewal."""
        if isinstance(command, SetLimits):
            held_a = self.limit_a[command.evses]
            return command._replace(limit_a=_within(command.limit_a, held_a))
        held_w = self.power_w[command.batteries]
        return command._replace(power_w=_within(command.power_w, held_w))


def _is_less(wanted_a: Floats, held_a: Floats) -> Bools:
    """Return which amounts (of current or power) are less than before in the same direction, or nothing any more."""
    less: Bools = (np.abs(wanted_a) < np.abs(held_a)) & (wanted_a * held_a >= 0.0)
    return less


def _within(wanted_a: Floats, held_a: Floats) -> Floats:
    """Return amounts that are no more than before in either direction."""
    return np.clip(wanted_a, np.minimum(held_a, 0.0), np.maximum(held_a, 0.0))


def is_newest(command: Leases, memory: ControllerMemory) -> Bools:
    """Return which parts of a command nothing newer was decided for, (k,)."""
    if isinstance(command, SetLimits):
        serial = memory.grants.serial[command.evses]
    else:
        assert memory.storage is not None, "only a site with batteries commands them"
        serial = memory.storage.charge.serial[command.batteries]
    newest: Bools = serial == command.serial
    return newest


def split(command: Leases, chosen: Bools) -> tuple[tuple[Leases, ...], tuple[Leases, ...]]:
    """Return the parts of a command that are chosen, and the others; nothing where there are none."""
    first, second = ((_part(command, some),) if some.any() else () for some in (chosen, ~chosen))
    return first, second


def _part(command: Leases, some: Bools) -> Leases:
    until_s, serial = command.lease_until_s[some], command.serial[some]
    if isinstance(command, SetLimits):
        return SetLimits(command.time_s, command.evses[some], command.limit_a[some], until_s, serial)
    return SetBatteries(command.time_s, command.batteries[some], command.power_w[some], until_s, serial)
