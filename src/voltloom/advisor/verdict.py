"""Which architecture a site should run, why, and what would change that: as data. `sentences.py` says it in words.

Safety first: whoever tripped a breaker or breached a checker is out. Then what the site is for: service (unmet sessions, energy),
then cost, then waiting; under the objective "cost" energy, then cost, then unmet sessions; under "profit" profit, then service;
each beyond noise and by what matters. Nothing shown means the simplest stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.advisor.checklist import Family, Prior, complexity_rank, family_of
from voltloom.advisor.comparison import Comparison
from voltloom.advisor.measured import (
    MORE_IS_BETTER,
    Difference,
    Measured,
    Metric,
    differences,
    is_for_profit,
    measure,
    measure_all,
    objective_of,
)
from voltloom.advisor.paired import Unit, units_needed
from voltloom.advisor.redundancy import PromiseCheck, Redundancy
from voltloom.allocation.adaptive.horizon.settings import Objective


class Outcome(Enum):
    """How sure the choice is, and what it rests on."""

    BETTER = "better"  # beyond noise, by something that matters
    SIMPLER_ENOUGH = "simpler_enough"  # nothing more complex can be better by much
    UNDECIDED = "undecided"  # noise hides who is better: no winner, the simplest is only the default
    ONLY_SAFE = "only_safe"
    ONLY_ONE = "only_one"  # nothing to compare with
    NONE_SAFE = "none_safe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disqualified:
    """An architecture that must not run here: how often, and the first time."""

    architecture: str
    faults: str
    seed: int
    breaker_trips: int
    what: str
    how_to_repeat: str


class Duel(Enum):
    """What one comparison of two architectures came to."""

    CHALLENGER = "challenger"
    CHAMPION = "champion"
    MIXED = "mixed"  # better by one measure or fault level, worse by another
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A more complex architecture against the simpler one it would have to beat. decided_by: what spoke."""

    challenger: str
    champion: str
    duel: Duel
    decided_by: tuple[Difference, ...]
    all_differences: tuple[Difference, ...]


class Delivered(NamedTuple):
    """How much of the energy asked for one architecture delivered."""

    architecture: str
    delivered_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPoint:
    """The verdict when the same outlets and the same power serve more: growth_ratio 1.5 is half again as many sessions.

    recommended: None where no winner can be named, or rules were broken. wanted_count: sessions to be added;
    added_count: those that found a free outlet.
    """

    growth_ratio: float
    recommended: str | None
    delivered: tuple[Delivered, ...]
    wanted_count: int = 0
    added_count: int = 0


