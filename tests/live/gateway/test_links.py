"""One link for each station: replacement, races, half-open links, a failing handler, the orderly end."""

import asyncio
import time
from collections import Counter
from itertools import pairwise

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.live.gateway.stage import Raw, Stage, client, frame, played, staged, station
from voltloom.live.gateway.credentials import generated, hashed
from voltloom.live.gateway.events import Cause, EventKind
from voltloom.live.gateway.links import Link
from voltloom.live.gateway.settings import Limits, Rate


def lives_are_in_order(stage: Stage) -> None:
    """Every link was opened once and closed at most once, and never two of one identity were open together."""
    assert all(count == 1 for count in Counter(stage.order).values())
    open_now: dict[str, int] = {}
    identity_of = {link.generation: link.identity for link in stage.opened_links}
    for what, generation in stage.order:
        identity = identity_of[generation]
        if what == "opened":
            assert identity not in open_now
            open_now[identity] = generation
        else:
            assert open_now.pop(identity) == generation


def test_a_newer_connection_replaces_the_older_and_nothing_of_the_old_is_delivered() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            old = await stage.raw()
            await old.upgraded()
            new = await stage.client()
            await old.said(frame(1, b'["old"]'))
            assert await old.close_code() == 1008
            await new.send('["new"]')
            await stage.until(lambda: stage.messages)

            assert [data for _, data in stage.messages] == [b'["new"]']
            assert stage.order == [("opened", 1), ("closed", 1), ("opened", 2)]
            assert (await stage.cause(Cause.REPLACED)).code == 1008
            assert not stage.gateway.send(stage.opened_links[0], b"to the old one")
            assert stage.gateway.link("A1") is stage.opened_links[1]
            await old.close()
            await new.close()

    played(scene)


def test_a_second_connection_with_a_wrong_secret_does_not_disturb_the_first() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            first = await stage.client()
            with pytest.raises(InvalidStatus):
                await stage.client(secret="wrong wrong wrong")
            await first.send("[]")
            await stage.until(lambda: stage.messages)
            assert len(stage.opened_links) == 1
            await first.close()

    played(scene)


def test_fifty_connections_of_one_station_at_once_end_as_one_link() -> None:
    async def scene() -> None:
        limits = Limits(connects_by_identity=Rate(burst_count=100.0, refill_per_s=1.0), close_s=0.5)
        async with staged(station(), limits=limits) as stage:
            connections = await asyncio.gather(*(stage.client() for _ in range(50)))
            await stage.until(lambda: len(stage.endings) == 49)
            alive = stage.gateway.link("A1")
            assert alive is stage.opened_links[-1]
            assert stage.gateway.counters()["links"] == 1
            generations = [link.generation for link in stage.opened_links]
            assert all(earlier < later for earlier, later in pairwise(generations))
            lives_are_in_order(stage)

            assert stage.gateway.send(alive, b'["for you"]')
            got = await asyncio.gather(*(c.recv() for c in connections), return_exceptions=True)
            assert sum(isinstance(g, str) for g in got) == 1
            assert sum(isinstance(g, ConnectionClosed) for g in got) == 49
            await asyncio.gather(*(c.close() for c in connections))

    played(scene)


def test_a_link_that_answers_pings_lives_and_one_that_does_not_is_ended() -> None:
    async def scene() -> None:
        limits = Limits(ping_after_s=0.1, pong_within_s=0.2)
        async with staged(station(), station("A2"), limits=limits) as stage:
            answering = await stage.client("A2")
            dead = await stage.raw()
            await dead.upgraded()
            began_s = time.monotonic()
            assert (await stage.cause(Cause.SILENT)).code == 1001
            assert time.monotonic() - began_s >= 0.3
            await answering.send("[]")
            await stage.until(lambda: stage.messages)
            assert [link.identity for link, _ in stage.endings] == ["A1"]
            assert b"\x89\x00" in await dead.rest()  # it was asked
            await answering.close()

    played(scene)


def test_a_peer_that_hangs_up_and_one_that_says_goodbye_are_told_apart() -> None:
    async def scene() -> None:
        async with staged(station(), station("A2")) as stage:
            raw = await stage.raw()
            await raw.upgraded()
            await raw.close()
            assert (await stage.cause(Cause.PEER_VANISHED)).code is None
            polite = await stage.client("A2")
            await polite.close(4321, "maintenance")
            ending = await stage.cause(Cause.PEER_CLOSED)
            assert (ending.code, ending.detail) == (4321, "maintenance")
            lives_are_in_order(stage)

    played(scene)


def test_a_bug_above_ends_its_link_with_1011_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        def breaks(link: Link, data: bytes) -> None:
            if link.identity == "A1":
                raise RuntimeError("a bug above the gateway")

        async with staged(station(), station("A2")) as stage:
            stage.on_message = breaks
            one, two = await stage.client(), await stage.client("A2")
            await one.send("[]")
            await one.wait_closed()
            assert one.close_code == 1011
            await stage.cause(Cause.HANDLER_FAILED)
            await two.send("[]")
            await stage.until(lambda: len(stage.messages) == 2)
            lives_are_in_order(stage)
            await two.close()

    played(scene)
    assert "a bug above the gateway" in caplog.text


