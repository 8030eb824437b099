"""The plan in force over the interface, on a real site with real stations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from tests.web.stage import Stage, staged
from tests.web.test_interface import charging
from voltloom.forecast.comers import Comers
from voltloom.live.config.api import Role
from voltloom.web.forecasts import arrivals_by_hour


def test_the_plan_in_force_is_shown_and_an_architecture_without_one_says_what_to_do(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.client() as client:
            none = await client.get("/api/v1/plan")
            await client.put("/api/v1/architecture", json={"architecture": "adaptive-plan"})
            await stage.decided()
            idle = await client.get("/api/v1/plan")
            anna, session_id = await charging(stage)
            answer = await client.get("/api/v1/plan")
            forecasts = await client.get("/api/v1/forecasts")
            described = (await client.get("/api/openapi.json")).json()
        async with stage.client(Role.DRIVER) as driver:
            refused = await driver.get("/api/v1/plan")
            hidden = await driver.get("/api/v1/forecasts")
        await anna.leave()

        assert none.status_code == 404
        assert none.json()["detail"] == (
            "'parallel' makes no plan. Choose adaptive-plan with PUT /api/v1/architecture."
        )
        assert idle.status_code == 404
        assert "No vehicle wants power" in idle.json()["detail"]
        assert refused.status_code == hidden.status_code == 403
        plan = answer.json()
        (vehicle,) = plan["vehicles"]
        assert (vehicle["evse"], vehicle["session"]) == ("LEFT", session_id)
        assert vehicle["why"] == "charges now"
        assert len(vehicle["current_a"]) == len(plan["steps"])
        assert vehicle["current_a"][0] == pytest.approx(16.0, abs=0.01)
        assert vehicle["planned_kwh"] == pytest.approx(vehicle["need_kwh"], rel=0.01)
        assert not vehicle["is_short"]
        assert (vehicle["departure_from"], vehicle["planned_back_kwh"]) == ("assumed", 0.0)
        assert vehicle["departure"].endswith("Z")
        (limit,) = plan["limits"]
        assert limit["circuit"] == "yard"
        assert {row["row"] for row in limit["rows"]} == {"yard/L1", "yard/L2", "yard/L3"}
        assert plan["batteries"] == []
        assert {step["grid_kw"] for step in plan["steps"]} == {None}
        assert {step["expected_kw"] for step in plan["steps"]} == {None}  # the site has seen no day yet
        assert described["paths"]["/api/v1/plan"]["get"]["responses"]["200"]
        told = forecasts.json()
        assert (told["departures"], told["visits"], told["prices"]) == ("told", 0, None)
        assert [each["evse"] for each in told["vehicles"]] == ["LEFT"]
        assert told["arrivals"] == []
        assert told["vehicles"][0]["departure"].endswith("Z")
        assert {each["what"] for each in told["skills"]} >= {"stay", "energy"}

    async def whole() -> None:
        async with staged(tmp_path) as stage:
            await scene(stage)

    asyncio.run(whole())


def test_who_is_likely_to_come_is_told_by_the_hour() -> None:
    nine_s = 1_718_010_000.0
    comers = Comers(
        np.array([0, 1, 0]),
        nine_s + np.array([600.0, 1800.0, 7500.0]),
        nine_s + 20_000.0 + np.zeros(3),
        np.array([10_000.0, 20_000.0, 5_000.0]),
        np.array([0.2, 0.2, 1.0]),
    )

    first, second = arrivals_by_hour(comers, nine_s)
    (last,) = arrivals_by_hour(comers, nine_s + 3600.0)

    assert (first.start.timestamp(), first.visits_count, first.energy_kwh) == (nine_s, 0.4, 6.0)
    assert (second.start.timestamp(), second.visits_count, second.energy_kwh) == (nine_s + 7200.0, 1.0, 5.0)
    assert last == second
