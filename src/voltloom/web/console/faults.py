"""What goes wrong in a demo because somebody wanted to see it: kinds of faults, and those that last."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from voltloom.live.clock import Clock
from voltloom.web.console.shapes import DemoNow, FaultNow


class FaultKind(StrEnum):
    """What the demo bar can put in. The limit and the prices come from outside; the others befall stations, meters and cars."""

    STATION_OFFLINE = "station_offline"
    METER_FROZEN = "meter_frozen"
    METER_HIGH = "meter_high"
    LIMIT_CUT = "limit_cut"
    PRICE_SPIKE = "price_spike"
    WAN_LOSS = "wan_loss"
    SLOW_STATION = "slow_station"
    CLOCK_SKEW = "clock_skew"
    CAR_IGNORES_LIMIT = "car_ignores_limit"


OF_METERS = frozenset((FaultKind.METER_FROZEN, FaultKind.METER_HIGH))
OF_SITE = frozenset((FaultKind.LIMIT_CUT, FaultKind.PRICE_SPIKE, FaultKind.WAN_LOSS))


class Fault(NamedTuple):
    """A fault from from_s to until_s, site time. target: an outlet, or a circuit whose meter it befalls; "" for the whole site."""

    number: int
    kind: FaultKind
    target: str
    from_s: float
    until_s: float


class Fleet(Protocol):
    """The stations, cars and meters of a demo, which suffer what is put in."""

    def suffer(self, faults: Sequence[Fault]) -> None:
        """Let these faults hold from now on, in place of all before."""


class Faults:
    """The faults that last. Those whose time is over go by themselves."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._lasting: dict[int, Fault] = {}
        self._count = 0

    def number(self) -> int:
        """Return the number of the next fault."""
        self._count += 1
        return self._count

    def lasting(self, now_s: float) -> tuple[Fault, ...]:
        """Return those that are not over, by their beginning."""
        self._lasting = {n: fault for n, fault in self._lasting.items() if now_s < fault.until_s}
        return tuple(self._lasting.values())

    def begin(self, fault: Fault) -> None:
        """Put one in; a later one of the same kind at the same place takes the place of the earlier."""
        same = [n for n, one in self._lasting.items() if (one.kind, one.target) == (fault.kind, fault.target)]
        for number in same:
            del self._lasting[number]
        self._lasting[fault.number] = fault
        self.pass_on()

    def end(self, number: int) -> None:
        """Take one away."""
        self._lasting.pop(number, None)
        self.pass_on()

    def pass_on(self) -> None:
        """Tell the fleet what holds."""
        self._fleet.suffer(tuple(self._lasting.values()))


def demo_now(faults: Faults, clock: Clock) -> DemoNow:
    """Return what the bar of a demo shows."""
    return DemoNow(
        is_paused=clock.is_paused,
        faults=[
            FaultNow(
                number=one.number,
                kind=one.kind.value,
                target=one.target,
                until_ms=round(one.until_s * 1000.0),
            )
            for one in faults.lasting(clock.now_s())
        ],
    )