class ChangeKind(Enum):
    """What could change a verdict."""

    FAULTS = "faults"  # under these faults another is ahead
    GROWTH = "growth"  # from this growth on another is ahead
    NO_GROWTH = "no_growth"  # not even at this growth
    MORE_DAYS = "more_days"  # so many days would show the difference, if it stays as it is
    ONE_SAMPLE = "one_sample"  # judged by the sessions of a few days only
    TRADE_OFF = "trade_off"  # better by one measure, worse by another
    UPTIME = "uptime"
    PROMISE = "promise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that would change the verdict. count: days, controllers or vehicles, as the kind says."""

    kind: ChangeKind
    architecture: str = ""
    faults: str = ""
    growth_ratio: float = 1.0
    count: int = 0
    metric: Metric | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The choice and everything it rests on. is_over_engineering: the prior asks for more than was shown to pay."""

    recommended: str | None
    outcome: Outcome
    measured: tuple[Measured, ...]
    disqualified: tuple[Disqualified, ...]
    pairings: tuple[Pairing, ...]
    changes: tuple[Change, ...]
    prior: Prior | None
    redundancy: Redundancy | None
    promises: tuple[PromiseCheck, ...]
    growth: tuple[GrowthPoint, ...]

    @property
    def is_over_engineering(self) -> bool:
        """Return whether the checklist alone would have asked for more than this site was shown to need."""
        if self.prior is None or self.recommended is None or self.outcome is not Outcome.SIMPLER_ENOUGH:
            return False
        return self.prior.family > family_of(self.recommended) and bool(self.prior.answered)

    @property
    def is_overruled(self) -> bool:
        """Return whether the measured choice is of another family than the checklist's."""
        if self.prior is None or self.recommended is None or not self.prior.answered:
            return False
        return self.prior.family is not family_of(self.recommended)

    def of(self, architecture: str, faults: str) -> Measured:
        """Return one architecture's numbers at one fault level."""
        return next(m for m in self.measured if (m.architecture, m.faults) == (architecture, faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known besides the runs."""

    prior: Prior | None = None
    redundancy: Redundancy | None = None
    promises: tuple[PromiseCheck, ...] = ()
    growth: tuple[GrowthPoint, ...] = ()


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


def judge(comparison: Comparison, context: Context | None = None) -> Verdict:
    """Return the verdict of a comparison."""
    context = context or Context()
    measured = measure_all(comparison)
    disqualified = _disqualified(comparison)
    unsafe = {d.architecture for d in disqualified}
    safe = sorted((a for a in comparison.architectures if a not in unsafe), key=complexity_rank)
    pairings = _pairings(comparison, safe)
    champion = safe[0] if safe else None
    for pairing in pairings:
        if pairing.duel is Duel.CHALLENGER and pairing.champion == champion:
            champion = pairing.challenger
    verdict = Verdict(
        recommended=champion,
        outcome=_outcome(champion, safe, comparison.architectures, pairings),
        measured=measured,
        disqualified=disqualified,
        pairings=pairings,
        changes=(),
        prior=context.prior,
        redundancy=context.redundancy,
        promises=context.promises,
        growth=context.growth,
    )
    return _with_changes(verdict)


def _disqualified(comparison: Comparison) -> tuple[Disqualified, ...]:
    """Return the first unsafe run of each architecture."""
    found: dict[str, Disqualified] = {}
    for result in comparison.results:
        summary = result.summary
        if not result.breaches and summary.breaker_trips == 0:
            continue
        breach = result.breaches[0] if result.breaches else None
        found.setdefault(
            summary.architecture,
            Disqualified(
                architecture=summary.architecture,
                faults=summary.faults,
                seed=summary.seed,
                breaker_trips=summary.breaker_trips,
                what=f"{breach.checker}: {breach.what}" if breach else "a breaker tripped",
                how_to_repeat=breach.how_to_repeat if breach else "",
            ),
        )
    return tuple(found.values())


def _pairings(comparison: Comparison, safe: Sequence[str]) -> tuple[Pairing, ...]:
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
    for stage in STAGES[objective_of(comparison)]:
        speaking = tuple(d for d in every if d.metric in stage and d.gain != 0)
        if not speaking and any(d.is_open for d in every if d.metric in stage):
            break  # what counts more is not settled, so what counts less cannot decide
        if stage == (Metric.COST,) and not _bill_agrees(comparison, speaking):
            continue
        if speaking:
            gains = {d.gain for d in speaking}
            duel = Duel.MIXED if len(gains) > 1 else Duel.CHALLENGER if gains == {1} else Duel.CHAMPION
            return Pairing(
                challenger=challenger,
                champion=champion,
                duel=duel,
                decided_by=speaking,
                all_differences=every,
            )
    return Pairing(
        challenger=challenger,
        champion=champion,
        duel=Duel.UNDECIDED,
        decided_by=(),
        all_differences=every,
    )


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


def _outcome(
    champion: str | None, safe: Sequence[str], all_of_them: Sequence[str], pairings: Sequence[Pairing]
) -> Outcome:
    if champion is None:
        return Outcome.NONE_SAFE
    if len(all_of_them) == 1:
        return Outcome.ONLY_ONE
    if len(safe) == 1:
        return Outcome.ONLY_SAFE
    if champion != safe[0]:
        return Outcome.BETTER
    open_ones = [
        p
        for p in pairings
        if p.champion == champion and p.duel is Duel.UNDECIDED and any(d.is_open for d in p.all_differences)
    ]
    return Outcome.UNDECIDED if open_ones else Outcome.SIMPLER_ENOUGH


def _with_changes(verdict: Verdict) -> Verdict:
    """Return the verdict with what would change it."""
    changes = (*_duel_changes(verdict), *_growth_changes(verdict), *_demand_changes(verdict))
    return dataclasses.replace(verdict, changes=changes)


def _duel_changes(verdict: Verdict) -> list[Change]:
    """Return what the duels against the recommended architecture leave open."""
    changes = []
    for pairing in verdict.pairings:
        if pairing.champion != verdict.recommended:
            continue
        if pairing.duel is Duel.MIXED:
            kinds = {d.faults for d in pairing.decided_by if d.gain > 0}
            against = {d.faults for d in pairing.decided_by if d.gain < 0}
            kind = ChangeKind.FAULTS if kinds.isdisjoint(against) else ChangeKind.TRADE_OFF
            changes += [
                Change(kind=kind, architecture=pairing.challenger, faults=d.faults, metric=d.metric)
                for d in pairing.decided_by
                if d.gain > 0
            ]
        if pairing.duel is Duel.UNDECIDED and (change := _more_days(pairing)):
            changes.append(change)
    if any(d.interval.unit is Unit.SESSION for p in verdict.pairings for d in p.all_differences):
        changes.append(Change(kind=ChangeKind.ONE_SAMPLE))
    return changes


def _more_days(pairing: Pairing) -> Change | None:
    """Return how many days would show the most promising difference, where it would matter at all."""
    best: Change | None = None
    for difference in pairing.all_differences:
        interval = difference.interval
        is_better = (interval.mean_per_unit > 0.0) is (difference.metric in MORE_IS_BETTER)
        if not is_better or abs(interval.mean_per_unit) < difference.matters_from_per_unit:
            continue
        needed = units_needed(interval)
        if interval.unit is Unit.DAY and needed and (best is None or needed < best.count):
            best = Change(
                kind=ChangeKind.MORE_DAYS,
                architecture=pairing.challenger,
                faults=difference.faults,
                count=needed,
                metric=difference.metric,
            )
    return best


def _growth_changes(verdict: Verdict) -> list[Change]:
    if verdict.recommended is None:
        return []
    for point in verdict.growth:
        if point.recommended is not None and point.recommended != verdict.recommended:
            kind = ChangeKind.GROWTH
            return [Change(kind=kind, architecture=point.recommended, growth_ratio=point.growth_ratio)]
    if verdict.growth:
        return [Change(kind=ChangeKind.NO_GROWTH, growth_ratio=verdict.growth[-1].growth_ratio)]
    return []


def _demand_changes(verdict: Verdict) -> list[Change]:
    """Return what the stated demands say of the recommended architecture."""
    changes = []
    redundancy = verdict.redundancy
    if redundancy is not None and (redundancy.controllers is None or redundancy.controllers > 1):
        changes.append(Change(kind=ChangeKind.UPTIME, count=redundancy.controllers or 0))
    if redundancy is not None and verdict.recommended and family_of(verdict.recommended) is Family.SEQUENTIAL:
        changes.append(Change(kind=ChangeKind.UPTIME, architecture=verdict.recommended))
    broken = [p for p in verdict.promises if p.architecture == verdict.recommended and not p.is_kept]
    changes += [
        Change(
            kind=ChangeKind.PROMISE,
            architecture=p.architecture,
            faults=p.faults,
            count=p.vehicles - p.ready,
        )
        for p in broken
    ]
    return changes
