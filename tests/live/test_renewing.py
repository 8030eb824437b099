"""Secrets renewed and profiles raised over a station's own link: nobody is locked out, nothing is lowered."""

from __future__ import annotations

import asyncio
import ssl
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ocpp.routing import on
from ocpp.v16 import call_result
from ocpp.v201 import ChargePoint
from ocpp.v201 import call_result as results_201
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.live.demo import PLAN, Station16
from tests.live.gateway.stage import client
from voltloom.live.config import Config, config_of
from voltloom.live.enrolment.kinds import EnrolmentError
from voltloom.live.enrolment.renewing import Renewal
from voltloom.live.gateway.certificates import write_demo
from voltloom.live.gateway.credentials import generated
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.running import LiveSite, opened

SECRET, RECORD = generated()


def site_file(folder: Path) -> Config:
    """A site that listens under profile 1 and, with TLS, under profile 2."""
    if not (folder / "keys").exists():
        write_demo(folder / "keys", [], ("localhost",))
    tls = {"certificate": "keys/server.pem", "key": "keys/server.key"}
    listeners = [{"port": 0}, {"port": 0, "security_profile": 2, **tls}]
    tree = tomllib.loads(PLAN) | {"gateway": {"listener": listeners}}
    for table in tree["station"]:
        table["secret_record"] = RECORD
    return config_of(tree, folder=folder)


class Changing(Station16):
    """Takes or refuses what it is configured with, and remembers it."""

    def __init__(self, socket: Any, status: str = "Accepted") -> None:
        super().__init__("CP1", socket)
        self.status, self.changed = status, dict[str, str]()

    @on("ChangeConfiguration")  # type: ignore[untyped-decorator]  # the package ships no types
    def change(self, key: str, value: str) -> Any:
        self.changed[key] = value
        return call_result.ChangeConfiguration(status=self.status)


async def status_of(port: int, secret: str) -> int:
    """Return how a connect as CP1 with a secret is answered, 101 where it is let in."""
    try:
        socket = await client(port, "CP1", secret=secret)
    except InvalidStatus as told:
        return told.response.status_code
    await socket.close()
    return 101


def test_a_renewed_secret_shuts_the_old_one_once_it_was_used_and_after_a_restart(tmp_path: Path) -> None:
    asyncio.run(_renewed(tmp_path))


async def _renewed(folder: Path) -> None:
    config = site_file(folder)
    site = await opened(config)
    port = site.ports[0][1]
    anna = Changing(await client(port, "CP1", secret=SECRET))

    outcome = await site.renewing.renew_secret("CP1", by="olga")

    new = anna.changed["AuthorizationKey"]
    before = await status_of(port, SECRET)
    used = await status_of(port, new)
    after = await status_of(port, SECRET)
    await site.stop()
    await anna.leave()
    again = await opened(config)
    restarted = [await status_of(again.ports[0][1], secret) for secret in (new, SECRET)]
    await again.stop()
    assert (outcome, before, used, after) == (Renewal.TAKEN, 101, 101, 401)
    assert restarted == [101, 401]
    assert new.encode() not in config.journal.read_bytes()


def test_a_station_that_refuses_its_new_secret_keeps_the_old_one_alone(tmp_path: Path) -> None:
    asyncio.run(_refused(tmp_path))


async def _refused(folder: Path) -> None:
    site = await opened(site_file(folder))
    port = site.ports[0][1]
    anna = Changing(await client(port, "CP1", secret=SECRET), status="Rejected")

    outcome = await site.renewing.renew_secret("CP1", by="olga")

    answers = [await status_of(port, secret) for secret in (SECRET, anna.changed["AuthorizationKey"])]
    await site.stop()
    await anna.leave()
    assert (outcome, answers) == (Renewal.REFUSED, [101, 401])


def test_a_raised_profile_shuts_the_lower_one_once_it_was_used_and_after_a_restart(tmp_path: Path) -> None:
    asyncio.run(_raised(tmp_path))


