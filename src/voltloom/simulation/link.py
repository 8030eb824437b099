"""The way between stations and controller, one mechanism for both directions: messages go in and come out when they are due.

A perfect link hands over the same objects in the same instant. Otherwise each EVSE's part of a message has its own
delay, and may be lost, doubled or overtaken. Column messages (readings, acknowledgements, limits) that are lost stay lost:
the next ones say the same. What tells a session's course is sent again until it arrives, in order, as OCPP's transaction
messages are.

What tells a session's course carries the sender's time, as in OCPP; readings and confirmations carry when they arrived, as the
live half notes it, beside the stamp of each sample: nobody knows when a confirmation was sent.

Time moves in steps: what is on its way for a while arrives at the nearest step, parts that arrive together stay together.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from voltloom.decision.command import Command, SetBatteries, SetLimits
from voltloom.session.events import (
    ArchitectureChosen,
    ArchitectureFailed,
    BatteryReadings,
    CanaryEnded,
    CanarySet,
    Event,
    EvseReadings,
    LimitsAcknowledged,
    OutsideLimitSet,
    OutsideLimitWithdrawn,
    PricesTold,
    RowReadings,
)
from voltloom.simulation.faults import FaultKind, FaultWindow
from voltloom.site.network import Bools, Floats, Ints

Message = Event | Command
RETRY_S = 30.0  # until a session's message that was lost is sent again

TOLERANCE_S = 1e-6  # times are sums of floats

_COLUMNS = (EvseReadings, LimitsAcknowledged, SetLimits)
_STAMPED = (EvseReadings, LimitsAcknowledged, RowReadings, BatteryReadings)  # by who receives them
_BESIDE = (
    ArchitectureChosen,
    ArchitectureFailed,
    CanaryEnded,
    CanarySet,
    OutsideLimitSet,
    OutsideLimitWithdrawn,
    PricesTold,
)  # of no station


@dataclass(slots=True)  # mutable: counts while the link works
class LinkCounts:
    """What became of the messages on a bad line, one for each EVSE's part."""

    lost: int = 0
    doubled: int = 0


