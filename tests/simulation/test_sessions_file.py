"""Sessions files of every format are read, and every bad row is named by line, field and remedy."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from voltloom.simulation.session_formats import ColumnsTable, Reading
from voltloom.simulation.session_rows import SessionFileError
from voltloom.simulation.sessions_file import Selection, load_sessions

SAMPLE = Path(__file__).resolve().parents[2] / "scenarios" / "data" / "caltech_2019-10.csv"
HEAD = "site,session_id,station_id,user_id,arrival,departure,done_charging,energy_kwh,requested_kwh,requested_departure\n"


def written(folder: Path, text: str, name: str = "sessions.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shipped_month_is_read_without_a_bad_row() -> None:
    loaded = load_sessions(SAMPLE, Reading(site_time_zone="America/Los_Angeles"))

    assert loaded.format == "normalised CSV"
    assert len(loaded.rows) == 930
    assert sum(row.energy_wh for row in loaded.rows) == pytest.approx(8_256_755, rel=1e-3)
    assert [row.arrival_s for row in loaded.rows] == sorted(row.arrival_s for row in loaded.rows)


def test_days_are_chosen_by_local_date_both_included() -> None:
    reading = Reading(site_time_zone="America/Los_Angeles")
    all_days = load_sessions(SAMPLE, reading).rows

    week = load_sessions(
        SAMPLE, reading, Selection(first_day=date(2019, 10, 7), last_day=date(2019, 10, 13))
    ).rows

    midnight_s = 1570431600.0  # 7 October 2019 in California
    expected = [r for r in all_days if midnight_s <= r.arrival_s < midnight_s + 7 * 86400]
    assert [row.session_id for row in week] == [row.session_id for row in expected]
    assert len(expected) > 150


def test_every_bad_row_is_named_with_line_field_and_remedy(tmp_path: Path) -> None:
    rows = [
        "c,s1,A1,,2019-10-01T08:00:00Z,2019-10-01T09:00:00Z,,5.0,,",
        "c,s2,A1,,2019-10-01T10:00:00,2019-10-01T11:00:00Z,,5.0,,",
        "c,s3,A1,,1970-01-01T10:00:00Z,2019-10-01T11:00:00Z,,5.0,,",
        "c,s4,A1,,2019-10-01T12:00:00Z,2019-10-01T11:00:00Z,,5.0,,",
        "c,s5,A1,,2019-10-01T13:00:00Z,2019-10-01T14:00:00Z,,-1.0,,",
        "c,s1,A1,,2019-10-01T15:00:00Z,2019-10-01T16:00:00Z,,5.0,,",
        "c,s6,A7,,2019-10-01T17:00:00Z,2019-10-01T18:00:00Z,,5.0,,",
        "c,s7,A1,,2019-10-01T19:00:00Z,2019-10-01T20:00:00Z,,five,,",
        "c,,A1,,2019-10-01T21:00:00Z,2019-10-01T22:00:00Z,,5.0,,",
        "c,s8,A1",
    ]
    file = written(tmp_path, HEAD + "\n".join(rows))

    with pytest.raises(SessionFileError) as caught:
        load_sessions(file, selection=Selection(evse_ids=("A1", "A2")))

    found = {bad.where: (bad.field, bad.problem) for bad in caught.value.bad_rows}
    assert found == {
        "line 3": ("arrival", "has no time zone"),
        "line 4": ("arrival", "the station had no clock"),
        "line 5": ("departure", "is before the arrival"),
        "line 6": ("energy_kwh", "is negative"),
        "line 7": ("session_id", "is the same as on line 2"),
        "line 8": ("station_id", "is not on the site"),
        "line 9": ("energy_kwh", "is no number"),
        "line 10": ("session_id", "is missing"),
        "line 11": ("arrival", "is missing"),
    }
    assert all(bad.remedy for bad in caught.value.bad_rows)
    assert "Known: A1, A2." in next(b.remedy for b in caught.value.bad_rows if b.where == "line 8")


def test_skipped_rows_are_reported_not_dropped(tmp_path: Path) -> None:
    rows = [
        "c,s1,A1,,2019-10-01T08:00:00Z,2019-10-01T09:00:00Z,,5.0,,",
        "c,s2,A1,,never,2019-10-01T11:00:00Z,,5.0,,",
    ]
    file = written(tmp_path, HEAD + "\n".join(rows))

    loaded = load_sessions(file, selection=Selection(skips_bad_rows=True))

    assert [row.session_id for row in loaded.rows] == ["s1"]
    assert [bad.where for bad in loaded.skipped] == ["line 3"]


def test_a_long_list_of_bad_rows_is_cut_in_print_only(tmp_path: Path) -> None:
    rows = [f"c,s{n},A1,,never,never,,5.0,," for n in range(30)]

    with pytest.raises(SessionFileError) as caught:
        load_sessions(written(tmp_path, HEAD + "\n".join(rows)))

    assert len(caught.value.bad_rows) == 30
    assert "and 10 more" in str(caught.value)


ACN_ITEM = {
    "sessionID": "1_1_2018",
    "spaceID": "CA-303",
    "userID": "000000022",
    "connectionTime": "Wed, 05 Sep 2018 11:04:13 GMT",
    "disconnectTime": "Wed, 05 Sep 2018 19:09:35 GMT",
    "doneChargingTime": None,
    "kWhDelivered": 9.583,
    "timezone": "America/Los_Angeles",
    "userInputs": [
        {"kWhRequested": 10.0, "requestedDeparture": "Wed, 05 Sep 2018 17:00:00 GMT"},
        {"kWhRequested": 12.5, "requestedDeparture": "Wed, 05 Sep 2018 20:00:00 GMT"},
    ],
}


@pytest.mark.parametrize("shape", ["api", "list", "gz", "iso"])
def test_acn_data_is_read_as_the_api_sends_it_or_as_a_list(tmp_path: Path, shape: str) -> None:
    item = dict(ACN_ITEM)
    if shape == "iso":
        item |= {"connectionTime": "2018-09-05T04:04:13-07:00", "disconnectTime": "2018-09-05T19:09:35Z"}
    document = [item] if shape == "list" else {"_items": [item], "_meta": {"total": 1}}
    file = tmp_path / "acn.json"
    text = json.dumps(document).encode()
    file.write_bytes(gzip.compress(text) if shape == "gz" else text)

    loaded = load_sessions(file)

    (row,) = loaded.rows
    assert (row.arrival_s, row.departure_s) == (1536145453.0, 1536174575.0)
    assert (row.energy_wh, row.requested_wh, row.requested_departure_s) == (9583.0, 12500.0, 1536177600.0)
    assert (row.station_id, row.user_id) == ("CA-303", "000000022")


def test_an_acn_session_nobody_claimed_says_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps([{**ACN_ITEM, "userInputs": None}]), "acn.json")

    (row,) = load_sessions(file).rows

    assert row.requested_wh != row.requested_wh
    assert row.requested_departure_s != row.requested_departure_s


def test_a_bad_acn_session_is_named_by_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, json.dumps([ACN_ITEM, {**ACN_ITEM, "kWhDelivered": None}]), "acn.json")

    with pytest.raises(SessionFileError, match="item 2: kWhDelivered: is missing"):
        load_sessions(file)


OWN = "Ladepunkt;Start;Dauer;Energie\nA1;01.10.2019 08:00;90;5,5\nA2;27.10.2019 02:30;30;1,0\n"
MAPPING = {
    "arrival": "Start", "station_id": "Ladepunkt", "duration": "Dauer", "energy": "Energie", "delimiter": ";",
    "decimal": ",", "time_format": "%d.%m.%Y %H:%M", "time_zone": "Europe/Berlin",
}  # fmt: skip


def test_any_csv_is_read_with_its_columns_named(tmp_path: Path) -> None:
    file = written(tmp_path, OWN)

    loaded = load_sessions(file, Reading(columns=ColumnsTable.model_validate(MAPPING)))

    first = loaded.rows[0]
    assert (first.session_id, first.station_id, first.energy_wh) == ("line-2", "A1", 5500.0)
    assert (first.arrival_s, first.departure_s) == (1569909600.0, 1569915000.0)


def test_a_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    file = written(tmp_path, OWN)
    columns = ColumnsTable.model_validate({**MAPPING, "energy": "Energy"})

    with pytest.raises(SessionFileError, match=r"sessions.columns.energy.*'Energie'"):
        load_sessions(file, Reading(columns=columns))


def test_a_file_nobody_knows_says_what_to_write(tmp_path: Path) -> None:
    file = written(tmp_path, OWN)

    with pytest.raises(SessionFileError, match=r"\[sessions.columns\]"):
        load_sessions(file)


PERIODS = (
    "session_id,station_id,arrival_period,departure_period,estimated_departure_period,requested_kwh,max_power_kw,"
    "battery_kwh,initial_charge_kwh\nx,A1,76,92,95,4.216,6.6,4.216,0\n"
)


def test_periods_count_from_local_midnight_and_are_taken_as_they_are(tmp_path: Path) -> None:
    reading = Reading(site_time_zone="America/Los_Angeles", periods_start=date(2019, 3, 1))

    (row,) = load_sessions(written(tmp_path, PERIODS), reading).rows

    midnight_s = 1551427200.0
    assert row.taken_as_is
    assert (row.arrival_s, row.departure_s) == (midnight_s + 76 * 300, midnight_s + 92 * 300)
    assert row.requested_departure_s == midnight_s + 95 * 300
    assert (row.max_power_w, row.capacity_wh) == (6600.0, 4216.0)


def test_periods_without_a_first_day_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, PERIODS)

    with pytest.raises(SessionFileError, match="periods_start"):
        load_sessions(file)


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="no such file"):
        load_sessions(tmp_path / "absent.csv")


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("caltech_2019-03_periods.csv.gz", 954),
        ("caltech_2019-05_2021-08.csv.gz", 9802),
        ("jpl_2019-05_2021-08.csv.gz", 17605),
        ("epfl_dc_fast_2022-04_2023-07.csv.gz", 1878),
    ],
)
def test_every_published_file_is_read_whole(shared_data: Path, name: str, count: int) -> None:
    reading = Reading(site_time_zone="America/Los_Angeles", periods_start=date(2019, 3, 1))

    loaded = load_sessions(shared_data / "sessions" / name, reading)

    assert len(loaded.rows) == count
    assert not loaded.skipped
