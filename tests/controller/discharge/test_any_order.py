"""Whatever happens in whatever order: no floor is broken, nobody gives without consent, and no row depends on what is fed back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.controller.discharge.yard import BATTERY_WH, Yard, discharging
from tests.places import row_of
from voltloom.controller.settings import ControlSettings
from voltloom.decision.command import SetLimits
from voltloom.site.network import Ints

COUNT = 3
RATING_A = 36.0
BUILDING_A = 8.0
EVSES = st.integers(0, COUNT - 1)
SOME = st.sets(EVSES, max_size=COUNT)
FLOORS = st.sampled_from([0.2, 0.45, 0.5, 0.55])


class Night(RuleBasedStateMachine):
    """Three vehicles behind one fuse with a building, which takes all that was planned for it."""

    @initialize(floors=st.tuples(*[FLOORS] * COUNT))
    def begin(self, floors: tuple[float, ...]) -> None:
        """Let everybody come."""
        site = discharging(row_of(COUNT, rating_a=RATING_A))
        grid = replace(site.circuits[0], other_load_a=BUILDING_A, is_metered=True)
        self.yard = Yard(replace(site, circuits=(grid,)), settings=ControlSettings())
        self.lease_s = self.yard.settings.safety.lease_s
        self.floor_wh = np.full(COUNT, np.nan)
        self.revoked_s = np.full(COUNT, -np.inf)
        self.late: list[tuple[SetLimits, Ints]] = []
        self.begin_wh = self.yard.cells_wh
        for evse, floor_ratio in enumerate(floors):
            self.come(evse, floor_ratio)

    def come(self, evse: int, floor_ratio: float) -> None:
        """Let a vehicle come whose driver consents."""
        self.yard.plug_in(evse)
        self.state(evse, floor_ratio)

    @rule(evse=EVSES, floor_ratio=st.one_of(FLOORS, st.just(math.nan)))
    def state(self, evse: int, floor_ratio: float) -> None:
        """Let a driver say how far the vehicle may be discharged, or that it may not."""
        soc_ratio = float(self.yard.cells_wh[evse]) / BATTERY_WH
        self.yard.state(evse, floor_ratio=floor_ratio, soc_ratio=soc_ratio, energy_wh=20_000.0)
        # What was granted under the floor before may still be in force.
        before_wh, asked_wh = self.floor_wh[evse], floor_ratio * BATTERY_WH
        is_higher = not math.isnan(before_wh) and not asked_wh <= before_wh
        if is_higher:
            self.revoked_s[evse] = self.yard.now_s
        self.floor_wh[evse] = asked_wh

    @rule(wish_a=st.lists(st.sampled_from([-16.0, -9.0, 0.0, 10.0, 32.0]), min_size=COUNT, max_size=COUNT))
    def wish(self, wish_a: list[float]) -> None:
        """Let the architecture want something else."""
        self.yard.wish_a = np.array(wish_a)

    @rule(duration_s=st.sampled_from([10.0, 30.0, 60.0]), silent=SOME, late=SOME, count=st.integers(1, 12))
    def live(self, duration_s: float, silent: set[int], late: set[int], count: int) -> None:
        """Let some cycles pass; some stations are cut off, others hear of their limits late."""
        for _ in range(count):
            self.yard.pass_time(duration_s)
            self.yard.read(silent)
            self.yard.read_rows([float(self.yard.flow_a.sum()) + BUILDING_A] * 3)
            told = len(self.yard.commands)
            self.yard.decide(silent | late)
            for command in self.yard.commands[told:]:
                places = np.flatnonzero(np.isin(command.evses, list(late - silent)))
                self.late.append((command, places))
            self.holds()

    @rule(is_heard=st.booleans())
    def catch_up(self, is_heard: bool) -> None:
        """Let what is late arrive, in its order; the answers may be lost."""
        for command, places in self.late:
            self.yard.take(command, places)
            if is_heard:
                self.yard.confirm(command.evses[places])
        self.late = []

    @rule(evse=EVSES, floor_ratio=FLOORS)
    def another_comes(self, evse: int, floor_ratio: float) -> None:
        """Let a vehicle leave and another take its place."""
        self.yard.unplug(evse)
        self.late = [(command, places[command.evses[places] != evse]) for command, places in self.late]
        self.yard.cells_wh = self.yard.cells_wh.copy()
        self.yard.cells_wh[evse] = 0.5 * BATTERY_WH
        self.floor_wh[evse], self.revoked_s[evse] = np.nan, -np.inf
        self.come(evse, floor_ratio)

    @rule()
    def forget(self) -> None:
        """Let the controller start again and be told who is there."""
        self.yard.restart()
        for evse, floor_wh in enumerate(self.floor_wh.tolist()):
            self.yard.plug_in(evse)
            self.state(evse, floor_wh / BATTERY_WH)

    @invariant()
    def holds(self) -> None:
        """Look at what really flows."""
        flow_a, cells_wh = self.yard.flow_a, self.yard.cells_wh
        gives = (flow_a < 0.0) & (self.yard.now_s - self.revoked_s > self.lease_s)
        assert not (gives & ~(cells_wh > self.floor_wh)).any()
        assert -flow_a[flow_a < 0.0].sum() <= RATING_A
        assert flow_a[flow_a > 0.0].sum() + BUILDING_A <= RATING_A  # also when all that is fed back stops now
        discharge = self.yard.memory.discharge
        assert discharge is not None
        assert (-flow_a <= discharge.may_a + 1e-9).all()


TestNight = Night.TestCase
TestNight.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
