"""What PV feeds into a simulated site: a profile that the scenario tells, or a clear sky over the place of the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from pydantic import Field

from voltloom.simulation.other_loads import OtherLoadTable, PowerAt, Span, power_of
from voltloom.simulation.scenario import OtherLoad
from voltloom.site.mistakes import Mistake, did_you_mean, joined
from voltloom.site.network import Network
from voltloom.site.storage import pv_row_a
from voltloom.site.sun import clear_sky_ratio
from voltloom.site.topology import Pv, Site
from voltloom.units import kw_from_w

SAMPLE_S = 60.0  # a cloud takes seconds; a simulated minute is as fine as most steps


class PvProfileTable(OtherLoadTable):
    """What a PV plant of the site feeds in, as other load is told; left out, a clear sky.

    clearness_ratio: what weather leaves of a clear sky.
    """

    clearness_ratio: float = Field(default=1.0, ge=0, le=1)


def generation_of(
    tables: Mapping[str, PvProfileTable], site: Site, network: Network, span: Span, mistakes: list[Mistake]
) -> OtherLoad | None:
    """Return what is fed into every row, positive, None for a site without PV; add the mistakes of the tables."""
    by_id = {pv.pv_id: pv for pv in site.pvs}
    for name in tables:
        if name not in by_id:
            remedy = did_you_mean(name, list(by_id))
            path, problem = joined("pv", [name]), "is no PV of the site"
            mistakes.append(Mistake(path=path, value="", problem=problem, remedy=remedy))
    if not by_id:
        return None
    times_s = np.arange(span.start_s, span.end_s, SAMPLE_S)
    current_a = np.zeros((times_s.size, len(network.row_ids)))
    for pv in site.pvs:
        table = tables.get(pv.pv_id, PvProfileTable())
        power_at = _power(pv, table, site, mistakes)
        if power_at is None:
            continue
        power_w = np.array([power_at(float(t)) for t in times_s]) * table.scale_ratio
        if power_w.max() > pv.peak_w * (1.0 + 1e-9):
            problem = (
                f"brings up to {kw_from_w(float(power_w.max())):.1f} kW, peak_kw is {kw_from_w(pv.peak_w):g}"
            )
            path, remedy = joined("pv", [pv.pv_id]), "Plan for at least as much, or lower scale_ratio."
            mistakes.append(Mistake(path=path, value="", problem=problem, remedy=remedy))
        current_a += power_w.clip(0.0)[:, None] * pv_row_a(site, network, pv, 1.0)[None, :]
    return OtherLoad(start_s=times_s, current_a=current_a)


def _power(pv: Pv, table: PvProfileTable, site: Site, mistakes: list[Mistake]) -> PowerAt | None:
    """Return the power at any time."""
    where = joined("pv", [pv.pv_id])
    if table.power_kw is not None or table.weekday_kw or table.file:
        return power_of(table, site, where, mistakes)
    if math.isnan(pv.latitude_deg):
        problem = "has neither a profile nor a place"
        remedy = f"Write [pv.{pv.pv_id}] with file and column, or the plan's latitude_deg and longitude_deg."
        mistakes.append(Mistake(path=where, value="", problem=problem, remedy=remedy))
        return None
    place_deg, plane_deg = (pv.latitude_deg, pv.longitude_deg), (pv.tilt_deg, pv.azimuth_deg)
    return lambda time_s: (
        pv.peak_w * min(1.0, table.clearness_ratio * clear_sky_ratio(place_deg, plane_deg, time_s))
    )
