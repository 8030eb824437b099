"""`voltloom run` operates a site from one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli.output import Exit, UsageError, fail, plain_errors

if TYPE_CHECKING:
    from voltloom.live.clock import Clock
    from voltloom.live.config import Config

ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="The site's configuration.")]


SpeedOption = Annotated[
    float,
    typer.Option(
        "--speed", metavar="RATIO", min=0.01, max=1000.0, help="Site seconds in a real second, to try a day."
    ),
]
StartingOption = Annotated[
    str | None,
    typer.Option(
        "--starting",
        metavar="TIME",
        help="The site's local time at the start, such as 2019-10-01T00:00; a journal goes on where it ended.",
    ),
]


def run(file: ConfigFile, speed: SpeedOption = 1.0, starting: StartingOption = None) -> None:
    """Operate a site: stations connect over OCPP, and the controller's limits reach them. Ctrl-C drains and leaves."""
    import asyncio
    import logging

    from voltloom.cli.journal import store_errors
    from voltloom.live.clock import Clock

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its steps say nothing to an operator
    with plain_errors(), store_errors():
        config = loaded(file)
        clock = Clock(speed, moment_s("--starting", starting, config.site.time_zone))
        try:
            asyncio.run(_operated(file, config, clock))
        except OSError as wrong:
            fail(f"The gateway cannot listen: {wrong.strerror or wrong}.", Exit.WRONG_INPUT)


def loaded(file: Path) -> Config:
    """Return a site's configuration. Raises PlanError; ends the command where the file cannot be read."""
    from voltloom.live.config import load_config

    try:
        return load_config(file)
    except OSError as wrong:
        fail(f"{file} cannot be read: {wrong.strerror}.", Exit.WRONG_INPUT)


def moment_s(option: str, text: str | None, time_zone: str) -> float | None:
    """Return a local time as seconds since 1970 UTC, None for none. Raises UsageError naming the option."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f'{option} = "{text}": write a time such as 2019-10-01T00:00.') from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))).timestamp()


async def _operated(file: Path, config: Config, clock: Clock) -> None:
    import asyncio
    import signal

    from voltloom.live.reloading import on_hangup
    from voltloom.live.running import LiveSite
    from voltloom.live.running import run as operate

    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not over.done():
            over.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)

    def told(site: LiveSite) -> None:
        loop.add_signal_handler(signal.SIGHUP, on_hangup(site, file))
        for listener, addresses in site.listening:
            scheme = "wss" if listener.profile.has_tls else "ws"
            how = f"security profile {int(listener.profile)}; OCPP 1.6, 2.0.1, 2.1"
            for host, port in addresses:
                print(f"Stations connect to {scheme}://{host}:{port}/ocpp/IDENTITY ({how}).", flush=True)
        print(f"{len(config.places)} stations are known; the journal is {config.journal}.", flush=True)

    await operate(config, told, lambda: over, clock)
