"""What must never happen where vehicles feed back: a floor broken, a driver not asked, a row that cannot bear it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voltloom.simulation.moment import TOLERANCE_A, Moment
from voltloom.simulation.visits import Visit
from voltloom.site.network import Floats, Network

TOLERANCE_WH = 1e-3
GIVES_A = 0.5  # less looks like nothing to every meter


class DriversAreAsked:
    """No vehicle feeds back without its driver's consent, nor below the floor, and never more than its station holds."""

    name, sign, is_watching = "consent", 0, True

    def __init__(self, visits: Sequence[Visit]) -> None:
        self._floor_ratio: Floats = np.array([visit.floor_ratio for visit in visits])

    def look(self, moment: Moment) -> str:
        """Return which vehicle feeds back although it must not."""
        vehicles, stations = moment.world.vehicles, moment.world.stations.columns
        gives_a = -stations.current_a
        if not (gives_a > GIVES_A).any():
            return ""
        floor_ratio = np.where(vehicles.is_there, self._floor_ratio[vehicles.visit], np.nan)
        names = moment.world.network.evse_ids
        for evse in np.flatnonzero(gives_a > GIVES_A).tolist():
            floor_wh = floor_ratio[evse] * vehicles.capacity_wh[evse]
            if np.isnan(floor_wh):
                return f"{names[evse]} feeds back {gives_a[evse]:.1f} A without its driver's consent"
            if vehicles.charge_wh[evse] < floor_wh - TOLERANCE_WH:
                below_wh = floor_wh - vehicles.charge_wh[evse]
                return f"{names[evse]} feeds back {below_wh:.1f} Wh below its driver's floor"
            held_a = min(stations.held_a[evse], stations.before_a[evse], 0.0)
            if gives_a[evse] > -held_a + TOLERANCE_A:
                return f"{names[evse]} feeds back {gives_a[evse]:.1f} A and was told {-held_a:.1f} A"
        return ""


class ExportIsBorne:
    """All that stations hold to be fed back, with PV and no load at all, never loads a row beyond its rating."""

    name, sign, is_watching = "export", 0, True

    def __init__(self, network: Network) -> None:
        self._network = network

    def look(self, moment: Moment) -> str:
        """Return which row would carry too much if nothing drew."""
        world, rating_a = moment.world, self._network.grid.rating_a
        stations = world.stations.columns
        may_give = stations.is_authorised & world.vehicles.is_there & (world.vehicles.gives_w > 0.0)
        given_a = np.where(may_give, np.maximum(-stations.held_a, 0.0), 0.0)
        if not given_a.any():
            return ""
        load_a = world.load_under(given_a, worst_draw=True) + world.pv_a
        over = load_a > rating_a * (1.0 + TOLERANCE_A)
        if not over.any():
            return ""
        row = int(np.argmax(np.where(over, load_a / rating_a, 0.0)))
        return (
            f"{self._network.row_ids[row]} would carry {load_a[row]:.2f} A of export on {rating_a[row]:.2f} A"
        )
