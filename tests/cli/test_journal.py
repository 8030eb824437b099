"""`voltloom sessions export`, `backup`, `restore` and `audit verify` as people and scripts call them."""

import json
import sqlite3
import sys
from pathlib import Path

import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from tests.store.day import many_visits
from voltloom.cli.main import app
from voltloom.store.sql_ledger import SqlLedger


def invoke(*words: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr


def written(folder: Path) -> Path:
    ledger = SqlLedger(folder / "site.db", "yard")
    ledger.commit(many_visits(9))
    ledger.close()
    return folder / "site.db"


def test_sessions_are_exported_as_csv_parquet_and_json(tmp_path: Path) -> None:
    path = written(tmp_path)

    code, out, err = invoke("sessions", "export", path)
    assert (code, err) == (0, "")
    assert out.count("\n") == 10
    assert out.startswith("session_id,node,station_id")

    code, out, _ = invoke("sessions", "export", path, "--json")
    assert code == 0
    assert sum(row["cost_minor"] for row in json.loads(out)) > 0

    for name in ("s.csv", "s.parquet"):
        code, out, _ = invoke("sessions", "export", path, "--out", tmp_path / name, "--json")
        assert (code, json.loads(out)["sessions"]) == (0, 9)
    assert (tmp_path / "s.csv").read_text().count("\n") == 10
    assert pyarrow.parquet.read_table(tmp_path / "s.parquet").num_rows == 9


def test_days_of_an_export_are_local(tmp_path: Path) -> None:
    path = written(tmp_path)

    def count(*days: str) -> int:
        return len(json.loads(invoke("sessions", "export", path, "--json", *days)[1]))

    berlin = ("--time-zone", "Europe/Berlin")
    assert count("--to", "2024-02-29") == 3  # in UTC the first hour lies there
    assert count("--to", "2024-02-29", *berlin) == 0
    assert count("--from", "2024-03-01", "--to", "2024-03-01", *berlin) == 9


def test_a_journal_is_backed_up_verified_and_restored(tmp_path: Path) -> None:
    path, copy, new = written(tmp_path), tmp_path / "copy.db", tmp_path / "new.db"

    code, out, err = invoke("backup", path, copy)
    assert (code, err) == (0, "")
    assert "events of 'yard'" in out

    code, out, _ = invoke("audit", "verify", path, "--manifest", f"{copy}.manifest.json", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["is_sound"]

    code, out, _ = invoke("restore", copy, new, "--json")
    assert code == 0
    assert json.loads(out)["nodes"] == told["nodes"]
    assert "is what was written" in invoke("audit", "verify", new)[1]


def test_what_is_not_as_it_was_written_ends_with_1_and_names_the_row(tmp_path: Path) -> None:
    path, copy = written(tmp_path), tmp_path / "copy.db"
    invoke("backup", path, copy)
    for file in (path, copy):
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE journal SET payload = '{}' WHERE seq = 12")
        connection.close()

    code, out, err = invoke("audit", "verify", path, "--json")
    assert code == 1
    assert json.loads(out)["problems"][0]["seq"] == 12
    assert "row 12" in err
    assert invoke("restore", copy, tmp_path / "new.db")[0] == 1
    assert invoke("backup", path, tmp_path / "other.db")[0] == 1


def test_wrong_usage_ends_with_2_and_says_what_to_do(tmp_path: Path) -> None:
    path, copy = written(tmp_path), tmp_path / "copy.db"
    invoke("backup", path, copy)

    for words, said in (
        (("restore", copy, path), "Nothing is overwritten"),
        (("backup", path, copy), "Nothing is overwritten"),
        (("backup", tmp_path / "absent.db", tmp_path / "x.db"), "cannot be read"),
        (("audit", "verify", tmp_path / "copy.db.manifest.json"), "not a SQLite database"),
        (("audit", "verify", path, "--manifest", path), "is no manifest"),
        (("sessions", "export", path, "--out", "sessions.xlsx"), ".csv or .parquet"),
        (("sessions", "export", path, "--time-zone", "Mars/Base"), "--time-zone"),
    ):
        code, _, err = invoke(*words)
        assert (code, said in err) == (2, True), (words, err)
    assert invoke("sessions", "export", path, "--out", tmp_path / "absent" / "s.csv")[0] == 3


def test_parquet_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    code, _, err = invoke("sessions", "export", path, "--out", tmp_path / "s.parquet")

    assert code == 2
    assert "-m pip install pyarrow" in err
    assert not list(tmp_path.glob("s.parquet*"))
