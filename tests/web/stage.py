"""A site with its interface on a real socket, and keys of every role."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.live.demo import Station16, plan_file
from voltloom.live.config import Config, load_config
from voltloom.live.config.api import ApiKey, ApiPlan, Role
from voltloom.live.gateway.certificates import Subject, authority, issued, write_pair
from voltloom.live.gateway.credentials import generated
from voltloom.live.running import LiveSite, opened
from voltloom.web.connections import Room
from voltloom.web.serving import served

# What a client without TLS is given: reading all authorities that the machine trusts takes longer than most of what it asks.
TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class Stage:
    site: LiveSite
    address: str
    secrets: dict[Role, str]
    leaving: list[Station16] = field(default_factory=list)

    def client(self, role: Role | None = Role.ADMIN, **options: Any) -> httpx.AsyncClient:
        headers = {} if role is None else {"Authorization": f"Bearer {self.secrets[role]}"}
        checks = {"verify": TRUSTS_NOBODY, "timeout": 20.0, **options}
        return httpx.AsyncClient(base_url=self.address, headers=headers, **checks)

    async def until(self, is_so: Any) -> None:
        async with asyncio.timeout(30.0):
            while not is_so():
                await asyncio.sleep(0.02)

    async def decided(self) -> None:
        count = self.site.loop.cycles_count
        await self.until(lambda: self.site.loop.cycles_count > count)


def certify(folder: Path) -> None:
    """Write server.pem, server.key, and authority.pem that signed them."""
    now = datetime.now(UTC)
    by = authority("authority", now)
    write_pair(folder, "authority", by.certificate, by.key)
    write_pair(folder, "server", *issued(by, Subject(common_name="localhost", names=("127.0.0.1",)), now))


@asynccontextmanager
async def staged(
    folder: Path, room: Room | None = None, *, has_tls: bool = False, config: Config | None = None
) -> AsyncIterator[Stage]:
    site = await opened(config or load_config(plan_file(folder)))
    made = {role: generated() for role in Role}
    keys = tuple(
        ApiKey(
            key_id=f"the-{role.name.lower()}",
            role=role,
            secret_record=record,
            token="anna" if role is Role.DRIVER else "",
        )
        for role, (_, record) in made.items()
    )
    plan = ApiPlan(host="127.0.0.1", port=0, keys=keys)
    if has_tls:
        plan = replace(plan, certificate=folder / "server.pem", key=folder / "server.key")
        certify(folder)
    try:
        async with served(site, plan, keys, room) as address:
            stage = Stage(site, address, {role: secret for role, (secret, _) in made.items()})
            yield stage
            for one in stage.leaving:
                await one.leave()
    finally:
        await site.stop()


def refused_fields(answer: httpx.Response) -> list[str]:
    """Return the fields of a refused request, each of which came with a remedy."""
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert all(one["remedy"] for one in errors)
    return [one["field"] for one in errors]
