"""A site's file: what stands in it becomes settings, and every mistake is told at once, by path."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.live.demo import PLAN
from voltloom.live.config import config_of, load_config
from voltloom.live.gateway.certificates import write_demo
from voltloom.live.gateway.credentials import generated
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.keeping import marks_of
from voltloom.site.mistakes import PlanError

SECRET, RECORD = generated()


def tree() -> dict[str, Any]:
    return tomllib.loads(PLAN)


def mistakes(given: dict[str, Any], folder: Path) -> dict[str, str]:
    with pytest.raises(PlanError) as caught:
        config_of(given, folder=folder)
    return {mistake.path: f"{mistake.problem} {mistake.remedy}" for mistake in caught.value.mistakes}


def test_a_needed_key_of_a_wrong_value_hides_no_other_mistake(tmp_path: Path) -> None:
    given = tree()
    given["api"] = {"key": [{"id": "screen", "role": "boss", "secret_record": RECORD}]}
    given["control"]["architecture"] = "parallell"
    given["station"][0]["evses"] = ["LEFFT"]

    found = mistakes(given, tmp_path)

    assert set(found) == {"api.key.screen.role", "control.architecture", "station.CP1.evses"}


def test_a_value_of_the_wrong_kind_is_told_how_to_write_it(tmp_path: Path) -> None:
    given = tree()
    given["gateway"]["port"] = "9000"
    given["control"]["period_s"] = "30"

    found = mistakes(given, tmp_path)

    assert found["gateway.port"].endswith("Write a whole number without quotes.")
    assert found["control.period_s"].endswith("Write a number without quotes, such as 12.5.")


def test_a_new_secret_leaves_what_the_core_remembers_valid(tmp_path: Path) -> None:
    before, after, other = tree(), tree(), tree()
    after["station"][0]["secret_record"] = RECORD
    other["site"]["circuit"][0]["rating_a"] = 19.0

    marks = [marks_of(config_of(given, folder=tmp_path)) for given in (before, after, other)]

    assert marks[0] == marks[1]
    assert marks[0].site != marks[2].site


def test_mistakes_of_every_part_are_told_at_once(tmp_path: Path) -> None:
    given = tree()
    given["gateway"]["limits"] = {"ping_after_s": 1.0, "pings": 3}
    given["control"] |= {
        "architecture": "paralel",
        "groups": {"office": "sequential"},
        "safety": {"lease_s": 5.0},
    }
    given["access"] = {"tier_weights": {"gold": 2.0}}
    given["token"].append({"id": "ANNA"})
    given["station"][0]["evses"] = ["LEFFT"]
    given["station"][1] |= {"secret_record": "hunter2hunter2hunter2"}
    given["tariff"] = [{"name": "day", "from": "today", "price_per_kwh": 0.4}]

    found = mistakes(given, tmp_path)

    assert set(found) == {
        "gateway.limits.ping_after_s",
        "gateway.limits.pings",
        "control.architecture",
        "control.groups.office",
        "control.safety.lease_s",
        "access.tier_weights.gold",
        "token.ANNA.id",
        "station.CP1.evses",
        "station.CP2.secret_record",
        "tariff.day.from",
    }
    assert "hunter2" not in str(found)
    assert "Did you mean 'parallel'" in found["control.architecture"]


def test_a_lease_must_outlast_three_cycles(tmp_path: Path) -> None:
    given = tree()
    given["control"] = {"period_s": 60.0, "safety": {"lease_s": 120.0}}

    found = mistakes(given, tmp_path)

    assert list(found) == ["control.safety.lease_s"]
    assert "180" in found["control.safety.lease_s"]


def test_several_listeners_each_under_its_own_profile(tmp_path: Path) -> None:
    write_demo(tmp_path / "keys", ["CP1"], ("localhost",))
    given = tree()
    tls = {"certificate": "keys/server.pem", "key": "keys/server.key"}
    given["gateway"] = {
        "listener": [
            {"port": 9001, "security_profile": 2, **tls, "minimum_tls": "1.3"},
            {"port": 9002, "security_profile": 3, **tls, "station_authority": "keys/authority.pem"},
        ]
    }
    given["station"][0] |= {"least_profile": 3, "certificate_name": "SN-1"}
    given["station"][1] |= {"secret_record": RECORD}

    config = config_of(given, folder=tmp_path)

    assert [int(listener.profile) for listener in config.gateway.listeners] == [2, 3]
    first, second = config.known
    assert (first.least_profile, first.secret_record, first.expected_certificate_name) == (
        SecurityProfile.MUTUAL_TLS,
        None,
        "SN-1",
    )
    assert second.least_profile is SecurityProfile.TLS_BASIC
    assert config.stated_least == {"CP1": SecurityProfile.MUTUAL_TLS}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"security_profile": 2}, "gateway.certificate"),
        ({"security_profile": 2, "certificate": "none.pem", "key": "none.key"}, "gateway.certificate"),
        ({"security_profile": 3, "certificate": "keys/server.pem", "key": "keys/server.key"}, "gateway.station_authority"),
        ({"security_profile": 2, "certificate": "keys/server.pem", "key": "keys/station-CP1.key"}, "gateway.certificate"),
        ({"security_profile": 1, "key": "keys/server.key"}, "gateway.key"),
        ({"host": "0.0.0.0"}, "gateway.security_profile"),
        ({"listener": [{"port": 9001}]}, "gateway"),
    ],
)  # fmt: skip
def test_a_listener_that_cannot_be_is_told_by_its_key(
    tmp_path: Path, change: dict[str, Any], path: str
) -> None:
    write_demo(tmp_path / "keys", ["CP1"], ("localhost",))
    given = tree()
    given["gateway"] |= change

    assert path in mistakes(given, tmp_path)


def test_a_station_needs_a_secret_where_it_may_come_by_a_profile_with_one(tmp_path: Path) -> None:
    given = tree()
    given["gateway"] = {"security_profile": 1}

    assert set(mistakes(given, tmp_path)) == {"station.CP1.secret_record", "station.CP2.secret_record"}


def test_a_record_may_stand_in_a_file_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cp1").write_text(f"{RECORD}\n", encoding="utf-8")
    monkeypatch.setenv("CP2_RECORD", RECORD)
    given = tree()
    given["station"][0]["secret_file"] = "cp1"
    given["station"][1]["secret_env"] = "CP2_RECORD"

    config = config_of(given, folder=tmp_path)

    assert [known.secret_record for known in config.known] == [RECORD, RECORD]
    given["station"][0]["secret_file"] = "absent"
    monkeypatch.delenv("CP2_RECORD")
    assert set(mistakes(given, tmp_path)) == {"station.CP1.secret_file", "station.CP2.secret_env"}


def test_a_token_is_good_through_its_last_day_at_the_site(tmp_path: Path) -> None:
    given = tree()
    given["token"] = tomllib.loads('[[token]]\nid = "anna"\nexpires = 2026-03-28\ntier = 1\n')["token"]
    given["access"] = {"tier_weights": {"1": 3.0}, "guest_tier": 1}

    access = config_of(given, folder=tmp_path).access

    anna = access.known.entry("ANNA")
    assert anna is not None
    assert anna.expires_s == datetime(2026, 3, 28, 23, 0, tzinfo=UTC).timestamp()  # midnight in Berlin
    assert (anna.weight, access.rules.guest_weight) == (3.0, 3.0)


def test_prices_hold_from_their_day_and_cover_the_year(tmp_path: Path) -> None:
    text = """
    [[tariff]]
    name = "2026"
    currency = "EUR"
    from = 2026-01-01
    [[tariff.schedule]]
    times = [0, 7, 22]
    tariffs = [0.3, 0.5, 0.3]
    [[tariff]]
    name = "before"
    currency = "EUR"
    price_per_kwh = 0.4
    """
    given = tree() | tomllib.loads(text)

    before, after = config_of(given, folder=tmp_path).tariffs

    assert (before.from_ms, before.tariff.name) == (0, "before")
    assert after.from_ms == datetime(2025, 12, 31, 23, 0, tzinfo=UTC).timestamp() * 1000
    assert after.tariff.price_nano_at(datetime(2026, 7, 1, 6, 0, tzinfo=UTC).timestamp()) == 500_000_000
    given["tariff"][0]["schedule"][0]["dow_mask"] = "WEEKDAYS"
    assert "no schedule holds" in mistakes(given, tmp_path)["tariff.2026.schedule"]


def test_a_tariff_may_have_prices_for_time_and_says_where_they_are_none(tmp_path: Path) -> None:
    given = tree()
    prices = {"name": "t", "price_per_kwh": 0.4, "charging_price_per_h": 0.6, "idle_price_per_h": 6}
    given["tariff"] = [prices]

    (priced,) = config_of(given, folder=tmp_path).tariffs

    assert (priced.tariff.charging_nano_per_h, priced.tariff.idle_nano_per_h) == (600_000_000, 6_000_000_000)
    given["tariff"] = [prices | {"idle_price_per_h": -1, "charging_price_per_h": True}]
    assert set(mistakes(given, tmp_path)) == {"tariff.t.charging_price_per_h", "tariff.t.idle_price_per_h"}


def test_pv_is_part_of_a_running_site(tmp_path: Path) -> None:
    given = tree()
    given["site"]["pv"] = [{"id": "roof", "circuit": given["site"]["circuit"][0]["id"], "peak_kw": 4.0}]

    config = config_of(given, folder=tmp_path)

    assert [pv.peak_w for pv in config.site.pvs] == [4000.0]


def test_an_outlet_that_works_both_ways_tells_its_station_so(tmp_path: Path) -> None:
    given = tree()
    given["site"]["evse"][0]["discharge_a"] = 10.0

    config = config_of(given, folder=tmp_path)

    outlets = [outlet for place in config.places.values() for outlet in place.outlets.values()]
    two_way = {evse.evse_id for evse in config.site.evses if evse.discharge_a > 0.0}
    assert two_way
    assert {config.site.evses[at.evse].evse_id for at in outlets if at.discharge_a == 10.0} == two_way


def test_a_scenario_is_told_from_a_sites_file(tmp_path: Path) -> None:
    scenario = tmp_path / "yard.toml"
    scenario.write_text('base = "depot"\nname = "Yard"\n', encoding="utf-8")

    with pytest.raises(PlanError) as told:
        load_config(scenario)

    (only,) = told.value.mistakes
    assert only.problem == "is a scenario to play, not a site's file"
    assert f"voltloom simulate {scenario}" in only.remedy
