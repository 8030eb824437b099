"""What is known of a station as it is limited: what it can do and refuses, and what each of its outlets may hold."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from voltloom.live.actuator.rationing import Bucket
from voltloom.protocols.ocpp.hearing import Transaction
from voltloom.protocols.ocpp.prepared import StationLimit
from voltloom.protocols.ocpp.profiles import START_BEFORE_S, ChargingAbility, Hold, Purpose
from voltloom.protocols.ocpp.timestamps import read_stamp
from voltloom.units import SECONDS_PER_DAY

SKEW_NOISE_S = 2.0  # stamps in whole seconds, and the time a message takes
LARGEST_SKEW_S = SECONDS_PER_DAY
REFUSALS_COUNT = 2  # in a row before a purpose is not tried first any more: one may be about one transaction
_log = logging.getLogger("voltloom.live")


class Held(NamedTuple):
    """A limit that a profile holds until then. transaction_id: of a transaction profile. is_doubtful: perhaps.

    is_default: it stands where the safe default stood. least_a: as in `Hold`.
    """

    limit_a: float
    until_s: float
    transaction_id: str = ""
    is_doubtful: bool = False
    is_default: bool = False
    least_a: float = 0.0


class OutletHolding:
    """One outlet: the newest order, and the most it may hold by what its station took.

    newest: None until the core ordered something. default_a: what it falls back to; its maximum until the station took
    a safe default. is_certain: no write is unanswered. installed_until_s: when the dynamic profile there ends, -inf for
    none. is_owed: a vehicle asked for its profile. is_uncontrolled: the core knows that no limit binds it. refuses_until_s:
    it took no kind of limit; not tried before then. charges_until_s: it refused a setpoint; none is tried before then. is_vacant: on this link it was told to be without a vehicle.
    renegotiated: the serial of the order that was sent anew to a vehicle that planned to draw more. sent_count: writes so far; only the
    answer to the newest makes certain what is held.
    """

    __slots__ = (
        "attempts_count",
        "bucket",
        "charges_until_s",
        "default_a",
        "evse",
        "held",
        "installed_until_s",
        "is_certain",
        "is_owed",
        "is_uncontrolled",
        "is_vacant",
        "last_rise_s",
        "most_a",
        "newest",
        "number",
        "offline_a",
        "refuses_until_s",
        "renegotiated",
        "sent_count",
        "station_id",
        "timer",
        "transaction_id",
    )

    def __init__(self, limit: StationLimit, offline_a: float, most_a: float, bucket: Bucket) -> None:
        self.station_id, self.number, self.evse = limit.station_id, limit.number, limit.evse
        self.offline_a, self.most_a, self.default_a = offline_a, most_a, most_a
        self.newest: StationLimit | None = None
        self.held: dict[Purpose, Held] = {}
        self.is_certain = self.is_owed = self.is_uncontrolled = self.is_vacant = False
        self.installed_until_s = self.last_rise_s = -math.inf
        self.refuses_until_s = self.charges_until_s = -math.inf
        self.transaction_id = ""
        self.renegotiated = self.sent_count = 0
        self.bucket = bucket
        self.attempts_count = 0
        self.timer: Any = None

    def lasting(self, now_s: float) -> StationLimit | None:
        """Return the newest order while its lease lasts."""
        newest = self.newest
        return newest if newest is not None and newest.lease_until_s - now_s >= 1.0 else None

    def effective(self, now_s: float) -> Hold:
        """Return the most and the least this outlet may hold now, and until when that is sure.

        OCPP 1.6 section 3.13.3, 2.x K01.FR.17: a transaction profile stands in for the default, the station's maximum
        lowers either.
        """
        hold = Hold(self.default_a, math.inf)
        for purpose in (Purpose.DEFAULT, Purpose.TRANSACTION):
            found = self.held.get(purpose)
            if found is None or found.until_s <= now_s:
                continue
            if purpose is Purpose.TRANSACTION and found.transaction_id != self.transaction_id:
                continue
            least_a = found.least_a
            if found.is_doubtful:
                least_a = min(hold.least_a, least_a)
                until_s = min(hold.until_s, found.until_s)
                hold = Hold(max(hold.limit_a, found.limit_a), until_s, least_a=least_a)
            else:
                hold = Hold(found.limit_a, found.until_s, least_a=least_a)
        most = self.held.get(Purpose.STATION_MAX)
        if most is None or most.is_doubtful:
            return hold
        if most.until_s > now_s:
            return hold._replace(
                limit_a=min(hold.limit_a, most.limit_a), until_s=min(hold.until_s, most.until_s)
            )
        return hold._replace(limit_a=min(hold.limit_a, self.offline_a))

    def took(self, purpose: Purpose, held: Held) -> None:
        """Note an accepted profile: it replaced the one of its kind, and whatever was in doubt of it."""
        self.held[purpose] = held
        if held.is_default:  # it ends in the offline limit, or is none above it
            self.default_a = self.offline_a
        self.is_certain = True
        self.attempts_count = 0

    def may_have_taken(self, purpose: Purpose, held: Held) -> None:
        """Note a profile whose answer is missing: it or the one before may be in force."""
        before = self.held.get(purpose, held)
        self.held[purpose] = Held(
            limit_a=max(before.limit_a, held.limit_a),
            until_s=max(before.until_s, held.until_s),
            transaction_id=held.transaction_id,
            is_doubtful=True,
            is_default=held.is_default,
            least_a=min(before.least_a, held.least_a),
        )
        self.is_certain = False

    def fell_back(self) -> None:
        """Note a safe default that was taken: it replaced what stood in its place."""
        self.default_a = self.offline_a
        self.held = {purpose: held for purpose, held in self.held.items() if not held.is_default}

    def restarted(self) -> None:
        """Note a restart: profiles may have survived it (1.6 errata 3.37) or not."""
        self.is_certain = False
        self.installed_until_s = -math.inf


class StationKnown:
    """One station. firmware: vendor, model and version of its last boot, () before. link: the one it was met on.
    transactions: as they were when it last spoke.

    is_met: it told what it can do, or had its time to. said: what the log has of it since this link began.
    """

    def __init__(self, outlets: Mapping[int, OutletHolding]) -> None:
        self.outlets = outlets
        self.firmware: tuple[str, ...] = ()
        self.link: object = None
        self.transactions: tuple[Transaction, ...] | None = None
        self.counts: Counter[str] = Counter()
        self.clock_ahead_s = 0.0
        self.said: set[str] = set()
        self.forget()

    def forget(self) -> None:
        """Forget what another firmware could do and refused."""
        self.ability = ChargingAbility()
        self.is_asked, self.is_told, self.is_met, self.is_default_refused = False, False, False, False
        self.unheard_count = 0
        self.reports: list[object] = []
        self.refusals: Counter[Purpose] = Counter()
        self.is_one_way = False  # an operator was told that it only charges

    def booted(self, station_id: str, firmware: tuple[str, ...]) -> None:
        """Note a restart; what was refused is remembered for as long as the firmware is the same."""
        if firmware != self.firmware and self.firmware:
            _log.warning(
                "%s has another firmware, %s: what it refused is forgotten",
                station_id,
                firmware,
                extra={"station": station_id},
            )
            self.forget()
        self.firmware = firmware
        self.is_asked, self.unheard_count = False, 0
        self.reports.clear()
        for outlet in self.outlets.values():
            outlet.restarted()

    def says(self, what: str) -> bool:
        """Return whether the log does not have this yet, and note that it will."""
        is_news = what not in self.said
        self.said.add(what)
        return is_news

    def first_purpose(self) -> Purpose:
        """Return the purpose to try first. Without a safe default below it only a station maximum ends safely."""
        is_alone = len(self.outlets) == 1  # a maximum over several outlets bounds no single one
        if self.is_default_refused and is_alone:
            return Purpose.STATION_MAX
        for purpose in (Purpose.TRANSACTION, Purpose.DEFAULT):
            if self.refusals[purpose] < REFUSALS_COUNT:
                return purpose
        return Purpose.STATION_MAX if is_alone else Purpose.TRANSACTION


def vacancy_of(status: Any) -> tuple[int, bool] | None:
    """Return the outlet that a StatusNotification of any version is about, and whether it is without a vehicle."""
    word = getattr(status, "connector_status", getattr(status, "status", None))
    if not hasattr(status, "connector_id") or word is None:
        return None
    return getattr(status, "evse_id", status.connector_id), word == "Available"


def clock_ahead_s(message: Any, now_s: float, known_s: float) -> float:
    """Return what a station's clock is ahead of ours after a message, as known before where that does not tell.

    A status is told at once, so its time shows a slow clock too, but some tell when it last changed: so no more than a
    profile starts in the past is believed. Any other time may be old; none is from the future.
    """
    stamp = getattr(message, "timestamp", None)
    if not isinstance(stamp, str):
        return known_s
    told_s = read_stamp(stamp, now_s).told_s
    ahead_s = told_s - now_s
    if (
        not -START_BEFORE_S < ahead_s <= LARGEST_SKEW_S
    ):  # also NaN; 1970 is corrected by the answer to its boot
        return known_s
    if vacancy_of(message) is not None:
        return ahead_s if abs(ahead_s) > SKEW_NOISE_S else 0.0
    return max(known_s, ahead_s) if ahead_s > SKEW_NOISE_S else known_s


def firmware_of(boot: Any) -> tuple[str, ...]:
    """Return vendor, model and version of a BootNotification of any version, "" where it does not tell."""
    about = getattr(boot, "charging_station", boot)
    words = (
        getattr(about, "vendor_name", getattr(about, "charge_point_vendor", "")),
        getattr(about, "model", getattr(about, "charge_point_model", "")),
        getattr(about, "firmware_version", ""),
    )
    return tuple(word if isinstance(word, str) else "" for word in words)
