"""A running site's alarms: told once, ended once, written beside the cycles, and known again after a restart."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.record import Decision, Mode
from voltloom.live.logbook import Logbook
from voltloom.session.alarms import Alarm, AlarmKind, raised
from voltloom.session.standing import state_of
from voltloom.store.database import clear_errors, reader_engine
from voltloom.store.entry import Entry, JournalRow
from voltloom.store.journal_rows import newest_rows_of, nodes
from voltloom.units import span_words

ALARM_KIND: Final = "site_alarm"
WAITING_COUNT: Final = 1000  # rows that wait for a journal that does not write
WELL_S: Final = 60.0  # of decisions that succeed before a failure counts as over
CONTROLLER: Final = "controller"  # whom an alarm of the loop is about, like JOURNAL
JOURNAL: Final = "journal"
LONGEST_FAILURE: Final = 200  # characters
KNOWN_COUNT: Final = 2000  # newest rows that a restart reads
# The loop itself ends these; every other one that lasts stands in the core's memory, or is judged anew after a restart.
_OF_THE_LOOP: Final = frozenset({AlarmKind.CORE_FAILED, AlarmKind.OPTIMISER_LATE, AlarmKind.JOURNAL_FAILING})
_log = logging.getLogger("voltloom.live")


class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that was raised, or is over. over_s: None while it is not, and for one that tells of a moment."""

    time_s: float
    severity: str
    source: str
    kind: str
    what: str
    effect: str
    next_step: str
    over_s: float | None = None


def alarm_of(row: JournalRow) -> Alarm | None:
    """Return the alarm of a row, None for a kind that this version does not know."""
    try:
        told = msgspec.json.decode(row.payload, type=AlarmRow)
        alarm = raised(AlarmKind(told.kind), time_s=told.time_s, source=told.source)
    except (msgspec.MsgspecError, ValueError):
        return None
    alarm = replace(alarm, what=told.what, effect=told.effect, next_step=told.next_step)
    return alarm if told.over_s is None else replace(alarm, over_s=told.over_s)


def known_alarms(rows: Iterable[JournalRow]) -> list[Alarm]:
    """Return what rows tell, in their order."""
    return [alarm for row in rows if (alarm := alarm_of(row)) is not None]


def in_journal(target: str, count: int) -> list[Alarm]:
    """Return what a journal tells, as `Logbook.shown`; it may be in use meanwhile. target: a file or a database URL.

    Raises StoreError.
    """
    return [alarm for _, alarm in by_node_in_journal(target, count)]


def by_node_in_journal(target: str, count: int) -> list[tuple[str, Alarm]]:
    """Return the same with the node that told each. Raises StoreError."""
    engine, shown = reader_engine(target), list[tuple[str, Alarm]]()
    try:
        with clear_errors(target), engine.connect() as connection, connection.begin():
            for node in nodes(connection):  # each of which ends its own alarms alone
                logbook = Logbook()
                for alarm in known_alarms(
                    reversed(newest_rows_of(connection, node, ALARM_KIND, KNOWN_COUNT))
                ):
                    logbook.recalled(alarm)
                shown += [(node, alarm) for alarm in logbook.shown(count)]
    finally:
        engine.dispose()
    return sorted(shown, key=lambda one: (state_of(one[1]) != "active", -one[1].time_s))[:count]


def restored(memory: ControllerMemory, away_s: float) -> str:
    """Return what a restart knows again, in words. away_s: since the last word of the run before."""
    sessions_count = sum(seat.session is not None for seat in memory.seats)
    sent_count = int((memory.grants.confirmed_serial >= 0).sum())
    return (
        f"away for {span_words(away_s)}, knows again: sessions at {sessions_count} outlets, "
        f"limits of {sent_count}, orders of {len(memory.orders)}, {len(memory.outside)} limits from outside"
    )


