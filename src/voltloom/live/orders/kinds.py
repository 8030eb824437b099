"""The words of orders: one order, the steps it goes through, which may follow which, and what the journal keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import msgspec

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.orders.effects import Asked
from voltloom.protocols.ocpp.orders.wishes import Wish, kind_of, target_of

PLACED_KIND: Final = "order_placed"
STEP_KIND: Final = "order_step"


class OrderState(Enum):
    """How far an order has come."""

    SENT = "sent"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"  # after the running transaction, or after a restart of the station
    TIMED_OUT = "timed_out"  # no answer; it may have been carried out all the same
    REFUSED = "refused"
    FAILED = "failed"  # the station did not understand it, or it never went out
    SUPERSEDED = "superseded"  # a newer order about the same came
    TOOK_EFFECT = "took_effect"
    NO_EFFECT = "no_effect"  # not seen in its time, or seen to fail


_AFTER_ANSWER: Final = frozenset({OrderState.TOOK_EFFECT, OrderState.NO_EFFECT, OrderState.SUPERSEDED})
FOLLOWING: Final[Mapping[OrderState, frozenset[OrderState]]] = MappingProxyType(
    {
        OrderState.SENT: frozenset(
            {
                *(OrderState.ACCEPTED, OrderState.SCHEDULED, OrderState.REFUSED, OrderState.TIMED_OUT),
                *(OrderState.FAILED, OrderState.SUPERSEDED),
            }
        ),
        OrderState.ACCEPTED: _AFTER_ANSWER,
        OrderState.SCHEDULED: _AFTER_ANSWER,
        OrderState.TIMED_OUT: _AFTER_ANSWER,
    }
)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, by whom. key: the asker's, so that asking twice is asking once; "" for none.

    version, action, payload: the CALL; payload as JSON. request_id: the number it was sent with.
    """

    order_id: str
    station_id: str
    wish: Wish
    by: str
    key: str
    asked_s: float
    version: str
    action: str
    payload: str
    request_id: int

    @property
    def kind(self) -> str:
        """Return the wish's kind, for a message its action."""
        return kind_of(self.wish)

    @property
    def target(self) -> str:
        """Return what it is about, see `target_of`."""
        return target_of(self.wish)

    @property
    def asked(self) -> Asked:
        """Return the CALL."""
        return Asked(OcppVersion(self.version), self.action, self.told)

    @property
    def told(self) -> dict[str, Any]:
        """Return the CALL's payload."""
        return msgspec.json.decode(self.payload, type=dict[str, Any])


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an order. why: in the station's words or ours. message: what showed it, as JSON, "" for nothing.

    due_s: when the effect must be seen, None where nothing is waited for.
    """

    order_id: str
    state: OrderState
    at_s: float
    why: str = ""
    message: str = ""
    due_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """An order and its steps, the newest last."""

    order: Order
    steps: tuple[Step, ...]

    @property
    def state(self) -> OrderState:
        """Return how far it has come."""
        return self.steps[-1].state

    @property
    def due_s(self) -> float | None:
        """Return when its effect must be seen, None where nothing is waited for."""
        return self.steps[-1].due_s

    @property
    def is_open(self) -> bool:
        """Say whether anything may still come of it."""
        return self.state is OrderState.SENT or self.due_s is not None

    def may_become(self, state: OrderState) -> bool:
        """Return whether a state may follow; the same one may where another part of its result came."""
        return self.is_open and (state is self.state or state in FOLLOWING.get(self.state, ()))

    def after(self, step: Step) -> OrderRecord:
        """Return it with one more step."""
        return replace(self, steps=(*self.steps, step))
