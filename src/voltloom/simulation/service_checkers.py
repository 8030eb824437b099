"""What drivers must never suffer, one worry for each checker: two served by a sequential site, starving, flicker."""

from __future__ import annotations

import numpy as np

from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.decision.reason import Cause
from voltloom.decision.record import Mode
from voltloom.simulation.columns import VehicleColumns
from voltloom.simulation.moment import TOLERANCE_A, Moment
from voltloom.simulation.outside_limits import EVERY, limits_at
from voltloom.simulation.scenario import Scenario
from voltloom.site.network import Bools, Floats, Ints, Network

STATED_TOLERANCE_WH = 10.0  # meters and needs are rounded
TRICKLE_A = 2.0  # a tapering battery that takes less looks like one that has stopped


class SequentialServesOne:
    """Sequential never serves two."""

    name, sign, is_watching = "sequential", 0, True

    def __init__(self, *, grace_s: float) -> None:
        self._grace_s = grace_s
        self._since_s = np.inf

    def look(self, moment: Moment) -> str:
        """Return whom it serves at once."""
        decision = moment.decision
        if decision is not None and decision.mode is Mode.CHOSEN:
            held = np.isin(decision.cause, (Cause.STATION_SILENT, Cause.DISOBEYED))  # out of its hands
            proposed = np.flatnonzero((decision.proposed_a > 0.0) & ~held)
            if proposed.size > 1:
                names = ", ".join(decision.network.evse_ids[e] for e in proposed)
                return f"{names} are served at the same time"
        drawing = int(np.count_nonzero(moment.world.stations.columns.current_a > 0.5))
        if drawing < 2 or not moment.is_calm:
            self._since_s = np.inf
            return ""
        self._since_s = min(self._since_s, moment.now_s)
        if moment.now_s - self._since_s <= self._grace_s:
            return ""
        return f"{drawing} vehicles draw at the same time since {moment.now_s - self._since_s:.0f} s"


class NobodyStarves:
    """Whoever may charge and wants to gets a turn within the bound, unless a plan for prices tells it to wait for a better time."""

    name, sign, is_watching = "waiting", 0, True

    def __init__(self, scenario: Scenario, under: Bools) -> None:
        network, settings = scenario.network, scenario.control
        self._scenario, self._network, self._under = scenario, network, under
        smoothing = settings.smoothing
        self._turn_s, self._limit_s = smoothing.turn_s, smoothing.wait_limit_s
        self._bound_s = smoothing.wait_limit_s + smoothing.turn_s + smoothing.dwell_s + 2 * settings.period_s
        self._idle_s: Floats = np.zeros(len(network.evse_ids))
        self._visit: Ints = np.full(len(network.evse_ids), -1, dtype=np.int64)
        self._counts_prices = settings.planning.objective is not Objective.ENERGY
        self._told: Bools = np.zeros(len(network.evse_ids), dtype=np.bool_)

    def look(self, moment: Moment) -> str:
        """Return who has waited too long."""
        if self._counts_prices and moment.decision is not None:
            self._told = moment.decision.cause == Cause.PLANNED
        vehicles, stations = moment.world.vehicles, moment.world.stations.columns
        if not moment.is_calm:
            self._idle_s[:] = 0.0
            return ""
        waits = (
            vehicles.is_there
            & stations.is_authorised
            & ~vehicles.is_full
            & (vehicles.delivered_wh < vehicles.stated_wh - STATED_TOLERANCE_WH)
            & (stations.held_a < vehicles.min_a - TOLERANCE_A)
            & (stations.held_a >= 0.0)  # who feeds back does not wait
            & (vehicles.visit == self._visit)
        )
        self._visit[:] = vehicles.visit
        self._idle_s += moment.step_s
        self._idle_s *= waits & ~self._told
        if self._scenario.outside_limits:
            # Under a limit from outside that leaves no room for a minimum nobody's turn can come.
            room_a = self._room_a(moment)
            self._idle_s *= ~((room_a[:, None] < self._network.min_a) & self._under).any(axis=0)
        if self._idle_s.max() <= self._bound_s:
            return ""
        return self._starved(moment)

    def _room_a(self, moment: Moment) -> Floats:
        rating_a = self._network.grid.rating_a
        if self._scenario.outside_limits:
            rating_a = np.minimum(rating_a, limits_at(self._scenario, moment.now_s, EVERY))
        other_a = moment.world.other_a
        if self._scenario.site.pvs or self._scenario.site.batteries:
            other_a = np.maximum(other_a, self._network.planned_other_a)  # what feeds in makes no room
        return rating_a * 0.9 - other_a

    def _starved(self, moment: Moment) -> str:
        """Name one who waits although its turn could have come: every row above it has room for the turns of all."""
        vehicles, stations = moment.world.vehicles, moment.world.stations.columns
        wants = vehicles.is_there & stations.is_authorised & ~vehicles.is_full
        wants &= vehicles.delivered_wh < vehicles.stated_wh - STATED_TOLERANCE_WH
        served = wants & (stations.held_a >= vehicles.min_a - TOLERANCE_A)
        room_a = self._room_a(moment)
        wants &= _would_take_a(vehicles) >= TRICKLE_A
        for evse in np.flatnonzero(self._idle_s > self._bound_s):
            if not wants[evse]:
                self._idle_s[evse] = 0.0
                continue
            rows = self._under[:, evse]
            turns_s = self._under[rows][:, wants].sum(axis=1) * max(self._turn_s, 1.0)
            lanes = np.maximum(self._under[rows][:, served].sum(axis=1), 1)
            if (turns_s <= self._limit_s * lanes).all() and (room_a[rows] >= self._network.min_a[evse]).all():
                return f"{self._network.evse_ids[evse]} has waited {self._idle_s[evse]:.0f} s for its turn"
            self._idle_s[evse] = 0.0
        return ""