class Link:
    """One direction. Slots 0 to n - 1 are the EVSEs, slot n is the site's own line (circuit meters, batteries).

    step_s: to whose multiples delays are rounded; 0 for none.
    """

    def __init__(
        self, *, evse_count: int, delay_s: float, jitter_s: float, stream: int, step_s: float = 0.0
    ) -> None:
        self.counts = LinkCounts()
        self.is_cut: Bools = np.zeros(evse_count + 1, dtype=np.bool_)
        self._slots = evse_count + 1
        self._delay_s, self._jitter_s = delay_s, jitter_s
        self._step_s = step_s
        self._is_perfect = delay_s + jitter_s < step_s / 2 or delay_s == jitter_s == 0.0
        self._is_calm = self._is_perfect
        self._windows: tuple[FaultWindow, ...] = ()
        self._rng = np.random.default_rng(stream)
        self._now: list[Message] = []
        self._heap: list[tuple[float, int, Message]] = []
        self._held: dict[int, list[Message]] = {}
        self._last_due_s: Floats = np.full(self._slots, -np.inf)
        self._number = 0

    @property
    def is_quiet(self) -> bool:
        """Return whether nothing is on its way that time alone would deliver."""
        return not (self._heap or self._held)

    def suffer(self, windows: Sequence[FaultWindow], is_cut: Bools, now_s: float) -> None:
        """Take the faults that act from now on; where a cut ended, what was held back is sent now, in order."""
        self._windows = tuple(windows)
        self.is_cut[:-1] = is_cut
        self.is_cut[-1] = bool(is_cut.all())
        self._is_calm = self._is_perfect and not self._windows and not self.is_cut.any()
        for slot in [s for s in self._held if not self.is_cut[s]]:
            for message in self._held.pop(slot):
                self._send_slowly(message, now_s)

    def send(self, message: Message, now_s: float) -> None:
        """Put a message in."""
        if self._is_calm and not self._heap:
            self._now.append(message)
        else:
            self._send_slowly(message, now_s)

    def has_due(self, now_s: float) -> bool:
        """Return whether `due` would take anything out."""
        return bool(self._now) or (bool(self._heap) and self._heap[0][0] <= now_s + TOLERANCE_S)

    def due(self, now_s: float) -> list[Message]:
        """Take out all that has arrived by now, in the order of arrival."""
        arrived, self._now = self._now, []
        while self._heap and self._heap[0][0] <= now_s + TOLERANCE_S:
            arrived.append(heapq.heappop(self._heap)[2])
        return arrived

    def _send_slowly(self, message: Message, now_s: float) -> None:
        if isinstance(message, _COLUMNS):
            self._send_columns(message, now_s)
        elif isinstance(message, RowReadings | BatteryReadings | SetBatteries):
            self._send_one(message, self._slots - 1, now_s, may_be_lost=True)
        elif isinstance(message, _BESIDE):
            self._push(now_s, message)
        elif self.is_cut[message.evse]:
            self._held.setdefault(message.evse, []).append(message)
        else:
            self._send_one(message, message.evse, now_s, may_be_lost=False)

    def _send_one(self, message: Message, slot: int, now_s: float, *, may_be_lost: bool) -> None:
        slots = np.array([slot])
        if may_be_lost:
            for moments_s, _ in self._fates(slots, now_s):
                self._push(float(moments_s[0]), message)
            return
        tries = 0
        while self._is_lost(slots)[0] and tries < 20:
            tries += 1
        due_s = float(max(now_s + RETRY_S * tries + self._delays(slots)[0], self._last_due_s[slot]))
        self._last_due_s[slot] = due_s
        self._push(due_s, message)
        if self._doubles(slots)[0]:
            self.counts.doubled += 1
            self._push(due_s, message)

    def _send_columns(self, message: EvseReadings | LimitsAcknowledged | SetLimits, now_s: float) -> None:
        """Split a column message by when its parts arrive."""
        for due_s, kept in self._fates(message.evses, now_s):
            for moment_s in np.unique(due_s):
                part = kept[due_s == moment_s]
                self._push(
                    float(moment_s), message if part.size == message.evses.size else _part(message, part)
                )

    def _fates(self, slots: Ints, now_s: float) -> Iterator[tuple[Floats, Ints]]:
        """Yield (due (k,), place in the message (k,)) of the originals that arrive, then of the copies."""
        arrives = ~(self.is_cut[slots] | self._is_lost(slots))
        self.counts.lost += int(slots.size - arrives.sum())
        place = np.flatnonzero(arrives)
        if not place.size:
            return
        kept = slots[place]
        due_s = now_s + self._delays(kept)
        overtaken, by_s = self._overtaken(kept)
        in_order = np.maximum(due_s, self._last_due_s[kept])
        due_s = np.where(overtaken, due_s + by_s, in_order)
        self._last_due_s[kept] = np.where(overtaken, self._last_due_s[kept], in_order)
        yield due_s, place
        copies = self._doubles(kept)
        if copies.any():
            self.counts.doubled += int(copies.sum())
            yield due_s[copies] + self._copy_delays(kept[copies]), place[copies]

    def _hits(self, kind: FaultKind, slots: Ints) -> Iterator[tuple[FaultWindow, Bools]]:
        for window in self._windows:
            if window.spec.kind is kind:
                is_hit = np.zeros(self._slots, dtype=np.bool_)
                is_hit[list(window.evses)] = True
                is_hit[-1] = len(window.evses) == self._slots - 1
                yield window, is_hit[slots]

    def _is_lost(self, slots: Ints) -> Bools:
        lost = np.zeros(slots.size, dtype=np.bool_)
        for window, hit in self._hits(FaultKind.MESSAGE_LOSS, slots):
            lost |= hit & (self._rng.random(slots.size) < window.spec.magnitude_ratio)
        return lost

    def _delays(self, slots: Ints) -> Floats:
        delay = np.full(slots.size, self._delay_s)
        if self._jitter_s > 0.0:
            delay += self._rng.random(slots.size) * self._jitter_s
        for window, hit in self._hits(FaultKind.MESSAGE_DELAY, slots):
            delay += hit * (window.spec.delay_s + self._rng.random(slots.size) * window.spec.jitter_s)
        return self._rounded(delay)

    def _rounded(self, delay_s: Floats) -> Floats:
        return np.rint(delay_s / self._step_s) * self._step_s if self._step_s > 0.0 else delay_s

    def _overtaken(self, slots: Ints) -> tuple[Bools, Floats]:
        overtaken = np.zeros(slots.size, dtype=np.bool_)
        by_s = np.zeros(slots.size)
        for window, hit in self._hits(FaultKind.MESSAGE_REORDER, slots):
            now = hit & (self._rng.random(slots.size) < window.spec.magnitude_ratio)
            by_s += now * self._rng.random(slots.size) * window.spec.jitter_s
            overtaken |= now
        return overtaken, self._rounded(by_s)

    def _doubles(self, slots: Ints) -> Bools:
        doubled = np.zeros(slots.size, dtype=np.bool_)
        for window, hit in self._hits(FaultKind.MESSAGE_DUPLICATE, slots):
            doubled |= hit & (self._rng.random(slots.size) < window.spec.magnitude_ratio)
        return doubled

    def _copy_delays(self, slots: Ints) -> Floats:
        delay = np.zeros(slots.size)
        for window, hit in self._hits(FaultKind.MESSAGE_DUPLICATE, slots):
            delay += hit * self._rng.random(slots.size) * window.spec.jitter_s
        return self._rounded(delay)

    def _push(self, due_s: float, message: Message) -> None:
        if isinstance(message, _STAMPED) and due_s > message.time_s:
            message = message._replace(time_s=due_s)
        self._number += 1
        heapq.heappush(self._heap, (due_s, self._number, message))


def _part(
    message: EvseReadings | LimitsAcknowledged | SetLimits, place: Ints
) -> EvseReadings | LimitsAcknowledged | SetLimits:
    """Return the part of a column message for some of its places."""
    if isinstance(message, EvseReadings):
        return message._replace(
            evses=message.evses[place],
            sampled_s=message.sampled_s[place],
            current_a=message.current_a[place],
            energy_wh=message.energy_wh[place],
            exported_wh=None if message.exported_wh is None else message.exported_wh[place],
        )
    if isinstance(message, SetLimits):
        return message._replace(
            evses=message.evses[place],
            limit_a=message.limit_a[place],
            lease_until_s=message.lease_until_s[place],
            serial=message.serial[place],
        )
    return message._replace(evses=message.evses[place], serial=message.serial[place])
