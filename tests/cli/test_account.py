"""What a run is judged by, told by `simulate` and `compare` alike, and only where it exists."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom.cli.main import app

TARIFF = """
[tariff]
currency = "EUR"

[[tariff.schedule]]
id = "all year"
dow_mask = "ALL"
tariffs = [0.2]
demand_charge = 6.2
"""
BATTERY = """
[[site.battery]]
id = "cellar"
circuit = "grid"
capacity_kwh = 10.0
charge_kw = 3.0
discharge_kw = 3.0
wear_eur_per_kwh = 0.05
"""
FOR_PROFIT = (
    "--set",
    "control.planning.objective=profit",
    "--set",
    "control.planning.sell_price_per_kwh=0.5",
)


def invoke(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [*(str(word) for word in words), "--quiet"])
    return result.exit_code, result.stdout, result.stderr


def small(folder: Path, *more: str) -> Path:
    file = write_small_site(folder)
    file.write_text(file.read_text(encoding="utf-8") + "".join(more), encoding="utf-8")
    return file


def test_under_profit_the_account_adds_up(tmp_path: Path) -> None:
    code, out, _ = invoke("simulate", small(tmp_path, TARIFF), *FOR_PROFIT, "--json")

    told = json.loads(out)
    account = told["account"]
    assert code == 0
    assert told["objective"] == "profit"
    assert account["cost_minor"] == account["energy_minor"] + account["demand_minor"] == told["cost_minor"]
    assert account["revenue_minor"] == pytest.approx(0.05 * told["energy_delivered_wh"])
    assert account["profit_minor"] == pytest.approx(account["revenue_minor"] - account["cost_minor"])
    assert account["demand_by_day_minor"] == pytest.approx(account["demand_minor"] / 31.0, rel=0.002)


def test_a_months_charge_for_one_day_is_told_beside_the_number(tmp_path: Path) -> None:
    _, out, _ = invoke("simulate", small(tmp_path, TARIFF), *FOR_PROFIT)

    assert "run for" in out
    assert "of it demand charge, a whole month's" in out
    assert "for the days played" in out
    assert "only 1 of 31 days of March 2024 were played" in out


def test_what_does_not_exist_is_neither_shown_nor_0(tmp_path: Path) -> None:
    file = small(tmp_path)

    _, text, _ = invoke("simulate", file)
    _, out, _ = invoke("simulate", file, "--json")

    told = json.loads(out)
    assert told["cost_minor"] is None
    assert set(told["account"].values()) == {None}
    for name in ("profit", "demand charge", "fed back", "bought", "wear"):
        assert name not in text


def test_a_battery_is_told_with_what_was_bought_sold_and_worn(tmp_path: Path) -> None:
    _, out, _ = invoke("simulate", small(tmp_path, BATTERY, TARIFF), "--json")

    told = json.loads(out)
    account, storage = told["account"], told["storage"]
    assert account["bought_wh"] == pytest.approx(storage["imported_wh"], abs=0.1)
    assert account["sold_wh"] == pytest.approx(storage["exported_wh"], abs=0.1)
    assert account["wear_minor"] == storage["wear_minor"]
    assert account["profit_minor"] is None
    assert account["fed_back_wh"] is None


def test_compare_shows_the_same_accounts_in_table_report_and_json(tmp_path: Path) -> None:
    words = ("compare", small(tmp_path, TARIFF), "--architectures", "parallel,adaptive", "--jobs", "1")
    report = tmp_path / "r.html"

    _, text, _ = invoke(*words, *FOR_PROFIT, "--report", report)
    _, out, _ = invoke(*words, *FOR_PROFIT, "--json")

    page = report.read_text(encoding="utf-8")
    for run in json.loads(out):
        profit = f"{run['account']['profit_minor'] / 100.0:.2f} EUR".replace("-", "−")
        assert profit in text
        assert profit in page
    assert "the site is run for profit, a kWh sold at 0.5 EUR" in text
    assert "Of it demand charge, a whole month" in page
    assert "No winner here yet: so few days cannot judge a monthly demand charge." in text