class Alarms:
    """What is told of a site. run_id: names its rows.

    The logbook has the alarms; what is new waits here until it is written with the next cycle. failure: why the newest cycle
    failed, so that every outlet falls to its offline limit; "" while decisions succeed.
    """

    def __init__(self, logbook: Logbook, now_s: Callable[[], float], run_id: int) -> None:
        self._logbook, self._now_s, self._run_id = logbook, now_s, run_id
        self._count = 0
        self._waiting: list[Entry] = []
        self.failure, self._failed_s = "", -math.inf
        self._told_early: set[Alarm] = set()

    def tell(self, kind: AlarmKind, source: str, detail: str = "") -> None:
        """Raise an alarm of the shell's own, unless it stands."""
        if (kind, source) not in self._logbook.standing:
            self._raised(raised(kind, time_s=self._now_s(), source=source, detail=detail))

    def end(self, kind: AlarmKind, source: str) -> None:
        """End an alarm that stands."""
        if (alarm := self._logbook.standing.get((kind, source))) is not None:
            self._ended(replace(alarm, over_s=self._now_s()))

    def take(self, after: ControllerMemory) -> None:
        """Tell what a cycle raised and ended. after: the memory that it left."""
        for alarm in after.alarms:
            if alarm not in self._told_early:
                self._raised(alarm)
        self._told_early.clear()
        for alarm in after.standing.over:
            self._ended(alarm)

    def failed(self, memory: ControllerMemory) -> None:
        """Tell that a cycle failed, and what was raised since the last one that did not: nobody knows when the next one will tell it."""
        for alarm in () if memory.is_reported else memory.alarms:
            if alarm not in self._told_early and (alarm.kind, alarm.source) not in self._logbook.standing:
                self._told_early.add(alarm)
                self._raised(alarm)
        self._failed_s = self._now_s()
        self.tell(AlarmKind.CORE_FAILED, CONTROLLER, self.failure[:LONGEST_FAILURE])

    def went_well(self, decision: Decision) -> None:
        """End what a decision that succeeded ends."""
        self.failure = ""
        if decision.now_s - self._failed_s >= WELL_S:
            self.end(AlarmKind.CORE_FAILED, CONTROLLER)
        if decision.mode is Mode.CHOSEN:
            self.end(AlarmKind.OPTIMISER_LATE, CONTROLLER)

    def recall(self, known: Sequence[Alarm], standing: Sequence[Alarm]) -> None:
        """Know what an earlier run told, the oldest first. standing: what the core knows to last; what it does not is over."""
        for alarm in known:
            self._logbook.recalled(alarm)
        for alarm in standing:
            if (alarm.kind, alarm.source) not in self._logbook.standing:  # its row was never written
                self._raised(alarm)
        lasting = {(alarm.kind, alarm.source) for alarm in standing}
        for kind, source in tuple(self._logbook.standing):
            if kind not in _OF_THE_LOOP and (kind, source) not in lasting:
                self.end(kind, source)

    def entries(self) -> tuple[Entry, ...]:
        """Return the rows that wait, and forget them: they are being written."""
        waiting, self._waiting = tuple(self._waiting), []
        return waiting

    def unwritten(self, entries: Sequence[Entry]) -> None:
        """Let the rows of alarms among some entries wait again."""
        again = [entry for entry in entries if entry.kind == ALARM_KIND]
        self._waiting = [*again, *self._waiting][-WAITING_COUNT:]

    def _raised(self, alarm: Alarm) -> None:
        _log.warning("%s: %s. %s. %s.", alarm.source, alarm.what, alarm.effect, alarm.next_step)
        self._keep(alarm)
        self._logbook.alarmed(alarm)

    def _ended(self, alarm: Alarm) -> None:
        _log.warning("%s: over after %.0f s: %s.", alarm.source, alarm.over_s - alarm.time_s, alarm.what)
        self._keep(alarm)
        self._logbook.ended(alarm)

    def _keep(self, alarm: Alarm) -> None:
        self._count += 1
        row = AlarmRow(
            time_s=alarm.time_s,
            severity=alarm.severity.value,
            source=alarm.source,
            kind=alarm.kind.value,
            what=alarm.what,
            effect=alarm.effect,
            next_step=alarm.next_step,
            over_s=alarm.over_s if alarm.is_over else None,
        )
        key = f"alarm/{self._run_id}/{self._count}"
        at_ms = int(self._now_s() * 1000.0)
        self._waiting = [*self._waiting, Entry(key, ALARM_KIND, at_ms, msgspec.json.encode(row))][
            -WAITING_COUNT:
        ]
