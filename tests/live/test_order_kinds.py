"""Every kind of order on every version, on a station of the `ocpp` package: what it is sent, and what shows the effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.live.ordered import Fields, Ordered, Watch, site_of
from tests.live.scripted import VERSIONS
from voltloom.live.orders.kinds import OrderRecord, OrderState
from voltloom.live.running import LiveSite
from voltloom.protocols.ocpp.orders import wishes
from voltloom.protocols.ocpp.orders.wishes import Wish

YES: Fields = {"status": "Accepted"}
STAMP = "2026-01-01T00:00:00Z"
ANNA = wishes.Token(id_token="anna")
SETTING = {True: wishes.Setting(variable="HeartbeatInterval")}
SETTING[False] = wishes.Setting(variable="HeartbeatInterval", component="OCPPCommCtrlr")
OVER = (OrderState.TOOK_EFFECT, OrderState.NO_EFFECT, OrderState.REFUSED, OrderState.FAILED)


class Case(NamedTuple):
    """One order. old, new: the action in 1.6 and in 2.x, "" where there is none. then: what the station does after it."""

    wish: Wish
    old: str
    new: str
    answer: Fields = YES
    then: Callable[[Ordered], Awaitable[None]] | None = None
    back: tuple[str, Fields] | None = None
    versions: tuple[str, ...] = VERSIONS


async def _boots(station: Ordered) -> None:
    await station.boot()


async def _starts(station: Ordered) -> None:
    if station.is_old:
        await station.say("StartTransaction", connector_id=1, id_tag="Anna", meter_start=0, timestamp=STAMP)
        return
    remote = station.asked[-1][1]["remote_start_id"]
    info = {"transaction_id": "t1", "remote_start_id": remote}
    await station.say("TransactionEvent", **_event("Started", info), evse={"id": 1, "connector_id": 1})


async def _stops(station: Ordered) -> None:
    if station.is_old:
        await station.say("StopTransaction", transaction_id=7, meter_stop=1, timestamp=STAMP)
        return
    await station.say("TransactionEvent", **_event("Ended", {"transaction_id": "7"}))


def _event(kind: str, info: Fields) -> Fields:
    trigger = "RemoteStart" if kind == "Started" else "RemoteStop"
    told = {"event_type": kind, "trigger_reason": trigger, "timestamp": STAMP, "seq_no": 0}
    return {**told, "transaction_info": info}


def _tells(status: str) -> Callable[[Ordered], Awaitable[None]]:
    async def tell(station: Ordered) -> None:
        await station.status(status)

    return tell


def _says(action: str, **fields: Any) -> Callable[[Ordered], Awaitable[None]]:
    async def say(station: Ordered) -> None:
        asked = station.asked[-1][1]
        told = {name: asked["request_id"] if value == "asked" else value for name, value in fields.items()}
        await station.say(action, **told)

    return say


def _written(is_old: bool, value: str) -> tuple[str, Fields]:
    if is_old:
        return "GetConfiguration", {
            "configuration_key": [{"key": "HeartbeatInterval", "readonly": False, "value": value}]
        }
    row = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    return "GetVariables", {
        "get_variable_result": [{"attribute_status": "Accepted", "attribute_value": value, **row}]
    }


_ROW = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
_SET = {"set_variable_result": [{"attribute_status": "Accepted", **_ROW}]}
_LIST = wishes.SendList(tokens=(wishes.ListedToken(token=ANNA),))
_FIRMWARE = wishes.UpdateFirmware(location="ftp://h/f", retrieve_s=1.7e9)
_SIGNED = wishes.UpdateFirmware(location="ftp://h/f", retrieve_s=1.7e9, certificate="c", signature="s")
_OLD, _NEW, _NEWEST = VERSIONS[:1], VERSIONS[1:], VERSIONS[2:]
_HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "a",
    "issuerKeyHash": "b",
    "serialNumber": "1",
}


def _message(action: str, **payload: Any) -> wishes.Message:
    return wishes.Message(action=action, payload=payload)


CASES = {
    "reset": Case(wishes.Reset(how="immediate"), "Reset", "Reset", then=_boots),
    "one EVSE": Case(
        wishes.Reset(how="on_idle", number=1), "", "Reset", then=_tells("Available"), versions=_NEW
    ),
    "start": Case(
        wishes.Start(token=ANNA, number=1), "RemoteStartTransaction", "RequestStartTransaction", then=_starts
    ),
    "stop": Case(
        wishes.Stop(transaction_id="7"), "RemoteStopTransaction", "RequestStopTransaction", then=_stops
    ),
    "unlock": Case(wishes.Unlock(number=1), "UnlockConnector", "UnlockConnector", {"status": "Unlocked"}),
    "availability": Case(
        wishes.SetAvailability(is_operative=False, number=1),
        "ChangeAvailability",
        "ChangeAvailability",
        {"status": "Scheduled"},
        _tells("Unavailable"),
    ),
    "trigger": Case(
        wishes.Trigger(message="Heartbeat"), "TriggerMessage", "TriggerMessage", then=_says("Heartbeat")
    ),
    "trigger log": Case(
        wishes.Trigger(message="LogStatusNotification"),
        "ExtendedTriggerMessage",
        "TriggerMessage",
        then=_says("LogStatusNotification", status="Idle", request_id=1),
    ),
    "reserve": Case(
        wishes.Reserve(token=ANNA, until_s=2e9, number=1), "ReserveNow", "ReserveNow", then=_tells("Reserved")
    ),
    "cancel": Case(wishes.CancelReservation(reservation_id=5), "CancelReservation", "CancelReservation"),
    "list, old": Case(
        _LIST, "SendLocalList", "", back=("GetLocalListVersion", {"list_version": 1}), versions=_OLD
    ),
    "list, new": Case(
        _LIST, "", "SendLocalList", back=("GetLocalListVersion", {"version_number": 1}), versions=_NEW
    ),
    "clear cache": Case(_message("ClearCache"), "ClearCache", "ClearCache"),
    "read, old": Case(
        wishes.ReadSettings(settings=(SETTING[True],)),
        "GetConfiguration",
        "",
        _written(True, "1")[1],
        versions=_OLD,
    ),
    "read, new": Case(
        wishes.ReadSettings(settings=(SETTING[False],)),
        "",
        "GetVariables",
        _written(False, "1")[1],
        versions=_NEW,
    ),
    "write, old": Case(
        wishes.WriteSetting(setting=SETTING[True], value="60"),
        "ChangeConfiguration",
        "",
        back=_written(True, "60"),
        versions=_OLD,
    ),
    "write, new": Case(
        wishes.WriteSetting(setting=SETTING[False], value="60"),
        "",
        "SetVariables",
        _SET,
        back=_written(False, "60"),
        versions=_NEW,
    ),
    "firmware, old": Case(
        _FIRMWARE,
        "UpdateFirmware",
        "",
        {},
        _says("FirmwareStatusNotification", status="Installed"),
        versions=_OLD,
    ),
    "firmware, signed": Case(
        _SIGNED,
        "SignedUpdateFirmware",
        "",
        then=_says("SignedFirmwareStatusNotification", status="Installed", request_id="asked"),
        versions=_OLD,
    ),
    "firmware, new": Case(
        _SIGNED,
        "",
        "UpdateFirmware",
        then=_says("FirmwareStatusNotification", status="Installed", request_id="asked"),
        versions=_NEW,
    ),
    "log": Case(
        wishes.FetchLog(log="security", location="ftp://h"),
        "GetLog",
        "GetLog",
        then=_says("LogStatusNotification", status="Uploaded", request_id="asked"),
    ),
    "diagnostics": Case(
        wishes.FetchLog(log="old_diagnostics", location="ftp://h"),
        "GetDiagnostics",
        "",
        {},
        _says("DiagnosticsStatusNotification", status="Uploaded"),
        versions=_OLD,
    ),
    "report": Case(
        _message("GetBaseReport", reportBase="FullInventory"),
        "",
        "GetBaseReport",
        then=_says("NotifyReport", request_id="asked", generated_at=STAMP, seq_no=0),
        versions=_NEW,
    ),
    "schedule": Case(
        _message("GetCompositeSchedule", connectorId=1, duration=60),
        "GetCompositeSchedule",
        "",
        versions=_OLD,
    ),
    "transfer": Case(_message("DataTransfer", vendorId="acme"), "DataTransfer", "DataTransfer"),
    "install certificate": Case(
        _message("InstallCertificate", certificateType="ManufacturerRootCertificate", certificate="pem"),
        "InstallCertificate",
        "InstallCertificate",
    ),
    "delete certificate": Case(
        _message("DeleteCertificate", certificateHashData=_HASH), "DeleteCertificate", "DeleteCertificate"
    ),
    "no certificates": Case(
        _message("GetInstalledCertificateIds", certificateType="ManufacturerRootCertificate"),
        "GetInstalledCertificateIds",
        "",
        {"status": "NotFound"},
        versions=_OLD,
    ),
    "monitoring": Case(
        _message("ClearVariableMonitoring", id=[1]),
        "",
        "ClearVariableMonitoring",
        {"clear_monitoring_result": [{"status": "Accepted", "id": 1}]},
        versions=_NEW,
    ),
    "customer": Case(
        _message("CustomerInformation", report=True, clear=False, customerIdentifier="c"),
        "",
        "CustomerInformation",
        then=_says(
            "NotifyCustomerInformation", request_id="asked", generated_at=STAMP, seq_no=0, data="none"
        ),
        versions=_NEW,
    ),
    "cost": Case(
        _message("CostUpdated", totalCost=1.5, transactionId="7"), "", "CostUpdated", {}, versions=_NEW
    ),
    "DER": Case(_message("ClearDERControl", isDefault=True), "", "ClearDERControl", versions=_NEWEST),
    "energy transfer": Case(
        _message("NotifyAllowedEnergyTransfer", transactionId="7", allowedEnergyTransfer=["AC_BPT"]),
        "",
        "NotifyAllowedEnergyTransfer",
        versions=_NEWEST,
    ),
    "AFRR": Case(_message("AFRRSignal", timestamp=STAMP, signal=3), "", "AFRRSignal", versions=_NEWEST),
}


async def _ordered(site: LiveSite, watch: Watch, case: Case, version: str) -> tuple[OrderRecord, Ordered]:
    is_old = version == "ocpp1.6"
    action = case.old if is_old else case.new
    answers = {action: case.answer, "TriggerMessage": YES}
    answers |= dict([case.back]) if case.back else {}
    answers[action] = case.answer
    station = Ordered(version, answers)
    if case.then is not None:
        station.after[action] = case.then
    await station.join(site.ports[0][1])
    await station.boot()
    placed = await site.orders.order("CP1", case.wish, by="olga")
    done = await watch.until(placed.order.order_id, *OVER)
    await station.leave()
    return done, station


@pytest.mark.parametrize("version", VERSIONS)
def test_every_kind_of_order_is_sent_and_seen_to_take_effect(version: str, tmp_path: Path) -> None:
    async def day() -> list[str]:
        wrong = []
        async with site_of(tmp_path) as (site, watch):
            for name, case in CASES.items():
                if version not in case.versions:
                    continue
                done, station = await _ordered(site, watch, case, version)
                action = case.old if station.is_old else case.new
                if done.state is not OrderState.TOOK_EFFECT or done.order.action != action:
                    wrong.append(f"{name}: {done}")
        return wrong

    assert asyncio.run(day()) == []


@pytest.mark.parametrize(
    ("version", "wish", "answer", "back", "why"),
    [
        (
            "ocpp1.6",
            wishes.WriteSetting(setting=SETTING[True], value="60"),
            ("ChangeConfiguration", YES),
            _written(True, "30"),
            "it holds 30",
        ),
        (
            "ocpp2.0.1",
            _LIST,
            ("SendLocalList", YES),
            ("GetLocalListVersion", {"version_number": 9}),
            "it holds 9",
        ),
    ],
)
def test_what_was_accepted_and_not_done_is_told(
    version: str, wish: Wish, answer: tuple[str, Fields], back: tuple[str, Fields], why: str, tmp_path: Path
) -> None:
    async def day() -> OrderRecord:
        async with site_of(tmp_path) as (site, watch):
            done, _ = await _ordered(site, watch, Case(wish, answer[0], answer[0], back=back), version)
            return done

    done = asyncio.run(day())

    assert (done.state, done.steps[-1].why) == (OrderState.NO_EFFECT, why)


def test_a_local_list_is_changed_from_the_version_the_station_has(tmp_path: Path) -> None:
    async def day() -> tuple[list[Any], str]:
        async with site_of(tmp_path) as (site, watch):
            ask = Case(_message("GetLocalListVersion"), "GetLocalListVersion", "", {"list_version": 6})
            await _ordered(site, watch, ask, "ocpp1.6")
            change = wishes.SendList(tokens=_LIST.tokens, is_full=False)
            back = ("GetLocalListVersion", {"list_version": 7})
            first, _ = await _ordered(site, watch, Case(change, "SendLocalList", "", back=back), "ocpp1.6")
            no = {"status": "VersionMismatch"}
            other = wishes.SendList(tokens=(), is_full=False)
            await _ordered(site, watch, Case(other, "SendLocalList", "", no), "ocpp1.6")
            station = Ordered("ocpp1.6", {})
            await station.join(site.ports[0][1])
            with pytest.raises(wishes.WishError) as refused:
                await site.orders.order("CP1", change, by="olga")
            await station.leave()
            return [first.state, first.order.told["listVersion"]], refused.value.field

    assert asyncio.run(day()) == ([OrderState.TOOK_EFFECT, 7], "is_full")
