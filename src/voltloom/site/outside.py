"""Limits from outside the controller: who sets one, on which circuit, how much, and until when it lasts by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from voltloom.site.mistakes import did_you_mean
from voltloom.site.network import Network
from voltloom.site.topology import Site

LATEST_S: Final = 253_370_764_800.0  # 1 January 9999: later moments have no date in every zone


class LimitSource(Enum):
    """Who limits a site from outside."""

    GRID_OPERATOR = "grid_operator"
    ENERGY_MANAGEMENT = "energy_management"
    COORDINATOR = "coordinator"  # of several sites under one limit
    OPERATOR = "operator"


class LimitKind(Enum):
    """How hard it is. A limit is kept like a rating; a target is kept by the allocation, and safety does not know it."""

    LIMIT = "limit"
    TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLimit:
    """What a circuit may carry, all that hangs on it included, from from_s until until_s; it is a lease and ends by itself.

    limit_id: the source's own name for it; another one with the same source and id takes its place. circuit_id: a circuit,
    a cabinet or a phasor limit, "" for the whole site. limit_a: on each phase. power_w: of all phases; each may carry an
    equal part of it. One of the two is None. from_s: -inf for at once.
    """

    source: LimitSource
    limit_id: str
    until_s: float
    limit_a: float | None = None
    power_w: float | None = None
    circuit_id: str = ""
    from_s: float = -math.inf
    kind: LimitKind = LimitKind.LIMIT


class OutsideLimitError(ValueError):
    """A limit that this site cannot keep: which field, what is wrong with it, and what to do."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}. {remedy}")
        self.field, self.problem, self.remedy = field, problem, remedy


class Imposed(NamedTuple):
    """An outside limit on the rows of a network. rating_a: what each of them may carry, in W where it is a cabinet."""

    limit: OutsideLimit
    rows: tuple[int, ...]
    rating_a: float


def imposed_on(site: Site, network: Network, limit: OutsideLimit) -> Imposed:
    """Return a limit on the rows it binds. Raises OutsideLimitError."""
    _check_numbers(limit)
    name = limit.circuit_id or next((c.circuit_id for c in site.circuits if not c.parent_id), "")
    rows = tuple(row for row, circuit in enumerate(network.row_circuit) if circuit == name)
    if not rows:
        problem = (
            "is no circuit of this site" if limit.circuit_id else "the site's plan has no grid connection"
        )
        known = sorted(set(network.row_circuit))
        raise OutsideLimitError("circuit", problem, did_you_mean(limit.circuit_id, known))
    return Imposed(limit, rows, _rating_a(site, name, limit))


def tightest(limits: tuple[Imposed, ...], row: int) -> OutsideLimit | None:
    """Return the tightest limit on a row, None where there is none."""
    binding = [imposed for imposed in limits if row in imposed.rows]
    return min(binding, key=lambda imposed: imposed.rating_a).limit if binding else None


def _rating_a(site: Site, name: str, limit: OutsideLimit) -> float:
    """Return what each row may carry. An equal part of a power on each phase is never more than that power together."""
    circuit = next((c for c in site.circuits if c.circuit_id == name), None)
    if circuit is not None:
        if limit.limit_a is not None:
            return limit.limit_a
        assert limit.power_w is not None
        return limit.power_w / (len(circuit.phases) * site.voltage_v)
    is_cabinet = any(cabinet.cabinet_id == name for cabinet in site.cabinets)
    value, field = (limit.power_w, "power_w") if is_cabinet else (limit.limit_a, "limit_a")
    if value is None:
        other = "limit_a" if is_cabinet else "power_w"
        raise OutsideLimitError(other, f"is no measure of {name}", f"Give {field} instead.")
    return value


def _check_numbers(limit: OutsideLimit) -> None:
    stated = [value for value in (limit.limit_a, limit.power_w) if value is not None]
    if len(stated) != 1:
        raise OutsideLimitError("limit_a", "one of limit_a and power_w is needed, and only one", "Give one.")
    if not (math.isfinite(stated[0]) and stated[0] >= 0.0):
        field = "power_w" if limit.limit_a is None else "limit_a"
        raise OutsideLimitError(field, "is no number from 0 on", "Give what may be drawn.")
    if not limit.until_s <= LATEST_S:
        raise OutsideLimitError(
            "until", "is no moment before the year 9999", "Give the end: a limit is a lease."
        )
    if not limit.from_s < limit.until_s:
        raise OutsideLimitError("until", "is not after its beginning", "Give a later end.")
