"""How a fleet is watched on a terminal, and how it is told to end: Ctrl-C, SIGTERM, or after a while."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.console import Console

from voltloom.cli.output import Voice
from voltloom.units import kw_from_w

if TYPE_CHECKING:
    from voltloom.virtual.fleet import Progress

LINE_EVERY_S: Final = 10.0  # where there is no terminal


def until_told(run_for_s: float | None) -> asyncio.Event:
    """Return an event that is set by Ctrl-C, SIGTERM or when the time is over; must be called in a running loop."""
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    if run_for_s is not None:
        loop.call_later(run_for_s, over.set)
    return over


def run_id() -> str:
    """Return what no other run on this machine has in its message ids."""
    return f"{time.perf_counter_ns():x}"[-12:]


@contextmanager
def watching(voice: Voice, time_zone: str = "UTC") -> Iterator[Callable[[Progress], None] | None]:
    """Show how a fleet stands, on standard error: one changing line on a terminal, else one now and then."""
    if voice.is_quiet:
        yield None
        return
    zone = ZoneInfo(time_zone)
    if sys.stderr.isatty():
        with Console(stderr=True).status("beginning") as status:
            yield lambda progress: status.update(_line(progress, zone))
        return
    told_s = -LINE_EVERY_S

    def tell(progress: Progress) -> None:
        nonlocal told_s
        now_s = time.perf_counter()
        if now_s - told_s >= LINE_EVERY_S:
            told_s = now_s
            print(_line(progress, zone), file=sys.stderr, flush=True)

    yield tell


def _line(progress: Progress, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(progress.time_s, UTC).astimezone(zone)
    faults = f"; now wrong: {', '.join(progress.faults)}" if progress.faults else ""
    return (
        f"{moment:%Y-%m-%d %H:%M:%S}  {progress.connected_count} of {progress.stations_count} connected, "
        f"{progress.charging_count} charging, {kw_from_w(progress.power_w):.1f} kW{faults}"
    )