class NoReversalWithinDwell:
    """After a fall nothing rises before the dwell time is over."""

    name, sign, is_watching = "dwell", 0, True

    def __init__(self, network: Network, dwell_s: float) -> None:
        self._dwell_s = dwell_s
        self._fell_s: Floats = np.full(len(network.evse_ids), -np.inf)
        self._visit: Ints = np.full(len(network.evse_ids), -1, dtype=np.int64)
        self._limit_a: Floats = np.zeros(len(network.evse_ids))
        self._was_silent: Bools = np.zeros(len(network.evse_ids), dtype=np.bool_)

    def look(self, moment: Moment) -> str:
        """Return who rose too early after a fall."""
        decision = moment.decision
        if moment.restarted:
            self._visit[:] = -2  # a controller that knows nothing begins every session anew
        if decision is None:
            return ""
        visit = moment.world.vehicles.visit
        anew = (visit != self._visit) | ~moment.world.is_reachable
        self._visit[:] = visit
        self._fell_s[anew] = -np.inf
        limit_a = np.maximum(decision.after_a, 0.0)  # discharge ends whenever safety asks for it
        rise_a = limit_a - self._limit_a
        self._limit_a[:] = limit_a
        rose = (rise_a > TOLERANCE_A) & ~anew & (decision.now_s - self._fell_s < self._dwell_s - 1e-6)
        # Before the controller knows of a session, its limits still fall for the one before; so they do where it has not
        # yet heard what happened while a station was silent: what it decides then reaches nobody, and the first fall after
        # the silence takes back what it had kept for whoever was there before.
        is_silent = decision.cause == Cause.STATION_SILENT
        unknown = is_silent | self._was_silent | (decision.cause == Cause.NO_SESSION)
        self._was_silent = is_silent
        fell = (rise_a < -TOLERANCE_A) & ~anew & ~unknown
        self._fell_s[fell] = decision.now_s
        if not rose.any():
            return ""
        evse = int(np.flatnonzero(rose)[0])
        since_s = decision.now_s - self._fell_s[evse]
        return f"{decision.network.evse_ids[evse]} rose by {rise_a[evse]:.1f} A only {since_s:.0f} s after a fall"


def _would_take_a(vehicles: VehicleColumns) -> Floats:
    """Return the current each battery would still accept, (n,)."""
    room_ratio = 1.0 - vehicles.charge_wh / np.maximum(vehicles.capacity_wh, 1.0)
    tapered = np.where(vehicles.is_two_stage, room_ratio / (1.0 - vehicles.transition_soc_ratio), 1.0)
    return vehicles.max_w * np.minimum(tapered, 1.0) / vehicles.w_per_a
