"""Scenario files: variants patch a base, the command line patches both, and all mistakes come at once by path."""

from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from voltloom.controller.settings import SafetySettings, textbook_settings
from voltloom.simulation.faults import FaultKind
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.scenario_layers import layered, scenario_file, typed
from voltloom.simulation.session_rows import SessionFileError
from voltloom.site.mistakes import PlanError

BASE = """
name = "yard"
first_day = 2024-01-08
last_day = 2024-01-09
[site]
time_zone = "Europe/Berlin"
voltage_v = 230.0
[[site.circuit]]
id = "grid"
rating_a = 63.0
[[site.evse]]
name = "row"
count = 4
prefix = "P"
circuit = "grid"
group = "row"
[arrivals]
weekday_per_hour = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
"""


def file_of(folder: Path, text: str, name: str = "base.toml") -> str:
    file = folder / name
    file.write_text(dedent(text), encoding="utf-8")
    return str(file)


def mistakes_in(name: str, *assignments: str) -> dict[str, str]:
    with pytest.raises(PlanError) as caught:
        load_scenario(name, Overrides(assignments=assignments))
    return {mistake.path: f"{mistake.problem}. {mistake.remedy}" for mistake in caught.value.mistakes}


def test_a_variant_says_only_what_is_different(tmp_path: Path) -> None:
    file_of(tmp_path, BASE)
    variant = file_of(
        tmp_path,
        """
        base = "base.toml"
        seed = 9
        [site.circuit.grid]
        rating_a = 40.0
        [site.evse.row]
        max_a = 16.0
        """,
        "variant.toml",
    )

    scenario = load_scenario(variant)

    assert (scenario.name, scenario.title, scenario.seed) == ("variant", "yard", 9)
    assert scenario.site.circuits[0].rating_a == 40.0
    assert {evse.max_a for evse in scenario.site.evses} == {16.0}
    assert len(scenario.site.evses) == 4


def test_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    base = file_of(tmp_path, BASE)

    overrides = Overrides(
        assignments=("site.circuit.grid.rating_a=20", "name=other", "control.safety.margin_ratio=0.05"),
        seed=4,
    )
    scenario = load_scenario(base, overrides)

    assert scenario.site.circuits[0].rating_a == 20.0
    assert (scenario.title, scenario.seed) == ("other", 4)
    assert scenario.control.safety.margin_ratio == 0.05
    assert scenario.control.safety.lease_s == SafetySettings().lease_s


@pytest.mark.parametrize(
    ("text", "value"),
    [("50", 50), ("0.5", 0.5), ("true", True), ("[1, 2]", [1, 2]), ("2019-10-01", date(2019, 10, 1)), ("two words", "two words"), ('"quoted"', "quoted")],
)  # fmt: skip
def test_a_value_on_the_command_line_is_read_as_toml_or_as_text(text: str, value: object) -> None:
    assert typed(text) == value


@pytest.mark.parametrize(
    ("assignment", "path", "words"),
    [
        ("site.circuit.grid.raitng_a=5", "site.circuit.grid.raitng_a", "'rating_a'"),
        ("site.circuit.gird.rating_a=5", "site.circuit.gird", "'grid'"),
        ("contrl.period_s=5", "contrl", "'control'"),
        ("control.safety.lease=5", "control.safety.lease", "'lease_s'"),
        ("control.preset=fields", "control.preset", "'field' or 'textbook'"),
        ("site.evse.row.max_a=many", "site.evse.row.max_a", "valid number"),
        ("architectures.default=adaptve", "architectures.default", "'adaptive'"),
        ("vehicles.fixed_shar=1", "vehicles.fixed_shar", "'fixed_share'"),
        ("stations.report_period=1", "stations.report_period", "'report_period_s'"),
        ("step_s=45", "control.period_s", "no multiple of step_s = 45"),
        ("control.planning.objective=profits", "control.planning.objective", "'energy', 'cost' or 'profit'"),
        ("control.planning.objective=profit", "control.planning.objective", "Add [tariff]"),
        ("control.planning.early_ratio=1", "control.planning.early_ratio", "0 to 0.95"),
        ("control.planning.replan_s=0", "control.planning.replan_s", "1 to 3600"),
        ("nonsense", "--set", "path=value"),
    ],
)
def test_a_wrong_assignment_is_told_with_the_nearest_right_one(
    tmp_path: Path, assignment: str, path: str, words: str
) -> None:
    base = file_of(tmp_path, BASE)

    found = mistakes_in(base, assignment)

    assert words in found[path]


