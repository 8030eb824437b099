"""What-if over the interface: what there is to play, a run asked for, followed, saved, taken off; its report."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from voltloom.advisor.sensitivity import BOUNDS_PER_UNIT, TRIED_PER_UNIT, Sweep
from voltloom.advisor.study import CALM
from voltloom.advisor.swept import DELAYS, PARAMETER_WORDS, Parameter
from voltloom.allocation.registry import ARCHITECTURES, EXPLAINED
from voltloom.live.running import LiveSite
from voltloom.session.policy import Policy
from voltloom.simulation.scenario import FAULT_LEVELS
from voltloom.simulation.scenario_layers import layered, shipped_folder
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
    Paper,
    ParameterOut,
    RunOut,
    SavedIn,
    ShippedOut,
    SweepIn,
    WhatIfIn,
)
from voltloom.web.whatif.playing import RecordedWorld, Work
from voltloom.web.whatif.recorded import MOST_VISITS_COUNT, Days, day_of_s, days_of, stays_of
from voltloom.web.whatif.shelf import ENDINGS, SAVED_COUNT
from voltloom.web.whatif.staging import Contestant

PATH = "/api/v1/what-if"
MOST_DAYS_COUNT = 31
MEDIA_TYPES: Final[MappingProxyType[Paper, str]] = MappingProxyType(
    {"report": "text/html; charset=utf-8", "picture": "image/png", "log": "text/plain; charset=utf-8"}
)
WHO_HAS: Final[MappingProxyType[Paper, str]] = MappingProxyType(
    {
        "report": "Only a finished one has.",
        "picture": "Only a finished one has.",
        "log": "Only a failed one has whose process said something.",
    }
)
router = APIRouter(prefix="/api/v1", tags=["what-if"])


def desk_of(request: Request) -> Desk:
    """Return where the runs of this site are."""
    desk: Desk = request.app.state.what_if
    return desk


Runs = Annotated[Desk, Depends(desk_of)]


class _World(NamedTuple):
    """What is played, under which levels of faults. days: None for a scenario."""

    world: RecordedWorld | str
    days: Days | None
    visits_count: int
    source: str
    levels: tuple[str, ...]


class _Shipped(NamedTuple):
    """A shipped scenario: its title, and the levels of faults that it can be played under."""

    title: str
    levels: tuple[str, ...]


@router.get("/what-if/choices", dependencies=[Viewer])
async def get_choices(site: Running, desk: Runs) -> ChoicesOut:
    """What a run may be made of: recorded days, shipped scenarios, architectures, and the policy in force."""
    zone = ZoneInfo(site.config.site.time_zone)
    days = await days_of(site, desk.notebook)
    shipped = await asyncio.to_thread(_shipped)
    return ChoicesOut(
        today=day_of_s(site.clock.now_s(), zone),
        days=[DayOut(day=day, visits_count=all_of_it, running_count=some) for day, all_of_it, some in days],
        scenarios=[
            ShippedOut(name=name, title=one.title, faults=list(one.levels)) for name, one in shipped.items()
        ],
        architectures=list(ARCHITECTURES),
        explained=dict(EXPLAINED),
        faults=list(FAULT_LEVELS),
        parameters=[_parameter(one) for one in Parameter],
        in_force=_shown(_contestant(policy_in_force(site))),
    )


@router.post("/what-if", status_code=HTTPStatus.ACCEPTED)
async def post_run(
    asked: WhatIfIn, response: Response, site: Running, desk: Runs, deeds: Deeds, key: Operator
) -> RunOut:
    """Play days again under some policies, beside the site in a process of its own; follow it by `Location`."""
    contestants = _contestants(site, asked.policies)
    sweeps = _sweeps(asked.sensitivity, len(contestants))
    desk.check_room()
    found = await _world(site, desk, asked)
    names = ", ".join(one.label for one in contestants)
    when = await deeds.note(key, "ask_what_if", found.source, after=names)
    desk.check_room()  # others may have asked meanwhile
    run = RunOut(
        id=run_id_of(when, desk.all()),
        title=asked.title or f"{found.source[0].upper()}{found.source[1:]}",
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
        faults=list(found.levels),
        sensitivity=[one.parameter for one in sweeps],
        is_saved=False,
        took_s=None,
        headline="",
    )
    response.headers["Location"] = f"{PATH}/{run.id}"
    work = Work(
        world=found.world,
        contestants=contestants,
        source=found.source,
        fault_levels=found.levels,
        sweeps=sweeps,
    )
    return desk.put(run, work)


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
    return await _paper(desk, run_id, "report")


@router.get("/what-if/{run_id}/picture", dependencies=[Viewer], response_class=Response)
async def get_picture(run_id: str, desk: Runs) -> Response:
    """The report of a run as one picture (PNG): verdict, numbers, cost against unmet energy, differences, what would change it."""
    return await _paper(desk, run_id, "picture")


@router.get("/what-if/{run_id}/log", dependencies=[Viewer], response_class=Response)
async def get_log(run_id: str, desk: Runs) -> Response:
    """What the process of a failed run said, at most its last 256 KiB."""
    return await _paper(desk, run_id, "log")


@router.put("/what-if/{run_id}")
async def put_run(run_id: str, asked: SavedIn, desk: Runs, deeds: Deeds, key: Operator) -> RunOut:
    """Save a run that is over, so that newer ones do not take its place, or save it no more; give it another name."""
    run = _over(desk, run_id)
    if asked.is_saved is None and asked.title is None:
        raise wrong_field("body.is_saved", "nothing is to be changed", "Give is_saved, title, or both.")
    if asked.is_saved and not run.is_saved and desk.shelf.saved_count >= SAVED_COUNT:
        problem, remedy = f"{SAVED_COUNT} runs are saved already", "Delete one, or save one no more."
        raise wrong_field("body.is_saved", problem, remedy, HTTPStatus.CONFLICT)
    if asked.is_saved is not None:
        await deeds.note(key, "save_what_if" if asked.is_saved else "release_what_if", run_id)
    if asked.title is not None:
        await deeds.note(key, "rename_what_if", run_id, after=asked.title)
    changed = {name: value for name, value in asked.model_dump().items() if value is not None}
    try:
        await desk.shelf.change(run_id, changed)
    except OSError as unwritten:
        raise _unwritten(unwritten) from unwritten
    return desk.find(run_id)


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


async def _paper(desk: Desk, run_id: str, paper: Paper) -> Response:
    """Return a paper of a run. Raises Problem."""
    run = desk.find(run_id)
    content = await desk.shelf.paper(run.id, paper)
    if content is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"Run '{run_id}' has no {paper}. {WHO_HAS[paper]}")
    name = f"voltloom-what-if-{run.id}{ENDINGS[paper]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA_TYPES[paper], headers=headers)


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
        return _World(name, None, 0, f"scenario {name}", _levels(asked, shipped[name].levels))
    levels = _levels(asked, FAULT_LEVELS)
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
    return _World(world, days, len(stays), f"recorded days {source}", levels)


def _levels(asked: WhatIfIn, known: Sequence[str]) -> tuple[str, ...]:
    """Return the levels of faults that are asked for, each once. Raises Problem naming the field."""
    for number, level in enumerate(asked.faults):
        if level not in known:
            problem = f"nothing of what is played has faults of level '{level}'"
            raise wrong_field(f"body.faults.{number}", problem, did_you_mean(level, list(known)))
    return tuple(dict.fromkeys(asked.faults))


def _sweeps(asked: list[SweepIn], contestants_count: int) -> tuple[Sweep, ...]:
    """Return what gets worse step by step. Raises Problem naming the field."""
    if asked and contestants_count < 2:
        remedy = "Let a second policy take part, or leave it out."
        raise wrong_field("body.sensitivity", "one policy alone has no verdict that could flip", remedy)
    found: dict[Parameter, Sweep] = {}
    for number, one in enumerate(asked):
        path = f"body.sensitivity.{number}"
        if one.parameter in found:
            problem = f"'{one.parameter.value}' is there twice"
            raise wrong_field(f"{path}.parameter", problem, "Put its values together.")
        least, most = BOUNDS_PER_UNIT[one.parameter]
        for place, value in enumerate(one.values):
            if not least <= value <= most:
                problem = f"must be from {least:g} to {most:g}"
                raise wrong_field(f"{path}.values.{place}", problem, "Correct it, or leave values out.")
        found[one.parameter] = Sweep(one.parameter, tuple(one.values) or TRIED_PER_UNIT[one.parameter])
    return tuple(found.values())


def _parameter(one: Parameter) -> ParameterOut:
    least, most = BOUNDS_PER_UNIT[one]
    return ParameterOut(
        parameter=one,
        word=PARAMETER_WORDS[one],
        unit="s" if one in DELAYS else "ratio",
        values=list(TRIED_PER_UNIT[one]),
        least=least,
        most=most,
    )


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
def _shipped() -> dict[str, _Shipped]:
    """Return the shipped scenarios by name; read from disk once."""
    return {file.stem: _shipped_in(file) for file in sorted(shipped_folder().glob("*.toml"))}


def _shipped_in(file: Path) -> _Shipped:
    tree = layered(file)
    faults = tree.get("faults")
    told = [level for level, some in faults.items() if some] if isinstance(faults, dict) else []
    return _Shipped(str(tree.get("name", file.stem.replace("_", " "))), (CALM, *told))
