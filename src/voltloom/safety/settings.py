"""What the safety rules assume: the numbers an operator may change. Part of `controller/settings.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySettings:
    """What the envelope assumes.

    margin_ratio: part of every rating never planned with. worst_draw: count phasor rows for every draw up to the
    setpoint, not at the setpoint only. reserves_in_flight: count a lowered EVSE at its old limit until its current
    followed. lease_s: how long a limit stays in force without renewal; 0 for leases without end. longest_lease_s: up to which leases grow where
    confirmations are late; no more than lease_s switches that off. confirm_s: how long
    an EVSE may take to follow a lower limit before it counts as disobedient. obey_tolerance_a: draw above the limit
    that is still obedience. stale_s, silent_s: ages of readings at which the margin starts to widen, and at which a
    station counts as silent. late_s: up to which age a circuit's reading that keeps coming is late, not missing.
    stale_margin_ratio: the widened margin. follows_meters: read circuit meters and plan
    with what other load leaves; otherwise the planned other load counts. checks_plausibility: doubt readings.
    recover_s: how long everything must be well before trust rises one step.
    """

    margin_ratio: float = 0.02
    worst_draw: bool = True
    reserves_in_flight: bool = True
    lease_s: float = 300.0
    longest_lease_s: float = 1800.0
    confirm_s: float = 60.0
    obey_tolerance_a: float = 1.0
    stale_s: float = 120.0
    silent_s: float = 300.0
    late_s: float = 900.0
    stale_margin_ratio: float = 0.10
    follows_meters: bool = True
    checks_plausibility: bool = True
    recover_s: float = 600.0
