"""The gateway: one live link for each station, and what the rest of the program may ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from picows import WSCloseCode

from voltloom.live.gateway.accepting import Acceptor
from voltloom.live.gateway.admission import Admission
from voltloom.live.gateway.connection import Connection
from voltloom.live.gateway.credentials import Verifier
from voltloom.live.gateway.door import Door
from voltloom.live.gateway.events import Cause, EventKind, GatewayEvent, Telling
from voltloom.live.gateway.handshake import Upgrade
from voltloom.live.gateway.links import Handler, Link, Peer
from voltloom.live.gateway.liveness import Liveness
from voltloom.live.gateway.reception import Reception
from voltloom.live.gateway.settings import GatewaySettings, SecurityProfile
from voltloom.live.gateway.stations import Directory, KnownStation, Standing


class Gateway:
    """Everything happens on one event loop: create it there, call it there; the handler is called there.

    report is given every event; it must not block either.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        directory: Directory,
        handler: Handler,
        report: Callable[[GatewayEvent], None],
    ) -> None:
        self.limits = settings.limits
        self.handler = handler
        self.telling = Telling(report)
        self.is_draining = False
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._directory = directory
        self._verifier = Verifier(
            threads=self.limits.verifier_threads,
            waiting=self.limits.verifications,
            remembered=self.limits.remembered,
        )
        admission = Admission(settings, directory, self._verifier, self)
        self._reception = Reception(settings, admission, self.telling, self._hand_over)
        self._acceptors = [
            Acceptor(listener, self._reception.arrived, self._reception.has_room)
            for listener in settings.listeners
        ]
        self._liveness = Liveness(self.limits)
        self._links: dict[str, Link] = {}
        self._parked: set[str] = set()
        self._sockets: set[Connection] = set()  # those that linger after their end included
        self._all_gone = asyncio.Event()
        self._all_gone.set()
        self._generation = 0

    # --- for the rest of the program ---------------------------------------------------------------------------------

    async def start(self) -> tuple[tuple[tuple[str, int], ...], ...]:
        """Listen. Returns the addresses and ports of each listener. Raises OSError if one cannot be had."""
        return tuple([await acceptor.open() for acceptor in self._acceptors])

    def send(self, link: Link, data: bytes) -> bool:
        """Send one text message. Returns False if it was dropped, because the link is over or now ends."""
        is_sent = link.connection.send(data)
        if is_sent:
            self.telling.sent += 1
            self.telling.sent_bytes += len(data)
        return is_sent

    def close(self, link: Link, code: int, reason: str) -> None:
        """End a link. Nothing of it is delivered any more; `Handler.closed` follows soon.

        reason: at most 123 bytes. Raises ValueError for a code that may not be sent.
        """
        link.connection.end(Cause.ASKED, WSCloseCode(code), reason)

    def link(self, identity: str) -> Link | None:
        """Return the live link of a station."""
        return self._links.get(identity)

    @property
    def profiles(self) -> frozenset[SecurityProfile]:
        """Return the security profiles that some listener has."""
        return frozenset(listener.profile for listener in self._settings.listeners)

    @property
    def parked(self) -> tuple[Link, ...]:
        """Return the links that wait for an operator's word."""
        return tuple(self._links[identity] for identity in sorted(self._parked))

    def approve(self, identity: str, known: KnownStation | None = None) -> KnownStation | None:
        """Let a parked station in for good, with the proof it showed. Returns what to keep of it.

        Its link goes on as a full one. None if it is not parked now. known: what is to hold of it, where that was
        written down before; by default what its link showed.
        """
        if identity not in self._parked:
            return None
        link = self._links[identity]
        peer = link.peer
        station = known or KnownStation(
            identity=identity, least_profile=peer.profile, secret_record=peer.secret_record
        )
        self._directory.put(station)
        self._parked.discard(identity)
        link.approved(replace(peer, standing=Standing.APPROVED))
        link.connection.limit(is_parked=False)
        self._tell(EventKind.APPROVED, peer)
        return station

    def refuse(self, identity: str) -> None:
        """Let a station in no more, known or not, and end its link."""
        self._directory.refuse(identity)
        self.telling.tell(GatewayEvent(kind=EventKind.STATION_REFUSED, address="", identity=identity))
        if (link := self._links.get(identity)) is not None:
            link.connection.end(
                Cause.STATION_REFUSED, WSCloseCode.POLICY_VIOLATION, "this station was refused"
            )

    def counters(self) -> dict[str, int]:
        """Return counters and gauges for /metrics."""
        return {
            **self.telling.as_metrics(),
            "links": len(self._links),
            "links_parked": len(self._parked),
            "sockets": len(self._sockets),
            "handshakes": self._reception.waiting,
            "verifications": self._verifier.waiting,
        }

    async def drain(self, settled: Awaitable[object] | None = None, *, within_s: float = 10.0) -> None:
        """Stop: accept nobody, wait for the work in flight (`settled`), then close every link with 1001.

        Links work on until `settled` is done or the time is over. Returns when every socket is closed.
        """
        self.is_draining = True
        for acceptor in self._acceptors:
            acceptor.close()
        await self._reception.close()
        if settled is not None:
            await asyncio.wait([asyncio.ensure_future(settled)], timeout=within_s)
        for link in tuple(self._links.values()):
            link.connection.end(Cause.DRAINED, WSCloseCode.GOING_AWAY, "the server stops")
        await self._all_gone.wait()  # at the latest when the close handshakes time out
        self._liveness.close()
        self._verifier.close()

    # --- for admission -----------------------------------------------------------------------------------------------

    def parked_peer(self, identity: str) -> Peer | None:
        """Return who is parked under this identity."""
        return self._links[identity].peer if identity in self._parked else None

    def has_room(self, identity: str) -> bool:
        """Say whether a link of this identity may be added, or would replace one."""
        return identity in self._links or len(self._links) < self.limits.connections

    def may_park(self, identity: str) -> bool:
        """Say whether this identity may be parked."""
        return identity in self._parked or len(self._parked) < self.limits.parked

    # --- for connections ---------------------------------------------------------------------------------------------

    def _hand_over(self, door: Door, peer: Peer, upgrade: Upgrade, tail: bytes) -> None:
        door.hand_over(Connection(self, peer), upgrade, tail, most_bytes=self.limits.message_bytes)

    def opened(self, connection: Connection) -> Link:
        """Register a connection as the only one of its identity; the one before ends first."""
        peer = connection.peer
        if (before := self._links.get(peer.identity)) is not None:
            what = "replaced by a newer connection of this station"
            before.connection.end(Cause.REPLACED, WSCloseCode.POLICY_VIOLATION, what)
            self._tell_closed(before.connection)
        self._generation += 1
        link = Link(peer, self._generation, connection)
        self._links[peer.identity] = link
        self._sockets.add(connection)
        self._all_gone.clear()
        if link.is_parked:
            self._parked.add(peer.identity)
        else:
            self._learn(peer)
        self._liveness.watch(connection)
        self._tell(EventKind.PARKED if link.is_parked else EventKind.OPENED, peer)
        return link

    def _learn(self, peer: Peer) -> None:
        if self._directory.raised_to(peer.identity, peer.profile):
            self._tell(EventKind.PROFILE_RAISED, peer)
        if self._directory.proved_by(peer.identity, peer.secret_record):
            self._tell(EventKind.SECRET_PROVED, peer)

    def ended(self, connection: Connection) -> None:
        """Tell the handler soon, not now: the end may come while the handler itself is sending."""
        self._loop.call_soon(self._tell_closed, connection)

    def gone(self, connection: Connection) -> None:
        """Forget a closed socket."""
        self._sockets.discard(connection)
        if not self._sockets:
            self._all_gone.set()
        self._tell_closed(connection)

    def _tell_closed(self, connection: Connection) -> None:
        link, ending = connection.link, connection.ending
        if connection.is_told or link is None or ending is None:
            return
        connection.is_told = True
        if self._links.get(link.identity) is link:
            del self._links[link.identity]
            self._parked.discard(link.identity)
        event = GatewayEvent(
            kind=EventKind.CLOSED,
            address=link.peer.address,
            identity=link.identity,
            detail=ending.detail,
            cause=ending.cause,
        )
        self.telling.tell(event)
        self.handler.closed(link, ending)

    def _tell(self, kind: EventKind, peer: Peer) -> None:
        detail = f"profile {int(peer.profile)}, {peer.subprotocol}"
        self.telling.tell(
            GatewayEvent(kind=kind, address=peer.address, identity=peer.identity, detail=detail)
        )
