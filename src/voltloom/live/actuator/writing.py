"""An order as a CALL of the version that its station speaks, and the station's answer in one word."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from msgspec import Struct

from voltloom.protocols.ocpp import v2x_commands, v16_commands
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import StationMemory, Transaction
from voltloom.protocols.ocpp.link import CallFailed, Outcome
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.protocols.ocpp.profiles import ChargingAbility, LimitOrder, ProfilePlan


class Word(Enum):
    """What a station made of a CALL."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # also by a CALLERROR or an answer that nobody can read
    NONE = "none"


class Written(NamedTuple):
    """A CALL that sets a limit. is_update: a number for the dynamic profile that is there."""

    prepared: Prepared
    is_update: bool


def written(order: LimitOrder, ability: ChargingAbility, version: OcppVersion) -> Written:
    """Return the CALL that sets a limit. Raises CannotBeSafe."""
    if version is OcppVersion.V16:
        return Written(v16_commands.limited(order, ability), False)
    is_number = v2x_commands.is_dynamic(order, ability, version) and is_update(order)
    return Written(v2x_commands.limited(order, ability, version), is_number)


def is_dynamic(order: LimitOrder, ability: ChargingAbility, version: OcppVersion) -> bool:
    """Return whether an order goes into a dynamic profile."""
    return v2x_commands.is_dynamic(order, ability, version)


def is_update(order: LimitOrder) -> bool:
    """Return whether a number is enough for a dynamic profile."""
    return v2x_commands.may_be_updated(order)


def profile_call(plan: ProfilePlan, version: OcppVersion) -> Prepared:
    """Return the CALL that installs a planned profile."""
    if version is OcppVersion.V16:
        return v16_commands.profile_call(plan)
    return v2x_commands.profile_call(plan, version)


def stopped(transaction_id: str, version: OcppVersion) -> Prepared:
    """Return the CALL that ends a transaction."""
    if version is OcppVersion.V16:
        return v16_commands.stopped(transaction_id)
    return v2x_commands.stopped(transaction_id, version)


def word_of(answer: Struct | CallFailed) -> Word:
    """Return an answer in one word."""
    if isinstance(answer, CallFailed):
        is_no = answer.outcome in (Outcome.REFUSED, Outcome.UNREADABLE)
        return Word.REFUSED if is_no else Word.NONE
    return Word.ACCEPTED if getattr(answer, "status", "") == "Accepted" else Word.REFUSED


def reason_of(answer: Struct | CallFailed) -> str:
    """Return why a 2.x station refused, "" where it does not tell."""
    return str(getattr(getattr(answer, "status_info", None), "reason_code", ""))


def running_at(transactions: Sequence[Transaction], number: int) -> str:
    """Return the newest transaction that runs at an outlet, "" for none."""
    for transaction in reversed(transactions):
        if transaction.outlet == number and not transaction.is_over:
            return transaction.transaction_id
    return ""


def phases_of(memory: StationMemory, number: int) -> int:
    """Return the phases that the vehicle at an outlet is known to use, 0 for all or unknown."""
    capability = memory.outlet(number).capability
    uses_one = capability is not None and capability.phases_known and not capability.uses_all_phases
    return 1 if uses_one else 0
