"""What vehicle and outlet can do together, found at the handshake; what is unknown counts as the worst case."""

from __future__ import annotations

import math
from dataclasses import dataclass

from voltloom.session.events import CapabilityReported
from voltloom.site.topology import Evse


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What one session can do.

    min_a, max_a: vehicle and outlet together, on each phase. uses_all_phases: also where phases are unknown
    (phases_known False).
    is_dynamic: follows a changing limit; False where unknown, so that it gets a fixed allocation. is_reported: the
    handshake told it; else it is assumed. contradicts: the report had no current in common with the outlet and was
    not used.
    """

    min_a: float
    max_a: float
    uses_all_phases: bool
    is_dynamic: bool
    phases_known: bool = False
    discharges: bool = False
    is_reported: bool = False
    contradicts: bool = False


def assumed(evse: Evse) -> Capability:
    """Return the worst case for a vehicle of which nothing is known: all phases, the outlet's maximum, not dynamic."""
    return Capability(min_a=evse.min_a, max_a=evse.max_a, uses_all_phases=True, is_dynamic=False)


def combined(evse: Evse, reported: CapabilityReported) -> Capability:
    """Return what an outlet and the reported vehicle can do together.

    A report that is no current (not a number, negative) or shares none with the outlet changes no limit: the
    outlet's own and the worst case hold, and `contradicts` says so.
    """
    min_a = max(evse.min_a, reported.min_a) if reported.min_a >= 0.0 else math.nan
    max_a = min(evse.max_a, reported.max_a) if reported.max_a > 0.0 else math.nan
    if not min_a <= max_a:  # also when one of them is no number
        return Capability(
            min_a=evse.min_a, max_a=evse.max_a, uses_all_phases=True, is_dynamic=False, contradicts=True
        )
    return Capability(
        min_a=min_a,
        max_a=max_a,
        uses_all_phases=reported.uses_all_phases or not reported.phases_known,
        is_dynamic=reported.is_dynamic,
        phases_known=reported.phases_known,
        discharges=reported.discharges,
        is_reported=True,
    )


def fixed_allocation_a(capability: Capability, pilots_a: tuple[float, ...]) -> float:
    """Return the constant that is reserved for a vehicle that cannot follow a changing limit.

    It is never less than what the vehicle can draw, for such a vehicle is not assumed to obey a lower one: its
    maximum, rounded up to a current the outlet can offer. Where the outlet offers nothing that high, its maximum.
    """
    return min((pilot for pilot in pilots_a if pilot >= capability.max_a), default=capability.max_a)
