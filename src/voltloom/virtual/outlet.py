"""One outlet of a virtual station: what stands there, what it may do, and the transaction that runs."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from voltloom.virtual.profile_stack import Circumstance
from voltloom.virtual.telling import Flow, Needs, Reading, State, Transaction


class Body(Protocol):
    """The physical side of a station's outlets, by number. Times are the fleet's own."""

    def close_contactor(self, number: int, *, is_closed: bool) -> None:
        """Let current flow, or no more."""

    def reading(self, number: int, time_s: float) -> Reading:
        """Return what the meter shows now, stamped with the station's time."""

    def w_per_a(self, number: int) -> float:
        """Return watts for each ampere of the vehicle that stands there."""


class Hardware(NamedTuple):
    """What an outlet is made of. factory_a: what it offers before anybody has told it a limit. discharge_a: what it feeds
    back when it is told to.
    """

    number: int
    max_a: float
    phases: tuple[str, ...] = ()
    factory_a: float = math.inf
    discharge_a: float = 0.0


class Reservation(NamedTuple):
    """An outlet that waits for one token."""

    reservation_id: int
    id_token: str
    until_s: float


class Outlet:
    """The state of one outlet. token: of the vehicle that stands there, "" while none does. may_feed_back: its token may."""

    def __init__(self, hardware: Hardware) -> None:
        self.hardware = hardware
        self.token = ""
        self.needs: Needs | None = None
        self.transaction: Transaction | None = None
        self.reservation: Reservation | None = None
        self.awaited_token = ""  # of a remote start that came before its vehicle
        self.awaited_id: int | None = None
        self.awaited_until_s = math.inf
        self.is_operative = True
        self.turns_operative: bool | None = None  # after the transaction
        self.is_faulty = self.may_feed_back = False
        self.flow = Flow.HELD_BACK
        self.told_state: State | None = None
        self.meter_due_s = math.inf
        self.needs_until_s = math.inf  # a schedule must have come by then

    @property
    def number(self) -> int:
        """Return OCPP's number of the outlet."""
        return self.hardware.number

    @property
    def state(self) -> State:
        """Return what the outlet would tell of itself."""
        if self.is_faulty:
            return State.FAULTED
        if self.transaction is not None:
            return _IN_TRANSACTION[self.flow]
        if self.token:
            return State.FINISHING if self.told_state in _SERVED else State.PREPARING
        if not self.is_operative:
            return State.UNAVAILABLE
        return State.AVAILABLE if self.reservation is None else State.RESERVED

    def circumstance(self, w_per_a: float, offline_s: float) -> Circumstance:
        """Return for what its limit is asked."""
        own = self.transaction
        return Circumstance(
            number=self.number,
            transaction_id="" if own is None else own.identity,
            began_s=math.nan if own is None else own.began_s,
            max_a=self.hardware.max_a,
            w_per_a=w_per_a,
            offline_s=offline_s,
            factory_a=self.hardware.factory_a,
            discharge_a=self.hardware.discharge_a,
        )


_IN_TRANSACTION = {
    Flow.FLOWS: State.CHARGING,
    Flow.HELD_BACK: State.SUSPENDED_STATION,
    Flow.NOT_WANTED: State.SUSPENDED_VEHICLE,
}
_SERVED = frozenset({State.CHARGING, State.SUSPENDED_STATION, State.SUSPENDED_VEHICLE, State.FINISHING})
