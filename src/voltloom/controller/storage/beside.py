"""Cars and batteries in one cycle: batteries charge with what cars leave, and neither counts on what the other still gives up."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from voltloom.allocation.contract import Proposals
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.sensing import Bases, Sensed, fed_at
from voltloom.controller.settings import ControlSettings
from voltloom.controller.storage.following import step_of
from voltloom.controller.storage.memory import StorageMemory
from voltloom.controller.storage.sensing import StorageSensed, rows_of, storage_sensed
from voltloom.controller.storage.steering import (
    UNKNOWN_DRAW,
    Cars,
    Terms,
    planned,
    site_draw,
    steered,
    without,
)
from voltloom.decision.command import Command
from voltloom.decision.plan import Plan
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.decision.storage import BatteriesNow
from voltloom.safety.settings import SafetySettings
from voltloom.site.network import Floats, Grid, Ints
from voltloom.site.storage import StorageNetwork

Decided = tuple[Decision, Floats, Ints]
Decide = Callable[[SiteSnapshot, Proposals], Decided]


class Beside(NamedTuple):
    """What batteries are steered by. found: what they may be doing. room: the grid as they may use it, targets kept. mode:
    which the cycle runs in. plan: that rules now, None where none does.
    """

    found: StorageSensed
    storage: StorageNetwork
    room: Grid
    sense: Sensed
    mode: Mode
    plan: Plan | None


def fed(
    memory: ControllerMemory,
    storage: StorageNetwork | None,
    bases: Bases,
    safety: SafetySettings,
    now_s: float,
) -> tuple[Bases, StorageSensed | None]:
    """Return the bases with what may feed in now, and what batteries may be doing, None where there are none."""
    if storage is None:
        return bases, None
    most_a = storage.pv_most_a(now_s)
    if memory.storage is None:
        return fed_at(bases, storage.unknown, most_a, None), None
    found = storage_sensed(memory.storage, storage, safety, now_s)
    most_a = most_a + found.fed_a @ storage.row_shares
    return fed_at(bases, storage.unknown, most_a, rows_of(found, storage)), found


def around(
    snapshot: SiteSnapshot,
    memory: ControllerMemory,
    settings: ControlSettings,
    by: tuple[Sensed, StorageNetwork | None, StorageSensed | None],
    voltage_v: float,
) -> SiteSnapshot:
    """Return the snapshot with what batteries hold that plans may place, and what else the site draws, as far as that is known."""
    sense, storage, found = by
    drawn = UNKNOWN_DRAW
    if sense.root_usable:
        oldest_s = snapshot.now_s - settings.safety.stale_s
        drawn = site_draw(memory.readings, snapshot.network, voltage_v, oldest_s)
    other_w = drawn.power_w - float(snapshot.measured_a @ snapshot.sessions.w_per_a)
    batteries = None
    if found is not None and storage is not None:
        is_known = np.isfinite(found.power_w) & ~found.is_silent
        other_w -= float(found.power_w.sum())
        if settings.storage.follows_plan:
            soc_ratio = np.where(is_known, found.memory.soc_ratio, np.nan)
            batteries = BatteriesNow(storage, soc_ratio, found.power_w, settings.storage.peak_soc_ratio)
    network = snapshot.network
    planned_w = float(network.planned_other_a[network.is_root].sum()) * voltage_v
    return snapshot._replace(batteries=batteries, other_w=other_w, planned_other_w=planned_w)


def with_batteries(
    snapshot: SiteSnapshot,
    memory: ControllerMemory,
    settings: ControlSettings,
    proposals: Proposals,
    by: Beside,
    decide: Decide,
) -> tuple[Decided, StorageMemory, tuple[Command, ...]]:
    """Return what `decide` makes of the proposals beside batteries, and what batteries do: they charge with what is left.

    Cars rise only beside what a battery may still be charging with. They are not lowered for what it is told to give up in
    this cycle: as with cars among themselves, the new limits fit the ratings, and nobody rises before the old ones are gone.
    """
    found, storage, sense, grid = by.found, by.storage, by.sense, snapshot.grid
    reserved_a = np.where(snapshot.controllable, 0.0, snapshot.reserved_a)
    drawn = UNKNOWN_DRAW
    if by.mode is Mode.CHOSEN and sense.root_usable:
        oldest_s = snapshot.now_s - settings.safety.stale_s
        drawn = site_draw(memory.readings, snapshot.network, storage.voltage_v, oldest_s)
    cars = Cars(by.room, snapshot.sessions.column, np.maximum(proposals.current_a, reserved_a))
    step = step_of(by.plan, storage, snapshot.now_s) if by.mode is Mode.CHOSEN else None
    if step is not None and settings.planning.export_price_per_kwh <= 0.0:
        step = step._replace(gives_surplus_away=True)
    plan = planned(found, storage, (settings.storage, step), drawn, cars)
    decided = decide(snapshot._replace(grid=without(grid, storage, plan.most_a)), proposals)
    if plan.is_in_flight and (decided[0].after_a < memory.grants.limit_a - 1e-9).any():
        held_a = np.maximum(decided[0].after_a, sense.ceiling_a)
        waits = held_a < proposals.current_a - 1e-9
        capped = proposals._replace(
            current_a=np.minimum(proposals.current_a, held_a),
            cause=np.where(waits, int(Cause.IN_FLIGHT), proposals.cause),
        )
        decided = decide(snapshot._replace(grid=without(grid, storage, plan.charge_a)), capped)
    most_a = np.maximum(np.maximum(decided[0].after_a, sense.ceiling_a), reserved_a)
    cars = Cars(grid, snapshot.sessions.column, most_a)
    terms = Terms(settings.storage, settings.safety.lease_s, snapshot.now_s)
    known, powers, commands = steered(plan, found, storage, cars, terms)
    return (decided[0]._replace(storage=powers), *decided[1:]), known, commands
