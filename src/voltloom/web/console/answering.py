"""What people say about alarms: seen, or quiet for a while and why. Both are in the journal before they count."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from voltloom.web.acting import Operator
from voltloom.web.audit import Audit
from voltloom.web.console.looking_back import Watching
from voltloom.web.console.state import Console
from voltloom.web.models import Asked
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Deeds, Running

LONGEST_MUTE_MS = 24 * 3_600_000
ANSWERS_COUNT = 500  # newest deeds in which a restart looks for answers
ACKNOWLEDGED = "acknowledge_alarm"
router = APIRouter(prefix="/api/v1", tags=["alarms"])


class AnswerIn(Asked):
    """A word about an alarm. until_ms, reason: of a mute, at most a day."""

    kind: str = Field(max_length=60)
    source: str = Field(max_length=255)
    does: Literal["acknowledge", "mute"]
    until_ms: int | None = Field(default=None, ge=0)
    reason: str = Field(default="", max_length=200)


class AnsweredOut(BaseModel):
    """The alarm afterwards."""

    kind: str
    source: str
    acknowledged_by: str | None
    muted_until_ms: int | None


async def recall(console: Console, deeds: Audit) -> None:
    """Let alarms be acknowledged that were before a restart and have not come again since. Raises StoreError."""
    for did in reversed(await deeds.newest(ANSWERS_COUNT)):
        kind, _, source = did.target.partition("/")
        known = console.alarms.known(kind, source)
        if (
            did.action == ACKNOWLEDGED
            and known is not None
            and known.last_ms <= did.time.timestamp() * 1000.0
        ):
            muted_until_ms = known.muted_until_ms
            console.alarms.answered(kind, source, by=did.by, muted_until_ms=muted_until_ms)


@router.post("/alarms/answers")
async def post_answer(
    asked: AnswerIn, console: Watching, site: Running, deeds: Deeds, key: Operator
) -> AnsweredOut:
    """Acknowledge an alarm, or mute it for a while. It is told anew when it comes again after an acknowledgement."""
    now_ms, muted_until_ms = round(site.clock.now_s() * 1000.0), None
    known = console.alarms.known(asked.kind, asked.source)
    if known is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"No alarm '{asked.kind}' of '{asked.source}' is known.")
    if asked.does == "mute":
        if asked.until_ms is None or not now_ms < asked.until_ms <= now_ms + LONGEST_MUTE_MS:
            raise wrong_field(
                "body.until_ms", "is no moment within a day from now", "Give one, such as in an hour."
            )
        if not asked.reason.strip():
            raise wrong_field("body.reason", "is missing", "Say why nobody needs to hear of it.")
        muted_until_ms = asked.until_ms
    action = ACKNOWLEDGED if asked.does == "acknowledge" else "mute_alarm"
    await deeds.note(key, action, f"{asked.kind}/{asked.source}", after=asked.reason)
    after = console.alarms.answered(
        asked.kind,
        asked.source,
        by=key.key_id if asked.does == "acknowledge" else known.acknowledged_by,
        muted_until_ms=muted_until_ms if asked.does == "mute" else known.muted_until_ms,
    )
    if after is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"The alarm '{asked.kind}' of '{asked.source}' is gone.")
    return AnsweredOut(
        kind=after.kind,
        source=after.source,
        acknowledged_by=after.acknowledged_by,
        muted_until_ms=after.muted_until_ms,
    )
