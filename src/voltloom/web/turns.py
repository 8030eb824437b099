"""Whose word about policies comes next: who changes what others look at too must have seen it as it is now."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Depends, Header, Request

from voltloom.controller.canary.memory import CanaryMemory
from voltloom.live.config.api import ApiKey
from voltloom.live.running import LiveSite
from voltloom.session.policy import CanaryEnd
from voltloom.web.audit import Audit
from voltloom.web.models import AuditOut
from voltloom.web.problems import Problem

TRIED: Final = "try_policy"
SHADOW: Final = "shadow"
ACTIONS: Final = (TRIED, "roll_back_policy", "promote_policy", "choose_architecture")
LOOKED_AT_COUNT: Final = 2_000  # rows of the audit, for the newest about policies
CLOCK_S: Final = 0.01  # a row is written to the millisecond
REMEDY: Final = "Look at GET /api/v1/policies, and send its ETag as If-Match if you still want it."
Seen = Annotated[
    str,
    Header(
        alias="If-Match",
        max_length=100,
        description="The ETag of what was looked at: the request is refused where it is other by now.",
    ),
]


class PolicyTurns:
    """What was done about policies, one deed after the other. lock: held from the look to the deed."""

    def __init__(self, site: LiveSite, deeds: Audit) -> None:
        self.lock = asyncio.Lock()
        self._site, self._audit = site, deeds
        self._done: list[AuditOut] | None = None

    @property
    def version(self) -> str:
        """Return what stands for the policy in force and the trial as they are now."""
        memory = self._site.loop.memory
        trial = memory.canary
        seen: tuple[object, ...] = (memory.architecture, memory.policy)
        if trial is not None:
            members = trial.members.nonzero()[0].tolist()
            seen += (trial.policy, trial.guards, members, trial.begun_s, trial.since_s, trial.end)
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    async def done(self) -> list[AuditOut]:
        """Return what was done about policies, the newest first, as far as the newest rows of the audit tell it. Raises StoreError."""
        if self._done is None:
            rows = await self._audit.newest(LOOKED_AT_COUNT)
            self._done = [row for row in rows if row.action in ACTIONS]
        return self._done

    async def note(self, key: ApiKey, action: str, target: str, *, before: str, after: str = "") -> None:
        """Write a deed down. Raises StoreError; then nothing may be done."""
        done = await self.done()
        when = await self._audit.note(key, action, target, before=before, after=after)
        role = key.role.name.lower()
        done.insert(
            0,
            AuditOut(
                seq=0,
                time=when,
                by=key.key_id,
                role=role,
                action=action,
                target=target,
                before=before,
                after=after,
            ),
        )

    async def steps(self, trial: CanaryMemory) -> list[AuditOut]:
        """Return the steps that operators have taken in a trial, the newest first."""
        return [
            row
            for row in await self.done()
            if row.action == TRIED
            and row.target == trial.policy.name
            and row.time.timestamp() >= trial.begun_s - CLOCK_S
        ]

    async def said(self) -> str:
        """Return who did what last, in words; a guard may have been the last. "" where nobody did anything that is known."""
        done, trial = await self.done(), self._site.loop.memory.canary
        last = done[0] if done else None
        is_guarded = trial is not None and trial.end in (CanaryEnd.TRIPPED, CanaryEnd.FAILED)
        if trial is not None and is_guarded and (last is None or trial.ended_s > last.time.timestamp()):
            ended = datetime.fromtimestamp(trial.ended_s, UTC)
            return f"a guard rolled '{trial.policy.name}' back at {self._clock(ended)}"
        return "" if last is None else f"{last.by} {_worded(last)} at {self._clock(last.time)}"

    def _clock(self, when: datetime) -> str:
        return when.astimezone(ZoneInfo(self._site.config.site.time_zone)).strftime("%H:%M:%S")


class Turn(NamedTuple):
    """A request's turn. seen: the version it goes by, "" where it does not say."""

    turns: PolicyTurns
    seen: str

    async def check(self, key: ApiKey, trial: CanaryMemory | None = None) -> None:
        """Raises Problem where something is other than was looked at, or where somebody else's open trial was not looked at at all."""
        seen = self.seen.removeprefix("W/").strip('"')
        if seen == "*":
            return
        if seen:
            if seen != self.turns.version:
                said = await self.turns.said() or "something changed meanwhile"
                raise Problem(HTTPStatus.CONFLICT, f"Nothing was done: {said}. {REMEDY}")
        elif trial is not None and trial.is_open:
            steps = await self.turns.steps(trial)
            if steps and steps[0].by != key.key_id:
                begun = f"'{trial.policy.name}', begun by {steps[-1].by}, is still on trial"
                detail = f"Nothing was done: {begun} ({await self.turns.said()}). {REMEDY}"
                raise Problem(HTTPStatus.CONFLICT, detail)


def turn_of(request: Request, seen: Seen = "") -> Turn:
    """Return a request's turn."""
    return Turn(request.app.state.policy_turns, seen)


Turned = Annotated[Turn, Depends(turn_of)]


def outlets_count(step: AuditOut) -> int:
    """Return on how many outlets a step put the candidate."""
    return 0 if step.after == SHADOW else step.after.count(", ") + 1


def _worded(row: AuditOut) -> str:
    if row.action == "choose_architecture":
        return f"chose {row.after}"
    if row.action != TRIED:
        return f"{'promoted' if row.action == 'promote_policy' else 'rolled back'} '{row.target}'"
    count = outlets_count(row)
    where = "in shadow" if not count else "on one outlet" if count == 1 else f"on {count} outlets"
    return f"put '{row.target}' {where}"
