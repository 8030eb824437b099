"""CALLs per CPU second of the server: Voltloom beside the `ocpp` package on websockets and npm's ocpp-rpc in strict mode.

Beside them stand two floors, what these parts cost without a server on them: see `ocpp_floor`.

python -m benchmarks.bench_ocpp [--stations 200] [--rounds 3] [--node-modules build/ocpp_rpc/node_modules]
One load generator for all: stations with one CALL under way each, over loopback. A server is a fresh process for each
message; a round is a number of CALLs to each server in turn; the median round counts. Without Node or the modules, ocpp-rpc is
left out, and the results say so. Results go to
benchmarks/results/ocpp.json.
"""

import argparse
import base64
import json
import os
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import ROOT

CALLS = {
    "durable": 6_000,
    "undurable": 6_000,
    "floor-echo": 12_000,
    "floor-typed": 12_000,
    "ocpp-rpc": 6_000,
    "ocpp": 1_200,
}
MESSAGES = {"Heartbeat": "ocpp1.6", "MeterValues": "ocpp1.6", "TransactionEvent": "ocpp2.0.1"}
ABILITIES = {
    "ChargeProfileMaxStackLevel": "5",
    "ChargingScheduleAllowedChargingRateUnit": "Current",
    "ChargingScheduleMaxPeriods": "6",
}
NO_MASK = b"\x00" * 4  # a legal key that changes nothing: the generator must not be what is measured
PING = 9
LONGEST_SHORT = 125  # RFC 6455, 5.2


def frame_of(text: str) -> bytes:
    """Return a client's text frame."""
    body = text.encode()
    if len(body) <= LONGEST_SHORT:
        return bytes((0x81, 0x80 | len(body))) + NO_MASK + body
    return b"\x81\xfe" + len(body).to_bytes(2, "big") + NO_MASK + body


def answer_to(call: list[object]) -> list[object]:
    """Return what a station answers that takes every limit and knows little else."""
    if call[2] in ("SetChargingProfile", "ClearChargingProfile"):
        return [3, call[1], {"status": "Accepted"}]
    if call[2] == "GetConfiguration":
        keys = [{"key": key, "readonly": True, "value": value} for key, value in ABILITIES.items()]
        return [3, call[1], {"configurationKey": keys}]
    return [4, call[1], "NotImplemented", "", {}]


