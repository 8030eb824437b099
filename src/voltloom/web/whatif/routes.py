"""What-if over the interface: what there is to play, a run asked for, followed, saved, taken off; its report."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from voltloom.allocation.registry import ARCHITECTURES
from voltloom.live.running import LiveSite
from voltloom.session.policy import Policy
from voltloom.simulation.scenario_layers import shipped_folder, toml_in
from voltloom.site.mistakes import did_you_mean
from voltloom.web.acting import Operator
from voltloom.web.console.policies import checked_policy, policy_in_force
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Deeds, Running, Viewer
from voltloom.web.whatif.desk import Desk, run_id_of
from voltloom.web.whatif.models import (
    ChoicesOut,
    ContestantIn,
    ContestantOut,
    DayOut,
    RunOut,
    SavedIn,
    ShippedOut,
    WhatIfIn,
)
from voltloom.web.whatif.playing import Contestant, RecordedWorld, Work
from voltloom.web.whatif.recorded import MOST_VISITS_COUNT, Days, day_of_s, days_of, stays_of
from voltloom.web.whatif.shelf import SAVED_COUNT

PATH = "/api/v1/what-if"
MOST_DAYS_COUNT = 31
router = APIRouter(prefix="/api/v1", tags=["what-if"])


def desk_of(request: Request) -> Desk:
    """Return where the runs of this site are."""
    desk: Desk = request.app.state.what_if
    return desk


Runs = Annotated[Desk, Depends(desk_of)]


class _World(NamedTuple):
    """What is played. days: None for a scenario."""

    world: RecordedWorld | str
    days: Days | None
    visits_count: int
    source: str


@router.get("/what-if/choices", dependencies=[Viewer])
async def get_choices(site: Running, desk: Runs) -> ChoicesOut:
    """What a run may be made of: recorded days, shipped scenarios, architectures, and the policy in force."""
    zone = ZoneInfo(site.config.site.time_zone)
    days = await days_of(site, desk.notebook)
    shipped = await asyncio.to_thread(_shipped)
    return ChoicesOut(
        today=day_of_s(site.clock.now_s(), zone),
        days=[DayOut(day=day, visits_count=all_of_it, running_count=some) for day, all_of_it, some in days],
        scenarios=[ShippedOut(name=name, title=title) for name, title in shipped.items()],
        architectures=list(ARCHITECTURES),
        in_force=_shown(_contestant(policy_in_force(site))),
    )


@router.post("/what-if", status_code=HTTPStatus.ACCEPTED)
async def post_run(
    asked: WhatIfIn, response: Response, site: Running, desk: Runs, deeds: Deeds, key: Operator
) -> RunOut:
    """Play days again under some policies, beside the site in a process of its own; follow it by `Location`."""
    contestants = _contestants(site, asked.policies)
    desk.check_room()
    found = await _world(site, desk, asked)
    names = ", ".join(one.label for one in contestants)
    when = await deeds.note(key, "ask_what_if", found.source, after=names)
    desk.check_room()  # others may have asked meanwhile
    run = RunOut(
        id=run_id_of(when, desk.all()),
        title=asked.title or found.source,
        by=key.key_id,
        asked=when,
        state="waiting",
        place=0,
        done_ratio=0.0,
        first_day=None if found.days is None else found.days.first,
        last_day=None if found.days is None else found.days.last,
        scenario=asked.scenario or "",
        visits_count=found.visits_count,
        policies=[_shown(one) for one in contestants],
        is_saved=False,
        took_s=None,
        headline="",
    )
    response.headers["Location"] = f"{PATH}/{run.id}"
    return desk.put(run, Work(world=found.world, contestants=contestants, source=found.source))


@router.get("/what-if", dependencies=[Viewer])
async def get_runs(desk: Runs) -> list[RunOut]:
    """Every run that is known, the newest first, without its numbers."""
    return [run.model_copy(update={"result": None}) for run in desk.all()]


@router.get("/what-if/{run_id}", dependencies=[Viewer])
async def get_run(run_id: str, desk: Runs) -> RunOut:
    """How far a run has come, and what it found."""
    return desk.find(run_id)


@router.get("/what-if/{run_id}/report", dependencies=[Viewer], response_class=Response)
async def get_report(run_id: str, desk: Runs) -> Response:
    """The comparison report of a run: one HTML file that needs nothing else, as `voltloom compare --report` writes it."""
    run = desk.find(run_id)
    report = await desk.shelf.report(run.id)
    if report is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"Run '{run_id}' has no report. Only a finished one has.")
    headers = {"Content-Disposition": f'attachment; filename="voltloom-what-if-{run.id}.html"'}
    return Response(report, media_type="text/html; charset=utf-8", headers=headers)


@router.put("/what-if/{run_id}")
async def put_run(run_id: str, asked: SavedIn, desk: Runs, deeds: Deeds, key: Operator) -> RunOut:
    """Save a run that is over, so that newer ones do not take its place; or save it no more."""
    run = _over(desk, run_id)
    if asked.is_saved and not run.is_saved and desk.shelf.saved_count >= SAVED_COUNT:
        problem, remedy = f"{SAVED_COUNT} runs are saved already", "Delete one, or save one no more."
        raise wrong_field("body.is_saved", problem, remedy, HTTPStatus.CONFLICT)
    await deeds.note(key, "save_what_if" if asked.is_saved else "release_what_if", run_id)
    saved = run.model_copy(update={"is_saved": asked.is_saved})
    try:
        await desk.shelf.put(saved)
    except OSError as unwritten:
        raise _unwritten(unwritten) from unwritten
    return saved


@router.delete("/what-if/{run_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_run(run_id: str, desk: Runs, deeds: Deeds, key: Operator) -> None:
    """Cancel a run that waits or is played; delete one that is over."""
    run = desk.find(run_id)
    is_open = run.state in ("waiting", "running")
    await deeds.note(key, "cancel_what_if" if is_open else "delete_what_if", run_id)
    try:
        await desk.take_off(run_id)
    except OSError as unwritten:
        raise _unwritten(unwritten) from unwritten


def _over(desk: Desk, run_id: str) -> RunOut:
    """Return a run that is over. Raises Problem."""
    run = desk.find(run_id)
    if run.state in ("waiting", "running"):
        raise Problem(HTTPStatus.CONFLICT, f"Run '{run_id}' is not over yet. Wait, or cancel it.")
    return run


def _unwritten(wrong: OSError) -> Problem:
    detail = f"The folder of what-if runs cannot be written: {wrong.strerror}. Free space beside the journal."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)


def _contestants(site: LiveSite, asked: list[ContestantIn]) -> tuple[Contestant, ...]:
    """Return who takes part. Raises Problem naming the field."""
    found: dict[str, Contestant] = {}
    for number, one in enumerate(asked):
        path = f"body.policies.{number}"
        policy = checked_policy(site, one.name, one.architecture, one.parameters, path)
        contestant = _contestant(policy)
        if contestant.label in found:
            problem = f"'{contestant.label}' is there twice"
            raise wrong_field(f"{path}.name", problem, "Give one another name.")
        found[contestant.label] = contestant
    return tuple(found.values())


def _contestant(policy: Policy) -> Contestant:
    plain = policy.name == policy.architecture
    return Contestant(policy.architecture if plain else f"{policy.architecture}: {policy.name}", policy)


def _shown(one: Contestant) -> ContestantOut:
    policy = one.policy
    return ContestantOut(
        label=one.label, architecture=policy.architecture, parameters=dict(policy.parameters)
    )


async def _world(site: LiveSite, desk: Desk, asked: WhatIfIn) -> _World:
    """Return what is to be played. Raises Problem naming the field, StoreError."""
    days = _days(site, asked)
    if days is None:
        name = asked.scenario or ""
        shipped = await asyncio.to_thread(_shipped)
        if name not in shipped:
            remedy = did_you_mean(name, list(shipped))
            raise wrong_field("body.scenario", f"'{name}' is no shipped scenario", remedy)
        return _World(name, None, 0, f"scenario {name}")
    stays = await stays_of(site, desk.notebook, days)
    field = "body.recorded_days_count" if asked.recorded_days_count else "body.first_day"
    if not stays:
        raise wrong_field(
            field, "no vehicle was here on these days", "Choose others: GET /api/v1/what-if/choices."
        )
    if len(stays) > MOST_VISITS_COUNT:
        raise wrong_field(field, f"more than {MOST_VISITS_COUNT} visits", "Choose fewer days.")
    begins_s, _ = days.span_s()
    source = f"{days.first}" if days.first == days.last else f"{days.first} to {days.last}"
    world = RecordedWorld(
        title=f"{site.config.site.name}, {source}",
        site=site.config.site,
        control=site.config.settings,
        tariff=site.config.buys,
        stays=tuple(stays),
        noted=desk.notebook.between(begins_s, max(one.stop_s for one in stays)),
    )
    return _World(world, days, len(stays), f"recorded days {source}")


def _days(site: LiveSite, asked: WhatIfIn) -> Days | None:
    """Return the recorded days that are asked for, None for a scenario. Raises Problem naming the field."""
    given = [
        name for name in ("recorded_days_count", "first_day", "scenario") if getattr(asked, name) is not None
    ]
    if len(given) != 1:
        problem = "nothing says what to play" if not given else f"does not go with {given[1]}"
        remedy = "Give one of recorded_days_count, first_day with last_day, and scenario."
        raise wrong_field(f"body.{given[0] if given else 'recorded_days_count'}", problem, remedy)
    zone = ZoneInfo(site.config.site.time_zone)
    if asked.recorded_days_count is not None:
        today = day_of_s(site.clock.now_s(), zone)
        return Days(today - timedelta(days=asked.recorded_days_count - 1), today, zone)
    if asked.first_day is None:
        return None
    last = asked.last_day or asked.first_day
    if not 0 <= (last - asked.first_day).days < MOST_DAYS_COUNT:
        problem = f"must be from first_day on, at most {MOST_DAYS_COUNT} days in all"
        raise wrong_field("body.last_day", problem, "Correct one of the two.")
    return Days(asked.first_day, last, zone)


@cache
def _shipped() -> dict[str, str]:
    """Return the titles of the shipped scenarios by name; read from disk once."""
    files: list[Path] = sorted(shipped_folder().glob("*.toml"))
    return {file.stem: str(toml_in(file).get("name", file.stem.replace("_", " "))) for file in files}
