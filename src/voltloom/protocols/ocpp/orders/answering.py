"""What a station's answer to an operator's CALL means: it will do it, later, or not, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, NamedTuple


class Verdict(Enum):
    """What a station made of a CALL."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"  # after the transaction, or after a restart
    REFUSED = "refused"
    NOTHING = "nothing"  # asked what it has, it has none


class Judged(NamedTuple):
    """An answer's meaning. why: the station's own words, "" where it said no more than yes."""

    verdict: Verdict
    why: str = ""


_YES: Final = frozenset({"Accepted", "AcceptedCanceled", "Unlocked", "Unpublished"})
_LATER: Final = frozenset({"Scheduled", "RebootRequired"})
_NONE: Final = frozenset({"EmptyResultSet", "NoProfiles", "NoTariff", "NotFound", "Unknown"})
_ROWS: Final = (
    ("setVariableResult", "attributeStatus"),
    ("getVariableResult", "attributeStatus"),
    ("setMonitoringResult", "status"),
    ("clearMonitoringResult", "status"),
    ("clearTariffsResult", "status"),
)


def judged(action: str, told: Mapping[str, Any]) -> Judged:
    """Return what an answer means. told: in the names of the wire. An answer without any status is a yes."""
    words = [told["status"]] if "status" in told else []
    for rows, name in _ROWS:
        words += [row[name] for row in told.get(rows, ())]
    if not words:
        return Judged(Verdict.ACCEPTED)
    refusals = [word for word in words if word not in _YES | _LATER]
    is_question = action.startswith("Get")
    if is_question and len(refusals) < len(words):  # some of what was asked for is told
        return Judged(Verdict.ACCEPTED)
    if is_question and all(word in _NONE for word in refusals):
        return Judged(Verdict.NOTHING, refusals[0])
    if refusals:
        return Judged(Verdict.REFUSED, " ".join((refusals[0], *_reasons(told))))
    later = [word for word in words if word in _LATER]
    return Judged(Verdict.SCHEDULED, later[0]) if later else Judged(Verdict.ACCEPTED)


def _reasons(told: Mapping[str, Any]) -> list[str]:
    info = told.get("statusInfo", {})
    return [info[name] for name in ("reasonCode", "additionalInfo") if info.get(name)]
