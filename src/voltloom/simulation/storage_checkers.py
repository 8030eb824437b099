"""What must never happen where something feeds in: a fuse left with too much when it stops, a battery beyond its bounds."""

from __future__ import annotations

import numpy as np

from voltloom.controller.settings import ControlSettings
from voltloom.decision.storage import StorageCause
from voltloom.simulation.moment import TOLERANCE_A, Moment
from voltloom.site.network import Floats, Network
from voltloom.site.storage import StorageNetwork

TOLERANCE_RATIO = 1e-9


class BatteriesKeepTheirBounds:
    """No battery is told more than it bears or leaves its state of charge, and none is told anything without a reason."""

    name, sign, is_watching = "battery", 0, True

    def __init__(self, storage: StorageNetwork) -> None:
        self._storage = storage

    def look(self, moment: Moment) -> str:
        """Return which battery is beyond its bounds."""
        storage, batteries = self._storage, moment.world.batteries
        assert batteries is not None
        soc_ratio = batteries.soc_ratio
        beyond = (soc_ratio > storage.max_soc_ratio + TOLERANCE_RATIO) | (
            soc_ratio < storage.min_soc_ratio - TOLERANCE_RATIO
        )
        if beyond.any():
            battery = int(np.argmax(beyond))
            return f"{storage.ids[battery]} is at {100.0 * soc_ratio[battery]:.2f} %"
        decision = moment.decision.storage if moment.decision is not None else None
        if decision is None:
            return ""
        current_a = decision.after_w / storage.w_per_a
        wrong = ~(
            (current_a <= storage.charge_a + TOLERANCE_A) & (current_a >= -storage.discharge_a - TOLERANCE_A)
        )
        if wrong.any():
            battery = int(np.argmax(wrong))
            return f"{storage.ids[battery]} was told {decision.after_w[battery]:.1f} W"
        mute = decision.sent & (decision.after_w != 0.0) & (decision.cause == StorageCause.IDLE)
        return f"{storage.ids[int(np.argmax(mute))]} changed without a reason" if mute.any() else ""


class FeedInMayVanish:
    """The limits held, with all that draws and nothing that feeds in, never load a row beyond its rating.

    Not for longer than lowering takes after the building rose.
    """

    name, sign, is_watching = "feed_in", 0, True

    def __init__(self, network: Network, settings: ControlSettings, *, grace_s: float) -> None:
        self._network, self._worst = network, settings.safety.worst_draw
        self._grace_s = grace_s
        self._since_s: Floats = np.full(len(network.row_ids), np.inf)

    def look(self, moment: Moment) -> str:
        """Return which row would carry too much."""
        world, rating_a = moment.world, self._network.grid.rating_a
        if not moment.is_calm:
            self._since_s[:] = np.inf
            return ""
        stations = world.stations.columns
        may_draw = stations.is_authorised & world.vehicles.is_there
        held_a = np.where(may_draw, np.maximum(stations.held_a, 0.0), 0.0)
        load_a = world.load_under(held_a, worst_draw=self._worst, other_a=world.drawn_a)
        over = load_a > rating_a * (1.0 + TOLERANCE_A)
        can_fall = (held_a > self._network.offline_a + TOLERANCE_A) & ~world.vehicles.is_fixed
        over &= world.load_under(np.where(can_fall, held_a, 0.0), worst_draw=self._worst) > 0.5
        self._since_s = np.where(over, np.minimum(self._since_s, moment.now_s), np.inf)
        late = moment.now_s - self._since_s > self._grace_s
        if not late.any():
            return ""
        row = int(np.argmax(np.where(late, load_a / rating_a, 0.0)))
        return (
            f"{self._network.row_ids[row]} would carry {load_a[row]:.2f} A on {rating_a[row]:.2f} A "
            "if nothing fed in"
        )
