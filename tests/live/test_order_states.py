"""Orders in any order of events: none is said done before it took effect, and none anything else after it was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import Struct

from voltloom.live.clock import Clock, Timer
from voltloom.live.orders.desk import OrderDesk
from voltloom.live.orders.kinds import FOLLOWING, OrderRecord, OrderState
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.generated.v16.core import (
    BootNotificationRequest,
    ChangeAvailabilityResponse,
    ResetResponse,
    StatusNotificationRequest,
)
from voltloom.protocols.ocpp.hearing import AdmissionStatus
from voltloom.protocols.ocpp.link import CallFailed, Outcome, Outgoing
from voltloom.protocols.ocpp.orders.wishes import Reset, SetAvailability, Wish
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.store.errors import StoreError
from voltloom.store.journal import Journal
from voltloom.store.memory import MemoryLedger

T = TypeVar("T")
Done = Callable[[Struct | CallFailed], None]
OVER = frozenset(
    {
        *(OrderState.REFUSED, OrderState.FAILED, OrderState.SUPERSEDED),
        *(OrderState.TOOK_EFFECT, OrderState.NO_EFFECT),
    }
)
OUTLETS = (1, 2, 3)
WISHES: list[Wish] = [
    Reset(how="immediate"),
    *(SetAvailability(number=number, is_operative=False) for number in OUTLETS),
]


def shown_by(wish: Wish) -> tuple[str, Struct]:
    """Return the message, by its action, that shows that a wish was carried out."""
    if isinstance(wish, SetAvailability):
        status = StatusNotificationRequest(
            connector_id=wish.number, error_code="NoError", status="Unavailable"
        )
        return "StatusNotification", status
    return "BootNotification", BootNotificationRequest(charge_point_vendor="V", charge_point_model="M")


class Handle(Timer):
    """Something put off, which the test lets happen."""

    def __init__(self, at_s: float, callback: Callable[[], object]) -> None:
        self.at_s, self.callback, self.is_cancelled = at_s, callback, False

    def cancel(self) -> None:
        self.is_cancelled = True


class HandClock(Clock):
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.time_s = 1000.0
        self.handles: list[Handle] = []

    def now_s(self) -> float:
        return self.time_s

    def call_at(self, at_s: float, callback: Callable[[], object]) -> Timer:
        handle = Handle(at_s, callback)
        self.handles.append(handle)
        return handle

    def pass_by(self, duration_s: float) -> None:
        self.time_s += duration_s
        due = [h for h in self.handles if h.at_s <= self.time_s]
        self.handles = [h for h in self.handles if h.at_s > self.time_s]
        for handle in due:
            if not handle.is_cancelled:
                handle.callback()


class AtOnce(Executor):
    """Commits in the loop's own thread, so that the same events come in the same order whenever they are played."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except StoreError as unwritten:
            done.set_exception(unwritten)
        return done


class Line:
    """A station's line: CALLs go out and wait for the answer that the test gives."""

    def __init__(self) -> None:
        self.open: list[tuple[Prepared, Done]] = []

    def speaks(self, _: str) -> OcppVersion:
        return OcppVersion.V16

    def call(self, _: str, prepared: Prepared, done: Done) -> None:
        self.open.append((prepared, done))


