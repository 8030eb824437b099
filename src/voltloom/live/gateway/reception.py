"""From an accepted socket to a link: each connection is greeted by one short task that ends when it is decided."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

import aiofastnet

from voltloom.live.gateway.admission import Admission, Arrival, Mute, Refused
from voltloom.live.gateway.door import Door, HeadTooLongError, mute_answer
from voltloom.live.gateway.events import EventKind, GatewayEvent, Telling
from voltloom.live.gateway.guards import Buckets, address_group
from voltloom.live.gateway.handshake import Refusal, Upgrade, read_head, refusal_bytes
from voltloom.live.gateway.links import Peer
from voltloom.live.gateway.settings import GatewaySettings, Listener, SecurityProfile
from voltloom.live.gateway.tls import certificate_name

_BIO_BYTES = (
    16 * 1024 + 1024
)  # one TLS record; used where OpenSSL cannot read from the socket itself, see tls.py

HandOver = Callable[[Door, Peer, Upgrade, bytes], None]


class Reception:
    """Greets connections, at most `Limits.handshakes` at once.

    When all are taken, one that is older than `Limits.handshake_patience_s` makes room, for an honest one is quick.
    If there is none, nobody is at fault and new ones wait.
    """

    def __init__(
        self, settings: GatewaySettings, admission: Admission, telling: Telling, hand_over: HandOver
    ) -> None:
        self._settings = settings
        self._limits = settings.limits
        self._admission = admission
        self._telling = telling
        self._hand_over = hand_over
        self._loop = asyncio.get_running_loop()
        self._attempts = Buckets[str](self._limits.attempts_by_address, remembered=self._limits.remembered)
        self._limited: set[str] = set()  # addresses whose refusal was reported
        self._greetings: dict[asyncio.Task[None], tuple[str, float]] = {}  # address, since; oldest first
        self._doors: set[Door] = set()  # those that were answered and still close included
        self._no_doors = asyncio.Event()
        self._no_doors.set()

    @property
    def waiting(self) -> int:
        """Return how many connections are not decided yet."""
        return len(self._greetings)

    def has_room(self) -> bool:
        """Say whether a new connection can be greeted, be it in the place of one that takes too long."""
        if len(self._greetings) < self._limits.handshakes:
            return True
        _, since_s = next(iter(self._greetings.values()))
        return self._loop.time() - since_s >= self._limits.handshake_patience_s

    def arrived(self, connected: socket.socket, address: str, listener: Listener) -> None:
        """Take a new connection; one of an address that tries too often is closed without a word."""
        group = address_group(address)
        if self._attempts.take(group, self._loop.time()) > 0.0:
            connected.close()
            self._tell_limited(group, address)
            return
        self._limited.discard(group)
        if len(self._greetings) >= self._limits.handshakes:
            oldest = next(iter(self._greetings))
            evicted, _ = self._greetings.pop(oldest)
            oldest.cancel()
            self._telling.tell(GatewayEvent(kind=EventKind.HANDSHAKE_EVICTED, address=evicted))
        door = Door(self._forget)
        self._doors.add(door)
        self._no_doors.clear()
        task = self._loop.create_task(self._greet(door, connected, address, listener))
        self._greetings[task] = (address, self._loop.time())
        task.add_done_callback(partial(self._greeted, door, connected))

    async def close(self) -> None:
        """Let nobody in any more who is not in yet. Returns when their sockets are closed."""
        waiting = list(self._greetings)
        for task in waiting:
            task.cancel()
        for door in tuple(self._doors):
            door.abort()
        await self._no_doors.wait()
        await asyncio.gather(*waiting, return_exceptions=True)

    def _greeted(self, door: Door, connected: socket.socket, task: asyncio.Task[None]) -> None:
        self._greetings.pop(task, None)
        if task.cancelled() or task.exception() is not None:
            door.abort()  # an eviction, the shutdown or a bug; no socket may be left behind
        if door.transport is None:
            # Its transport, if there is one, closes the socket in this turn of the loop; closing it before would take
            # the file descriptor away under it.
            self._loop.call_soon(self._close_unborn, door, connected)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error  # a bug of ours: the event loop reports it, the others go on

    def _close_unborn(self, door: Door, connected: socket.socket) -> None:
        connected.close()
        self._forget(door)

    def _forget(self, door: Door) -> None:
        self._doors.discard(door)
        if not self._doors:
            self._no_doors.set()

    def _tell_limited(self, group: str, address: str) -> None:
        if group in self._limited or len(self._limited) >= self._limits.remembered:
            self._telling.count_only(EventKind.ADDRESS_LIMITED)
            return
        self._limited.add(group)
        self._telling.tell(GatewayEvent(kind=EventKind.ADDRESS_LIMITED, address=address))

    async def _greet(self, door: Door, connected: socket.socket, address: str, listener: Listener) -> None:
        try:
            async with asyncio.timeout(self._limits.handshake_s):
                await aiofastnet.connect_accepted_socket(
                    self._loop, lambda: door, connected, ssl=listener.tls,
                    ssl_handshake_timeout=self._limits.handshake_s if listener.tls else None,
                    ssl_shutdown_timeout=self._limits.close_s if listener.tls else None,
                    ssl_incoming_bio_size=_BIO_BYTES if listener.tls else None,
                    ssl_outgoing_bio_size=_BIO_BYTES if listener.tls else None,
                )  # fmt: skip
                head, tail = await door.head
                await self._answer(door, head, tail, (address, listener))
        except TimeoutError:
            self._lost(door, EventKind.HANDSHAKE_TIMED_OUT, address, "the request took too long")
        except HeadTooLongError:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            refusal = Refusal(status=status, detail="the request is too long")
            self._refuse(door, Refused(kind=EventKind.HANDSHAKE_MALFORMED, refusal=refusal), address, "")
        except (ssl.SSLError, OSError) as error:
            is_tls = listener.tls is not None and door.transport is None
            kind = EventKind.TLS_FAILED if is_tls else EventKind.HANDSHAKE_MALFORMED
            self._lost(door, kind, address, str(error) or type(error).__name__)

    async def _answer(self, door: Door, head: bytes, tail: bytes, place: tuple[str, Listener]) -> None:
        address, listener = place
        upgrade = read_head(head)
        if isinstance(upgrade, Refusal):
            self._refuse(door, Refused(kind=EventKind.HANDSHAKE_MALFORMED, refusal=upgrade), address, "")
            return
        assert door.transport is not None
        name = None
        if listener.profile is SecurityProfile.MUTUAL_TLS:
            name = certificate_name(door.transport.get_extra_info("peercert"), time.time())
        arrival = Arrival(address=address, profile=listener.profile, certificate_name=name)
        decided = await self._admission.decided(upgrade, arrival, self._loop.time())
        # No await from here on: the decision holds for this moment.
        if isinstance(decided, Refused):
            self._refuse(door, decided, address, upgrade.identity)
        elif isinstance(decided, Mute):
            event = GatewayEvent(
                kind=EventKind.NO_SUBPROTOCOL,
                address=address,
                identity=upgrade.identity,
                detail=decided.detail,
            )
            self._telling.tell(event)
            door.answer(mute_answer(upgrade.key, decided.detail))
        elif not door.is_lost:
            self._attempts.give_back(address_group(address), self._loop.time())
            self._hand_over(door, decided, upgrade, tail)
            self._forget(door)

    def _refuse(self, door: Door, refused: Refused, address: str, identity: str) -> None:
        detail = refused.refusal.detail
        event = GatewayEvent(kind=refused.kind, address=address, identity=identity, detail=detail)
        self._telling.tell(event)
        door.answer(refusal_bytes(refused.refusal, realm=self._settings.realm))

    def _lost(self, door: Door, kind: EventKind, address: str, detail: str) -> None:
        self._telling.tell(GatewayEvent(kind=kind, address=address, detail=detail))
        door.abort()
