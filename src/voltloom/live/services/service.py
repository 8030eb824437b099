"""A service that is asked again and again: what it told last, how old that is, and what went wrong since.

What was told stays until something newer comes, also over a restart where a file is given, and always with its age: whoever
uses it decides by `is_stale` whether it still counts. A service that fails is asked less and less often, up to `every_s`.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from voltloom.live.clock import Clock
from voltloom.live.services.fetching import FetchError, Request, fetched
from voltloom.protocols.services.answers import AnswerError

FIRST_AGAIN_S = 60.0
_log = logging.getLogger("voltloom.live")
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Generic[Told]):
    """A service. request_at: what to ask at a moment. decode: its answer as a value; raises AnswerError.

    every_s: how often it is asked; stale_s: the age at which what it told is too old to count. file: where its last
    answer is kept; None for nowhere.
    """

    name: str
    request_at: Callable[[float], Request]
    decode: Callable[[bytes], Told]
    every_s: float
    stale_s: float
    file: Path | None = None


class Known(NamedTuple, Generic[Told]):
    """What is known of a service at a moment. value: None before it told anything; age_s is inf then.

    problem: what went wrong with the newest attempt, "" where it went well.
    """

    value: Told | None
    age_s: float
    is_stale: bool
    problem: str


class Service(Generic[Told]):
    """One service, its newest answer and when to ask again."""

    def __init__(self, source: Source[Told], now_s: float) -> None:
        """Take over what a file has kept; one that is not whole is as none, and a time to come is none."""
        self._source = source
        self._value: Told | None = None
        self._heard_s = -math.inf
        self._problem = ""
        self._failed_count = 0
        self.next_s = now_s
        self._take_kept(now_s)

    def known(self, now_s: float) -> Known[Told]:
        """Return what is known at a moment."""
        age_s = max(now_s - self._heard_s, 0.0)
        return Known(self._value, age_s, age_s > self._source.stale_s, self._problem)

    async def refresh(self, now_s: float) -> bool:
        """Ask once; return whether it told something. What was known before stays where it did not."""
        try:
            answer = await fetched(self._source.request_at(now_s))
            value = self._source.decode(answer)
        except (FetchError, AnswerError) as wrong:
            self._fail(str(wrong), now_s)
            return False
        if self._failed_count:
            _log.warning("%s tells again", self._source.name)
        self._value, self._heard_s = value, now_s
        self._problem, self._failed_count = "", 0
        self.next_s = now_s + self._source.every_s
        self._keep(answer)
        return True

    def _fail(self, problem: str, now_s: float) -> None:
        if not self._failed_count:
            _log.warning(
                "no answer from %s: %s; asked again in a minute, what it told last holds meanwhile",
                self._source.name,
                problem,
            )
        self._problem = problem
        wait_s = FIRST_AGAIN_S * 2.0 ** min(self._failed_count, 20)
        self.next_s = now_s + min(wait_s, self._source.every_s)
        self._failed_count += 1

    def _keep(self, answer: bytes) -> None:
        if self._source.file is None:
            return
        beside = self._source.file.with_suffix(".new")
        try:
            beside.write_bytes(f"{self._heard_s!r}\n".encode() + answer)
            beside.replace(self._source.file)
        except OSError as full:
            _log.warning("%s: its answer could not be kept: %s", self._source.name, full)

    def _take_kept(self, now_s: float) -> None:
        if self._source.file is None:
            return
        with suppress(OSError, ValueError):  # AnswerError is a ValueError
            stamp, _, answer = self._source.file.read_bytes().partition(b"\n")
            heard_s = float(stamp)
            if heard_s <= now_s:
                self._value, self._heard_s = self._source.decode(answer), heard_s
                self.next_s = max(now_s, heard_s + self._source.every_s)


async def keep_asking(service: Service[Told], clock: Clock) -> None:
    """Ask a service whenever it is due, until cancelled."""
    while True:
        await clock.sleep(max(service.next_s - clock.now_s(), 0.0))
        await service.refresh(clock.now_s())