class OrderStates(RuleBasedStateMachine):
    """An operator, a station that answers late, twice or never, and a program that restarts at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.shell = asyncio.new_event_loop()
        self.clock, self.line = HandClock(), Line()
        self.journal = self.wait(self._journal())
        self.told: dict[str, list[OrderState]] = {}
        self.shown: set[str] = set()
        self.shown_in_time: set[str] = set()
        self.ids: list[str] = []
        self.desk = self._opened()

    async def _journal(self) -> Journal:
        journal = Journal(MemoryLedger("site"))
        journal._thread = AtOnce()  # type: ignore[assignment]  # any executor
        return journal

    def wait(self, work: Coroutine[None, None, T]) -> T:
        return self.shell.run_until_complete(work)

    def _opened(self) -> OrderDesk:
        desk = OrderDesk(self.journal, self.clock, lambda _: AdmissionStatus.ACCEPTED)
        desk.central = self.line  # type: ignore[assignment]  # what the desk asks of a central
        desk.subscribe(self._told)
        return desk

    def _told(self, record: OrderRecord) -> None:
        self.told.setdefault(record.order.order_id, []).append(record.state)

    def _settle(self) -> None:
        async def settle() -> None:
            while self.desk._working:
                await asyncio.wait(tuple(self.desk._working))
            await asyncio.sleep(0)

        self.wait(settle())

    @rule(wish=st.sampled_from(WISHES))
    def is_ordered(self, wish: Wish) -> None:
        record = self.wait(self.desk.order("CP1", wish, by="operator"))
        self.ids.append(record.order.order_id)

    @precondition(lambda self: self.line.open)
    @rule(data=st.data(), is_settled=st.booleans())
    def is_answered(self, data: st.DataObject, is_settled: bool) -> None:
        place = data.draw(st.integers(0, len(self.line.open) - 1))
        prepared, done = self.line.open.pop(place)
        kind = ResetResponse if prepared.action == "Reset" else ChangeAvailabilityResponse
        words = ["Accepted", "Rejected"] + (["Scheduled"] if kind is ChangeAvailabilityResponse else [])
        word = data.draw(st.sampled_from(words) | st.sampled_from(Outcome))
        answer: Struct | CallFailed = (
            CallFailed(Outgoing("m", prepared.action, b""), word)
            if isinstance(word, Outcome)
            else msgspec.convert({"status": word}, kind)
        )
        self._at_once(lambda: done(answer), is_settled)

    @rule(wish=st.sampled_from(WISHES), is_settled=st.booleans())
    def effect_is_seen(self, wish: Wish, is_settled: bool) -> None:
        about = [record for record in self.desk.orders() if record.order.wish == wish]
        self.shown |= {record.order.order_id for record in about}
        self.shown_in_time |= {
            record.order.order_id
            for record in about
            if record.is_open and (record.due_s is None or self.clock.now_s() < record.due_s)
        }
        name, message = shown_by(wish)
        self._at_once(lambda: self.desk.heard("CP1", name, message), is_settled)

    @rule(duration_s=st.sampled_from([1.0, 61.0, 130.0, 301.0, 90_000.0]), is_settled=st.booleans())
    def time_passes(self, duration_s: float, is_settled: bool) -> None:
        self._at_once(lambda: self.clock.pass_by(duration_s), is_settled)

    @rule()
    def the_program_restarts(self) -> None:
        async def again() -> OrderDesk:
            await self.desk.settled()
            await asyncio.sleep(0)
            # What was seen before an answer that never came is not remembered: it counts as not answered.
            sent = [r.order.order_id for r in self.desk.orders() if r.state is OrderState.SENT]
            self.shown_in_time.difference_update(sent)
            self.line.open.clear()
            self.clock.handles.clear()
            desk = self._opened()
            for row in await self.journal.rows_after(0, 100_000):
                desk.take(row)
            desk.resume()
            return desk

        self.desk = self.wait(again())

    def _at_once(self, work: Callable[[], None], is_settled: bool) -> None:
        async def run() -> None:
            work()
            await asyncio.sleep(0)

        self.wait(run())
        if is_settled:
            self._settle()

    @invariant()
    def none_is_said_done_before_it_took_effect(self) -> None:
        for order_id, states in self.told.items():
            if OrderState.TOOK_EFFECT in states:
                assert order_id in self.shown

    @invariant()
    def none_is_said_not_done_after_it_was_seen_in_time(self) -> None:
        for order_id in self.shown_in_time:
            assert OrderState.NO_EFFECT not in self.told.get(order_id, ())

    @invariant()
    def nothing_is_said_after_the_end_and_every_step_may_follow(self) -> None:
        for states in self.told.values():
            assert states[0] is OrderState.SENT
            for before, after in pairwise(states):
                assert before not in OVER
                assert after in FOLLOWING[before]

    @invariant()
    def what_is_told_is_what_is_known(self) -> None:
        for order_id, states in self.told.items():
            record = self.desk.find(order_id)
            assert record is not None
            assert states == [step.state for step in record.steps][: len(states)]

    def teardown(self) -> None:
        """In the end, without answers and effects, each order is over."""
        for prepared, done in self.line.open:
            answer = CallFailed(Outgoing("m", prepared.action, b""), Outcome.TIMED_OUT)
            self._at_once(lambda done=done, answer=answer: done(answer), True)  # type: ignore[misc]  # bound now
        self._settle()
        for _ in range(3):
            self._at_once(lambda: self.clock.pass_by(100_000.0), True)
        try:
            for order_id in self.ids:
                record = self.desk.find(order_id)
                assert record is not None
                assert not record.is_open, record.steps
            self.none_is_said_not_done_after_it_was_seen_in_time()
        finally:
            self.wait(self.desk.settled())
            self.wait(self.journal.close())
            self.shell.close()


TestOrderStates = OrderStates.TestCase
TestOrderStates.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
