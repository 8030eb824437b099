"""Listening sockets: connections are taken as they come, and an address that tries too often is turned away first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from voltloom.live.gateway.settings import Listener

BACKLOG = 4096  # the kernel cuts it to net.core.somaxconn
_AT_ONCE = (
    16  # between two turns of the event loop, so that a storm delays nobody by more than its handshakes cost
)
_PAUSE_S = 1.0  # when the process has no file descriptor left
_BREATH_S = 0.01  # when as many handshakes are under way as may be

Arrived = Callable[[socket.socket, str, Listener], None]


class Acceptor:
    """Takes connections at one listener and gives each to `arrived` with the peer's address.

    While there is no room, connections wait in the kernel: a storm comes in as quickly as it can be served.
    """

    def __init__(self, listener: Listener, arrived: Arrived, has_room: Callable[[], bool]) -> None:
        self._has_room = has_room
        self._listener = listener
        self._arrived = arrived
        self._loop = asyncio.get_running_loop()
        self._sockets: list[socket.socket] = []
        self._paused: asyncio.TimerHandle | None = None

    async def open(self) -> tuple[tuple[str, int], ...]:
        """Listen. Returns the addresses and ports. Raises OSError if one cannot be had."""
        found = await self._loop.getaddrinfo(
            self._listener.host, self._listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, kind, number, _, address in dict.fromkeys(found):
            listening = socket.socket(family, kind, number)
            self._sockets.append(listening)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.setblocking(False)
            try:
                listening.bind(address)
            except OSError as wrong:
                where = f"{self._listener.host}:{self._listener.port} ([gateway])"
                raise OSError(wrong.errno, f"{where}: {wrong.strerror}") from wrong
            listening.listen(BACKLOG)
        self._watch()
        names = [listening.getsockname() for listening in self._sockets]
        return tuple((str(name[0]), int(name[1])) for name in names)

    def close(self) -> None:
        """Listen no more."""
        if self._paused is not None:
            self._paused.cancel()
        for listening in self._sockets:
            self._loop.remove_reader(listening)
            listening.close()
        self._sockets.clear()

    def _watch(self) -> None:
        self._paused = None
        for listening in self._sockets:
            self._loop.add_reader(listening, self._take, listening)

    def _take(self, listening: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            if not self._has_room():
                self._pause(_BREATH_S)
                return
            try:
                connected, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:
                self._pause(_PAUSE_S)
                return
            connected.setblocking(False)
            self._arrived(connected, str(address[0]), self._listener)

    def _pause(self, pause_s: float) -> None:
        """Look away for a moment: the sockets stay readable and would eat the processor."""
        for listening in self._sockets:
            self._loop.remove_reader(listening)
        if self._paused is None:
            self._paused = self._loop.call_later(pause_s, self._watch)
