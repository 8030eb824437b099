"""What each event makes of the controller's memory. Nothing is decided here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from voltloom.allocation.contract import with_peak
from voltloom.controller.canary.memory import ended, with_set
from voltloom.controller.discharge import memory as discharging
from voltloom.controller.kernels import heard_since, with_readings, with_readings_in_turn
from voltloom.controller.leases.grants import acknowledged, booted
from voltloom.controller.memory import ControllerMemory, Readings, Service
from voltloom.controller.ordered import with_order
from voltloom.controller.outlooks import has_moved
from voltloom.controller.outside import lasting, with_limit, without_limit
from voltloom.controller.seating import Seating, as_seated
from voltloom.controller.smoothing import forgotten
from voltloom.controller.storage.memory import told
from voltloom.decision.command import Command
from voltloom.safety.freshness import CLOCK_NEVER_SET_S, sample_time_s
from voltloom.session.authorization import AuthorizationRules, BackendVerdict, LocalList
from voltloom.session.choreography import advance
from voltloom.session.events import (
    ArchitectureChosen,
    ArchitectureFailed,
    BatteryReadings,
    CanaryEnded,
    CanarySet,
    Event,
    EvseReadings,
    LimitsAcknowledged,
    OutletOrdered,
    OutsideEvent,
    OutsideLimitSet,
    OutsideLimitWithdrawn,
    PluggedIn,
    PolicyEvent,
    PricesTold,
    RowReadings,
    SessionEvent,
    StationBooted,
    StationEvent,
    TokenPresented,
    Unplugged,
)
from voltloom.session.facts import Context, Seat
from voltloom.site.network import Floats, Ints, Network
from voltloom.site.outside import imposed_on
from voltloom.site.topology import Site

Column = TypeVar("Column", bound=NDArray[Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may charge: the site's own list and rules. A site without a list lets everybody charge."""

    known: LocalList = field(default_factory=LocalList)
    rules: AuthorizationRules = field(default_factory=lambda: AuthorizationRules(is_free_vend=True))
    backend: BackendVerdict = BackendVerdict.NOT_ASKED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """What does not change while a controller runs."""

    site: Site
    network: Network
    access: Access


def listened(
    memory: ControllerMemory, events: Sequence[Event], around: Surroundings
) -> tuple[ControllerMemory, tuple[Command, ...]]:
    """Return the memory after events, in the order they came, and what must be answered at once.

    Raises OutsideLimitError.
    """
    draft = _Draft(memory, around)
    readings: list[EvseReadings] = []
    for event in events:
        if isinstance(event, EvseReadings):
            readings.append(event)
            continue
        if readings:
            draft.read_evses(readings)
            readings = []
        match event:
            case RowReadings():
                draft.readings = _rows_read(draft.readings, event)
            case LimitsAcknowledged():
                draft.confirm(event)
            case BatteryReadings():
                draft.read_batteries(event)
            case ArchitectureChosen() | OutletOrdered():
                draft.hear_operator(event)
            case CanarySet() | CanaryEnded():
                draft.hear_policy(event)
            case ArchitectureFailed():
                draft.architecture_failed = True
            case OutsideLimitSet() | OutsideLimitWithdrawn() | PricesTold():
                draft.hear_outside(event)
            case _:
                draft.tell(event)
    if readings:
        draft.read_evses(readings)
    return draft.settled()


