"""What a journal tells, run through the stations' translators and the core once more: a restart and a replay do the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from voltloom.controller.memory import ControllerMemory
from voltloom.controller.site_controller import SiteController
from voltloom.decision.record import Decision
from voltloom.live.actuator.refusals import Refusals
from voltloom.live.desk import Desk, heard_call
from voltloom.live.enrolment.roll import Roll
from voltloom.live.frozen import frozen, thawed
from voltloom.live.keeping import KeptMemory
from voltloom.live.pricing import PriceList
from voltloom.live.wire import CYCLE_KIND, CYCLE_VERSION, TOLD_KIND, CoreCycle, events_of
from voltloom.session.events import Event, EvseReadings, RowReadings
from voltloom.store.entry import JournalRow


class PastError(ValueError):
    """A journal from which the core's day cannot be run again; the text tells where and why."""


class Ran(NamedTuple):
    """A recorded cycle and what the core decides in it now; None where it failed and every outlet fell."""

    seq: int
    cycle: CoreCycle
    decision: Decision | None


class Beside(NamedTuple):
    """What a journal tells of beside the core. takers: want to see every row. placed: makes the desk of a station that
    moved.
    """

    roll: Roll
    desks: Mapping[str, Desk]
    takers: tuple[Callable[[JournalRow], None], ...]
    prices: PriceList
    refusals: Refusals
    placed: Callable[[str], None]


class Past:
    """A core and its desks that follow a journal row by row.

    is_lost: cycles are missing in the journal; nothing can be run again before a kept memory is adopted.
    """

    def __init__(self, controller: SiteController, memory: ControllerMemory, beside: Beside) -> None:
        self.memory, self.last_id = memory, 0
        self._controller, self._beside = controller, beside
        self._untold: dict[str, tuple[Event, ...]] = {}
        self._number = 0  # of the cycle before, 0 where any may follow
        self.is_lost = False

    def adopt(self, kept: KeptMemory) -> None:
        """Go on from a kept memory; rows that it names as untold are still to be told. Raises FrozenError."""
        self.memory = kept.memory()
        self.last_id = max(self.last_id, kept.last_id)
        self._beside.prices.know(kept.prices)
        self._beside.refusals.recall(kept.refused)
        for station in kept.roll:
            if (moved := self._beside.roll.recall(station)) is not None:
                self._beside.placed(moved)
        for name, seen_s in kept.seen_s.items():
            self._beside.roll.seen(name, seen_s)
        for name, desk in self._beside.desks.items():
            desk.memory = kept.desk(name)
        self._untold = {key: events for key, events in self._untold.items() if key in kept.untold}
        self.is_lost = False
        if kept.is_start:
            self._number = 0

    def is_at(self, kept: KeptMemory) -> bool:
        """Return whether all is remembered as in a kept memory, bit for bit. Raises FrozenError.

        Stations are ahead of it where a row of theirs was not told yet; then only the core is compared.
        """
        pairs: list[tuple[object, object]] = [(self.memory, kept.memory())]
        if not kept.untold:
            pairs += [(desk.memory, kept.desk(name)) for name, desk in self._beside.desks.items()]
        return all(frozen(now) == frozen(then) for now, then in pairs)

    def note(self, row: JournalRow) -> None:
        """Take note of a row that tells the core nothing."""
        for take in self._beside.takers:
            take(row)

    def take(self, row: JournalRow) -> Ran | None:
        """Follow one row; what a row tells is told to the core in the cycle that names it.

        Returns a cycle that was run again. Raises PastError, FrozenError.
        """
        if row.kind == CYCLE_KIND:
            return self._cycle(row)
        if (events := self._events(row)) is not None:
            self._untold[row.key] = events
        return None

    def recall(self, row: JournalRow) -> None:
        """Take in a row without any cycle: what happened counts, old readings do not."""
        events = self._events(row) or ()
        told = tuple(event for event in events if not isinstance(event, EvseReadings | RowReadings))
        if told:
            self.memory = self._controller.recall(self.memory, told)

    def settle(self) -> None:
        """Tell the core what no cycle named before the journal ends, in the journal's order."""
        for events in self._untold.values():
            self.memory, _ = self._controller.observe(self.memory, events)
        self._untold.clear()

    def _events(self, row: JournalRow) -> tuple[Event, ...] | None:
        self.note(row)
        if row.kind == TOLD_KIND:
            return tuple(thawed(row.payload))
        if (moved := self._beside.roll.take(row)) is not None:
            self._beside.placed(moved)
        heard = heard_call(row)
        if heard is None:
            return None
        self.last_id = max(self.last_id, heard.transaction_id)  # also of stations that left the file
        self._beside.refusals.heard(heard)
        if heard.station_id not in self._beside.desks:
            return None
        self._beside.roll.seen(heard.station_id, heard.now_s)
        understood = self._beside.desks[heard.station_id].heard_before(heard)
        return None if understood is None else understood.events

    def _cycle(self, row: JournalRow) -> Ran | None:
        if row.version != CYCLE_VERSION:
            raise PastError(f"Row {row.seq} was written by another version of Voltloom: it tells too little.")
        try:
            cycle = msgspec.json.decode(row.payload, type=CoreCycle)
        except msgspec.MsgspecError as wrong:
            raise PastError(f"Row {row.seq} is no cycle: {wrong}.") from wrong
        is_next = self._number in (0, cycle.number - 1)
        self._number = cycle.number
        if self.is_lost or cycle.is_after_gap or not is_next:
            self.is_lost = True
            return None
        for source in cycle.observed:
            events = self._untold.pop(source, None) if isinstance(source, str) else events_of(source)
            if events is None:
                raise PastError(f"Row {row.seq} names {source}, which the journal does not hold before it.")
            self.memory, _ = self._controller.observe(self.memory, events)
        if cycle.is_fallen:
            self.memory, _ = self._controller.fall(self.memory, cycle.now_s)
            return Ran(row.seq, cycle, None)
        if cycle.is_doubted:
            self.memory = self._controller.doubt(self.memory)
        self.memory, decision, _ = self._controller.decide(self.memory, cycle.now_s)
        return Ran(row.seq, cycle, decision)
