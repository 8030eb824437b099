"""Every limit, by somebody who breaks it: the right code, one counted event, and a neighbour who notices nothing."""

import asyncio
import os
import resource
import socket
from contextlib import suppress

import pytest
from websockets.exceptions import InvalidStatus

from tests.live.gateway.stage import Raw, Stage, client, frame, played, staged, station, upgrade_request
from voltloom.live.gateway.events import Cause, EventKind
from voltloom.live.gateway.settings import Limits, NoSubprotocol, Rate

TEXT, BINARY, PING, MORE = 1, 2, 9, 0


async def neighbour_is_fine(stage: Stage) -> None:
    """A2 says something and it arrives."""
    connection = await stage.client("A2")
    await connection.send('["still here"]')
    await stage.until(lambda: any(data == b'["still here"]' for _, data in stage.messages))
    await connection.close()


@pytest.mark.parametrize(
    ("sent", "code", "cause"),
    [
        (frame(BINARY, b"[]"), 1003, Cause.NOT_TEXT),
        (frame(TEXT, b"\xff\xfe"), 1007, Cause.INVALID_UTF8),
        (frame(TEXT, b"\xc3", fin=False) + frame(MORE, b"\x28"), 1007, Cause.INVALID_UTF8),
        (frame(TEXT, b"x" * 2000)[:8], 1009, Cause.MESSAGE_TOO_BIG),  # the head is enough
        (b"\x81\xff" + (1 << 40).to_bytes(8, "big"), 1009, Cause.MESSAGE_TOO_BIG),
        (frame(TEXT, b"x" * 900, fin=False) + frame(MORE, b"x" * 900), 1009, Cause.MESSAGE_TOO_BIG),
        (frame(MORE, b"x"), 1002, Cause.PROTOCOL_ERROR),
        (frame(TEXT, b"x", fin=False) + frame(TEXT, b"x"), 1002, Cause.PROTOCOL_ERROR),
        (frame(TEXT, b"x", bits=0x40), 1002, Cause.PROTOCOL_ERROR),  # compressed, though nobody agreed to it
        (b"\x81\x02[]", 1002, Cause.PROTOCOL_ERROR),  # not masked
        (frame(3, b"x"), 1002, Cause.PROTOCOL_ERROR),
        (frame(PING, b"x", fin=False), 1002, Cause.PROTOCOL_ERROR),
        (frame(8, b"\x03"), 1002, Cause.PROTOCOL_ERROR),
        (frame(8, (1005).to_bytes(2, "big")), 1002, Cause.PROTOCOL_ERROR),
    ],
)
def test_a_frame_that_breaks_the_rules_ends_its_own_link_only(sent: bytes, code: int, cause: Cause) -> None:
    async def scene() -> None:
        limits = Limits(message_bytes=1500, close_s=0.5)
        async with staged(station(), station("A2"), limits=limits) as stage:
            raw = await stage.raw()
            await raw.upgraded()
            await raw.said(sent)
            assert await raw.close_code() == code
            ending = await stage.cause(cause)
            assert ending.code == code
            assert not stage.messages
            await raw.close()
            await neighbour_is_fine(stage)
            assert stage.gateway.counters()[f"closed_{cause.value}"] == 1

    played(scene)


def test_fragments_become_one_message_with_pings_between() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            raw = await stage.raw()
            await raw.said(
                upgrade_request() + frame(TEXT, '[1,"ä'.encode()[:-1], fin=False)
            )  # before the answer
            await raw.reader.readuntil(b"\r\n\r\n")
            await raw.said(
                frame(PING, b"hi") + frame(MORE, "ä".encode()[-1:], fin=False) + frame(MORE, b'"]')
            )
            assert await raw.reader.readexactly(4) == b"\x8a\x02hi"
            await stage.until(lambda: stage.messages)
            assert stage.messages[0][1].decode() == '[1,"ä"]'
            await raw.close()

    played(scene)


@pytest.mark.parametrize("kind", [TEXT, PING])
def test_a_flood_ends_after_its_burst(kind: int) -> None:
    async def scene() -> None:
        limits = Limits(messages=Rate(burst_count=10.0, refill_per_s=0.01), close_s=0.2)
        async with staged(station(), station("A2"), limits=limits) as stage:
            raw = await stage.raw()
            await raw.upgraded()
            flood = asyncio.ensure_future(raw.said(frame(kind, b"[]") * 100_000))
            ending = await stage.cause(Cause.TOO_MANY_MESSAGES)
            assert ending.code == 1008
            assert len(stage.messages) == (10 if kind == TEXT else 0)
            await neighbour_is_fine(stage)
            assert b"\x88" in await raw.rest()
            await asyncio.wait([flood])
            flood.exception()

    played(scene)


