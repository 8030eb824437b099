"""Vehicles as they seem: a silent station's may be another one, and one that draws less than it may takes no more."""

from __future__ import annotations

import numpy as np

from voltloom.controller.kernels import bounds_by_draw
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.ordered import under_orders
from voltloom.controller.sensing import Sensed
from voltloom.controller.settings import ControlSettings
from voltloom.decision.snapshot import SessionColumns, SiteSnapshot
from voltloom.site.network import Floats, Network

SETTLE_S = 30.0  # a vehicle may take this long to follow a new limit before its draw says what it takes


def as_they_seem(
    snapshot: SiteSnapshot, memory: ControllerMemory, settings: ControlSettings, sense: Sensed
) -> tuple[Floats, SiteSnapshot]:
    """Return what each vehicle seems to take, (n,), and the snapshot with sessions as they seem and as operators ordered."""
    reclaims = settings.reclaim_a > 0.0
    takes_a = _observed(memory, sense, settings) if reclaims else memory.service.takes_a
    if reclaims or sense.any_silent:
        snapshot = snapshot._replace(
            sessions=_seeming(snapshot.sessions, (snapshot.network, settings), sense, takes_a)
        )
    return takes_a, under_orders(snapshot, memory.orders) if memory.orders else snapshot


def _observed(memory: ControllerMemory, sense: Sensed, settings: ControlSettings) -> Floats:
    """Return what each vehicle seems to take, (n,), after the newest readings."""
    readings = memory.readings
    takes_a: Floats = bounds_by_draw(
        memory.service.takes_a,
        memory.grants.limit_a,
        readings.current_a,
        readings.sampled_s,
        np.maximum(memory.moves.changed_s, memory.grants.value_s),
        sense.believed,
        memory.columns.present,
        memory.service.judged_s,
        SETTLE_S,
        settings.reclaim_a,
    )
    return takes_a


def _seeming(
    columns: SessionColumns, around: tuple[Network, ControlSettings], sense: Sensed, takes_a: Floats
) -> SessionColumns:
    """Return the sessions as they seem: silent ones may be others, on all phases; others take no more than takes_a (n,)."""
    network, settings = around
    if sense.any_silent:
        every = network.columns(np.ones(sense.silent.size, dtype=np.bool_))
        columns = columns._replace(column=np.where(sense.silent, every, columns.column))
    if settings.reclaim_a > 0.0:
        columns = columns._replace(max_a=np.minimum(columns.max_a, np.maximum(columns.min_a, takes_a)))
    return columns
