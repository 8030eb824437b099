"""What goes out when a cycle failed: the limits that are always safe, known to the memory like every other limit."""

from __future__ import annotations

import numpy as np

from voltloom.controller.discharge.memory import with_grants
from voltloom.controller.leases.grants import Grants, ceiling_a, put_out
from voltloom.controller.leases.kernels import to_send
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.smoothing import moved
from voltloom.decision.command import Command
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
    lease_s, before_a = settings.safety.lease_s, grants.limit_a
    if memory.discharge is not None:
        before_a = before_a - memory.discharge.grants.limit_a
    evses = to_send(
        limit_a != before_a, grants.lease_until_s, grants.serial, grants.confirmed_serial, lease_s, now_s
    )
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


def resumed(memory: ControllerMemory, lease_s: float, now_s: float) -> ControllerMemory:
    """Return the memory of a controller that goes on after a restart: no number of a limit is given twice, and the limit
    known last may have been renewed up to now without being kept, so it counts for one lease beside a newer one.
    """
    discharge = memory.discharge
    if discharge is not None:
        discharge = discharge._replace(grants=_kept(discharge.grants, lease_s, now_s))
    return memory._replace(grants=_kept(memory.grants, lease_s, now_s), discharge=discharge)


def _kept(grants: Grants, lease_s: float, now_s: float) -> Grants:
    until_s = np.full(grants.limit_a.size, now_s + lease_s if lease_s > 0.0 else np.inf)
    is_gone = grants.followed | (now_s >= grants.earlier_until_s)
    return grants._replace(
        next_serial=max(grants.next_serial + grants.serial.size, int(now_s * 1000.0)),
        earlier_a=np.where(is_gone, grants.limit_a, np.maximum(grants.earlier_a, grants.limit_a)),
        earlier_until_s=until_s,
        followed=np.zeros(until_s.size, dtype=np.bool_),
    )
