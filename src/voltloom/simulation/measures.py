"""What a run is measured by: columns filled step by step, sums at the end, and the digest that proves two runs alike."""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.simulation.clock import Clock
from voltloom.simulation.kernels import count_moves
from voltloom.simulation.world import World
from voltloom.site.network import Floats, Ints, Network
from voltloom.units import SECONDS_PER_HOUR

DEFAULT_DWELL_S = 300.0  # the window of reversals where smoothing has none


class Stopwatch:
    """What a run costs this machine; it decides nothing."""

    def __init__(self) -> None:
        self._cpu_s = time.process_time()
        self._began_s = 0.0
        self._decisions_s: list[float] = []

    def start(self) -> None:
        """Begin to time a decision."""
        self._began_s = time.perf_counter()

    def stop(self) -> None:
        """End it."""
        self._decisions_s.append(time.perf_counter() - self._began_s)

    @property
    def cpu_s(self) -> float:
        """Return the processor time since the beginning."""
        return time.process_time() - self._cpu_s

    @property
    def decision_ms_p95(self) -> float:
        """Return what 95 % of the decisions stay under."""
        if not self._decisions_s:
            return 0.0
        return float(np.quantile(np.array(self._decisions_s), 0.95)) * 1000.0


class Digest:
    """A fingerprint of all decisions and outcomes: equal for equal runs, on any machine and in any number of processes."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=16)

    def add(self, *values: NDArray[np.generic] | float | str) -> None:
        """Take values in."""
        for value in values:
            if isinstance(value, str):
                self._hash.update(value.encode())
            else:
                self._hash.update(np.ascontiguousarray(value).tobytes())

    def text(self) -> str:
        """Return it in hexadecimal."""
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VisitColumns:
    """What became of each visit, arrays (v,), NaN where it did not happen. evse: -1 for a visit that never plugged in."""

    evse: Ints
    plugged_s: Floats
    first_power_s: Floats
    finished_s: Floats
    unplugged_s: Floats
    delivered_wh: Floats
    is_refused: NDArray[np.bool_]


class StepColumns:
    """What every step was like: arrays (T,), and each EVSE's power (T, n) in coarse floats."""

    def __init__(self, clock: Clock, network: Network, top_rows: Ints) -> None:
        self.power_w: Floats = np.zeros(clock.steps)
        self.max_load_ratio: Floats = np.zeros(clock.steps)
        self.evse_w: NDArray[np.float32] = np.zeros((clock.steps, len(network.evse_ids)), dtype=np.float32)
        self.overload_a_s = 0.0
        self.peak_a = 0.0
        self._top_rows = top_rows
        self._step_s = clock.step_s

    def add(self, step: int, world: World, overload_a: float, max_load_ratio: float) -> None:
        """Take in a step of the physics."""
        power_w = world.stations.columns.power_w
        self.evse_w[step] = power_w
        self.power_w[step] = power_w.sum()
        self.max_load_ratio[step] = max_load_ratio
        self.overload_a_s += overload_a * self._step_s
        self.peak_a = max(self.peak_a, float(world.load_a[self._top_rows].max()))

    def add_rest(self, steps: slice, world: World, overload_a: float) -> None:
        """Take in steps without any vehicle."""
        self.max_load_ratio[steps] = (world.load_a / world.network.grid.rating_a).max()
        self.overload_a_s += overload_a * self._step_s * (steps.stop - steps.start)
        self.peak_a = max(self.peak_a, float(world.load_a[self._top_rows].max()))


class DecisionCounts:
    """How often limits changed, changed back, and were lowered by the envelope."""

    def __init__(self, network: Network, dwell_s: float, period_s: float) -> None:
        count = len(network.evse_ids)
        self.changes = 0
        self.reversals = 0
        self.envelope_lowerings = 0
        self.degraded_s = 0.0
        self.dwell_s = dwell_s if dwell_s > 0.0 else DEFAULT_DWELL_S
        self._period_s = period_s
        self._visit: Ints = np.full(count, -1, dtype=np.int64)
        self._direction: Floats = np.zeros(count)
        self._turned_s: Floats = np.full(count, -np.inf)
        self._limit_a: Floats = np.zeros(count)

    def add(self, decision: Decision, visit: Ints) -> None:
        """Take in a decision; visit (n,) tells one vehicle from the next."""
        if decision.mode is not Mode.CHOSEN:
            self.degraded_s += self._period_s
        self.envelope_lowerings += int(np.count_nonzero(decision.cause == Cause.ENVELOPE))
        changes, reversals = count_moves(
            decision.after_a,
            self._limit_a,
            visit,
            self._visit,
            self._direction,
            self._turned_s,
            decision.now_s,
            self.dwell_s,
        )
        self.changes += int(changes)
        self.reversals += int(reversals)


def new_visit_columns(count: int) -> VisitColumns:
    """Return the columns of visits that have not begun."""
    return VisitColumns(
        evse=np.full(count, -1, dtype=np.int64),
        plugged_s=np.full(count, np.nan),
        first_power_s=np.full(count, np.nan),
        finished_s=np.full(count, np.nan),
        unplugged_s=np.full(count, np.nan),
        delivered_wh=np.zeros(count),
        is_refused=np.zeros(count, dtype=np.bool_),
    )


def jain_fairness(delivered_ratio: Floats) -> float:
    """Return Jain's index of delivered by wanted energy: 1 when all get the same part, 1/v when one gets all."""
    squares = float((delivered_ratio**2).sum())
    return float(delivered_ratio.sum()) ** 2 / (delivered_ratio.size * squares) if squares > 0.0 else 1.0


def reversals_per_dwell(reversals: int, plugged_s: float, dwell_s: float) -> float:
    """Return how many changes of direction one vehicle sees within one dwell time."""
    return reversals / max(plugged_s / dwell_s, 1.0)


def coarse(times_s: Floats, power_w: NDArray[np.float32], points: int = 400) -> tuple[Floats, Floats]:
    """Return at most `points` (time, mean power) that hold until the next one."""
    stride = max(1, -(-times_s.size // points))
    starts = np.arange(0, times_s.size, stride)
    if not starts.size:
        return np.zeros(0), np.zeros(0)
    sums = np.add.reduceat(power_w.astype(np.float64), starts)
    counts = np.diff([*starts, times_s.size])
    return times_s[starts], sums / counts


def energy_wh(power_w: Floats, step_s: float) -> Floats:
    """Return the energy of each step."""
    return power_w * step_s / SECONDS_PER_HOUR
