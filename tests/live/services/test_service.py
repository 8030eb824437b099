"""Services over a real HTTP server: bounded in time and size, kept with their age, said to be stale."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from tests.protocols.services.documents import AWATTAR
from voltloom.live.clock import Clock
from voltloom.live.services.fetching import Exchange, FetchError, Request, fetched
from voltloom.live.services.service import Service, Source, keep_asking
from voltloom.protocols.services.json_prices import awattar_prices
from voltloom.protocols.services.prices import DayAheadPrices

NOON_S = 1_768_388_400.0
HOUR_S = 3600.0


class Market(ThreadingHTTPServer):
    """A service on a local port. mode: what it does; asked: paths and tokens of the questions so far."""

    daemon_threads = True
    mode = "well"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[tuple[str, str]] = []
        self.is_over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/de/v1/marketdata?token=secret"


class _Answering(BaseHTTPRequestHandler):
    server: Market

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("X-Token", "")))
        mode = self.server.mode
        if mode == "trickling":
            self._trickle()
            return
        if mode == "silent":
            self.server.is_over.wait()
            return
        self.send_response({"refusing": 503, "elsewhere": 302}.get(mode, 200))
        body = {"nonsense": b"<html>", "long": b" " * 200_000}.get(mode, AWATTAR)
        if mode == "elsewhere":
            self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(body) + (50 if mode == "broken" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def _trickle(self) -> None:
        """Send a header that never ends, so that the socket is never silent for long."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.server.is_over.wait(0.02):
            try:
                self.wfile.write(b"a")
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def market() -> Iterator[Market]:
    with Market() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.is_over.set()
        server.shutdown()
        thread.join()


def source_of(market: Market, *, file: Path | None = None) -> Source[DayAheadPrices]:
    return Source(
        name="prices",
        request_at=lambda now_s: Request(url=f"{market.url}&start={now_s:.0f}", headers={"X-Token": "t"}),
        decode=awattar_prices,
        every_s=HOUR_S,
        stale_s=6 * HOUR_S,
        file=file,
    )


def ask(request: Request) -> bytes:
    return asyncio.run(fetched(request))


def test_what_a_service_tells_is_known_with_its_age(market: Market) -> None:
    service = Service(source_of(market), NOON_S)
    before = service.known(NOON_S)

    has_told = asyncio.run(service.refresh(NOON_S))

    after = service.known(NOON_S + 60.0)
    assert (before.value, before.age_s, before.is_stale) == (None, math.inf, True)
    assert has_told
    assert after.value == awattar_prices(AWATTAR)
    assert (after.age_s, after.is_stale, after.problem) == (60.0, False, "")
    assert market.asked == [(f"/de/v1/marketdata?token=secret&start={NOON_S:.0f}", "t")]
    assert service.next_s == NOON_S + HOUR_S


def test_what_was_told_stays_when_a_service_fails_and_is_said_to_be_stale_in_time(market: Market) -> None:
    service = Service(source_of(market), NOON_S)
    asyncio.run(service.refresh(NOON_S))
    market.mode = "refusing"

    has_told = asyncio.run(service.refresh(NOON_S + HOUR_S))

    soon, late = service.known(NOON_S + 2 * HOUR_S), service.known(NOON_S + 7 * HOUR_S)
    assert not has_told
    assert soon.value is not None
    assert (soon.is_stale, late.is_stale) == (False, True)
    assert late.value == soon.value
    assert soon.problem == "it answers 503"


