"""`voltloom run` operates a site from one file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from voltloom.cli.output import Exit, UsageError, fail, plain_errors

if TYPE_CHECKING:
    from voltloom.live.clock import Clock
    from voltloom.live.config import Config
    from voltloom.live.running import LiveSite
    from voltloom.web.console.faults import Fleet

STANDARD_ERROR: Final = 2  # its file descriptor
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


LogJsonOption = Annotated[
    bool, typer.Option("--log-json", help="Write the log as JSON, one object a line, instead of for people.")
]


def run(
    file: ConfigFile,
    speed: SpeedOption = 1.0,
    starting: StartingOption = None,
    log_json: LogJsonOption = False,
) -> None:
    """Operate a site: stations connect over OCPP, and the controller's limits reach them. Ctrl-C drains and leaves."""
    import asyncio

    from voltloom.cli.journal import store_errors
    from voltloom.live.clock import Clock
    from voltloom.live.logging_out import logged

    with plain_errors(), store_errors(), logged(STANDARD_ERROR, as_json=log_json):
        config = loaded(file)
        clock = Clock(speed, moment_s("--starting", starting, config.site.time_zone))
        try:
            asyncio.run(_operated(file, config, clock))
        except OSError as wrong:
            remedy = f"Correct the address or port in {file}, or end what listens there."
            fail(f"cannot listen at {wrong.strerror or wrong}. {remedy}", Exit.WRONG_INPUT)


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
    from voltloom.live.running import opened

    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not over.done():
            over.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)

    site = await opened(config, clock)
    loop.add_signal_handler(signal.SIGHUP, on_hangup(site, file))
    _say_where(site)
    async with AsyncExitStack() as stack:
        try:
            await open_api(site, stack, partial(print, flush=True))
        except OSError:
            await site.stop()
            raise
        stack.push_async_callback(site.stop)  # first: the interface tells that the site is draining
        await over


async def open_api(
    site: LiveSite, stack: AsyncExitStack, say: Callable[[str], None], fleet: Fleet | None = None
) -> None:
    """Serve a site's console and interface until the stack ends, where its file asks for them, and say where. Raises OSError.

    fleet: of a demo, which others may look at as well.
    """
    from voltloom.live.config.api import Role
    from voltloom.web.serving import keys_for, served

    plan = site.config.api
    if plan is None:
        return
    keys, secrets = keys_for(plan, has_visitors=fleet is not None)
    secret = secrets.get(Role.ADMIN, "")
    address = await stack.enter_async_context(served(site, plan, keys, fleet=fleet))
    # What follows # is never sent: it is in no log.
    say(f"Open {address}/{f'#key={secret}' if secret else ''} for the console, {address}/docs for the API.")
    if secret:
        say(f"The key of this run: {secret} (write [[api.key]] for lasting ones).")
    if visitors := secrets.get(Role.VIEWER):
        say(f"Who shall only look gets {address}/#key={visitors}")


def _say_where(site: LiveSite) -> None:
    for listener, addresses in site.listening:
        scheme = "wss" if listener.profile.has_tls else "ws"
        how = f"security profile {int(listener.profile)}; OCPP 1.6, 2.0.1, 2.1"
        for host, port in addresses:
            print(f"Stations connect to {scheme}://{host}:{port}/ocpp/IDENTITY ({how}).", flush=True)
    known = f"{len(site.config.places)} stations are known"
    print(f"{known}; the journal is {site.config.journal}.", flush=True)
