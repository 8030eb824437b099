"""The first talk with a station: what it can do, asked once a boot, and its safe default, installed until it is taken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from msgspec import Struct

from voltloom.live.actuator import writing
from voltloom.live.actuator.holding import OutletHolding, StationKnown
from voltloom.live.actuator.talking import Shell
from voltloom.protocols.ocpp import v2x_commands, v16_commands
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import StationPlace
from voltloom.protocols.ocpp.link import CallFailed, Outcome
from voltloom.protocols.ocpp.orders.wording import FIRST_REQUEST_ID
from voltloom.protocols.ocpp.profiles import LimitOrder, Purpose, other_unit, safe_default

REPORT_S = 60.0  # how long an inventory may take before the station gets its default without
MEETING_S = 5.0  # how long the first limit waits for what the station can do
ATTEMPTS_COUNT = 3  # without an answer, before the core reserves the outlet's maximum
_log = logging.getLogger("voltloom.live")


class Told(Protocol):
    """Who is told whether an outlet took its safe default."""

    def __call__(self, outlet: OutletHolding, *, is_taken: bool) -> None:
        """Take it in."""


class Introduction:
    """Asks and installs. What a station does not tell counts as the least that every station must bear."""

    def __init__(
        self,
        places: Mapping[str, StationPlace],
        known: Mapping[str, StationKnown],
        shell: Shell,
        told: tuple[Told, Callable[[str], None]],
    ) -> None:
        """told: of each safe default; and of a station that was met."""
        self._places, self._known = places, known
        self._default_told, self._met = told
        self._caller, self._clock, self._later = shell.caller, shell.clock, shell.later

    def meet(self, station_id: str) -> None:
        """Ask a station once a boot what it can do, and give it its safe default."""
        known, version = self._known[station_id], self._caller.version_of(station_id)
        if known.is_asked or version is None:
            return
        known.is_asked = True
        prepared = (
            v16_commands.capability_asked()
            if version is OcppVersion.V16
            else v2x_commands.capability_asked(1, version)
        )
        self._caller.call(station_id, prepared, partial(self._told, station_id))
        self._later(MEETING_S, lambda: self._meeting_over(station_id))

    def reported(self, station_id: str, report: object) -> None:
        """Take in a part of a 2.x station's inventory; a report that an operator ordered may tell of some of it only."""
        if getattr(report, "request_id", 0) >= FIRST_REQUEST_ID:
            return
        known = self._known[station_id]
        known.reports.append(report)
        if getattr(report, "tbc", False) is True:
            return
        known.ability, known.is_told = v2x_commands.capability_told(known.reports), True
        known.reports.clear()
        self._install(station_id)

    def _told(self, station_id: str, answer: Struct | CallFailed) -> None:
        known, version = self._known[station_id], self._caller.version_of(station_id)
        if isinstance(answer, CallFailed):
            if answer.outcome not in (Outcome.REFUSED, Outcome.UNREADABLE):
                known.unheard_count += 1
                known.is_asked = known.unheard_count >= ATTEMPTS_COUNT  # else again when it speaks again
            self._install(station_id)
        elif version is OcppVersion.V16:
            known.ability, known.is_told = v16_commands.capability_told(answer), True  # type: ignore[arg-type]  # the answer to what was asked
            self._install(station_id)
        elif getattr(answer, "status", "") == "Accepted":
            self._later(REPORT_S, lambda: None if known.is_told else self._install(station_id))
        else:
            self._install(station_id)

    def _meeting_over(self, station_id: str) -> None:
        known = self._known[station_id]
        if not known.is_met:
            known.is_met = True
            self._met(station_id)

    def _install(self, station_id: str) -> None:
        for outlet in self._known[station_id].outlets.values():
            self._default(outlet, Purpose.DEFAULT, 1)
        self._meeting_over(station_id)

    def _default(self, outlet: OutletHolding, purpose: Purpose, attempt: int) -> None:
        version = self._caller.version_of(outlet.station_id)
        if version is None:
            return
        at = self._places[outlet.station_id].outlets[outlet.number]
        offline_a = outlet.offline_a
        known = self._known[outlet.station_id]
        order = LimitOrder(
            outlet.number, at, offline_a, offline_a, self._clock(), float("inf"), purpose=purpose
        )
        plan = safe_default(order, known.ability)
        done = partial(self._answered, outlet, purpose, attempt)
        self._caller.call(outlet.station_id, writing.profile_call(plan, version), done)

    def _answered(
        self, outlet: OutletHolding, purpose: Purpose, attempt: int, answer: Struct | CallFailed
    ) -> None:
        known = self._known[outlet.station_id]
        word = writing.word_of(answer)
        if word is writing.Word.ACCEPTED:
            if purpose is Purpose.DEFAULT:
                known.is_default_refused = False
            self._default_told(outlet, is_taken=True)
        elif word is writing.Word.NONE:
            if isinstance(answer, CallFailed) and answer.outcome is Outcome.SUPERSEDED:
                return
            if attempt == ATTEMPTS_COUNT:
                self._default_told(outlet, is_taken=False)
            wait_s = min(60.0, 2.0**attempt)
            self._later(wait_s, lambda: self._default(outlet, purpose, attempt + 1))
        elif (in_watts := other_unit(known.ability)) is not None:
            known.ability = in_watts
            self._default(outlet, purpose, 1)
        elif purpose is Purpose.DEFAULT and len(known.outlets) == 1:
            if known.says("default refused"):
                _log.warning(
                    "%s refuses a default: a station maximum stands in",
                    outlet.station_id,
                    extra={"station": outlet.station_id},
                )
            known.is_default_refused = True
            self._default(outlet, Purpose.STATION_MAX, 1)
        else:
            if known.says("no default"):
                _log.error(
                    "%s takes no safe default, first at outlet %d",
                    outlet.station_id,
                    outlet.number,
                    extra={"station": outlet.station_id},
                )
            known.is_default_refused = True
            self._default_told(outlet, is_taken=False)
