"""Enrolment: an operator's decisions about stations, written down first and then carried out on the open links."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Final

import msgspec
from msgspec import Struct

from voltloom.live.central import Central
from voltloom.live.clock import Clock
from voltloom.live.enrolment.kinds import (
    KEPT_KIND,
    SEEN_KIND,
    EnrolmentError,
    ParkedStation,
    StationKept,
    StationSeen,
    Turn,
)
from voltloom.live.enrolment.roll import Roll
from voltloom.live.enrolment.waiting import Sighting, WaitingRoom
from voltloom.live.gateway.credentials import SecretError, hashed
from voltloom.live.gateway.events import EventKind, GatewayEvent
from voltloom.live.gateway.gateway import Gateway
from voltloom.live.gateway.links import Link
from voltloom.live.gateway.stations import KnownStation, Standing
from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.hearing import AdmissionStatus
from voltloom.protocols.ocpp.link import CallFailed
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.store.entry import Entry
from voltloom.store.errors import StoreError
from voltloom.store.journal import Journal

FAREWELL_S: Final = 30.0  # for a rejected station to boot once more and be told
_KEPT_EVENTS: Final = {
    EventKind.PROFILE_RAISED: Turn.PROFILE_RAISED,
    EventKind.SECRET_PROVED: Turn.SECRET_PROVED,
}
_log = logging.getLogger("voltloom.live")


class Enrolment:
    """Who waits, and what an operator said. placed: told of a station that has another place now.

    `gateway`, `central` and `untold` are set before the gateway listens. untold: keys of rows that are being made durable.
    """

    gateway: Gateway
    central: Central
    untold: set[str]

    def __init__(self, roll: Roll, journal: Journal, placed: Callable[[str], None], clock: Clock) -> None:
        self.roll = roll
        self._journal, self._placed, self._clock = journal, placed, clock
        self._waiting = WaitingRoom()
        self._deciding = asyncio.Lock()
        self._writing: set[asyncio.Task[None]] = set()
        self._run_id, self._count = time.time_ns(), 0

    # --- for operators -----------------------------------------------------------------------------------------------

    def parked(self) -> tuple[ParkedStation, ...]:
        """Return the stations that wait for a word, and those that went away within a day."""
        return self._waiting.stations

    async def approve(self, identity: str, evses: Sequence[str], *, by: str, mark: str = "") -> KnownStation:
        """Let a parked station take part with these outlets, in the order of its numbers.

        mark: of the `ParkedStation` that the operator looked at; "" does not ask. Raises EnrolmentError, StoreError.
        """
        async with self._deciding:
            seen = self._sighting(identity, mark)
            self.roll.check(identity, evses)
            station = self.roll.directory.find(identity) or KnownStation(
                identity=identity,
                least_profile=seen.peer.profile,
                secret_record=seen.peer.secret_record if seen.peer.profile.has_secret else None,
            )
            kept = self._kept(station, Turn.APPROVED, by, evses=tuple(evses))
            await self._write(kept)
            if (name := self.roll.apply(kept)) is not None:
                self._placed(name)
            self._waiting.forget(identity)
            self._let_in(station, seen)
            return station

    async def reject(self, identity: str, *, by: str, reason: str = "") -> None:
        """Let a station in no more, known or not: an open parked link is told Rejected, any other ends at once.

        Raises EnrolmentError for an identity that nobody has seen, StoreError.
        """
        async with self._deciding:
            known = self.roll.directory.find(identity)
            if known is None and self._waiting.find(identity) is None:
                raise EnrolmentError(
                    "identity", identity, "has not been seen", "See the list of those that wait."
                )
            station = known or KnownStation(identity=identity)
            kept = self._kept(station, Turn.REJECTED, by, reason=reason)
            await self._write(kept)
            self.roll.apply(kept)
            self._waiting.forget(identity)
            link = self.gateway.link(identity)
            if link is None or not link.is_parked:
                self.gateway.refuse(identity)
                return
            self._ask_to_boot(link)
            asyncio.get_running_loop().call_later(FAREWELL_S, self._show_out, link)

    async def readmit(self, identity: str, *, by: str) -> None:
        """Let a rejected station come again: one that had outlets with them, another as a stranger.

        Raises EnrolmentError for one that was not rejected, StoreError.
        """
        async with self._deciding:
            known = self.roll.directory.find(identity)
            if known is None or known.standing is not Standing.REFUSED:
                raise EnrolmentError("identity", identity, "was not rejected", "Nothing is to be done.")
            kept = self._kept(known, Turn.READMITTED, by)
            await self._write(kept)
            if (name := self.roll.apply(kept)) is not None:
                self._placed(name)

    async def give_secret(self, identity: str, secret: str, *, by: str) -> None:
        """Let a known station in with a new secret too; the old one ends when the new one is first used.

        Do it before the station is told, so that no crash in between locks it out. Raises EnrolmentError, StoreError.
        """
        try:
            record = await asyncio.to_thread(hashed, secret.encode("utf-8"))
        except SecretError as weak:
            raise EnrolmentError("secret", "", str(weak), "Make a longer one.") from weak
        await self.take_record(identity, record, by=by)

    async def take_record(self, identity: str, record: str | None, *, by: str) -> None:
        """Let a known station in with the secret of another record too; None takes that back.

        Raises EnrolmentError, StoreError.
        """
        async with self._deciding:
            known = self.roll.directory.find(identity)
            if known is None or known.standing is not Standing.APPROVED:
                raise EnrolmentError("identity", identity, "takes no part", "Approve it first.")
            kept = self._kept(replace(known, next_secret_record=record), Turn.SECRET_GIVEN, by)
            await self._write(kept)
            self.roll.apply(kept)

    def told(self, text: str) -> None:
        """Say what is done to a station."""
        _log.info("%s", text)

    # --- for the central system --------------------------------------------------------------------------------------

    def arrived(self, link: Link) -> None:
        """Take note of a new link."""
        if link.is_parked or link.identity not in self.roll.places:
            self._waiting.arrived(link.peer, self._clock.now_s())
        else:
            self.roll.seen(link.identity, self._clock.now_s())

    def waits(self, link: Link, message: object) -> AdmissionStatus:
        """Return how a station that does not take part is answered. message: its boot, decoded, else None."""
        self._waiting.heard(link.identity, message, self._clock.now_s())
        known = self.roll.directory.find(link.identity)
        if known is None or known.standing is not Standing.REFUSED:
            return AdmissionStatus.PENDING
        if message is not None:  # after the answer has gone out
            asyncio.get_running_loop().call_soon(self._show_out, link)
        return AdmissionStatus.REJECTED

    def left(self, link: Link) -> None:
        """Take note that a link is over."""
        now_s = self._clock.now_s()
        self._waiting.left(link.identity, now_s)
        if not link.is_parked and self.roll.directory.find(link.identity) is not None:
            self.roll.seen(link.identity, now_s)
            told = StationSeen(identity=link.identity, seen_s=now_s)
            self._soon(self._append(self._next_key(link.identity, SEEN_KIND), SEEN_KIND, told))

    def noted(self, event: GatewayEvent) -> None:
        """Keep what the gateway learned of a station by itself."""
        turn, known = _KEPT_EVENTS.get(event.kind), self.roll.directory.find(event.identity)
        if turn is not None and known is not None:
            self._soon(self._write(self._kept(known, turn, "")))

    async def settled(self) -> None:
        """Wait until all that is written in passing is durable."""
        if self._writing:
            await asyncio.wait(tuple(self._writing))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _sighting(self, identity: str, mark: str) -> Sighting:
        known = self.roll.directory.find(identity)
        if known is not None and known.standing is Standing.REFUSED:
            raise EnrolmentError("identity", identity, "was rejected", "Readmit it first.")
        if known is not None and identity in self.roll.places:
            raise EnrolmentError("identity", identity, "takes part already", "Reject it to take its outlets.")
        seen = self._waiting.find(identity)
        if seen is None:
            remedy = "Let it connect once, or add [[station]] to the site's file."
            raise EnrolmentError("identity", identity, "has not been seen", remedy)
        if mark and mark != seen.told.mark:
            raise EnrolmentError("mark", mark, "another station waits under this name now", "Look again.")
        return seen

    def _kept(
        self, known: KnownStation, turn: Turn, by: str, *, evses: tuple[str, ...] = (), reason: str = ""
    ) -> StationKept:
        return StationKept(
            identity=known.identity,
            turn=turn,
            evses=evses or self.roll.evses_of(known.identity),
            least_profile=int(known.least_profile),
            secret_record=known.secret_record,
            next_secret_record=known.next_secret_record,
            certificate_name=known.certificate_name,
            file_mark=self.roll.mark(known.identity),
            by=by,
            file_least=self.roll.stated_least(known.identity),
            reason=reason,
        )

    async def _write(self, kept: StationKept) -> None:
        key = self._next_key(kept.identity, KEPT_KIND)
        self.untold.add(key)  # a memory that is made meanwhile knows nothing of it, and may stand behind it
        try:
            await self._append(key, KEPT_KIND, kept)
            self.roll.kept.append(kept)
        finally:
            self.untold.discard(key)
        bound = {"station": kept.identity, "key": kept.by, "happened": kept.turn.value}
        _log.info(
            "%s: %s%s", kept.identity, kept.turn.value, f" by {kept.by}" if kept.by else "", extra=bound
        )

    def _next_key(self, identity: str, kind: str) -> str:
        self._count += 1
        return f"{identity}/{kind}/{self._run_id}/{self._count}"

    async def _append(self, key: str, kind: str, told: Struct) -> None:
        at_ms = int(self._clock.now_s() * 1000.0)
        await self._journal.append(Entry(key, kind, at_ms, msgspec.json.encode(told)))

    def _soon(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(_logged(work))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def _let_in(self, station: KnownStation, seen: Sighting) -> None:
        """Make the open link of an approved station a full one, if it still shows what was approved."""
        link = self.gateway.link(station.identity)
        if link is None or (link.is_parked and link.peer.proof != seen.peer.proof):
            self.roll.directory.put(station)
            if link is not None:
                self.gateway.close(link, 1008, "another station was approved under this name")
            return
        self.gateway.approve(station.identity, station)
        self._ask_to_boot(link)

    def _ask_to_boot(self, link: Link) -> None:
        """Ask for a boot at once; a station that does not understand is sent away and comes again."""

        def answered(told: Struct | CallFailed) -> None:
            status = getattr(told, "status", None)
            if getattr(status, "value", status) != "Accepted" and self.gateway.link(link.identity) is link:
                self.gateway.close(link, 1012, "come again")  # RFC 6455's registry: service restart

        self.central.call(link.identity, boot_asked(OcppVersion(link.peer.subprotocol)), answered)

    def _show_out(self, link: Link) -> None:
        if self.gateway.link(link.identity) is link:
            self.gateway.refuse(link.identity)


def boot_asked(version: OcppVersion) -> Prepared:
    """Return the CALL that asks a station to boot again, in the words of a version."""
    request = actions(version)["TriggerMessage"].request
    return Prepared("TriggerMessage", msgspec.convert({"requestedMessage": "BootNotification"}, type=request))


async def _logged(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except StoreError as unwritten:
        _log.error("what a station showed was not kept: %s", unwritten)
