"""A recorded stretch run through the core again: equal decisions, or the first that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import Engine

from voltloom.controller.memory import ControllerMemory
from voltloom.controller.site_controller import SiteController
from voltloom.decision.plan import Plan
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision
from voltloom.live.actuator.refusals import Refusals
from voltloom.live.config import Config, place_of
from voltloom.live.desk import Desk
from voltloom.live.enrolment.roll import Roll
from voltloom.live.frozen import FrozenError
from voltloom.live.keeping import MEMORY_KIND, KeptMemory, kept_memory, marks_of
from voltloom.live.past import Beside, Past, PastError, Ran
from voltloom.live.pricing import PriceList
from voltloom.live.wire import HeldNow, digest_of
from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.hearing import Shown
from voltloom.session.authorization import Authorization
from voltloom.site.network import network_of
from voltloom.store.database import clear_errors, reader_engine
from voltloom.store.entry import JournalRow
from voltloom.store.journal_rows import head_of, moments_of, rows_after, rows_before

PAGE_COUNT: Final = 500


class Stretch(NamedTuple):
    """Which cycles are compared, by the site's time, both ends included."""

    from_s: float = float("-inf")
    to_s: float = float("inf")


class Difference(NamedTuple):
    """The first decision that is not what was recorded.

    seq: its row. number: of the cycle in its run. evse_id: "" where no limit and no cause differs. recorded, now: what
    is held and why, "" where unknown.
    """

    time_s: float
    seq: int
    number: int
    what: str
    evse_id: str = ""
    recorded: str = ""
    now: str = ""


class Replayed(NamedTuple):
    """What came of a replay. first_s, last_s: of the compared cycles, NaN where there was none. lost_count: cycles that
    could not be run again because others were never kept. is_other_code: some of it was recorded by other code.
    """

    cycles_count: int
    runs_count: int
    lost_count: int
    first_s: float
    last_s: float
    is_other_code: bool
    difference: Difference | None


class Solve(NamedTuple):
    """What was planned by: the plan in force after a cycle, None where none was. session_ids: by serial, of that moment."""

    time_s: float
    architecture: str
    plan: Plan | None
    session_ids: dict[int, str]


class _Begin(NamedTuple):
    """Where a replay begins: with a memory kept before a moment. back_count: 1 for the last such, 2 for the one before it."""

    moment_s: float
    back_count: int = 1


class _Replay:
    def __init__(self, config: Config, engine: Engine, stretch: Stretch, begin: _Begin) -> None:
        self._config, self._engine, self._stretch, self._begin = config, engine, stretch, begin
        self._marks = marks_of(config)
        self._network = network_of(config.site)
        self._past = _fresh_past(config)
        self._recorded: dict[int, HeldNow] = {}
        self._cycles_count = self._runs_count = self._lost_count = 0
        self._first_s = self._last_s = float("nan")
        self._is_other_code, self._is_begun = False, False
        self.newest: tuple[float, ControllerMemory] | None = None

    def run(self, told: Callable[[float], None]) -> Replayed:
        start_seq, end_seq = self._bounds()
        for row in self._rows(start_seq - 1):
            if row.at_ms / 1000.0 > self._stretch.to_s + 1.0:
                break
            difference = self._follow(row)
            if difference is not None:
                return self._outcome(difference)
            told((row.seq - start_seq) / max(1, end_seq - start_seq))
        return self._outcome(None)

    def _bounds(self) -> tuple[int, int]:
        """Return the row of the memory to begin with, and the last row."""
        with self._engine.connect() as connection, connection.begin():
            kept = moments_of(connection, self._config.node, MEMORY_KIND)
            end_seq = head_of(connection, self._config.node).seq
        if not kept:
            raise PastError(
                f'The journal holds no memory of node "{self._config.node}" to begin with: '
                "a site writes one at every start. Was it written by an older Voltloom?"
            )
        before = [seq for seq, at_ms in kept if at_ms / 1000.0 <= self._begin.moment_s]
        return (before[-min(self._begin.back_count, len(before))] if before else kept[0][0]), end_seq

    def _rows(self, seq: int) -> Iterator[JournalRow]:
        while True:
            with self._engine.connect() as connection, connection.begin():
                rows = rows_after(connection, self._config.node, seq, PAGE_COUNT)
            yield from rows
            if not rows:
                return
            seq = rows[-1].seq

    def _follow(self, row: JournalRow) -> Difference | None:
        if row.kind == MEMORY_KIND:
            return self._met(row)
        ran = self._past.take(row)
        if ran is None:
            self._lost_count += self._past.is_lost
            return None
        self._recorded.update({held.evse: held for held in ran.cycle.changed})
        time_s = ran.cycle.now_s
        if not self._stretch.from_s <= time_s <= self._stretch.to_s:
            return None
        self._cycles_count += 1
        self._runs_count += ran.cycle.number == 1 or self._cycles_count == 1
        self._first_s = self._first_s if self._cycles_count > 1 else time_s
        self._last_s = time_s
        self.newest = time_s, self._past.memory
        digest = "" if ran.decision is None else digest_of(ran.decision)
        return None if digest == ran.cycle.digest else self._difference(ran)

    def _met(self, row: JournalRow) -> Difference | None:
        """Take over a memory at the beginning, of a new run or after a gap; compare any other with the one that was run."""
        try:
            kept = kept_memory(row)
            if kept.marks.site != self._marks.site:
                raise PastError(
                    f"Row {row.seq} was recorded with other [site], [control] or stations than this file says. "
                    "Give the file of that time, or --from and --to without it."
                )
            if kept.marks.buys not in ("", self._marks.buys):
                raise PastError(
                    f"Row {row.seq} was recorded with other prices in [control.planning.buys] than this file says. "
                    "Give the file of that time, or --from and --to without it."
                )
            self._is_other_code |= kept.marks.code != self._marks.code
            if kept.is_start or not self._is_begun or self._past.is_lost:
                self._adopt(row, kept)
                return None
            is_same = kept.marks.code != self._marks.code or self._past.is_at(kept)
        except FrozenError as wrong:
            raise PastError(f"Row {row.seq} is a memory that this version cannot read. {wrong}") from wrong
        if is_same:
            return None
        what = "the memory after the cycle before is another, although its decisions are equal"
        return Difference(kept.now_s, row.seq, 0, what)

    def _adopt(self, row: JournalRow, kept: KeptMemory) -> None:
        self._past.adopt(kept)
        with self._engine.connect() as connection, connection.begin():
            for before in rows_before(connection, self._config.node, row.seq, kept.untold):
                self._past.take(before)
        self._is_begun = True
        limits_a = self._past.memory.grants.limit_a.tolist()
        self._recorded = {evse: HeldNow(evse, limit_a, -1, -1) for evse, limit_a in enumerate(limits_a)}

    def _difference(self, ran: Ran) -> Difference:
        place = (ran.cycle.now_s, ran.seq, ran.cycle.number)
        decision = ran.decision
        if decision is None or not ran.cycle.digest:
            return Difference(*place, "the core failed in one of the two and not in the other")
        for evse, held in sorted(self._recorded.items()):
            now = _held(decision, evse)
            is_known = held.cause >= 0
            if now.limit_a != held.limit_a or (is_known and now != held):
                what = "another limit" if now.limit_a != held.limit_a else "another reason"
                evse_id = self._network.evse_ids[evse]
                return Difference(*place, what, evse_id, self._shown(held), self._shown(now))
        return Difference(
            *place,
            "limits and reasons are equal, but not the mode, the ratings, who was sent one or what batteries do",
        )

    def _shown(self, held: HeldNow) -> str:
        if held.cause < 0:
            return f"{held.limit_a!r} A"
        row = f" at {self._network.row_ids[held.binding_row]}" if held.binding_row >= 0 else ""
        return f"{held.limit_a!r} A, {Cause(held.cause).name.lower()}{row}"

    def _outcome(self, difference: Difference | None) -> Replayed:
        return Replayed(
            cycles_count=self._cycles_count,
            runs_count=self._runs_count,
            lost_count=self._lost_count,
            first_s=self._first_s,
            last_s=self._last_s,
            is_other_code=self._is_other_code,
            difference=difference,
        )


