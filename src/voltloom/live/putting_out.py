"""Which limits and powers of a command go out, and how high where the journal does not write."""

from __future__ import annotations

import numpy as np

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.command import SetBatteries, SetLimits
from voltloom.site.network import Bools

Leases = SetLimits | SetBatteries


class Out:
    """What went out last: it tells a fall from a rise. limit_a: (n,) by EVSE. power_w: (k,) by battery, charge positive."""

    def __init__(self, memory: ControllerMemory) -> None:
        self.limit_a = memory.grants.limit_a.copy()
        # A battery's link rests at first, whatever the memory says.
        self.power_w = np.zeros(0 if memory.storage is None else memory.storage.power_w.size)

    def note(self, command: Leases) -> None:
        """Take note of what goes out now."""
        if isinstance(command, SetLimits):
            self.limit_a[command.evses] = command.limit_a
        else:
            self.power_w[command.batteries] = command.power_w

    def lowers(self, command: Leases) -> Bools:
        """Return which parts of a command only lower, (k,): of a battery both what it charges and what it discharges with."""
        if isinstance(command, SetLimits):
            return command.limit_a < self.limit_a[command.evses]
        before_w = self.power_w[command.batteries]
        is_less: Bools = abs(command.power_w) < abs(before_w)
        return is_less & (command.power_w * before_w >= 0.0)

    def lowered(self, command: Leases) -> Leases:
        """Return a command that raises nothing above what went out last: also a renewal."""
        if isinstance(command, SetLimits):
            most_a = self.limit_a[command.evses]
            return command._replace(limit_a=np.minimum(command.limit_a, most_a))
        before_w = self.power_w[command.batteries]
        least_w, most_w = np.minimum(before_w, 0.0), np.maximum(before_w, 0.0)
        return command._replace(power_w=np.clip(command.power_w, least_w, most_w))


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
