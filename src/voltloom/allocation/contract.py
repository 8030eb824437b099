"""The one method an architecture is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Queue:
    """Who waits: place (n,), 1 for the next, 0 where served; expected_start_s (n,), NaN where unknown or served."""

    place: Ints
    expected_start_s: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Proposals:
    """What an architecture wants: currents (n,), the `Cause` of each (n,), and the binding row of each (n,).

    binding_row is -1 where no limit of the site binds.
    """

    current_a: Floats
    cause: Ints
    binding_row: Ints
    queue: Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationMemory:
    """What an architecture remembers between cycles: a frozen value that goes in and comes out.

    serving: serial numbers of the sessions whose turn it is.
    """

    serving: tuple[int, ...] = ()


class Architecture(Protocol):
    """An architecture decides who would get how much; safety comes after it and only lowers."""

    @property
    def name(self) -> str:
        """Return the name operators choose it by."""
        ...

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return proposals for every EVSE and the memory for the next cycle."""
        ...
