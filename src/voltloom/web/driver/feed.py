"""The feed of drivers' pages: each hears of its own topic alone. While any is open, each topic's state is made once a second, and encoded once
where it is other than before.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import msgspec

from voltloom.store.errors import StoreError
from voltloom.web.console.state import Console
from voltloom.web.driver.shapes import Beat, Over, Sticker, Visit
from voltloom.web.driver.state import States, Topic

EVERY_S: Final = 1.0
BEAT_COUNT: Final = 3  # seconds without news after which a page hears that the site is there
OVER_COUNT: Final = 5  # seconds between two looks for a bill
WAITING_COUNT: Final = 8
PAGES_COUNT: Final = 1_000
PAGES_OF_TOPIC_COUNT: Final = 20
Waiting = asyncio.Queue[str | None]
_encoder = msgspec.json.Encoder()
_log = logging.getLogger("voltloom.web")


class Watched:
    """One topic with its pages. quiet_count: seconds since they heard anything."""

    def __init__(self) -> None:
        self.pages: set[Waiting] = set()
        self.last: Sticker | Visit | Over | None = None
        self.quiet_count = 0


class DriversFeed:
    """All open pages of drivers."""

    def __init__(self, console: Console, states: States) -> None:
        self._console, self._states = console, states
        self._topics: dict[Topic, Watched] = {}
        self._ticking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Return how many pages are open."""
        return sum(len(watched.pages) for watched in self._topics.values())

    def has_room(self, topic: Topic) -> bool:
        """Say whether one more page may follow a topic."""
        watched = self._topics.get(topic)
        return self.count < PAGES_COUNT and (watched is None or len(watched.pages) < PAGES_OF_TOPIC_COUNT)

    def open(self, topic: Topic, state: Sticker | Visit | Over) -> Waiting:
        """Return where a page's messages come from, the whole state first."""
        waiting: Waiting = asyncio.Queue(WAITING_COUNT)
        waiting.put_nowait(_encoder.encode(state).decode())
        watched = self._topics.setdefault(topic, Watched())
        watched.last = watched.last or state
        watched.pages.add(waiting)
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())
            self._ticking.add_done_callback(self._ended)
        return waiting

    def close(self, topic: Topic, waiting: Waiting) -> None:
        """Forget a page; without any nothing is made."""
        watched = self._topics.get(topic)
        if watched is None:
            return
        watched.pages.discard(waiting)
        if not watched.pages:
            del self._topics[topic]
        if not self._topics and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            known = self._console.known()
            for topic, watched in list(self._topics.items()):
                watched.quiet_count += 1
                if isinstance(watched.last, Over) and watched.quiet_count % OVER_COUNT:
                    continue
                try:
                    state = await self._states.of(topic, known)
                except StoreError as unread:  # the next second tries again
                    _log.warning("a driver's page could not be made: %s", unread)
                    continue
                self._tell(watched, state)

    def _tell(self, watched: Watched, state: Sticker | Visit | Over | None) -> None:
        """Send a state to its pages where it is other than before. None ends them: their link has expired."""
        if state is None:
            for waiting in watched.pages:
                _last(waiting)
            return
        before, watched.last = watched.last, state
        if before is None or _as_shown(before) != _as_shown(state):
            text = _encoder.encode(state).decode()
        elif watched.quiet_count >= BEAT_COUNT:
            text = _encoder.encode(Beat(now_ms=state.now_ms)).decode()
        else:
            return
        watched.quiet_count = 0
        for waiting in watched.pages:
            if waiting.full():
                _last(waiting)  # it comes back by itself, and gets the whole state
            else:
                waiting.put_nowait(text)

    def _ended(self, ticking: asyncio.Task[None]) -> None:
        """Where a state could not be made, let every page go: each comes back by itself and tries again."""
        if ticking.cancelled() or (wrong := ticking.exception()) is None:
            return
        _log.error("drivers' pages could not be made", exc_info=wrong)
        self._ticking = None
        for watched in self._topics.values():
            for waiting in watched.pages:
                _last(waiting)


def _as_shown(state: Sticker | Visit | Over) -> Sticker | Visit | Over:
    """Return a state without what a page does not show: the time now, and the seconds of a promise."""
    if isinstance(state, Visit) and state.done_ms is not None:
        state = msgspec.structs.replace(state, done_ms=state.done_ms // 60_000)
    return msgspec.structs.replace(state, now_ms=0)


def _last(waiting: Waiting) -> None:
    while not waiting.empty():
        waiting.get_nowait()
    waiting.put_nowait(None)
