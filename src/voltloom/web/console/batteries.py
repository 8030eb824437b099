"""Stationary batteries as rows beside the circuits they stand on."""

from __future__ import annotations

import math

from voltloom.live.running import LiveSite
from voltloom.units import kw_from_w
from voltloom.web.batteries import batteries_view
from voltloom.web.console.shapes import BatteryNow
from voltloom.web.views import rounded


def batteries_now(site: LiveSite) -> list[BatteryNow]:
    """Return every battery, none before the first decision."""
    memory, places = site.loop.memory.storage, site.config.site.batteries
    told = batteries_view(site)
    if memory is None or not told:
        return []
    return [
        BatteryNow(
            id=place.battery_id,
            node=place.circuit_id,
            power_kw=None if one.power_w is None else rounded(kw_from_w(one.power_w)),
            told_kw=round(kw_from_w(one.setpoint_w), 3),
            charge_kw=kw_from_w(place.charge_w),
            discharge_kw=kw_from_w(place.discharge_w),
            soc_ratio=None if one.soc_ratio is None else rounded(one.soc_ratio),
            sampled_ms=None if one.age_s is None else round(memory.sampled_s.item(at) * 1000.0),
            is_silent=one.is_silent,
            sentence=one.sentence,
        )
        for at, (place, one) in enumerate(zip(places, told, strict=True))
    ]


def battery_flows_kw(site: LiveSite) -> dict[str, float]:
    """Return what the batteries on each circuit draw by their newest readings, below 0 where they give."""
    memory, flows_kw = site.loop.memory.storage, dict[str, float]()
    if memory is not None:
        for place, power_w in zip(site.config.site.batteries, memory.power_w.tolist(), strict=True):
            if math.isfinite(power_w):
                flows_kw[place.circuit_id] = flows_kw.get(place.circuit_id, 0.0) + kw_from_w(power_w)
    return flows_kw
