"""Whatever happens on a connection: one CALL on the wire, every CALL ends exactly once, every answer goes out once."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from voltloom.protocols.ocpp import frames
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.calls import answered, called, closed, deadline_s, opened, received, ticked
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.link import (
    CallArrived,
    CallFailed,
    CloseLink,
    LinkSettings,
    Moved,
    Outgoing,
    ResultArrived,
    SendFrame,
)

SETTINGS = LinkSettings(max_queue=3, max_open=2, silent_s=100.0)


class AnyOrder(RuleBasedStateMachine):
    """A connection under calls, answers, repeats, rubbish, waiting and loss."""

    @initialize(version=st.sampled_from(OcppVersion))
    def connect(self, version: OcppVersion) -> None:
        self.now_s = 0.0
        self.link = opened(version, 0.0, SETTINGS)
        self.made = 0
        self.on_wire: list[str] = []
        self.ends: Counter[str] = Counter()
        self.asked: list[str] = []  # CALLs of the station handed to us
        self.to_answer: list[str] = []
        self.is_told_to_close = False

    def take(self, moved: Moved) -> None:
        self.link = moved.link
        for effect in moved.effects:
            match effect:
                case SendFrame(text):
                    kind, message_id = json.loads(text)[:2]
                    if kind == frames.CALL:
                        assert not self.is_told_to_close
                        self.on_wire.append(message_id)
                case ResultArrived(outgoing, _) | CallFailed(outgoing, _):
                    self.ends[outgoing.message_id] += 1
                case CallArrived(call):
                    self.asked.append(call.message_id)
                    self.to_answer.append(call.message_id)
                case CloseLink():
                    self.is_told_to_close = True

    @rule(key=st.sampled_from(["", "a", "b"]))
    def we_call(self, key: str) -> None:
        self.made += 1
        self.take(called(self.link, Outgoing(f"c{self.made}", "Reset", b"{}", key), self.now_s))

    @rule(back=st.integers(0, 4), is_error=st.booleans())
    def station_answers(self, back: int, is_error: bool) -> None:
        if len(self.on_wire) > back:
            message_id = self.on_wire[-1 - back]
            fault = Fault(ErrorCode.INTERNAL_ERROR, "x")
            error = frames.call_error(message_id, fault, self.link.version)
            self.take(
                received(self.link, error if is_error else frames.call_result(message_id, {}), self.now_s)
            )

    @rule(number=st.integers(1, 6), body=st.integers(0, 1))
    def station_calls(self, number: int, body: int) -> None:
        self.take(received(self.link, frames.call(f"s{number}", "StopTransaction", {"x": body}), self.now_s))

    @rule()
    def we_answer(self) -> None:
        if self.to_answer:
            self.take(answered(self.link, self.to_answer.pop(0), {}, self.now_s))

    @rule(text=st.sampled_from([b"", b"[3]", b"[7,1]", b'[5,"c1","GenericError"]', b'[6,"x","Y",{}]']))
    def rubbish_comes(self, text: bytes) -> None:
        before = self.link
        self.take(received(self.link, text, self.now_s))
        assert self.link == before._replace(heard_s=self.now_s)

    @rule(wait_s=st.floats(0.0, 60.0))
    def time_passes(self, wait_s: float) -> None:
        self.now_s += wait_s
        self.take(ticked(self.link, self.now_s))
        assert self.link.is_closing or deadline_s(self.link) > self.now_s

    @rule()
    def link_is_lost(self) -> None:
        self.take(closed(self.link))
        assert sum(self.ends.values()) == self.made
        self.to_answer = []
        self.is_told_to_close = False
        self.link = opened(self.link.version, self.now_s, SETTINGS, before=self.link)

    @invariant()
    def every_call_ends_at_most_once_and_one_is_on_the_wire(self) -> None:
        assert max(self.ends.values(), default=0) <= 1
        open_calls = [m for m in self.on_wire if not self.ends[m]]
        assert len(open_calls) <= 1
        assert len(set(self.on_wire)) == len(self.on_wire)

    @invariant()
    def no_call_is_forgotten(self) -> None:
        pending = len(self.link.waiting) + (self.link.flight is not None)
        assert sum(self.ends.values()) + pending == self.made

    @invariant()
    def bounds_hold(self) -> None:
        assert len(self.link.waiting) <= SETTINGS.max_queue
        assert len(self.link.open) <= SETTINGS.max_open
        assert len(self.link.open) == len(self.to_answer)


TestAnyOrder = AnyOrder.TestCase
