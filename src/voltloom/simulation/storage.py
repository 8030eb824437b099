"""Stationary batteries as they really are: what they hold, what flows, and how they take what they are told."""

from __future__ import annotations

import numpy as np

from voltloom.decision.command import SetBatteries
from voltloom.session.events import BatteryReadings
from voltloom.site.network import Bools, Floats, Ints
from voltloom.site.storage import StorageNetwork
from voltloom.units import w_from_wh, wh_from_w


class Batteries:
    """All batteries of a site, arrays (k,). power_w: true flow of the running step, charge positive. stored_wh: in the cells.

    told_w: the power it holds until until_s; serial: of the newest it was told. ignores: acknowledges a power and stays at
    the old one. is_offline: hears nothing and tells nothing. is_off: gives and takes nothing.
    """

    def __init__(self, storage: StorageNetwork, soc_ratio: float) -> None:
        count = len(storage.ids)
        self.storage = storage
        self.told_w: Floats = np.zeros(count)
        self.until_s: Floats = np.full(count, np.inf)
        self.serial: Ints = np.full(count, -1, dtype=np.int64)
        self.stored_wh: Floats = storage.capacity_wh * np.clip(
            soc_ratio, storage.min_soc_ratio, storage.max_soc_ratio
        )
        self.power_w: Floats = np.zeros(count)
        self.ignores = self.is_offline = self.is_off = False

    @property
    def soc_ratio(self) -> Floats:
        """Return the state of charge, (k,)."""
        ratio: Floats = self.stored_wh / self.storage.capacity_wh
        return ratio

    def take(self, command: SetBatteries, now_s: float) -> None:
        """Hold the newer ones of some powers; a lease that is over already changes nothing."""
        if self.is_offline:
            return
        for place, battery in enumerate(command.batteries.tolist()):
            if command.serial[place] <= self.serial[battery]:
                continue
            self.serial[battery] = command.serial[place]
            if not self.ignores and now_s < command.lease_until_s[place]:
                self.told_w[battery] = command.power_w[place]
                self.until_s[battery] = command.lease_until_s[place]

    def flow(self, now_s: float, step_s: float, has_power: Bools) -> Floats:
        """Let constant powers flow for a step, within what the batteries bear and hold; return the current in each row, (m,)."""
        storage = self.storage
        if not self.ignores:
            self.told_w[(self.until_s <= now_s) & ~storage.keeps_power] = 0.0
        most_w = storage.charge_a * storage.w_per_a
        least_w = -storage.discharge_a * storage.w_per_a
        asked_w = np.clip(self.told_w, least_w, most_w) * has_power
        if self.is_off:
            asked_w = np.zeros_like(asked_w)
        room_wh = np.maximum(storage.max_soc_ratio * storage.capacity_wh - self.stored_wh, 0.0)
        held_wh = np.maximum(self.stored_wh - storage.min_soc_ratio * storage.capacity_wh, 0.0)
        taken_wh = np.minimum(
            wh_from_w(1.0, step_s) * np.maximum(asked_w, 0.0) * storage.charge_ratio, room_wh
        )
        given_wh = np.minimum(
            wh_from_w(1.0, step_s) * np.maximum(-asked_w, 0.0) / storage.discharge_ratio, held_wh
        )
        self.stored_wh += taken_wh - given_wh
        through_wh = taken_wh / storage.charge_ratio - given_wh * storage.discharge_ratio
        self.power_w[:] = w_from_wh(1.0, step_s) * through_wh
        return (self.power_w / storage.w_per_a) @ storage.row_shares

    def read(self, now_s: float) -> BatteryReadings | None:
        """Return what the batteries tell now, None while they tell nothing."""
        if self.is_offline:
            return None
        return BatteryReadings(
            time_s=now_s,
            batteries=np.arange(self.serial.size),
            sampled_s=np.full(self.serial.size, now_s),
            power_w=self.power_w.copy(),
            soc_ratio=self.soc_ratio,
            serial=self.serial.copy(),
        )