def test_a_service_that_fails_is_asked_less_and_less_often_and_at_once_as_before_when_it_tells_again(
    market: Market,
) -> None:
    market.mode = "nonsense"
    service = Service(source_of(market), NOON_S)

    waits_s = []
    for _ in range(8):
        now_s = service.next_s
        asyncio.run(service.refresh(now_s))
        waits_s.append(service.next_s - now_s)
    market.mode = "well"
    now_s = service.next_s
    asyncio.run(service.refresh(now_s))

    assert waits_s == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]
    assert service.known(now_s).problem == ""
    assert service.next_s == now_s + HOUR_S


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("refusing", "it answers 503"),
        ("elsewhere", "it answers 302"),
        ("long", "more than 100000 bytes"),
        ("broken", "breaks off 50 bytes"),
        ("silent", "no whole answer within 0.3 s"),
        ("trickling", "no whole answer within 0.3 s"),
    ],
)
def test_an_answer_is_bounded_and_no_message_repeats_a_secret(
    market: Market, mode: str, problem: str
) -> None:
    market.mode = mode

    with pytest.raises(FetchError, match=problem) as told:
        ask(Request(url=market.url, time_out_s=0.3 if "within" in problem else 10.0, most_bytes=100_000))

    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "http://", "http://127.0.0.1:x/", ""]
)
def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(FetchError, match="its address"):
        ask(Request(url=url))


@pytest.mark.parametrize(
    "request_",
    [
        Request(url="http://127.0.0.1:1/é"),
        Request(url=f"http://{'a' * 64}.example/"),
    ],
    ids=["path", "host"],
)
def test_what_no_request_can_hold_is_told_and_ends_no_asking(request_: Request) -> None:
    with pytest.raises(FetchError):
        ask(request_)


def test_a_connection_that_comes_when_nobody_waits_any_more_asks_nothing(market: Market) -> None:
    exchange = Exchange(Request(url=market.url))
    exchange.end()

    with pytest.raises(FetchError, match="nobody waits"):
        exchange.run()

    assert market.asked == []


def test_nobody_at_the_address_is_told_without_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(
        FetchError, match=r"^it cannot be reached \(ConnectionRefusedError\); check its url and the network$"
    ):
        ask(Request(url=f"http://127.0.0.1:{port}/?token=secret"))


def test_a_restart_knows_what_was_told_and_how_old_it_is(market: Market, tmp_path: Path) -> None:
    source = source_of(market, file=tmp_path / "prices")
    asyncio.run(Service(source, NOON_S).refresh(NOON_S))
    market.mode = "refusing"

    again = Service(source, NOON_S + 1800.0)

    known = again.known(NOON_S + 1800.0)
    assert known.value == awattar_prices(AWATTAR)
    assert known.age_s == 1800.0
    assert again.next_s == NOON_S + HOUR_S
    assert [path.name for path in tmp_path.iterdir()] == ["prices"]


@pytest.mark.parametrize("kept", [b"", b"12\n<html>", b"soon\n{}", b"\xff\xfe", b"9e99\n" + AWATTAR])
def test_a_kept_file_that_is_not_whole_or_from_a_time_to_come_is_as_none(
    market: Market, tmp_path: Path, kept: bytes
) -> None:
    file = tmp_path / "prices"
    file.write_bytes(kept)

    service = Service(source_of(market, file=file), NOON_S)

    assert service.known(NOON_S).value is None
    assert service.next_s == NOON_S


def test_an_answer_that_cannot_be_kept_is_used_all_the_same(market: Market, tmp_path: Path) -> None:
    source = replace(source_of(market), file=tmp_path / "absent" / "prices")
    service = Service(source, NOON_S)

    assert asyncio.run(service.refresh(NOON_S))
    assert service.known(NOON_S).value is not None


def test_a_service_is_asked_whenever_it_is_due(market: Market) -> None:
    clock = Clock(speed_ratio=20_000.0, starting_s=NOON_S)
    service = Service(source_of(market), clock.now_s())

    async def some_hours() -> None:
        task = asyncio.create_task(keep_asking(service, clock))
        async with asyncio.timeout(20.0):
            while len(market.asked) < 3:
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(some_hours())

    asked_s = [float(path.rpartition("=")[2]) for path, _ in market.asked]
    assert all(later - earlier >= HOUR_S - 1.0 for earlier, later in pairwise(asked_s))