def test_all_mistakes_of_all_tables_come_at_once(tmp_path: Path) -> None:
    text = """
        [[faults.mild]]
        kind = "station_ofline"
        [[faults.severe]]
        kind = "station_offline"
        target = ["P9"]
        [tariff]
        schedule = [{ times = [1], tariffs = [0.1] }]
        [architectures]
        groups = { raw = "sequential" }
        [control]
        preset = "textbok"
        """
    base = file_of(tmp_path, BASE + dedent(text))

    found = mistakes_in(base, "step_s=0", "site.circuit.grid.rating_a=-1")

    assert set(found) == {
        "step_s",
        "site.circuit.grid.rating_a",
        "control.preset",
        "architectures.groups.raw",
        "tariff.schedule.0.times",
        "faults.mild.0.kind",
        "faults.severe.0.target",
    }


def test_textbook_control_is_that_of_the_comparisons(tmp_path: Path) -> None:
    base = file_of(tmp_path, BASE + '[control]\npreset = "textbook"\nperiod_s = 300.0\n')

    control = load_scenario(base).control

    assert control.safety == textbook_settings(300.0).safety
    assert control.smoothing == textbook_settings(300.0).smoothing
    assert control.period_s == 300.0


def test_groups_and_faults_become_settings(tmp_path: Path) -> None:
    text = """
        [architectures]
        default = "adaptive"
        groups = { row = "sequential" }
        [[faults.mild]]
        kind = "station_offline"
        target = ["P1"]
        start_s = 60.0
        length_s = 600.0
        """

    scenario = load_scenario(file_of(tmp_path, BASE + dedent(text)))

    assert scenario.control.architecture == "adaptive"
    assert scenario.control.group_architecture == (("row", "sequential"),)
    (fault,) = scenario.faults["mild"]
    assert (fault.kind, fault.target, fault.length_s) == (FaultKind.STATION_OFFLINE, ("P1",), 600.0)
    assert scenario.faults["none"] == ()


def test_whole_local_days_are_simulated_until_the_last_car_has_left(tmp_path: Path) -> None:
    scenario = load_scenario(file_of(tmp_path, BASE))

    start = datetime.fromtimestamp(scenario.start_s, UTC)
    assert start == datetime(2024, 1, 7, 23, tzinfo=UTC)
    assert (scenario.end_s - scenario.start_s) % 86400 == 0
    assert scenario.end_s >= max(v.departure_s for v in scenario.visits)
    assert all(v.arrival_s >= scenario.start_s for v in scenario.visits)


def test_paths_are_relative_to_the_file_that_wrote_them(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "sites").mkdir()
    site, rest = (
        BASE.split("[site]")[1].split("[arrivals]", maxsplit=1)[0],
        BASE.split("[site]", maxsplit=1)[0],
    )
    file_of(tmp_path / "sites", site.replace("[[site.", "[["), "yard.toml")
    rows = "session_id,station_id,arrival,departure,energy_kwh\nx,P1,2024-01-08T08:00:00Z,2024-01-08T12:00:00Z,9\n"
    file_of(tmp_path / "data", rows, "s.csv")
    file_of(tmp_path, 'site = "sites/yard.toml"\n' + rest + '[sessions]\nfile = "data/s.csv"\n')
    (tmp_path / "deep").mkdir()
    variant = file_of(
        tmp_path / "deep", 'base = "../base.toml"\n[site.circuit.grid]\nrating_a = 32.0\n', "v.toml"
    )

    scenario = load_scenario(variant)

    assert [v.session_id for v in scenario.visits] == ["x"]
    assert scenario.site.circuits[0].rating_a == 32.0


def test_bases_in_a_circle_are_refused(tmp_path: Path) -> None:
    one = file_of(tmp_path, 'base = "two.toml"\n', "one.toml")
    file_of(tmp_path, 'base = "one.toml"\n', "two.toml")

    with pytest.raises(PlanError, match=r"one.toml -> two.toml -> one.toml"):
        layered(Path(one))