class Station:
    """One station: a socket, and the CALLs it makes one after the other."""

    def __init__(self, port: int, number: int, subprotocol: str) -> None:
        self.number, self.count, self.transaction = number, 0, ""
        self._got = b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ocpp/S{number} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._got:
            self._got += self.socket.recv(4096)
        head, _, self._got = self._got.partition(b"\r\n\r\n")
        if b" 101 " not in head:
            raise RuntimeError(f"station S{number} was not let in: {head!r}")

    def send(self, action: str, payload: dict[str, object]) -> None:
        """Make a CALL."""
        self.socket.sendall(self.frame(action, payload))

    def frame(self, action: str, payload: dict[str, object]) -> bytes:
        """Return a CALL as it goes over the wire."""
        self.count += 1
        return frame_of(json.dumps([2, f"m{self.count}", action, payload], separators=(",", ":")))

    def answers(self) -> list[list[object]]:
        """Return the answers that have come; CALLs of the server are answered.

        Raises RuntimeError for a CALL of ours that the server refuses, and where the link ends.
        """
        got = self.socket.recv(65536)
        if not got:
            raise RuntimeError(f"the server closed the link of station S{self.number}")
        self._got += got
        found = []
        while (message := self._next()) is not None:
            if message[0] == 2:  # OCPP-J: a CALL
                self.socket.sendall(frame_of(json.dumps(answer_to(message))))
            elif message[0] == 4:  # OCPP-J: a CALLERROR
                raise RuntimeError(f"station S{self.number} was refused: {message}")
            else:
                assert message[1] == f"m{self.count}", message
                found.append(message)
        return found

    def _next(self) -> list[object] | None:
        if len(self._got) < 2:  # the shortest frame
            return None
        start, length = 2, self._got[1] & 0x7F
        if length > LONGEST_SHORT:
            start, length = 4, int.from_bytes(self._got[2:4], "big")
        if len(self._got) < start + length:
            return None
        opcode, body = self._got[0] & 0x0F, self._got[start : start + length]
        self._got = self._got[start + length :]
        if opcode == PING:
            self.socket.sendall(bytes((0x8A, 0x80 | len(body))) + NO_MASK + body)
            return self._next()
        if opcode != 1:
            raise RuntimeError(f"station S{self.number} got a frame of kind {opcode}: {body!r}")
        message: list[object] = json.loads(body)
        return message

    def asked(self, action: str, payload: dict[str, object]) -> dict[str, object]:
        """Return the payload of the answer to one CALL."""
        self.send(action, payload)
        while not (found := self.answers()):
            pass
        answer = found[0][2]
        assert isinstance(answer, dict)
        return answer

    def arrive(self, message: str) -> None:
        """Boot and, where the message needs one, begin a transaction."""
        if MESSAGES[message] == "ocpp1.6":
            self.asked("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            if message == "MeterValues":
                begun = {"connectorId": 1, "idTag": f"T{self.number}", "meterStart": 0, "timestamp": stamp()}
                self.transaction = str(self.asked("StartTransaction", begun)["transactionId"])
        else:
            boot = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
            self.asked("BootNotification", boot)
            self.transaction = f"t{self.number}"
            self.asked("TransactionEvent", self.event("Started"))

    def made(self, message: str) -> bytes:
        """Return the next CALL of the measured kind."""
        if message == "Heartbeat":
            return self.frame(message, {})
        if message == "MeterValues":
            told = {"connectorId": 1, "transactionId": int(self.transaction), "meterValue": [self.reading()]}
            return self.frame(message, told)
        return self.frame(message, self.event("Updated"))

    def event(self, kind: str) -> dict[str, object]:
        """Return a TransactionEvent."""
        told: dict[str, object] = {
            "eventType": kind,
            "timestamp": stamp(),
            "triggerReason": "MeterValuePeriodic",
            "seqNo": self.count,
            "transactionInfo": {"transactionId": self.transaction, "chargingState": "Charging"},
            "meterValue": [self.reading()],
        }
        if kind == "Started":
            told["evse"] = {"id": 1, "connectorId": 1}
            told["idToken"] = {"idToken": f"T{self.number}", "type": "ISO14443"}
        return told

    def reading(self) -> dict[str, object]:
        """Return three currents and the register; 1.6 has numbers as text."""
        is_text = self.transaction.isdigit()
        values = [("Current.Import", f"L{phase}", 15.5) for phase in (1, 2, 3)]
        sampled: list[dict[str, object]] = [
            {"value": str(value) if is_text else value, "measurand": measurand, "phase": phase}
            for measurand, phase, value in values
        ]
        register = 3 * self.count
        sampled.append(
            {"value": str(register) if is_text else register, "measurand": "Energy.Active.Import.Register"}
        )
        return {"timestamp": stamp(), "sampledValue": sampled}


def stamp() -> str:
    """Return the time as a station tells it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def rate(
    process: subprocess.Popen[str], stations: list[Station], message: str, calls: int
) -> dict[str, float]:
    """Return what so many CALLs cost; the stations make one each at the same time, and the next when all are answered."""
    waiting = selectors.DefaultSelector()
    for station in stations:
        waiting.register(station.socket, selectors.EVENT_READ, station)
    before_s, began_s = cpu_s(process), time.perf_counter()
    answered = 0
    while answered < calls:
        frames = [
            station.made(message) for station in stations
        ]  # made first, so that they come as close as they can
        for station, frame in zip(stations, frames, strict=True):
            station.socket.sendall(frame)
        missing = len(stations)
        while missing:
            for key, _ in waiting.select(timeout=0):  # never asleep: waking it would be charged to who sends
                missing -= len(key.data.answers())
        answered += len(stations)
    spent_s, wall_s = cpu_s(process) - before_s, time.perf_counter() - began_s
    return {
        "calls": answered,
        "cpu_s": spent_s,
        "wall_s": wall_s,
        "calls_per_cpu_s": answered / spent_s,
        "calls_per_s": answered / wall_s,
    }


def cpu_s(process: subprocess.Popen[str]) -> float:
    """Return the CPU seconds a server has used."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return float(json.loads(process.stdout.readline())["cpu_s"])


@contextmanager
def serving(kind: str, stations: int, node_modules: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run one server. Yields its process and port."""
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:  # a disk: /tmp may be memory
        command = [sys.executable, "-m", "benchmarks.ocpp_server", kind, folder, str(stations)]
        if kind == "ocpp-rpc":
            command = [shutil.which("node") or "node", str(ROOT / "benchmarks/ocpp_rpc/server.js")]
        environment = {**os.environ, "NODE_PATH": str(node_modules)}
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
        )
        try:
            assert process.stdout
            yield process, int(process.stdout.readline())
        finally:
            process.kill()
            process.communicate()


def measured(
    message: str, kinds: list[str], count: int, rounds: int, node_modules: Path
) -> dict[str, list[dict[str, float]]]:
    """Return the rounds of every server, by kind."""
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    with ExitStack() as running:
        talking = {}
        for kind in kinds:
            process, port = running.enter_context(serving(kind, count, node_modules))
            stations = [Station(port, number, MESSAGES[message]) for number in range(count)]
            for station in stations:
                if kind.startswith("floor-"):  # it knows no sessions
                    station.transaction = "7" if MESSAGES[message] == "ocpp1.6" else "t7"
                else:
                    station.arrive(message)
            rate(process, stations, message, CALLS[kind] // 4)  # compilers and caches warm up
            talking[kind] = process, stations
        for number in range(rounds):
            for kind, (process, stations) in talking.items():
                row = rate(process, stations, message, CALLS[kind])
                found[kind].append(row)
                shown = {name: round(value, 2) for name, value in row.items()}
                print(message, number, kind, shown, flush=True)
    return found


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", default=",".join(MESSAGES))
    parser.add_argument("--node-modules", type=Path, default=ROOT / "build/ocpp_rpc/node_modules")
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    given = parser.parse_args()
    (ROOT / "build").mkdir(exist_ok=True)
    kinds = [kind for kind in CALLS if kind != "ocpp-rpc" or given.node_modules.is_dir()]
    rounds: dict[str, dict[str, list[dict[str, float]]]] = {}
    for message in given.messages.split(","):
        rounds[message] = measured(message, kinds, given.stations, given.rounds, given.node_modules.resolve())
    medians = {
        message: {
            kind: round(statistics.median(row["calls_per_cpu_s"] for row in rows))
            for kind, rows in by.items()
        }
        for message, by in rounds.items()
    }
    print(json.dumps(medians, indent=1))
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {"date": given.date, **commit(), "machine": machine(), "stations": given.stations}
    kept |= {"calls_per_cpu_s": medians, "rounds": rounds}
    (RESULTS / "ocpp.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
