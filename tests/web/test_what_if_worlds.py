"""Recorded visits played again: what they want, whom nobody may call unmet, and what a failed run leaves behind."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest

from tests.live.demo import plan_file
from voltloom.live.config import Config, load_config
from voltloom.session.capability import Capability
from voltloom.session.need import Need
from voltloom.session.policy import Policy
from voltloom.site.network import network_of
from voltloom.web.whatif.models import ResultOut, RunOut
from voltloom.web.whatif.playing import (
    EmptyWorldError,
    PlayApart,
    PlayFailedError,
    RecordedWorld,
    Work,
    played,
)
from voltloom.web.whatif.recorded import BATTERY_WH, Noted, Stay, recorded
from voltloom.web.whatif.shelf import KEPT_COUNT, Shelf
from voltloom.web.whatif.staging import Began, Contestant

EIGHT_S = 1_709_276_400.0  # 2024-03-01 08:00 in Berlin
HALF_H = 1800.0
ANY = Capability(min_a=6.0, max_a=16.0, uses_all_phases=True, is_dynamic=True)


def a_stay(
    evse: str = "LEFT", *, energy_wh: float = 3000.0, hours_h: float = 0.5, is_full: bool = False
) -> Stay:
    return Stay(
        session_id=f"S/{evse}",
        evse_id=evse,
        start_s=EIGHT_S,
        stop_s=EIGHT_S + hours_h * 3600.0,
        energy_wh=energy_wh,
        is_full=is_full,
    )


def a_note(evse: int = 0, *, need: Need | None = None, is_full: bool = False, at_s: float = EIGHT_S) -> Noted:
    return Noted(
        evse=evse,
        arrival_s=at_s,
        seen_s=at_s + HALF_H,
        need=need or Need(),
        capability=ANY,
        tier=0,
        is_full=is_full,
    )


def a_config(folder: Path) -> Config:
    return load_config(plan_file(folder))


def work(config: Config, *policies: Policy, stays: tuple[Stay, ...]) -> Work:
    world = RecordedWorld(
        title="Yard",
        site=config.site,
        control=config.settings,
        tariff=config.buys,
        stays=stays,
        noted=(),
    )
    contestants = tuple(Contestant(policy.name, policy) for policy in policies)
    return Work(world=world, contestants=contestants, source="a made day")


def test_a_visit_wants_what_was_stated_else_what_it_got_else_all_it_could_take(tmp_path: Path) -> None:
    network = network_of(a_config(tmp_path).site)

    def wants_wh(stay: Stay, *noted: Noted) -> float:
        (visit,) = recorded([stay], network, noted).visits
        return visit.wants_wh

    assert wants_wh(a_stay(), a_note(need=Need(energy_wh=20_000.0))) == 20_000.0
    assert wants_wh(a_stay(is_full=True)) == 3000.0
    assert wants_wh(a_stay(), a_note(is_full=True)) == 3000.0
    assert wants_wh(a_stay()) == pytest.approx(16.0 * 3 * 230.0 * 0.5)  # half an hour of its outlet
    assert wants_wh(a_stay(hours_h=20.0)) == BATTERY_WH
    yesterday = a_note(need=Need(energy_wh=20_000.0), at_s=EIGHT_S - 86_400.0)
    assert wants_wh(a_stay(is_full=True), yesterday) == 3000.0  # another car's need is none of its own


def test_only_those_who_were_not_full_and_stated_nothing_are_open(tmp_path: Path) -> None:
    network = network_of(a_config(tmp_path).site)

    found = recorded(
        [
            a_stay("LEFT"),
            a_stay("RIGHT", is_full=True),
            a_stay("GONE"),
            a_stay("LEFT", energy_wh=0.0, is_full=True),
        ],
        network,
        (),
    )

    assert found.open_ids == {"S/LEFT"}
    assert len(found.visits) == 2
    assert found.delivered_wh == 6000.0
    assert len(found.notes) == 4
    assert math.isnan(found.visits[0].stated_wh)


def test_whoever_is_open_counts_for_energy_and_never_as_unmet(tmp_path: Path) -> None:
    config = a_config(tmp_path)
    one = Policy("sequential", "sequential")
    told: list[object] = []

    came_to = played(work(config, one, stays=(a_stay("LEFT"), a_stay("RIGHT"))), told.append)

    result = ResultOut.model_validate_json(came_to.result)
    (row,) = result.rows
    assert row.unmet_count == 0
    assert row.delivered_ratio < 1.0
    assert result.recorded_kwh == 6.0
    assert told[0] == Began("sequential", 1)
    assert told[-1] == 1.0


def test_the_same_architecture_tuned_otherwise_is_another_policy(tmp_path: Path) -> None:
    config = a_config(tmp_path)
    plain = Policy("parallel", "parallel")
    patient = Policy("parallel: patient", "parallel", (("smoothing.turn_s", 600.0),))

    came_to = played(work(config, plain, patient, stays=(a_stay("LEFT"), a_stay("RIGHT"))), lambda _: None)

    result = ResultOut.model_validate_json(came_to.result)
    assert [row.label for row in result.rows] == ["parallel", "parallel: patient"]
    assert {(one.challenger, one.champion) for one in result.differences} == {
        ("parallel: patient", "parallel")
    }
    assert result.recommended in ("parallel", None)


def test_days_on_which_nobody_charged_cannot_be_played(tmp_path: Path) -> None:
    nobody = a_stay(energy_wh=0.0, is_full=True)

    with pytest.raises(EmptyWorldError, match="Choose others"):
        played(work(a_config(tmp_path), Policy("parallel", "parallel"), stays=(nobody,)), lambda _: None)


def test_a_run_that_fails_tells_whose_it_was_its_seed_and_the_end_of_its_log(tmp_path: Path) -> None:
    broken = Policy("broken", "parallel", (("planning.nothing", 1.0),))

    with pytest.raises(PlayFailedError) as failed:
        PlayApart(work(a_config(tmp_path), broken, stays=(a_stay(),))).followed(lambda _: None)

    assert failed.value.began == Began("broken", 1)
    assert "log tells why" in failed.value.why
    last = failed.value.log.splitlines()[-1]
    assert "planning" in failed.value.log or "nothing" in last
    assert "TypeError" in last


def test_a_run_ended_before_it_began_is_over_at_once(tmp_path: Path) -> None:
    play = PlayApart(work(a_config(tmp_path), Policy("parallel", "parallel"), stays=(a_stay(),)))
    play.end()

    with pytest.raises(PlayFailedError, match="signal"):
        play.followed(lambda _: None)


async def _put_all(shelf: Shelf, runs: list[RunOut]) -> None:
    for run in runs:
        await shelf.put(run, {"report": b"<html>"})


def test_the_oldest_unsaved_runs_make_room_and_what_is_no_run_is_passed_over(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    runs = [a_run(f"{1000 + number}", is_saved=number == 0) for number in range(KEPT_COUNT + 2)]
    asyncio.run(_put_all(shelf, runs))
    (tmp_path / "9999.json").write_text("{", encoding="utf-8")

    again = Shelf(tmp_path)

    assert list(again.runs) == ["1000", *(run.id for run in runs[3:])]
    assert len(list(tmp_path.glob("*.html"))) == KEPT_COUNT


def a_run(run_id: str, *, is_saved: bool) -> RunOut:
    return RunOut.model_validate(
        {
            "id": run_id,
            "title": "",
            "by": "me",
            "asked": "2024-03-01T08:00:00Z",
            "state": "done",
            "place": 0,
            "done_ratio": 1.0,
            "first_day": None,
            "last_day": None,
            "scenario": "depot",
            "visits_count": 0,
            "policies": [],
            "is_saved": is_saved,
            "took_s": 1.0,
            "headline": "",
        }
    )


def test_who_saves_and_who_renames_a_run_at_once_both_have_their_way_and_one_deleted_meanwhile_stays_so(
    tmp_path: Path,
) -> None:
    async def at_once() -> Shelf:
        shelf = Shelf(tmp_path)
        await shelf.put(a_run("1", is_saved=False))
        await shelf.put(a_run("2", is_saved=False))
        await asyncio.gather(
            shelf.change("1", {"is_saved": True}),
            shelf.change("1", {"title": "the new tariff"}),
            shelf.remove("2"),
            shelf.change("2", {"title": "gone"}),
        )
        return shelf

    shelf = asyncio.run(at_once())

    assert (shelf.runs["1"].is_saved, shelf.runs["1"].title) == (True, "the new tariff")
    assert list(Shelf(tmp_path).runs) == ["1"] == list(shelf.runs)
