"""The site controller: events in, commands out. It has no state of its own; all of it is in the memory it returns.

The simulated and the live shell call the same methods. Neither a clock nor a socket is near: time comes as an
argument, and a journal of events replays a day bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Architecture
from voltloom.allocation.groups import grouped
from voltloom.allocation.registry import ARCHITECTURES, Tuning, architecture_named
from voltloom.allocation.sharing import TurnRules
from voltloom.controller.alarming import known_again
from voltloom.controller.allocating import Rulers
from voltloom.controller.canary.following import without_trial
from voltloom.controller.canary.tuning import checked, tuned
from voltloom.controller.cycle import Plant, cycle
from voltloom.controller.discharge.memory import first_discharge
from voltloom.controller.expecting import expecting_of, recalled
from voltloom.controller.fallback import TrustMemory
from voltloom.controller.falling import fallen, resumed
from voltloom.controller.leases.grants import unknown_grants
from voltloom.controller.listening import Access, Surroundings, listened
from voltloom.controller.memory import Accused, ControllerMemory, Readings, Service, Watches
from voltloom.controller.outlooks import Outlooks
from voltloom.controller.seating import vacant_columns
from voltloom.controller.sensing import bases_of
from voltloom.controller.settings import ControlSettings
from voltloom.controller.smoothing import no_moves, rules_of
from voltloom.controller.storage.memory import first_storage
from voltloom.decision.command import Command
from voltloom.decision.record import Decision
from voltloom.forecast.visits import Visits
from voltloom.safety.other_load import first_other_load
from voltloom.safety.plausibility import first_evse_watch
from voltloom.safety.row_watch import first_row_watch
from voltloom.session.events import ArchitectureChosen, CanarySet, Event
from voltloom.session.facts import vacant
from voltloom.session.policy import Policy
from voltloom.site.network import Floats, Network
from voltloom.site.storage import storage_of
from voltloom.site.tariff import Tariff
from voltloom.site.topology import Site


def simpler(architecture: str) -> str:
    """Return the architecture that takes over from another when trust is low."""
    return "sequential" if architecture == "sequential" else "parallel"


class SiteController:
    """One site under one controller."""

    def __init__(
        self,
        *,
        site: Site,
        network: Network,
        settings: ControlSettings,
        access: Access | None = None,
        tariff: Tariff | None = None,
        history: Visits | None = None,
    ) -> None:
        """Prepare the architectures. tariff: what the site pays, for those that plan; history: visits that forecasts learn
        from before the first.

        Raises UnknownArchitectureError for a group's architecture that is not registered.
        """
        smoothing = settings.smoothing
        tuning = Tuning(
            rules=TurnRules(
                turn_s=smoothing.turn_s, dwell_s=smoothing.dwell_s, wait_limit_s=smoothing.wait_limit_s
            ),
            increment_a=settings.increment_a,
            planning=settings.planning,
        )
        self._settings = settings
        self._around = Surroundings(site=site, network=network, access=access or Access())
        members = {evse.evse_id: evse.group for evse in site.evses}
        areas = {
            group: (name, np.array([members[evse_id] == group for evse_id in network.evse_ids]))
            for group, name in settings.group_architecture
        }

        def ruler(name: str, kind: Callable[[str], str]) -> Architecture:
            parts = {
                group: (architecture_named(kind(own), tuning), inside)
                for group, (own, inside) in areas.items()
            }
            return grouped(architecture_named(kind(name), tuning), parts)

        @cache
        def ruler_of(policy: Policy) -> Architecture:
            own = tuned(policy, tuning)
            parts = {
                group: (architecture_named(name, own), inside) for group, (name, inside) in areas.items()
            }
            return grouped(architecture_named(policy.architecture, own), parts)

        rulers = Rulers(
            by_name={name: ruler(name, str) for name in ARCHITECTURES},
            fallback={name: ruler(name, simpler) for name in ARCHITECTURES},
            of=ruler_of,
        )

        self._has_prices = tariff is not None
        self._plant = Plant(
            network=network,
            storage=storage_of(site, network),
            settings=settings,
            rulers=rulers,
            bases=bases_of(network, settings.safety, network.grid.rating_a),
            smoothing=rules_of(smoothing, settings.period_s),
            outlooks=Outlooks(tariff),
            voltage_v=site.voltage_v,
            expecting=expecting_of(site, network, settings, history),
        )
        self._tuning = tuning

    def checked(self, policy: Policy) -> Policy:
        """Return a policy that can rule here, its parameters in order. Raises PolicyError."""
        return checked(policy, self._tuning, has_prices=self._has_prices)

    @property
    def rating_a(self) -> Floats:
        """Return what each row is rated for, (m,)."""
        return self._around.network.grid.rating_a

    def start(self, now_s: float, architecture: str) -> ControllerMemory:
        """Return the memory of a controller that knows nothing yet: any limit may be in force for one lease.

        Raises UnknownArchitectureError when the architecture is not registered.
        """
        architecture_named(architecture, self._tuning)
        network = self._around.network
        count, rows = len(network.evse_ids), len(network.row_ids)
        never, never_rows = np.full(count, -np.inf), np.full(rows, -np.inf)
        return ControllerMemory(
            architecture=architecture.lower(),
            seats=tuple(vacant(i, evse_id) for i, evse_id in enumerate(network.evse_ids)),
            columns=vacant_columns(network),
            flowing=np.zeros(count, dtype=np.bool_),
            offered=np.zeros(count, dtype=np.bool_),
            next_deadline_s=np.inf,
            next_serial=1,
            readings=Readings(
                current_a=np.zeros(count),
                energy_wh=np.full(count, np.nan),
                sampled_s=never,
                heard_s=never,
                row_a=np.zeros(rows),
                row_sampled_s=never_rows,
                row_heard_s=never_rows,
            ),
            watches=Watches(
                evses=first_evse_watch(count),
                rows=first_row_watch(rows),
                other_load=first_other_load(network.planned_other_a, now_s),
                accused=Accused(
                    np.zeros(count, dtype=np.bool_), np.full(count, np.inf), np.full(count, np.inf)
                ),
            ),
            grants=unknown_grants(network.max_a, now_s, *self._leases_s()),
            moves=no_moves(count),
            service=Service(
                idle_since_s=np.full(count, np.inf),
                served_since_s=np.full(count, np.inf),
                start_wh=np.full(count, np.nan),
                takes_a=np.full(count, np.inf),
                judged_s=never,
            ),
            trust=TrustMemory(since_s=now_s),
            allocation=AllocationMemory(),
            architecture_failed=False,
            outside=(),
            storage=first_storage(self._plant.storage, now_s, self._settings.safety.lease_s),
            marks=(),
            alarms=(),
            records=(),
            is_reported=False,
            started_s=now_s,
            decided_s=now_s,
            discharge=first_discharge(network, now_s, *self._leases_s()),
        )

    def observe(
        self, memory: ControllerMemory, events: Sequence[Event]
    ) -> tuple[ControllerMemory, tuple[Command, ...]]:
        """Return the memory after events in the order they came, and what must be answered at once.

        Raises UnknownArchitectureError when an operator chooses an architecture that is not registered, PolicyError for a
        policy that cannot rule here, OutsideLimitError for a limit that this site cannot keep.
        """
        for event in events:
            if isinstance(event, ArchitectureChosen):
                architecture_named(event.architecture, self._tuning)
            elif isinstance(event, CanarySet):
                self.checked(event.policy)
        return listened(memory, events, self._around)

    def recall(self, memory: ControllerMemory, events: Sequence[Event]) -> ControllerMemory:
        """Return the memory after events of which no cycle is known; forecasts learn of them all the same. Raises as `observe`."""
        after, _ = self.observe(memory, events)
        known_count = 0 if memory.is_reported else len(memory.records)
        return recalled(after, len(after.records) - known_count, self._plant.expecting)

    def decide(
        self, memory: ControllerMemory, now_s: float
    ) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
        """Return the memory, the decision and the commands of one cycle."""
        return cycle(memory, self._plant, now_s)

    def doubt(self, memory: ControllerMemory) -> ControllerMemory:
        """Return a memory under which the next cycle shares equally, as after an architecture that failed: it took too long."""
        doubted = without_trial(memory, "the controller took too long", memory.decided_s)
        return doubted._replace(architecture_failed=True)

    def fall(self, memory: ControllerMemory, now_s: float) -> tuple[ControllerMemory, tuple[Command, ...]]:
        """Return the memory and the commands where a cycle failed: towards every outlet's offline limit."""
        memory = without_trial(memory, "a cycle failed", now_s)
        return fallen(memory, self._around.network, self._settings, now_s)

    def resume(self, memory: ControllerMemory, now_s: float) -> ControllerMemory:
        """Return a memory that was kept over a restart, ready to go on. What it says was sent must have been kept before
        it went out, or have been lower, or a renewal.
        """
        return resumed(memory, self._settings.safety, now_s)

    def begun_again(self, memory: ControllerMemory, now_s: float) -> ControllerMemory:
        """Return a memory that was told without cycles, ready to go on. Guards may have ended a trial in one of them, so it is over."""
        memory = known_again(memory, self._around.network)
        return without_trial(memory, "how it went is not known after this restart", now_s)

    def _leases_s(self) -> tuple[float, float]:
        """Return how long a limit holds usually, and at the longest; 0 for leases without end."""
        safety = self._settings.safety
        longest_s = max(safety.lease_s, safety.longest_lease_s) if safety.lease_s > 0.0 else 0.0
        return safety.lease_s, longest_s
