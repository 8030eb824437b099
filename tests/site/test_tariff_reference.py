"""The published tariffs and prices that lie beside the checkout can be read."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voltloom.site.mistakes import PlanError
from voltloom.site.tariff import NANO, price_steps
from voltloom.site.tariff_plan import tariff_of

pytestmark = pytest.mark.reference


def test_every_published_tariff_has_a_price_for_every_summer_hour(shared_data: Path) -> None:
    files = sorted((shared_data / "tariffs").glob("*.json"))
    start_s = datetime(2019, 7, 1, tzinfo=UTC).timestamp()

    for file in files:
        tariff = tariff_of(json.loads(file.read_text()), time_zone="America/Los_Angeles")
        steps = price_steps(tariff, start_s, start_s + 31 * 86400)
        assert min(step.price_nano_per_kwh for step in steps) > 0

    assert len(files) == 5


def test_the_summer_noon_of_tou_ev_4_costs_what_its_sheet_says(shared_data: Path) -> None:
    sheet = json.loads((shared_data / "tariffs" / "sce_tou_ev_4_march_2019.json").read_text())

    tariff = tariff_of(sheet, time_zone="America/Los_Angeles")

    noon_s = datetime(2019, 7, 1, 12, 0, tzinfo=UTC).timestamp() + 7 * 3600
    assert tariff.price_nano_at(noon_s) == 266_680_000
    assert tariff.demand_nano_at(noon_s) == 15_510_000_000


def test_dutch_prices_are_read_and_the_broken_line_of_the_published_file_is_named(shared_data: Path) -> None:
    text = gzip.decompress((shared_data / "prices" / "nl_day_ahead_2015-2024.csv.gz").read_bytes()).decode()
    sound = "".join(text.splitlines(keepends=True)[:76_681])
    columns = {"time": "Datetime (UTC)", "price": "Price (EUR/MWhe)", "time_format": "%d/%m/%Y %H:%M"}

    tariff = tariff_of({"columns": columns}, time_zone="Europe/Amsterdam", prices_csv=sound)

    assert tariff.price_nano_at(1420070400.0) == round(0.03494 * NANO)
    assert tariff.series is not None
    assert len(tariff.series.start_s) == 76_680
    with pytest.raises(PlanError, match="line 76682"):
        tariff_of({"columns": columns}, time_zone="Europe/Amsterdam", prices_csv=text)
