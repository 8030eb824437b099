"""Proposals in a cycle: by the architecture that the mode allows, by a simpler one where its answer is no number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Architecture, Proposals
from voltloom.controller.canary.memory import CanaryMemory
from voltloom.controller.canary.sharing import tried
from voltloom.controller.kernels import is_finite
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.ordered import First, first_of, joined, told
from voltloom.controller.outside import InForce, aimed
from voltloom.controller.sensing import Sensed
from voltloom.decision.reason import Cause
from voltloom.decision.record import Mode
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.policy import Policy
from voltloom.site.network import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulers:
    """The architectures a controller can call, and what takes over from each when trust is low, both by name.

    That is equal sharing, and one at a time where it was chosen to serve one at a time. of: the architecture of a policy that was
    checked, the same one each time.
    """

    by_name: Mapping[str, Architecture]
    fallback: Mapping[str, Architecture]
    of: Callable[[Policy], Architecture]


class Allocated(NamedTuple):
    """What was proposed, by which mode. trial: a trial that takes part, after this cycle; shadow_a: (n,) what its candidate wanted.

    failed: why the candidate's answer is no use, "" where it is.
    """

    proposals: Proposals
    memory: AllocationMemory
    mode: Mode
    trial: CanaryMemory | None = None
    shadow_a: Floats | None = None
    failed: str = ""


def allocated(
    snapshot: SiteSnapshot,
    memory: ControllerMemory,
    rulers: Rulers,
    mode: Mode,
    by: tuple[Sensed, InForce | None],
) -> Allocated:
    """Return proposals of the policy that the mode allows, by what operators ordered; equal sharing where its answer is no number."""
    sense, binding = by
    if binding is not None:
        snapshot = snapshot._replace(grid=aimed(snapshot.grid, binding))
    first = None if mode is Mode.FLOOR else first_of(snapshot, memory.orders)
    found = _shared(snapshot if first is None else first.rest, memory, rulers, mode, sense)
    if first is not None:
        found = _with_first(found, first, snapshot)
    return found._replace(proposals=told(found.proposals, memory.orders, snapshot))


def _with_first(found: Allocated, first: First, snapshot: SiteSnapshot) -> Allocated:
    """Return what was allocated to all; those who come first are no matter of a trial."""
    found = found._replace(proposals=joined(found.proposals, first, snapshot))
    if found.shadow_a is None:
        return found
    return found._replace(shadow_a=np.where(first.members, found.proposals.current_a, found.shadow_a))


def _shared(
    snapshot: SiteSnapshot, memory: ControllerMemory, rulers: Rulers, mode: Mode, sense: Sensed
) -> Allocated:
    if mode is Mode.CHOSEN:
        ruler = rulers.by_name[memory.architecture] if memory.policy is None else rulers.of(memory.policy)
        proposals, allocation = ruler.allocate(snapshot, memory.allocation)
        if is_finite(proposals.current_a):
            if memory.canary is None or not memory.canary.is_open:
                return Allocated(proposals, allocation, mode)
            found = tried(snapshot, proposals, memory.canary, rulers.of)
            return Allocated(found.proposals, allocation, mode, found.trial, found.shadow_a, found.failed)
        mode, snapshot = Mode.EQUAL, snapshot._replace(grid=sense.conservative)
    proposals, allocation = rulers.fallback[memory.architecture].allocate(snapshot, memory.allocation)
    if mode is Mode.FLOOR:
        return Allocated(_floor(snapshot, proposals), allocation, mode)
    shared = proposals.cause == int(Cause.SHARED)
    cause = np.where(shared, int(Cause.FALLBACK_EQUAL), proposals.cause)
    return Allocated(proposals._replace(cause=cause), allocation, mode)


def _floor(snapshot: SiteSnapshot, simple: Proposals) -> Proposals:
    """Return the limit that is always safe for everybody who may charge: what stations hold by themselves.

    Who waits until another visit is over still waits: where one is served at a time, trust does not change that.
    """
    sessions = snapshot.sessions
    queued = simple.cause == int(Cause.QUEUED)
    wants = (sessions.wants_power | sessions.keeps_minimum) & ~queued
    idle_cause = np.where(queued, int(Cause.QUEUED), sessions.idle_cause)
    return Proposals(
        current_a=np.where(wants, np.minimum(snapshot.network.offline_a, sessions.max_a), 0.0),
        cause=np.where(wants, int(Cause.FALLBACK_FLOOR), idle_cause),
        binding_row=np.full(wants.size, -1, dtype=np.int64),
        queue=simple.queue,
    )
