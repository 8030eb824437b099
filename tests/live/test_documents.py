"""What the pages for operators show is what runs: configurations, every key with its default, alarms, words of the log."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from scripts.make_alarms_page import page
from voltloom.live.config import config_of
from voltloom.live.config import tables as live
from voltloom.live.gateway.credentials import generated
from voltloom.live.gateway.events import Cause, EventKind
from voltloom.site import plan_tables as place
from voltloom.site.mistakes import Table

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/live.md", "docs/operate.md", "docs/configuration.md")
SITES = [
    (page, number, block)
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    )
    if re.search(r"^\[journal\]", block, flags=re.MULTILINE)
]
HEADINGS: dict[str, type[Table]] = {
    "## [site]": place.SiteTable,
    "### [[site.circuit]]": place.CircuitTable,
    "### [[site.evse]]": place.EvseTable,
    "### [[site.pv]]": place.PvTable,
    "### [[site.battery]]": place.BatteryTable,
    "## [gateway]": live.GatewayTable,
    "### [gateway.limits]": live.LimitsTable,
    "## [api]": live.ApiTable,
    "### [[api.key]]": live.ApiKeyTable,
    "## [journal]": live.JournalTable,
    "## [control]": live.ControlTable,
    "### [control.smoothing]": live.SmoothingTable,
    "### [control.safety]": live.SafetyTable,
    "### [control.writes]": live.WritesTable,
    "### [control.planning]": live.PlanningTable,
    "## [[meter]]": live.MeterTable,
    "### [meter.modbus]": live.ModbusTable,
    "## [[battery]]": live.BatteryLinkTable,
    "### [battery.modbus]": live.InverterTable,
    "### A register": live.RegisterTable,
    "### [control.storage]": live.StorageTable,
    "## [access]": live.AccessTable,
    "### [[token]]": live.TokenTable,
    "## [[station]]": live.StationTable,
    "## [signing]": live.SigningTable,
    "## [[vendor]]": live.VendorTable,
}
PARTS: dict[type[Table], set[str]] = {  # tables of their own
    place.SiteTable: {"circuit", "evse", "cabinet", "phasor_limit", "battery", "pv"},
    live.GatewayTable: {"listener", "limits"},
    live.ApiTable: {"key"},
    live.ControlTable: {"smoothing", "safety", "writes", "planning", "storage"},
    live.MeterTable: {"modbus"},
    live.BatteryLinkTable: {"modbus"},
}


def test_every_page_for_operators_shows_a_site() -> None:
    assert {page for page, _, _ in SITES} >= {"docs/live.md", "docs/operate.md", "docs/configuration.md"}


@pytest.mark.parametrize(("page", "number", "block"), SITES, ids=[f"{p}-{n}" for p, n, _ in SITES])
def test_a_documented_site_has_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str, number: int, block: str
) -> None:
    monkeypatch.setenv("CP2_RECORD", generated()[1])

    config = config_of(tomllib.loads(block), folder=tmp_path)

    assert set(config.places) == {"CP1", "CP2"}, (page, number)


@pytest.mark.parametrize("heading", HEADINGS, ids=lambda heading: str(heading).strip("# []"))
def test_every_key_is_documented_with_its_default(heading: str) -> None:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    section = re.split(r"\n#+ ", text.split(f"\n{heading}\n")[1])[0]
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, flags=re.MULTILINE))

    model = HEADINGS[heading]

    parts = PARTS.get(model, set())
    fields = {field.alias or name: field for name, field in model.model_fields.items() if name not in parts}
    expected = {key: _shown(field.get_default(call_default_factory=True)) for key, field in fields.items()}
    assert told == expected


def _shown(default: object) -> str:
    if default is PydanticUndefined:
        return "needed"
    if default is None:
        return "–"
    if isinstance(default, float):
        return str(round(default, 4))
    return json.dumps(default)


def test_every_alarm_stands_on_its_page_with_what_to_do() -> None:
    text = (ROOT / "docs/alarms.md").read_text(encoding="utf-8")

    assert text == page(), "run scripts/make_alarms_page.py"


def test_the_words_of_the_log_on_the_page_are_those_that_are_told() -> None:
    text = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]*`)[^|]*\|", text, flags=re.MULTILINE)
    words = {word for row in rows for word in re.findall(r"`([a-z_]+)`", row)}

    known = {kind.value for kind in EventKind} | {cause.value for cause in Cause}

    assert len(words) > 15
    assert words <= known
