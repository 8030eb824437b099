"""Limits that somebody outside tells a simulated site: as a scenario describes them, as events, and as what must hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from voltloom.session.events import OutsideEvent, OutsideLimitSet, OutsideLimitWithdrawn
from voltloom.simulation.tables_from import made
from voltloom.site.mistakes import Mistake, item_key, joined, shown
from voltloom.site.network import Floats, Network
from voltloom.site.outside import (
    LimitKind,
    LimitSource,
    OutsideLimit,
    OutsideLimitError,
    imposed_on,
)
from voltloom.site.topology import Site

if TYPE_CHECKING:
    from voltloom.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLimitSpec:
    """A limit as a scenario describes it; times are seconds after the scenario's start.

    It is told at told_s, counts from start_s for length_s, and is withdrawn at withdrawn_s. circuit, limit_a, power_w, kind:
    as in `OutsideLimit`. A later one of the same source and id takes its place.
    """

    id: str
    length_s: float
    source: LimitSource = LimitSource.GRID_OPERATOR
    circuit: str = ""
    limit_a: float | None = None
    power_w: float | None = None
    told_s: float = 0.0
    start_s: float = 0.0
    withdrawn_s: float = math.inf
    kind: LimitKind = LimitKind.LIMIT

    def limit(self, start_s: float) -> OutsideLimit:
        """Return it in a scenario that starts at a moment."""
        return OutsideLimit(
            source=self.source,
            limit_id=self.id,
            circuit_id=self.circuit,
            limit_a=self.limit_a,
            power_w=self.power_w,
            from_s=start_s + self.start_s,
            until_s=start_s + self.start_s + self.length_s,
            kind=self.kind,
        )


def outside_limits_of(
    tables: Sequence[Mapping[str, object]],
    site: Site,
    network: Network,
    start_s: float,
    mistakes: list[Mistake],
) -> tuple[OutsideLimitSpec, ...]:
    """Return what a scenario's `[[outside_limit]]` describe; add every mistake in them."""
    found: list[OutsideLimitSpec] = []
    for number, table in enumerate(tables):
        where = joined("outside_limit", [item_key(table, number)])
        spec = made(OutsideLimitSpec, table, where, mistakes)
        if spec is None:
            continue
        try:
            imposed_on(site, network, spec.limit(start_s))
        except OutsideLimitError as wrong:
            field = {"until": "length_s"}.get(wrong.field, wrong.field)
            value = shown(table[field]) if field in table else ""
            path = joined(where, [field])
            mistakes.append(Mistake(path=path, value=value, problem=wrong.problem, remedy=wrong.remedy))
        found.append(spec)
    return tuple(found)


def events_of(specs: Sequence[OutsideLimitSpec], start_s: float) -> list[OutsideEvent]:
    """Return what is told about the limits of a scenario that starts at a moment, in the order of time."""
    events: list[OutsideEvent] = []
    for spec in specs:
        events.append(OutsideLimitSet(time_s=start_s + spec.told_s, limit=spec.limit(start_s)))
        if math.isfinite(spec.withdrawn_s):
            time_s = start_s + spec.withdrawn_s
            events.append(OutsideLimitWithdrawn(time_s=time_s, source=spec.source, limit_id=spec.id))
    return sorted(events, key=lambda event: event.time_s)


class OutsideCalendar:
    """What is told when; what was told before is told again to a controller that forgot it.

    due_step: the step at which something is told next, inf after the last.
    """

    def __init__(self, scenario: Scenario, step_at: Callable[[float], int]) -> None:
        events = events_of(scenario.outside_limits, scenario.start_s)
        self._events = [(step_at(event.time_s), event) for event in events]
        self._told_count = 0
        self.due_step = self._next_step()

    def told(self, step: int) -> list[OutsideEvent]:
        """Return what is told up to a step and was not before."""
        first = self._told_count
        while self._next_step() <= step:
            self._told_count += 1
        self.due_step = self._next_step()
        return [event for _, event in self._events[first : self._told_count]]

    def told_before(self) -> list[OutsideEvent]:
        """Return all that was told so far."""
        return [event for _, event in self._events[: self._told_count]]

    def _next_step(self) -> float:
        return self._events[self._told_count][0] if self._told_count < len(self._events) else math.inf


HARD: Final = frozenset({LimitKind.LIMIT})
EVERY: Final = frozenset(LimitKind)


def limits_at(scenario: Scenario, now_s: float, kinds: frozenset[LimitKind] = HARD) -> Floats:
    """Return what the limits in force let each row carry, (m,); inf where there is none."""
    network = scenario.network
    holding: dict[tuple[LimitSource, str], OutsideLimit] = {}
    for event in events_of(scenario.outside_limits, scenario.start_s):
        if event.time_s > now_s:
            break
        if isinstance(event, OutsideLimitSet):
            holding[event.limit.source, event.limit.limit_id] = event.limit
        else:
            holding.pop((event.source, event.limit_id), None)
    most_a: Floats = np.full(len(network.row_ids), np.inf)
    for limit in holding.values():
        if limit.kind in kinds and limit.from_s <= now_s < limit.until_s:
            imposed = imposed_on(scenario.site, network, limit)
            rows = list(imposed.rows)
            most_a[rows] = np.minimum(most_a[rows], imposed.rating_a)
    return most_a
