"""A controller that is looked at while it plays."""

from __future__ import annotations

from collections.abc import Sequence

from voltloom.decision.command import Command
from voltloom.decision.record import Decision
from voltloom.session.events import Event
from voltloom.simulation.play import Controller, M


class Watched(Controller[M]):
    """The three calls of another controller; what it decides is noted."""

    def __init__(self, inner: Controller[M]) -> None:
        self._inner = inner

    def start(self, now_s: float, architecture: str) -> M:
        """Return the memory of a controller that knows nothing yet."""
        return self._inner.start(now_s, architecture)

    def observe(self, memory: M, events: Sequence[Event]) -> tuple[M, tuple[Command, ...]]:
        """Return the memory after events, and what must be done at once."""
        return self._inner.observe(memory, events)

    def decide(self, memory: M, now_s: float) -> tuple[M, Decision, tuple[Command, ...]]:
        """Return the memory, the decision and the commands of one cycle."""
        decided = self._inner.decide(memory, now_s)
        self.noted(decided[0], decided[1])
        return decided

    def noted(self, memory: M, decision: Decision) -> None:
        """Take note of a decision. memory: after it."""
