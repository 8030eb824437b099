"""Policies: an architecture with what it is tuned by, under a name; and how a new one is tried on some outlets first."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

Parameters = tuple[tuple[str, float | str], ...]  # each key names its unit


class Policy(NamedTuple):
    """How power is shared out. parameters: (key, value) pairs in the order of their keys, each a key of `controller.canary.tuning`;
    what is not named is as in the site's file.
    """

    name: str
    architecture: str
    parameters: Parameters = ()


class Guards(NamedTuple):
    """What ends a canary by itself. Rates are compared with the outlets that stay under the policy in force.

    overload_s: seconds in which a metered circuit above a canary's outlet carries more than its rating. trips_per_h: how often an hour
    and outlet the envelope may lower what the candidate wanted, beyond what it lowers elsewhere. unmet_ratio: how many more of its
    visits may leave unmet. changes_per_h: changes of limits an hour and vehicle, beyond those elsewhere. least_visits_count: so many
    visits must have ended on either side before unmet ones are judged; least_h: so many outlet-hours before rates are.
    """

    overload_s: float = 10.0
    trips_per_h: float = 6.0
    unmet_ratio: float = 0.15
    changes_per_h: float = 12.0
    least_visits_count: int = 8
    least_h: float = 2.0


GUARDS: Final = Guards()


class CanaryEnd(Enum):
    """How a trial ended."""

    __hash__ = object.__hash__  # members are single; Enum hashes their names anew at every look-up

    ROLLED_BACK = "rolled_back"
    PROMOTED = "promoted"  # the candidate is in force now
    TRIPPED = "tripped"  # a guard rolled it back
    FAILED = "failed"  # a cycle failed or took too long
