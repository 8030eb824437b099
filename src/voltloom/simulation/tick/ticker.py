"""Plays one step after another for a shell: ties world, measures and checkers to the compiled step."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from voltloom.controller.settings import ControlSettings
from voltloom.decision.command import SetLimits
from voltloom.decision.record import Decision
from voltloom.simulation.measures import DecisionCounts, Digest, StepColumns
from voltloom.simulation.tick.columns import OPENED, Decided, Rules, RunColumns, Watched
from voltloom.simulation.tick.kernels import one_step
from voltloom.simulation.world import HEAT_TO_TRIP, HEATING_S, TRIP_AT_ONCE, World


class Ticker:
    """The steps of a run. watched: what the quick tests of checkers compare with."""

    def __init__(
        self,
        world: World,
        control: ControlSettings,
        columns: StepColumns,
        counts: DecisionCounts,
        digest: Digest,
    ) -> None:
        network = world.network
        count = len(network.evse_ids)
        self._world, self._counts, self._digest = world, counts, digest
        self.watched = Watched(
            register_wh=np.zeros(count),
            barred=np.zeros((2, count), dtype=np.bool_),
            told_a=np.zeros(count),
            is_told=np.zeros(count, dtype=np.bool_),
            min_a=network.min_a,
            max_a=network.max_a,
            pilot_start=network.pilot_start,
            pilots_a=network.pilots_a,
        )
        rules = Rules(
            step_s=columns.step_s,
            decay_ratio=math.exp(-columns.step_s / HEATING_S),
            trip_heat_ratio=HEAT_TO_TRIP,
            trip_ratio=TRIP_AT_ONCE,
            dwell_s=counts.dwell_s,
            worst_draw=control.safety.worst_draw,
            follows_meters=control.safety.follows_meters,
        )
        self._run = RunColumns(
            world=world.columns,
            grid=world.grid,
            rows=world.rows,
            books=columns.books,
            limits=counts.books,
            watched=self.watched,
            rules=rules,
        )
        self._opened = columns.books.opened
        nothing, nobody = np.zeros(count), np.zeros(count, dtype=np.bool_)
        self._decided = Decided(nothing, nothing, nobody, np.zeros(count, dtype=np.int64), 0, 0)
        self._is_new = False

    def take(self, decision: Decision, commands: Sequence[SetLimits]) -> None:
        """Take the decision that holds from the next step on, and the limits that were sent for it."""
        told, watched = 0, self.watched
        for command in commands:
            watched.told_a[command.evses] = command.limit_a
            watched.is_told[command.evses] = True
            told += command.evses.size
        row = self._digest.row(decision.mode)
        self._decided = Decided(decision.before_a, decision.after_a, decision.sent, decision.cause, told, row)
        self._is_new = True
        self._counts.add_mode(decision.mode)

    def step(self, step: int, now_s: float) -> int:
        """Let a step pass; return what happened in it, as a sum of signs."""
        signs = int(one_step(step, now_s, self._run, self._decided, self._is_new))
        self._is_new = False
        if signs & OPENED:
            self._world.cut_power()
        return signs

    @property
    def opened_row(self) -> int:
        """Return the first row that opened in the last step, -1 for none."""
        return int(self._opened[0])
