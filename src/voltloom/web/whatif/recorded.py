"""Visits as they were at this site: closed ones from the journal's sessions, running ones as far as they are, for a world to play again.

What drivers stated and what cars can do is noted while the site runs; the sessions of the journal do not say it.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, select

from voltloom.controller.memory import ControllerMemory
from voltloom.live.running import LiveSite
from voltloom.session.capability import Capability
from voltloom.session.facts import Seat, SessionFacts
from voltloom.session.need import Need
from voltloom.session.record import EndReason
from voltloom.session.state import SessionState
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import Network
from voltloom.store.schema import sessions
from voltloom.units import wh_from_w
from voltloom.web.views import delivered_wh

NOTED_COUNT: Final = 20_000
LEAST_WH: Final = 50.0  # who took less than that did not charge
MOST_VISITS_COUNT: Final = 5_000  # of one run: more would take hours
DAYS_SHOWN_COUNT: Final = 60
STARTS_COUNT: Final = 5_000  # so many of the newest sessions are counted by day
BATTERY_WH: Final = 60_000.0  # what most cars take at the most
STILL_S: Final = 600.0  # who took power so shortly before leaving was not full
FULL_STATES: Final = frozenset({SessionState.FINISHING, SessionState.SUSPENDED_BY_VEHICLE})
FULL_WORDS: Final = "visits stated no energy and were full: they want what they got"
OPEN_WORDS: Final = (
    "visits stated no energy and were not full: they want all that their outlet could have given while they were here; "
    "they count for energy, never as unmet"
)
FULL_ENDS: Final = frozenset({EndReason.NEED_MET.value, EndReason.VEHICLE_FULL.value})


class Noted(NamedTuple):
    """A visit as the controller knew it last. seen_s: when that was. is_full: it had all it wanted. takes_a: the most it was seen to
    take on each phase where a limit did not hold it back, NaN where it always did.
    """

    evse: int
    arrival_s: float
    seen_s: float
    need: Need
    capability: Capability
    tier: int
    is_full: bool
    takes_a: float = math.nan


class Stay(NamedTuple):
    """A visit of the record. energy_wh: what it got. is_full: it had stopped taking power when it left."""

    session_id: str
    evse_id: str
    start_s: float
    stop_s: float
    energy_wh: float
    is_full: bool


class Recorded(NamedTuple):
    """Visits to play again, what they really got, and what to know of them, in words. open_ids: nobody knows how much these
    wanted.
    """

    visits: tuple[Visit, ...]
    open_ids: frozenset[str]
    delivered_wh: float
    notes: tuple[str, ...]


class Notebook:
    """What drivers stated and cars can do, of the visits since the process began. Made before the first decision."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._noted: OrderedDict[str, Noted] = OrderedDict()
        self._before: tuple[Seat, ...] = ()
        count = len(site.network.evse_ids)
        self._serial = np.full(count, -1, dtype=np.int64)
        self._is_shown, self._drawn_a = np.zeros(count, dtype=np.bool_), np.full(count, np.nan)
        self.end = site.loop.logbook.listen(self._heard)

    def _heard(self, kind: str, _: object) -> None:
        if kind == "decision":
            self.look()

    def look(self) -> None:
        """Take note of every visit that is going on."""
        memory = self._site.loop.memory
        self._watch(memory)
        before = self._before if len(self._before) == len(memory.seats) else (None,) * len(memory.seats)
        for seat, was in zip(memory.seats, before, strict=True):
            if seat is not was and seat.session is not None:
                self._note(seat.session, self._site.clock.now_s())
        self._before = tuple(memory.seats)

    def _watch(self, memory: ControllerMemory) -> None:
        """Remember the most that each vehicle drew, and whether it ever drew less than it might."""
        columns, readings = memory.columns, memory.readings
        serial = np.where(columns.present, columns.serial, -1)
        is_new = serial != self._serial
        self._serial = serial
        self._is_shown = (self._is_shown & ~is_new) | np.isfinite(memory.service.takes_a)
        self._drawn_a[is_new] = np.nan
        is_own = columns.present & (readings.sampled_s >= columns.arrival_s)
        self._drawn_a = np.fmax(self._drawn_a, np.where(is_own, readings.current_a, np.nan))

    def _note(self, facts: SessionFacts, now_s: float) -> None:
        self._noted[facts.session_id] = Noted(
            evse=facts.evse,
            arrival_s=facts.arrival_s,
            seen_s=now_s,
            need=facts.need,
            capability=facts.capability,
            tier=facts.tier,
            is_full=facts.state in FULL_STATES,
            takes_a=float(self._drawn_a[facts.evse]) if self._is_shown[facts.evse] else math.nan,
        )
        while len(self._noted) > NOTED_COUNT:
            self._noted.popitem(last=False)

    def running(self) -> list[Stay]:
        """Return the visits that are going on, as if they ended now."""
        self.look()
        now_s, ids = self._site.clock.now_s(), self._site.network.evse_ids
        memory = self._site.loop.memory
        found = [seat.session for seat in memory.seats if seat.session is not None]
        return [
            Stay(
                session_id=facts.session_id,
                evse_id=ids[facts.evse],
                start_s=facts.arrival_s,
                stop_s=now_s,
                energy_wh=max(0.0, np.nan_to_num(delivered_wh(memory, facts))),
                is_full=facts.state in FULL_STATES,
            )
            for facts in found
            if facts.arrival_s < now_s
        ]

    def between(self, begins_s: float, ends_s: float) -> tuple[Noted, ...]:
        """Return what was noted of visits that were there at some time between two moments."""
        return tuple(one for one in self._noted.values() if one.arrival_s < ends_s and one.seen_s >= begins_s)


