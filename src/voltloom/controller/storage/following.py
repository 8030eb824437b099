"""What batteries do under a plan: its step that holds now, mended by what the meter shows since the plan was made.

A plan is minutes old and rests on what it expected. Where it neither buys nor sells, or draws just its peak, the power at the grid
connection is what it is about, so batteries keep that and not their own; elsewhere they keep their own, but never sell what the plan
uses on the site, take what would be given away, and keep the site at its planned peak where it draws more than that.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.storage.rule import FULL_RATIO, Wanted, steadied
from voltloom.controller.storage.settings import StorageSettings
from voltloom.decision.plan import Plan, step_at
from voltloom.decision.storage import NO_USE, PlannedUse, StorageCause
from voltloom.site.network import Floats
from voltloom.site.storage import StorageNetwork
from voltloom.units import w_from_kw

FRESH_S = 1800.0  # an older plan is not followed any more
NEAR_W = 60.0  # planned power this near to a value is that value
LEAST_W = 50.0  # less is rest


class PlanStep(NamedTuple):
    """What a plan wants now. power_w: (k,) of batteries. grid_w: bought, or sold where negative. peak_w: inf where no peak costs.

    uses: (k,) what each battery's power is for. gives_surplus_away: what is sold brings nothing.
    """

    power_w: Floats
    grid_w: float
    peak_w: float
    uses: tuple[PlannedUse, ...]
    gives_surplus_away: bool = False


def step_of(plan: Plan | None, storage: StorageNetwork, now_s: float) -> PlanStep | None:
    """Return the step of a plan that holds now; None where it is old, or knows nothing of these batteries."""
    if plan is None or plan.basis is None or plan.basis.battery_ids != storage.ids:
        return None
    if plan.is_failed or now_s >= min(plan.made_s + FRESH_S, float(plan.edge_s[-1])):
        return None
    step, basis = step_at(plan, now_s), plan.basis
    peak_w = w_from_kw(basis.peak_kw) if np.isfinite(basis.peak_kw) else np.inf
    uses = tuple(_use_of(plan, battery, step) for battery in range(len(storage.ids)))
    return PlanStep(plan.battery_w[:, step], w_from_kw(float(basis.grid_kw[step])), peak_w, uses)


def followed(
    step: PlanStep,
    site_w: float,
    soc_ratio: Floats,
    before_w: Floats,
    storage: StorageNetwork,
    settings: StorageSettings,
) -> Wanted:
    """Return what each battery should do, (k,), for a site that draws site_w without them; as `rule.wanted` does."""
    total_w, cause = _together_w(step, site_w, settings)
    planned_w = float(step.power_w.sum())
    most_w, least_w = storage.charge_a * storage.w_per_a, -storage.discharge_a * storage.w_per_a
    if planned_w * total_w > 0.0:
        power_w = step.power_w * (total_w / planned_w)
    else:
        power_w = (most_w if total_w > 0.0 else least_w) * (
            total_w / max(float((most_w if total_w > 0.0 else -least_w).sum()), LEAST_W) * np.sign(total_w)
        )
    power_w = np.clip(power_w, least_w, most_w)
    power_w = np.where(np.abs(power_w) < LEAST_W, 0.0, power_w)
    causes = np.full(power_w.size, int(cause), dtype=np.int64)
    is_full = (power_w > 0.0) & (soc_ratio >= storage.max_soc_ratio - FULL_RATIO)
    is_empty = (power_w < 0.0) & (soc_ratio <= storage.min_soc_ratio + FULL_RATIO)
    unknown = ~np.isfinite(soc_ratio)
    causes[is_full], causes[is_empty] = int(StorageCause.FULL), int(StorageCause.EMPTY)
    causes[unknown] = int(StorageCause.SILENT)
    power_w = np.where(is_full | is_empty | unknown, 0.0, power_w)
    return Wanted(steadied(power_w, before_w, settings), causes)


def _together_w(step: PlanStep, site_w: float, settings: StorageSettings) -> tuple[float, StorageCause]:
    """Return what all batteries together should do, and why."""
    planned_w = total_w = float(step.power_w.sum())
    cause = StorageCause.PLANNED
    peak_w = min(step.peak_w, settings.peak_w)
    if abs(step.grid_w) < NEAR_W:
        if planned_w > 0.0:
            total_w, cause = max(-site_w, 0.0), StorageCause.SURPLUS
        elif planned_w < 0.0:
            total_w, cause = min(-site_w, 0.0), StorageCause.OWN_USE
    elif abs(step.grid_w - step.peak_w) < NEAR_W and planned_w < 0.0:
        total_w, cause = min(step.peak_w - site_w, 0.0), StorageCause.PEAK
    elif planned_w < 0.0 < step.grid_w:
        total_w = max(planned_w, -max(site_w, 0.0))
    if step.gives_surplus_away and settings.stores_surplus and site_w + max(total_w, 0.0) < 0.0:
        total_w, cause = -site_w, StorageCause.SURPLUS
    if site_w + total_w > peak_w:
        total_w, cause = peak_w - site_w, cause if site_w <= peak_w else StorageCause.PEAK
    if cause is not StorageCause.PLANNED and settings.deadband_w > 0.0:
        # A meter that is kept at the same value to the watt while cars come and go looks stuck, and is not believed any more.
        whole_w = settings.deadband_w / 2.0
        steps_count = abs(total_w) / whole_w
        steps_count = np.ceil(steps_count) if cause is StorageCause.PEAK else np.floor(steps_count)
        total_w = float(np.sign(total_w) * steps_count * whole_w)
    return total_w, cause if abs(total_w) >= LEAST_W else StorageCause.PLANNED


def _use_of(plan: Plan, battery: int, step: int) -> PlannedUse:
    """Return when a battery goes the other way, or starts if it rests, and the prices of now and then."""
    basis = plan.basis
    assert basis is not None, "a plan without it is not followed"
    power_w, price = plan.battery_w[battery], basis.price_per_kwh
    later = power_w[step + 1 :]
    turns = np.abs(later) > NEAR_W if power_w[step] == 0.0 else later * power_w[step] < -(NEAR_W**2)
    found = np.flatnonzero(turns)
    if not found.size:
        return NO_USE
    then = step + 1 + int(found[0])
    return PlannedUse(
        float(plan.edge_s[then]),
        float(price[step]),
        float(price[then]),
        basis.currency,
        basis.minor_digits,
    )
