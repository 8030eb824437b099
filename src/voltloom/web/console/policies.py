"""Policies over the interface: what rules, what is tried, with whom, how it goes, and the way back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from voltloom.allocation.registry import ARCHITECTURES, EXPLAINED
from voltloom.controller.canary.memory import CanaryMemory, Tally
from voltloom.controller.canary.scope import spread
from voltloom.controller.canary.tuning import PARAMETERS, PolicyError, standing
from voltloom.live.running import LiveSite
from voltloom.session.events import CanaryEnded, CanarySet
from voltloom.session.policy import GUARDS, CanaryEnd, Guards, Policy
from voltloom.web.acting import Operator
from voltloom.web.console.circuits import Tree
from voltloom.web.models import Asked
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Running, Viewer
from voltloom.web.turns import SHADOW, TRIED, Turn, Turned, outlets_count
from voltloom.web.views import moment

router = APIRouter(prefix="/api/v1", tags=["policies"])
Value = float | str
Percent = float
NO_TRIAL = "No policy is on trial. Begin one with PUT /api/v1/canary."


class PolicyIn(Asked):
    """A policy: an architecture, and what it is tuned by (keys as in `parameters` of GET /api/v1/policies)."""

    name: str = Field(pattern=r"^[\w .:+-]{1,60}$")
    architecture: str = Field(max_length=40)
    parameters: dict[str, Value] = Field(default_factory=dict, max_length=40)


class GuardsIn(Asked):
    """What ends a trial by itself; what is left out is as usual."""

    overload_s: float = Field(default=GUARDS.overload_s, ge=0)
    trips_per_h: float = Field(default=GUARDS.trips_per_h, ge=0)
    unmet_ratio: float = Field(default=GUARDS.unmet_ratio, ge=0, le=1)
    changes_per_h: float = Field(default=GUARDS.changes_per_h, ge=0)
    least_visits_count: int = Field(default=GUARDS.least_visits_count, ge=1)
    least_h: float = Field(default=GUARDS.least_h, gt=0)


class CanaryIn(Asked):
    """A trial. One of share_percent, circuit and evses; none of them for a shadow, which changes nothing."""

    policy: PolicyIn
    share_percent: Percent | None = Field(default=None, gt=0, le=100)
    circuit: str | None = Field(default=None, max_length=200)
    evses: list[str] | None = Field(default=None, min_length=1, max_length=2000)
    guards: GuardsIn = GuardsIn()


class DifferenceOut(BaseModel):
    """One parameter that is other than in force. before, after: null where the site's file says nothing about it."""

    parameter: str
    before: Value | None
    after: Value | None


class SideOut(BaseModel):
    """What was counted on one side of a trial. Rates are null until there is time to divide by."""

    evses_count: int
    vehicle_h: float
    energy_kwh: float
    kw_per_vehicle: float | None
    changes_per_h: float | None
    trips_per_h: float | None
    visits_count: int
    unmet_count: int


class ShadowOut(BaseModel):
    """How a candidate in shadow differs: other_ratio of its vehicles would get other power; mean_kw in all beyond what is in force."""

    cycles_count: int
    other_ratio: float | None
    mean_kw: float | None


class TrialOut(BaseModel):
    """A trial, also the last one that ended. state: shadow, canary, or how it ended. needs_visits_count: more that must end before unmet ones
    are judged. why: what tripped it. by: who took its last step. steps_percent: shares of the outlets it was put on, the first first.
    """

    policy: PolicyIn
    state: Literal["shadow", "canary", "rolled_back", "promoted", "tripped", "failed"]
    is_open: bool
    begun: datetime | None
    since: datetime | None
    ended: datetime | None
    why: str
    by: str
    steps_percent: list[Percent]
    evses: list[str]
    share_percent: Percent
    guards: GuardsIn
    canary: SideOut
    control: SideOut
    shadow: ShadowOut
    overload_s: float
    needs_visits_count: int
    differences: list[DifferenceOut]


class PoliciesOut(BaseModel):
    """What rules and what is tried. parameters: what a policy may tune, with what is in force. version: of all this, to send as If-Match with
    what changes it. last: who did what last, in words. explained: each architecture in a line.
    """

    version: str
    last: str
    in_force: PolicyIn
    is_of_the_file: bool
    trial: TrialOut | None
    parameters: dict[str, Value]
    architectures: list[str]
    explained: dict[str, str]


@router.get("/policies", dependencies=[Viewer])
async def get_policies(site: Running, turn: Turned, response: Response) -> PoliciesOut:
    """The policy in force, what it is tuned by, and the newest trial. Its ETag is the version."""
    told = await policies_view(site, turn)
    response.headers["ETag"] = f'"{told.version}"'
    return told