class Days(NamedTuple):
    """Local days in a row, both included, in a zone."""

    first: date
    last: date
    zone: ZoneInfo

    def span_s(self) -> tuple[float, float]:
        """Return from when on and until when they are, in seconds since 1970."""
        begins = datetime.combine(self.first, time(), self.zone)
        ends = datetime.combine(self.last + timedelta(days=1), time(), self.zone)
        return begins.timestamp(), ends.timestamp()


async def stays_of(site: LiveSite, notebook: Notebook, days: Days) -> list[Stay]:
    """Return the visits that began on some days, closed or running, by their start. Raises StoreError."""
    begins_s, ends_s = days.span_s()
    closed = await site.journal.run(lambda connection: _closed(connection, begins_s, ends_s))
    running = [one for one in notebook.running() if begins_s <= one.start_s < ends_s]
    return sorted([*closed, *running], key=lambda one: (one.start_s, one.session_id))


async def days_of(site: LiveSite, notebook: Notebook) -> list[tuple[date, int, int]]:
    """Return each recorded day with its visits and how many of them are running, the newest first; of old ones not all. Raises StoreError."""
    zone = ZoneInfo(site.config.site.time_zone)
    closed = await site.journal.run(lambda connection: _counts(connection, zone))
    running = Counter(day_of_s(one.start_s, zone) for one in notebook.running())
    counts = closed + running
    return [(day, counts[day], running[day]) for day in sorted(counts, reverse=True)[:DAYS_SHOWN_COUNT]]


def day_of_s(time_s: float, zone: ZoneInfo) -> date:
    """Return the local day of a moment."""
    return datetime.fromtimestamp(time_s, UTC).astimezone(zone).date()


