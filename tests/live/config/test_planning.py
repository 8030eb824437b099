"""What a site's file says about plans: the objective, its bounds, and what the site itself pays."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.live.demo import PLAN
from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.live.config import Config, config_of
from voltloom.live.keeping import marks_of
from voltloom.site.mistakes import PlanError

FLAT = {"currency": "EUR", "price_per_kwh": 0.2}
NOON_S = 1_774_000_000.0


def config(folder: Path, **planning: Any) -> Config:
    tree = tomllib.loads(PLAN)
    tree["control"] |= {"architecture": "adaptive-plan", "planning": planning}
    return config_of(tree, folder=folder)


def mistakes(folder: Path, **planning: Any) -> dict[str, str]:
    with pytest.raises(PlanError) as caught:
        config(folder, **planning)
    return {
        m.path.removeprefix("control.planning."): f"{m.problem} {m.remedy}" for m in caught.value.mistakes
    }


def test_what_is_planned_for_reaches_the_planner(tmp_path: Path) -> None:
    found = config(
        tmp_path,
        objective="profit",
        replan_s=120.0,
        sell_price_per_kwh=0.5,
        early_ratio=0.1,
        guaranteed_kwh=5.0,
        buys=FLAT,
    )

    planning = found.settings.planning
    assert (planning.objective, planning.replan_s) == (Objective.PROFIT, 120.0)
    assert (planning.sell_price_per_kwh, planning.early_ratio, planning.guaranteed_kwh) == (0.5, 0.1, 5.0)
    assert found.buys is not None
    assert found.buys.price_nano_at(NOON_S) == 200_000_000
    assert found.buys.time_zone == "Europe/Berlin"


def test_a_file_that_says_nothing_plans_for_energy_without_prices(tmp_path: Path) -> None:
    found = config_of(tomllib.loads(PLAN), folder=tmp_path)

    assert found.settings.planning.objective is Objective.ENERGY
    assert found.buys is None


@pytest.mark.parametrize("objective", ["cost", "profit"])
def test_money_cannot_be_planned_for_without_what_the_site_pays(tmp_path: Path, objective: str) -> None:
    found = mistakes(tmp_path, objective=objective)

    assert list(found) == ["objective"]
    assert "Add [control.planning.buys]" in found["objective"]


def test_every_mistake_is_told_by_its_path_with_what_may_stand_there(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        replan_s=0.0,
        early_ratio=1.0,
        sell_price_per_kwh=-0.1,
        guaranteed_kwh=-1.0,
        buys={"price_per_kwh": -1, "peak": 3},
    )
    wrong_word = mistakes(tmp_path, objective="profits")

    wrong = {"replan_s", "early_ratio", "sell_price_per_kwh", "guaranteed_kwh", "buys.price_per_kwh"}
    assert set(found) == wrong
    assert "1 to 3600" in found["replan_s"]
    assert all(word in wrong_word["objective"] for word in ("energy", "cost", "profit"))
    assert "buys.peak" in mistakes(tmp_path, buys={**FLAT, "peak": 3})


def test_the_sites_tariff_may_stand_in_a_file_whose_keys_the_table_replaces(tmp_path: Path) -> None:
    schedule = [{"times": [0, 8], "tariffs": [0.1, 0.3], "demand_charge": 15.0}]
    inside = {"name": "TOU", "schedule": schedule, "currency": "USD"}
    (tmp_path / "tou.json").write_text(json.dumps(inside), encoding="utf-8")

    buys = config(tmp_path, buys={"file": "tou.json", "currency": "EUR"}).buys

    assert buys is not None
    assert (buys.name, buys.currency) == ("TOU", "EUR")
    assert buys.demand_nano_at(NOON_S) == 15_000_000_000


def test_the_sites_tariff_may_be_prices_of_hours(tmp_path: Path) -> None:
    lines = "time,price\n2026-03-20T00:00+00:00,80\n2026-03-21T00:00+00:00,-5\n"
    (tmp_path / "prices.csv").write_text(lines, encoding="utf-8")

    buys = config(
        tmp_path,
        objective="cost",
        buys={"prices": "prices.csv", "columns": {"time": "time", "price": "price"}},
    ).buys

    assert buys is not None
    assert buys.price_nano_at(NOON_S) == 80_000_000


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot be read"), ("{", "is no JSON"), ("[1]", "holds no table")]
)
def test_a_tariff_file_that_cannot_be_used_is_told_once(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "tou.json").write_text(text, encoding="utf-8")

    found = mistakes(tmp_path, objective="cost", buys={"file": "tou.json"})

    assert list(found) == ["buys.file"]
    assert said in found["buys.file"]


def test_prices_that_leave_a_part_of_the_year_out_are_told(tmp_path: Path) -> None:
    summer = {"effective_start": "06-01", "effective_end": "09-30", "tariffs": [0.1]}

    assert "no schedule holds" in mistakes(tmp_path, buys={"schedule": [summer]})["buys.schedule"]


def test_other_prices_leave_a_memory_valid_and_another_objective_does_not(tmp_path: Path) -> None:
    before = marks_of(config(tmp_path, objective="cost", buys=FLAT))
    dearer = marks_of(config(tmp_path, objective="cost", buys={**FLAT, "price_per_kwh": 0.3}))
    profit = marks_of(config(tmp_path, objective="profit", buys=FLAT))

    assert dearer.site == before.site
    assert dearer.buys != before.buys
    assert profit.site != before.site
    assert profit.buys == before.buys


def test_entso_e_without_a_token_is_told_before_it_is_asked(tmp_path: Path) -> None:
    service = {"kind": "entsoe", "url": "https://example.org/api?zone=1"}

    found = mistakes(tmp_path, objective="cost", buys=FLAT | {"service": service})

    assert found == {
        "buys.service.token_file": "is missing: ENTSO-E answers nobody without a token "
        'Write token_file = "entsoe.token" and put the token of your account there.'
    }


def test_a_price_service_without_prices_to_fall_back_to_names_its_own_table(tmp_path: Path) -> None:
    service = {"kind": "awatar", "url": "https://example.org"}

    found = mistakes(tmp_path, objective="cost", buys={"service": service})

    assert set(found) == {"buys", "buys.service.kind"}
    assert "price_per_kwh to [control.planning.buys]" in found["buys"]
    assert found["buys.service.kind"].endswith("Did you mean 'awattar'?")


@pytest.mark.parametrize(
    ("key", "word", "nearest"), [("objective", "cots", "cost"), ("departures", "forcast", "forecast")]
)
def test_a_misspelt_choice_is_told_the_nearest_one(tmp_path: Path, key: str, word: str, nearest: str) -> None:
    assert mistakes(tmp_path, **{key: word})[key].endswith(f"Did you mean '{nearest}'?")


def test_a_word_like_none_of_the_choices_is_told_them_all(tmp_path: Path) -> None:
    assert mistakes(tmp_path, objective="xyz") == {
        "objective": "input should be 'energy', 'cost' or 'profit' "
    }
