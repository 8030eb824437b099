"""Proposals of a cycle in which a candidate takes part: beside the policy in force, or on some outlets in its place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.contract import Architecture, Proposals
from voltloom.controller.canary.memory import CanaryMemory
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools, Floats


class Tried(NamedTuple):
    """What a cycle with a trial proposes. shadow_a: (n,) what the candidate wanted. failed: why its answer is no use, "" where it is."""

    proposals: Proposals
    trial: CanaryMemory
    shadow_a: Floats
    failed: str


def tried(
    snapshot: SiteSnapshot, proposals: Proposals, trial: CanaryMemory, candidate: Architecture
) -> Tried:
    """Return the proposals with the candidate's on its own outlets. proposals: of the policy in force, for all outlets.

    The candidate is given what the policy in force gives its outlets, together: what others get is fixed for it, so nobody else feels
    the trial. In shadow it sees all outlets and decides about none.
    """
    members = trial.members
    if not trial.is_shadow:
        snapshot = _among(snapshot, proposals, members)
    answer, after = candidate.allocate(snapshot, trial.allocation)
    if not np.isfinite(answer.current_a).all():
        return Tried(proposals, trial, proposals.current_a, "its answer is no number")
    trial = trial._replace(allocation=after)
    if trial.is_shadow:
        return Tried(proposals, trial, answer.current_a, "")
    return Tried(proposals.with_part(answer, members), trial, answer.current_a, "")


def _among(snapshot: SiteSnapshot, proposals: Proposals, members: Bools) -> SiteSnapshot:
    """Return what a candidate sees that shares among its own outlets."""
    others = snapshot.controllable & ~members
    reserved_a = np.where(others, proposals.current_a.clip(0.0), snapshot.reserved_a)
    return snapshot._replace(
        controllable=snapshot.controllable & members,
        reserved_a=np.where(snapshot.controllable & members, 0.0, reserved_a),
        sessions=snapshot.sessions._replace(present=snapshot.sessions.present & members),
        batteries=None,  # they follow the policy in force
    )
