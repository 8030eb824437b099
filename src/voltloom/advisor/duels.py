"""Two architectures against each other, by what the site is run for: who is better beyond noise by what matters, and at what price.

What the site is for: service (unmet sessions, energy), then cost, then waiting; under the objective "cost" energy, then cost, then
unmet sessions; under "profit" profit, then service. Where a monthly demand charge is part of what decides, too few days decide nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from types import MappingProxyType
from typing import Final

from voltloom.advisor.account import objective_of
from voltloom.advisor.billed_months import is_too_short
from voltloom.advisor.comparison import Comparison
from voltloom.advisor.measured import Difference, Metric, differences, is_for_profit, measure
from voltloom.allocation.adaptive.horizon.settings import Objective


class Duel(Enum):
    """What one comparison of two architectures came to."""

    CHALLENGER = "challenger"
    CHAMPION = "champion"
    MIXED = "mixed"  # better by one measure or fault level, worse by another
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A more complex architecture against the simpler one it would have to beat. decided_by: what spoke.

    given_up: the service that the better one gives up for it, beyond noise and by what matters. is_short_of_month: the money
    that decides has a monthly demand charge, and the run was too short to judge it.
    """

    challenger: str
    champion: str
    duel: Duel
    decided_by: tuple[Difference, ...]
    all_differences: tuple[Difference, ...]
    given_up: tuple[Difference, ...] = ()
    is_short_of_month: bool = False

    @property
    def loser(self) -> str:
        """Return the one that did worse, or the champion where neither did."""
        return self.challenger if self.duel is Duel.CHAMPION else self.champion

    @property
    def is_unsettled(self) -> bool:
        """Return whether the challenger may yet be better than the champion."""
        is_open = self.is_short_of_month or any(d.is_open for d in self.all_differences)
        return self.duel is Duel.UNDECIDED and is_open


STAGES: Final = MappingProxyType(
    {
        Objective.ENERGY: ((Metric.DELIVERED, Metric.UNMET), (Metric.COST,), (Metric.WAIT,)),
        Objective.COST: ((Metric.DELIVERED,), (Metric.COST,), (Metric.UNMET,), (Metric.WAIT,)),
        Objective.PROFIT: (
            (Metric.PROFIT,),
            (Metric.DELIVERED, Metric.UNMET),
            (Metric.COST,),
            (Metric.WAIT,),
        ),
    }
)

# What decides by money, a month's highest power in it, and the service that it may be bought with.
MONEY: Final = MappingProxyType({Objective.COST: (Metric.COST,), Objective.PROFIT: (Metric.PROFIT,)})
SERVICE: Final = frozenset({Metric.DELIVERED, Metric.UNMET})


def pairings_of(comparison: Comparison, safe: Sequence[str]) -> tuple[Pairing, ...]:
    """Return the duels from simple to complex, each against the champion so far, then the other pairs for the record.

    The error is shared among all pairs, fault levels and metrics, whichever of them decide.
    """
    metrics = 3 + (comparison.scenario.tariff is not None) + is_for_profit(comparison)
    pair_count = max(1, len(safe) * (len(safe) - 1) // 2)
    comparisons = pair_count * len(comparison.fault_levels) * metrics
    found: dict[tuple[str, str], Pairing] = {}
    champion = safe[0] if safe else ""
    for challenger in safe[1:]:
        pairing = _pairing(comparison, challenger, champion, comparisons)
        found[challenger, champion] = pairing
        if pairing.duel is Duel.CHALLENGER:
            champion = challenger
    for simpler, other in combinations(safe, 2):
        if (other, simpler) not in found:
            found[other, simpler] = _pairing(comparison, other, simpler, comparisons)
    return tuple(found.values())


def _pairing(comparison: Comparison, challenger: str, champion: str, comparisons: int) -> Pairing:
    every = tuple(
        difference
        for faults in comparison.fault_levels
        for difference in differences(
            comparison, challenger=challenger, champion=champion, faults=faults, comparisons=comparisons
        )
    )
    pairing = Pairing(
        challenger=challenger, champion=champion, duel=Duel.UNDECIDED, decided_by=(), all_differences=every
    )
    objective = objective_of(comparison.scenario)
    for stage in STAGES[objective]:
        if stage == MONEY.get(objective) and is_too_short(comparison.scenario):
            return dataclasses.replace(pairing, is_short_of_month=True)
        speaking = tuple(d for d in every if d.metric in stage and d.gain != 0)
        if not speaking and any(d.is_open for d in every if d.metric in stage):
            break  # what counts more is not settled, so what counts less cannot decide
        if stage == (Metric.COST,) and not _bill_agrees(comparison, speaking):
            continue
        if speaking:
            gains = {d.gain for d in speaking}
            duel = Duel.MIXED if len(gains) > 1 else Duel.CHALLENGER if gains == {1} else Duel.CHAMPION
            against = () if len(gains) > 1 else tuple(d for d in every if d.gain * min(gains) < 0)
            return dataclasses.replace(
                pairing,
                duel=duel,
                decided_by=speaking,
                given_up=tuple(d for d in against if d.metric in SERVICE),
            )
    return pairing


def _bill_agrees(comparison: Comparison, speaking: Iterable[Difference]) -> bool:
    """Return whether a kWh with the demand charge counted goes the same way as without."""
    for difference in speaking:
        challenger, champion = (
            measure(comparison, name, difference.faults).cost_minor_per_kwh
            for name in (difference.challenger, difference.champion)
        )
        if (challenger < champion) is not (difference.gain > 0):
            return False
    return True
