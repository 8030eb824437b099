"""What a plan was made of, kept with it so that it can be shown and explained."""

from __future__ import annotations

import numpy as np

from voltloom.allocation.adaptive.horizon.building import departures_s
from voltloom.allocation.adaptive.horizon.counting import Here
from voltloom.allocation.adaptive.horizon.pricing import Valued, mean_price
from voltloom.decision.plan import Basis
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats, Ints


def basis_of(snapshot: SiteSnapshot, who: Ints, edge_s: Floats, value: Valued, solved: Here) -> Basis:
    """Return what a plan for some EVSEs (n,) was made of; a limit that was judged in several parts costs their sum."""
    (demand, limits, *_), answer, expected_kw = solved
    sessions, outlook = snapshot.sessions, snapshot.outlook
    row, part = np.unique(limits.row, return_inverse=True)
    toll = np.zeros((row.size, edge_s.size - 1))
    np.add.at(toll, part, np.maximum(answer.price_per_a, 0.0))
    left = np.zeros(row.size)
    left[part] = limits.rating_a[:, 0]
    stored, batteries = answer.stored, snapshot.batteries
    ids: tuple[str, ...] = ()
    stored_ratio = np.zeros((0, edge_s.size - 1))
    if stored is not None and stored.battery_kw.size and batteries is not None:
        ids = batteries.network.ids
        stored_ratio = stored.stored_kwh * 1000.0 / batteries.network.capacity_wh[:, None]
    departure_s, is_forecast = departures_s(snapshot, who)
    return Basis(
        evse=who.astype(np.int64),
        column=sessions.column[who],
        need_kwh=demand.need_kwh,
        kw_per_a=sessions.w_per_a[who] / 1000.0,
        max_a=sessions.max_a[who],
        price_per_kwh=np.full(edge_s.size - 1, np.nan) if outlook is None else mean_price(outlook, edge_s),
        worth_per_kwh=value.worth_per_kwh,
        currency="" if outlook is None else outlook.currency,
        minor_digits=2 if outlook is None else outlook.minor_digits,
        row=row,
        left_a=left,
        toll_per_a=toll,
        peak_kw=float(answer.peak_kw),
        battery_ids=ids,
        stored_ratio=stored_ratio,
        grid_kw=np.full(edge_s.size - 1, np.nan) if stored is None else stored.grid_kw,
        departure_s=departure_s,
        is_forecast=is_forecast,
        expected_kw=expected_kw,
    )