class _Draft:
    """A memory while events are folded into it, one after another; `settled` freezes it again.

    Each field is a frozen value and replaced as a whole; the seats are gathered, because several events of one instant
    are often about the same outlet.
    """

    def __init__(self, memory: ControllerMemory, around: Surroundings) -> None:
        self._memory, self._around = memory, around
        self._seating: Seating | None = None
        self.readings, self.service = memory.readings, memory.service
        self.grants, self.moves = memory.grants, memory.moves
        self.architecture, self.architecture_failed = memory.architecture, memory.architecture_failed
        self.next_serial = memory.next_serial
        self.allocation, self.outside, self.storage = memory.allocation, memory.outside, memory.storage
        self.discharge = memory.discharge
        self.prices = memory.prices
        self.policy, self.canary, self.orders = memory.policy, memory.canary, memory.orders

    def hear_operator(self, event: ArchitectureChosen | OutletOrdered) -> None:
        """Take an operator's word about who decides from now on, or about the visit at one outlet."""
        if isinstance(event, ArchitectureChosen):
            self.rule(event.architecture, event.time_s)
            return
        seats = self._memory.seats if self._seating is None else self._seating.seats
        self.orders = with_order(self.orders, event, seats[event.evse].session)

    def rule(self, architecture: str, time_s: float) -> None:
        """Let another architecture decide from now on; a trial beside the one before is over."""
        if self.canary is not None and self.canary.is_open:
            self.hear_policy(CanaryEnded(time_s=time_s))
        if architecture != self.architecture or self.policy is not None:
            self.architecture, self.policy = architecture, None
            self.allocation = self.allocation._replace(is_takeover=True)

    def hear_policy(self, event: PolicyEvent) -> None:
        """Take an operator's word about a policy; one about a trial that is over changes nothing."""
        if isinstance(event, CanarySet):
            self.canary = with_set(self.canary, event, len(self._around.network.evse_ids))
        elif self.canary is not None and self.canary.is_open:
            trial = self.canary
            self.canary = ended(trial, event)
            if event.is_promoted:
                self.policy, self.architecture = trial.policy, trial.policy.architecture
                self.allocation = with_peak(trial.allocation._replace(is_takeover=True), self.allocation)
            elif not trial.is_shadow:
                self.allocation = self.allocation._replace(is_takeover=True)

    def hear_outside(self, event: OutsideEvent | PricesTold) -> None:
        """Take what others than stations and operators say."""
        match event:
            case OutsideLimitSet():
                imposed = imposed_on(self._around.site, self._around.network, event.limit)
                self.outside = with_limit(lasting(self.outside, event.time_s), imposed)
            case OutsideLimitWithdrawn():
                self.outside = without_limit(self.outside, event.source, event.limit_id)
            case PricesTold():
                if has_moved(self.prices, event.series, event.time_s):
                    self.allocation = self.allocation._replace(prices_moved=True)
                    if (trial := self.canary) is not None:
                        self.canary = trial._replace(allocation=trial.allocation._replace(prices_moved=True))
                self.prices = event.series

    def read_evses(self, events: Sequence[EvseReadings]) -> None:
        """Take outlet readings in their order; one that is older than the newest known only counts as a word."""
        if self.discharge is not None:
            for event in events:
                self.discharge = discharging.with_readings(self.discharge, event)
        if len(events) > 1 and all(event.evses.size == 1 for event in events):
            times_s = np.array([event.time_s for event in events])
            self._read(with_readings_in_turn, _joined(events), times_s)
            return
        for event in events:
            told = event.evses, event.current_a, event.energy_wh, event.sampled_s
            self._read(with_readings, told, event.time_s)

    def _read(self, kernel: Any, told: tuple[NDArray[Any], ...], time_s: Floats | float) -> None:
        before, service = self.readings, self.service
        columns, is_first = kernel(
            before.current_a,
            before.energy_wh,
            before.sampled_s,
            before.heard_s,
            service.start_wh,
            *told,
            time_s,
            CLOCK_NEVER_SET_S,
        )
        current_a, energy_wh, sampled_s, heard_s, start_wh = columns
        self.readings = Readings(
            current_a,
            energy_wh,
            sampled_s,
            heard_s,
            before.row_a,
            before.row_sampled_s,
            before.row_heard_s,
        )
        if is_first:
            self.service = service._replace(start_wh=start_wh)

    def confirm(self, event: LimitsAcknowledged) -> None:
        """Take confirmations of limits, of charge and discharge alike."""
        self.grants = acknowledged(self.grants, event)
        if self.discharge is not None:
            self.discharge = discharging.confirmed(self.discharge, event)
        heard_s = heard_since(self.readings.heard_s, event.evses, event.time_s)
        self.readings = self.readings._replace(heard_s=heard_s)

    def read_batteries(self, event: BatteryReadings) -> None:
        """Take what batteries tell; a site without any has no ear for them."""
        if self.storage is not None:
            self.storage = told(self.storage, event)

    def tell(self, event: SessionEvent | StationEvent) -> None:
        """Take an event about one outlet."""
        if self._seating is None:
            self._seating = Seating(self._memory, self._around.network)
        seats, evse = self._seating.seats, event.evse
        before = seats[evse].session
        context = _context(seats, self.readings, self.next_serial, event, self._around)
        self._seating.take(advance(seats[evse], event, context))
        after = seats[evse].session
        self._hear(evse, event.time_s)
        if isinstance(event, StationBooted):
            self.grants = booted(self.grants, evse)
        is_other = (before is None) != (after is None)
        is_other = is_other or bool(before and after and before.serial != after.serial)
        if self.discharge is not None and (is_other or after is not before):
            network = self._around.network
            self.discharge = discharging.with_session(
                self.discharge,
                evse,
                after,
                network.discharge_a.item(evse) * network.w_per_a.item(1, evse),
                is_other=is_other,
            )
        if self.discharge is not None and isinstance(event, StationBooted):
            self.discharge = discharging.restarted(self.discharge, evse)
        if is_other:
            self._other_session(event)

    def _hear(self, evse: int, time_s: float) -> None:
        """Note a word of one outlet's station."""
        if self.readings.heard_s is self._memory.readings.heard_s:  # not this draft's own yet
            self.readings = self.readings._replace(heard_s=self.readings.heard_s.copy())
        heard_s = self.readings.heard_s
        if time_s > heard_s.item(evse):
            heard_s[evse] = time_s

    def _other_session(self, event: SessionEvent | StationEvent) -> None:
        """Forget what was of the session that was at an outlet before."""
        evse = event.evse
        start_wh = self.readings.energy_wh[evse]
        if isinstance(event, (PluggedIn, Unplugged)) and math.isfinite(event.energy_wh):
            start_wh = event.energy_wh
        self.next_serial += 1
        self.moves = forgotten(self.moves, evse)
        service = Service(*(column.copy() for column in self.service))
        service.idle_since_s[evse] = service.served_since_s[evse] = service.takes_a[evse] = math.inf
        service.start_wh[evse] = start_wh
        self.service = service

    def settled(self) -> tuple[ControllerMemory, tuple[Command, ...]]:
        """Return the memory with everything taken in, and what must be answered at once."""
        memory, answers = self._memory, tuple[Command, ...]()
        if self._seating is None:
            seated = as_seated(memory)
        else:
            seated, answers = self._seating.settled(), tuple(self._seating.answers)
        # Every field is named: `_replace` builds a dict and takes about twice as long, in every cycle.
        after = ControllerMemory(
            architecture=self.architecture,
            seats=seated.seats,
            columns=seated.columns,
            flowing=seated.flowing,
            offered=seated.offered,
            next_deadline_s=seated.next_deadline_s,
            next_serial=self.next_serial,
            readings=self.readings,
            watches=memory.watches,
            grants=self.grants,
            moves=self.moves,
            service=self.service,
            trust=memory.trust,
            allocation=self.allocation,
            architecture_failed=self.architecture_failed,
            outside=self.outside,
            storage=self.storage,
            marks=memory.marks,
            alarms=seated.alarms,
            records=seated.records,
            is_reported=False,
            started_s=memory.started_s,
            decided_s=memory.decided_s,
            discharge=self.discharge,
            learned=memory.learned,
            prices=self.prices,
            policy=self.policy,
            canary=self.canary,
            orders=self.orders,
            standing=memory.standing,
        )
        return after, answers


