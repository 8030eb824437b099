"""Virtual stations under security profiles 1 to 3 at a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from voltloom.live.clock import Clock
from voltloom.live.config import config_of
from voltloom.live.gateway.certificates import write_demo
from voltloom.live.gateway.credentials import hashed
from voltloom.live.running import opened
from voltloom.site.mistakes import PlanError
from voltloom.virtual.fleet import Fleet
from voltloom.virtual.fleet_file import Beginning, fleet_of

NAMES = ("CP1", "CP2", "CP3")
SECRET = "0123456789abcdef0123"


def server_tree(profile: int) -> dict[str, Any]:
    gateway: dict[str, Any] = {"port": 0, "security_profile": profile}
    if profile >= 2:
        gateway |= {"certificate": "pki/server.pem", "key": "pki/server.key"}
    if profile == 3:
        gateway["station_authority"] = "pki/authority.pem"
    record = hashed(SECRET.encode())
    return {
        "site": {
            "name": "Yard",
            "voltage_v": 230.0,
            "circuit": [{"id": "yard", "rating_a": 63.0}],
            "evse": [{"name": "bays", "ids": list(NAMES), "circuit": "yard"}],
        },
        "gateway": gateway,
        "journal": {"path": "journal.db"},
        "station": [{"id": name, "evses": [name], "secret_record": record} for name in NAMES],
    }


def fleet_tree(profile: int, port: int) -> dict[str, Any]:
    scheme = "ws" if profile == 1 else "wss"
    group: dict[str, Any] = {"count": 3}
    if profile < 3:
        group["secret"] = SECRET
    else:
        group |= {"certificate": "pki/station-{id}.pem", "key": "pki/station-{id}.key"}
    tree = {"url": f"{scheme}://127.0.0.1:{port}/ocpp", "cars": False, "group": [group]}
    return tree if profile == 1 else {**tree, "authority": "pki/authority.pem"}


def test_stations_show_secrets_of_their_own_under_the_names_that_a_site_gave_them(tmp_path: Path) -> None:
    tree = server_tree(1)
    secrets = {name: f"{SECRET}-{name}" for name in NAMES}
    for entry in tree["station"]:
        entry["secret_record"] = hashed(secrets[entry["id"]].encode())

    async def both() -> dict[str, object]:
        site = await opened(config_of(tree, folder=tmp_path), clock := Clock())
        group = {"ids": list(reversed(NAMES))}
        told = {"url": f"ws://127.0.0.1:{site.ports[0][1]}/ocpp", "cars": False, "group": [group]}
        plan = fleet_of(told | {"secrets": secrets}, tmp_path, Beginning(clock.now_s())).plan
        fleet = Fleet(plan, clock, "security")
        over = asyncio.Event()
        running = asyncio.create_task(fleet.run(over))
        async with asyncio.timeout(20.0):
            while fleet.progress().connected_count < len(NAMES):
                await asyncio.sleep(0.02)
        over.set()
        await running
        await site.stop()
        return fleet.summary()

    assert asyncio.run(both())["errors"] == {}


def test_a_secret_of_a_station_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    tree = {"group": [{"ids": ["CP1", "CP2"]}], "secrets": {"CPl": "x"}}

    with pytest.raises(
        PlanError, match=r"secrets\.CPl: is no station of this fleet\. Did you mean 'CP[12]'\?"
    ):
        fleet_of(tree, tmp_path, Beginning(0.0))


@pytest.mark.parametrize("profile", [1, 2, 3])
def test_stations_prove_themselves_under_each_profile(profile: int, tmp_path: Path) -> None:
    write_demo(tmp_path / "pki", NAMES, ("127.0.0.1",))

    async def both() -> dict[str, object]:
        clock = Clock()
        site = await opened(config_of(server_tree(profile), folder=tmp_path), clock)
        tree = fleet_tree(profile, site.ports[0][1])
        fleet = Fleet(fleet_of(tree, tmp_path, Beginning(clock.now_s())).plan, clock, "security")
        over = asyncio.Event()
        playing = asyncio.create_task(fleet.run(over))
        async with asyncio.timeout(30.0):
            while fleet.counts.boots < len(NAMES):
                await asyncio.sleep(0.05)
        over.set()
        await playing
        await site.stop()
        return fleet.summary()

    summary = asyncio.run(both())

    assert (summary["boots_accepted"], summary["errors"]) == (3, {})
