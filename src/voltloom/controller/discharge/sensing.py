"""From states of charge, registers and leases to what vehicles hold and may be feeding back: never more, never less."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.discharge.memory import DischargeMemory
from voltloom.controller.leases.grants import ceiling_a, obeyed
from voltloom.controller.leases.kernels import with_draw
from voltloom.controller.memory import Readings
from voltloom.decision.snapshot import SessionColumns
from voltloom.safety.freshness import age_s
from voltloom.safety.settings import SafetySettings
from voltloom.safety.watch import extended
from voltloom.site.network import Bools, Floats, Network
from voltloom.units import SECONDS_PER_HOUR

CELLS_RATIO = (
    0.85  # of what is charged arrives in the cells, and of what they give at the outlet: the least of either
)
SOC_STEP_RATIO = 0.005  # states of charge are told in whole percents


class DischargeSensed(NamedTuple):
    """Vehicles that feed back in one cycle, (n,).

    ceiling_a: the most that may be fed back now. fed_a: the most of the last moments.
    """

    memory: DischargeMemory
    ceiling_a: Floats
    fed_a: Floats


def discharge_sensed(
    memory: DischargeMemory,
    readings: Readings,
    network: Network,
    settings: SafetySettings,
    now_s: float,
) -> DischargeSensed:
    """Return what vehicles may be feeding back; the memory knows who follows and what may have been fed in."""
    grants, tolerance_a = memory.grants, settings.obey_tolerance_a
    usable = (age_s(now_s, readings.sampled_s) < settings.silent_s) & np.isfinite(readings.current_a)
    given_a = np.where(usable, np.maximum(-readings.current_a, 0.0), 0.0)
    follows = usable & (readings.sampled_s >= grants.confirmed_s) & (grants.confirmed_serial == grants.serial)
    follows &= given_a <= grants.limit_a + tolerance_a
    grants = obeyed(grants, follows) if (follows & ~grants.followed).any() else grants
    ceiling = ceiling_a(grants, np.zeros(given_a.size), now_s)
    over = usable & (given_a > ceiling + tolerance_a)
    over_s = np.where(over, np.minimum(memory.over_s, readings.sampled_s), np.inf)
    ceiling = with_draw(ceiling, grants.limit_a, given_a, usable, tolerance_a)
    disobeys = now_s - over_s >= settings.confirm_s
    ceiling = np.where(disobeys, np.maximum(ceiling, network.discharge_a), ceiling)
    fed = extended(memory.fed, ceiling, now_s, settings.silent_s)
    counts_s = max(now_s - memory.counted_s, 0.0)
    may_wh = memory.may_a * network.w_per_a[1] * counts_s / SECONDS_PER_HOUR
    held = memory.held._replace(given_wh=memory.held.given_wh + may_wh)
    return DischargeSensed(
        memory=memory._replace(
            grants=grants, held=held, fed=fed, may_a=ceiling, counted_s=now_s, over_s=over_s
        ),
        ceiling_a=ceiling,
        fed_a=fed.highest_a,
    )


def net_wh(imported_wh: Floats, exported_wh: Floats) -> Floats:
    """Return what went into each vehicle less what came out, (n,); as imported where nobody tells what was exported."""
    result: Floats = imported_wh - np.nan_to_num(exported_wh)
    return result


def stores_of(
    found: DischargeSensed, readings: Readings, sessions: SessionColumns, usable: Bools, now_s: float
) -> tuple[Floats, Floats]:
    """Return what each vehicle holds above its driver's floor, and what it takes until it is full, (n,) each in its cells.

    The first is a least: what was charged since the state of charge was told counts with losses, what was or may have been
    discharged, up to now, with more. Both are 0 for vehicles that may not feed back, the first also where readings are too old, may
    not be believed, or a register was never read or ran backwards. usable: (n,) readings that may be believed.
    """
    held, exported_wh = found.memory.held, found.memory.exported_wh
    out_wh, in_wh = exported_wh - held.exported_wh, readings.energy_wh - held.imported_wh
    charged_wh = np.maximum(np.nan_to_num(in_wh), 0.0)
    told_wh = held.soc_ratio * held.battery_wh
    age = age_s(now_s, readings.sampled_s)
    is_known = (sessions.most_discharge_a > 0.0) & usable & (out_wh >= 0.0) & ~(in_wh < 0.0)
    unseen_s = np.where(is_known, age, 0.0)
    unseen_wh = found.fed_a * sessions.w_per_a * unseen_s / SECONDS_PER_HOUR
    least_wh = np.minimum(told_wh + CELLS_RATIO * charged_wh, held.battery_wh)
    floor_wh = (held.floor_ratio + SOC_STEP_RATIO) * held.battery_wh
    given_wh = np.maximum(out_wh + unseen_wh, held.given_wh)  # a register may stand still
    spare_wh = least_wh - given_wh / CELLS_RATIO - floor_wh
    room_wh = held.battery_wh - told_wh - charged_wh + out_wh
    may = sessions.most_discharge_a > 0.0
    return (
        np.where(is_known & (spare_wh > 0.0), spare_wh, 0.0),
        np.where(may & np.isfinite(room_wh), np.clip(room_wh, 0.0, held.battery_wh), 0.0),
    )
