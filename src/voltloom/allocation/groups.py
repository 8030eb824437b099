"""Several architectures on one property: EVSE groups that are run apart from the rest (requirement B6).

Each group sees only its own EVSEs; what the groups before it were given is fixed for those after it, so groups that do
share a circuit still never overload it. A group that should not depend on another has circuits of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Architecture, Proposals, Queue
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools


def grouped(rest: Architecture, parts: Mapping[str, tuple[Architecture, Bools]]) -> Architecture:
    """Return an architecture that runs each group by its own and everything else by `rest`."""
    if not parts:
        return rest
    apart = np.logical_or.reduce([members for _, members in parts.values()])
    return Grouped(name=rest.name, parts=(*parts.values(), (rest, ~apart)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouped:
    """Architectures side by side, each with the EVSEs (n,) it runs."""

    name: str
    parts: tuple[tuple[Architecture, Bools], ...]

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return every group's proposals together; memory.serving is the union of theirs, memory.parts each one's own."""
        count = snapshot.setpoint_a.size
        taken_a = np.where(snapshot.controllable, 0.0, snapshot.reserved_a)
        joined = _nothing(count)
        serving: tuple[int, ...] = ()
        is_takeover = False
        parts: tuple[AllocationMemory, ...] = ()
        earlier = memory.parts if len(memory.parts) == len(self.parts) else (memory,) * len(self.parts)
        for (architecture, members), own_before in zip(self.parts, earlier, strict=True):
            mine = set(snapshot.sessions.serial[members].tolist())
            serving_mine = tuple(n for n in memory.serving if n in mine)
            remembered = memory._replace(serving=serving_mine, parts=())
            remembered = remembered._replace(plan=own_before.plan, peak_seen=own_before.peak_seen)
            own = snapshot._replace(
                controllable=snapshot.controllable & members,
                reserved_a=taken_a,
                sessions=snapshot.sessions._replace(present=snapshot.sessions.present & members),
                expected=None if snapshot.expected is None else snapshot.expected.at(members),
                batteries=None,  # they are the site's: no group's plan may spend them, their own rules do
            )
            proposals, after = architecture.allocate(own, remembered)
            joined = joined.with_part(proposals, members)
            # What is fed back is no load, and makes no room for anybody: it may end at any moment.
            taken_a = np.where(members & snapshot.controllable, proposals.current_a.clip(0.0), taken_a)
            serving += after.serving
            is_takeover |= after.is_takeover
            kept = after.peak_seen if after.peak_seen is not None else own_before.peak_seen
            parts += (after._replace(peak_seen=kept),)
        return joined, AllocationMemory(serving=serving, is_takeover=is_takeover, parts=parts)


def _nothing(count: int) -> Proposals:
    zeros = np.zeros(count, dtype=np.int64)
    return Proposals(
        current_a=np.zeros(count),
        cause=zeros,
        binding_row=zeros - 1,
        queue=Queue(place=zeros, expected_start_s=np.full(count, np.nan)),
    )
