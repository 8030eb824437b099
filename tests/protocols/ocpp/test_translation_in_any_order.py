"""Whatever stations say in whatever order: every message is answered, visits begin and end in turn, money counts once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.protocols.ocpp.station2x import Station2x
from tests.protocols.ocpp.station16 import Station
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.generated.v16 import core
from voltloom.protocols.ocpp.hearing import TransactionTold, Understood
from voltloom.session.events import EvseReadings, PluggedIn, Unplugged

STATES = [None, "EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE", "Idle", "Odd"]


class AnyOrder(RuleBasedStateMachine):
    """What both protocols must keep; the subclasses say how a station talks."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[TransactionTold] = []

    def take(self, understood: Understood) -> Understood:
        assert not isinstance(understood.answer, Fault)
        self.words += understood.told
        return understood

    station: Station

    @rule(wait_s=st.integers(0, 4000))
    def time_passes(self, wait_s: int) -> None:
        self.station.now_s += wait_s

    @invariant()
    def visits_begin_and_end_in_turn(self) -> None:
        present: Counter[int] = Counter()
        session_ids: dict[int, str] = {}
        since_s: dict[int, float] = {}
        for event in self.station.events:
            if isinstance(event, PluggedIn) and session_ids.get(event.evse) == event.session_id:
                assert present[event.evse] == 1  # told again, with its register
            elif isinstance(event, PluggedIn):
                present[event.evse] += 1
                session_ids[event.evse] = event.session_id
                since_s[event.evse] = event.time_s
            elif isinstance(event, Unplugged):
                present[event.evse] -= 1
                assert event.time_s >= since_s[event.evse]
            assert set(present.values()) <= {0, 1}

    @invariant()
    def nothing_is_told_of_the_future(self) -> None:
        for event in self.station.events:
            assert event.time_s <= self.station.now_s
            if isinstance(event, EvseReadings):
                assert (event.sampled_s <= self.station.now_s).all()

    @invariant()
    def no_word_is_told_twice(self) -> None:
        assert max(Counter(word.key for word in self.words).values(), default=0) <= 1


class AnyOrder16(AnyOrder):
    @initialize()
    def begin(self) -> None:
        self.station = Station()
        self.starts: dict[tuple[int, int, float], int] = {}

    @rule(
        status=st.sampled_from(
            [
                *("Available", "Preparing", "Charging", "SuspendedEV", "SuspendedEVSE"),
                *("Finishing", "Unavailable", "Faulted"),
            ]
        ),
        connector=st.sampled_from([0, 1, 2, 9]),
    )
    def status(self, status: str, connector: int) -> None:
        self.take(self.station.status(status, connector))

    @rule(
        connector=st.integers(1, 2),
        meter_wh=st.sampled_from([0, 1000, 10**7]),
        back_s=st.sampled_from([0.0, 5000.0]),
    )
    def start(self, connector: int, meter_wh: int, back_s: float) -> None:
        at_s = self.station.now_s - back_s
        answer = self.take(self.station.start(meter_wh, at_s, connector)).answer
        assert isinstance(answer, core.StartTransactionResponse)
        known = self.starts.setdefault((connector, meter_wh, at_s), answer.transaction_id)
        assert known == answer.transaction_id  # the same start is the same transaction, for ever

    @rule(which=st.integers(0, 3), meter_wh=st.sampled_from([0, 6000, 10**8]), has_left=st.booleans())
    def stop(self, which: int, meter_wh: int, has_left: bool) -> None:
        ids = [*self.starts.values(), -1]
        if len(ids) > 60:
            return
        reason: dict[str, Any] = {"reason": "EVDisconnected"} if has_left else {}
        stopped = self.take(self.station.stop(ids[which % len(ids)], meter_wh, **reason))
        if ids[which % len(ids)] == -1:
            self.words = [word for word in self.words if word not in stopped.told]

    @rule(connector=st.integers(0, 3), energy_wh=st.integers(-5, 10**6))
    def meter(self, connector: int, energy_wh: int) -> None:
        self.take(self.station.meter({"value": str(energy_wh)}, connector=connector))


class AnyOrder2x(AnyOrder):
    station: Station2x

    @initialize(version=st.sampled_from([OcppVersion.V201, OcppVersion.V21]))
    def begin(self, version: OcppVersion) -> None:
        self.station = Station2x(version)

    @rule(
        kind=st.sampled_from(["Started", "Updated", "Ended"]),
        trigger=st.sampled_from(["Authorized", "CablePluggedIn", "EVDeparted", "MeterValuePeriodic", "Odd"]),
        state=st.sampled_from(STATES),
        transaction=st.sampled_from(["tx1", "tx2"]),
        step=st.sampled_from([0, 0, 1, -1]),
        more=st.sampled_from([{}, {"evse": {"id": 1}}, {"evse": {"id": 2}}, {"evse": {"id": 7}}]),
    )
    def event(self, **told: Any) -> None:
        info = {"transactionId": told["transaction"]}
        if told["state"] is not None:
            info["chargingState"] = told["state"]
        self.station.seq_no += told["step"]
        meter = self.station.register(float(self.station.seq_no * 1000))
        self.take(self.station.event(told["kind"], told["trigger"], info, meterValue=meter, **told["more"]))

    @rule(status=st.sampled_from(["Available", "Occupied", "Reserved", "Faulted"]), evse=st.integers(0, 3))
    def status(self, status: str, evse: int) -> None:
        payload = {"timestamp": "", "connectorStatus": status, "evseId": evse, "connectorId": 1}
        self.take(self.station.say("StatusNotification", payload))


TestAnyOrder16 = AnyOrder16.TestCase
TestAnyOrder2x = AnyOrder2x.TestCase
