"""What a console looks back on: power by feeder, curves of outlets, changes with their reasons. Each ring forgets its oldest.

They begin with the process: what was before stands in the journal and in the sessions' records.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.explain import TOLD_DIGITS, operator_record
from voltloom.decision.plan import Plan
from voltloom.decision.record import Decision
from voltloom.live.running import LiveSite
from voltloom.web.console.shapes import Change, Point
from voltloom.web.views import sentence_of

CHART_S = 15.0 * 60.0  # what the chart on the first page shows of the past
POINTS_COUNT = 4_000
CURVES_BYTES = 16 * 1024 * 1024
CHANGES_COUNT = 5_000
DECISIONS_BYTES = 64 * 1024 * 1024  # that changes rest on, with the plans of those
MEMORIES_COUNT = 120  # of the controller, to decide a moment again under another architecture


class Moment(NamedTuple):
    """All outlets at one moment, (n,) each: measured and allowed current, cause, and the serial of the session."""

    at_s: float
    draws_a: NDArray[np.float32]
    may_a: NDArray[np.float32]
    cause: NDArray[np.int8]
    serial: NDArray[np.int32]


class Curves:
    """Moments of all outlets, as many as fit into CURVES_BYTES and a day."""

    def __init__(self, outlets_count: int) -> None:
        each_bytes = outlets_count * 13 + 64
        self._moments: deque[Moment] = deque(maxlen=max(60, min(5_760, CURVES_BYTES // each_bytes)))

    def note(self, site: LiveSite, decision: Decision) -> None:
        """Keep what flows and what may now."""
        memory = site.loop.memory
        known = np.isfinite(memory.readings.sampled_s)
        moment = Moment(
            decision.now_s,
            np.where(known, memory.readings.current_a, np.nan).astype(np.float32),
            decision.after_a.astype(np.float32),
            decision.cause.astype(np.int8),
            np.where(memory.columns.present, memory.columns.serial, -1).astype(np.int32),
        )
        self._moments.append(moment)

    def between(self, from_s: float, until_s: float) -> Iterator[Moment]:
        """Yield the moments of a time, the oldest first."""
        return (moment for moment in self._moments if from_s <= moment.at_s <= until_s)


class Points:
    """The power of each feeder at each noted moment."""

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=POINTS_COUNT)

    def note(self, point: Point) -> None:
        """Keep a point, one for each moment."""
        if not self._points or self._points[-1].at_ms < point.at_ms:
            self._points.append(point)

    def since(self, from_ms: int) -> list[Point]:
        """Return the points after a moment, the oldest first."""
        found = []
        for point in reversed(self._points):
            if point.at_ms <= from_ms:
                break
            found.append(point)
        return found[::-1]


class Changes:
    """Changes of limits with their reasons, numbered from 1. Their words are made when the first page asks for them."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._kept: deque[tuple[int, Decision, int, str | None, str]] = deque(maxlen=CHANGES_COUNT)
        self._sizes: deque[tuple[int, int]] = (
            deque()
        )  # the newest change of each decision, and the bytes of that
        self._kept_bytes = 0
        self._plan: Plan | None = None  # the newest, which many decisions share
        self._memories: deque[tuple[int, ControllerMemory]] = deque(maxlen=MEMORIES_COUNT)
        self.newest_id = 0

    def note(self, decision: Decision) -> None:
        """Keep what a decision changed."""
        memory = self._site.loop.memory
        self._memories.append((round(decision.now_s * 1000.0), memory))
        seats = memory.seats
        for evse in decision.sent.nonzero()[0].tolist():
            if round(float(decision.before_a[evse] - decision.after_a[evse]), TOLD_DIGITS) == 0.0:
                continue  # nobody could tell what changed
            session = seats[evse].session
            sentence = "" if session is None else sentence_of(self._site, memory, decision, evse)
            self.newest_id += 1
            name = None if session is None else session.session_id
            self._kept.append((self.newest_id, decision, evse, name, sentence))
        if decision.sent.any():
            self._forget(decision)

    def _forget(self, newest: Decision) -> None:
        """Forget the oldest decisions where all together take too much room: a plan of a large site takes half a megabyte."""
        is_same = newest.plan is self._plan
        size = _bytes_of(newest._replace(plan=None) if is_same else newest)
        self._sizes.append((self.newest_id, size))
        self._kept_bytes, self._plan = self._kept_bytes + size, newest.plan
        first_id = self._kept[0][0] if self._kept else self.newest_id
        while len(self._sizes) > 1 and (self._kept_bytes > DECISIONS_BYTES or self._sizes[0][0] < first_id):
            last_id, gone_bytes = self._sizes.popleft()
            self._kept_bytes -= gone_bytes
            while self._kept and self._kept[0][0] <= last_id:
                self._kept.popleft()

    def numbered(self, number: int) -> Change | None:
        """Return one change, None where it is forgotten or never was."""
        return next((self._told(*kept) for kept in self._kept if kept[0] == number), None)

    def memory_at(self, at_ms: int) -> ControllerMemory | None:
        """Return what the controller knew when it made a change, None where that is forgotten."""
        return next((memory for noted_ms, memory in self._memories if noted_ms == at_ms), None)

    def after(self, last_id: int, most_count: int) -> list[Change]:
        """Return the newest changes after one, the oldest first."""
        found: list[Change] = []
        for kept in reversed(self._kept):
            if kept[0] <= last_id or len(found) == most_count:
                break
            found.append(self._told(*kept))
        return found[::-1]

    def matching(
        self, *, before_id: int, evse: str, cause: str, session: str, most_count: int, after_id: int = 0
    ) -> list[Change]:
        """Return changes older than one (0 for the newest) and newer than another, the newest first; "" asks for all."""
        ids, found = self._site.network.evse_ids, []
        for kept in reversed(self._kept):
            if kept[0] <= after_id:
                break
            if (before_id and kept[0] >= before_id) or (evse and ids[kept[2]] != evse):
                continue
            if session and kept[3] != session:
                continue
            change = self._told(*kept)
            if not cause or change.cause == cause:
                found.append(change)
            if len(found) == most_count:
                break
        return found

    def _told(self, number: int, decision: Decision, evse: int, session: str | None, sentence: str) -> Change:
        name, zone = self._site.network.evse_ids[evse], self._site.config.site.time_zone
        record = operator_record(decision.reason(evse), name, decision.now_s, zone)
        limit = record["limit"]
        return Change(
            id=number,
            at_ms=round(decision.now_s * 1000.0),
            evse=name,
            session=session,
            before_a=round(float(decision.before_a[evse]), 3),
            after_a=round(float(decision.after_a[evse]), 3),
            cause=str(record["cause"]),
            causer=str(record["causer"]),
            limit=None if limit is None else str(limit["row"]),  # type: ignore[index]  # a record is data for JSON
            sentence=sentence,
            record=record,
        )


def _bytes_of(value: Any) -> int:
    """Return the bytes of the arrays in a tuple, and in the tuples within."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(_bytes_of(each) for each in value) if isinstance(value, tuple) else 0