def recorded(stays: Sequence[Stay], network: Network, noted: Sequence[Noted]) -> Recorded:
    """Return the visits of stays, with what was noted of them."""
    known: dict[int, list[Noted]] = {}
    for one in noted:
        known.setdefault(one.evse, []).append(one)
    counts: Counter[str] = Counter()
    visits, open_ids, got_wh = [], set(), 0.0
    for stay in stays:
        evse = network.index.get(stay.evse_id)
        if evse is None:
            counts["visits at outlets that are no more: left out"] += 1
            continue
        note = _note_of(stay, known.get(evse, ()))
        visit = _visit(stay, network, note)
        if visit.wants_wh < LEAST_WH or visit.stay_s < 1.0:
            counts["visits that wanted nothing: left out"] += 1
            continue
        if math.isnan(visit.stated_wh):
            if stay.is_full or (note is not None and note.is_full):
                counts[FULL_WORDS] += 1
            else:
                counts[OPEN_WORDS] += 1
                open_ids.add(visit.session_id)
        got_wh += stay.energy_wh
        visits.append(visit)
    told = tuple(f"{count} {what}." for what, count in sorted(counts.items()))
    return Recorded(tuple(visits), frozenset(open_ids), got_wh, told)


def _counts(connection: Connection, zone: ZoneInfo) -> Counter[date]:
    query = select(sessions.c.start_ms).order_by(sessions.c.start_ms.desc()).limit(STARTS_COUNT)
    return Counter(day_of_s(start_ms / 1000.0, zone) for start_ms in connection.execute(query).scalars())


def _closed(connection: Connection, begins_s: float, ends_s: float) -> list[Stay]:
    columns = sessions.c
    query = select(sessions).where(
        columns.start_ms >= round(begins_s * 1000.0), columns.start_ms < round(ends_s * 1000.0)
    )
    return [
        Stay(
            session_id=row.session_id,
            evse_id=row.evse_id,
            start_s=row.start_ms / 1000.0,
            stop_s=row.stop_ms / 1000.0,
            energy_wh=row.energy_tenth_wh / 10.0,
            is_full=row.why in FULL_ENDS
            or (
                row.last_power_ms is not None and row.last_power_ms / 1000.0 < row.stop_ms / 1000.0 - STILL_S
            ),
        )
        for row in connection.execute(query.limit(MOST_VISITS_COUNT + 1))
    ]


def _note_of(stay: Stay, some: Iterable[Noted]) -> Noted | None:
    """Return the note that was made of an outlet during most of a stay: it is about that stay."""
    fitting = [one for one in some if one.arrival_s <= stay.stop_s and one.seen_s >= stay.start_s]

    def shared_s(one: Noted) -> float:
        return min(one.seen_s, stay.stop_s) - max(one.arrival_s, stay.start_s)

    return max(fitting, key=shared_s, default=None)


def _visit(stay: Stay, network: Network, note: Noted | None) -> Visit:
    """Return a stay as a visit. It wants what was stated, or what it got where it was full, else what it could have taken."""
    evse = network.index[stay.evse_id]
    capability = None if note is None or not note.capability.is_reported else note.capability
    uses_all = capability is None or capability.uses_all_phases
    max_a = float(network.max_a[evse]) if capability is None else capability.max_a
    if note is not None and not math.isnan(note.takes_a):
        max_a = min(max_a, max(note.takes_a, float(network.min_a[evse])))
    max_power_w = max_a * float(network.w_per_a[int(uses_all), evse])
    need = Need() if note is None else note.need
    wants_wh = stay.energy_wh
    if need.is_known:
        wants_wh = max(wants_wh, need.energy_wh)
    elif not stay.is_full and not (note is not None and note.is_full):
        could_wh = min(BATTERY_WH, wh_from_w(max_power_w, stay.stop_s - stay.start_s))
        wants_wh = max(wants_wh, could_wh)
    return Visit(
        session_id=stay.session_id,
        evse_id=stay.evse_id,
        id_token=f"token-{stay.session_id}",  # whose card it was stays out of reports
        arrival_s=stay.start_s,
        departure_s=stay.stop_s,
        stated_departure_s=need.departure_s if math.isfinite(need.departure_s) else math.nan,
        stated_wh=need.energy_wh if need.is_known else math.nan,
        wants_wh=wants_wh,
        max_power_w=max_power_w,
        battery=BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=wants_wh, initial_wh=0.0),
        tier=0 if note is None else note.tier,
        min_a=float(network.min_a[evse]) if capability is None else capability.min_a,
        uses_all_phases=uses_all,
        phases_known=capability is not None and capability.phases_known,
    )
