"""Messages of transactions in order: one at a time, kept while there is no link, told again until answered."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from voltloom.virtual.counting import Counts
from voltloom.virtual.telling import Told

MAX_ATTEMPTS: Final = 3  # of a message that is refused or not answered while the link holds
ATTEMPT_S: Final = 10.0
Done = Callable[[Struct | None], None]


class Outbox:
    """The queue of one station. write: puts a message on the wire; taken: told of each answer."""

    def __init__(
        self, write: Callable[[Told, Done], None], taken: Callable[[Told, Any], None], counts: Counts
    ) -> None:
        self._write, self._taken, self._counts = write, taken, counts
        self._waiting: deque[Told] = deque()
        self._is_open = False
        self._on_the_wire: Told | None = None
        self._attempts = 0
        self._next_s = -math.inf
        self._now_s = -math.inf

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, told: Told, now_s: float) -> None:
        """Add a message behind the others."""
        self._waiting.append(told)
        self.send(now_s)

    def open(self, now_s: float) -> None:
        """Begin to send."""
        self._is_open, self._next_s = True, -math.inf
        self.send(now_s)

    def close(self) -> None:
        """Keep everything until there is a link again; what has no answer yet goes out anew."""
        self._is_open, self._on_the_wire = False, None

    def send(self, now_s: float) -> None:
        """Put the first message on the wire if nothing is there."""
        self._now_s = now_s
        if not (self._is_open and self._waiting) or self._on_the_wire is not None or now_s < self._next_s:
            return
        told = self._on_the_wire = self._waiting[0]
        self._counts.replayed += told.is_offline
        self._write(told, lambda answer: self._answered(told, answer))

    def _answered(self, told: Told, answer: Struct | None) -> None:
        if self._on_the_wire is not told:
            return  # an answer to what went out over a link that is gone
        self._on_the_wire = None
        if answer is None:
            self._attempts += 1
            self._next_s = self._now_s + ATTEMPT_S
            if self._attempts < MAX_ATTEMPTS or not self._is_open:
                return
            self._counts.given_up += 1
        self._attempts, self._next_s = 0, -math.inf
        self._waiting.popleft()
        if answer is not None:
            self._taken(told, answer)
        self.send(self._now_s)
