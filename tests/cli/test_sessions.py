"""`voltloom sessions list`, `bills` and `review` on journals as a server leaves them."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tests.cli.test_journal import invoke, written
from tests.store.day import Visit, priced_from_midnight
from tests.store.test_exported import told
from voltloom.session.record import EndReason
from voltloom.site.tariff_plan import tariff_of
from voltloom.store.payloads import Payload, TariffSet, TransactionStarted, TransactionStopped, entry_of
from voltloom.store.sql_ledger import SqlLedger

START_MS = 1_767_225_600_000  # 2026-01-01
HOUR_MS = 3_600_000


def doubted(folder: Path) -> Path:
    """A journal with one session that jumps from 0 to a lifetime register."""
    prices = {"name": "flat", "currency": "EUR", "schedule": [{"tariffs": [0.5]}]}
    start = TransactionStarted(
        station_id="CP1",
        evse_id="LEFT",
        transaction_id="7",
        id_token="anna",
        started_ms=START_MS,
        max_power_w=11_000,
        register_tenth_wh=0,
    )
    stop = TransactionStopped(
        station_id="CP1",
        transaction_id="7",
        stopped_ms=START_MS + HOUR_MS,
        why=EndReason.DRIVER_LEFT,
        register_tenth_wh=9_099_480,
    )
    told: tuple[Payload, ...] = (TariffSet(from_ms=0, tariff=tariff_of(prices, time_zone="UTC")), start, stop)
    ledger = SqlLedger(folder / "site.db", "yard")
    ledger.commit([entry_of(each, key=str(n), at_ms=START_MS + HOUR_MS) for n, each in enumerate(told)])
    ledger.close()
    return folder / "site.db"


def test_sessions_are_listed_with_their_cost(tmp_path: Path) -> None:
    path = written(tmp_path)

    code, out, err = invoke("sessions", "list", path, "--time-zone", "Europe/Berlin")

    assert (code, err) == (0, "")
    assert "9 sessions." in out
    assert "2024-03-01" in out
    assert len(json.loads(invoke("sessions", "list", path, "--json")[1])) == 9


def test_what_was_fed_back_is_listed_where_any_was(tmp_path: Path) -> None:
    with closing(SqlLedger(tmp_path / "site.db", "yard")) as ledger:
        ledger.commit(told([(9000, 0), (0, 12_000)]))

    _, out, _ = invoke("sessions", "list", tmp_path / "site.db")
    _, as_json, _ = invoke("sessions", "list", tmp_path / "site.db", "--json")

    assert "kWh fed back" in out
    assert "1.20" in out
    assert [(row["energy_wh"], row["exported_wh"]) for row in json.loads(as_json)] == [(900.0, 1200.0)]
    (other := tmp_path / "other").mkdir()
    assert "fed back" not in invoke("sessions", "list", doubted(other))[1]


def test_the_lines_of_the_bills_add_up_to_what_the_sessions_cost(tmp_path: Path) -> None:
    path = written(tmp_path)

    code, out, _ = invoke("sessions", "bills", path, "--json")

    bills = json.loads(out)
    sessions = json.loads(invoke("sessions", "list", path, "--json")[1])
    cost_minor = sum(row["cost_minor"] for row in sessions)
    (total,) = bills["totals"].values()
    assert code == 0
    assert Decimal(total) == Decimal(cost_minor) / 100
    assert sum(line["energy_wh"] for line in bills["lines"]) == sum(row["energy_wh"] for row in sessions)
    assert bills["without_bill"] == []
    assert f"Together {total}" in invoke("sessions", "bills", path)[1]


def test_lines_of_time_show_how_long_and_at_what_price(tmp_path: Path) -> None:
    prices = {"name": "flat", "currency": "EUR", "schedule": [{"tariffs": [0.5]}]}
    timed = replace(tariff_of(prices, time_zone="UTC"), idle_nano_per_h=6_000_000_000)
    stays = Visit().stop(stopped_ms=Visit().start_ms + 2 * HOUR_MS)
    full = Visit().sample(59, Visit().register_at(60))
    ledger = SqlLedger(tmp_path / "site.db", "yard")
    ledger.commit([priced_from_midnight(timed), *Visit().entries()[:-1], full, stays])
    ledger.close()

    _, out, _ = invoke("sessions", "bills", tmp_path / "site.db")
    lines = json.loads(invoke("sessions", "bills", tmp_path / "site.db", "--json")[1])["lines"]

    assert [(line["kind"], line["amount"]) for line in lines] == [("energy", "3.00"), ("idle", "6.10")]
    assert (lines[1]["duration_ms"], lines[1]["price_per_h"]) == (61 * 60_000, "6")
    assert "1.0167 h" in out
    assert "Together 9.10 EUR." in out


def test_a_doubted_session_is_billed_once_an_operator_said_for_what(tmp_path: Path) -> None:
    path = doubted(tmp_path)
    word = ("--kwh", "8.25", "--by", "olga", "--reason", "driver's own meter")
    before = json.loads(invoke("sessions", "list", path, "--doubted", "--json")[1])
    waiting = json.loads(invoke("sessions", "bills", path, "--json")[1])

    code, out, err = invoke("sessions", "review", path, "CP1/7", *word)

    (after,) = json.loads(invoke("sessions", "list", path, "--json")[1])
    assert [row["session_id"] for row in before] == ["CP1/7"]
    assert waiting["without_bill"] == ["CP1/7"]
    assert (code, err) == (0, "")
    assert "8.2500 kWh, 4.12 EUR" in out  # 4.125, half to even
    assert (after["is_quarantined"], after["reviewed_by"], after["energy_wh"]) == (False, "olga", 8250.0)
    assert json.loads(invoke("sessions", "list", path, "--doubted", "--json")[1]) == []


def test_a_review_must_be_about_a_doubted_session_and_say_who_and_why(tmp_path: Path) -> None:
    path = doubted(tmp_path)
    word = ("--by", "olga", "--reason", "looked")
    (tmp_path / "sound").mkdir()
    sound = written(tmp_path / "sound")
    healthy = json.loads(invoke("sessions", "list", sound, "--json")[1])[0]["session_id"]

    absent = invoke("sessions", "review", path, "CP1/8", "--kwh", "1", *word)
    believed = invoke("sessions", "review", sound, healthy, "--kwh", "1", *word)
    wordy = invoke("sessions", "review", path, "CP1/7", "--kwh", "eight", *word)
    nobody = invoke("sessions", "review", path, "CP1/7", "--kwh", "1", "--by", " ", "--reason", "x")

    assert [code for code, _, _ in (absent, believed, wordy, nobody)] == [2, 2, 2, 2]
    assert "CP1/8" in absent[2]
    assert "Nobody doubts" in believed[2]
    assert '--kwh = "eight"' in wordy[2]


def test_a_review_waits_until_the_server_has_ended(tmp_path: Path) -> None:
    path = doubted(tmp_path)
    server = SqlLedger(path, "yard")

    code, _, err = invoke(
        "sessions", "review", path, "CP1/7", "--kwh", "1", "--by", "olga", "--reason", "looked"
    )

    server.close()
    assert code == 2
    assert "open in another process" in err
