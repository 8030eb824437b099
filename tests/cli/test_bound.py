"""`voltloom bound`, and `compare --bound`, as a planner and as a script use them."""

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
effective_start = "01-01"
effective_end = "12-31"
dow_mask = "ALL"
times = [0]
tariffs = [0.2]
demand_charge = 1.0
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_small_site(tmp_path)


def invoke(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def test_the_table_tells_the_energy_and_the_proof(scenario: Path) -> None:
    code, out, err = invoke("bound", scenario)

    assert code == 0
    assert "35.0 kWh (100.00 %)" in out
    assert "from optimum to proof" in out
    assert "bounding small: 100 %, 1 of 1 programs" in err


def test_json_is_one_object_with_the_curve(scenario: Path) -> None:
    code, out, _ = invoke("bound", scenario, "--json", "--set", "site.circuit.grid.rating_a=10")

    found = json.loads(out)
    assert code == 0
    assert found["objective"] == "energy"
    assert found["sessions"] == 3
    assert found["delivered_ratio"] < 1.0
    assert found["peak_w"] == pytest.approx(6_900.0)
    assert found["cost_minor"] is None
    assert len(found["time_s"]) == len(found["power_w"])
    assert found["gap_ratio"] < 1e-6


def test_profit_is_told_with_its_price(scenario: Path) -> None:
    scenario.write_text(scenario.read_text(encoding="utf-8") + TARIFF, encoding="utf-8")

    code, out, _ = invoke("bound", scenario, "--objective", "profit", "--sell-price", "5", "--json")

    found = json.loads(out)
    assert code == 0
    assert found["revenue_minor"] == pytest.approx(17_500, abs=2)
    assert found["energy_cost_minor"] == pytest.approx(700, abs=1)
    assert found["profit_minor"] == found["revenue_minor"] - found["cost_minor"]
    assert found["demand_cost_minor"] > 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--objective", "profti"], "Did you mean 'profit'?"),
        (["--objective", "cost,energy"], "one at a time"),
        (["--sell-price", "0.3"], "Add --objective profit."),
        (["--objective", "profit", "--sell-price", "-1"], "give a price from 0 on"),
        (["--objective", "profit", "--sell-price", "nan"], "give a price from 0 on"),
        (["--objective", "cost"], "small has no tariff"),
        (["--from", "2031-01-01"], "no car arrives"),
        (["--set", "site.circuit.grid.rating=1"], "rating"),
    ],
)
def test_what_cannot_be_bounded_is_told_without_a_traceback(
    scenario: Path, words: list[str], told: str
) -> None:
    code, out, err = invoke("bound", scenario, *words)

    assert code == 2
    assert told in err
    assert "Traceback" not in err
    assert out == ""


def test_compare_shows_the_bound_and_each_share_of_it(scenario: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.html"

    code, out, _ = invoke(
        *("compare", scenario, "--architectures", "sequential,parallel", "--jobs", "1"),
        *("--bound", "--report", report),
    )

    lines = {line.split()[0]: line for line in reversed(out.splitlines()) if line.strip()}
    assert code == 0
    assert lines["architecture"].endswith("of bound")
    assert lines["clairvoyant"].endswith("100.0 %")
    assert lines["parallel"].endswith("95.6 %")
    page = report.read_text(encoding="utf-8")
    assert "Of bound" in page
    assert "knew every visit beforehand" in page


def test_compare_tells_the_bound_in_json_only_where_it_is_asked_for(scenario: Path) -> None:
    words = ("compare", scenario, "--architectures", "parallel,sequential", "--jobs", "1", "--json")

    with_it, without = (json.loads(invoke(*words, *more)[1]) for more in (("--bound",), ()))

    for run in with_it:
        assert run["bound_wh"] == pytest.approx(35_000.0)
        assert run["bound_share"] == pytest.approx(run["energy_delivered_wh"] / 35_000.0)
    assert all("bound_wh" not in run for run in without)


def for_profit(scenario: Path) -> tuple[object, ...]:
    scenario.write_text(scenario.read_text(encoding="utf-8") + TARIFF, encoding="utf-8")
    return (
        *("compare", scenario, "--architectures", "parallel", "--jobs", "1", "--bound", "--json"),
        *("--set", "control.planning.sell_price_per_kwh=5"),
    )


@pytest.mark.parametrize(
    ("objective", "share", "run_minor", "bound_minor"),
    [
        ("profit", "bound_profit_share", "profit_minor", "bound_profit_minor"),
        ("cost", "bound_cost_share", "cost_minor", "bound_cost_minor"),
    ],
)
def test_under_money_the_share_is_that_of_the_bounds_money(
    scenario: Path, objective: str, share: str, run_minor: str, bound_minor: str
) -> None:
    code, out, _ = invoke(*for_profit(scenario), "--set", f"control.planning.objective={objective}")

    run = json.loads(out)[0]
    assert code == 0
    assert run["objective"] == objective
    assert run[share] == pytest.approx(run["account"][run_minor] / run[bound_minor])
    assert (run["account"]["profit_minor"] is None) is (objective == "cost")
