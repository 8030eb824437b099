"""Settings that change nothing, prices that are cut and days nobody wrote are told, or refused in words."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from tests.cli.test_account import TARIFF
from voltloom.cli import inputs
from voltloom.cli.main import app
from voltloom.cli.output import UsageError


@pytest.fixture
def priced(tmp_path: Path) -> str:
    file = write_small_site(tmp_path)
    file.write_text(file.read_text(encoding="utf-8") + TARIFF, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        (
            "control.planning.carbon_price_per_t=80",
            "changes nothing, because the tariff does not tell the CO2",
        ),
        (
            "control.planning.export_price_per_kwh=0.3",
            "is above the price of purchase at times (down to 0.2)",
        ),
        ("control.planning.export_price_per_kwh=0.1", ""),
    ],
)
def test_a_price_that_does_not_count_as_written_is_told(priced: str, assignment: str, told: str) -> None:
    notes = inputs.load(priced, assignments=[assignment]).notes

    assert (told in notes[0]) if told else not notes


def test_days_beyond_a_made_up_scenario_are_told_and_more_than_a_year_is_refused() -> None:
    notes = inputs.load("depot", first="2024-01-12", last="2024-01-13").notes

    assert notes[0].startswith("--to = 2024-01-13: the scenario ends on 2024-01-12")
    with pytest.raises(UsageError, match="makes up 2550 days of arrivals"):
        inputs.load("depot", last="2030-12-31")


def test_days_after_the_last_session_of_a_record_are_told(priced: str) -> None:
    notes = inputs.load(priced, last="2024-03-20").notes

    assert "the last session arrives on 2024-03-01; the 19 days after it are played empty" in notes[0]
    with pytest.raises(UsageError, match="the last session arrives on 2024-03-01"):
        inputs.load(priced, last="2025-12-31")


def test_a_folder_made_for_a_report_is_told(priced: str, tmp_path: Path) -> None:
    report = tmp_path / "new" / "r.html"

    done = CliRunner().invoke(
        app, ["compare", priced, "--architectures", "parallel", "--jobs", "1", "-q", "--report", str(report)]
    )

    assert report.is_file()
    assert f"made the folder {report.parent}" in done.stderr
