"""The architectures by name. A new one is one more file and one more line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from voltloom.allocation.adaptive.horizon.planner import Planner
from voltloom.allocation.adaptive.horizon.settings import PlanningSettings
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.allocation.adaptive.rules import AdaptiveByRule, Rule
from voltloom.allocation.contract import Architecture
from voltloom.allocation.parallel import Parallel, Sharing
from voltloom.allocation.sequential import Sequential
from voltloom.allocation.sharing import TurnRules
from voltloom.allocation.textbook.rules import RoundRobinTextbook, SortedTextbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """What architectures may be tuned by: turns, the step of the textbook round robin, and what plans are made for."""

    rules: TurnRules
    increment_a: float
    planning: PlanningSettings = field(default_factory=PlanningSettings)


class UnknownArchitectureError(ValueError):
    """An architecture was asked for that does not exist; the message lists those that do."""


def _parallel(name: str, sharing: Sharing) -> Callable[[Tuning], Architecture]:
    return lambda tuning: Parallel(name=name, sharing=sharing, rules=tuning.rules)


def _adaptive(name: str, rule: Rule) -> Callable[[Tuning], Architecture]:
    # Urgency changes all the time, so a turn is no longer than the least time between changes.
    return lambda tuning: AdaptiveByRule(
        name=name,
        rule=rule,
        rules=replace(tuning.rules, turn_s=min(tuning.rules.turn_s, tuning.rules.dwell_s)),
    )


def _planned(tuning: Tuning) -> Architecture:
    return Planner(
        name="adaptive-plan",
        rules=tuning.rules,
        settings=tuning.planning,
        solver=solved,
        rules_instead=_adaptive("adaptive", Rule.LEAST_LAXITY)(tuning),
    )


def _sorted(name: str, rule: Rule) -> Callable[[Tuning], Architecture]:
    return lambda tuning: SortedTextbook(name=name, rule=rule)


ARCHITECTURES: Mapping[str, Callable[[Tuning], Architecture]] = MappingProxyType(
    {
        "sequential": lambda tuning: Sequential(name="sequential", dwell_s=tuning.rules.dwell_s),
        "parallel": _parallel("parallel", Sharing.EQUAL),
        "parallel-weighted": _parallel("parallel-weighted", Sharing.WEIGHTED),
        "parallel-tiered": _parallel("parallel-tiered", Sharing.TIERED),
        "adaptive": _adaptive("adaptive", Rule.LEAST_LAXITY),
        "adaptive-plan": _planned,
        "adaptive-edf": _adaptive("adaptive-edf", Rule.EARLIEST_DEADLINE),
        "adaptive-soc": _adaptive("adaptive-soc", Rule.LOWEST_SOC),
        "adaptive-tier": _adaptive("adaptive-tier", Rule.TIER),
        "llf": _sorted("llf", Rule.LEAST_LAXITY),
        "edf": _sorted("edf", Rule.EARLIEST_DEADLINE),
        "fcfs": _sorted("fcfs", Rule.FIRST_COME),
        "rr": lambda tuning: RoundRobinTextbook(name="rr", step_a=tuning.increment_a),
    }
)
# Who gets how much, in a line for whoever chooses one.
EXPLAINED: Mapping[str, str] = MappingProxyType(
    {
        "sequential": "one whole visit after the other, in the order of plug-in",
        "parallel": "everybody at once, a full circuit in equal shares",
        "parallel-weighted": "everybody at once, a full circuit in shares by each token's weight",
        "parallel-tiered": "everybody at once, tier by tier, equal shares within one",
        "adaptive": "who can wait least comes first, by the energy and the time that are left; turns where power is short",
        "adaptive-plan": "a plan for the next hours: everybody's energy by departure, when it costs the site least",
        "adaptive-edf": "as adaptive, but who leaves first comes first",
        "adaptive-soc": "as adaptive, but the emptiest battery comes first",
        "adaptive-tier": "as adaptive, but the highest tier comes first",
        "llf": "least laxity first as published: who can wait least gets all it can take, then the next; no turns",
        "edf": "earliest deadline first as published: who leaves first gets all it can take, then the next; no turns",
        "fcfs": "first come, first served as published: who came first gets all it can take, then the next; no turns",
        "rr": "round robin as published: a small step for each in turn, until nobody can take one more",
    }
)
PLANNING = frozenset({"adaptive-plan"})
TEXTBOOK = frozenset({"llf", "edf", "fcfs", "rr"})


def architecture_named(name: str, tuning: Tuning) -> Architecture:
    """Return an architecture.

    Raises UnknownArchitectureError for a name that is not registered.
    """
    make = ARCHITECTURES.get(name.lower())
    if make is None:
        raise UnknownArchitectureError(
            f"no architecture is called {name!r}; choose one of {', '.join(ARCHITECTURES)}"
        )
    return make(tuning)