@router.post("/policies/check")
async def post_check(asked: PolicyIn, site: Running, _: Operator) -> list[DifferenceOut]:
    """Whether a policy could rule here, and what would be other than now."""
    return _differences(site, _policy_of(site, asked))


@router.put("/canary")
async def put_canary(asked: CanaryIn, site: Running, turn: Turned, key: Operator) -> TrialOut:
    """Try a policy: in shadow, or on some outlets. The same policy again takes it to other outlets; a trial that somebody else put there
    only with If-Match.
    """
    policy, evses = _policy_of(site, asked.policy), _scope(site, asked)
    guards = Guards(**asked.guards.model_dump())
    async with turn.turns.lock:
        trial = site.loop.memory.canary
        await turn.check(key, trial)
        if trial is not None and trial.is_open and trial.policy != policy:
            detail = f"'{trial.policy.name}' is on trial: {await turn.turns.said()}. Roll it back or promote it first."
            raise Problem(HTTPStatus.CONFLICT, detail)
        names = ", ".join(site.network.evse_ids[evse] for evse in evses) or SHADOW
        event = CanarySet(time_s=site.clock.now_s(), policy=policy, evses=evses, guards=guards)
        await turn.turns.note(key, TRIED, policy.name, before=policy_in_force(site).name, after=names)
        await site.loop.order((event,), key.key_id)
    return await _standing_trial(site, turn)


@router.delete("/canary")
async def delete_canary(site: Running, turn: Turned, key: Operator) -> TrialOut:
    """Roll the policy on trial back: the one in force rules all outlets from the next cycle on. Anybody may, without having looked."""
    return await _ended(site, turn, key, is_promoted=False)


@router.post("/canary/promotion")
async def post_promotion(site: Running, turn: Turned, key: Operator) -> TrialOut:
    """Let the policy on trial rule all outlets from now on; one that somebody else put on trial only with If-Match."""
    return await _ended(site, turn, key, is_promoted=True)


async def _ended(site: LiveSite, turn: Turn, key: Operator, *, is_promoted: bool) -> TrialOut:
    async with turn.turns.lock:
        trial = site.loop.memory.canary
        if trial is None:
            raise Problem(HTTPStatus.NOT_FOUND, NO_TRIAL)
        await turn.check(key, trial if is_promoted else None)
        if not trial.is_open:
            if is_promoted:
                detail = f"'{trial.policy.name}' is not on trial any more: {await turn.turns.said()}. Begin a new trial first."
                raise Problem(HTTPStatus.CONFLICT, detail)
            if trial.end is CanaryEnd.PROMOTED:
                detail = f"'{trial.policy.name}' is in force: {await turn.turns.said()}. Try another policy, or choose an architecture."
                raise Problem(HTTPStatus.CONFLICT, detail)
            return await _standing_trial(site, turn)  # whoever wants it back has it
        action = "promote_policy" if is_promoted else "roll_back_policy"
        await turn.turns.note(key, action, trial.policy.name, before=policy_in_force(site).name)
        event = CanaryEnded(time_s=site.clock.now_s(), is_promoted=is_promoted)
        await site.loop.order((event,), key.key_id)
    return await _standing_trial(site, turn)


async def policies_view(site: LiveSite, turn: Turn) -> PoliciesOut:
    """Return what rules and what is tried."""
    memory = site.loop.memory
    policy = policy_in_force(site)
    return PoliciesOut(
        version=turn.turns.version,
        last=await turn.turns.said(),
        in_force=_shown(policy),
        is_of_the_file=memory.policy is None,
        trial=None if memory.canary is None else await _trial(site, turn, memory.canary),
        parameters=standing(policy, site.config.settings),
        architectures=list(ARCHITECTURES),
        explained=dict(EXPLAINED),
    )


def policy_in_force(site: LiveSite) -> Policy:
    """Return what rules: a policy, or the architecture as the file tunes it."""
    memory = site.loop.memory
    return memory.policy or Policy(memory.architecture, memory.architecture)


def _policy_of(site: LiveSite, asked: PolicyIn) -> Policy:
    """Return a policy that can rule here. Raises Problem naming the field."""
    return checked_policy(site, asked.name, asked.architecture, asked.parameters, "body.policy")


def checked_policy(
    site: LiveSite, name: str, architecture: str, parameters: Mapping[str, Value], path: str
) -> Policy:
    """Return a policy that can rule here; without a name it is called as its architecture. path: of it in the request.

    Raises Problem naming the field.
    """
    values = tuple(
        (key, float(value) if isinstance(value, int | float) else value)
        for key, value in sorted(parameters.items())
    )
    plain = architecture.lower()
    try:
        return site.checked_policy(Policy(name or plain, plain, values))
    except PolicyError as wrong:
        raise wrong_field(f"{path}.{wrong.field}", wrong.problem, wrong.remedy) from wrong


