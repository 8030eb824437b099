"""A controller at a desk: a test plugs in cars and tells readings by hand, and looks at every decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import SetLimits
from voltloom.decision.record import Decision
from voltloom.session.alarms import Alarm
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
)
from voltloom.site.network import Floats, Network, network_of
from voltloom.site.topology import Site


@dataclass(slots=True, kw_only=True)
class Desk:
    """Every station confirms at once, and its vehicle draws what it is allowed."""

    controller: SiteController
    network: Network
    memory: ControllerMemory
    limit_a: Floats
    alarms: list[Alarm] = field(default_factory=list)
    over: list[Alarm] = field(default_factory=list)

    def plug_in(self, evse: int, now_s: float) -> None:
        """Let a car come that follows every limit and stays."""
        self.hear(
            PluggedIn(time_s=now_s, evse=evse, session_id=f"s{evse}", energy_wh=0.0),
            TokenPresented(time_s=now_s, evse=evse, id_token=f"t{evse}", kind=TokenKind.RFID),
            CapabilityReported(
                time_s=now_s, evse=evse, is_dynamic=True, uses_all_phases=True, min_a=6.0, max_a=32.0
            ),
            NeedStated(
                time_s=now_s, evse=evse, energy_wh=60_000.0, departure_s=now_s + 36_000.0, soc_ratio=0.3
            ),
        )

    def hear(self, *events: Event) -> None:
        """Tell the controller something."""
        self.memory, _ = self.controller.observe(self.memory, events)

    def cycle(
        self,
        now_s: float,
        row_a: Sequence[float] = (),
        *,
        row_age_s: float = 0.0,
        silent: Collection[int] = (),
    ) -> Decision:
        """Tell what every outlet draws and what the circuits' meters showed, and return what is decided.

        row_age_s: how old the meters' samples are. silent: outlets whose station neither speaks nor hears.
        """
        talking = np.array([evse for evse in range(self.limit_a.size) if evse not in silent], dtype=np.int64)
        self.hear(
            EvseReadings(
                time_s=now_s,
                evses=talking,
                sampled_s=np.full(talking.size, now_s),
                current_a=self.limit_a[talking],
                energy_wh=np.full(talking.size, np.nan),
            )
        )
        if row_a:
            self.hear(
                RowReadings(
                    time_s=now_s,
                    rows=np.arange(len(row_a)),
                    sampled_s=np.full(len(row_a), now_s - row_age_s),
                    current_a=np.array(row_a),
                )
            )
        self.memory, decision, commands = self.controller.decide(self.memory, now_s)
        self.alarms += self.memory.alarms
        self.over += self.memory.standing.over
        for command in commands:
            if isinstance(command, SetLimits):
                reached = np.isin(command.evses, talking)
                evses, serial = command.evses[reached], command.serial[reached]
                self.limit_a[evses] = command.limit_a[reached]
                self.hear(LimitsAcknowledged(time_s=now_s, evses=evses, serial=serial))
        return decision


def desk_for(
    site: Site,
    *,
    architecture: str = "parallel",
    settings: ControlSettings | None = None,
    plugged_in: int | None = None,
) -> Desk:
    """Return a controller that has just started at time 0, and a car plugged in at every outlet, or at so many of the first."""
    network = network_of(site)
    controller = SiteController(site=site, network=network, settings=settings or ControlSettings())
    count = len(network.evse_ids)
    desk = Desk(
        controller=controller,
        network=network,
        memory=controller.start(0.0, architecture),
        limit_a=np.zeros(count),
    )
    for evse in range(count if plugged_in is None else plugged_in):
        desk.plug_in(evse, 0.0)
    return desk