def test_who_does_not_read_is_closed_before_the_buffer_grows_beyond_its_bound() -> None:
    async def scene() -> None:
        limits = Limits(outgoing_bytes=100_000, close_s=0.2)
        async with staged(station(), station("A2"), limits=limits) as stage:
            raw = await stage.raw()
            await raw.upgraded()
            link, sent = stage.opened_links[0], 0
            while stage.gateway.send(link, b"x" * 10_000):
                sent += 1
                assert sent < 100_000
                assert link.connection.waiting_bytes <= limits.outgoing_bytes
            assert not stage.endings  # never told from inside send
            assert (await stage.cause(Cause.SLOW_CONSUMER)).code == 1008
            assert not stage.gateway.send(link, b"more")
            await neighbour_is_fine(stage)
            await stage.until(lambda: stage.gateway.counters()["sockets"] <= 1)
            await raw.close()

    played(scene)


def test_slow_openers_are_cut_off_and_honest_stations_still_come_in() -> None:
    async def scene() -> None:
        async with staged(station("A2"), limits=Limits(handshake_s=0.3, close_s=0.2)) as stage:
            slow = [await stage.raw() for _ in range(50)]
            for raw in slow:
                await raw.said(b"GET /ocpp/A1 HTTP/1.1\r\n")
            await neighbour_is_fine(stage)
            for raw in slow:
                assert await raw.rest() == b""
            assert stage.gateway.counters()["events_handshake_timed_out"] == 50
            assert stage.gateway.counters()["handshakes"] == 0

    played(scene)


def test_the_oldest_half_open_connection_makes_room() -> None:
    async def scene() -> None:
        async with staged(
            station("A2"), limits=Limits(handshakes=5, handshake_s=60.0, handshake_patience_s=0.05)
        ) as stage:
            slow = [await stage.raw() for _ in range(5)]
            for raw in slow:
                await raw.said(b"GET")
            await neighbour_is_fine(stage)
            assert await slow[0].rest() == b""
            assert stage.gateway.counters()["events_handshake_evicted"] == 1
            for raw in slow[1:]:
                await raw.close()

    played(scene)