def _scope(site: LiveSite, asked: CanaryIn) -> tuple[int, ...]:
    """Return the outlets of a trial. Raises Problem."""
    given = [name for name in ("share_percent", "circuit", "evses") if getattr(asked, name) is not None]
    if len(given) > 1:
        raise wrong_field(f"body.{given[1]}", f"does not go with {given[0]}", "Give one of them.")
    evses = site.config.site.evses
    if asked.share_percent is not None:
        return spread([evse.circuit_id for evse in evses], asked.share_percent / 100.0)
    if asked.circuit is not None:
        below: Sequence[int] = Tree(site.config.site).below.get(asked.circuit, ())
        if not below:
            raise wrong_field("body.circuit", "feeds no outlet of this site", "See GET /api/v1/circuits.")
        return tuple(below)
    found = []
    for name in asked.evses or ():
        if name not in site.network.index:
            raise wrong_field("body.evses", f"'{name}' is no outlet of this site", "See GET /api/v1/evses.")
        found.append(site.network.index[name])
    return tuple(sorted(set(found)))


async def _standing_trial(site: LiveSite, turn: Turn) -> TrialOut:
    trial = site.loop.memory.canary
    if trial is None:
        raise Problem(HTTPStatus.NOT_FOUND, NO_TRIAL)
    return await _trial(site, turn, trial)


async def _trial(site: LiveSite, turn: Turn, trial: CanaryMemory) -> TrialOut:
    ids = site.network.evse_ids
    evses = [ids[evse] for evse in trial.members.nonzero()[0].tolist()]
    state = trial.end.value if trial.end is not None else "shadow" if trial.is_shadow else "canary"
    visits_count = min(trial.canary.visits_count, trial.control.visits_count)
    shadow, steps = trial.shadow, await turn.turns.steps(trial)
    return TrialOut(
        policy=_shown(trial.policy),
        state=state,
        is_open=trial.is_open,
        begun=moment(trial.begun_s),
        since=moment(trial.since_s),
        ended=moment(trial.ended_s),
        why=trial.why,
        by=steps[0].by if steps else "",
        steps_percent=[_percent(outlets_count(step), len(ids)) for step in reversed(steps)],
        evses=evses,
        share_percent=_percent(len(evses), len(ids)),
        guards=GuardsIn(**trial.guards._asdict()),
        canary=_side(trial.canary, len(evses)),
        control=_side(trial.control, len(ids) - len(evses)),
        shadow=ShadowOut(
            cycles_count=shadow.cycles_count,
            other_ratio=_ratio(shadow.other_count, shadow.vehicles_count),
            mean_kw=_ratio(shadow.sum_kw, shadow.cycles_count),
        ),
        overload_s=round(trial.overload_s, 1),
        needs_visits_count=max(0, trial.guards.least_visits_count - visits_count),
        differences=_differences(site, trial.policy),
    )


def _side(tally: Tally, evses_count: int) -> SideOut:
    return SideOut(
        evses_count=evses_count,
        vehicle_h=round(tally.vehicle_h, 3),
        energy_kwh=round(tally.delivered_wh / 1000.0, 3),
        kw_per_vehicle=_ratio(tally.delivered_wh / 1000.0, tally.vehicle_h),
        changes_per_h=_ratio(tally.changes_count, tally.vehicle_h),
        trips_per_h=_ratio(tally.trips_count, tally.vehicle_h),
        visits_count=tally.visits_count,
        unmet_count=tally.unmet_count,
    )


def _percent(evses_count: int, all_count: int) -> Percent:
    return round(100.0 * evses_count / max(1, all_count), 1)


def _ratio(part_ratio: float, whole_ratio: float) -> float | None:
    return round(part_ratio / whole_ratio, 3) if whole_ratio > 0.0 and math.isfinite(part_ratio) else None


def _differences(site: LiveSite, policy: Policy) -> list[DifferenceOut]:
    before, settings = policy_in_force(site), site.config.settings
    found = []
    if before.architecture != policy.architecture:
        found.append(
            DifferenceOut(parameter="architecture", before=before.architecture, after=policy.architecture)
        )
    was, will = standing(before, settings), standing(policy, settings)
    return found + [
        DifferenceOut(parameter=name, before=was[name], after=will[name])
        for name in PARAMETERS
        if was[name] != will[name]
    ]


def _shown(policy: Policy) -> PolicyIn:
    return PolicyIn.model_construct(
        name=policy.name, architecture=policy.architecture, parameters=dict(policy.parameters)
    )
