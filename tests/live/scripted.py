"""Stations of all three versions built on the `ocpp` package, whose answers to limits a test decides."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import ocpp.v16
import ocpp.v21
import ocpp.v201
from ocpp.routing import on
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.live.composing import Composite, Profile, profile_of
from tests.live.demo import PLAN
from voltloom.live.clock import WALL, Clock
from voltloom.live.config import config_of
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.alarms import CATALOGUE, AlarmKind

PACKAGES: dict[str, ModuleType] = {"ocpp1.6": ocpp.v16, "ocpp2.0.1": ocpp.v201, "ocpp2.1": ocpp.v21}
VERSIONS = tuple(PACKAGES)
PATIENCE_S = 40.0
# What a station makes of a profile: the status it answers, "error" for a CALLERROR, "silence" for no answer,
# "lost" for one that is taken and not answered.
Judge = Callable[[Profile], str]


class Alarms(logging.Handler):
    """What the site's log tells while it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())

    def __enter__(self) -> Alarms:
        logging.getLogger("voltloom.live").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("voltloom.live").removeHandler(self)

    def has(self, kind: AlarmKind) -> bool:
        return any(CATALOGUE[kind].what in line for line in self.told)


def always(answer: str) -> Judge:
    return lambda _: answer


def refusing(*purposes: str) -> Judge:
    return lambda profile: "Rejected" if profile.purpose in purposes else "Accepted"


class Script:
    """What a station does: told, it keeps every profile it was sent, and those it took."""

    def __init__(self, judge: Judge, abilities: dict[str, str] | None = None) -> None:
        self.judge = judge
        self.abilities = abilities if abilities is not None else dict(RICH)
        self.sent: list[Profile] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.outlet = Composite(most_a=16.0)
        self.news = asyncio.Event()
        self.skew_s = 0.0
        self.now_s: Callable[[], float] = time.time
        self.is_deaf = False

    def heard(self, number: int, told: dict[str, Any]) -> str:
        profile = profile_of(number, told)
        self.sent.append(profile)
        answer = self.judge(profile)
        if answer in ("Accepted", "lost", "late"):
            self.outlet.take(profile)
        self.news.set()
        return answer

    def limits(self, purpose: str) -> list[float]:
        return [profile.periods[0][1] for profile in self.sent if profile.purpose == purpose]

    def limit_a(self) -> float:
        return self.outlet.limit_a(self.now_s() + self.skew_s)

    async def until(self, is_so: Callable[[], bool], what: str = "") -> None:
        """Wait for something to be so."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_so():
                    self.news.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self.news.wait(), 0.2)
        except TimeoutError:
            seen = [(p.purpose, p.unit, p.periods) for p in self.sent]
            raise AssertionError(f"{what or 'it'} never came; sent: {seen}; calls: {self.calls}") from None


async def given_up(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended: on Python 3.11 a library that waits for an answer may swallow the word, so it is said again."""
    going = set(tasks)
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=0.2)


RICH = {"levels": "5", "unit": "A", "periods": "6", "dynamic": "false"}
_UNITS_16 = {"A": "Current", "W": "Power"}


