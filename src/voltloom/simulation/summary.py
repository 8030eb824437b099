"""What a run leaves behind: its numbers (`RunSummary`), its curves (`RunTrace`), and the breaches that checkers found."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voltloom.decision.plan import Plan
    from voltloom.decision.record import Setpoint
    from voltloom.forecast.learned import Learned
    from voltloom.simulation.storage_books import StorageTrace
    from voltloom.site.network import Floats
    from voltloom.site.tariff import Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """Something that must never happen, did: which checker saw it, when, what, and the words that repeat the run."""

    checker: str
    time_s: float
    what: str
    seed: int
    how_to_repeat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run's numbers. `cpu_s` and `decision_ms_p95` tell of this machine; all others follow from the inputs.

    wait_s_p95: from plug-in to the first power. unmet_sessions: delivered under 99 % of what the vehicle wanted and
    could physically have taken during its stay. failed_sessions: refused or ended by a fault. peak_w and peak_a: of
    the grid connection. overload_a_s: amperes above any rating, times seconds. degraded_s: time not in the chosen
    mode. reversals_per_dwell: changes of direction within one dwell time, a session.
    """

    scenario: str
    architecture: str
    faults: str
    seed: int
    sessions: int
    energy_requested_wh: float
    energy_delivered_wh: float
    delivered_ratio: float
    peak_w: float
    peak_a: float
    overload_a_s: float
    wait_s_p95: float
    unmet_sessions: int
    cost_minor: int
    setpoint_changes_per_session: float
    reversals_per_dwell: float
    jain_fairness: float
    decision_ms_p95: float
    cpu_s: float
    determinism_digest: str
    failed_sessions: int
    envelope_lowerings: int
    degraded_s: float
    breaker_trips: int
    alarms: int

    def as_json(self) -> dict[str, str | int | float | None]:
        """Return the fields by name; a number that does not exist (no session ever waited) is null."""
        pairs = ((f.name, getattr(self, f.name)) for f in dataclasses.fields(self))
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in pairs}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionOutcome:
    """What became of one visit. Times in Unix seconds, NaN where it never happened.

    plugged_in_s is later than arrival_s where the EVSE was still occupied. obtainable_wh: what the vehicle could have
    taken alone on the site. sample_s, sample_w: its power, at most 400 points, each holding until the next.
    """

    session_id: str
    evse_id: str
    arrival_s: float
    plugged_in_s: float
    first_power_s: float
    finished_s: float
    departure_s: float
    requested_wh: float
    obtainable_wh: float
    delivered_wh: float
    wait_s: float
    is_refused: bool
    sample_s: Floats
    sample_w: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultMark:
    """One fault as it happened, for pictures: its kind, whom it hit in words, from when to when."""

    kind: str
    target: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunTrace:
    """One run's curves: arrays (T,), one a physics step, each value holding from its time to the next.

    limit_w: what the grid connection may carry for vehicles, as power. max_row_load_ratio: load of the fullest row by its
    rating. circuit_w: (T, k) vehicles' power under each circuit of `circuits`. changes: the last setpoints that changed,
    with their reasons, newest last. plan: the one that was asked for.
    """

    time_s: Floats
    step_s: float
    power_w: Floats
    limit_w: Floats
    max_row_load_ratio: Floats
    circuits: tuple[str, ...]
    circuit_w: Floats
    sessions: tuple[SessionOutcome, ...]
    faults: tuple[FaultMark, ...]
    changes: tuple[Setpoint, ...]
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunResult:
    """A run's summary and trace; the first breach ended it, none means every checker was content to the end.

    storage: what became of PV and batteries, None where there are none. learned: what forecasts rest on at the end, None
    where nothing planned. bill: what the vehicles' energy costs, None without a tariff. fed_back_wh: None where no vehicle may.
    """

    summary: RunSummary
    trace: RunTrace
    breaches: tuple[Breach, ...] = ()
    storage: StorageTrace | None = None
    learned: Learned | None = None
    bill: Bill | None = None
    fed_back_wh: float | None = None