def replayed(
    config: Config, journal: str, stretch: Stretch, told: Callable[[float], None] = lambda done_ratio: None
) -> Replayed:
    """Return what comes of a recorded stretch; the journal may be in use meanwhile. told: how far it is, 0 to 1.

    journal: a file or a database URL. Raises PastError where the journal cannot be run again, StoreError.
    """
    engine = reader_engine(journal)
    try:
        with clear_errors(journal):
            return _Replay(config, engine, stretch, _Begin(stretch.from_s)).run(told)
    finally:
        engine.dispose()


def solved_at(
    config: Config, journal: str, moment_s: float, told: Callable[[float], None] = lambda done_ratio: None
) -> tuple[Replayed, Solve | None]:
    """Return the solve that was in force at a moment, and what came of deciding again from the memory kept before it.

    None where the journal has no cycle up to then. The solve is what the planner saw only where there is no difference.
    Raises PastError where the journal cannot be run again, StoreError.
    """
    engine = reader_engine(journal)
    try:
        with clear_errors(journal):
            # One memory more, so that cycles are decided again also where the last was kept just then.
            replay = _Replay(config, engine, Stretch(to_s=moment_s), _Begin(moment_s, back_count=2))
            outcome = replay.run(told)
            return outcome, None if replay.newest is None else _solve(*replay.newest)
    finally:
        engine.dispose()


def _solve(time_s: float, memory: ControllerMemory) -> Solve:
    serials = memory.columns.serial.tolist()
    ids = {serials[seat.evse]: seat.session.session_id for seat in memory.seats if seat.session is not None}
    return Solve(time_s, memory.architecture, memory.allocation.plan, ids)


def _fresh_past(config: Config) -> Past:
    network = network_of(config.site)
    controller = SiteController(
        site=config.site,
        network=network,
        settings=config.settings,
        access=config.access,
        tariff=config.buys,
    )
    roll = Roll(
        config.known, config.places, partial(place_of, config.site), network.evse_ids, config.stated_least
    )
    desks: dict[str, Desk] = {}

    def placed(name: str) -> None:
        for gone in desks.keys() - roll.places.keys():
            del desks[gone]
        if name in roll.places:
            meters = config.meters.by_station.get(name, {})
            desks[name] = Desk(roll.places[name]._replace(meters=meters), network.evse_ids, _never_judged)

    for name in roll.places:
        placed(name)
    memory = controller.start(0.0, config.settings.architecture)
    return Past(controller, memory, Beside(roll, desks, (), PriceList(), Refusals(), placed))


def _never_judged(shown: Shown, decoded: Decoded, station_id: str) -> Authorization:
    raise AssertionError("the journal holds every verdict")


def _held(decision: Decision, evse: int) -> HeldNow:
    return HeldNow(
        evse, float(decision.after_a[evse]), int(decision.cause[evse]), int(decision.binding_row[evse])
    )
