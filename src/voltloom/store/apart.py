"""A journal verified in a process of its own: hashing every row would take turns with whatever else runs in this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from voltloom.store.entry import Head
from voltloom.store.errors import JournalUnreadableError, StoreError
from voltloom.store.verifying import Verdict, verify

NICENESS: Final = 10  # what operates a site goes first
_SPAWN: Final = get_context("spawn")  # a fork would take along locks that other threads hold


class VerificationApart:
    """One verification. `followed` waits for it, `end` may be called from any thread meanwhile."""

    def __init__(self, target: str | Path, expected: Sequence[Head] = ()) -> None:
        self._ours, self._theirs = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(
            target=_work, args=(self._theirs, str(target), tuple(expected)), daemon=True
        )
        self._is_ended = False

    def followed(self, told: Callable[[Head], None]) -> Verdict:
        """Return what `verify` finds. told: is given the head after each page.

        Raises StoreError; JournalUnreadableError also where the process ended before it was done.
        """
        self._process.start()
        self._theirs.close()
        if self._is_ended:  # before there was a process to end
            self._process.terminate()
        try:
            while True:
                match self._ours.recv():
                    case Head() as head:
                        told(head)
                    case Verdict() as verdict:
                        return verdict
                    case wrong:
                        raise JournalUnreadableError(str(wrong))
        except EOFError:
            raise JournalUnreadableError("The verification was ended before it was done.") from None
        finally:
            self._ours.close()
            self._process.join()

    def end(self) -> None:
        """End the work; `followed` raises then."""
        self._is_ended = True
        if self._process.is_alive():
            self._process.terminate()


def _work(told: Connection, target: str, expected: tuple[Head, ...]) -> None:
    os.nice(NICENESS)
    try:
        told.send(verify(target, expected, told.send))
    except StoreError as wrong:
        told.send(str(wrong))
