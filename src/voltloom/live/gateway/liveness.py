"""Who has been silent for too long: one timer for all links, so that an idle link costs no task of its own."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from picows import WSCloseCode

from voltloom.live.gateway.connection import Connection
from voltloom.live.gateway.events import Cause
from voltloom.live.gateway.settings import Limits


class Liveness:
    """Pings links that have said nothing, ends those that do not answer, and those that are parked too long.

    Links wait in slots of one tick each; a link that was heard meanwhile only moves to a later slot.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._tick_s = min(1.0, limits.ping_after_s / 4.0, limits.pong_within_s / 4.0, limits.parked_s / 4.0)
        self._slots: defaultdict[int, list[Connection]] = defaultdict(list)
        self._loop = asyncio.get_running_loop()
        self._done_slot = int(self._loop.time() / self._tick_s)
        self._timer = self._loop.call_later(self._tick_s, self._tick)

    def watch(self, connection: Connection) -> None:
        """Watch a new link until it ends."""
        self._put(connection, self._first_look_s(connection))

    def close(self) -> None:
        """Watch nobody any more."""
        self._timer.cancel()
        self._slots.clear()

    def _first_look_s(self, connection: Connection) -> float:
        soonest_s = min(self._limits.ping_after_s, self._limits.parked_s)
        return connection.opened_s + soonest_s

    def _put(self, connection: Connection, due_s: float) -> None:
        self._slots[max(int(due_s / self._tick_s), self._done_slot) + 1].append(connection)

    def _tick(self) -> None:
        self._timer = self._loop.call_later(self._tick_s, self._tick)
        now_s = self._loop.time()
        until = int(now_s / self._tick_s)
        for slot in range(self._done_slot + 1, until + 1):
            self._done_slot = slot
            for connection in self._slots.pop(slot, ()):
                due_s = self._looked_at(connection, now_s)
                if due_s is not None:
                    self._put(connection, due_s)

    def _looked_at(self, connection: Connection, now_s: float) -> float | None:
        """Do what is due with one link. Returns when to look again, None if it is over."""
        limits = self._limits
        if connection.ending is not None or connection.link is None:
            return None
        if connection.link.is_parked and now_s >= connection.opened_s + limits.parked_s:
            connection.end(Cause.PARKED_TOO_LONG, WSCloseCode.TRY_AGAIN_LATER, "nobody approved this station")
            return None
        if connection.pinged_s is not None and connection.heard_s < connection.pinged_s:
            if now_s < connection.pinged_s + limits.pong_within_s:
                return connection.pinged_s + limits.pong_within_s
            connection.end(Cause.SILENT, WSCloseCode.GOING_AWAY, "no answer to a ping")
            connection.abort()  # nobody is there to shake hands
            return None
        if now_s < connection.heard_s + limits.ping_after_s:
            return connection.heard_s + limits.ping_after_s
        connection.ping(now_s)
        return now_s + limits.pong_within_s