def test_the_code_above_may_close_a_link_and_hears_of_it_once() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            connection = await stage.client()
            link = stage.opened_links[0]
            stage.gateway.close(link, 1000, "enough")
            stage.gateway.close(link, 1000, "enough")
            assert not stage.gateway.send(link, b"[]")
            await connection.wait_closed()
            assert (connection.close_code, connection.close_reason) == (1000, "enough")
            await stage.cause(Cause.ASKED)
            assert stage.order == [("opened", 1), ("closed", 1)]
            assert stage.gateway.link("A1") is None

    played(scene)


def test_a_station_may_come_back_while_its_end_is_not_told_yet() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:

            def close_at_once(link: Link, data: bytes) -> None:
                stage.gateway.close(link, 1000, "again")

            stage.on_message = close_at_once
            for _ in range(5):
                connection = await stage.client()
                await connection.send("[]")
                await connection.wait_closed()
            await stage.until(lambda: len(stage.endings) == 5)
            lives_are_in_order(stage)

    played(scene)


def test_a_peer_that_ignores_the_close_is_dropped_after_a_while() -> None:
    async def scene() -> None:
        async with staged(station(), limits=Limits(close_s=0.2)) as stage:
            raw = await stage.raw()
            await raw.upgraded()
            stage.gateway.close(stage.opened_links[0], 1000, "bye")
            assert await raw.close_code() == 1000
            await raw.said(frame(1, b"[]") * 10)  # talks on
            assert await raw.rest() == b""
            assert stage.gateway.counters()["sockets"] == 0
            assert not stage.messages

    played(scene)


def test_at_the_end_work_in_flight_is_finished_first_and_nobody_new_comes_in() -> None:
    async def scene() -> None:
        async with staged(station(), station("A2")) as stage:
            connection = await stage.client()
            half_open = await stage.raw()
            await half_open.said(b"GET /ocpp/A2 HTTP/1.1\r\n")
            in_flight: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            draining = asyncio.ensure_future(stage.gateway.drain(in_flight))
            assert await half_open.rest() == b""
            with pytest.raises(ConnectionRefusedError):
                await client(stage.port, "A2")

            stage.on_message = lambda link, data: in_flight.set_result(None)
            await connection.send('[3,"1",{}]')  # the answer that was waited for still arrives
            await draining
            await connection.wait_closed()
            assert connection.close_code == 1001
            assert [ending.cause for _, ending in stage.endings] == [Cause.DRAINED]
            assert stage.gateway.counters()["sockets"] == 0

    played(scene)


def test_the_end_does_not_wait_for_ever() -> None:
    async def scene() -> None:
        async with staged(station(), limits=Limits(close_s=0.1)) as stage:
            raw = await stage.raw()
            await raw.upgraded()
            never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            await stage.gateway.drain(never, within_s=0.1)
            assert stage.gateway.counters()["sockets"] == 0
            assert (await raw.rest())[:1] == b"\x88"

    played(scene)


def test_a_thousand_stations_at_once_come_in_and_again_after_a_power_cut() -> None:
    async def scene() -> None:
        count = 1000
        secret, record = generated()
        known = [station(f"S{n}", secret_record=record) for n in range(count)]
        async with staged(*known) as stage:
            raws: list[Raw] = []
            for storm in (1, 2):
                raws = await asyncio.gather(*(stage.raw() for _ in range(count)))
                await asyncio.gather(*(raw.upgraded(f"S{n}", secret=secret) for n, raw in enumerate(raws)))
                await stage.until(lambda wanted=storm * count: len(stage.opened_links) == wanted)  # type: ignore[misc]  # bound now
                assert stage.gateway.counters()["links"] == count
                if storm == 1:
                    for raw in raws:
                        raw.writer.transport.abort()  # the old sockets may still be open when they come again
            await asyncio.gather(*(raw.close() for raw in raws))
            lives_are_in_order(stage)
            assert stage.gateway.counters()["events_opened"] == 2 * count
            assert not [e for e in stage.events if e.kind not in (EventKind.OPENED, EventKind.CLOSED)]

    played(scene)


def test_a_storm_of_slow_secrets_leaves_the_loop_free_and_the_second_one_costs_no_thread() -> None:
    async def scene() -> None:
        record = hashed(b"a secret of 20 bytes")  # at full cost, tens of milliseconds each
        known = [station(f"S{n}", secret_record=record) for n in range(20)]
        async with staged(*known) as stage:
            loop, turns = asyncio.get_running_loop(), 0
            storm = asyncio.gather(*(stage.client(f"S{n}") for n in range(20)))
            while not storm.done():
                await asyncio.sleep(0)
                turns += bool(stage.gateway.counters()["verifications"])
            assert turns > 100  # the loop turned while threads were at work
            first = await storm
            verified = stage.gateway._verifier.verified
            stage.gateway._verifier.verified = None  # type: ignore[assignment, method-assign]  # a call would raise
            second = await asyncio.gather(*(stage.client(f"S{n}") for n in range(20)))
            stage.gateway._verifier.verified = verified  # type: ignore[method-assign]  # as it was
            assert loop.is_running()
            await asyncio.gather(*(c.close() for c in (*first, *second)))

    played(scene)
