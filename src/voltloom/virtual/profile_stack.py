"""The charging profiles a station holds, and the limit they make together at a moment. Pure.

Of each purpose the highest stack level that says something now counts; a transaction's own profile goes before the default,
and the station's maximum caps both. Times are Unix seconds of the station's clock.
Sources: OCPP 1.6 sections 3.13.2 to 3.13.4; OCPP 2.0.1 K01.FR.06, .17, .31 to .41; OCPP 2.1 K28.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple

from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.units import SECONDS_PER_HOUR

DAY_S: Final = 24.0 * SECONDS_PER_HOUR
WEEK_S: Final = 7.0 * DAY_S


class Purpose(Enum):
    """What a profile is for, in the words of 2.x."""

    STATION_MAX = "ChargingStationMaxProfile"
    DEFAULT = "TxDefaultProfile"
    TRANSACTION = "TxProfile"


class Kind(Enum):
    """From when a schedule counts. RELATIVE: from the transaction's start. DYNAMIC: its one period holds at once."""

    ABSOLUTE = "Absolute"
    DAILY = "Daily"
    WEEKLY = "Weekly"
    RELATIVE = "Relative"
    DYNAMIC = "Dynamic"


RECURRENCE_S: Final = {Kind.DAILY: DAY_S, Kind.WEEKLY: WEEK_S}


class Period(NamedTuple):
    """A limit from a moment of the schedule on, in the profile's unit; a setpoint below 0 is one too."""

    start_s: float
    limit_a_or_w: float


class Profile(NamedTuple):
    """One profile. number: its outlet, 0 for all. transaction_id: "" where it names none. max_offline_s: how long the link
    may be gone before the profile is suspended, and for good where it ends by that.
    """

    profile_id: int
    number: int
    purpose: Purpose
    stack_level: int
    kind: Kind
    unit: RateUnit
    periods: tuple[Period, ...]
    start_s: float = math.nan
    duration_s: float = math.inf
    valid_from_s: float = -math.inf
    valid_to_s: float = math.inf
    transaction_id: str = ""
    max_offline_s: float = math.inf
    is_invalid_after_offline: bool = False


class Circumstance(NamedTuple):
    """For what a limit is asked. began_s: start of the transaction, NaN without one. offline_s: since when the link is gone,
    inf while it is there. max_a, w_per_a: what the outlet bears, and watts for each ampere of its car. factory_a: what it offers
    while no profile says anything. discharge_a: what it can feed back.
    """

    number: int
    transaction_id: str
    began_s: float
    max_a: float
    w_per_a: float
    offline_s: float = math.inf
    factory_a: float = math.inf
    discharge_a: float = 0.0


Stack = tuple[Profile, ...]


def limit_of(profile: Profile, where: Circumstance, now_s: float) -> float | None:
    """Return what a profile says now, in A; None where it says nothing."""
    anchor_s = _anchor_s(profile, where, now_s)
    if anchor_s is None:
        return None
    elapsed_s = now_s - anchor_s
    if elapsed_s >= min(profile.duration_s, RECURRENCE_S.get(profile.kind, math.inf)):
        return None
    said = [period.limit_a_or_w for period in profile.periods if period.start_s <= elapsed_s]
    if not said:
        return None
    return said[-1] if profile.unit is RateUnit.A else said[-1] / where.w_per_a


def limit_a(stack: Stack, where: Circumstance, now_s: float, outlets_count: int = 1) -> float:
    """Return what an outlet may draw on each phase now, negative for what it shall feed back.

    outlets_count: how many share the station's maximum.
    """
    own_a = _highest(stack, Purpose.TRANSACTION, where, now_s)
    if own_a is None:
        own_a = _highest(stack, Purpose.DEFAULT, where, now_s)
    station_a = _highest(stack, Purpose.STATION_MAX, where, now_s)
    share_a = math.inf if station_a is None else station_a / max(1, outlets_count)
    most_a = min(where.max_a, where.factory_a if own_a is None else own_a, share_a)
    return max(-where.discharge_a, most_a)


def composite(
    stack: Stack, where: Circumstance, now_s: float, duration_s: float, outlets_count: int = 1
) -> tuple[Period, ...]:
    """Return the limits in A from now on for a while; neighbours differ."""
    moments = {now_s}
    for profile in stack:
        moments.update(_edges(profile, where, now_s, now_s + duration_s))
    found: list[Period] = []
    for moment_s in sorted(moments):
        allowed_a = limit_a(stack, where, moment_s, outlets_count)
        if not found or found[-1].limit_a_or_w != allowed_a:
            found.append(Period(moment_s - now_s, allowed_a))
    return tuple(found)


def with_profile(stack: Stack, profile: Profile, *, replaces_level: bool) -> Stack | None:
    """Return the stack with one more profile, in place of the one with its id; None where another stands in its way.

    replaces_level: 1.6, where a profile of the same purpose and level is replaced too. In 2.x it stands in the way as
    long as both could be valid at once.
    """
    others = tuple(old for old in stack if old.profile_id != profile.profile_id)
    if replaces_level:
        return (*(old for old in others if not _same_place(old, profile)), profile)
    if any(_same_place(old, profile) and _overlap(old, profile) for old in others):
        return None
    return (*others, profile)


