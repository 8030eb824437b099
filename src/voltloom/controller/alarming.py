"""What a cycle tells an operator of: each thing once when it begins, and once more when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from voltloom.controller.fallback import TrustMemory, mode_alarms
from voltloom.controller.lasting import Ailing, Lasting, StandingAlarms, first_ailing, lasting
from voltloom.controller.memory import ControllerMemory, Watches
from voltloom.controller.obedience import accusations
from voltloom.controller.seating import Seated
from voltloom.controller.sensing import Bases, Sensed
from voltloom.controller.storage.sensing import StorageSensed
from voltloom.controller.storage.telling import battery_alarms, troubled
from voltloom.decision.record import Decision, Mode
from voltloom.safety.freshness import age_s, row_margin
from voltloom.safety.settings import SafetySettings
from voltloom.safety.watch import Verdict
from voltloom.session.alarms import Alarm, AlarmKind, raised
from voltloom.session.standing import is_lasting, lasts_at
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Network
from voltloom.site.storage import StorageNetwork
from voltloom.units import span_words

REACH_TOLERANCE_RATIO: Final = 0.01  # a meter's own error
_ROWS: Final = frozenset({AlarmKind.METER_STALE, AlarmKind.METER_IMPLAUSIBLE, AlarmKind.LIMIT_OUT_OF_REACH})
_OUTLETS: Final = frozenset({AlarmKind.METER_STALE, AlarmKind.METER_IMPLAUSIBLE, AlarmKind.LEASE_LOST})
_BATTERIES: Final = frozenset({AlarmKind.BATTERY_SILENT, AlarmKind.BATTERY_DISOBEYS})
_DOUBTS: Final = {
    Verdict.OUT_OF_RANGE: "it is no number, or more than its fuse lets pass",
    Verdict.SIGN_FLIPPED: "it is negative where nothing can feed back, or moves against what it measures",
    Verdict.FROZEN: "it stands still while what it measures moves",
    Verdict.DRIFTING: "it moves too little or too much, or leaves its energy register",
    Verdict.CONTRADICTS: "it is less than what is measured below it",
}
_MISSING: Final = int(Verdict.MISSING)
_NOTHING: Final = np.zeros(0, dtype=np.bool_)

Key = tuple[AlarmKind, str]


class Told(NamedTuple):
    """What a cycle tells: raised since the one before, and what stands after it or is over by it."""

    raised: tuple[Alarm, ...]
    standing: StandingAlarms


class Found(NamedTuple):
    """What a cycle found out. bases: under limits from outside. stored: None where there are no batteries. rolled: what a trial told."""

    seated: Seated
    watches: Watches
    trust: TrustMemory
    bases: Bases
    sense: Sensed
    decision: Decision
    stored: StorageSensed | None
    rolled: tuple[Alarm, ...]


class Place(NamedTuple):
    """What alarms are about, and by which numbers. storage: None where there are no batteries."""

    network: Network
    storage: StorageNetwork | None
    settings: SafetySettings


def told_of(memory: ControllerMemory, found: Found, place: Place, now_s: float) -> Told:
    """Return what a cycle tells. memory: before the cycle.

    What stands is not told again, but for a mode that falls further.
    """
    ailing = _ailing(memory, found, place, now_s)
    standing = {(alarm.kind, alarm.source): alarm for alarm in memory.standing.alarms}
    troubles = _troubles(memory, found, ailing, place, now_s)
    told_now = []
    for alarm in (
        *found.seated.alarms,
        *accusations(memory, found.watches.accused, now_s),
        *battery_alarms(memory, found.stored, place.storage, place.settings, now_s),
        *mode_alarms(memory.trust, found.trust, now_s),
        *found.rolled,
        *(raised(kind, time_s=now_s, source=source, detail=why) for (kind, source), why in troubles.items()),
    ):
        key = alarm.kind, alarm.source
        if not is_lasting(alarm.kind) or key not in standing or alarm.kind is AlarmKind.MODE_LOWERED:
            told_now.append(alarm)
        if is_lasting(alarm.kind):
            standing.setdefault(key, alarm)
    if not standing:
        is_same = memory.standing.ailing is ailing and not memory.standing.over
        return Told(tuple(told_now), memory.standing if is_same else StandingAlarms(ailing=ailing))
    batteries = troubled(memory, found.stored, place.storage, place.settings, now_s)
    still = {*troubles, *batteries}
    over = tuple(
        replace(alarm, over_s=now_s)
        for alarm in standing.values()
        if not _lasts(alarm, memory, found, place.network, still)
    )
    ended = {(alarm.kind, alarm.source) for alarm in over}
    left = tuple(alarm for key, alarm in standing.items() if key not in ended)
    return Told(tuple(told_now), StandingAlarms(left, over, ailing))


def known_again(memory: ControllerMemory, network: Network) -> ControllerMemory:
    """Return a memory that was told of events without cycles: what they raised was told in its time, so only what still lasts stands."""
    standing: dict[Key, Alarm] = {}
    for alarm in () if memory.is_reported else memory.alarms:
        evse = network.index.get(alarm.source)
        if is_lasting(alarm.kind) and evse is not None:
            standing[alarm.kind, alarm.source] = alarm
            if not lasts_at(memory.seats[evse], alarm, memory.readings.current_a.item(evse)):
                del standing[alarm.kind, alarm.source]
    return memory._replace(alarms=(), standing=StandingAlarms(tuple(standing.values())))


def _lasts(alarm: Alarm, memory: ControllerMemory, found: Found, network: Network, still: set[Key]) -> bool:
    """Say whether what an alarm tells is still so. still: what is wrong now with meters, leases, circuits and batteries."""
    if alarm.kind in _ROWS | _OUTLETS | _BATTERIES:
        return (alarm.kind, alarm.source) in still
    if alarm.kind is AlarmKind.MODE_LOWERED:
        return found.trust.mode is not Mode.CHOSEN
    evse = network.index.get(alarm.source)
    if evse is None:
        return False
    if alarm.kind is AlarmKind.DISOBEYED_LIMIT:
        return found.watches.accused.told.item(evse)
    return lasts_at(found.seated.seats[evse], alarm, memory.readings.current_a.item(evse))


def _ailing(memory: ControllerMemory, found: Found, place: Place, now_s: float) -> Ailing:
    """Return what is told of meters, leases and circuits after a cycle. Where all is well each costs one look at its column."""
    network, settings, grants, sense = place.network, place.settings, memory.grants, found.sense
    before = memory.standing.ailing or first_ailing(len(network.evse_ids), len(network.row_ids))
    halfway_s = (settings.stale_s + settings.silent_s) / 2.0
    rows, evses, leases, reach = before
    if found.bases.reads_rows:
        row_age_s = _row_age_s(memory, settings, now_s)
        is_old = network.is_metered & (row_age_s > np.where(rows.told, settings.stale_s, halfway_s))
        rows = lasting(rows, is_old, now_s, begins_s=0.0, ends_s=0.0)
    is_old = sense.evse_age_s > halfway_s
    if is_old.any() or not evses.is_calm:
        # A vehicle that draws nothing has nothing to tell; a station that tells nothing at all is another alarm.
        begins = is_old & found.seated.flowing & ~sense.silent
        stays = evses.told & (sense.evse_age_s > settings.stale_s)
        is_so = found.seated.columns.present & (begins | stays)
        evses = lasting(evses, is_so, now_s, begins_s=0.0, ends_s=0.0)
    is_lost = now_s >= grants.sure_until_s  # never where leases have no end
    if is_lost.any() or not leases.is_calm:  # who never confirmed one has none to lose
        is_lost &= grants.confirmed_serial >= 0
        leases = lasting(leases, is_lost, now_s, begins_s=settings.confirm_s, ends_s=0.0)
    rating_a, wait_s = found.bases.rating_a, settings.confirm_s
    if sense.runaway.any() or (sense.grid.rating_a < 0.0).any() or not reach.is_calm:
        is_over = _counted_a(memory, found, place, now_s) > (1.0 + REACH_TOLERANCE_RATIO) * rating_a
        reach = lasting(reach, is_over, now_s, begins_s=wait_s, ends_s=wait_s)
    after = Ailing(stale_rows=rows, stale_evses=evses, leases=leases, reach=reach)
    is_same = all(one is other for one, other in zip(before, after, strict=True))
    return before if is_same else after


def _row_age_s(memory: ControllerMemory, settings: SafetySettings, now_s: float) -> Floats:
    """Return the age of each row's reading, (m,); before the first one a meter has its time to speak."""
    sampled_s = memory.readings.row_sampled_s
    is_awaited = ~np.isfinite(sampled_s) & (now_s - memory.started_s < settings.silent_s)
    return np.where(is_awaited, 0.0, age_s(now_s, sampled_s))


