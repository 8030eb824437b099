"""The command printed beside a breach repeats exactly that breach."""

import re
import shlex
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom.cli.main import app
from voltloom.simulation.play import Play
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.scenario_layers import shipped_folder

DRIFT = str(shipped_folder() / "faults" / "drift_trips_the_breaker.toml")
UNGUARDED = (
    *("--set", "control.safety.checks_plausibility=false"),
    *("--set", "control.safety.margin_ratio=0"),
)


def invoke(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--quiet"])
    return result.exit_code, result.stdout


@pytest.mark.parametrize("seeds", ["1", pytest.param("2", marks=pytest.mark.nightly)])
def test_the_command_that_compare_prints_repeats_the_breach(seeds: str) -> None:
    compared = ("compare", DRIFT, "--architectures", "parallel", "--faults", "severe", "--jobs", "1")
    code, out = invoke(*compared, *UNGUARDED, "--seeds", seeds)
    printed = re.search(r"repeat the breach of parallel with: voltloom (.*)", out)
    assert code == 1
    assert printed is not None

    again_code, again = invoke(*shlex.split(printed[1]))

    assert again_code == 1
    assert "BREACH breaker" in again
    assert "main/L1 opened" in again
    assert f"repeat with: voltloom {printed[1]}" in again  # and so does what it prints in turn


def test_every_option_that_shaped_the_world_is_in_the_command(tmp_path: Path) -> None:
    file = write_small_site(tmp_path, days=3)
    other = tmp_path / "other sessions.csv"
    other.write_bytes((tmp_path / "sessions.csv").read_bytes())
    words = ["simulate", str(file), "--sessions", str(other), "--from", "2024-03-02", "--to", "2024-03-02"]
    words += ["--set", 'site.name="A b"', "--architecture", "parallel", "--faults", "mild", "--seed", "9"]

    day = date(2024, 3, 2)
    given = Overrides(assignments=('site.name="A b"',), sessions=other, first_day=day, last_day=day, seed=9)

    play = Play(scenario=load_scenario(str(file), given), architecture="parallel", faults="mild", seed=9)

    assert shlex.split(play.how_to_repeat) == ["voltloom", *words]


def test_another_seed_of_the_faults_alone_keeps_the_cars(tmp_path: Path) -> None:
    world = load_scenario(str(write_small_site(tmp_path)), Overrides(seed=3))

    told = Play(scenario=world, architecture="parallel", faults="mild", seed=4).how_to_repeat

    assert told.endswith("--seed 3 --run-seed 4")
