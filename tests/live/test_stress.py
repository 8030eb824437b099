"""Six stations of three versions that refuse, lose answers, restart and whose clocks are off, on one circuit.

Whatever happens, the limits that the stations hold by what they accepted, as `composing` reads the standard, are together no
more than the circuit bears. Bounded: half a minute of real time.
"""

from __future__ import annotations

import asyncio
import random
import time
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest

from tests.live.composing import Profile
from tests.live.demo import PLAN
from tests.live.scripted import VERSIONS, Client, Script, given_up, joined
from voltloom.live.config import config_of
from voltloom.live.running import opened
from voltloom.protocols.ocpp import calls
from voltloom.protocols.ocpp.link import LinkSettings

RATING_A = 40.0
LASTS_S = 30.0
CALM_S = 10.0  # so that all are met and something is given before the trouble begins
COUNT = 6


def circuit(folder: Path) -> dict[str, object]:
    tree = tomllib.loads(PLAN)
    tree["site"]["circuit"][0]["rating_a"] = RATING_A
    tree["site"]["evse"][0]["ids"] = [f"E{n}" for n in range(COUNT)]
    tree["station"] = [{"id": f"S{n}", "evses": [f"E{n}"]} for n in range(COUNT)]
    tree["token"] = [{"id": f"t{n}"} for n in range(COUNT)]
    tree["control"] = {
        "period_s": 1.0,
        "smoothing": {"ramp_a_per_s": 4.0, "dwell_s": 2.0, "turn_s": 60.0},
        "safety": {"lease_s": 60.0},
    }
    tree["gateway"]["limits"] = {"connects_burst": 300, "connects_per_s": 50.0}
    return tree


class Unruly:
    """A station that is met with chance: its answers, its link, its clock, its memory."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.number, self.version = number, VERSIONS[number % len(VERSIONS)]
        self.chance = chance
        abilities = {"levels": str(chance.choice([0, 3])), "unit": "A", "periods": "4"}
        abilities["dynamic"] = chance.choice(["true", "false"])
        self.script = Script(self.judge, abilities)
        self.script.skew_s = chance.uniform(-40.0, 40.0)
        self.client: Client | None = None
        self.is_plugged = False
        self.calm_until_s = time.monotonic() + CALM_S

    def judge(self, profile: Profile) -> str:
        if profile.end_s == float("inf") and len(profile.periods) == 1:
            return "Accepted"  # the safe default
        if time.monotonic() < self.calm_until_s:
            return "Accepted"
        weights = (70, 12, 6, 4, 4, 4)
        answers = ("Accepted", "Rejected", "error", "silence", "lost", "late")
        return self.chance.choices(answers, weights)[0]

    async def live(self, port: int) -> None:
        """Come, charge, fall away and come again until cancelled."""
        while True:
            with suppress(Exception):
                await self.visit(port)
            if self.client is not None:
                await self.client.leave()
                self.client = None
            await asyncio.sleep(self.chance.uniform(0.1, 1.0))

    async def visit(self, port: int) -> None:
        self.client = await joined(port, f"S{self.number}", self.version, self.script)
        if self.chance.random() < 0.3:
            self.script.outlet.profiles = [p for p in self.script.outlet.profiles if p.purpose == "default"]
        await self.client.boot()
        if not self.is_plugged:
            await self.client.plug_in(f"t{self.number}")
            self.is_plugged = True
        until_s = time.monotonic() + self.chance.uniform(4.0, 14.0)
        while time.monotonic() < until_s:
            await self.client.measure(min(16.0, self.script.limit_a()))
            await asyncio.sleep(0.4)

    def holds_a(self) -> float:
        return self.script.limit_a() if self.is_plugged else 0.0


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_stations_hold_together_never_exceeds_their_circuit(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = LinkSettings(call_timeout_s=1.0)
    monkeypatch.setattr(calls, "LinkSettings", lambda: settings)
    asyncio.run(asyncio.wait_for(_stress(seed, tmp_path), 90.0))


async def _stress(seed: int, folder: Path) -> None:
    site = await opened(config_of(circuit(folder), folder=folder))
    stations = [Unruly(number, random.Random(seed * 100 + number)) for number in range(COUNT)]
    port = site.ports[0][1]
    lives = [asyncio.create_task(station.live(port)) for station in stations]
    over: list[tuple[float, list[float]]] = []
    most_a, until_s = 0.0, time.monotonic() + LASTS_S
    while time.monotonic() < until_s:
        held = [station.holds_a() for station in stations]
        uncontrolled = site.loop.memory.columns.cannot_stop
        bound = sum(a for a, is_lost in zip(held, uncontrolled, strict=True) if not is_lost)
        most_a = max(most_a, bound)
        if bound > RATING_A + 0.3:
            over.append((round(until_s - time.monotonic(), 1), held))
        await asyncio.sleep(0.05)
    counts = site.actuator.counts()
    await given_up(*lives)
    for station in stations:
        if station.client is not None:
            await station.client.leave()
    await site.stop()

    assert not over, (over[:3], counts)
    assert most_a > 12.0  # they were given something
    totals = {
        name: sum(count.get(name, 0) for count in counts.values()) for name in ("refused", "unanswered")
    }
    assert min(totals.values()) > 0, totals
