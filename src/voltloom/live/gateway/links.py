"""The words between the gateway and the rest: a link to one station, and who is told about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from voltloom.live.gateway.events import Cause
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.gateway.stations import Standing

if TYPE_CHECKING:
    from voltloom.live.gateway.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who is at the other end, as far as was proven.

    certificate_name: the proven one of a client certificate, None under profiles 0 to 2.
    secret_record: of the secret it showed; for a parked station, to be kept if it is approved.
    """

    identity: str
    address: str
    profile: SecurityProfile
    subprotocol: str
    standing: Standing
    certificate_name: str | None = None
    secret_record: str | None = field(default=None, repr=False)
    proof: bytes = field(
        default=b"", repr=False
    )  # what a parked station showed, as a tag; a second connection must show the same


class Link:
    """One connection of one station. There is never more than one live link for an identity.

    generation: 1 for the first link of an identity in this process, one more for each that follows.
    """

    __slots__ = ("_peer", "connection", "generation")

    def __init__(self, peer: Peer, generation: int, connection: Connection) -> None:
        self._peer = peer
        self.generation = generation
        self.connection = connection  # the gateway's own; others use Gateway.send and Gateway.close

    def __repr__(self) -> str:
        return f"Link({self.identity!r}, generation {self.generation}, {self._peer.subprotocol})"

    @property
    def identity(self) -> str:
        """Return the station's identity."""
        return self._peer.identity

    @property
    def peer(self) -> Peer:
        """Return who is at the other end."""
        return self._peer

    @property
    def is_parked(self) -> bool:
        """Say whether the station still waits for an operator's word."""
        return self._peer.standing is Standing.PARKED

    def approved(self, peer: Peer) -> None:
        """Take the operator's word: from now on the link is a full one."""
        self._peer = peer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a link ended. code: the close code that was sent or, for PEER_CLOSED, received; None if there was none."""

    cause: Cause
    code: int | None
    detail: str = ""


class Handler(Protocol):
    """Who is told. Every call comes on the event loop, in the order of one link's life, and must not block.

    `closed` comes exactly once for each `opened`, and for the old link before `opened` of the new one. An
    exception that leaves a call ends that link with close code 1011, and no other.
    """

    def opened(self, link: Link, station: Peer, subprotocol: str) -> None:
        """Take a new link. If `link.is_parked`, the station may only be answered with Pending."""

    def received(self, link: Link, data: bytes) -> None:
        """Take one whole text message, valid UTF-8."""

    def closed(self, link: Link, why: Ending) -> None:
        """Forget a link: nothing more comes of it, and what is sent to it is dropped."""
