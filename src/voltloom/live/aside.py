"""A decision beside the event loop, with a deadline: stations are answered while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

DECISION_S = 10.0  # real seconds after which a decision counts as failed
T = TypeVar("T")


class Aside:
    """One thread for one decision after the other."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "decision")

    async def run(self, decide: Callable[[], T]) -> T:
        """Return what is decided, and raise what that raises. Raises TimeoutError for a decision that takes too long; it is left
        to itself, and the next one gets a thread of its own.
        """
        try:
            async with asyncio.timeout(DECISION_S):
                return await asyncio.get_running_loop().run_in_executor(self._thread, decide)
        except TimeoutError:
            self._thread.shutdown(wait=False)
            self._thread = ThreadPoolExecutor(1, "decision")
            raise

    def close(self) -> None:
        """Take no more; what still runs is left to itself."""
        self._thread.shutdown(wait=False)
