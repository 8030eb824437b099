"""What checkers see: one step of a run, with everything that happened in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from voltloom.decision.command import SetLimits
from voltloom.decision.record import Decision
from voltloom.session.record import SessionRecord
from voltloom.simulation.traffic import Departed
from voltloom.simulation.world import World
from voltloom.site.network import Bools, Floats

TOLERANCE_A = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPlan:
    """Which checkers look. off: names that do not. stops: whether the first breach ends the run."""

    off: frozenset[str] = frozenset()
    stops: bool = True


@dataclass(
    slots=True, kw_only=True
)  # mutable: filled anew in every step, so that checkers cost no allocation
class Moment:
    """What checkers see of a step; `decision` is None where no cycle ran. limits: commands of this cycle.

    (n,): is_refused (by the site), is_faulty (reported broken and heard), register_wh (as meters stood when all was
    well last). opened_row: whose breaker opened, -1 for none. departed: the vehicles that left. records: what the
    controller closed. is_calm: no fault for long enough that nothing of it can linger. is_led: a controller is running.
    restarted: the controller or a station forgot what it held.
    """

    now_s: float
    step_s: float
    world: World
    is_refused: Bools
    is_faulty: Bools
    register_wh: Floats
    decision: Decision | None = None
    limits: list[SetLimits] = field(default_factory=list)
    opened_row: int = -1
    departed: list[Departed] = field(default_factory=list)
    records: list[SessionRecord] = field(default_factory=list)
    is_calm: bool = True
    is_led: bool = True
    restarted: bool = False


class Checker(Protocol):
    """One worry. sign: with which a step asks it to look; is_watching: it looks at every step until it is content."""

    name: str
    sign: int
    is_watching: bool

    def look(self, moment: Moment) -> str:
        """Return what is wrong, or "" when content."""
        ...
