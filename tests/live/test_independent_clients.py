"""Clients that others wrote meet a whole site: `test-ocpp` under every security profile. `make interop` adds more."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.live.demo import PLAN
from voltloom.live.config.reading import load_config
from voltloom.live.gateway.certificates import write_demo
from voltloom.live.gateway.credentials import generated
from voltloom.live.running import opened

LISTENERS = {
    0: "security_profile = 0\nallow_insecure = true",
    1: "security_profile = 1",
    2: 'security_profile = 2\ncertificate = "server.pem"\nkey = "server.key"',
    3: 'security_profile = 3\ncertificate = "server.pem"\nkey = "server.key"\nstation_authority = "authority.pem"',
}


def _config(folder: Path, profile: int, record: str) -> Path:
    text = PLAN.replace("security_profile = 0\nallow_insecure = true", LISTENERS[profile])
    if profile in (1, 2):
        text = text.replace("evses =", f'secret_record = "{record}"\nevses =')
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    return file


async def _tested(folder: Path, profile: int, version: str) -> tuple[int, str]:
    secret, record = generated()
    write_demo(folder, ["CP1"], ("localhost", "127.0.0.1"))
    site = await opened(load_config(_config(folder, profile, record)))
    try:
        host = "wss://localhost" if profile >= 2 else "ws://127.0.0.1"
        options = ["--ocpp", version, "--timeout", "30"]
        options += ["--password", secret] if profile in (1, 2) else []
        options += ["--ca", str(folder / "authority.pem")] if profile >= 2 else []
        if profile == 3:
            pair = (folder / "station-CP1.pem", folder / "station-CP1.key")
            options += ["--cert", str(pair[0]), "--key", str(pair[1])]
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "test_ocpp", f"{host}:{site.ports[0][1]}/ocpp", "CP1", *options,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await client.communicate()
    finally:
        await site.stop()
    assert client.returncode is not None
    return client.returncode, told.decode()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("profile", [0, 1, 2, 3])
def test_a_client_nobody_here_wrote_boots_under_every_security_profile(
    tmp_path: Path, profile: int, version: str
) -> None:
    code, told = asyncio.run(_tested(tmp_path, profile, version))

    assert code == 0, told
    assert '"status":"Accepted"' in told.replace(" ", "")
    assert ("TLS: TLSv1.3" in told) == (profile >= 2)