def _counted_a(memory: ControllerMemory, found: Found, place: Place, now_s: float) -> Floats:
    """Return what is on each row that no limit makes less, (m,): the other load, and outlets that do not obey; no more than
    its meter shows where that may be believed.

    Outlets that only may draw, as all do after a start, are no alarm: their reserve ends with their leases.
    """
    network, settings, sense = place.network, place.settings, found.sense
    sampled_s, rating_a = memory.readings.row_sampled_s, found.bases.rating_a
    margin_ratio, is_fresh = row_margin(age_s(now_s, sampled_s), settings)
    if not found.bases.reads_rows:
        margin_ratio = np.full(rating_a.size, settings.margin_ratio)
    other_a = rating_a * (1.0 - margin_ratio) - sense.grid.rating_a
    stubborn_a = np.where(sense.runaway, np.maximum(found.decision.after_a, sense.fixed_a), 0.0)
    counted_a = other_a + loads(network.grid, found.seated.columns.column, stubborn_a)
    is_good = found.watches.rows.standing.verdict == Verdict.GOOD
    is_seen = found.bases.reads_rows & network.is_metered & is_fresh & is_good
    return np.where(is_seen, np.minimum(counted_a, memory.readings.row_a), counted_a)


def _troubles(
    memory: ControllerMemory, found: Found, ailing: Ailing, place: Place, now_s: float
) -> dict[Key, str]:
    """Return what is wrong now with meters, leases and circuits, each with its detail."""
    network, watches = place.network, found.watches
    troubles: dict[Key, str] = {}
    if not ailing.stale_rows.is_calm:
        ages_s = age_s(now_s, memory.readings.row_sampled_s)
        for circuit, row in _worst(network, ailing.stale_rows.told, ages_s):
            troubles[AlarmKind.METER_STALE, circuit] = _since(ages_s.item(row))
    for evse in _told_of(ailing.stale_evses):
        troubles[AlarmKind.METER_STALE, network.evse_ids[evse]] = _since(found.sense.evse_age_s.item(evse))
    verdict = watches.rows.standing.verdict
    is_doubted = network.is_metered & (verdict > _MISSING) if found.bases.reads_rows else _NOTHING
    if is_doubted.any():
        for circuit, row in _worst(network, is_doubted, verdict.astype(np.float64)):
            why = _doubt(verdict.item(row), memory.readings.row_a.item(row))
            troubles[AlarmKind.METER_IMPLAUSIBLE, circuit] = f"{_phase(network, row)}{why}"
    verdict = watches.evses.standing.verdict
    for evse in (verdict > _MISSING).nonzero()[0].tolist():
        why = _doubt(verdict.item(evse), memory.readings.current_a.item(evse))
        troubles[AlarmKind.METER_IMPLAUSIBLE, network.evse_ids[evse]] = why
    for evse in _told_of(ailing.leases):
        limit_a = memory.grants.limit_a.item(evse)
        troubles[AlarmKind.LEASE_LOST, network.evse_ids[evse]] = f"{limit_a:.1f} A were sent"
    if not ailing.reach.is_calm:
        counted_a, rating_a = _counted_a(memory, found, place, now_s), found.bases.rating_a
        for circuit, row in _worst(network, ailing.reach.told, counted_a / np.maximum(rating_a, 0.1)):
            why = _over(network, row, counted_a.item(row), rating_a.item(row))
            troubles[AlarmKind.LIMIT_OUT_OF_REACH, circuit] = why
    return troubles


