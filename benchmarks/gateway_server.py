"""The server side of bench_gateway: echoes every message, and tells its memory, CPU seconds and event-loop lateness.

python -m benchmarks.gateway_server gateway|tls|websockets FOLDER: prints its port, then answers each line on stdin.
"""

import asyncio
import gc
import json
import os
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import websockets

from voltloom.live.gateway.credentials import generated
from voltloom.live.gateway.events import EventKind, GatewayEvent
from voltloom.live.gateway.gateway import Gateway
from voltloom.live.gateway.links import Ending, Link, Peer
from voltloom.live.gateway.settings import GatewaySettings, Limits, Listener, Rate, SecurityProfile
from voltloom.live.gateway.stations import Directory, KnownStation
from voltloom.live.gateway.tls import TlsFiles, server_context

PROBE_S = 0.005
STATIONS = 10_000


class Echo:
    """Sends back whatever comes."""

    gateway: Gateway

    def opened(self, link: Link, station: Peer, subprotocol: str) -> None:
        """Nothing to prepare."""

    def received(self, link: Link, data: bytes) -> None:
        """Echo."""
        self.gateway.send(link, data)

    def closed(self, link: Link, why: Ending) -> None:
        """Nothing to clear."""


class Lateness:
    """How late the event loop comes to what was due, the longest since it was last asked.

    Beside it, how much of that time this process worked: the rest was other processes' on a shared machine.
    """

    def __init__(self) -> None:
        self.longest_s = self.worked_s = 0.0
        self._due_s = self._cpu_s = 0.0

    def start(self) -> None:
        """Look every 5 ms from now on."""
        loop = asyncio.get_running_loop()
        late_s, cpu_s = loop.time() - self._due_s, time.process_time()
        if self._due_s and late_s > self.longest_s:
            self.longest_s, self.worked_s = late_s, cpu_s - self._cpu_s
        self._due_s, self._cpu_s = loop.time() + PROBE_S, cpu_s
        loop.call_later(PROBE_S, self.start)


def tell_refusals(event: GatewayEvent) -> None:
    """Say on stderr what should not happen here."""
    if event.kind not in (EventKind.OPENED, EventKind.CLOSED, EventKind.PROFILE_RAISED):
        print(event, file=sys.stderr)


async def gateway_port(kind: str, folder: Path) -> int:
    """Start the gateway with 10,000 stations of generated secrets. Returns its port."""
    limits = replace(
        Limits(),
        messages=Rate(burst_count=1e9, refill_per_s=1e9),
        attempts_by_address=Rate(burst_count=1e6, refill_per_s=1e6),
    )
    if kind == "tls":
        files = TlsFiles(certificate_path=folder / "server.pem", key_path=folder / "server.key")
        context = server_context(SecurityProfile.TLS_BASIC, files)
        listener = Listener(host="127.0.0.1", port=0, profile=SecurityProfile.TLS_BASIC, tls=context)
    else:
        listener = Listener(host="127.0.0.1", port=0, profile=SecurityProfile.BASIC)
    secret, record = generated()
    (folder / "secret").write_text(secret, encoding="ascii")
    known = [KnownStation(identity=f"S{n:05d}", secret_record=record) for n in range(STATIONS)]
    echo = Echo()
    settings = GatewaySettings(listeners=(listener,), limits=limits)
    echo.gateway = Gateway(settings, Directory(known), echo, tell_refusals)
    ((address,),) = await echo.gateway.start()
    return address[1]


async def websockets_port() -> int:
    """Start the same echo on the `websockets` package, compression off and no authentication. Returns its port."""

    async def echo(connection: websockets.ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    server = await websockets.serve(
        echo, "127.0.0.1", 0, subprotocols=[websockets.Subprotocol("ocpp1.6")], compression=None, backlog=4096
    )
    return int(next(iter(server.sockets)).getsockname()[1])


async def main() -> None:
    """Serve until stdin ends."""
    kind, folder = sys.argv[1], Path(sys.argv[2])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port = await (websockets_port() if kind == "websockets" else gateway_port(kind, folder))
    print(port, flush=True)
    lateness = Lateness()
    lateness.start()
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    while await commands.readline():
        longest_s, worked_s = lateness.longest_s, lateness.worked_s
        lateness.longest_s = lateness.worked_s = 0.0
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        told = {
            "rss_bytes": pages * os.sysconf("SC_PAGE_SIZE"),
            "cpu_s": time.process_time(),
            "late_s": longest_s,
            "late_cpu_s": worked_s,
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
