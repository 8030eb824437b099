"""Many streams of one site share what they send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from tests.web.stage import staged
from voltloom.session.alarms import AlarmKind, raised
from voltloom.web.streaming import WAITING_COUNT, Streams


async def opened(streams: Streams) -> AsyncGenerator[bytes, None]:
    stream = streams.one(lambda: True)
    assert await anext(stream) == b": voltloom\n\n"
    return stream


def test_an_event_is_rendered_once_for_all_streams_and_each_gets_all_of_them(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage:
            streams = Streams(stage.site)
            first, second = await opened(streams), await opened(streams)
            for second_s in (1.0, 2.0):
                alarm = raised(AlarmKind.ENERGY_QUARANTINED, time_s=second_s, source="LEFT", detail="x")
                stage.site.loop.logbook.told("alarm", alarm)
            ours = [told for told in [await anext(first) for _ in range(2)] if b"event: alarm" in told]
            theirs = [told for told in [await anext(second) for _ in range(2)] if b"event: alarm" in told]
            await first.aclose()
            await second.aclose()

            assert len(ours) == 2
            assert all(one is other for one, other in zip(ours, theirs, strict=True))
            assert streams.count == 0

    asyncio.run(whole())


def test_a_stream_that_lags_ends_and_another_goes_on(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage:
            streams = Streams(stage.site)

            async def lagging() -> None:
                stream = await opened(streams)
                ready.set()
                await asyncio.Event().wait()  # as in a write that nobody reads
                await anext(stream)

            ready = asyncio.Event()
            slow = asyncio.create_task(lagging())
            await ready.wait()
            quick, got = await opened(streams), 0
            for number in range(WAITING_COUNT + 1):
                alarm = raised(AlarmKind.ENERGY_QUARANTINED, time_s=float(number), source="LEFT", detail="x")
                stage.site.loop.logbook.told("alarm", alarm)
                got += b"event: alarm" in await anext(quick)
            await asyncio.wait((slow,))

            assert slow.cancelled()
            assert got > WAITING_COUNT // 2
            await quick.aclose()

    asyncio.run(whole())
