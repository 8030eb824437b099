"""A station's secret renewed and its security profile raised over its own link; nothing here lowers either.

What is written down comes first: no crash between the journal and the station locks a station out.
"""

from __future__ import annotations

import asyncio
import re
from enum import Enum
from typing import Final

from msgspec import Struct

from voltloom.live.enrolment.deciding import Enrolment
from voltloom.live.enrolment.kinds import EnrolmentError
from voltloom.live.gateway.credentials import generated
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.gateway.stations import KnownStation, Standing
from voltloom.protocols.ocpp import security
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.link import CallFailed
from voltloom.protocols.ocpp.prepared import Prepared

_URL: Final = re.compile(r"wss?://[^\s/?#]+(/[^\s?#]*)?")


class Renewal(Enum):
    """What became of it."""

    TAKEN = "taken"  # it holds once the station connects by it
    REFUSED = "refused"  # by the station: everything is as before
    UNANSWERED = "unanswered"  # it may have been taken: the old and the new open


class Renewing:
    """Renews what a connected station proves itself with."""

    def __init__(self, enrolment: Enrolment) -> None:
        self._enrolment = enrolment

    async def renew_secret(self, identity: str, *, by: str) -> Renewal:
        """Give a station a new random secret, which nobody sees; the old one ends when the new one is first used.

        Raises EnrolmentError for a station that is not connected or proves itself otherwise, StoreError.
        """
        known, version = self._connected(identity)
        link = self._enrolment.gateway.link(identity)
        if link is None or not link.peer.profile.has_secret:
            raise EnrolmentError(
                "identity", identity, "does not prove itself with a secret", "Nothing to renew."
            )
        secret, record = generated()
        await self._enrolment.take_record(identity, record, by=by)
        answer = await self._asked(identity, security.secret_given(secret, version))
        is_taken = security.is_taken(answer)
        if is_taken is False:
            await self._enrolment.take_record(identity, known.next_secret_record, by=by)
            return Renewal.REFUSED
        return Renewal.UNANSWERED if is_taken is None else Renewal.TAKEN

    async def raise_profile(
        self, identity: str, profile: SecurityProfile, *, by: str, url: str = "", slot: int = 2
    ) -> Renewal:
        """Ask a station to connect by a higher security profile. 1.6 keeps its address; 2.x needs url and a free slot.

        The lower profile is shut once the station has come by the higher one. Raises EnrolmentError for a profile that
        is not higher, or that no listener has.
        """
        known, version = self._connected(identity)
        link = self._enrolment.gateway.link(identity)
        now = max(known.least_profile, link.peer.profile if link is not None else known.least_profile)
        if profile <= now:
            problem = f"is not above the {int(now)} it has"
            raise EnrolmentError(
                "profile", str(int(profile)), problem, "A profile is never lowered by a message."
            )
        if profile not in self._enrolment.gateway.profiles:
            raise EnrolmentError("profile", str(int(profile)), "no listener has it", "Add a listener.")
        if profile.has_secret and known.secret_record is None:
            raise EnrolmentError("profile", str(int(profile)), "it has no secret", "Give it one first.")
        self._enrolment.told(f"{identity}: asked to use security profile {int(profile)} by {by}")
        if version is OcppVersion.V16:
            return _renewal(await self._asked(identity, security.profile_raised(profile)))
        if not _URL.fullmatch(url) or (profile.has_tls and not url.startswith("wss://")):
            raise EnrolmentError("url", url, "is no address for this profile", "Write wss://HOST:PORT/ocpp.")
        written = security.network_profile(slot, url, profile, version)
        if (outcome := _renewal(await self._asked(identity, written))) is not Renewal.TAKEN:
            return outcome
        before = security.priority_told(await self._asked(identity, security.priority_asked(version)))
        first = security.priority_given(slot, before, version)
        if (outcome := _renewal(await self._asked(identity, first))) is not Renewal.TAKEN:
            return outcome
        return _renewal(await self._asked(identity, security.restart_asked(version)))

    def _connected(self, identity: str) -> tuple[KnownStation, OcppVersion]:
        known = self._enrolment.roll.directory.find(identity)
        version = self._enrolment.central.version_of(identity)
        if known is None or known.standing is not Standing.APPROVED:
            raise EnrolmentError("identity", identity, "takes no part", "Approve it first.")
        if version is None:
            raise EnrolmentError("identity", identity, "is not connected", "Wait until it is.")
        return known, version

    async def _asked(self, identity: str, prepared: Prepared) -> Struct | CallFailed:
        answer: asyncio.Future[Struct | CallFailed] = asyncio.get_running_loop().create_future()

        def told(struct: Struct | CallFailed) -> None:
            if not answer.done():
                answer.set_result(struct)

        self._enrolment.central.call(identity, prepared, told)
        return await answer


def _renewal(answer: Struct | CallFailed) -> Renewal:
    is_taken = security.is_taken(answer)
    if is_taken is None:
        return Renewal.UNANSWERED
    return Renewal.TAKEN if is_taken else Renewal.REFUSED
