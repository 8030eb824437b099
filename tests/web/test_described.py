"""The interface is what its OpenAPI document says: schemathesis makes requests from it, good and bad."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest

from tests.live.ordered import Ordered
from tests.web.stage import staged
from voltloom.live.config.api import Role

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Examples of each operation: bounded, and the same ones each time. At night many more, made up at random from the same seed.
EVERY_RUN = ("coverage", 2)
AT_NIGHT = ("coverage,fuzzing", 20)


@pytest.mark.long
@pytest.mark.parametrize(("phases", "count"), [EVERY_RUN, pytest.param(*AT_NIGHT, marks=pytest.mark.nightly)])
def test_what_is_described_is_what_happens(phases: str, count: int, tmp_path: Path) -> None:
    async def whole() -> tuple[int, str]:
        async with staged(tmp_path) as stage:
            one = Ordered("ocpp1.6", {"Reset": {"status": "Accepted"}})
            await one.join(stage.site.ports[0][1])
            await one.boot()
            command = [
                *(sys.executable, "-m", "schemathesis.cli", "run", f"{stage.address}/api/openapi.json"),
                *("-H", f"Authorization: Bearer {stage.secrets[Role.ADMIN]}", "--checks", CHECKS),
                *("--exclude-path", "/api/v1/events", "--rate-limit", "45/s", "--seed", "7"),
                *("--max-examples", str(count), "--phases", phases, "--no-color"),
                *("--generation-database", "none", "--request-timeout", "20", "--workers", "1"),
            ]
            running = await asyncio.create_subprocess_exec(
                *command,
                cwd=tmp_path,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                async with asyncio.timeout(240.0 * count):
                    told, _ = await running.communicate()
            finally:
                if running.returncode is None:
                    running.kill()
                    await running.wait()
            await one.leave()
            assert running.returncode is not None
            return running.returncode, told.decode()

    code, told = asyncio.run(whole())

    assert code == 0, told[-6000:]
    assert re.search(r"([1-9]\d\d+) generated, \1 passed", told), told[-2000:]
