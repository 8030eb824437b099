"""Alarms by kind and source, with what people said of them: seen, or quiet for an hour."""

from __future__ import annotations

import msgspec

from voltloom.session.alarms import Alarm
from voltloom.session.standing import state_of
from voltloom.web.console.shapes import AlarmNow

KINDS_COUNT = 500


class AlarmBoard:
    """What is wrong, each thing once however often it is told. The oldest goes where there are too many, those that last go last."""

    def __init__(self) -> None:
        self._alarms: dict[tuple[str, str], AlarmNow] = {}
        self.version = 0

    def note(self, alarm: Alarm) -> None:
        """Take in an alarm, or that it is over; one that was acknowledged is new again where it comes again."""
        key = alarm.kind.value, alarm.source
        at_ms, before = round(alarm.time_s * 1000.0), self._alarms.pop(key, None)
        is_known = alarm.is_over and before is not None and before.state == "active"
        self._alarms[key] = AlarmNow(
            kind=key[0],
            source=key[1],
            severity=alarm.severity.value,
            first_ms=at_ms if before is None else before.first_ms,
            last_ms=before.last_ms if is_known and before is not None else at_ms,
            count=1 if before is None else before.count + (not is_known),
            state=state_of(alarm),
            over_ms=round(alarm.over_s * 1000.0) if alarm.is_over else None,
            what=alarm.what,
            effect=alarm.effect,
            next_step=alarm.next_step,
            acknowledged_by=before.acknowledged_by if is_known and before is not None else None,
            muted_until_ms=None if before is None else before.muted_until_ms,
        )
        while len(self._alarms) > KINDS_COUNT:
            del self._alarms[min(self._alarms, key=lambda each: self._alarms[each].state == "active")]
        self.version += 1

    def known(self, kind: str, source: str) -> AlarmNow | None:
        """Return an alarm, None where there is none such."""
        return self._alarms.get((kind, source))

    def answered(
        self, kind: str, source: str, *, by: str | None, muted_until_ms: int | None
    ) -> AlarmNow | None:
        """Return an alarm after somebody's word about it, None where there is none such."""
        alarm = self._alarms.get((kind, source))
        if alarm is None:
            return None
        after = msgspec.structs.replace(alarm, acknowledged_by=by, muted_until_ms=muted_until_ms)
        self._alarms[kind, source] = after
        self.version += 1
        return after

    def told(self) -> list[AlarmNow]:
        """Return all of them: those that last, then the others, the newest of each first."""
        newest_first = list(self._alarms.values())[::-1]
        return sorted(newest_first, key=lambda alarm: alarm.state != "active")

    def open_count(self, now_ms: int) -> int:
        """Return how many nobody has seen and nobody muted, and that are not over."""
        return sum(
            1
            for alarm in self._alarms.values()
            if alarm.acknowledged_by is None
            and alarm.state != "over"
            and (alarm.muted_until_ms or 0) <= now_ms
        )