def _joined(events: Sequence[EvseReadings]) -> tuple[NDArray[Any], ...]:
    """Return EVSEs, currents, registers and sample times of readings one after another."""
    return (
        np.concatenate([event.evses for event in events]),
        np.concatenate([event.current_a for event in events]),
        np.concatenate([event.energy_wh for event in events]),
        np.concatenate([event.sampled_s for event in events]),
    )


def _rows_read(readings: Readings, event: RowReadings) -> Readings:
    sampled_s = sample_time_s(event.sampled_s, np.full(event.rows.size, event.time_s))
    newer = sampled_s >= readings.row_sampled_s[event.rows]
    rows = event.rows[newer]
    return readings._replace(
        row_a=_put(readings.row_a, rows, event.current_a[newer]),
        row_sampled_s=_put(readings.row_sampled_s, rows, sampled_s[newer]),
        row_heard_s=heard_since(readings.row_heard_s, event.rows, event.time_s),
    )


def _put(column: Column, where: Ints, values: Column) -> Column:
    changed = column.copy()
    changed[where] = values
    return changed


def _context(
    seats: Sequence[Seat],
    readings: Readings,
    serial: int,
    event: SessionEvent | StationEvent,
    around: Surroundings,
) -> Context:
    """Return what the choreography judges an event by."""
    running: frozenset[str] = frozenset()
    is_asked = isinstance(event, TokenPresented) or (isinstance(event, PluggedIn) and seats[event.evse].early)
    if is_asked and not around.access.rules.accepts_concurrent:
        running = frozenset(
            seat.session.id_token
            for seat in seats
            if seat.session is not None and seat.evse != event.evse and seat.session.is_authorized
        )
    register_wh = readings.energy_wh.item(event.evse)
    if isinstance(event, PluggedIn) and math.isfinite(event.energy_wh):
        register_wh = event.energy_wh
    return Context(
        evse=around.site.evses[event.evse],
        serial=serial,
        register_wh=register_wh,
        known=around.access.known,
        running_tokens=running,
        backend=around.access.backend,
        rules=around.access.rules,
    )
