"""The source's decision checklist as a prior: what one would choose before anything was measured (D6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from voltloom.advisor.integration import integration_for
from voltloom.advisor.requirements import Answers

HIGH_UPTIME_RATIO: Final = 0.999
FEW_SESSIONS: Final = 2  # up to here sequential
SOME_SESSIONS: Final = 10  # up to here parallel, above adaptive


class Family(IntEnum):
    """The three architectures of the source, by how much they take to build and to understand."""

    SEQUENTIAL = 0
    PARALLEL = 1
    ADAPTIVE = 2


_PARALLEL_RULES: Final = ("parallel", "rr")


def family_of(architecture: str) -> Family:
    """Return the family of an architecture by its name: what looks at needs, deadlines or charge is adaptive.

    A policy is named by its architecture and its own name, such as "adaptive: cheap nights".
    """
    architecture, _, _ = architecture.partition(": ")
    if architecture == "sequential":
        return Family.SEQUENTIAL
    is_parallel = architecture.split("-", 1)[0] in _PARALLEL_RULES
    return Family.PARALLEL if is_parallel else Family.ADAPTIVE


def complexity_rank(architecture: str) -> tuple[int, int, str]:
    """Return the order from simple to complex: the family first, within it the plain rule before its variants."""
    plain, _, _ = architecture.partition(": ")
    return int(family_of(plain)), plain.count("-"), architecture


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of the checklist. favours: the families it speaks for; none where it was not answered."""

    question: str
    answer: str
    favours: tuple[Family, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """The filled checklist: a point for each family a row speaks for; ties go to the simpler one."""

    items: tuple[Item, ...]
    points: tuple[int, int, int]

    @property
    def family(self) -> Family:
        """Return the family with the most points."""
        return max(Family, key=lambda f: (self.points[f], -int(f)))

    @property
    def answered(self) -> int:
        """Return how many rows speak for anything."""
        return sum(1 for item in self.items if item.favours)


def prior_of(answers: Answers, *, max_concurrent: int | None, power_is_limited: bool | None) -> Prior:
    """Return the checklist filled from answers and from what is known of the site."""
    items = (
        _concurrency(max_concurrent),
        _power(power_is_limited),
        _uptime(answers.uptime.target_ratio),
        _integration(answers),
        _budget(answers.plan.budget),
        _growth(answers.plan.growth_ratio),
    )
    counts = [sum(1 for item in items if family in item.favours) for family in Family]
    return Prior(items=items, points=(counts[0], counts[1], counts[2]))


def _unknown(question: str) -> Item:
    return Item(question=question, answer="not answered", favours=(), why="speaks for nothing")


def _concurrency(count: int | None) -> Item:
    question = "Maximum concurrent sessions"
    if count is None:
        return _unknown(question)
    if count <= FEW_SESSIONS:
        return Item(question=question, answer=str(count), favours=(Family.SEQUENTIAL,), why="2 or fewer")
    if count <= SOME_SESSIONS:
        return Item(question=question, answer=str(count), favours=(Family.PARALLEL,), why="3 to 10")
    return Item(question=question, answer=str(count), favours=(Family.ADAPTIVE,), why="more than 10")


def _power(is_limited: bool | None) -> Item:
    question = "Power constraint"
    if is_limited is None:
        return _unknown(question)
    if is_limited:
        why = "not every vehicle can have full power at once"
        return Item(question=question, answer="limited", favours=(Family.ADAPTIVE,), why=why)
    favours = (Family.SEQUENTIAL, Family.PARALLEL)
    return Item(question=question, answer="unlimited", favours=favours, why="nothing to divide")


def _uptime(target_ratio: float | None) -> Item:
    question = "Uptime requirement"
    if target_ratio is None:
        return _unknown(question)
    answer = f"{100 * target_ratio:g} %"
    if target_ratio >= HIGH_UPTIME_RATIO:
        why = "99.9 % or more: one failed session must not stop the others; with redundancy"
        return Item(question=question, answer=answer, favours=(Family.PARALLEL, Family.ADAPTIVE), why=why)
    return Item(question=question, answer=answer, favours=(Family.SEQUENTIAL,), why="below 99.9 %")


def _integration(answers: Answers) -> Item:
    question = "Integration complexity"
    if answers.integration.needs is None:
        return _unknown(question)
    level = integration_for(answers.integration.needs).complexity
    favours = {"low": (Family.SEQUENTIAL,), "medium": (Family.PARALLEL,), "high": (Family.ADAPTIVE,)}[level]
    if level == "high" and answers.plan.budget == "low":
        why = "high, but without the resources for it"
        return Item(question=question, answer=level, favours=(), why=why)
    why = f"{len(answers.integration.needs)} partner systems"
    return Item(question=question, answer=level, favours=favours, why=why)


def _budget(level: str | None) -> Item:
    question = "Budget for development"
    if level is None:
        return _unknown(question)
    favours = (Family(("low", "medium", "high").index(level)),)
    return Item(question=question, answer=level, favours=favours, why=f"{level} budget")


def _growth(ratio: float | None) -> Item:
    question = "Future scalability"
    if ratio is None:
        return _unknown(question)
    if ratio > 1.0:
        favours = (Family.PARALLEL, Family.ADAPTIVE)
        return Item(question=question, answer=f"× {ratio:g}", favours=favours, why="growth is planned")
    return Item(question=question, answer="no growth", favours=(), why="speaks for nothing")
