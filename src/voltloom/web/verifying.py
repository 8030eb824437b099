"""Whether the journal is what was written: a job in a process of its own that is followed while the site goes on."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from voltloom.live.config.api import ApiKey, Role
from voltloom.live.running import LiveSite
from voltloom.store.apart import VerificationApart
from voltloom.store.entry import Head
from voltloom.store.errors import StoreError
from voltloom.store.verifying import Verdict
from voltloom.web.audit import Audit
from voltloom.web.keys import at_least
from voltloom.web.models import HeadOut, ProblemOut, VerificationIn, VerificationOut
from voltloom.web.problems import Problem

REMEMBERED_COUNT = 20
PATH = "/api/v1/journal/verifications"
_log = logging.getLogger("voltloom.web")

Admin = Annotated[ApiKey, Depends(at_least(Role.ADMIN))]
router = APIRouter(prefix="/api/v1", tags=["audit"])


class Verifications:
    """The jobs of this run, one at a time."""

    def __init__(self, site: LiveSite, audit: Audit) -> None:
        self._site, self._audit = site, audit
        self._jobs: OrderedDict[str, VerificationOut] = OrderedDict()
        self._running: asyncio.Task[None] | None = None
        self._work: VerificationApart | None = None
        self._is_asked, self._is_ending = False, False

    async def begin(self, key: ApiKey, expected: tuple[Head, ...]) -> VerificationOut:
        """Return a new job. Raises Problem where one is running, StoreError where the deed cannot be kept."""
        if self._is_asked or (self._running is not None and not self._running.done()):
            raise Problem(HTTPStatus.CONFLICT, f"The journal is being verified already. See {PATH}.")
        self._is_asked = True  # two that ask at once would both see none running
        try:
            asked = await self._audit.note(key, "verify_journal", "journal")
            rows_count = (await self._site.journal.head()).seq
        finally:
            self._is_asked = False
        job = VerificationOut(
            id=str(round(asked.timestamp() * 1000.0)),
            by=key.key_id,
            asked=asked,
            state="running",
            checked_count=0,
            rows_count=rows_count,
            heads=[],
            problems=[],
            why="",
        )
        self._jobs[job.id] = job
        while len(self._jobs) > REMEMBERED_COUNT:
            self._jobs.popitem(last=False)
        self._running = asyncio.create_task(self._followed(key, job, expected))
        return job

    def newest(self) -> list[VerificationOut]:
        """Return the jobs that are remembered, the newest first."""
        return list(reversed(self._jobs.values()))

    def find(self, job_id: str) -> VerificationOut | None:
        """Return a job, None where it is not remembered."""
        return self._jobs.get(job_id)

    async def end(self) -> None:
        """End the work that is under way."""
        self._is_ending = True
        if self._work is not None:
            self._work.end()
        if self._running is not None:
            await self._running

    async def _followed(self, key: ApiKey, job: VerificationOut, expected: tuple[Head, ...]) -> None:
        checked: dict[str, int] = {}

        def told(head: Head) -> None:
            checked[head.node] = head.seq
            job.checked_count = sum(checked.values())

        self._work = VerificationApart(self._site.config.journal, expected)
        try:
            verdict = await asyncio.to_thread(self._work.followed, told)
        except StoreError as unreadable:
            job.why = str(unreadable)
            job.state = "failed"  # last: whoever sees that it is over sees all of it
        else:
            _conclude(job, verdict)
        if self._is_ending:
            return
        self._site.loop.logbook.told("verification", job.model_copy())
        outcome = f"{job.state}, {job.checked_count} rows hold"
        try:
            await self._audit.note(key, "journal_verified", "journal", after=outcome)
        except StoreError as unwritten:
            _log.error("the journal was verified (%s), which is not in it: %s", outcome, unwritten)


def _conclude(job: VerificationOut, verdict: Verdict) -> None:
    job.heads = [HeadOut(node=h.node, seq=h.seq, chain_hash=h.chain_hash.hex()) for h in verdict.heads]
    job.problems = [ProblemOut(node=p.node, seq=p.seq, what=p.what) for p in verdict.problems]
    job.checked_count = verdict.row_count
    job.state = "broken" if verdict.problems else "sound"


def jobs_of(request: Request) -> Verifications:
    """Return the jobs of this run."""
    jobs: Verifications = request.app.state.verifications
    return jobs


Jobs = Annotated[Verifications, Depends(jobs_of)]


@router.post("/journal/verifications", status_code=HTTPStatus.ACCEPTED)
async def post_verification(
    response: Response, jobs: Jobs, key: Admin, asked: VerificationIn | None = None
) -> VerificationOut:
    """Check every row of the journal against its chain, as `voltloom audit verify` does; follow it by `Location`."""
    heads = [] if asked is None else asked.heads
    expected = tuple(Head(head.node, head.seq, bytes.fromhex(head.chain_hash)) for head in heads)
    job = await jobs.begin(key, expected)
    response.headers["Location"] = f"{PATH}/{job.id}"
    return job


@router.get("/journal/verifications", dependencies=[Depends(at_least(Role.ADMIN))])
async def get_verifications(jobs: Jobs) -> list[VerificationOut]:
    """The verifications of this run of the program, the newest first."""
    return jobs.newest()


@router.get("/journal/verifications/{verification_id}", dependencies=[Depends(at_least(Role.ADMIN))])
async def get_verification(verification_id: str, jobs: Jobs) -> VerificationOut:
    """How far a verification has come, and what it found."""
    job = jobs.find(verification_id)
    if job is None:
        raise Problem(
            HTTPStatus.NOT_FOUND, f"No verification '{verification_id}' is known in this run. See {PATH}."
        )
    return job