def _told_of(one: Lasting) -> list[int]:
    told: list[int] = [] if one.is_calm else one.told.nonzero()[0].tolist()
    return told


def _worst(network: Network, is_so: Bools, score: Floats) -> Iterator[tuple[str, int]]:
    """Yield each circuit of which a row is so, with the gravest of these rows. score: (m,)."""
    by_circuit: dict[str, int] = {}
    for row in is_so.nonzero()[0].tolist():
        circuit = network.row_circuit[row]
        if circuit not in by_circuit or score[row] > score[by_circuit[circuit]]:
            by_circuit[circuit] = row
    yield from by_circuit.items()


def _phase(network: Network, row: int) -> str:
    _, _, phase = network.row_ids[row].partition("/")
    return f"{phase}, " if phase else ""


def _since(age_s: float) -> str:
    return f"for {span_words(age_s)}" if np.isfinite(age_s) else "never since the start"


def _doubt(verdict: int, current_a: float) -> str:
    return f"{current_a:.1f} A, {_DOUBTS[Verdict(verdict)]}"


def _over(network: Network, row: int, counted_a: float, rating_a: float) -> str:
    """Return how far a row is over what it may carry; a cabinet's row is in W and names no phase."""
    phase = _phase(network, row)
    if phase:
        return f"{phase}{counted_a:.1f} A where {rating_a:.1f} A are allowed"
    return f"{counted_a / max(rating_a, 0.1):.0%} of what is allowed"
