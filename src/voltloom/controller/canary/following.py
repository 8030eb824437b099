"""A trial at the end of a cycle: what happened is counted, its guards are asked, and a failure ends it."""

from __future__ import annotations

from voltloom.controller.allocating import Allocated
from voltloom.controller.canary.guarding import counted, judged, rolled_back
from voltloom.controller.canary.memory import CanaryMemory
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.seating import Seated
from voltloom.decision.record import Decision
from voltloom.session.alarms import Alarm
from voltloom.session.policy import CanaryEnd


def followed(
    memory: ControllerMemory, found: Allocated, decision: Decision, seated: Seated
) -> tuple[CanaryMemory | None, tuple[Alarm, ...]]:
    """Return the trial after a cycle, and the alarm where it ended by itself. memory: before the cycle."""
    trial = found.trial
    if trial is None or found.shadow_a is None:
        return memory.canary, ()
    if found.failed:
        return rolled_back(trial, CanaryEnd.FAILED, found.failed, decision.now_s)
    seen = memory._replace(columns=seated.columns, records=seated.records)
    return judged(counted(trial, seen, decision, found.shadow_a), decision.now_s)


def without_trial(memory: ControllerMemory, why: str, now_s: float) -> ControllerMemory:
    """Return a memory in which a trial that may be to blame for a failure is over."""
    trial = memory.canary
    if trial is None or not trial.is_open:
        return memory
    over, alarms = rolled_back(trial, CanaryEnd.FAILED, why, now_s)
    alarms = (*(() if memory.is_reported else memory.alarms), *alarms)
    records = () if memory.is_reported else memory.records
    return memory._replace(canary=over, alarms=alarms, records=records, is_reported=False)
