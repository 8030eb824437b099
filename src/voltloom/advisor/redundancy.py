"""Uptime as arithmetic, and "all vehicles ready by morning" as a promise that a run keeps or breaks (D3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from voltloom.simulation.summary import RunResult, SessionOutcome
from voltloom.units import SECONDS_PER_HOUR

HOURS_PER_YEAR: Final = 8_766.0
MOST_CONTROLLERS: Final = 9
READY_RATIO: Final = 0.99  # of what the vehicle could have taken; the same bound as `unmet_sessions`
LEAST_NOTICE_S: Final = 4 * SECONDS_PER_HOUR  # nobody promises a full vehicle to one that came minutes before


@dataclass(frozen=True, slots=True, kw_only=True)
class Redundancy:
    """How many controllers an uptime target takes, and what each choice yields; None where no number is enough.

    Failures are taken as independent: two controllers on one switch are one.
    """

    target_ratio: float
    controllers: int | None
    one_controller_ratio: float
    reached_ratio: float
    spare_stations: int | None
    down_h_per_year: float


def redundancy_for(
    target_ratio: float, *, controller_ratio: float, station_ratio: float, stations_needed: int
) -> Redundancy:
    """Return the least redundancy that reaches the target, by controllers in parallel and spare outlets.

    A site of n controllers is down when all are: 1 - (1 - a)^n. Spares: the fewest for which at least
    `stations_needed` of all outlets work with the target's probability (binomial).
    """
    counts = range(1, MOST_CONTROLLERS + 1)
    reached = {n: 1.0 - (1.0 - controller_ratio) ** n for n in counts}
    controllers = next((n for n in counts if reached[n] >= target_ratio), None)
    return Redundancy(
        target_ratio=target_ratio,
        controllers=controllers,
        one_controller_ratio=controller_ratio,
        reached_ratio=reached[controllers or MOST_CONTROLLERS],
        spare_stations=_spares(target_ratio, station_ratio, stations_needed),
        down_h_per_year=(1.0 - target_ratio) * HOURS_PER_YEAR,
    )


def _spares(target_ratio: float, station_ratio: float, needed: int) -> int | None:
    for spares in range(needed + 10):
        if _at_least(needed, needed + spares, station_ratio) >= target_ratio:
            return spares
    return None


def _at_least(needed: int, installed: int, ratio: float) -> float:
    """Return the probability that at least `needed` of `installed` work."""
    return math.fsum(
        math.comb(installed, k) * ratio**k * (1.0 - ratio) ** (installed - k)
        for k in range(needed, installed + 1)
    )


class Late(NamedTuple):
    """A session whose vehicle was not ready, and what was missing."""

    session_id: str
    missing_wh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCheck:
    """Whether vehicles were ready by a time of day. late: those that were not."""

    architecture: str
    faults: str
    seed: int
    vehicles: int
    ready: int
    wanted_ratio: float
    late: tuple[Late, ...]

    @property
    def is_kept(self) -> bool:
        """Return whether enough vehicles were ready; a promise about no vehicle is not kept, it is untested."""
        return self.vehicles > 0 and self.ready >= self.wanted_ratio * self.vehicles


def check_promise(result: RunResult, *, ready_by: str, wanted_ratio: float, time_zone: str) -> PromiseCheck:
    """Return how a run did against "ready by HH:MM", for every vehicle that is there at that time.

    A visit counts for the first such time at least four hours after it arrived, if it lasts until then; its vehicle
    is ready when it has finished, or has 99 % of what it could have taken during its whole stay.
    """
    summary = result.summary
    zone = ZoneInfo(time_zone)
    counted = 0
    late = []
    for session in result.trace.sessions:
        due_s = next_time_s(session.arrival_s + LEAST_NOTICE_S, ready_by, zone)
        if session.departure_s < due_s:
            continue
        counted += 1
        missing_wh = _missing_wh(session, due_s)
        if missing_wh > (1.0 - READY_RATIO) * session.obtainable_wh:
            late.append(Late(session.session_id, missing_wh))
    return PromiseCheck(
        architecture=summary.architecture,
        faults=summary.faults,
        seed=summary.seed,
        vehicles=counted,
        ready=counted - len(late),
        wanted_ratio=wanted_ratio,
        late=tuple(late),
    )


def check_promises(
    results: Sequence[RunResult], *, ready_by: str, wanted_ratio: float, time_zone: str
) -> tuple[PromiseCheck, ...]:
    """Return the check of every run that came to its end."""
    return tuple(
        check_promise(r, ready_by=ready_by, wanted_ratio=wanted_ratio, time_zone=time_zone)
        for r in results
        if not r.breaches
    )


def next_time_s(after_s: float, time_of_day: str, zone: ZoneInfo) -> float:
    """Return the next moment of a local time of day, Unix seconds; on a day it does not exist, the one it becomes."""
    hour, minute = (int(part) for part in time_of_day.split(":"))
    local = datetime.fromtimestamp(after_s, zone)
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if due.timestamp() <= after_s:
        due = (due + timedelta(days=1)).replace(fold=0)
    return due.timestamp()


def _missing_wh(session: SessionOutcome, due_s: float) -> float:
    """Return the energy not yet there at a time: what is still to come later than that counts as missing."""
    if session.finished_s <= due_s:
        return 0.0
    after_wh = 0.0
    times, powers = session.sample_s, session.sample_w
    for k in range(len(times)):
        ends_s = float(times[k + 1]) if k + 1 < len(times) else session.departure_s
        after_wh += float(powers[k]) * max(0.0, ends_s - max(float(times[k]), due_s)) / SECONDS_PER_HOUR
    return max(0.0, session.obtainable_wh - session.delivered_wh + after_wh)
