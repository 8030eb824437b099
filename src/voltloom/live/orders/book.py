"""All orders that are known: by id, by the asker's key, the open ones of each station, and the numbers they need."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from voltloom.live.orders.kinds import PLACED_KIND, STEP_KIND, Order, OrderRecord, OrderState, Step
from voltloom.protocols.ocpp.orders.masking import wish_without_secrets
from voltloom.protocols.ocpp.orders.wishes import SendList, Wish, WishError
from voltloom.protocols.ocpp.orders.wording import FIRST_REQUEST_ID, Numbers
from voltloom.store.entry import JournalRow

MAX_KEPT_COUNT: Final = 10_000
MAX_OPEN_COUNT: Final = 32  # of one station
_LAST_REQUEST_ID: Final = 2**31 - 1


class Book:
    """The orders in memory; what the journal has of them makes the same book again."""

    def __init__(self) -> None:
        self._records: dict[str, OrderRecord] = {}
        self._by_key: dict[str, str] = {}
        self._open: dict[str, dict[str, OrderRecord]] = {}
        self._list_versions: dict[str, int] = {}
        self._request_id = FIRST_REQUEST_ID - 1

    @property
    def records(self) -> tuple[OrderRecord, ...]:
        """Return every order that is remembered, the oldest first."""
        return tuple(self._records.values())

    def find(self, order_id: str) -> OrderRecord | None:
        """Return an order by its id, None for one that is not known or was long ago."""
        return self._records.get(order_id)

    def open_at(self, station_id: str) -> tuple[OrderRecord, ...]:
        """Return the orders of a station of which something may still come, the oldest first."""
        found = self._open.get(station_id)
        return tuple(found.values()) if found else ()

    def asked_before(self, station_id: str, wish: Wish, key: str) -> OrderRecord | None:
        """Return the order that was asked with this key. Raises WishError where it was another one."""
        known = self._records.get(self._by_key.get(key, "")) if key else None
        if known is None or (known.order.station_id, known.order.wish) == (
            station_id,
            wish_without_secrets(wish),
        ):
            return known
        raise WishError("key", f"{key} stands for another order, {known.order.order_id}", "Make a new key.")

    def numbers_for(self, station_id: str, wish: Wish) -> Numbers:
        """Return the numbers a wish is sent with. Raises WishError for changes to a list of unknown version."""
        is_last = self._request_id >= _LAST_REQUEST_ID
        self._request_id = FIRST_REQUEST_ID if is_last else self._request_id + 1
        known = self._list_versions.get(station_id)
        if isinstance(wish, SendList) and not wish.is_full and known is None:
            remedy = "Ask for it with GetLocalListVersion, or send the full list."
            raise WishError("is_full", "the version of the station's list is not known", remedy)
        return Numbers(self._request_id, max(known or 0, 0) + 1)

    def take(self, row: JournalRow) -> None:
        """Take in what the journal has from before a restart; a row of another kind says nothing."""
        if row.kind == PLACED_KIND:
            self.place(msgspec.json.decode(row.payload, type=Order))
        elif row.kind == STEP_KIND:
            self.step(msgspec.json.decode(row.payload, type=Step))

    def place(self, order: Order) -> OrderRecord:
        """Enter an order that was sent."""
        sent = Step(order_id=order.order_id, state=OrderState.SENT, at_s=order.asked_s)
        record = OrderRecord(order=order, steps=(sent,))
        self._request_id = max(self._request_id, order.request_id)
        if order.key:
            self._by_key[order.key] = order.order_id
        self._enter(record)
        while len(self._records) > MAX_KEPT_COUNT and self._forget_one():
            pass
        return record

    def step(self, step: Step) -> OrderRecord | None:
        """Enter a step; None for an order that is not known any more."""
        before = self._records.get(step.order_id)
        if before is None:
            return None
        record = before.after(step)
        self._enter(record)
        self._note_list(record, step)
        return record

    def _enter(self, record: OrderRecord) -> None:
        order = record.order
        self._records[order.order_id] = record
        there = self._open.setdefault(order.station_id, {})
        if record.is_open:
            there[order.order_id] = record
        else:
            there.pop(order.order_id, None)

    def _forget_one(self) -> bool:
        """Forget the oldest order that is over; the journal still has it."""
        for order_id, record in self._records.items():
            if not record.is_open:
                del self._records[order_id]
                self._by_key.pop(record.order.key, None)
                return True
        return False

    def _note_list(self, record: OrderRecord, step: Step) -> None:
        """Keep the version of a station's local list: as it told, or as it accepted."""
        order = record.order
        if order.action == "SendLocalList":
            if step.state is OrderState.ACCEPTED:
                told = order.told
                self._list_versions[order.station_id] = int(
                    told.get("listVersion", told.get("versionNumber", 0))
                )
            elif step.state in (OrderState.REFUSED, OrderState.NO_EFFECT):
                self._list_versions.pop(order.station_id, None)
        elif order.action == "GetLocalListVersion" and step.message:
            answer = msgspec.json.decode(step.message, type=dict[str, Any])
            version = answer.get("listVersion", answer.get("versionNumber", 0))
            if isinstance(version, int):
                self._list_versions[order.station_id] = version
