"""A CALL of ours before it has an id, and which station each limit of a command belongs to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from voltloom.decision.command import SetLimits
from voltloom.session.events import LimitsAcknowledged


class Prepared(NamedTuple):
    """A CALL to be made. key: of those that wait, a newer one with the same key replaces it, "" for never."""

    action: str
    payload: Struct
    key: str = ""


class StationLimit(NamedTuple):
    """One limit of a command, by station and OCPP's number of the outlet."""

    station_id: str
    number: int
    evse: int
    limit_a: float
    lease_until_s: float
    serial: int


def station_limits(command: SetLimits, where: Mapping[int, tuple[str, int]]) -> tuple[StationLimit, ...]:
    """Return a command's limits by station, the lowest first, so that falls go out before rises.

    where: station and number of each EVSE's column; columns without a station (not ours to command) are left out.
    """
    found = [
        StationLimit(*where[evse], evse, limit_a, lease_until_s, serial)
        for evse, limit_a, lease_until_s, serial in zip(
            command.evses.tolist(),
            command.limit_a.tolist(),
            command.lease_until_s.tolist(),
            command.serial.tolist(),
            strict=True,
        )
        if evse in where
    ]
    return tuple(sorted(found, key=lambda limit: limit.limit_a))


def acknowledged(evse: int, serial: int, now_s: float, until_s: float = math.inf) -> LimitsAcknowledged:
    """Return the event of a limit that its station holds until then; whether it obeys, its meter tells."""
    return LimitsAcknowledged(
        time_s=now_s,
        evses=np.array([evse], dtype=np.int64),
        serial=np.array([serial], dtype=np.int64),
        until_s=np.array([until_s]),
    )
