"""Measure the gateway: memory of an idle connection, messages echoed per CPU second, a reconnect storm.

python -m benchmarks.bench_gateway [--connections 10000]: server and clients are two processes on loopback. Results go
to benchmarks/results/gateway.json. Beside it, in the same run, the same echo on the `websockets` package.
"""

import argparse
import base64
import json
import os
import resource
import selectors
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.run import RESULTS, commit, machine
from voltloom.live.gateway.certificates import write_demo

TEXT = (
    b'[2,"19223201","MeterValues",{"connectorId":1,"transactionId":17,"meterValue":[{"timestamp":"2026-11-25T12:00:00Z",'
    b'"sampledValue":[{"value":"16.0","measurand":"Current.Import","phase":"L1","unit":"A"}]}]}]'
)
SPEAKING = 200  # connections that talk during the echo, one message of each under way
ROUNDS = 300


class Server:
    """One server process."""

    def __init__(self, kind: str, folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.gateway_server", kind, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin
        assert self.process.stdout
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        self.port = int(self._stdout.readline())

    def told(self) -> dict[str, float]:
        """Return memory, CPU seconds so far, and the longest lateness since the last question."""
        self._stdin.write("\n")
        self._stdin.flush()
        answer: dict[str, float] = json.loads(self._stdout.readline())
        return answer


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[Server]:
    """Run one server."""
    server = Server(kind, folder)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def request(number: int, folder: Path) -> bytes:
    """Return the opening request of one station."""
    secret = (folder / "secret").read_bytes() if (folder / "secret").exists() else b""
    identity = f"S{number:05d}"
    basic = base64.b64encode(identity.encode() + b":" + secret).decode()
    return (
        f"GET /ocpp/{identity} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: ocpp1.6\r\nAuthorization: Basic {basic}\r\n\r\n"
    ).encode()


def connected(server: Server, number: int, folder: Path, tls: ssl.SSLContext | None) -> socket.socket:
    """Return an open WebSocket of one station."""
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    station: socket.socket = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
    station.sendall(request(number, folder))
    answer = station.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    return station


def frame_of(text: bytes) -> bytes:
    """Return a masked text frame of 126 to 65,535 bytes."""
    mask = os.urandom(4)
    body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(text))
    return b"\x81\xfe" + len(text).to_bytes(2, "big") + mask + body


def echo_rate(server: Server, stations: list[socket.socket]) -> dict[str, float]:
    """Return messages echoed for each CPU second of the server: every station has one under way."""
    frame = frame_of(TEXT)
    expected = 4 + len(TEXT)
    before = server.told()
    for _ in range(ROUNDS):
        for station in stations:
            station.sendall(frame)
        for station in stations:
            missing = expected
            while missing:
                missing -= len(station.recv(missing))
    after = server.told()
    cpu_s = after["cpu_s"] - before["cpu_s"]
    messages = ROUNDS * len(stations)
    return {"messages": messages, "cpu_s": cpu_s, "messages_per_cpu_s": messages / cpu_s}


def storm(server: Server, count: int, folder: Path) -> dict[str, float]:
    """Open all connections at once, without waiting for each other. Returns time, CPU and longest lateness."""
    requests = [request(number, folder) for number in range(count)]
    before, began_s = server.told(), time.perf_counter()
    waiting = selectors.DefaultSelector()
    stations = []
    for number in range(count):
        station = socket.socket()
        station.setblocking(False)
        station.connect_ex(("127.0.0.1", server.port))
        waiting.register(station, selectors.EVENT_WRITE, number)
        stations.append(station)
    done = 0
    while done < count:
        for key, events in waiting.select(timeout=60):
            station = key.fileobj  # type: ignore[assignment]  # we registered sockets only
            if events & selectors.EVENT_WRITE:
                station.send(requests[key.data])
                waiting.modify(station, selectors.EVENT_READ, key.data)
            else:
                answer = station.recv(4096)
                assert answer.startswith(b"HTTP/1.1 101"), answer
                waiting.unregister(station)
                done += 1
    wall_s = time.perf_counter() - began_s
    after = server.told()
    for station in stations:
        station.close()
    return {
        "connections": count,
        "wall_s": wall_s,
        "cpu_s": after["cpu_s"] - before["cpu_s"],
        "late_s": after["late_s"],
        "late_cpu_s": after["late_cpu_s"],
    }


def measured(kind: str, count: int, folder: Path) -> dict[str, object]:
    """Return what one kind of server costs."""
    tls = ssl.create_default_context(cafile=str(folder / "authority.pem")) if kind == "tls" else None
    with serving(kind, folder) as server:
        warm = [connected(server, number, folder, tls) for number in range(100)]
        echo_rate(server, warm[:10])
        empty = server.told()
        idle = [connected(server, number, folder, tls) for number in range(100, count)]
        full = server.told()
        memory_bytes = (full["rss_bytes"] - empty["rss_bytes"]) / (count - 100)
        echoed = echo_rate(server, idle[:SPEAKING])
        result: dict[str, object] = {
            "connections": count,
            "idle_bytes_each": memory_bytes,
            "connect_cpu_s_each": (full["cpu_s"] - empty["cpu_s"]) / (count - 100),
            "echo": echoed,
        }
        for station in warm + idle:
            station.close()
    if kind == "gateway":
        with serving(kind, folder) as server:
            result["storm"] = storm(server, count, folder)
            result["reconnect_storm"] = storm(server, count, folder)
    return result


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows: dict[str, dict[str, object]] = {}
    for kind in ("gateway", "tls", "websockets"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_demo(folder, (), ("localhost", "127.0.0.1"))
            count = given.connections if kind == "gateway" else min(given.connections, 2000)
            rows[kind] = measured(kind, count, folder)
            print(kind, json.dumps(rows[kind], indent=1), flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {"date": given.date, **commit(), "machine": machine(), "rows": rows}
    (RESULTS / "gateway.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
