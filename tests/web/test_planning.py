"""The plan in force over the interface, on a real site with real stations."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.web.stage import Stage, staged
from tests.web.test_interface import charging
from voltloom.live.config.api import Role


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
        assert described["paths"]["/api/v1/plan"]["get"]["responses"]["200"]
        told = forecasts.json()
        assert (told["departures"], told["visits"], told["prices"]) == ("told", 0, None)
        assert [each["evse"] for each in told["vehicles"]] == ["LEFT"]
        assert told["vehicles"][0]["departure"].endswith("Z")
        assert {each["what"] for each in told["skills"]} >= {"stay", "energy"}

    async def whole() -> None:
        async with staged(tmp_path) as stage:
            await scene(stage)

    asyncio.run(whole())
