"""The interface on its own listener, in the loop of the site: a uvicorn server that leaves signals to the site."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from voltloom.live.config.api import ApiKey, ApiPlan, Role
from voltloom.live.gateway.credentials import generated
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.gateway.tls import TlsFiles, server_context
from voltloom.live.running import LiveSite
from voltloom.web.app import application
from voltloom.web.connections import Limits, Room, connections_in, sockets_in
from voltloom.web.console import answering
from voltloom.web.console.faults import Fleet

CLOSE_S = 3  # for requests and streams that are under way
_log = logging.getLogger("voltloom.web")


class _Server(uvicorn.Server):
    """Installs no signal handlers: the site drains first, and then ends this."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def keys_for(plan: ApiPlan, *, has_visitors: bool = False) -> tuple[tuple[ApiKey, ...], Mapping[Role, str]]:
    """Return the keys, and the secrets of those made for this run where the file has none: who may do all, and who only looks on."""
    if plan.keys:
        return plan.keys, {}
    names = {Role.ADMIN: "this-run"} | ({Role.VIEWER: "visitor"} if has_visitors else {})
    made = {role: generated() for role in names}
    keys = [ApiKey(key_id=name, role=role, secret_record=made[role][1]) for role, name in names.items()]
    return tuple(keys), {role: secret for role, (secret, _) in made.items()}


@asynccontextmanager
async def served(
    site: LiveSite,
    plan: ApiPlan,
    keys: tuple[ApiKey, ...],
    room: Room | None = None,
    fleet: Fleet | None = None,
) -> AsyncIterator[str]:
    """Serve while the context lasts; give the address. Raises OSError where it cannot listen."""
    tls = None
    if plan.certificate is not None and plan.key is not None:
        files = TlsFiles(certificate_path=plan.certificate, key_path=plan.key)
        tls = server_context(SecurityProfile.TLS_BASIC, files)
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((plan.host, plan.port))
        listener.listen()  # who connects before the server runs waits instead of being refused
    except OSError as wrong:
        listener.close()
        raise OSError(wrong.errno, f"{plan.host}:{plan.port} ([api]): {wrong.strerror}") from wrong
    app, room = application(site, keys, fleet), room or Room(Limits())
    await answering.recall(app.state.console, app.state.audit)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws=sockets_in(room),
        ws_max_size=4096,  # a page has nothing to say
        ws_per_message_deflate=False,  # it would be done for each page anew
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        proxy_headers=False,  # whoever sends X-Forwarded-For would choose the address that wrong keys count for
        http=connections_in(room, tls),  # type: ignore[arg-type]  # it only calls it
        timeout_keep_alive=15,
        timeout_graceful_shutdown=CLOSE_S,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    scheme = "https" if plan.certificate else "http"
    host = f"[{plan.host}]" if family is socket.AF_INET6 else plan.host
    try:
        yield f"{scheme}://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        app.state.feed.end()
        app.state.console.end()
        app.state.drivers.states.end()
        await app.state.verifications.end()
        await app.state.what_if.end()
        listener.close()
