"""Every order of events, readings and passing time leads to a legal state, and unplugging always ends it."""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.session.world import (
    context,
    handshake,
    need,
    outlet,
    plugged_in,
    token,
    unplugged,
)
from voltloom.session.answers import StopCause
from voltloom.session.authorization import AuthorizationRules, BackendVerdict, TokenEntry
from voltloom.session.choreography import advance
from voltloom.session.events import (
    FaultCleared,
    FaultReported,
    HardwareFault,
    SessionEvent,
    StationBooted,
    StationEvent,
    VehicleRequested,
)
from voltloom.session.evidence import due_s, heard, need_met, observed, overdue, silent, stopped
from voltloom.session.facts import Step
from voltloom.session.state import WANTS_POWER, SessionState


class AnyOrder(RuleBasedStateMachine):
    """Every order of events, readings and passing time at one outlet."""

    times = st.integers(-400, 400).map(float)
    ids = st.sampled_from(["v1", "v2", "v3"])
    numbers = st.sampled_from([-1.0, 0.0, 6.0, 16.0, math.nan, math.inf, -math.inf, 1e9])

    @initialize(is_free=st.booleans(), is_asking=st.booleans())
    def open_outlet(self, is_free: bool, is_asking: bool) -> None:
        backend = BackendVerdict.PENDING if is_asking else BackendVerdict.NOT_ASKED
        self.context = context(
            AuthorizationRules(is_free_vend=is_free), backend=backend, tokens=(TokenEntry(id_token="anna"),)
        )
        self.step = Step(seat=outlet())
        self.now_s = 1000.0
        self.begun: set[int] = set()
        self.serial = 0

    def happens(self, event: SessionEvent | StationEvent) -> None:
        self.serial += 1
        where = context(
            self.context.rules,
            serial=self.serial,
            backend=self.context.backend,
            tokens=(TokenEntry(id_token="anna"),),
        )
        self.step = advance(self.step.seat, event, where)

    @rule(ago_s=times, session_id=ids)
    def plug_in(self, ago_s: float, session_id: str) -> None:
        self.happens(plugged_in(self.now_s - ago_s, session_id))

    @rule(ago_s=times, who=st.sampled_from(["anna", "ANNA", "ben", ""]))
    def present(self, ago_s: float, who: str) -> None:
        self.happens(token(self.now_s - ago_s, who))

    @rule(ago_s=times, min_a=numbers, max_a=numbers)
    def shake_hands(self, ago_s: float, min_a: float, max_a: float) -> None:
        self.happens(handshake(self.now_s - ago_s, min_a=min_a, max_a=max_a))

    @rule(ago_s=times, energy_wh=numbers, departure_s=numbers)
    def state_need(self, ago_s: float, energy_wh: float, departure_s: float) -> None:
        self.happens(need(self.now_s - ago_s, energy_wh, departure_s))

    @rule(ago_s=times, request_a=numbers)
    def request(self, ago_s: float, request_a: float) -> None:
        self.happens(VehicleRequested(time_s=self.now_s - ago_s, evse=0, request_a=request_a))

    @rule(ago_s=times, fault=st.sampled_from(HardwareFault))
    def break_down(self, ago_s: float, fault: HardwareFault) -> None:
        self.happens(FaultReported(time_s=self.now_s - ago_s, evse=0, fault=fault))

    @rule(ago_s=times)
    def mend(self, ago_s: float) -> None:
        self.happens(FaultCleared(time_s=self.now_s - ago_s, evse=0))

    @rule(ago_s=times)
    def boot(self, ago_s: float) -> None:
        self.happens(StationBooted(time_s=self.now_s - ago_s, evse=0))

    @rule(ago_s=times, register_wh=numbers)
    def unplug(self, ago_s: float, register_wh: float) -> None:
        before = self.step.seat.session
        self.happens(unplugged(self.now_s - ago_s, register_wh))
        belongs = before is not None and self.now_s - ago_s >= before.arrival_s
        assert (self.step.seat.session is None) == (before is None or belongs)

    @rule(current_a=st.sampled_from([0.0, 16.0]), setpoint_a=st.sampled_from([0.0, 16.0]))
    def read_meter(self, current_a: float, setpoint_a: float) -> None:
        seat = self.step.seat
        self.step = observed(
            seat,
            self.now_s,
            sampled_s=self.now_s,
            current_a=current_a,
            register_wh=self.now_s,
            setpoint_a=setpoint_a,
        )

    @rule(by_s=st.sampled_from([10.0, 200.0, 10_000.0, 100_000.0]))
    def wait(self, by_s: float) -> None:
        self.now_s += by_s
        self.step = overdue(self.step.seat, self.now_s)
        if self.step.alarms:
            assert due_s(self.step.seat) > self.now_s, "one alarm for each stay in a state"

    @rule(what=st.sampled_from([silent, heard, need_met]))
    def judge(self, what: object) -> None:
        assert callable(what)
        self.step = what(self.step.seat, self.now_s)

    @rule(cause=st.sampled_from(StopCause))
    def stop(self, cause: StopCause) -> None:
        self.step = stopped(self.step.seat, self.now_s, cause)

    @invariant()
    def every_state_is_legal_and_earned(self) -> None:
        for ended in self.step.ended:
            assert ended.facts.serial not in self.begun, "a session ends once"
            self.begun.add(ended.facts.serial)
        facts = self.step.seat.session
        if facts is None:
            return
        assert facts.state is not SessionState.ENDED
        assert facts.serial not in self.begun
        if facts.state in WANTS_POWER:
            assert facts.is_authorized
            assert facts.fault is None or self.step.seat.fault is None
        if self.step.seat.fault is not None:
            assert facts.state in (SessionState.FAULT, SessionState.STATION_SILENT)
        assert 0.0 < facts.capability.min_a <= facts.capability.max_a <= 32.0
        assert not facts.need.energy_wh < 0.0
        assert math.isinf(facts.need.departure_s) or facts.need.departure_s > 0.0

    @invariant()
    def unplugging_now_ends_it(self) -> None:
        facts = self.step.seat.session
        if facts is not None:
            step = advance(self.step.seat, unplugged(max(self.now_s, facts.arrival_s)), self.context)
            assert step.seat.session is None
            assert len(step.ended) == 1

    @invariant()
    def every_alarm_says_what_to_do(self) -> None:
        assert all(alarm.next_step and alarm.effect and alarm.source for alarm in self.step.alarms)


AnyOrder.TestCase.settings = settings(stateful_step_count=30)
TestAnyOrder = AnyOrder.TestCase
