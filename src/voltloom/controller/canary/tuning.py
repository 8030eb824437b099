"""What a policy may tune: each parameter by its key in the site's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from voltloom.allocation.adaptive.horizon.settings import Arrivals, Objective, mistakes_in
from voltloom.allocation.registry import ARCHITECTURES, PLANNING, Tuning
from voltloom.controller.settings import ControlSettings
from voltloom.session.policy import Policy
from voltloom.site.mistakes import did_you_mean, shown


class PolicyError(ValueError):
    """A policy that cannot rule here. field: of the policy. The text says what is wrong and what to write."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}. {remedy}")
        self.field, self.problem, self.remedy = field, problem, remedy


def _turns(key: str) -> Callable[[Tuning, Any], Tuning]:
    return lambda tuning, value: replace(tuning, rules=replace(tuning.rules, **{key: value}))


def _plans(key: str) -> Callable[[Tuning, Any], Tuning]:
    return lambda tuning, value: replace(tuning, planning=replace(tuning.planning, **{key: value}))


def _chooses(key: str) -> Callable[[Tuning, Any], Tuning]:
    chosen = _plans(key.rpartition(".")[2])
    return lambda tuning, value: chosen(tuning, _CHOICES[key](value))


_CHOICES: Final[Mapping[str, type[Enum]]] = MappingProxyType(
    {"planning.objective": Objective, "planning.arrivals": Arrivals}
)
_PLANNING: Final = (
    *("replan_s", "sell_price_per_kwh", "early_ratio", "export_price_per_kwh", "carbon_price_per_t"),
    *("vehicle_wear_per_kwh", "vehicle_kept_ratio", "guaranteed_kwh", "ready_before_s"),
)
_RULES: Final = MappingProxyType({"turn_s": (60.0, 86_400.0), "wait_limit_s": (60.0, 604_800.0)})
_INTO: Final[Mapping[str, Callable[[Tuning, Any], Tuning]]] = MappingProxyType(
    {f"smoothing.{key}": _turns(key) for key in _RULES}
    | {f"planning.{key}": _plans(key) for key in _PLANNING}
    | {key: _chooses(key) for key in _CHOICES}
)
PARAMETERS: Final = tuple(_INTO)


def checked(policy: Policy, base: Tuning, *, has_prices: bool) -> Policy:
    """Return a policy with its parameters in order. Raises PolicyError."""
    if policy.architecture not in ARCHITECTURES:
        remedy = did_you_mean(policy.architecture, list(ARCHITECTURES))
        raise PolicyError("architecture", f"'{policy.architecture}' is no architecture", remedy)
    keys = [key for key, _ in policy.parameters]
    for key in keys:
        if key not in _INTO:
            raise PolicyError(
                f"parameters.{key}", "is no parameter of a policy", did_you_mean(key, list(_INTO))
            )
        if keys.count(key) > 1:
            raise PolicyError(f"parameters.{key}", "is there twice", "Leave one of them out.")
    for key, value in policy.parameters:
        _check(key, value)
    planning = tuned(policy, base).planning
    if policy.architecture in PLANNING:
        found = mistakes_in(
            planning, path="planning", prices_at="control.planning.buys", has_prices=has_prices
        )
        if found:
            raise PolicyError(f"parameters.{found[0].path}", found[0].problem, found[0].remedy)
    return policy._replace(parameters=tuple(sorted(policy.parameters)))


def tuned(policy: Policy, base: Tuning) -> Tuning:
    """Return what a policy's architecture is made with."""
    tuning = base
    for key, value in policy.parameters:
        tuning = _INTO[key](tuning, value)
    return tuning


def settings_under(settings: ControlSettings, policy: Policy) -> ControlSettings:
    """Return settings with a policy's own parameters in them, as if the site's file said so."""
    smoothing, planning = settings.smoothing, settings.planning
    for key, value in policy.parameters:
        section, _, name = key.partition(".")
        given: Any = _CHOICES[key](value) if key in _CHOICES else value
        if section == "smoothing":
            smoothing = replace(smoothing, **{name: given})
        else:
            planning = replace(planning, **{name: given})
    return replace(settings, smoothing=smoothing, planning=planning)


def _check(key: str, value: Any) -> None:
    """Raises PolicyError for a value of the wrong kind, or that no turn may have."""
    path = f"parameters.{key}"
    if key in _CHOICES:
        names = [each.value for each in _CHOICES[key]]
        if value not in names:
            raise PolicyError(path, f"{shown(value)} is none of these", did_you_mean(str(value), names))
        return
    if not isinstance(value, float):
        raise PolicyError(path, f"{shown(value)} is no number", "Write a number.")
    least, most = _RULES.get(key.rpartition(".")[2], (-float("inf"), float("inf")))
    if not least <= value <= most:
        raise PolicyError(path, f"must be from {least:g} to {most:g}", "Write seconds within that.")


def standing(policy: Policy, settings: ControlSettings) -> dict[str, float | str]:
    """Return every parameter as a policy has it: its own value, or that of the site's file."""
    own = dict(policy.parameters)
    return {key: own.get(key, _filed(settings, key)) for key in PARAMETERS}


def _filed(settings: ControlSettings, key: str) -> float | str:
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return str(value.value) if isinstance(value, Enum) else float(value)
