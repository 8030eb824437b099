"""What-if over HTTP: faults, what would flip the verdict, papers; runs are renamed; a failed one leaves its log."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.web.stage import refused_fields, staged
from tests.web.test_what_if import A_DAY, PATH, TWO, a_recorded_day, over
from tests.web.test_what_if_worlds import EIGHT_S, a_config, a_run, a_stay, work
from voltloom.advisor.sensitivity import Sweep
from voltloom.advisor.swept import FlipKind, Parameter
from voltloom.live.config.api import Role
from voltloom.session.policy import Policy
from voltloom.web.whatif.desk import Desk
from voltloom.web.whatif.models import ResultOut
from voltloom.web.whatif.playing import RecordedWorld, played
from voltloom.web.whatif.shelf import Shelf

PNG = b"\x89PNG\r\n\x1a\n"
LOSS = {"parameter": "message_loss", "values": [0.4]}


@pytest.mark.nightly
def test_faults_are_played_beside_none_and_a_sweep_tells_where_it_flips(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            await a_recorded_day(stage)
            choices = (await operator.get(f"{PATH}/choices")).json()
            assert choices["faults"] == ["none", "mild", "severe"]
            levels = {one["name"]: one["faults"] for one in choices["scenarios"]}
            assert levels["depot"] == ["none", "mild", "severe"]
            assert levels["caltech_54_quantised"] == ["none"]  # a variant is asked for its base's
            growth = next(one for one in choices["parameters"] if one["parameter"] == "growth")
            assert (growth["unit"], growth["least"], growth["values"]) == ("ratio", 1.05, [1.25, 1.5, 2.0])

            asked = {**A_DAY, "faults": ["none", "mild"], "sensitivity": [LOSS]}
            answer = await operator.post(PATH, json=asked)
            assert (answer.status_code, answer.json()["sensitivity"]) == (202, ["message_loss"])
            run_id = answer.json()["id"]
            run = await over(operator, run_id)
            picture = await operator.get(f"{PATH}/{run_id}/picture")
            report = await operator.get(f"{PATH}/{run_id}/report")
            log = await operator.get(f"{PATH}/{run_id}/log")

            assert run["state"] == "done", run["failure"]
            assert run["papers"] == ["report", "picture"]
            both = {(name, level) for name in ("sequential", "parallel") for level in ("none", "mild")}
            assert {(row["label"], row["faults"]) for row in run["result"]["rows"]} == both
            assert {(one["label"], one["faults"]) for one in run["result"]["trade_off"]} == both
            assert {one["faults"] for one in run["result"]["differences"]} == {"none", "mild"}
            assert all(one["cost_per_kwh"] is None for one in run["result"]["trade_off"])  # no tariff
            assert all(one["unmet_kwh"]["low"] is None for one in run["result"]["trade_off"])  # one day
            (loss,) = run["result"]["sensitivity"]
            assert [loss["points"][0]["words"], loss["points"][-1]["words"]] == ["as it is", "40 %"]
            assert all(len(point["readings"]) == 2 for point in loss["points"])
            assert loss["sentence"] in run["result"]["what_would_change_it"]
            assert loss["sentence"] in report.text
            assert picture.content.startswith(PNG)
            assert picture.headers["content-type"] == "image/png"
            assert log.status_code == 404

            named = await operator.put(f"{PATH}/{run_id}", json={"title": "A slow link"})
            assert (named.json()["title"], named.json()["is_saved"]) == ("A slow link", False)
            blank = await operator.put(f"{PATH}/{run_id}", json={"title": "  "})
            assert blank.status_code == 422
            unchanged = await operator.put(f"{PATH}/{run_id}", json={})
            assert unchanged.status_code == 422
        async with staged(tmp_path) as again, again.client(Role.VIEWER) as viewer:
            (listed,) = (await viewer.get(PATH)).json()
            assert (listed["title"], listed["papers"]) == ("A slow link", ["report", "picture"])
            assert (await viewer.put(f"{PATH}/{run_id}", json={"title": "Mine"})).status_code == 403

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({**A_DAY, "faults": ["midl"]}, "body.faults.0"),
        ({"scenario": "caltech_54", "policies": TWO, "faults": ["none", "mild"]}, "body.faults.1"),
        ({**A_DAY, "policies": TWO[:1], "sensitivity": [LOSS]}, "body.sensitivity"),
        ({**A_DAY, "sensitivity": [LOSS, LOSS]}, "body.sensitivity.1.parameter"),
        (
            {**A_DAY, "sensitivity": [{"parameter": "growth", "values": [1.5, 9.0]}]},
            "body.sensitivity.0.values.1",
        ),
        ({**A_DAY, "sensitivity": [{"parameter": "gorwth"}]}, "body.sensitivity.0.parameter"),
    ],
)
def test_faults_and_sweeps_that_cannot_be_are_refused_by_field(
    tmp_path: Path, asked: dict[str, Any], field: str
) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            await a_recorded_day(stage)
            refused = await operator.post(PATH, json=asked)
        assert refused_fields(refused) == [field]

    asyncio.run(whole())


def test_a_failed_run_keeps_its_whole_log_and_tells_whose_it_was(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage:
            desk = Desk(stage.site)
            broken = Policy("broken", "parallel", (("planning.nothing", 1.0),))
            asked = a_run("17", is_saved=False).model_copy(update={"state": "waiting"})
            desk.put(asked, work(a_config(tmp_path), broken, stays=(a_stay(),)))
            async with asyncio.timeout(120.0):
                while desk.find("17").state in ("waiting", "running"):
                    await asyncio.sleep(0.1)

            failed, log = desk.find("17"), await desk.shelf.paper("17", "log")

            assert failed.state == "failed"
            assert failed.failure is not None
            assert (failed.failure.policy, failed.failure.seed, failed.failure.faults) == (
                "broken",
                1,
                "none",
            )
            assert failed.papers == ["log"]
            assert log is not None
            assert b"Traceback" in log
            assert log.decode().splitlines()[-1] == failed.failure.log[-1]
            assert Shelf(desk.shelf.folder).runs["17"].papers == ["log"]
            await desk.take_off("17")
            assert not list(desk.shelf.folder.iterdir())
            await desk.end()

    asyncio.run(whole())


def test_an_interval_that_spans_zero_names_no_winner(tmp_path: Path) -> None:
    alike = tuple(Policy(f"parallel: {name}", "parallel") for name in ("one", "two"))
    stays = tuple(a_stay(evse) for evse in ("LEFT", "RIGHT"))

    came_to = played(work(a_config(tmp_path), *alike, stays=stays), lambda _: None)

    result = ResultOut.model_validate_json(came_to.result)
    assert {one.shows for one in result.differences} == {"not_shown"}
    assert "better" not in result.headline


def test_the_usual_faults_happen_on_recorded_days_and_every_rule_is_kept(tmp_path: Path) -> None:
    stays = tuple(a_stay(evse, hours_h=2.0) for evse in ("LEFT", "RIGHT"))
    asked = work(a_config(tmp_path), Policy("parallel", "parallel"), stays=stays)

    came_to = played(replace(asked, fault_levels=("none", "severe")), lambda _: None)

    calm, severe = ResultOut.model_validate_json(came_to.result).rows
    assert (calm.faults, severe.faults) == ("none", "severe")
    assert severe.energy_kwh < calm.energy_kwh
    assert (severe.broke, severe.breaker_trips_count, severe.overload_s) == ("", 0, 0.0)


@pytest.mark.nightly
def test_real_runs_tell_where_the_verdict_flips(tmp_path: Path) -> None:
    day_s, minute_s = 86_400.0, 60.0
    stays = tuple(
        a_stay(evse, energy_wh=1200.0 + 50.0 * day, is_full=True)._replace(
            session_id=f"S/{evse}/{day}",
            start_s=EIGHT_S + day * day_s,
            stop_s=EIGHT_S + day * day_s + 30 * minute_s,
        )
        for day in range(5)
        for evse in ("LEFT", "RIGHT")
    )
    two = (Policy("sequential", "sequential"), Policy("parallel", "parallel"))
    asked = work(a_config(tmp_path), *two, stays=stays)
    assert isinstance(asked.world, RecordedWorld)
    slow = replace(asked.world, control=replace(asked.world.control, period_s=minute_s))
    sweep = Sweep(Parameter.MESSAGE_DELAY, (5 * minute_s,))

    came_to = played(replace(asked, world=slow, sweeps=(sweep,)), lambda _: None)

    result = ResultOut.model_validate_json(came_to.result)
    (delay,) = result.sensitivity
    assert (delay.kind, delay.choice) == (FlipKind.FLIPS, "sequential")
    assert 0.0 < delay.holds_to < delay.flips_from == 5 * minute_s
    assert result.headline.endswith("; flips to sequential from 5 min of message delay on.")
    as_it_is, *_, late = ({one.label: one.unmet_ratio for one in point.readings} for point in delay.points)
    assert set(as_it_is.values()) == {0.0}
    assert min(late.values()) > 0.5  # messages that late leave either with most visits unmet


def test_a_run_of_before_faults_could_be_chosen_is_read(tmp_path: Path) -> None:
    old = a_run("5", is_saved=True).model_dump(mode="json", exclude={"faults", "sensitivity", "papers"})
    (tmp_path / "5.json").write_text(json.dumps(old), encoding="utf-8")
    (tmp_path / "5.html").write_text("<html>", encoding="utf-8")

    (run,) = Shelf(tmp_path).runs.values()

    assert (run.faults, run.sensitivity, run.papers) == (["none"], [], ["report"])