async def _raised(folder: Path) -> None:
    config = site_file(folder)
    site = await opened(config)
    anna = Changing(await client(site.ports[0][1], "CP1", secret=SECRET))

    outcome = await site.renewing.raise_profile("CP1", SecurityProfile.TLS_BASIC, by="olga")

    asked = dict(anna.changed)
    before = await status_of(site.ports[0][1], SECRET)
    trusting = ssl.create_default_context(cafile=str(folder / "keys/authority.pem"))
    secured = await client(_tls_port(site), "CP1", secret=SECRET, tls=trusting)
    after = await status_of(site.ports[0][1], SECRET)
    with pytest.raises(EnrolmentError, match="never lowered"):
        await site.renewing.raise_profile("CP1", SecurityProfile.BASIC, by="olga")
    with pytest.raises(EnrolmentError, match="no listener has it"):
        await site.renewing.raise_profile("CP1", SecurityProfile.MUTUAL_TLS, by="olga")
    await secured.close()
    await site.stop()
    await anna.leave()
    again = await opened(config)
    restarted = await status_of(again.ports[0][1], SECRET)
    await again.stop()
    assert (outcome, asked) == (Renewal.TAKEN, {"SecurityProfile": "2"})
    assert (before, after, restarted) == (101, 403, 403)


def _tls_port(site: LiveSite) -> int:
    return next(a[0][1] for listener, a in site.listening if listener.profile.has_tls)


class Networked(ChargePoint):  # type: ignore[misc]  # the package ships no types
    """A 2.0.1 station that notes in which order it is configured."""

    def __init__(self, socket: Any) -> None:
        super().__init__("CP1", socket)
        self.noted: list[Any] = []
        self.listening = asyncio.create_task(self.start())

    @on("SetNetworkProfile")  # type: ignore[untyped-decorator]  # the package ships no types
    def written(self, configuration_slot: int, connection_data: dict[str, Any], **_: Any) -> Any:
        self.noted.append(
            (configuration_slot, connection_data["ocpp_csms_url"], connection_data["security_profile"])
        )
        return results_201.SetNetworkProfile(status="Accepted")

    @on("GetVariables")  # type: ignore[untyped-decorator]  # the package ships no types
    def read(self, get_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        told = {**get_variable_data[0], "attribute_status": "Accepted", "attribute_value": "1"}
        return results_201.GetVariables(get_variable_result=[told])

    @on("SetVariables")  # type: ignore[untyped-decorator]  # the package ships no types
    def change(self, set_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        (data,) = set_variable_data
        self.noted.append((data["variable"]["name"], data.pop("attribute_value")))
        return results_201.SetVariables(set_variable_result=[{**data, "attribute_status": "RebootRequired"}])

    @on("Reset")  # type: ignore[untyped-decorator]  # the package ships no types
    def restarted(self, type: str, **_: Any) -> Any:  # noqa: A002  the standard's name
        self.noted.append(type)
        return results_201.Reset(status="Scheduled")


def test_a_station_of_2_0_1_gets_another_connection_and_restarts_when_nobody_charges(tmp_path: Path) -> None:
    asyncio.run(_networked(tmp_path))


async def _networked(folder: Path) -> None:
    site = await opened(site_file(folder))
    url = f"wss://localhost:{_tls_port(site)}/ocpp"
    socket = await client(site.ports[0][1], "CP1", secret=SECRET, offers=("ocpp2.0.1",))
    station = Networked(socket)
    with pytest.raises(EnrolmentError, match="no address for this profile"):
        await site.renewing.raise_profile(
            "CP1", SecurityProfile.TLS_BASIC, by="olga", url="ws://localhost/ocpp"
        )

    outcome = await site.renewing.raise_profile("CP1", SecurityProfile.TLS_BASIC, by="olga", url=url)

    await site.stop()
    await socket.close()
    with suppress(ConnectionClosed):
        await station.listening
    assert outcome is Renewal.TAKEN
    assert station.noted == [(2, url, 2), ("NetworkConfigurationPriority", "2,1"), "OnIdle"]
