"""What every version asks of a virtual station in other words: profiles, starts and stops, availability, reservations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.virtual import profile_stack
from voltloom.virtual.outlet import Outlet, Reservation
from voltloom.virtual.profile_stack import Circumstance, Period, Profile, Purpose
from voltloom.virtual.profile_words import Refused, profile_of
from voltloom.virtual.station import Station

Answer = dict[str, Any] | Fault
Handler = Callable[[Station, Any], Answer]
CONNECTION_S: Final = 60.0  # how long a remote start waits for its vehicle
FIRMWARE: Final = ("Downloading", "Downloaded", "Installing")
FIRMWARE_STEP_S: Final = 15.0


def install(station: Station, told: Any, number: int) -> str:
    """Take a profile; return "" or why it is refused, by a reason code of 2.x."""
    version = station.nature.version
    if number != 0 and number not in station.outlets:
        return _refused(station, "UnknownEvse")
    profile = profile_of(told, number, station.nature.ability, version, station.now_s)
    if isinstance(profile, Refused):
        return _refused(station, profile.why)
    if profile.purpose is Purpose.TRANSACTION and (why := _no_transaction(station, profile)):
        return _refused(station, why)
    stack = profile_stack.with_profile(station.stack, profile, replaces_level=version is OcppVersion.V16)
    if stack is None:
        return _refused(station, "DuplicateProfile")
    if len(stack) > station.nature.ability.max_profiles:
        return _refused(station, "TooManyProfiles")
    station.stack = stack
    station.counts.limits += 1
    if profile.purpose is Purpose.TRANSACTION:
        station.schedule_came(number)
    return ""


def clear(station: Station, **asked: Any) -> bool:
    """Remove the profiles that fit; return whether there were any."""
    left = profile_stack.without(station.stack, **asked)
    was_there = len(left) < len(station.stack)
    station.stack = left
    return was_there


def update(station: Station, profile_id: int, limit_a_or_w: float) -> bool:
    """Change the limit of a dynamic profile; return whether there is such."""
    changed = profile_stack.updated(station.stack, profile_id, limit_a_or_w)
    if changed is None:
        station.counts.limits_refused += 1
        return False
    station.stack = changed
    station.counts.limits += 1
    profile = next(profile for profile in changed if profile.profile_id == profile_id)
    station.schedule_came(profile.number)
    return True


class Schedule(NamedTuple):
    """A composite schedule. w_per_a: what one ampere of it means."""

    periods: tuple[Period, ...]
    unit: RateUnit
    w_per_a: float


def schedule(station: Station, number: int, duration_s: float, unit: RateUnit) -> Schedule | None:
    """Return what an outlet, or the whole station by its number 0, may draw from now on; None for no such outlet."""
    if number == 0:
        total_a = sum(outlet.hardware.max_a for outlet in station.outlets.values())
        own = tuple(p for p in station.stack if p.purpose is Purpose.STATION_MAX)
        w_per_a = max(station.body.w_per_a(outlet) for outlet in station.outlets)
        where = Circumstance(0, "", math.nan, total_a, w_per_a, station.gone_s)
        periods = profile_stack.composite(own, where, station.now_s, duration_s)
        return Schedule(periods, unit, w_per_a)
    outlet = station.outlets.get(number)
    if outlet is None:
        return None
    where = outlet.circumstance(station.body.w_per_a(number), station.gone_s)
    periods = profile_stack.composite(station.stack, where, station.now_s, duration_s, station.charging_count)
    return Schedule(periods, unit, where.w_per_a)


def start(
    station: Station, number: int | None, id_token: str, told: Any, remote_start_id: int | None = None
) -> bool:
    """Begin a transaction where its vehicle stands, or wait for the vehicle; return whether that can be."""
    outlet = _free(station, number)
    if outlet is None:
        return False
    if told is not None:
        profile = profile_of(
            told, outlet.number, station.nature.ability, station.nature.version, station.now_s
        )
        if isinstance(profile, Refused) or profile.purpose is not Purpose.TRANSACTION:
            return False
        stack = profile_stack.with_profile(
            station.stack, profile, replaces_level=station.nature.version is OcppVersion.V16
        )
        if stack is None:
            return False
        station.stack = stack
        station.counts.limits += 1
    outlet.awaited_token, outlet.awaited_id = id_token, remote_start_id
    outlet.awaited_until_s = station.fleet_s + CONNECTION_S
    if outlet.token:
        soon(station, lambda: _begin_awaited(station, outlet))
    return True


def stop(station: Station, identity: str) -> bool:
    """End a transaction; return whether it runs."""
    for outlet in station.outlets.values():
        if outlet.transaction is not None and outlet.transaction.identity == identity:
            soon(station, partial(station.end, outlet, "Remote", "RemoteStop"))
            return True
    return False


def make_operative(station: Station, outlets: Sequence[Outlet], *, is_operative: bool) -> str:
    """Take outlets out of service or back; return Accepted, or Scheduled where a transaction goes on first."""
    is_waiting = False
    for outlet in outlets:
        if outlet.transaction is not None and not is_operative:
            outlet.turns_operative, is_waiting = is_operative, True
        else:
            outlet.is_operative, outlet.turns_operative = is_operative, None
            soon(station, partial(station.show, outlet, again=True))
    return "Scheduled" if is_waiting else "Accepted"


def reserve(station: Station, number: int, reservation: Reservation) -> str:
    """Keep an outlet for a token; return Accepted or in which state it is. number: 0 for any."""
    if number != 0 and number not in station.outlets:
        return "Rejected"
    wanted = [station.outlets[number]] if number else list(station.outlets.values())
    for outlet in wanted:
        known = outlet.reservation
        is_mine = known is None or known.reservation_id == reservation.reservation_id
        if is_mine and outlet.is_operative and not outlet.is_faulty and not outlet.token:
            outlet.reservation = reservation
            return "Accepted"
    if all(outlet.is_faulty for outlet in wanted):
        return "Faulted"
    return "Occupied" if any(outlet.is_operative for outlet in wanted) else "Unavailable"


def unreserve(station: Station, reservation_id: int) -> bool:
    """Free an outlet again; return whether there was such a reservation."""
    for outlet in station.outlets.values():
        if outlet.reservation is not None and outlet.reservation.reservation_id == reservation_id:
            outlet.reservation = None
            return True
    return False


def unlock(station: Station, outlet: Outlet) -> None:
    """Open the lock: a transaction ends by that."""
    soon(station, lambda: station.end(outlet, "UnlockCommand", "UnlockCommand"))


def take_list(station: Station, version_number: int, *, is_full: bool, tokens: dict[str, str | None]) -> bool:
    """Take a local list, or changes of one; return whether the version fits. tokens: None to remove one."""
    if not is_full and version_number <= station.local_list_version:
        return False
    if is_full:
        station.local_list.clear()
    for token, status in tokens.items():
        if status is None:
            station.local_list.pop(token, None)
        else:
            station.local_list[token] = status
    station.local_list_version = version_number
    return True


def update_firmware(station: Station, told: Callable[[str], None], reset_word: str) -> None:
    """Play the steps of an update; transactions that run end with the restart."""
    for step, word in enumerate(FIRMWARE):
        at_s = station.fleet_s + step * FIRMWARE_STEP_S
        station.later.append((at_s, partial(told, word)))
    done_s = station.fleet_s + len(FIRMWARE) * FIRMWARE_STEP_S
    station.later.append((done_s, lambda: told("Installed")))
    station.later.append((done_s + 1.0, lambda: station.restart(reset_word)))


class Told(NamedTuple):
    """How a version tells what a central system may trigger. idle: the actions that then say `Idle`."""

    show: Callable[[Station, Outlet], None]
    meter: Callable[[Station, Outlet], None]
    say: Callable[[Station, str, dict[str, str]], None]
    idle: frozenset[str]


def outlets_named(station: Station, number: int) -> list[Outlet] | None:
    """Return one outlet, for 0 all of them, None where there is none of that number."""
    if number == 0:
        return list(station.outlets.values())
    outlet = station.outlets.get(number)
    return None if outlet is None else [outlet]


def trigger(station: Station, action: str, outlets: Sequence[Outlet] | None, told: Told) -> str:
    """Let a message be sent again. Returns the status that answers it."""
    if outlets is None:
        return "Rejected"
    if action == "BootNotification":
        soon(station, station.boot)
    elif action == "Heartbeat":
        soon(station, station.beat)
    elif action in ("StatusNotification", "MeterValues"):
        tell = told.show if action == "StatusNotification" else told.meter
        for outlet in outlets:
            soon(station, partial(tell, station, outlet))
    elif action in told.idle:
        soon(station, partial(told.say, station, action, {"status": "Idle"}))
    else:
        return "NotImplemented"
    return "Accepted"


def soon(station: Station, act: Callable[[], None]) -> None:
    """Do something right after the answer is on its way."""
    station.later.append((-math.inf, act))


def _refused(station: Station, why: str) -> str:
    station.counts.limits_refused += 1
    return why


def _no_transaction(station: Station, profile: Profile) -> str:
    own = station.outlets[profile.number].transaction
    if own is None:
        return "TxNotFound"
    return "" if profile.transaction_id in ("", own.identity) else "InvalidTransactionId"


def _free(station: Station, number: int | None) -> Outlet | None:
    wanted = station.outlets.values() if number is None else [station.outlets.get(number)]
    for outlet in wanted:
        if outlet is not None and outlet.transaction is None and outlet.is_operative and not outlet.is_faulty:
            return outlet
    return None


def _begin_awaited(station: Station, outlet: Outlet) -> None:
    if outlet.transaction is None and outlet.token and outlet.awaited_token:
        station.present(outlet)