def without(
    stack: Stack,
    *,
    profile_id: int | None = None,
    number: int | None = None,
    purpose: Purpose | None = None,
    stack_level: int | None = None,
) -> Stack:
    """Return the stack without the profiles that fit everything that is asked; an id alone decides."""
    if profile_id is not None:
        return tuple(profile for profile in stack if profile.profile_id != profile_id)

    def fits(profile: Profile) -> bool:
        return (
            (number is None or profile.number == number)
            and (purpose is None or profile.purpose is purpose)
            and (stack_level is None or profile.stack_level == stack_level)
        )

    return tuple(profile for profile in stack if not fits(profile))


def updated(stack: Stack, profile_id: int, limit_a_or_w: float) -> Stack | None:
    """Return the stack with another limit in a dynamic profile, None where there is no such."""
    if not any(p.profile_id == profile_id and p.kind is Kind.DYNAMIC for p in stack):
        return None
    period = (Period(0.0, limit_a_or_w),)
    return tuple(p._replace(periods=period) if p.profile_id == profile_id else p for p in stack)


def after_transaction(stack: Stack, number: int) -> Stack:
    """Return the stack without the profiles of a transaction that ended."""
    return tuple(p for p in stack if not (p.purpose is Purpose.TRANSACTION and p.number == number))


def after_offline(stack: Stack, gone_s: float) -> Stack:
    """Return the stack without the profiles that do not outlive so long an absence of the link."""
    return tuple(p for p in stack if not (p.is_invalid_after_offline and gone_s > p.max_offline_s))


def _anchor_s(profile: Profile, where: Circumstance, now_s: float) -> float | None:
    """Return when the running round of a profile's schedule began, None where it is not in force."""
    if not profile.valid_from_s <= now_s < profile.valid_to_s:
        return None
    if now_s - where.offline_s > profile.max_offline_s:
        return None
    if profile.kind is Kind.RELATIVE or (profile.kind is Kind.ABSOLUTE and math.isnan(profile.start_s)):
        return None if math.isnan(where.began_s) or now_s < where.began_s else where.began_s
    if profile.kind is Kind.DYNAMIC and math.isnan(profile.start_s):
        return now_s
    if now_s < profile.start_s:
        return None
    round_s = RECURRENCE_S.get(profile.kind)
    if round_s is None:
        return profile.start_s
    return profile.start_s + math.floor((now_s - profile.start_s) / round_s) * round_s


def _highest(stack: Stack, purpose: Purpose, where: Circumstance, now_s: float) -> float | None:
    """Return what the highest level of a purpose says now; at one level the outlet's own goes before that of all."""
    found: tuple[tuple[int, bool], float] | None = None
    for profile in stack:
        if profile.purpose is not purpose or not _concerns(profile, where):
            continue
        rank = (profile.stack_level, profile.number == where.number)
        if found is not None and rank <= found[0]:
            continue
        said_a = limit_of(profile, where, now_s)
        if said_a is not None:
            found = rank, said_a
    return None if found is None else found[1]


def _concerns(profile: Profile, where: Circumstance) -> bool:
    if profile.number not in (0, where.number):
        return False
    if profile.purpose is Purpose.TRANSACTION:
        is_its_own = profile.transaction_id in ("", where.transaction_id)
        return not math.isnan(where.began_s) and profile.number == where.number and is_its_own
    return True


def _same_place(one: Profile, other: Profile) -> bool:
    is_level = (one.purpose, one.stack_level, one.number) == (other.purpose, other.stack_level, other.number)
    return is_level and one.transaction_id == other.transaction_id


def _overlap(one: Profile, other: Profile) -> bool:
    return max(one.valid_from_s, other.valid_from_s) < min(one.valid_to_s, other.valid_to_s)


def _edges(profile: Profile, where: Circumstance, now_s: float, end_s: float) -> Iterator[float]:
    """Yield the moments after now and before an end at which a profile may say something else."""
    moments: Iterable[float] = (profile.valid_from_s, profile.valid_to_s)
    yield from (at_s for at_s in moments if now_s < at_s < end_s)
    suspended_s = math.nextafter(where.offline_s + profile.max_offline_s, math.inf)  # it holds until then
    if now_s < suspended_s < end_s:
        yield suspended_s
    offsets = [*(period.start_s for period in profile.periods), profile.duration_s]
    round_s = RECURRENCE_S.get(profile.kind)
    base_s = (
        where.began_s if profile.kind is Kind.RELATIVE or math.isnan(profile.start_s) else profile.start_s
    )
    if math.isnan(base_s):
        return
    if round_s is None:
        rounds_s = [base_s]
    else:
        first = max(0, math.floor((now_s - base_s) / round_s))
        last = max(first, math.floor((end_s - base_s) / round_s))
        rounds_s = [base_s + number * round_s for number in range(first, last + 1)]
    for begin_s in rounds_s:
        yield from (begin_s + off_s for off_s in offsets if now_s < begin_s + off_s < end_s)
