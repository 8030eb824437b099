"""Who may come in: one decision for each well-formed request, the cheap questions first."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Protocol

from voltloom.live.gateway.credentials import SecretError, Verifier
from voltloom.live.gateway.events import EventKind
from voltloom.live.gateway.guards import BackOff, Buckets, address_group
from voltloom.live.gateway.handshake import (
    SUBPROTOCOLS,
    BasicCredentials,
    Refusal,
    Upgrade,
    chosen_subprotocol,
)
from voltloom.live.gateway.links import Peer
from voltloom.live.gateway.settings import GatewaySettings, NoSubprotocol, SecurityProfile, UnknownStations
from voltloom.live.gateway.stations import Directory, KnownStation, Standing

REFUSED_AGAIN_S = 3600.0  # a refused station is asked not to come again before


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where a request came from. certificate_name: the proven one, under profile 3 only."""

    address: str
    profile: SecurityProfile
    certificate_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The request is not let in."""

    kind: EventKind
    refusal: Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """The request offers no OCPP version we speak: it is let in without one and shown out (OCPP-J 1.6, 3.1.2)."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """The identity is proved. secret_record: of the secret that proved it, None where none was asked for."""

    secret_record: str | None = field(default=None, repr=False)


class Occupancy(Protocol):
    """What admission asks about the links there are."""

    is_draining: bool

    def parked_peer(self, identity: str) -> Peer | None:
        """Return who is parked under this identity."""

    def has_room(self, identity: str) -> bool:
        """Say whether a link of this identity may be added, or would replace one."""

    def may_park(self, identity: str) -> bool:
        """Say whether this identity may be parked."""


class Admission:
    """Decides who may come in. What it remembers is bounded by `Limits.remembered`."""

    def __init__(
        self, settings: GatewaySettings, directory: Directory, verifier: Verifier, occupancy: Occupancy
    ) -> None:
        limits = settings.limits
        self._settings = settings
        self._directory = directory
        self._verifier = verifier
        self._occupancy = occupancy
        self._back_off = BackOff(limits)
        self._connects = Buckets[str](limits.connects_by_identity, remembered=limits.remembered)

    async def decided(self, upgrade: Upgrade, arrival: Arrival, now_s: float) -> Peer | Refused | Mute:
        """Return who it is that comes in, or why not.

        After the last question there is no await: whoever acts on the answer at once acts on the present state.
        """
        known = self._directory.find(upgrade.identity)
        if refused := self._refused_at_once(known, arrival.profile):
            return refused
        subprotocol = chosen_subprotocol(upgrade.offered)
        if subprotocol is None:
            remedy = f"offer one of {', '.join(SUBPROTOCOLS)}"
            if upgrade.offered:
                return Mute(detail=remedy)
            if self._settings.no_subprotocol is NoSubprotocol.REFUSE:
                return _refused(EventKind.NO_SUBPROTOCOL, HTTPStatus.BAD_REQUEST, f"no subprotocol: {remedy}")
            subprotocol = SUBPROTOCOLS[0]
        proof = await self._proof(known, upgrade, arrival, now_s)
        if isinstance(proof, Refused):
            return proof
        # Somebody may have been refused, and another have come in, while a secret was verified.
        if self._directory.find(upgrade.identity) != known:
            return _later(EventKind.REFUSED_STATION, "what is known of this station just changed", 1)
        peer = Peer(
            identity=upgrade.identity,
            address=arrival.address,
            profile=arrival.profile,
            subprotocol=subprotocol,
            standing=Standing.PARKED if known is None else known.standing,
            certificate_name=arrival.certificate_name,
            secret_record=proof.secret_record,
        )
        parked = await self._parked(peer, upgrade.credentials) if known is None else peer
        return self._without_room(parked, now_s) or parked if isinstance(parked, Peer) else parked

    def _refused_at_once(self, known: KnownStation | None, profile: SecurityProfile) -> Refused | None:
        if self._occupancy.is_draining:
            return _later(EventKind.DRAINING, "the server is about to stop", 5)
        if known is None:
            if self._settings.unknown_stations is UnknownStations.REFUSE:
                return _refused(EventKind.UNKNOWN_REFUSED, HTTPStatus.NOT_FOUND, "this station is not known")
            return None
        if known.standing is Standing.REFUSED:
            what = "this station was refused"
            return _later(EventKind.REFUSED_STATION, what, REFUSED_AGAIN_S, HTTPStatus.FORBIDDEN)
        if profile < known.least_profile:
            what = f"this station must use security profile {int(known.least_profile)} or higher"
            return _refused(EventKind.PROFILE_TOO_LOW, HTTPStatus.FORBIDDEN, what)
        return None

    async def _proof(
        self, known: KnownStation | None, upgrade: Upgrade, arrival: Arrival, now_s: float
    ) -> Proven | Refused:
        """Return what proves the identity, or why nothing does. A stranger has nothing to prove yet."""
        if arrival.profile is SecurityProfile.MUTUAL_TLS:
            expected = upgrade.identity if known is None else known.expected_certificate_name
            if arrival.certificate_name != expected:
                what = "the certificate is not this station's, or it has ended"
                return _refused(EventKind.CERTIFICATE_MISMATCH, HTTPStatus.FORBIDDEN, what)
        if not arrival.profile.has_secret:
            return Proven()
        if upgrade.credentials is None:
            what = "name and secret are missing"
            return _refused(EventKind.CREDENTIALS_MISSING, HTTPStatus.UNAUTHORIZED, what)
        pair = (address_group(arrival.address), upgrade.identity)
        if wait_s := self._back_off.wait_s(pair, now_s):
            return _later(
                EventKind.BACKED_OFF, "too many wrong secrets", wait_s, HTTPStatus.TOO_MANY_REQUESTS
            )
        if upgrade.credentials.username == upgrade.identity:
            found = Proven() if known is None else await self._matched(known, upgrade.credentials.secret)
            if isinstance(found, Refused):
                return found
            if found is not None:
                self._back_off.succeeded(pair)
                return found
        self._back_off.failed(pair, now_s)
        return _refused(EventKind.CREDENTIALS_WRONG, HTTPStatus.UNAUTHORIZED, "name or secret is wrong")

    async def _matched(self, known: KnownStation, secret: bytes) -> Proven | Refused | None:
        """Return the record that a secret matches, None where it matches none."""
        for record in known.secret_records:
            is_right = self._verifier.known(known.identity, record, secret)
            if is_right is None:
                if self._verifier.is_full:
                    return _later(EventKind.VERIFIER_FULL, "many stations connect at once", 10)
                is_right = await self._verifier.verified(known.identity, record, secret)
            if is_right:
                return Proven(secret_record=record)
        return None

    async def _parked(self, peer: Peer, credentials: BasicCredentials | None) -> Peer | Refused:
        """Return the stranger with what it showed; a second one of that name must show the same."""
        secret = credentials.secret if credentials and peer.profile.has_secret else b""
        proof = self._verifier.tag(peer.identity, "parked", secret)
        before = self._occupancy.parked_peer(peer.identity)
        record = before.secret_record if before is not None and before.proof == proof else None
        if peer.profile.has_secret and record is None and self._occupancy.may_park(peer.identity):
            if self._verifier.is_full:
                return _later(EventKind.VERIFIER_FULL, "many stations connect at once", 10)
            try:
                record = await self._verifier.record_of(secret)
            except SecretError as error:
                return _refused(EventKind.CREDENTIALS_WRONG, HTTPStatus.UNAUTHORIZED, str(error))
        if self._directory.find(peer.identity) is not None:
            return _later(EventKind.REFUSED_STATION, "what is known of this station just changed", 1)
        before = self._occupancy.parked_peer(peer.identity)
        if before is not None and before.proof != proof:
            what = "another connection waits under this identity with another secret"
            return _refused(EventKind.CREDENTIALS_WRONG, HTTPStatus.UNAUTHORIZED, what)
        return Peer(
            identity=peer.identity,
            address=peer.address,
            profile=peer.profile,
            subprotocol=peer.subprotocol,
            standing=Standing.PARKED,
            certificate_name=peer.certificate_name,
            secret_record=record,
            proof=proof,
        )

    def _without_room(self, peer: Peer, now_s: float) -> Refused | None:
        if peer.standing is Standing.PARKED and not self._occupancy.may_park(peer.identity):
            return _later(EventKind.PARKING_FULL, "too many unknown stations wait for approval", 300)
        if not self._occupancy.has_room(peer.identity):
            return _later(EventKind.CONNECTIONS_FULL, "too many stations are connected", 60)
        if wait_s := self._connects.take(peer.identity, now_s):
            what = "this station connects too often"
            return _later(EventKind.IDENTITY_LIMITED, what, wait_s, HTTPStatus.TOO_MANY_REQUESTS)
        return None


def _refused(kind: EventKind, status: HTTPStatus, detail: str) -> Refused:
    return Refused(kind=kind, refusal=Refusal(status=status, detail=detail))


def _later(
    kind: EventKind, detail: str, wait_s: float, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE
) -> Refused:
    return Refused(kind=kind, refusal=Refusal(status=status, detail=detail, retry_after_s=ceil(wait_s)))
