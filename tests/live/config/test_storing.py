"""A battery's link in a site's file: every mistake is told by path, and what would be dangerous is a mistake."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.live.batteried import tree
from voltloom.live.config import config_of
from voltloom.live.config.checking import checked
from voltloom.site.mistakes import PlanError


def mistakes_of(plan: dict[str, Any], folder: Path) -> dict[str, str]:
    with pytest.raises(PlanError) as told:
        config_of(plan, folder=folder)
    return {mistake.path: f"{mistake.problem}. {mistake.remedy}" for mistake in told.value.mistakes}


def test_a_linked_battery_is_read_with_what_it_is_for(tmp_path: Path) -> None:
    config = config_of(tree(), folder=tmp_path)

    (inverter,) = config.inverters
    assert (inverter.battery_id, inverter.setpoint.address, inverter.rests_after_s) == ("cellar", 0, 18.0)
    assert inverter.soc.per_unit == 0.0001
    assert config.settings.storage.peak_w == 10_000.0


def test_a_battery_without_a_link_is_told_how_to_get_one(tmp_path: Path) -> None:
    plan = tree()
    del plan["battery"]

    assert '[[battery]] with id = "cellar"' in mistakes_of(plan, tmp_path)["site.battery.cellar"]


def test_a_grid_connection_without_a_meter_is_told(tmp_path: Path) -> None:
    plan = tree()
    del plan["meter"]

    assert "always rest" in mistakes_of(plan, tmp_path)["site.circuit.grid"]


def test_an_inverter_without_a_watchdog_must_be_admitted(tmp_path: Path) -> None:
    plan = tree()
    modbus = plan["battery"][0]["modbus"]
    del modbus["rests_after_s"], modbus["timeout"]

    assert "keeps_power = true" in mistakes_of(plan, tmp_path)["battery.1.modbus.rests_after_s"]

    plan["site"]["battery"][0]["keeps_power"] = True
    assert config_of(plan, folder=tmp_path).inverters[0].rests_after_s == 0.0


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("rests_after_s", 25.0, "rests_after_s"),  # longer than a lease of 60 s bears
        ("rests_after_s", 14.0, "rests_after_s"),  # it would rest between two rounds of 5 s
        ("setpoint", {"address": 0, "encoding": "uint32"}, "setpoint.encoding"),
        ("setpoint", {"address": 0, "encoding": "int16", "per_unit": 0.1}, "setpoint.encoding"),
        ("setpoint", {"address": 0, "kind": "input"}, "setpoint.kind"),
        ("power", {"address": 0, "per_unit": 0.0}, "power.per_unit"),
        ("timeout", {"address": 2, "encoding": "uint16", "per_unit": 0.0001}, "timeout.encoding"),
    ],
)
def test_what_an_inverter_cannot_do_is_told(key: str, value: object, path: str, tmp_path: Path) -> None:
    plan = tree()
    plan["battery"][0]["modbus"][key] = value

    assert list(mistakes_of(plan, tmp_path)) == [f"battery.1.modbus.{path}"]


@pytest.mark.parametrize(
    ("change", "path"),
    [({"id": "cellra"}, "battery.1.id"), ({"id": "cellar"}, "battery.2.id")],
)
def test_a_link_to_no_battery_and_a_second_link_are_told(
    change: dict[str, str], path: str, tmp_path: Path
) -> None:
    plan = tree()
    plan["battery"] = [plan["battery"][0]] * 2 if path == "battery.2.id" else plan["battery"]
    plan["battery"][-1] = {**plan["battery"][-1], **change}

    assert path in mistakes_of(plan, tmp_path)


def test_a_watchdog_that_the_plan_denies_is_told(tmp_path: Path) -> None:
    plan = tree()
    plan["site"]["battery"][0]["keeps_power"] = True

    assert "contradicts" in mistakes_of(plan, tmp_path)["battery.1.modbus.rests_after_s"]


def test_stations_offline_limits_are_safe_beside_a_battery_that_keeps_its_power(tmp_path: Path) -> None:
    plan = tree()
    plan["site"]["circuit"][0]["other_load_a"] = 45.0
    rests = config_of(plan, folder=tmp_path)
    modbus = plan["battery"][0]["modbus"]
    del modbus["rests_after_s"], modbus["timeout"]
    plan["site"]["battery"][0]["keeps_power"] = True

    keeps = config_of(plan, folder=tmp_path)
    found = checked(keeps, datetime.now(UTC))

    assert [evse.offline_a for evse in rests.site.evses] == [6.0, 6.0]  # 63 A less 45
    assert [evse.offline_a for evse in keeps.site.evses] == [0.0, 0.0]  # and less 14.5 of the battery
    assert found.is_sound
    assert found.offline[0].load_a == pytest.approx(45.0 + 10_000.0 / 690.0)
    assert "site.battery.cellar.keeps_power" in {finding.what.path for finding in found.findings}
