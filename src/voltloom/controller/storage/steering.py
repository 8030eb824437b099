"""What batteries do in a cycle: the rule's wish, within the room that cars leave, as leases."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.grants import granted
from voltloom.controller.leases.kernels import to_send
from voltloom.controller.memory import Readings
from voltloom.controller.storage.following import PlanStep, followed
from voltloom.controller.storage.memory import StorageMemory
from voltloom.controller.storage.rule import Wanted, wanted
from voltloom.controller.storage.sensing import StorageSensed
from voltloom.controller.storage.settings import StorageSettings
from voltloom.decision.command import SetBatteries
from voltloom.decision.storage import PlannedUse, StorageCause, StorageDecision
from voltloom.site.kernels import loads
from voltloom.site.network import Floats, Grid, Ints, Network
from voltloom.site.storage import StorageNetwork

SAME_W = 1e-6


class StoragePlan(NamedTuple):
    """What batteries are to do beside the cars, (k,). charge_a, most_a: what they will be charging with, and what they may
    be charging with until that is confirmed, on each phase. target_w: what the site should not draw more than. uses: what a plan
    places them for, empty where none does.
    """

    power_w: Floats
    cause: Ints
    charge_a: Floats
    most_a: Floats
    site_w: float
    target_w: float = np.inf
    uses: tuple[PlannedUse, ...] = ()

    @property
    def is_in_flight(self) -> bool:
        """Return whether a battery may still charge with more than it is told now."""
        return bool((self.most_a > self.charge_a).any())


class SiteDraw(NamedTuple):
    """What the site draws from the grid, and since when that is known; NaN and -inf where it is not."""

    power_w: float
    sampled_s: float


UNKNOWN_DRAW = SiteDraw(np.nan, -np.inf)


class Terms(NamedTuple):
    """How batteries are used, how long what they are told holds, and now."""

    settings: StorageSettings
    lease_s: float
    now_s: float


class Cars(NamedTuple):
    """What cars load the grid with: the grid without batteries, the column of each EVSE, and its current, (n,)."""

    grid: Grid
    column: Ints
    current_a: Floats


def site_draw(readings: Readings, network: Network, voltage_v: float, oldest_s: float) -> SiteDraw:
    """Return what the site draws by the meters of the grid connection, unknown where one has no reading since oldest_s."""
    root = network.is_root & network.is_metered
    if not root.any() or not (root == network.is_root).all():
        return UNKNOWN_DRAW
    sampled_s = float(readings.row_sampled_s[root].min())
    if not sampled_s >= oldest_s:
        return UNKNOWN_DRAW
    return SiteDraw(float(readings.row_a[root].sum()) * voltage_v, sampled_s)


def planned(
    found: StorageSensed,
    storage: StorageNetwork,
    by: tuple[StorageSettings, PlanStep | None],
    drawn: SiteDraw,
    cars: Cars,
) -> StoragePlan:
    """Return what batteries are to do, charging only with what cars leave: a plan's step, without one what their rule says.

    cars.current_a: what they may come to draw.
    """
    settings, step = by
    uses, target_w = () if step is None else step.uses, settings.peak_w
    memory, (site_w, site_s) = found.memory, drawn
    before_w = (memory.charge.limit_a - memory.discharge.limit_a) * storage.w_per_a
    alone_w = site_w - float(found.power_w.sum())
    changed_s = float(memory.changed_s.max())
    if not np.isfinite(alone_w):
        wish = _all(StorageCause.METER_UNKNOWN, np.zeros(before_w.size))
    elif min(site_s, float(memory.sampled_s.min())) < changed_s + settings.settle_s:
        wish = _all(StorageCause.SETTLING, before_w)
    else:
        soc_ratio = np.where(np.isfinite(found.power_w), memory.soc_ratio, np.nan)
        if step is None:
            wish = wanted(alone_w, soc_ratio, before_w, storage, settings)
        else:
            wish = followed(step, alone_w, soc_ratio, before_w, storage, settings)
            target_w = min(target_w, step.peak_w)
    power_w, cause = _within(wish, storage, cars)
    cause[found.is_silent] = int(StorageCause.SILENT)
    power_w[found.is_silent] = 0.0
    charge_a = np.maximum(power_w, 0.0) / storage.w_per_a
    return StoragePlan(
        power_w, cause, charge_a, np.maximum(charge_a, found.charge_a), alone_w, target_w, uses
    )


def _all(cause: StorageCause, power_w: Floats) -> Wanted:
    return Wanted(power_w, np.full(power_w.size, int(cause), dtype=np.int64))


def _within(wish: Wanted, storage: StorageNetwork, cars: Cars) -> tuple[Floats, Ints]:
    """Return the wish lowered to the room beside cars, the first battery first; discharging needs none."""
    left_a = cars.grid.rating_a - loads(cars.grid, cars.column, cars.current_a)
    power_w, cause = wish.power_w.copy(), wish.cause.copy()
    for battery in range(power_w.size):
        if power_w[battery] <= 0.0:
            continue
        rows = storage.row_shares[battery] > 0.0
        most_w = max(float(left_a[rows].min()), 0.0) * float(storage.w_per_a[battery])
        if power_w[battery] > most_w:
            power_w[battery], cause[battery] = most_w, int(StorageCause.CARS_FIRST)
        left_a[rows] -= power_w[battery] / storage.w_per_a[battery]
    return power_w, cause


def without(grid: Grid, storage: StorageNetwork, charge_a: Floats) -> Grid:
    """Return the grid less what batteries charge with, (k,) on each phase."""
    return grid._replace(rating_a=grid.rating_a - charge_a @ storage.row_shares)


def steered(
    plan: StoragePlan,
    found: StorageSensed,
    storage: StorageNetwork,
    cars: Cars,
    terms: Terms,
) -> tuple[StorageMemory, StorageDecision, tuple[SetBatteries, ...]]:
    """Return the memory, the decision and the command. cars.current_a: the most that may be drawn under any limit.

    A rise beyond what a battery may be charging with already gets only what is left beside that.
    """
    settings, lease_s, now_s = terms
    memory = found.memory
    before_w = (memory.charge.limit_a - memory.discharge.limit_a) * storage.w_per_a
    rise_w = np.maximum(plan.charge_a - found.charge_a, 0.0) * storage.w_per_a
    held = without(cars.grid, storage, found.charge_a)
    spaced_w, _ = _within(Wanted(rise_w, plan.cause), storage, cars._replace(grid=held))
    is_waiting = rise_w - spaced_w > SAME_W
    after_w = np.where(is_waiting, plan.power_w - rise_w + spaced_w, plan.power_w)
    # The room that cars leave flickers; less charge is sent at once, a little more of it is not.
    is_trifle = (before_w > 0.0) & (after_w > before_w) & (after_w - before_w < settings.deadband_w)
    after_w = np.where(is_trifle, before_w, after_w)
    cause = np.where(is_waiting, int(StorageCause.IN_FLIGHT), plan.cause)
    changed = abs(after_w - before_w) > SAME_W
    charge = memory.charge
    known_of = charge.lease_until_s, charge.serial, charge.confirmed_serial, charge.log_s
    batteries = to_send(changed, *known_of, lease_s, now_s)
    decision = StorageDecision(
        now_s=now_s,
        ids=storage.ids,
        before_w=before_w,
        after_w=after_w,
        sent=changed,
        cause=cause,
        soc_ratio=memory.soc_ratio,
        age_s=found.age_s,
        site_w=plan.site_w,
        target_w=plan.target_w,
        uses=plan.uses,
    )
    if not batteries.size:
        return memory, decision, ()
    after_a = after_w / storage.w_per_a
    charge = granted(charge, batteries, np.maximum(after_a, 0.0), now_s=now_s, lease_s=lease_s)
    discharge = granted(memory.discharge, batteries, np.maximum(-after_a, 0.0), now_s=now_s, lease_s=lease_s)
    command = SetBatteries(
        time_s=now_s,
        batteries=batteries,
        power_w=after_w[batteries],
        lease_until_s=charge.lease_until_s[batteries],
        serial=charge.serial[batteries],
    )
    changed_s = np.where(changed, now_s, memory.changed_s)
    return memory._replace(charge=charge, discharge=discharge, changed_s=changed_s), decision, (command,)