def test_toml_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    broken = file_of(tmp_path, "name = \n")

    with pytest.raises(PlanError, match="line 1"):
        load_scenario(broken)


def test_a_scenario_that_does_not_exist_names_the_nearest() -> None:
    with pytest.raises(PlanError, match="'caltech_54'"):
        scenario_file("caltec_54")


def test_days_without_a_car_are_said_so() -> None:
    with pytest.raises(PlanError, match="no car arrives"):
        load_scenario("caltech_54", Overrides(first_day=date(2018, 1, 1), last_day=date(2018, 1, 2)))


def test_a_sessions_file_takes_the_place_of_described_arrivals(tmp_path: Path) -> None:
    base = file_of(tmp_path, BASE)
    rows = "session_id,station_id,arrival,departure,energy_kwh\nx,P1,2024-01-08T08:00:00Z,2024-01-08T12:00:00Z,9\n"
    sessions = Path(file_of(tmp_path, rows, "s.csv"))

    scenario = load_scenario(base, Overrides(sessions=sessions))

    assert [v.session_id for v in scenario.visits] == ["x"]


def test_bad_sessions_stop_the_scenario_unless_they_are_skipped_and_told(tmp_path: Path) -> None:
    base = file_of(tmp_path, BASE)
    rows = (
        "session_id,station_id,arrival,departure,energy_kwh\nx,P1,2024-01-08T08:00:00Z,2024-01-08T12:00:00Z,9\n"
        "y,P1,2024-01-08T11:00:00Z,2024-01-08T12:00:00Z,9\nz,P8,2024-01-08T11:00:00Z,2024-01-08T12:00:00Z,9\n"
    )
    sessions = Path(file_of(tmp_path, rows, "s.csv"))

    with pytest.raises(SessionFileError, match="line 4"):
        load_scenario(base, Overrides(sessions=sessions))
    skipping = Overrides(sessions=sessions, assignments=("sessions.on_bad_row=skip",))
    scenario = load_scenario(base, skipping)

    assert [v.session_id for v in scenario.visits] == ["x"]
    assert [note.split(":")[0] for note in scenario.notes] == ["skipped line 4", "skipped line 3"]


def test_a_tariff_that_says_nothing_for_the_simulated_days_is_found_before_the_run(tmp_path: Path) -> None:
    summer = (
        '[tariff]\nschedule = [{ effective_start = "06-01", effective_end = "09-30", tariffs = [0.1] }]\n'
    )

    found = mistakes_in(file_of(tmp_path, BASE + summer))

    assert "no schedule holds on Monday 2024-01-08" in found["tariff"]


def test_other_load_counts_on_its_circuit_and_on_all_above() -> None:
    scenario = load_scenario("depot", Overrides(assignments=("other_load.row_a.power_kw=6.9",)))

    rows = {name: number for number, name in enumerate(scenario.network.row_ids)}
    noon_s = scenario.start_s + 12 * 3600.0
    at_noon = scenario.other_load.at(noon_s)

    assert at_noon[rows["row_a/L1"]] == pytest.approx(10.0)
    assert at_noon[rows["grid/L2"]] == pytest.approx(10.0 + 55_000 / 690)
    assert at_noon[rows["row_b/L1"]] == 0.0
    assert scenario.other_load.at(noon_s + 3600.0)[rows["grid/L2"]] == pytest.approx(10.0 + 60_000 / 690)
    assert scenario.other_load.at(noon_s + 1800.0)[rows["grid/L2"]] == pytest.approx(10.0 + 57_500 / 690)


def test_other_load_comes_from_a_file_of_the_hours_of_a_year(tmp_path: Path) -> None:
    hours = "kW\n" + "\n".join(str(hour) for hour in range(8760))
    file_of(tmp_path, hours, "load.csv")
    table = '[other_load.grid]\nfile = "load.csv"\ncolumn = "kW"\nscale_ratio = 0.1\n'
    base = file_of(tmp_path, BASE + table)

    scenario = load_scenario(base)

    load_a = scenario.other_load.at(scenario.start_s + 3 * 3600.0)  # 8 January, 3:00
    assert np.allclose(load_a[:3], (7 * 24 + 3) * 0.1 * 1000 / 690)
