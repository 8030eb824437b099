"""What is watched for safety while a vehicle is connected: each quantity with its limit, delay and reaction.

Two ways in: faults that the station itself found (`REACTIONS`), and columns of measurements (`MONITORS`, `watched`).
The station's own protection trips in milliseconds; this is the second look, at the pace of its messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

import numpy as np

from voltloom.session.alarms import AlarmKind
from voltloom.session.events import HardwareFault
from voltloom.site.network import Bools, Floats

Column = Floats  # (n,) in the unit of its `Quantity`


class Reaction(Enum):
    """What follows when a limit is exceeded for longer than its delay."""

    STOP = "stop"  # ends the authorisation: power only once it has cleared and the driver identified again
    HOLD_OFF = "hold_off"  # no power until it has cleared, then on by itself
    RESERVE = "reserve"  # counted at the most it can draw until it obeys again


class Quantity(Enum):
    """What is measured and watched, and against what."""

    CURRENT_OVER_LIMIT = "current_over_limit"  # A on the most loaded phase, against the limit in force
    CURRENT_OVER_RATING = "current_over_rating"  # A on the most loaded phase, against the outlet's maximum
    VOLTAGE_HIGH = "voltage_high"  # V, against nominal
    VOLTAGE_LOW = "voltage_low"  # V, against nominal; exceeded from below
    TEMPERATURE = "temperature"  # °C at the contacts, against the highest allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """How far and how long a quantity may be beyond its reference.

    The limit is reference * limit_ratio + slack_a (amperes only).
    """

    limit_ratio: float
    slack_a: float
    delay_s: float
    reaction: Reaction
    alarm: AlarmKind


MONITORS: Final[Mapping[Quantity, Monitor]] = MappingProxyType(
    {
        Quantity.CURRENT_OVER_LIMIT: Monitor(
            limit_ratio=1.0,
            slack_a=1.0,  # meters are good for 1 A; the same tolerance as SafetySettings.obey_tolerance_a
            delay_s=60.0,
            reaction=Reaction.RESERVE,
            alarm=AlarmKind.DISOBEYED_LIMIT,
        ),
        Quantity.CURRENT_OVER_RATING: Monitor(
            limit_ratio=1.1,
            slack_a=0.5,
            delay_s=7.0,
            reaction=Reaction.STOP,
            alarm=AlarmKind.OVER_CURRENT,
        ),
        Quantity.VOLTAGE_HIGH: Monitor(
            limit_ratio=1.1,  # EN 50160
            slack_a=0.0,
            delay_s=60.0,
            reaction=Reaction.HOLD_OFF,
            alarm=AlarmKind.OVER_VOLTAGE,
        ),
        Quantity.VOLTAGE_LOW: Monitor(
            limit_ratio=0.85,  # EN 50160
            slack_a=0.0,
            delay_s=60.0,
            reaction=Reaction.HOLD_OFF,
            alarm=AlarmKind.UNDER_VOLTAGE,
        ),
        Quantity.TEMPERATURE: Monitor(
            limit_ratio=1.0,
            slack_a=0.0,
            delay_s=10.0,
            reaction=Reaction.HOLD_OFF,
            alarm=AlarmKind.OVER_TEMPERATURE,
        ),
    }
)

REACTIONS: Final[Mapping[HardwareFault, tuple[Reaction, AlarmKind]]] = MappingProxyType(
    {
        HardwareFault.GROUND_FAULT: (Reaction.STOP, AlarmKind.GROUND_FAULT),
        HardwareFault.OVER_TEMPERATURE: (Reaction.HOLD_OFF, AlarmKind.OVER_TEMPERATURE),
        HardwareFault.OVER_VOLTAGE: (Reaction.HOLD_OFF, AlarmKind.OVER_VOLTAGE),
        HardwareFault.UNDER_VOLTAGE: (Reaction.HOLD_OFF, AlarmKind.UNDER_VOLTAGE),
        HardwareFault.CONTACTOR_WELDED: (Reaction.STOP, AlarmKind.CONTACTOR_WELDED),
        HardwareFault.CONNECTOR_LOCK: (Reaction.HOLD_OFF, AlarmKind.CONNECTOR_LOCK),
        HardwareFault.OVER_CURRENT: (Reaction.STOP, AlarmKind.OVER_CURRENT),
        HardwareFault.INTERNAL: (Reaction.HOLD_OFF, AlarmKind.STATION_INTERNAL),
    }
)

CANNOT_SWITCH_OFF: Final = frozenset(
    {HardwareFault.CONTACTOR_WELDED}
)  # its outlet stays reserved at its maximum whatever is commanded


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Watch:
    """Since when each EVSE is beyond one limit, (n,); inf where it is not. tripped: beyond it for the delay, (n,)."""

    since_s: Floats
    tripped: Bools


def unwatched(count: int) -> Watch:
    """Return a watch over `count` EVSEs that has seen nothing yet."""
    return Watch(since_s=np.full(count, np.inf), tripped=np.zeros(count, dtype=np.bool_))


def limits_of(quantity: Quantity, reference: Column) -> Column:
    """Return the limit of each EVSE for its reference, (n,), in the reference's unit."""
    monitor = MONITORS[quantity]
    limit: Column = reference * monitor.limit_ratio + monitor.slack_a
    return limit


def watched(watch: Watch, quantity: Quantity, now_s: float, value: Column, reference: Column) -> Watch:
    """Return the watch after one reading of every EVSE; value, reference: (n,). NaN is no evidence, it changes nothing.

    A value back within its limit starts the delay anew.
    """
    limit = limits_of(quantity, reference)
    beyond = value < limit if quantity is Quantity.VOLTAGE_LOW else value > limit
    unknown = np.isnan(value)
    since_s = np.where(beyond, np.minimum(watch.since_s, now_s), np.inf)
    since_s = np.where(unknown, watch.since_s, since_s)
    return Watch(since_s=since_s, tripped=now_s - since_s >= MONITORS[quantity].delay_s)
