"""Which architecture a site should run, why, and what would change that: as data. `sentences.py` says it in words.

Safety first: whoever tripped a breaker or breached a checker is out. Then what the site is for, architecture against architecture
(`duels.py`). Nothing shown means the simplest stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from voltloom.advisor.checklist import Family, Prior, complexity_rank, family_of
from voltloom.advisor.comparison import Comparison
from voltloom.advisor.duels import Duel, Pairing, pairings_of
from voltloom.advisor.measured import (
    MORE_IS_BETTER,
    Measured,
    Metric,
    measure_all,
)
from voltloom.advisor.paired import Unit, units_needed
from voltloom.advisor.redundancy import PromiseCheck, Redundancy
from voltloom.advisor.swept import Swept


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
    MONTH = "month"  # too few days to judge a monthly demand charge
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
    sensitivity: tuple[Swept, ...] = ()

    @property
    def named(self) -> str | None:
        """Return the winner, None where none can be named: the simplest is no winner for being the default."""
        return None if self.outcome is Outcome.UNDECIDED else self.recommended

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
    sensitivity: tuple[Swept, ...] = ()


def judge(comparison: Comparison, context: Context | None = None) -> Verdict:
    """Return the verdict of a comparison."""
    context = context or Context()
    measured = measure_all(comparison)
    disqualified = _disqualified(comparison)
    unsafe = {d.architecture for d in disqualified}
    safe = sorted((a for a in comparison.architectures if a not in unsafe), key=complexity_rank)
    pairings = pairings_of(comparison, safe)
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
        sensitivity=context.sensitivity,
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
    open_ones = [p for p in pairings if p.champion == champion and p.is_unsettled]
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
        if pairing.is_short_of_month:
            changes.append(Change(kind=ChangeKind.MONTH, architecture=pairing.challenger))
        elif pairing.duel is Duel.UNDECIDED and (change := _more_days(pairing)):
            changes.append(change)
    changes += [
        Change(kind=ChangeKind.TRADE_OFF, architecture=pairing.loser, faults=d.faults, metric=d.metric)
        for pairing in verdict.pairings
        if verdict.recommended in (pairing.challenger, pairing.champion)
        and pairing.loser != verdict.recommended
        for d in pairing.given_up
    ]
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
