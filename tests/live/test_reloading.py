"""A site's file read again while it runs: new certificates and prices are taken, links stay, the rest is named."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.live.demo import PLAN
from tests.live.gateway.stage import client
from voltloom.live.config import load_config
from voltloom.live.gateway.certificates import write_demo
from voltloom.live.gateway.credentials import generated
from voltloom.live.reloading import reload
from voltloom.live.running import LiveSite, opened
from voltloom.store.journal import open_journal
from voltloom.store.schema import tariffs

SECRET, RECORD = generated()
TARIFF = '[[tariff]]\nname = "flat"\ncurrency = "EUR"\nprice_per_kwh = {price}\n'


def written(folder: Path, *, price: float, more: str = "") -> Path:
    text = PLAN.replace(
        "security_profile = 0\nallow_insecure = true",
        'security_profile = 2\ncertificate = "keys/server.pem"\nkey = "keys/server.key"',
    ).replace("[[station]]", f'[[station]]\nsecret_record = "{RECORD}"')
    file = folder / "site.toml"
    file.write_text(text + TARIFF.format(price=price) + more, encoding="utf-8")
    return file


async def serial_of(site: LiveSite, folder: Path) -> int:
    """Return the serial number of the certificate that a new link of CP1 is shown."""
    trusting = ssl.create_default_context(cafile=str(folder / "keys/authority.pem"))
    socket = await client(site.ports[0][1], "CP1", secret=SECRET, tls=trusting)
    shown = socket.transport.get_extra_info("peercert")
    await socket.close()
    return int(shown["serialNumber"], 16)


def test_a_new_certificate_and_new_prices_are_taken_while_links_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="voltloom.live")
    asyncio.run(_renewed(tmp_path, caplog))


async def _renewed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_demo(folder / "keys", [], ("localhost",))
    file = written(folder, price=0.3)
    site = await opened(load_config(file))
    trusting = ssl.create_default_context(cafile=str(folder / "keys/authority.pem"))
    other = await client(site.ports[0][1], "CP2", secret=SECRET, tls=trusting)
    first = await serial_of(site, folder)

    shutil.rmtree(folder / "keys")
    write_demo(folder / "keys", [], ("localhost",))
    written(folder, price=0.4, more='[[token]]\nid = "cleo"\n')
    await reload(site, file)
    await reload(site, file)

    second = await serial_of(site, folder)
    is_open = site.gateway.link("CP2") is not None
    await other.close()
    await site.stop()
    assert first != second
    assert is_open
    said = [message for message in caplog.messages if "was read again" in message]
    assert said[0].endswith("certificate of gateway; 1 tariff; waits for a restart: tokens and access")
    assert said[1].endswith("read again: waits for a restart: tokens and access")
    assert await _prices(site.config.journal) == [300_000_000, 400_000_000]


async def _prices(path: Path) -> list[int]:
    async with await open_journal(path, node="site") as journal:
        query = select(tariffs.c.payload).order_by(tariffs.c.seq)
        payloads = await journal.run(lambda c: [row.payload for row in c.execute(query)])
    return [300_000_000 if b"300000000" in payload else 400_000_000 for payload in payloads]


def test_a_file_with_a_mistake_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(_mistaken(tmp_path))

    (said,) = (message for message in caplog.messages if "was read again" in message)
    assert "nothing was taken" in said
    assert "tariff.flat.price_per_kwh" in said


async def _mistaken(folder: Path) -> None:
    write_demo(folder / "keys", [], ("localhost",))
    file = written(folder, price=0.3)
    site = await opened(load_config(file))
    first = await serial_of(site, folder)

    shutil.rmtree(folder / "keys")
    write_demo(folder / "keys", [], ("localhost",))
    trusted = folder / "keys/authority.pem"
    written(folder, price=-1.0)
    await reload(site, file)

    with pytest.raises(ssl.SSLCertVerificationError):  # it still shows the old one
        await serial_of(site, folder)
    await site.stop()
    assert first
    assert trusted.exists()
    assert await _prices(site.config.journal) == [300_000_000]
