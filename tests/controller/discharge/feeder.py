"""A controller whose architecture feeds back: the program's own, but what it proposes is a test's business."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.registry import Tuning, architecture_named
from voltloom.allocation.sharing import TurnRules, nobody_waits
from voltloom.controller.allocating import Rulers
from voltloom.controller.cycle import Plant, cycle
from voltloom.controller.expecting import expecting_of
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.outlooks import Outlooks
from voltloom.controller.sensing import bases_of
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.controller.smoothing import rules_of
from voltloom.decision.command import Command
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.session.events import Event
from voltloom.site.network import Floats, network_of
from voltloom.site.storage import storage_of
from voltloom.site.topology import Site

Wish = Callable[[SiteSnapshot], Floats]


class Wishing:
    """An architecture that proposes whatever it is told to wish for."""

    name = "wishing"

    def __init__(self, wish: Wish) -> None:
        self._wish = wish

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return the wish as proposals."""
        current_a = np.asarray(self._wish(snapshot), dtype=np.float64)
        count = current_a.size
        return Proposals(
            current_a=current_a,
            cause=np.full(count, int(Cause.PLANNED), dtype=np.int64),
            binding_row=np.full(count, -1, dtype=np.int64),
            queue=nobody_waits(count),
        ), memory


class Feeder:
    """The three calls of a controller whose architecture wishes; "parallel" takes over from it."""

    def __init__(self, site: Site, settings: ControlSettings, wish: Wish) -> None:
        network, smoothing = network_of(site), settings.smoothing
        rules = TurnRules(
            turn_s=smoothing.turn_s, dwell_s=smoothing.dwell_s, wait_limit_s=smoothing.wait_limit_s
        )
        simple = architecture_named("parallel", Tuning(rules=rules, increment_a=settings.increment_a))
        self._controller = SiteController(site=site, network=network, settings=settings)
        self.network = network
        self._plant = Plant(
            network=network,
            storage=storage_of(site, network),
            settings=settings,
            rulers=Rulers(
                by_name={"parallel": Wishing(wish)}, fallback={"parallel": simple}, of=lambda _: simple
            ),
            bases=bases_of(network, settings.safety, network.grid.rating_a),
            smoothing=rules_of(smoothing, settings.period_s),
            outlooks=Outlooks(None),
            voltage_v=site.voltage_v,
            expecting=expecting_of(site, network, settings, None),
        )

    def start(self, now_s: float, architecture: str) -> ControllerMemory:
        """Return the memory of a controller that knows nothing yet; architecture: "parallel", under which the wish stands."""
        return self._controller.start(now_s, architecture)

    def observe(
        self, memory: ControllerMemory, events: Sequence[Event]
    ) -> tuple[ControllerMemory, tuple[Command, ...]]:
        """Return the memory after events, and what must be done at once."""
        return self._controller.observe(memory, events)

    def decide(
        self, memory: ControllerMemory, now_s: float
    ) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
        """Return the memory, the decision and the commands of one cycle."""
        return cycle(memory, self._plant, now_s)
