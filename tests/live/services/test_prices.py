"""A site that plans with the prices of a service over a real HTTP server, and what it does when that tells nothing more."""

from __future__ import annotations

import asyncio
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.demo import PLAN, station
from tests.live.services.test_service import Market
from tests.steady import SteadyClock
from voltloom.live.config import Config, config_of
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite, opened
from voltloom.live.services.prices import KINDS, PriceService, source_of
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.protocols.services.answers import AnswerError
from voltloom.site.mistakes import PlanError
from voltloom.web.forecasts import ForecastsOut, get_forecasts

BEGIN_S = 1_768_345_200.0  # of the recorded answer: two hours, 42.09 and -5.12 EUR/MWh
DAY_S = 86_400.0
SPEED_RATIO = 60.0


@pytest.fixture(name="market")
def _market() -> Iterator[Market]:
    with Market() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


def config(folder: Path, url: str, **service: object) -> Config:
    """Return the yard, planning for profit with prices of a service over a standing 25 ct."""
    tree = tomllib.loads(PLAN)
    asked = {"kind": "awattar", "url": url, "adds_per_kwh": 0.1, **service}
    buys = {"currency": "EUR", "price_per_kwh": 0.25, "service": asked}
    planning = {"objective": "profit", "sell_price_per_kwh": 0.9, "buys": buys, "departures": "forecast"}
    tree["control"] |= {"architecture": "adaptive-plan", "planning": planning}
    return config_of(tree, folder=folder)


async def lived(
    found: Config, begin_s: float, until: Callable[[LiveSite], bool]
) -> tuple[float, ForecastsOut]:
    """Run the yard with a car until something is so; return the price of the plan's first step and what is told of forecasts."""
    site = await opened(found, SteadyClock(SPEED_RATIO, begin_s))
    try:
        one = await station(site.ports[0][1], "CP1")
        await one.arrive("anna", 1000, stamp_text(site.clock.now_s()))
        async with asyncio.timeout(120.0):
            while not until(site) or site.loop.memory.allocation.plan is None:
                await asyncio.sleep(0.02)
        plan = site.loop.memory.allocation.plan
        assert plan is not None
        assert plan.basis is not None
        told = await get_forecasts(site)
        await one.leave()
        return float(plan.basis.price_per_kwh[0]), told
    finally:
        await site.stop()


def is_planned_with_told(site: LiveSite) -> bool:
    plan = site.loop.memory.allocation.plan
    if plan is None or plan.basis is None or site.loop.memory.prices is None:
        return False
    return float(plan.basis.price_per_kwh[0]) < 0.2


def test_a_plan_is_made_with_the_services_prices_then_with_the_last_days_then_with_the_standing_tariff(
    market: Market, tmp_path: Path
) -> None:
    found = config(tmp_path, market.url)

    first, fresh = asyncio.run(lived(found, BEGIN_S + 60.0, is_planned_with_told))
    market.mode = "refusing"
    later, aged = asyncio.run(lived(found, BEGIN_S + DAY_S, lambda site: bool(_problem(site))))
    last, old = asyncio.run(lived(found, BEGIN_S + 4 * DAY_S, lambda site: bool(_problem(site))))

    assert first == pytest.approx(0.14209)
    assert fresh.prices is not None
    assert fresh.prices.used == "told"
    assert not fresh.prices.problem
    assert later in (pytest.approx(0.14209), pytest.approx(0.09488))
    assert aged.prices is not None
    assert aged.prices.used == "last_day"
    assert "503" in aged.prices.problem
    assert last == pytest.approx(0.25)
    assert old.prices is not None
    assert (old.prices.used, old.prices.is_stale) == ("standing", True)
    outcome = replayed(found, str(found.journal), Stretch())
    assert outcome.difference is None  # prices are events: a replay asks nobody
    assert outcome.runs_count == 3


def _problem(site: LiveSite) -> str:
    return "" if site.buying is None else site.buying.known().problem


def test_each_kind_is_asked_from_yesterday_to_the_end_of_tomorrow() -> None:
    service = PriceService(
        kind="entsoe",
        url="https://example.org/api?in_Domain=10Y",
        token="secret",
        currency="EUR",
        adds_nano_per_kwh=0,
        every_s=3600.0,
        stale_s=93_600.0,
        file=None,
    )

    urls = {kind: _asked(service, kind) for kind in KINDS}

    assert urls["entsoe"] == (
        "https://example.org/api?in_Domain=10Y&documentType=A44&periodStart=202601120000&periodEnd=202601150000"
        "&securityToken=secret"
    )
    assert "start=2026-01-12&end=2026-01-15" in urls["energy-charts"]
    assert "start=1768176000000&end=1768435200000" in urls["awattar"]


def _asked(service: PriceService, kind: str) -> str:
    changed = PriceService(
        kind=kind,
        url=service.url,
        token=service.token if kind == "entsoe" else "",
        currency=service.currency,
        adds_nano_per_kwh=0,
        every_s=3600.0,
        stale_s=93_600.0,
        file=None,
    )
    return source_of(changed).request_at(BEGIN_S).url


def test_prices_in_another_currency_than_the_tariffs_are_refused() -> None:
    answer = b'{"unix_seconds": [0, 900], "price": [1, 2], "unit": "EUR / MWh"}'
    source = source_of(
        PriceService(
            kind="energy-charts",
            url="https://example.org/price",
            token="",
            currency="CHF",
            adds_nano_per_kwh=0,
            every_s=3600.0,
            stale_s=93_600.0,
            file=None,
        )
    )

    with pytest.raises(AnswerError, match="CHF"):
        source.decode(answer)


def test_a_service_needs_an_address_a_token_that_is_there_and_a_tariff_to_fall_back_to(
    tmp_path: Path,
) -> None:
    with pytest.raises(PlanError) as wrong:
        config(tmp_path, "ftp://prices", token_file="missing.txt")

    paths = {mistake.path for mistake in wrong.value.mistakes}
    assert "control.planning.buys.service.url" in paths
    assert "control.planning.buys.service.token_file" in paths
