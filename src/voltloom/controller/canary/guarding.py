"""What is counted of a trial in each cycle, and the guards that end it."""

from __future__ import annotations

import numpy as np

from voltloom.controller.canary.memory import CanaryMemory, Shadow, Tally
from voltloom.controller.memory import ControllerMemory
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.session.alarms import Alarm, AlarmKind, raised
from voltloom.session.policy import CanaryEnd
from voltloom.session.record import EndReason, SessionRecord
from voltloom.site.network import Bools, Floats, Network
from voltloom.units import SECONDS_PER_HOUR

LONGEST_STEP_S = 300.0  # a longer gap is a restart, not a cycle
OTHER_A = 1.0
SEEN_A = 0.5  # less is no change to a driver


def counted(
    trial: CanaryMemory, memory: ControllerMemory, decision: Decision, shadow_a: Floats
) -> CanaryMemory:
    """Return a trial after a cycle. memory: after it, with the time of the cycle before as `decided_s`. shadow_a: (n,) proposed in shadow.

    Cycles in which the controller falls back count for nobody: no policy ruled in them.
    """
    if not trial.is_open or decision.mode is not Mode.CHOSEN:
        return trial
    step_s = min(max(decision.now_s - memory.decided_s, 0.0), LONGEST_STEP_S)
    wants = memory.columns.present & memory.columns.wants_power
    if trial.is_shadow:
        shadow = _shadow(trial.shadow, memory, decision, wants, shadow_a)
        return trial._replace(shadow=shadow)
    members = trial.members
    return trial._replace(
        canary=_tallied(trial.canary, memory, decision, (members & wants, members), step_s),
        control=_tallied(trial.control, memory, decision, (~members & wants, ~members), step_s),
        overload_s=trial.overload_s + (step_s if _is_over(members, memory, decision.network) else 0.0),
    )


def judged(trial: CanaryMemory, now_s: float) -> tuple[CanaryMemory, tuple[Alarm, ...]]:
    """Return a trial after its guards, and the alarm where one of them ends it."""
    if not trial.is_open or trial.is_shadow or not (why := _broken(trial)):
        return trial, ()
    return rolled_back(trial, CanaryEnd.TRIPPED, why, now_s)


def rolled_back(
    trial: CanaryMemory, end: CanaryEnd, why: str, now_s: float
) -> tuple[CanaryMemory, tuple[Alarm, ...]]:
    """Return a trial that ended by itself, and the alarm that tells so."""
    alarm = raised(AlarmKind.CANARY_ROLLED_BACK, time_s=now_s, source=trial.policy.name, detail=why)
    return trial._replace(end=end, ended_s=now_s, why=why), (alarm,)


def _broken(trial: CanaryMemory) -> str:
    """Return which guard is broken and by how much, "" for none."""
    guards, canary, control = trial.guards, trial.canary, trial.control
    if trial.overload_s > guards.overload_s:
        return f"a circuit was over its rating for {trial.overload_s:.0f} s ({guards.overload_s:g} s allowed)"
    if canary.vehicle_h >= guards.least_h:
        for name, ours_count, theirs_count, allowed in (
            ("the envelope lowered it", canary.trips_count, control.trips_count, guards.trips_per_h),
            ("its limits changed", canary.changes_count, control.changes_count, guards.changes_per_h),
        ):
            ours, theirs = (
                ours_count / canary.vehicle_h,
                theirs_count / max(control.vehicle_h, guards.least_h),
            )
            if ours > theirs + allowed:
                return f"{name} {ours:.1f} times an hour and vehicle, {theirs:.1f} elsewhere ({allowed:g} more allowed)"
    visits = min(canary.visits_count, control.visits_count)
    if visits >= guards.least_visits_count:
        ours, theirs = canary.unmet_count / canary.visits_count, control.unmet_count / control.visits_count
        if ours > theirs + guards.unmet_ratio:
            return f"{ours:.0%} of its visits left unmet, {theirs:.0%} elsewhere ({guards.unmet_ratio:.0%} more allowed)"
    return ""


def _tallied(
    tally: Tally, memory: ControllerMemory, decision: Decision, who: tuple[Bools, Bools], step_s: float
) -> Tally:
    wants, side = who
    changed = decision.sent & (np.abs(decision.after_a - decision.before_a) >= SEEN_A) & wants
    lowered = (decision.cause == int(Cause.ENVELOPE)) & wants
    drawn_a = np.where(memory.columns.present & side, memory.readings.current_a, 0.0)
    drawn_w = float((drawn_a * memory.columns.w_per_a).sum())
    over = [record for record in memory.records if _is_of(record, decision.network, side)]
    return Tally(
        vehicle_s=tally.vehicle_s + step_s * float(wants.sum()),
        changes_count=tally.changes_count + int(changed.sum()),
        trips_count=tally.trips_count + int(lowered.sum()),
        delivered_wh=tally.delivered_wh + drawn_w * step_s / SECONDS_PER_HOUR,
        visits_count=tally.visits_count + len(over),
        unmet_count=tally.unmet_count + sum(record.why is EndReason.DRIVER_LEFT for record in over),
    )


def _is_of(record: SessionRecord, network: Network, side: Bools) -> bool:
    return bool(side[network.index[record.evse_id]])


def _is_over(members: Bools, memory: ControllerMemory, network: Network) -> bool:
    """Return whether a metered circuit above a member carries more than its rating."""
    readings, grid = memory.readings, network.grid
    over = network.is_metered & np.isfinite(readings.row_sampled_s) & (readings.row_a > grid.rating_a)
    if not over.any():
        return False
    count = members.size
    above = np.zeros(over.size, dtype=np.bool_)
    for evse in members.nonzero()[0].tolist():
        above[grid.row[grid.start[evse + count] : grid.start[evse + count + 1]]] = True
    return bool((over & above).any())


def _shadow(
    shadow: Shadow, memory: ControllerMemory, decision: Decision, wants: Bools, shadow_a: Floats
) -> Shadow:
    more_a = np.where(wants, shadow_a - decision.proposed_a, 0.0)
    return Shadow(
        cycles_count=shadow.cycles_count + 1,
        vehicles_count=shadow.vehicles_count + int(wants.sum()),
        other_count=shadow.other_count + int((np.abs(more_a) > OTHER_A).sum()),
        sum_kw=shadow.sum_kw + float((more_a * memory.columns.w_per_a).sum()) / 1000.0,
    )