class Client:
    """One station on one link. Its transaction is "tx1" in 2.x, whatever it was given in 1.6."""

    def __init__(self, name: str, version: str, socket: ClientConnection, script: Script) -> None:
        self.name, self.version, self.socket, self.script = name, version, socket, script
        self.package = PACKAGES[version]
        self.point = _point(self.package, version)(name, socket)
        self.point.script = script
        self.point.client = self
        self.listening = asyncio.create_task(self.point.start())
        self.transaction_id: Any = "tx1"
        self.seq_no = 0

    async def call(self, action: str, **fields: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return await self.point.call(getattr(self.package.call, action)(**fields))

    async def boot(self, firmware: str = "1") -> None:
        if self.version == "ocpp1.6":
            await self.call(
                "BootNotification",
                charge_point_model="M",
                charge_point_vendor="V",
                firmware_version=firmware,
            )
        else:
            station = {"model": "M", "vendor_name": "V", "firmware_version": firmware}
            await self.call("BootNotification", charging_station=station, reason="PowerUp")
        await self.status("Occupied" if self.script.outlet.transaction_id else "Available")

    async def status(self, word: str) -> None:
        """Tell whether a vehicle is there, in the words of the version."""
        if self.version == "ocpp1.6":
            status = "Charging" if word == "Occupied" else word
            fields = {"connector_id": 1, "error_code": "NoError", "timestamp": self._now()}
            await self.call("StatusNotification", status=status, **fields)
        else:
            fields = {"timestamp": self._now(), "evse_id": 1, "connector_id": 1}
            await self.call("StatusNotification", connector_status=word, **fields)

    async def plug_in(self, token: str = "anna") -> None:
        """Begin a session with its transaction."""
        if self.version == "ocpp1.6":
            await self.call("StatusNotification", connector_id=1, error_code="NoError", status="Preparing")
            started = await self.call(
                "StartTransaction",
                connector_id=1,
                id_tag=token,
                meter_start=1000,
                timestamp=self._now(),
            )
            self.transaction_id = int(started.transaction_id)
            await self.call("StatusNotification", connector_id=1, error_code="NoError", status="Charging")
        else:
            self.transaction_id = f"tx{time.time_ns()}"
            await self._event("Started", "CablePluggedIn", id_token={"id_token": token, "type": "ISO14443"})
        self.script.outlet.transaction_id = str(self.transaction_id)

    async def unplug(self) -> None:
        if self.version == "ocpp1.6":
            await self.call(
                "StopTransaction",
                transaction_id=self.transaction_id,
                meter_stop=1001,
                timestamp=self._now(),
            )
            await self.call("StatusNotification", connector_id=1, error_code="NoError", status="Available")
        else:
            await self._event("Ended", "EVDeparted")
        self.script.outlet.transaction_id = ""

    async def measure(self, current_a: float, **more: float) -> None:
        """Tell what flows on three phases. more: further measurands."""
        lines = [("Current.Import", phase, "A", current_a) for phase in ("L1", "L2", "L3")]
        lines += [(name.replace("_", "."), "", "", value) for name, value in more.items()]
        await self.meter(1, lines)

    async def meter(self, number: int, lines: list[tuple[str, str, str, float]]) -> None:
        is_old = self.version == "ocpp1.6"
        samples: list[dict[str, Any]] = []
        for measurand, phase, unit, value in lines:
            sample: dict[str, Any] = {"measurand": measurand, "value": f"{value}" if is_old else value}
            if phase:
                sample["phase"] = phase
            if unit:
                sample.update({"unit": unit} if is_old else {"unit_of_measure": {"unit": unit}})
            samples.append(sample)
        row = [{"timestamp": self._now(), "sampled_value": samples}]
        if not is_old:
            await self.call("MeterValues", evse_id=number, meter_value=row)
        elif number:
            await self.call(
                "MeterValues", connector_id=number, transaction_id=self.transaction_id, meter_value=row
            )
        else:
            await self.call("MeterValues", connector_id=0, meter_value=row)

    async def leave(self) -> None:
        await self.socket.close()
        self.listening.cancel()
        with suppress(ConnectionClosed, asyncio.CancelledError):
            await self.listening

    async def _event(self, kind: str, trigger: str, **more: Any) -> None:
        self.seq_no += 1
        await self.call(
            "TransactionEvent",
            event_type=kind,
            timestamp=self._now(),
            trigger_reason=trigger,
            seq_no=self.seq_no,
            transaction_info={"transaction_id": self.transaction_id, "charging_state": "Charging"},
            evse={"id": 1, "connector_id": 1},
            **more,
        )

    def _now(self) -> str:
        return stamp_text(self.script.now_s() + self.script.skew_s)


def _point(package: ModuleType, version: str) -> Any:
    base = _base(package, version)
    if version == "ocpp1.6":
        return _with_words_16(base, package.call_result)
    point = _with_words_2(base, package.call_result)
    return point if version == "ocpp2.0.1" else _with_updates(point, package.call_result)


def _base(package: ModuleType, version: str) -> Any:
    stop_action = "RemoteStopTransaction" if version == "ocpp1.6" else "RequestStopTransaction"

    class Point(package.ChargePoint):  # type: ignore[misc,name-defined]  # the package ships no types
        script: Script
        client: Client
        answer = "Accepted"

        async def route_message(self, raw_msg: str) -> None:
            frame = json.loads(raw_msg)
            if frame[0] == 2:
                self.script.calls.append((frame[2], frame[3]))
                if self.script.is_deaf:
                    return
            self.answer = "Accepted"
            await super().route_message(raw_msg)

        async def _send(self, message: str) -> None:
            if self.answer in ("silence", "lost") and json.loads(message)[0] == 3:
                self.answer = "Accepted"
                return
            if self.answer == "late" and json.loads(message)[0] == 3:
                self.answer = "Accepted"
                self.late = asyncio.get_running_loop().call_later(2.0, self.send_late, message)
                return
            if self.answer == "error" and json.loads(message)[0] == 3:
                self.answer = "Accepted"
                message = json.dumps([4, json.loads(message)[1], "NotSupported", "", {}])
            await super()._send(message)

        def send_late(self, message: str) -> None:
            self.sending = asyncio.ensure_future(super()._send(message))

        def judged(self, number: int, profile: dict[str, Any]) -> str:
            self.answer = self.script.heard(number, profile)
            return self.answer if self.answer in ("Accepted", "Rejected") else "Accepted"

        @on(stop_action)  # type: ignore[untyped-decorator]  # the package ships no types
        def stop(self, **_: Any) -> Any:
            self.script.news.set()
            return getattr(package.call_result, stop_action)(status="Accepted")

    return Point


def _with_words_16(base: Any, result: Any) -> Any:
    class Point16(base):  # type: ignore[misc]  # the package ships no types
        @on("GetConfiguration")  # type: ignore[untyped-decorator]  # the package ships no types
        def configured(self, **_: Any) -> Any:
            told = self.script.abilities
            keys = {
                "ChargeProfileMaxStackLevel": told.get("levels"),
                "ChargingScheduleAllowedChargingRateUnit": _UNITS_16.get(told.get("unit", "")),
                "ChargingScheduleMaxPeriods": told.get("periods"),
            }
            rows = [{"key": k, "readonly": True, "value": v} for k, v in keys.items() if v]
            return result.GetConfiguration(configuration_key=rows)

        @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package ships no types
        def limited(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> Any:
            return result.SetChargingProfile(status=self.judged(connector_id, cs_charging_profiles))

    return Point16


def _with_words_2(base: Any, result: Any) -> Any:
    class Point2(base):  # type: ignore[misc]  # the package ships no types
        @on("GetBaseReport")  # type: ignore[untyped-decorator]  # the package ships no types
        def asked(self, **_: Any) -> Any:
            if self.script.abilities:
                self.reporting = asyncio.create_task(self.report())
            return result.GetBaseReport(status="Accepted" if self.script.abilities else "NotSupported")

        async def report(self) -> None:
            told = self.script.abilities
            names = {
                "ProfileStackLevel": told.get("levels"),
                "RateUnit": told.get("unit"),
                "PeriodsPerSchedule": told.get("periods"),
                "SupportsDynamicProfiles": told.get("dynamic"),
            }
            rows = [
                {
                    "component": {"name": "SmartChargingCtrlr"},
                    "variable": {"name": name},
                    "variable_attribute": [{"type": "Actual", "value": value}],
                }
                for name, value in names.items()
                if value
            ]
            fields = {"generated_at": stamp_text(time.time()), "seq_no": 0, "report_data": rows}
            await self.client.call("NotifyReport", request_id=1, **fields)

        @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package ships no types
        def limited(self, evse_id: int, charging_profile: dict[str, Any], **_: Any) -> Any:
            return result.SetChargingProfile(status=self.judged(evse_id, charging_profile))

    return Point2


def _with_updates(base: Any, result: Any) -> Any:
    class Point21(base):  # type: ignore[misc]  # the package ships no types
        @on("UpdateDynamicSchedule")  # type: ignore[untyped-decorator]  # the package ships no types
        def updated(self, charging_profile_id: int, schedule_update: dict[str, Any], **_: Any) -> Any:
            known = [p for p in self.script.outlet.profiles if p.identity == charging_profile_id]
            for profile in known:
                profile.periods = [(0.0, float(schedule_update["limit"]))]
            self.script.news.set()
            return result.UpdateDynamicSchedule(status="Accepted" if known else "Rejected")

    return Point21


async def joined(port: int, name: str, version: str, script: Script) -> Client:
    """Return a station that has connected."""
    socket = await connect(
        f"ws://127.0.0.1:{port}/ocpp/{name}", subprotocols=[Subprotocol(version)], proxy=None
    )
    return Client(name, version, socket, script)


async def opened_roomy_site(folder: Path) -> LiveSite:
    """Return the two outlets of `demo` as a running site that bears both whatever is reserved: nobody is ever lowered."""
    tree = tomllib.loads(PLAN)
    tree["site"]["circuit"][0]["rating_a"] = 40.0
    return await opened(config_of(tree, folder=folder))


async def opened_site(folder: Path, clock: Clock = WALL, **control: object) -> LiveSite:
    """Return the two outlets of `demo` as a running site, with other settings of [control]."""
    tree = tomllib.loads(PLAN)
    tree["control"] = {**tree["control"], **control}
    return await opened(config_of(tree, folder=folder), clock)
