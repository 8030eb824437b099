"""What goes out when a cycle failed: the limits that are always safe, known to the memory like every other limit."""

from __future__ import annotations

import numpy as np

from voltloom.controller.discharge.memory import with_grants
from voltloom.controller.leases.grants import ceiling_a, put_out, renewed_unseen, reserve_s
from voltloom.controller.leases.kernels import ENDS, to_send
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.ordered import lasting, most_a
from voltloom.controller.settings import ControlSettings
from voltloom.controller.smoothing import moved
from voltloom.decision.command import Command
from voltloom.safety.settings import SafetySettings
from voltloom.site.network import Network


def fallen(
    memory: ControllerMemory, network: Network, settings: ControlSettings, now_s: float
) -> tuple[ControllerMemory, tuple[Command, ...]]:
    """Return the memory and the commands that bring every outlet to its offline limit.

    While any outlet may still draw more than that, because it has not confirmed or cannot be reached, nobody is raised:
    those under their offline limit stay where they are. At the latest when the leases are over, all may rise to it.
    """
    offline_a, grants = network.offline_a, memory.grants
    is_down = bool(np.all(ceiling_a(grants, offline_a, now_s) <= offline_a))
    limit_a = offline_a if is_down else np.minimum(grants.limit_a, offline_a)
    if memory.orders:
        ordered_a = most_a(lasting(memory.orders, memory.columns, now_s), limit_a.size)
        limit_a = np.minimum(limit_a, np.where(ordered_a < memory.columns.min_a, 0.0, ordered_a))
    lease_s, before_a = settings.safety.lease_s, grants.limit_a
    if memory.discharge is not None:
        before_a = before_a - memory.discharge.grants.limit_a
    known = grants.lease_until_s, grants.serial, grants.confirmed_serial, grants.log_s
    evses = to_send(limit_a != before_a, *known, lease_s, now_s)
    failed = memory._replace(architecture_failed=True)
    if not evses.size:
        return failed, ()
    charge, command = put_out(grants, evses, limit_a, now_s=now_s, lease_s=lease_s)
    discharge = memory.discharge
    if discharge is not None:
        nothing_a = np.zeros(limit_a.size)
        discharge = with_grants(discharge, evses, nothing_a, grants.next_serial, now_s=now_s, lease_s=lease_s)
    moves = moved(memory.moves, before_a, charge.limit_a, now_s)
    return failed._replace(grants=charge, moves=moves, discharge=discharge), (command,)


def resumed(memory: ControllerMemory, settings: SafetySettings, now_s: float) -> ControllerMemory:
    """Return the memory of a controller that goes on after a restart: the limits known last may be in force for as long as the
    leases that were given last can have become since. Nothing that was fed back is allowed for longer than charging is; batteries
    never have the longer leases.
    """
    longest_s = reserve_s(memory.grants, settings, now_s)
    discharge, storage = memory.discharge, memory.storage
    if discharge is not None:
        ends_s = discharge.grants.log_s[ENDS]
        known_s = float(ends_s[-1]) - now_s if ends_s.size and settings.lease_s > 0.0 else 0.0
        grants = renewed_unseen(discharge.grants, now_s, max(longest_s, known_s))
        discharge = discharge._replace(grants=grants)
    if storage is not None:
        storage = storage._replace(
            charge=renewed_unseen(storage.charge, now_s, settings.lease_s),
            discharge=renewed_unseen(storage.discharge, now_s, settings.lease_s),
        )
    grants = renewed_unseen(memory.grants, now_s, longest_s)
    return memory._replace(grants=grants, discharge=discharge, storage=storage)
