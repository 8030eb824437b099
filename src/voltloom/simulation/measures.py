"""What a run is measured by: columns filled step by step, sums at the end, and the digest that proves two runs alike."""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from voltloom.controller.settings import ControlSettings
from voltloom.decision.record import Mode
from voltloom.simulation.columns import Mixed
from voltloom.simulation.tick.columns import Books, LimitBooks
from voltloom.simulation.world import World
from voltloom.site.network import Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

CHOSEN, MODES = Mode.CHOSEN, tuple(Mode)
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

    def __init__(self, rows: Mixed) -> None:
        self._hash = blake2b(digest_size=16)
        self._rows, self._used = rows, 0

    def row(self, mode: Mode) -> int:
        """Return the row in which a decision of this mode is to be written."""
        if self._used == len(self._rows):
            self._take_rows()
        row = self._used
        self._rows[row, -1] = 0.0 if mode is CHOSEN else MODES.index(mode)
        self._used += 1
        return row

    def add(self, *values: NDArray[np.generic] | float | str) -> None:
        """Take values in, after all rows."""
        self._take_rows()
        for value in values:
            if isinstance(value, str):
                self._hash.update(value.encode())
            else:
                self._hash.update(np.ascontiguousarray(value).tobytes())

    def text(self) -> str:
        """Return it in hexadecimal."""
        self._take_rows()
        return self._hash.hexdigest()

    def _take_rows(self) -> None:
        self._hash.update(self._rows[: self._used].tobytes())
        self._used = 0


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
    """What every step was like, for the kernel of a step to fill: arrays (T,), each EVSE's power (T, n) in coarse floats."""

    def __init__(self, books: Books, step_s: float) -> None:
        self.books, self.step_s = books, step_s
        self.evse_w, self.power_w, self.max_load_ratio = books.evse_w, books.power_w, books.max_load_ratio

    @property
    def overload_a_s(self) -> float:
        """Return the amperes above any rating, times seconds."""
        return float(self.books.overload_a_s[0])

    @property
    def peak_a(self) -> float:
        """Return the greatest load of the grid connection."""
        return float(self.books.peak_a[0])

    def add_rest(self, steps: slice, world: World, overload_a: float) -> None:
        """Take in steps without any vehicle."""
        books = self.books
        self.max_load_ratio[steps] = np.abs(world.load_a / world.network.grid.rating_a).max()
        books.overload_a_s[0] += overload_a * self.step_s * (steps.stop - steps.start)
        books.peak_a[0] = max(books.peak_a[0], world.load_a[books.top_rows].max())


class DecisionCounts:
    """How often limits changed, changed back, and were lowered by the envelope; the kernel of a step counts in `books`."""

    def __init__(self, books: LimitBooks, control: ControlSettings) -> None:
        self.books = books
        self.degraded_s = 0.0
        self.dwell_s = reversal_window_s(control)
        self._period_s = control.period_s

    @property
    def changes(self) -> int:
        """Return how often a limit changed."""
        return int(self.books.counts[0])

    @property
    def reversals(self) -> int:
        """Return how often one changed back within the dwell time."""
        return int(self.books.counts[1])

    @property
    def envelope_lowerings(self) -> int:
        """Return how often the envelope lowered one."""
        return int(self.books.counts[2])

    def add_mode(self, mode: Mode) -> None:
        """Count the time in which a mode is not the chosen one."""
        if mode is not CHOSEN:
            self.degraded_s += self._period_s


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


def reversal_window_s(control: ControlSettings) -> float:
    """Return within which time a limit that changes back counts as a reversal."""
    return control.smoothing.dwell_s if control.smoothing.dwell_s > 0.0 else DEFAULT_DWELL_S


def reversals_per_dwell(reversals: int, plugged_s: float, dwell_s: float) -> float:
    """Return how many changes of direction one vehicle sees within one dwell time."""
    return reversals / max(plugged_s / dwell_s, 1.0)


def coarse(times_s: Floats, power_w: NDArray[np.float32], points: int = 400) -> tuple[Floats, Floats]:
    """Return at most `points` (time, mean power) that hold until the next one."""
    stride = max(1, -(-times_s.size // points))
    if stride == 1:
        return times_s, power_w.astype(np.float64)
    starts = np.arange(0, times_s.size, stride)
    sums = np.add.reduceat(power_w.astype(np.float64), starts)
    counts = np.diff([*starts, times_s.size])
    return times_s[starts], sums / counts


def energy_wh(power_w: Floats, step_s: float) -> Floats:
    """Return the energy of each step."""
    return power_w * step_s / SECONDS_PER_HOUR
