"""A yard where vehicles may feed back, at a desk: a test says what vehicles hold and what they do, and looks at every decision."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tests.controller.discharge.feeder import Feeder, Wish
from tests.places import row_of
from voltloom.controller.settings import ControlSettings
from voltloom.decision.command import SetLimits
from voltloom.decision.record import Decision
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.events import (
    CapabilityReported,
    Event,
    EvseReadings,
    LimitsAcknowledged,
    NeedStated,
    PluggedIn,
    RowReadings,
    TokenKind,
    TokenPresented,
    Unplugged,
)
from voltloom.site.network import Floats, Ints
from voltloom.site.topology import Site

W_PER_A = 690.0
LOSS_RATIO = 0.95
BATTERY_WH = 60_000.0


def discharging(site: Site, discharge_a: float = 16.0) -> Site:
    """Return a site whose outlets can all discharge."""
    return replace(site, evses=tuple(replace(evse, discharge_a=discharge_a) for evse in site.evses))


class Yard:
    """Vehicles that do what they are told, at stations that confirm at once, unless they are silent.

    wish_a: what the architecture proposes, (n,). flow_a: what flows now, as each station holds it until until_s.
    imported_wh, exported_wh: the registers. cells_wh: what each battery really holds, with 5 % lost on either way.
    """

    def __init__(
        self,
        site: Site,
        *,
        settings: ControlSettings | None = None,
        wish: Wish | None = None,
    ) -> None:
        count = len(site.evses)
        self.wish_a: Floats = np.zeros(count)
        self.seen: SiteSnapshot | None = None
        self._wish = wish
        self.settings = settings or ControlSettings()
        self.controller = Feeder(site, self.settings, self._wished)
        self.network = self.controller.network
        self.memory = self.controller.start(0.0, "parallel")
        self.flow_a: Floats = np.zeros(count)
        self.until_s: Floats = np.full(count, np.inf)
        self.serial = np.full(count, -1, dtype=np.int64)
        self.cells_wh: Floats = np.full(count, 30_000.0)
        self.imported_wh: Floats = np.full(count, 1000.0)
        self.exported_wh: Floats = np.full(count, 50.0)
        self.commands: list[SetLimits] = []
        self.now_s = 0.0

    def _wished(self, snapshot: SiteSnapshot) -> Floats:
        self.seen = snapshot
        return self.wish_a if self._wish is None else self._wish(snapshot)

    def hear(self, *events: Event) -> None:
        """Tell the controller something."""
        self.memory, _ = self.controller.observe(self.memory, events)

    def plug_in(self, evse: int, *, discharges: bool = True, need: Mapping[str, float] | None = None) -> None:
        """Let a vehicle come that follows every limit and stays."""
        now_s = self.now_s
        self.hear(
            PluggedIn(time_s=now_s, evse=evse, session_id=f"s{evse}-{now_s:g}", energy_wh=math.nan),
            TokenPresented(time_s=now_s, evse=evse, id_token=f"t{evse}", kind=TokenKind.RFID),
            CapabilityReported(
                time_s=now_s,
                evse=evse,
                is_dynamic=True,
                uses_all_phases=True,
                min_a=6.0,
                max_a=32.0,
                discharges=discharges,
            ),
        )
        self.state(evse, **(need or {}))

    def state(self, evse: int, **need: float) -> None:
        """Let a driver state a need: 60 kWh, half full, down to a fifth, unless it is told otherwise."""
        told: dict[str, Any] = {
            "energy_wh": 10_000.0,
            "departure_s": self.now_s + 36_000.0,
            "soc_ratio": 0.5,
            "floor_ratio": 0.2,
            "battery_wh": BATTERY_WH,
        } | need
        self.hear(NeedStated(time_s=self.now_s, evse=evse, **told))

    def pass_time(self, duration_s: float) -> None:
        """Let time pass while what flows goes on; where a lease ends, nothing flows any more."""
        flows_s = np.clip(self.until_s - self.now_s, 0.0, duration_s)
        moved_wh = self.flow_a * W_PER_A * flows_s / 3600.0
        room_wh = np.maximum(BATTERY_WH - self.cells_wh, 0.0) / LOSS_RATIO
        in_wh, out_wh = np.clip(moved_wh, 0.0, room_wh), np.maximum(-moved_wh, 0.0)
        self.imported_wh, self.exported_wh = self.imported_wh + in_wh, self.exported_wh + out_wh
        self.cells_wh = self.cells_wh + in_wh * LOSS_RATIO - out_wh / LOSS_RATIO
        self.now_s += duration_s
        self.flow_a = np.where(self.until_s <= self.now_s, 0.0, self.flow_a)

    def flows(self, *current_a: float) -> None:
        """Let something flow whatever anybody was told."""
        self.flow_a, self.until_s = np.array(current_a), np.full(len(current_a), np.inf)

    def read(self, silent: Collection[int] = ()) -> None:
        """Tell what the outlets' meters show now."""
        talking = np.array([e for e in range(self.flow_a.size) if e not in silent], dtype=np.int64)
        self.hear(
            EvseReadings(
                time_s=self.now_s,
                evses=talking,
                sampled_s=np.full(talking.size, self.now_s),
                current_a=self.flow_a[talking],
                energy_wh=self.imported_wh[talking],
                exported_wh=self.exported_wh[talking],
            )
        )

    def read_rows(self, row_a: Sequence[float]) -> None:
        """Tell what the circuits' meters show now."""
        rows = np.arange(len(row_a))
        self.hear(
            RowReadings(
                time_s=self.now_s,
                rows=rows,
                sampled_s=np.full(rows.size, self.now_s),
                current_a=np.array(row_a),
            )
        )

    def decide(self, silent: Collection[int] = ()) -> Decision:
        """Return what is decided now; stations that are not silent take it and confirm it, and vehicles do it."""
        self.memory, decision, commands = self.controller.decide(self.memory, self.now_s)
        for command in commands:
            if not isinstance(command, SetLimits):
                continue
            self.commands.append(command)
            reached = np.flatnonzero(~np.isin(command.evses, list(silent)))
            self.take(command, reached)
            self.confirm(command.evses[reached])
        return decision

    def take(self, command: SetLimits, places: Ints) -> None:
        """Let stations hold some limits of a command, (k,) places in it, unless they hold newer ones or the lease is over."""
        flow_a, until_s, serial = self.flow_a.copy(), self.until_s.copy(), self.serial.copy()
        for place in places:
            evse = command.evses[place]
            if command.serial[place] > serial[evse] and command.lease_until_s[place] > self.now_s:
                flow_a[evse], until_s[evse] = command.limit_a[place], command.lease_until_s[place]
                serial[evse] = command.serial[place]
        self.flow_a, self.until_s, self.serial = flow_a, until_s, serial

    def unplug(self, evse: int) -> None:
        """Let a vehicle leave: what its station was told to feed back was meant for it."""
        self.flow_a, self.until_s = self.flow_a.copy(), self.until_s.copy()
        self.flow_a[evse], self.until_s[evse] = 0.0, np.inf
        self.hear(Unplugged(time_s=self.now_s, evse=evse, energy_wh=self.imported_wh.item(evse)))

    def restart(self) -> None:
        """Let the controller forget everything."""
        self.memory = self.controller.start(self.now_s, "parallel")

    def confirm(self, evses: Ints) -> None:
        """Let stations say which limits they hold."""
        self.hear(LimitsAcknowledged(time_s=self.now_s, evses=evses, serial=self.serial[evses]))

    def cycle(self, duration_s: float = 30.0, silent: Collection[int] = ()) -> Decision:
        """Let time pass, read the outlets' meters, and return what is decided then."""
        self.pass_time(duration_s)
        self.read(silent)
        return self.decide(silent)

    def snapshot(self) -> SiteSnapshot:
        """Return what the architecture saw last."""
        assert self.seen is not None
        return self.seen


def yard_of(count: int = 2, *, rating_a: float = 63.0, **more: object) -> Yard:
    """Return a yard of like outlets behind one fuse, after the leases that may have been in force at the start are over."""
    return Yard(discharging(row_of(count, rating_a=rating_a)), **more)  # type: ignore[arg-type]  # by name
