"""What a virtual station has to tell, before a version writes it: readings, transactions, chapters of them."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple

from voltloom.protocols.ocpp.hearing import Chapter


class State(Enum):
    """An outlet as 1.6 sees it; 2.x sees only occupied or not."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_VEHICLE = "SuspendedEV"
    SUSPENDED_STATION = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class Flow(Enum):
    """Why current flows, or does not."""

    FLOWS = "flows"
    HELD_BACK = "held_back"  # by its limit
    NOT_WANTED = "not_wanted"  # by the vehicle


class Reading(NamedTuple):
    """What an outlet's meter shows. phases: the names of the phases that carry current_a each, empty for undivided.

    exported_wh: NaN where nothing feeds back. soc_ratio: of a vehicle that tells it, else NaN.
    """

    time_s: float
    current_a: float
    power_w: float
    energy_wh: float
    phases: tuple[str, ...] = ()
    exported_wh: float = math.nan
    soc_ratio: float = math.nan


class Transaction:
    """One transaction of an outlet. identity: in 1.6 what the server gave it, "" until then."""

    def __init__(self, number: int, id_token: str, began_s: float) -> None:
        self.number, self.id_token, self.began_s = number, id_token, began_s
        self.identity = ""
        self.seq_no = 0
        self.remote_start_id: int | None = None
        self.reservation_id: int | None = None
        self.is_over = False


class Told(NamedTuple):
    """One message of a transaction that waits to be sent, in order. state: of the outlet at that moment."""

    chapter: Chapter
    transaction: Transaction
    time_s: float
    trigger: str
    state: State
    reading: Reading
    seq_no: int
    is_offline: bool = False
    reason: str = ""


class Needs(NamedTuple):
    """What an ISO 15118 vehicle tells. departure_s: NaN where it does not know. discharge_a: what it can feed back."""

    energy_wh: float
    min_a: float
    max_a: float
    voltage_v: float
    is_three_phase: bool
    departure_s: float = math.nan
    discharge_a: float = 0.0
