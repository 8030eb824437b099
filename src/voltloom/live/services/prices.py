"""Day-ahead prices of a service on their way to the plan: asked for, checked, written to the journal, told to the core."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

from voltloom.live.clock import Clock
from voltloom.live.services.fetching import Request
from voltloom.live.services.service import Known, Service, Source
from voltloom.protocols.services.answers import AnswerError
from voltloom.protocols.services.entsoe import entsoe_prices
from voltloom.protocols.services.json_prices import awattar_prices, energy_charts_prices
from voltloom.protocols.services.prices import DayAheadPrices
from voltloom.session.events import Event, PricesTold
from voltloom.site.tariff import PriceSeries
from voltloom.store.errors import StoreError

BEFORE, AFTER = (
    timedelta(days=1),
    timedelta(days=2),
)  # what is asked for; one day back, so that it can stand in
MS_PER_S: Final = 1000
_log = logging.getLogger("voltloom.live")


class _Kind(NamedTuple):
    """How a service is asked for the prices between two moments, and how its answer is read."""

    asked: Callable[[datetime, datetime], dict[str, str]]
    read: Callable[[bytes], DayAheadPrices]


def _awattar(begin: datetime, end: datetime) -> dict[str, str]:
    return {"start": f"{begin.timestamp() * MS_PER_S:.0f}", "end": f"{end.timestamp() * MS_PER_S:.0f}"}


def _energy_charts(begin: datetime, end: datetime) -> dict[str, str]:
    return {"start": f"{begin:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"}


def _entsoe(begin: datetime, end: datetime) -> dict[str, str]:
    return {"documentType": "A44", "periodStart": f"{begin:%Y%m%d%H%M}", "periodEnd": f"{end:%Y%m%d%H%M}"}


KINDS: Final = {
    "awattar": _Kind(_awattar, awattar_prices),
    "energy-charts": _Kind(_energy_charts, energy_charts_prices),
    "entsoe": _Kind(_entsoe, entsoe_prices),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceService:
    """A service of prices in a site's file. kind: of KINDS. url: with what does not change, such as the bidding zone.

    token: of ENTSO-E, "" for none. currency: of the tariff it belongs to. adds_nano_per_kwh: charges and taxes on top of each
    price. every_s, stale_s, file: see `Source`.
    """

    kind: str
    url: str
    token: str = field(repr=False)
    currency: str
    adds_nano_per_kwh: int
    every_s: float
    stale_s: float
    file: Path | None


def source_of(prices: PriceService) -> Source[PriceSeries]:
    """Return the service as it is asked: for yesterday, today and tomorrow in UTC."""
    kind = KINDS[prices.kind]

    def request_at(now_s: float) -> Request:
        today = datetime.fromtimestamp(now_s, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        query = kind.asked(today - BEFORE, today + AFTER)
        if prices.token:
            query["securityToken"] = prices.token
        return Request(url=f"{prices.url}{'&' if '?' in prices.url else '?'}{urlencode(query)}")

    def decode(answer: bytes) -> PriceSeries:
        told = kind.read(answer)
        if told.currency != prices.currency:
            raise AnswerError(
                prices.kind, "currency", f"is {told.currency}, the tariff's is {prices.currency}"
            )
        series = told.series
        return PriceSeries(
            start_s=series.start_s,
            price_nano_per_kwh=tuple(price + prices.adds_nano_per_kwh for price in series.price_nano_per_kwh),
            end_s=series.end_s,
        )

    return Source(
        name=f"prices from {prices.kind}",
        request_at=request_at,
        decode=decode,
        every_s=prices.every_s,
        stale_s=prices.stale_s,
        file=prices.file,
    )


class Buying:
    """A price service beside a running site. order: makes events durable and tells the core; raises StoreError."""

    def __init__(
        self,
        prices: PriceService,
        clock: Clock,
        order: Callable[[Sequence[Event], str], Awaitable[str]],
        told: PriceSeries | None,
    ) -> None:
        """told: what the core knows already."""
        self._service = Service(source_of(prices), clock.now_s())
        self._clock, self._order, self._told = clock, order, told

    def known(self) -> Known[PriceSeries]:
        """Return what the service told last, how old that is, and what went wrong since."""
        return self._service.known(self._clock.now_s())

    async def run(self) -> None:
        """Ask whenever it is time, and tell the core what is new, until cancelled."""
        while True:
            await self._pass_on()
            await self._clock.sleep(max(self._service.next_s - self._clock.now_s(), 0.0))
            await self._service.refresh(self._clock.now_s())

    async def _pass_on(self) -> None:
        series = self.known().value
        if series is None or series == self._told:
            return
        try:
            await self._order([PricesTold(time_s=self._clock.now_s(), series=series)], "prices")
        except StoreError as unwritten:  # the next answer tries again
            _log.error("new prices could not be kept, so plans go by those before: %s", unwritten)
            return
        self._told = series
        _log.info("prices are known until %s", datetime.fromtimestamp(series.end_s, UTC).isoformat())
