"""Whatever a link loses, delays, doubles or lets be overtaken: no station draws more than the controller takes it to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.places import row_of
from voltloom.controller.leases.grants import (
    Grants,
    acknowledged,
    ceiling_a,
    overtaken,
    put_out,
    unknown_grants,
)
from voltloom.decision.command import SetLimits
from voltloom.session.events import EvseReadings, LimitsAcknowledged
from voltloom.simulation.faults import FaultKind, FaultSpec, FaultWindow
from voltloom.simulation.link import Link
from voltloom.simulation.station import Stations
from voltloom.site.network import Bools, Floats, network_of

OUTLETS = 3
STEP_S = 10.0
OFFLINE_A = 6.0
TOLERANCE_A = 1.0


class Line:
    """Stations at the far end of a real link whose vehicles draw a part of what is held, and the grants at this end."""

    def __init__(self, faults: list[FaultWindow], seed: int) -> None:
        row = row_of(OUTLETS, rating_a=100.0)
        network = network_of(
            replace(row, evses=tuple(replace(evse, offline_a=OFFLINE_A) for evse in row.evses))
        )
        self.offline_a = network.offline_a
        self.stations = Stations(network, 0.0)
        self.up, self.down = (
            Link(evse_count=OUTLETS, delay_s=0.0, jitter_s=0.0, stream=seed + way) for way in (0, 1)
        )
        for link in (self.up, self.down):
            link.suffer(faults, np.zeros(OUTLETS, dtype=np.bool_), 0.0)
        self.grants: Grants = unknown_grants(network.max_a, 0.0, 300.0, 1800.0)
        self.drawn_a: Floats = np.zeros(OUTLETS)
        self.current_a, self.sampled_s = np.zeros(OUTLETS), np.full(OUTLETS, -np.inf)

    def step(self, now_s: float, ratio: Floats) -> None:
        """Carry messages, let currents flow by `ratio` of what is held, and let meters tell."""
        for command in self.down.due(now_s):
            assert isinstance(command, SetLimits)
            self.up.send(self.stations.apply(command, now_s), now_s)
        self.stations.expire(now_s)
        self.drawn_a = self.stations.columns.held_a * ratio
        self.up.send(
            EvseReadings(
                time_s=now_s,
                evses=np.arange(OUTLETS),
                sampled_s=np.full(OUTLETS, now_s),
                current_a=self.drawn_a.copy(),
                energy_wh=np.zeros(OUTLETS),
            ),
            now_s,
        )
        for event in self.up.due(now_s):
            if isinstance(event, LimitsAcknowledged):
                self.grants = acknowledged(self.grants, event)
            elif isinstance(event, EvseReadings):
                self._read(event)
        believed = np.isfinite(self.sampled_s)
        self.grants = overtaken(self.grants, self.current_a, self.sampled_s, believed, TOLERANCE_A)

    def _read(self, event: EvseReadings) -> None:
        newer = event.sampled_s >= self.sampled_s[event.evses]
        where = event.evses[newer]
        self.current_a[where], self.sampled_s[where] = event.current_a[newer], event.sampled_s[newer]

    def send(self, limit_a: Floats, evses: Bools, now_s: float, lease_s: float) -> None:
        """Give limits to some outlets."""
        where = np.flatnonzero(evses)
        if where.size:
            self.grants, command = put_out(self.grants, where, limit_a, now_s=now_s, lease_s=lease_s)
            self.down.send(command, now_s)

    def ceiling_a(self, now_s: float) -> Floats:
        return ceiling_a(self.grants, self.offline_a, now_s)


def windows(loss: float, late_s: float, overtaken_ratio: float, doubled: float) -> list[FaultWindow]:
    specs = [
        FaultSpec(kind=FaultKind.MESSAGE_LOSS, magnitude_ratio=loss),
        FaultSpec(kind=FaultKind.MESSAGE_DELAY, jitter_s=late_s),
        FaultSpec(kind=FaultKind.MESSAGE_REORDER, magnitude_ratio=overtaken_ratio, jitter_s=late_s),
        FaultSpec(kind=FaultKind.MESSAGE_DUPLICATE, magnitude_ratio=doubled, jitter_s=late_s),
    ]
    return [
        FaultWindow(spec=spec, start_s=0.0, end_s=1e9, evses=tuple(range(OUTLETS)), rows=(), stream=number)
        for number, spec in enumerate(specs)
    ]


def lived(line: Line, seed: int, check: Callable[[float], None], *, steps: int = 200) -> None:
    """Send limits at random, as often and as long as chance wants, and look after every step."""
    rng = np.random.default_rng(seed)
    quiet_steps = 0
    for number in range(steps):
        now_s = 1000.0 + number * STEP_S
        line.step(now_s, rng.choice([0.0, 0.5, 1.0], OUTLETS))
        check(now_s)
        quiet_steps = int(rng.integers(1, 60)) if rng.random() < 0.02 else quiet_steps - 1
        if quiet_steps <= 0:
            limits_a = rng.choice([0.0, 6.0, 10.0, 16.0, 32.0], OUTLETS)
            line.send(limits_a, rng.random(OUTLETS) < 0.3, now_s, float(rng.choice([60.0, 300.0, 900.0])))
        check(now_s)


@given(
    loss=st.floats(0.0, 0.9),
    late_s=st.floats(0.0, 400.0),
    overtaken_ratio=st.floats(0.0, 0.5),
    doubled=st.floats(0.0, 0.5),
    seed=st.integers(0, 10_000),
)
def test_no_station_ever_draws_more_than_its_ceiling(
    loss: float, late_s: float, overtaken_ratio: float, doubled: float, seed: int
) -> None:
    line = Line(windows(loss, late_s, overtaken_ratio, doubled), seed)

    def within(now_s: float) -> None:
        assert (line.drawn_a <= line.ceiling_a(now_s) + 1e-9).all(), (line.drawn_a, line.ceiling_a(now_s))

    lived(line, seed, within)


def test_on_a_line_that_is_minutes_late_a_lowered_limit_is_known_to_be_followed_in_the_end() -> None:
    line = Line(windows(0.1, 120.0, 0.0, 0.0), 3)
    full = np.ones(OUTLETS)
    for number in range(60):
        line.send(np.full(OUTLETS, 32.0), np.ones(OUTLETS, dtype=np.bool_), 30.0 * number, 700.0)
        line.step(30.0 * number, full)

    for number in range(60, 90):
        line.send(np.full(OUTLETS, 8.0), np.ones(OUTLETS, dtype=np.bool_), 30.0 * number, 700.0)
        line.step(30.0 * number, full)

    assert (line.ceiling_a(30.0 * 90) == 8.0).all()
    assert (line.grants.sure_until_s > 30.0 * 90).all()
