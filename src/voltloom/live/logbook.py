"""What people and meters look at afterwards: the newest decisions and alarms, and how long a cycle took."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.record import Decision
from voltloom.session.alarms import Alarm, AlarmKind
from voltloom.session.standing import is_lasting

DECISIONS_COUNT: Final = 240
ALARMS_COUNT: Final = 500
Listener = Callable[[str, object], None]
_log = logging.getLogger("voltloom.live")


class Logbook:
    """Keeps the newest of everything; older decisions are in the journal. Listeners must not block; what they raise is logged."""

    def __init__(self) -> None:
        self.decisions: deque[Decision] = deque(maxlen=DECISIONS_COUNT)
        self.alarms: deque[Alarm] = deque(maxlen=ALARMS_COUNT)
        self.standing: dict[tuple[AlarmKind, str], Alarm] = {}  # those that last, by kind and source
        self.cycle_s: deque[float] = deque(maxlen=1000)
        self.cycles_count = self.alarms_count = self.limits_count = 0
        self.unplanned_count = 0  # cycles in which rules stood in for a plan that could not be made
        self._listeners: list[Listener] = []

    def decided(self, decision: Decision, after: ControllerMemory, took_s: float) -> None:
        """Take note of a cycle: its outcome, what is remembered after it, and the processor's seconds for it."""
        self.decisions.append(decision)
        self.cycle_s.append(took_s)
        self.cycles_count += 1
        self.limits_count += int(decision.sent.sum())
        self.unplanned_count += any(plan.is_failed for plan in after.allocation.plans)
        if decision.sent.any():
            self._tell("decision", decision)

    def alarmed(self, alarm: Alarm) -> None:
        """Take note of an alarm."""
        self._note(alarm)
        self.alarms_count += 1
        self._tell("alarm", alarm)

    def ended(self, alarm: Alarm) -> None:
        """Take note that an alarm is over; it takes the place of the one that was raised."""
        self._note(alarm)
        self._tell("alarm", alarm)

    def recalled(self, alarm: Alarm) -> None:
        """Take note of what an earlier run told."""
        self._note(alarm)

    def shown(self, count: int) -> list[Alarm]:
        """Return alarms: those that last, then the others, the newest of each first; at most count."""
        lasting = sorted(self.standing.values(), key=lambda alarm: -alarm.time_s)
        others = [alarm for alarm in reversed(self.alarms) if self._has_ended(alarm)]
        return [*lasting, *others][:count]

    def _has_ended(self, alarm: Alarm) -> bool:
        return alarm.is_over or not is_lasting(alarm.kind)

    def _note(self, alarm: Alarm) -> None:
        key = alarm.kind, alarm.source
        if not alarm.is_over:
            self.alarms.append(alarm)
            if is_lasting(alarm.kind):
                self.standing.setdefault(key, alarm)
            return
        self.standing.pop(key, None)
        is_here = False
        for at, before in enumerate(self.alarms):
            if (before.kind, before.source) == key and not before.is_over:
                self.alarms[at], is_here = replace(before, over_s=alarm.over_s), True
        if not is_here:  # so many came since it was raised that it went
            self.alarms.append(alarm)

    def told(self, kind: str, what: object) -> None:
        """Pass on what else happened."""
        self._tell(kind, what)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a listener with the kind and value of all that follows. Returns how to end it."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def _tell(self, kind: str, what: object) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(kind, what)
            except Exception:  # whoever only looks on must not let every outlet fall to its floor
                _log.exception("what listens to the site failed at a %s", kind)
