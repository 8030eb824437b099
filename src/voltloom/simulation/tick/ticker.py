"""Plays one step after another for a shell: lays world, measures and what checkers compare with side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from voltloom.controller.settings import ControlSettings
from voltloom.decision.command import SetLimits
from voltloom.decision.record import Decision
from voltloom.simulation.clock import Clock
from voltloom.simulation.kernels import HEATING_S
from voltloom.simulation.measures import reversal_window_s
from voltloom.simulation.tick.columns import OPENED, DecidedFields, RunArrays, fields_of, run_in
from voltloom.simulation.tick.kernels import one_step
from voltloom.simulation.world import World
from voltloom.site.network import Floats

DIGEST_ROWS = 256  # decisions that wait for the digest


class Ticker:
    """The steps of a run; `run` are its columns."""

    def __init__(self, world: World, control: ControlSettings, clock: Clock, first_power_s: Floats) -> None:
        network, safety = world.network, control.safety
        count, rows = len(network.evse_ids), len(network.row_ids)
        top_rows = np.flatnonzero(network.is_root)
        rules = (
            clock.step_s,
            math.exp(-clock.step_s / HEATING_S),
            reversal_window_s(control),
            float(safety.worst_draw),
            float(safety.follows_meters),
        )
        self._world = world
        arrays = RunArrays(
            world=world.columns,
            grid=world.grid,
            row_floats=world.row_floats,
            row_bools=world.row_bools,
            evse_w=np.zeros((clock.steps, count), dtype=np.float32),
            steps=np.zeros((2, clock.steps)),
            first_power_s=first_power_s,
            numbers=np.array([0.0, 0.0, *rules]),
            counts=np.zeros(4, dtype=np.int64),
            top_rows=top_rows if top_rows.size else np.arange(rows),
            digest=np.zeros((DIGEST_ROWS, 2 * count + 1)),
            pilot_start=network.pilot_start,
            pilots_a=network.pilots_a,
        )
        self.run, self._arrays = run_in(arrays), fields_of(arrays)
        self.run.limits.visit[:] = -1
        self.run.limits.turned_s[:] = -np.inf
        self.run.watched.min_a[:] = network.min_a
        self.run.watched.max_a[:] = network.max_a
        self.run.watched.least_a[:] = -network.discharge_a
        nothing, nobody = np.zeros(count), np.zeros(count, dtype=np.bool_)
        self._decided: DecidedFields = (nothing, nothing, nobody, np.zeros(count, dtype=np.int64), 0, 0)
        self._is_new = False

    def take(self, decision: Decision, commands: Sequence[SetLimits], row: int) -> None:
        """Take the decision that holds from the next step on, the limits sent for it, and its row of the digest."""
        told, watched = 0, self.run.watched
        for command in commands:
            watched.told_a[command.evses] = command.limit_a
            watched.is_told[command.evses] = True
            told += command.evses.size
        self._decided = (decision.before_a, decision.after_a, decision.sent, decision.cause, told, row)
        self._is_new = True

    def step(self, step: int, now_s: float) -> int:
        """Let a step pass; return what happened in it, as a sum of signs."""
        signs = int(one_step(step, now_s, self._arrays, self._decided, self._is_new))
        self._is_new = False
        if signs & OPENED:
            self._world.cut_power()
        return signs

    @property
    def opened_row(self) -> int:
        """Return the first row that opened in the last step, -1 for none."""
        return int(self.run.books.opened[0])