def test_a_storm_of_honest_openers_waits_for_room_and_nobody_is_dropped() -> None:
    async def scene() -> None:
        limits = Limits(handshakes=5, handshake_s=60.0, handshake_patience_s=50.0)
        async with staged(*(station(f"A{n}") for n in range(6)), limits=limits) as stage:
            thinking = [await stage.raw() for _ in range(5)]
            for raw in thinking:
                await raw.said(b"GET ")
            await stage.until_quiet(lambda: stage.gateway.counters()["handshakes"] == 5)
            sixth = asyncio.ensure_future(stage.client("A5"))
            for n, raw in enumerate(thinking):
                await raw.said(upgrade_request(f"A{n}")[4:])
                assert (await raw.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            await (await sixth).close()
            assert len(stage.opened_links) == 6
            assert stage.gateway.counters()["events_handshake_evicted"] == 0
            for raw in thinking:
                await raw.close()

    played(scene)


def test_without_a_file_descriptor_left_new_stations_wait_and_then_come_in() -> None:
    async def scene() -> None:
        async with staged(station(), station("A2")) as stage:
            connection = await stage.client("A2")
            late = socket.socket()
            late.setblocking(False)
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            taken: list[int] = []
            resource.setrlimit(resource.RLIMIT_NOFILE, (late.fileno() + 50, hard))
            try:
                with suppress(OSError):
                    while True:
                        taken.append(os.dup(0))
                await asyncio.get_running_loop().sock_connect(late, ("127.0.0.1", stage.port))
                await stage.until_quiet(lambda: stage.gateway._acceptors[0]._paused)
                await connection.send("[]")  # who is in notices nothing
                await stage.until(lambda: stage.messages)
            finally:
                for number in taken:
                    os.close(number)
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            raw = Raw(*await asyncio.open_connection(sock=late))
            await raw.upgraded()
            await raw.close()
            await connection.close()

    played(scene)


def test_an_endless_head_is_refused() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            raw = await stage.raw()
            await raw.said(b"GET / HTTP/1.1\r\nx: " + b"a" * 9000)
            assert (await raw.rest()).startswith(b"HTTP/1.1 431 ")
            await stage.event(EventKind.HANDSHAKE_MALFORMED)

    played(scene)


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_noise_instead_of_a_request_is_answered_and_closed(said: bytes) -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            raw = await stage.raw()
            await raw.said(said)
            assert (await raw.rest()).startswith(b"HTTP/1.1 4")
            await stage.event(EventKind.HANDSHAKE_MALFORMED)

    played(scene)


def test_an_address_that_only_fails_is_turned_away_and_reported_once() -> None:
    async def scene() -> None:
        limits = Limits(attempts_by_address=Rate(burst_count=5.0, refill_per_s=0.001))
        async with staged(station(), limits=limits) as stage:
            for _ in range(5):
                raw = await stage.raw()
                await raw.said(b"\r\n\r\n")
                await raw.rest()
            for _ in range(3):
                raw = await stage.raw()
                assert await raw.rest() == b""
            assert sum(e.kind is EventKind.ADDRESS_LIMITED for e in stage.events) == 1
            assert stage.gateway.counters()["events_address_limited"] == 3

    played(scene)


def test_stations_behind_one_address_cost_it_nothing_while_they_come_in() -> None:
    async def scene() -> None:
        limits = Limits(attempts_by_address=Rate(burst_count=2.0, refill_per_s=0.001))
        async with staged(*(station(f"A{n}") for n in range(20)), limits=limits) as stage:
            connections = [await stage.client(f"A{n}") for n in range(20)]
            assert len(stage.opened_links) == 20
            for connection in connections:
                await connection.close()

    played(scene)


def test_a_station_that_connects_too_often_waits_and_keeps_the_link_it_has() -> None:
    async def scene() -> None:
        limits = Limits(connects_by_identity=Rate(burst_count=2.0, refill_per_s=0.001))
        async with staged(station(), station("A2"), limits=limits) as stage:
            first = await stage.client()
            second = await stage.client()
            with pytest.raises(InvalidStatus) as told:
                await stage.client()
            assert told.value.response.status_code == 429
            assert int(told.value.response.headers["Retry-After"]) > 900
            await second.send("[]")
            await stage.until(lambda: stage.messages)
            await neighbour_is_fine(stage)
            await first.close()
            await second.close()

    played(scene)


def test_beyond_the_most_connections_the_answer_is_503_and_a_replacement_still_fits() -> None:
    async def scene() -> None:
        async with staged(station(), station("A2"), limits=Limits(connections=1, close_s=0.2)) as stage:
            first = await stage.client()
            with pytest.raises(InvalidStatus) as told:
                await stage.client("A2")
            assert told.value.response.status_code == 503
            await stage.event(EventKind.CONNECTIONS_FULL)
            again = await stage.client()
            await first.wait_closed()
            await again.close()

    played(scene)


def test_too_many_waiting_verifications_are_sent_away_instead_of_piling_up() -> None:
    async def scene() -> None:
        async with staged(station(), limits=Limits(verifications=0)) as stage:
            with pytest.raises(InvalidStatus) as told:
                await stage.client()
            assert told.value.response.status_code == 503
            await stage.event(EventKind.VERIFIER_FULL)

    played(scene)


def test_a_station_that_offers_no_version_at_all_is_refused_with_what_to_offer() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            with pytest.raises(InvalidStatus) as told:
                await client(stage.port, offers=())
            assert told.value.response.status_code == 400
            assert b"ocpp1.6, ocpp2.0.1, ocpp2.1" in (told.value.response.body or b"")
            assert not stage.opened_links
            await stage.event(EventKind.NO_SUBPROTOCOL)

    played(scene)


def test_a_station_without_a_version_we_speak_is_let_in_mute_and_shown_out() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            connection = await client(stage.port, offers=("ocpp1.5", "soap"))
            await connection.wait_closed()
            assert connection.subprotocol is None
            assert connection.close_code == 1002
            assert not stage.opened_links
            await stage.event(EventKind.NO_SUBPROTOCOL)

    played(scene)


def test_a_station_that_offers_nothing_speaks_16_where_the_operator_says_so() -> None:
    async def scene() -> None:
        async with staged(station(), no_subprotocol=NoSubprotocol.AS_OCPP16) as stage:
            connection = await client(stage.port, offers=())
            await stage.until(lambda: stage.opened_links)
            assert connection.subprotocol is None  # what was not offered is not echoed
            assert stage.opened_links[0].peer.subprotocol == "ocpp1.6"
            await connection.close()
            wrong = await client(stage.port, offers=("soap",))
            await wrong.wait_closed()
            assert wrong.close_code == 1002

    played(scene)
