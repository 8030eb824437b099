"""What the faults of a schedule do to the world while they last, as columns that are made anew whenever one begins or ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from voltloom.simulation.faults import (
    MESSAGE_KINDS,
    METER_KINDS,
    Direction,
    FaultKind,
    FaultSchedule,
    FaultWindow,
    Restart,
)
from voltloom.site.network import Bools, Floats, Network


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """What is wrong now. (n,) by EVSE: is_offline, disobeys, ignores_limit, never_wakes, is_faulty. other_share: (m,) the part of each
    row's rating that is taken away. pv_ratio: what is left of PV. battery_ignores,
    battery_offline, battery_trips: of all batteries. began, ended: windows whose edge is now.
    """

    active: tuple[FaultWindow, ...]
    began: tuple[FaultWindow, ...]
    ended: tuple[FaultWindow, ...]
    is_offline: Bools
    disobeys: Bools
    ignores_limit: Bools
    never_wakes: Bools
    is_faulty: Bools
    other_share: Floats
    pv_ratio: float
    battery_ignores: bool
    battery_offline: bool
    battery_trips: bool
    meters: tuple[FaultWindow, ...]
    messages: tuple[FaultWindow, ...]
    flapping: tuple[FaultWindow, ...]
    is_dark: bool
    controller: FaultWindow | None
    is_hanging: bool

    def messages_going(self, direction: Direction) -> tuple[FaultWindow, ...]:
        """Return the faults of the link in one direction."""
        return tuple(w for w in self.messages if w.spec.direction in (direction, Direction.BOTH))

    @property
    def forgets(self) -> bool:
        """Return whether a controller that comes back now knows nothing."""
        gone = [w for w in self.ended if w.spec.kind is FaultKind.CONTROLLER_CRASH]
        return any(w.spec.restart is Restart.NOTHING for w in gone)


class FaultCalendar:
    """Walks through a schedule: `edge_step` says when something begins or ends next, `at` what is wrong from then on."""

    def __init__(self, schedule: FaultSchedule, network: Network, step_at: Callable[[float], int]) -> None:
        self._network = network
        # A window lasts at least one step: a restart that begins and ends between two steps still happens.
        self._windows = [
            (begin, max(step_at(w.end_s), begin + 1), w)
            for w in schedule.windows
            for begin in (step_at(w.start_s),)
        ]
        edges = {begin for begin, _, _ in self._windows} | {end for _, end, _ in self._windows}
        self._edges = [*sorted(edges), math.inf]
        self._next = 0

    @property
    def edge_step(self) -> float:
        """Return the step of the next edge, inf after the last."""
        return self._edges[self._next]

    def at(self, step: int) -> Effects:
        """Return what is wrong from a step on; the edges up to it are passed."""
        while self._edges[self._next] <= step:
            self._next += 1
        return self._effects(step)

    def _effects(self, step: int) -> Effects:
        active = tuple(w for begin, end, w in self._windows if begin <= step < end)
        of = _by_kind(active)
        dark = of(FaultKind.POWER_CUT)
        offline = self._hit(of(FaultKind.STATION_OFFLINE))
        stopped = [*of(FaultKind.CONTROLLER_CRASH), *dark]
        return Effects(
            active=active,
            began=tuple(w for begin, _, w in self._windows if begin == step),
            ended=tuple(w for _, end, w in self._windows if end == step),
            is_offline=offline if not dark else np.ones_like(offline),
            disobeys=self._hit(of(FaultKind.STATION_IGNORES_LIMIT)),
            ignores_limit=self._hit(of(FaultKind.VEHICLE_IGNORES_LIMIT)),
            never_wakes=self._hit(of(FaultKind.VEHICLE_NEVER_WAKES)),
            is_faulty=self._hit(of(FaultKind.STATION_FAULT)),
            other_share=self._taken_away(of(FaultKind.GRID_LIMIT_CUT)),
            battery_ignores=bool(of(FaultKind.BATTERY_IGNORES_POWER)),
            battery_offline=bool(of(FaultKind.BATTERY_OFFLINE)),
            battery_trips=bool(of(FaultKind.BATTERY_TRIPS)),
            pv_ratio=min((w.spec.magnitude_ratio for w in of(FaultKind.PV_COLLAPSES)), default=1.0),
            meters=tuple(w for w in active if w.spec.kind in METER_KINDS),
            messages=tuple(w for w in active if w.spec.kind in MESSAGE_KINDS),
            flapping=of(FaultKind.VEHICLE_FLAPPING),
            is_dark=bool(dark),
            controller=stopped[0] if stopped else None,
            is_hanging=bool(of(FaultKind.OPTIMISER_HANGING)),
        )

    def _hit(self, windows: Iterable[FaultWindow]) -> Bools:
        hit = np.zeros(len(self._network.evse_ids), dtype=np.bool_)
        for window in windows:
            hit[list(window.evses)] = True
        return hit

    def _taken_away(self, windows: Iterable[FaultWindow]) -> Floats:
        taken = np.zeros(len(self._network.row_ids))
        for window in windows:
            rows = list(window.rows)
            taken[rows] = np.maximum(taken[rows], 1.0 - window.spec.magnitude_ratio)
        return taken


def asked_a(window: FaultWindow, now_s: float) -> float:
    """Return what a flapping vehicle asks for at a moment: nothing or all it can take, as inf."""
    half_s = max(window.spec.delay_s, 1e-3)
    return 0.0 if int((now_s - window.start_s) / half_s) % 2 == 0 else math.inf


def _by_kind(windows: Iterable[FaultWindow]) -> Callable[[FaultKind], tuple[FaultWindow, ...]]:
    listed = tuple(windows)
    return lambda kind: tuple(w for w in listed if w.spec.kind is kind)
