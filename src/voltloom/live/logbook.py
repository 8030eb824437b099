"""What people and meters look at afterwards: the newest decisions and alarms, and how long a cycle took."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.record import Decision
from voltloom.session.alarms import Alarm

DECISIONS_COUNT: Final = 240
ALARMS_COUNT: Final = 500
Listener = Callable[[str, object], None]
_log = logging.getLogger("voltloom.live")


class Logbook:
    """Keeps the newest of everything; older decisions are in the journal. Listeners must not block; what they raise is logged."""

    def __init__(self) -> None:
        self.decisions: deque[Decision] = deque(maxlen=DECISIONS_COUNT)
        self.alarms: deque[Alarm] = deque(maxlen=ALARMS_COUNT)
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
        for alarm in after.alarms:
            self.alarmed(alarm)

    def alarmed(self, alarm: Alarm) -> None:
        """Take note of an alarm."""
        self.alarms.append(alarm)
        self.alarms_count += 1
        self._tell("alarm", alarm)

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
