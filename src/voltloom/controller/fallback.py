"""How much the controller trusts itself: chosen architecture, equal sharing, or the floor.

Downwards at once, however many steps the evidence asks for. Upwards one step at a time, and only after `recover_s`
in which every piece of evidence allowed more than the mode in force; a single bad cycle starts that wait again.
So two changes upward are never closer than `recover_s`, whatever the evidence does.
"""

from __future__ import annotations

from typing import NamedTuple

from voltloom.decision.reason import Cause
from voltloom.decision.record import Mode
from voltloom.safety.settings import SafetySettings
from voltloom.session.alarms import Alarm, AlarmKind, raised

# Under this share of usable meters an adaptive plan rests on guesses; under the second one nearly nothing is seen.
ENOUGH_ROWS_RATIO = 0.75
BLIND_ROWS_RATIO = 0.25

_STEPS = (Mode.FLOOR, Mode.EQUAL, Mode.CHOSEN)
_TRUST = {mode: step for step, mode in enumerate(_STEPS)}


class Evidence(NamedTuple):
    """What one cycle knows about its own footing.

    optimiser_ok: the architecture answered in time with something sane. rows_usable_ratio: share of the metered rows
    whose reading is fresh and plausible; 1 where the site has no meters. site_meter_ok: the grid connection's meter
    is among them, or there is none. lease_ok: this controller holds the site's lease.
    """

    optimiser_ok: bool
    rows_usable_ratio: float
    site_meter_ok: bool
    lease_ok: bool
    now_s: float


class TrustMemory(NamedTuple):
    """The mode in force, since when, why it is not higher, and since when the evidence would have allowed more."""

    mode: Mode = Mode.CHOSEN
    since_s: float = 0.0
    cause: Cause = Cause.SHARED
    well_since_s: float = float("inf")


def mode_alarms(before: TrustMemory, after: TrustMemory, now_s: float) -> tuple[Alarm, ...]:
    """Return the alarm where a cycle trusts itself less than the one before."""
    if _TRUST[after.mode] >= _TRUST[before.mode]:
        return ()
    why = after.cause.name.lower().replace("_", " ")
    detail = f"{before.mode.value} to {after.mode.value} ({why})"
    return (raised(AlarmKind.MODE_LOWERED, time_s=now_s, source="controller", detail=detail),)


def next_mode(
    memory: TrustMemory, evidence: Evidence, settings: SafetySettings
) -> tuple[TrustMemory, Mode, Cause]:
    """Return the memory, the mode from now on, and the cause that keeps it there.

    The cause tells what broke the controller's trust (`IMPLAUSIBLE_READING`, `STALE_READING`, `NO_LEASE` or
    `FALLBACK_EQUAL` for an architecture that failed); `SHARED` while the chosen architecture runs.
    """
    ceiling, cause = _ceiling(evidence)
    if _TRUST[ceiling] < _TRUST[memory.mode]:
        memory = TrustMemory(mode=ceiling, since_s=evidence.now_s, cause=cause)
    elif _TRUST[ceiling] == _TRUST[memory.mode]:
        kept = memory.cause if ceiling is Mode.CHOSEN else cause
        if kept is not memory.cause or memory.well_since_s != float("inf"):
            memory = memory._replace(cause=kept, well_since_s=float("inf"))
    else:
        memory = _recovering(memory, evidence.now_s, settings)
    return memory, memory.mode, memory.cause


def _ceiling(evidence: Evidence) -> tuple[Mode, Cause]:
    """Return the highest mode that this cycle's evidence allows, and what forbids a higher one."""
    if not evidence.lease_ok:
        return Mode.FLOOR, Cause.NO_LEASE
    if not evidence.rows_usable_ratio >= BLIND_ROWS_RATIO:  # NaN is blind
        return Mode.FLOOR, Cause.STALE_READING
    if not evidence.site_meter_ok or evidence.rows_usable_ratio < ENOUGH_ROWS_RATIO:
        return Mode.EQUAL, Cause.IMPLAUSIBLE_READING
    if not evidence.optimiser_ok:
        return Mode.EQUAL, Cause.FALLBACK_EQUAL
    return Mode.CHOSEN, Cause.SHARED


def _recovering(memory: TrustMemory, now_s: float, settings: SafetySettings) -> TrustMemory:
    """Return the memory after a cycle that allows more than the mode in force."""
    well_since_s = min(memory.well_since_s, now_s)
    if now_s - well_since_s < settings.recover_s:
        return memory._replace(well_since_s=well_since_s)
    mode = _STEPS[_TRUST[memory.mode] + 1]
    cause = Cause.SHARED if mode is Mode.CHOSEN else memory.cause
    return TrustMemory(mode=mode, since_s=now_s, cause=cause, well_since_s=now_s)
