"""Proposals of a cycle in which a candidate takes part: beside the policy in force, or on some outlets in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from voltloom.allocation.contract import Architecture, Proposals
from voltloom.controller.canary.memory import CanaryMemory
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.policy import Policy
from voltloom.site.network import Bools, Floats

MOST_WORDS: Final = 200  # letters of a failure that an alarm tells


class Tried(NamedTuple):
    """What a cycle with a trial proposes. shadow_a: (n,) what the candidate wanted. failed: why its answer is no use, "" where it is."""

    proposals: Proposals
    trial: CanaryMemory
    shadow_a: Floats
    failed: str


def tried(
    snapshot: SiteSnapshot,
    proposals: Proposals,
    trial: CanaryMemory,
    of: Callable[[Policy], Architecture],
) -> Tried:
    """Return the proposals with the candidate's on its own outlets. proposals: of the policy in force, for all outlets.

    The candidate is given what the policy in force gives its outlets, together: what others get is fixed for it, so nobody else feels
    the trial. In shadow it sees all outlets and decides about none. Where it fails, in whatever way, the policy in force decides about
    all in this very cycle. of: the architecture of a policy.
    """
    try:
        if not trial.is_shadow:
            snapshot = among(snapshot, proposals, trial.members)
        answer, after = of(trial.policy).allocate(snapshot, trial.allocation)
        failed = _no_use(answer, proposals.current_a.shape)
        if not failed:
            found = proposals if trial.is_shadow else proposals.with_part(answer, trial.members)
            return Tried(found, trial._replace(allocation=after), answer.current_a, "")
    except Exception as wrong:  # noqa: BLE001  # what is on trial never costs those a cycle who are not
        failed = f"it failed: {type(wrong).__name__}: {wrong}"[:MOST_WORDS]
    return Tried(proposals, trial, proposals.current_a, failed)


def _no_use(answer: Proposals, shape: tuple[int, ...]) -> str:
    """Return why an answer is no use, "" where it is: each column must be one value for each outlet."""
    queue = answer.queue
    columns = (*answer[:3], queue.place, queue.expected_start_s)
    if any(column.shape != shape for column in columns):
        return "its answer is not one for each outlet"
    return "" if np.isfinite(answer.current_a).all() else "its answer is no number"


def among(snapshot: SiteSnapshot, proposals: Proposals, members: Bools) -> SiteSnapshot:
    """Return what a candidate sees that shares among its own outlets."""
    others = snapshot.controllable & ~members
    reserved_a = np.where(others, proposals.current_a.clip(0.0), snapshot.reserved_a)
    return snapshot._replace(
        controllable=snapshot.controllable & members,
        reserved_a=np.where(snapshot.controllable & members, 0.0, reserved_a),
        sessions=snapshot.sessions._replace(present=snapshot.sessions.present & members),
        expected=None if snapshot.expected is None else snapshot.expected.at(members),
        batteries=None,  # they follow the policy in force
    )
