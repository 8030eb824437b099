"""The desk where orders are placed: written down, sent, their answers and effects watched, everything told in order."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Final

import msgspec
from msgspec import Struct

from voltloom.live.central import Central
from voltloom.live.clock import Clock, Timer
from voltloom.live.orders.book import MAX_OPEN_COUNT, Book
from voltloom.live.orders.kinds import PLACED_KIND, STEP_KIND, Order, OrderRecord, OrderState, Step
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import AdmissionStatus
from voltloom.protocols.ocpp.link import CallFailed, Outcome
from voltloom.protocols.ocpp.orders import words2x, words16
from voltloom.protocols.ocpp.orders.answering import Verdict, judged
from voltloom.protocols.ocpp.orders.effects import (
    SCHEDULED_S,
    Seen,
    Sign,
    asked_back,
    confirmed,
    shows,
    within_s,
)
from voltloom.protocols.ocpp.orders.masking import wish_without_secrets, without_secrets
from voltloom.protocols.ocpp.orders.pending import may_ask
from voltloom.protocols.ocpp.orders.wishes import Wish, WishError
from voltloom.protocols.ocpp.orders.wording import Numbers
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.store.entry import Entry, JournalRow
from voltloom.store.errors import StoreError
from voltloom.store.journal import Journal

MAX_PARTS_COUNT: Final = 500  # of one result
WRITTEN_S: Final = 60.0  # between an answer that is the effect, and the step that says so
_NO_ANSWER: Final = frozenset({Outcome.TIMED_OUT, Outcome.LINK_CLOSED, Outcome.UNREADABLE})
_log = logging.getLogger("voltloom.live")
Watcher = Callable[[OrderRecord], None]


class OrderDesk:
    """What operators asked of stations. `central` is set before anybody may order.

    standing: of a station now. Every step is durable before it is told.
    """

    central: Central

    def __init__(self, journal: Journal, clock: Clock, standing: Callable[[str], AdmissionStatus]) -> None:
        self._journal, self._clock, self._standing = journal, clock, standing
        self._book = Book()
        self._turn = asyncio.Lock()  # steps are written and told one after the other
        self._watchers: list[Watcher] = []
        self._timers: dict[str, Timer] = {}
        self._early: dict[str, list[tuple[Seen, str]]] = {}  # seen before the answer was written down
        self._to_ask: set[str] = (
            set()
        )  # of before a restart: their effect is asked for when the station speaks
        self._working: set[asyncio.Task[None]] = set()
        self._run_id, self._count = time.time_ns(), 0

    # --- for operators -----------------------------------------------------------------------------------------------

    async def order(self, station_id: str, wish: Wish, *, by: str, key: str = "") -> OrderRecord:
        """Send a wish to a station. Returns it as sent; its steps come to those who subscribed.

        by: who asks. key: the same key with the same wish is the same order, whatever its passwords. These go to the station
        and nowhere else. Raises WishError, StoreError.
        """
        async with self._turn:
            if (known := self._book.asked_before(station_id, wish, key)) is not None:
                return known
            version = self._version_of(station_id)
            numbers = self._book.numbers_for(station_id, wish)
            prepared = prepared_for(wish, version, numbers)
            self._check_standing(station_id, prepared)
            self._count += 1
            order = Order(
                order_id=f"o{self._run_id:x}-{self._count}",
                station_id=station_id,
                wish=wish_without_secrets(wish),
                by=by,
                key=key,
                asked_s=self._clock.now_s(),
                version=version.value,
                action=prepared.action,
                payload=_shown(prepared.payload),
                request_id=numbers.request_id,
            )
            before = [r for r in self._book.open_at(station_id) if r.order.target == order.target]
            why = f"order {order.order_id} is newer"
            over = [self._step(record, OrderState.SUPERSEDED, why) for record in before]
            placed = self._entry(order.order_id, PLACED_KIND, order)
            await self._journal.append_together((placed, *map(self._step_entry, over)))
            record = self._book.place(order)
            self._tell(record)
            for step in over:
                self._enter(step)
            _log.info("%s: %s ordered by %s (%s)", station_id, order.kind, by, order.order_id)
        prepared = prepared._replace(key=f"order/{order.target}")
        self.central.call(station_id, prepared, lambda answer: self.soon(self._answered(order, answer)))
        return record

    def find(self, order_id: str) -> OrderRecord | None:
        """Return an order by its id, None for one that is not known or was long ago."""
        return self._book.find(order_id)

    def orders(self, station_id: str = "") -> tuple[OrderRecord, ...]:
        """Return the orders that are remembered, of one station or ("") of all, the oldest first."""
        found = self._book.records
        return found if not station_id else tuple(r for r in found if r.order.station_id == station_id)

    def subscribe(self, watcher: Watcher) -> Callable[[], None]:
        """Tell a watcher of every step from now on, after it is durable. Returns what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    # --- for the site ------------------------------------------------------------------------------------------------

    def take(self, row: JournalRow) -> None:
        """Take in what the journal has from before a restart; a row that nobody can read is told and left out."""
        try:
            self._book.take(row)
        except (msgspec.MsgspecError, KeyError, ValueError) as unreadable:
            _log.error("row %d tells of an order that cannot be read: %s", row.seq, unreadable)

    def resume(self) -> None:
        """Go on with what was open before a restart: an answer that did not come by then never will."""
        for record in self._book.records:
            if record.state is OrderState.SENT:
                self.soon(self._unanswered(record.order, "Voltloom restarted before the answer came"))
            elif record.is_open:
                self._watch(record)
                self._to_ask.add(record.order.order_id)

    def heard(self, station_id: str, action: str, message: Struct | None) -> None:
        """Look whether a station's message shows the effect of an order."""
        open_there = self._book.open_at(station_id)
        if not open_there or message is None:
            return
        told = msgspec.to_builtins(message)
        for record in open_there:
            is_restarted = action == "BootNotification" and record.state is OrderState.SCHEDULED
            if is_restarted or record.order.order_id in self._to_ask:
                self._to_ask.discard(record.order.order_id)
                self._ask_back(record.order)
            if (seen := shows(record.order.asked, action, told)) is not None:
                text = _shown(message)
                self.soon(self._seen(record.order.order_id, seen, text))

    async def settled(self) -> None:
        """Wait until every step that is known is durable, and watch no further."""
        while self._working:
            await asyncio.wait(tuple(self._working))
        for timer in self._timers.values():
            timer.cancel()

    # --- what follows an order ---------------------------------------------------------------------------------------

    async def _answered(self, order: Order, answer: Struct | CallFailed) -> None:
        if isinstance(answer, CallFailed):
            await self._without_answer(order, answer)
            return
        told = msgspec.to_builtins(answer)
        text = _shown(answer)
        meant = judged(order.action, told)
        now_s = self._clock.now_s()
        wait_s = within_s(order.asked, now_s)
        match meant.verdict:
            case Verdict.REFUSED:
                await self._move(order, OrderState.REFUSED, meant.why, text)
            case Verdict.SCHEDULED:
                due_s = now_s + max(SCHEDULED_S, wait_s or 0.0)
                await self._move(order, OrderState.SCHEDULED, meant.why, text, due_s)
            case Verdict.NOTHING | Verdict.ACCEPTED if wait_s is None or meant.verdict is Verdict.NOTHING:
                await self._move(order, OrderState.ACCEPTED, meant.why, text, now_s + WRITTEN_S)
                await self._move(order, OrderState.TOOK_EFFECT, meant.why)
            case _:
                await self._move(order, OrderState.ACCEPTED, meant.why, text, now_s + (wait_s or 0.0))
                self._ask_back(order)
        await self._shown_early(order)

    async def _without_answer(self, order: Order, failed: CallFailed) -> None:
        if failed.outcome in _NO_ANSWER:
            await self._unanswered(order, failed.outcome.value)
            return
        error = failed.error
        why = failed.outcome.value if error is None else f"{error.code.value} {error.description}".strip()
        await self._move(order, OrderState.FAILED, why)

    async def _unanswered(self, order: Order, why: str) -> None:
        """The station may have carried it out: its effect is waited for all the same."""
        now_s = self._clock.now_s()
        wait_s = within_s(order.asked, now_s)
        await self._move(order, OrderState.TIMED_OUT, why, due_s=None if wait_s is None else now_s + wait_s)
        await self._shown_early(order)

    async def _shown_early(self, order: Order) -> None:
        for seen, text in self._early.pop(order.order_id, ()):
            await self._seen(order.order_id, seen, text)

    async def _seen(self, order_id: str, seen: Seen, text: str) -> None:
        record = self._book.find(order_id)
        if record is None or not record.is_open:
            return
        if record.state is OrderState.SENT:  # some stations tell the effect before they answer
            early = self._early.setdefault(order_id, [])
            if len(early) < MAX_PARTS_COUNT:
                early.append((seen, text))
            return
        match seen.sign:
            case Sign.PART:
                if len(record.steps) < MAX_PARTS_COUNT:
                    await self._move(record.order, record.state, seen.what, text, record.due_s)
            case Sign.EFFECT:
                await self._move(record.order, OrderState.TOOK_EFFECT, seen.what, text)
            case Sign.FAILURE:
                await self._move(record.order, OrderState.NO_EFFECT, seen.what, text)

    def _ask_back(self, order: Order) -> None:
        question = asked_back(order.asked)
        if question is None:
            return

        def told(answer: Struct | CallFailed) -> None:
            if isinstance(answer, CallFailed):
                return
            seen = confirmed(order.asked, msgspec.to_builtins(answer))
            if seen is not None:
                text = _shown(answer)
                self.soon(self._seen(order.order_id, seen, text))

        self.central.call(order.station_id, question, told)

    # --- steps -------------------------------------------------------------------------------------------------------

    async def _move(
        self, order: Order, state: OrderState, why: str = "", message: str = "", due_s: float | None = None
    ) -> None:
        """Write a step and tell it; one that may not follow any more is left out."""
        async with self._turn:
            record = self._book.find(order.order_id)
            if record is None or not record.may_become(state):
                return
            step = self._step(record, state, why, message, due_s)
            await self._journal.append(self._step_entry(step))
            self._enter(step)

    def _enter(self, step: Step) -> None:
        record = self._book.step(step)
        if record is None:
            return
        self._watch(record)
        if not record.is_open:
            self._early.pop(step.order_id, None)
        _log.info("%s: %s %s %s", record.order.station_id, step.order_id, step.state.value, step.why)
        self._tell(record)

    def _watch(self, record: OrderRecord) -> None:
        order = record.order
        if (timer := self._timers.pop(order.order_id, None)) is not None:
            timer.cancel()
        if record.due_s is not None:
            late = self._clock.call_at(record.due_s, lambda: self.soon(self._late(order)))
            self._timers[order.order_id] = late

    async def _late(self, order: Order) -> None:
        await self._move(order, OrderState.NO_EFFECT, "not seen in its time")

    def _tell(self, record: OrderRecord) -> None:
        for watcher in tuple(self._watchers):
            asyncio.get_running_loop().call_soon(watcher, record)

    def _step(
        self,
        record: OrderRecord,
        state: OrderState,
        why: str = "",
        message: str = "",
        due_s: float | None = None,
    ) -> Step:
        at_s = self._clock.now_s()
        order_id = record.order.order_id
        return Step(order_id=order_id, state=state, at_s=at_s, why=why, message=message, due_s=due_s)

    def _step_entry(self, step: Step) -> Entry:
        self._count += 1
        return self._entry(f"{step.order_id}/{self._run_id:x}/{self._count}", STEP_KIND, step)

    def _entry(self, key: str, kind: str, told: Struct) -> Entry:
        return Entry(f"order/{key}", kind, int(self._clock.now_s() * 1000.0), msgspec.json.encode(told))

    def soon(self, work: Coroutine[None, None, None]) -> None:
        """Do something about an order beside all else; `settled` waits for it."""
        task = asyncio.ensure_future(_logged(work))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    # --- whom and how ------------------------------------------------------------------------------------------------

    def _version_of(self, station_id: str) -> OcppVersion:
        version = self.central.speaks(station_id)
        if version is None:
            raise WishError("station", f"{station_id} is not connected", "Ask again when it is.")
        if len(self._book.open_at(station_id)) >= MAX_OPEN_COUNT:
            problem = f"{station_id} has {MAX_OPEN_COUNT} open orders already"
            raise WishError("station", problem, "Wait for some of them.")
        return version

    def _check_standing(self, station_id: str, prepared: Prepared) -> None:
        standing = self._standing(station_id)
        if not may_ask(prepared.action, standing):
            problem = f"{station_id} is {standing.value}, and may not be sent {prepared.action}"
            raise WishError("station", problem, "Approve it first.")


def prepared_for(wish: Wish, version: OcppVersion, numbers: Numbers) -> Prepared:
    """Return the CALL of a wish. Raises WishError for what the version cannot say."""
    if version is OcppVersion.V16:
        return words16.prepared(wish, numbers)
    return words2x.prepared(wish, version, numbers)


def _shown(message: Struct) -> str:
    """Return a message as JSON that may be kept."""
    return json.dumps(without_secrets(msgspec.json.decode(msgspec.json.encode(message))), ensure_ascii=False)


async def _logged(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except StoreError as unwritten:
        _log.error("a step of an order was not kept, so it did not happen: %s", unwritten)
