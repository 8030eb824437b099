"""The site's file read again while it runs (SIGHUP): certificates and prices are taken, the rest waits for a restart.

What a running session stands on (circuits, outlets, stations, margins, tokens) never changes under it.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from voltloom.live.config import Config, load_config
from voltloom.live.running import LiveSite
from voltloom.site.mistakes import PlanError
from voltloom.store.errors import StoreError

_WAITING: Final = (
    "site",
    "places",
    "known",
    "stated_least",
    "settings",
    "meters",
    "inverters",
    "buys",
    "price_service",
    "journal",
    "node",
)
_log = logging.getLogger("voltloom.live")


async def reload(site: LiveSite, file: Path) -> None:
    """Read the file again and say what came of it; a mistake in it changes nothing."""
    try:
        config = await asyncio.to_thread(load_config, file)
        taken = await take(site, config)
    except (PlanError, OSError, StoreError) as wrong:
        _log.error("%s was read again and nothing was taken: %s", file, wrong)
        return
    _log.info("%s was read again: %s", file, "; ".join(taken) or "nothing has changed")


async def take(site: LiveSite, config: Config) -> tuple[str, ...]:
    """Take what may change while a site runs. Returns what was taken, and what waits for a restart.

    Raises StoreError where new prices cannot be kept; OSError where a certificate went away since it was read.
    """
    told = [f"certificate of {path}" for path in _certificates(site, config)]
    priced_count = await site.prices.write(site.journal, config.tariffs, round(site.clock.now_s() * 1000.0))
    if priced_count:
        told.append(f"{priced_count} tariff{'s' if priced_count > 1 else ''}")
    waiting = [name for name in _WAITING if not _is_same(name, site.config, config)]
    if _access(config) != _access(site.config):
        waiting.append("tokens and access")
    if _shape(config) != _shape(site.config):
        waiting.append("gateway")
    if waiting:
        told.append(f"waits for a restart: {', '.join(waiting)}")
    return tuple(told)


def _certificates(site: LiveSite, config: Config) -> list[str]:
    """Put new certificates into the running listeners; links that are open keep theirs. Returns the listeners' paths.

    The new pair was tried in a context of its own when the file was read.
    """
    taken = []
    before = {plan.path: plan for plan in site.config.listeners}
    for plan in config.listeners:
        old = before.get(plan.path)
        if old is None or old.listener.tls is None or plan.files is None:
            continue
        loaded = site.certificates.get(plan.path, old.certificate)
        if plan.certificate != loaded:
            context: ssl.SSLContext = old.listener.tls
            context.load_cert_chain(plan.files.certificate_path, plan.files.key_path)
            site.certificates[plan.path] = plan.certificate
            taken.append(plan.path)
    return taken


def _is_same(name: str, before: Config, after: Config) -> bool:
    return bool(getattr(before, name) == getattr(after, name))


def _access(config: Config) -> object:
    return (dict(config.access.known.entries), config.access.rules)


def _shape(config: Config) -> object:
    gateway = config.gateway
    listeners = [(plan.listener.host, plan.listener.port, plan.listener.profile) for plan in config.listeners]
    return (listeners, gateway.limits, gateway.unknown_stations, gateway.no_subprotocol)


def on_hangup(site: LiveSite, file: Path) -> Callable[[], None]:
    """Return what to do when the signal comes: one reading at a time, the last signal counts."""
    running: set[asyncio.Task[None]] = set()

    def again() -> None:
        before = tuple(running)

        async def after() -> None:
            if before:
                await asyncio.wait(before)
            await reload(site, file)

        task = asyncio.ensure_future(after())
        running.add(task)
        task.add_done_callback(running.discard)

    return again
