"""One GET over HTTP, bounded in time and size, in a thread beside the loop."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

MOST_BYTES = 4_000_000  # a month of quarter-hour prices as XML has a tenth of it
TIME_OUT_S = 20.0
_PIECE_BYTES = 65_536
_AGENT = "voltloom"


class FetchError(Exception):
    """A service did not answer as it should; the text says how, and never an address with its secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. url: http or https; secrets belong in headers or query, which no message repeats."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    time_out_s: float = TIME_OUT_S
    most_bytes: int = MOST_BYTES


class Exchange:
    """One question and its answer. `end` may be called from another thread, and ends a read that waits."""

    def __init__(self, request: Request) -> None:
        """Ask nothing yet."""
        self._request = request
        self._socket: socket.socket | None = None
        self._is_over = False

    def run(self) -> bytes:
        """Return the body of a 200 answer; nobody is followed elsewhere, so that no secret goes there."""
        address = _address(self._request.url)
        secure = address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        line = kind(address.hostname or "", address.port, timeout=self._request.time_out_s)
        try:
            line.connect()
            self._socket = line.sock
            self._go_on()
            target = address._replace(scheme="", netloc="", fragment="").geturl() or "/"
            line.request("GET", target, headers={"User-Agent": _AGENT, **self._request.headers})
            with line.getresponse() as answer:
                if answer.status != http.HTTPStatus.OK:
                    raise FetchError(f"it answers {answer.status}")
                return self._body(answer)
        finally:
            line.close()

    def _body(self, answer: http.client.HTTPResponse) -> bytes:
        pieces, size = [], 0
        while piece := answer.read1(_PIECE_BYTES):
            self._go_on()
            size += len(piece)
            if size > self._request.most_bytes:
                raise FetchError(f"it answers more than {self._request.most_bytes} bytes")
            pieces.append(piece)
        if answer.length:
            raise FetchError(f"it breaks off {answer.length} bytes before the end")
        return b"".join(pieces)

    def _go_on(self) -> None:
        """Raises FetchError when nobody waits any more: a connection that came after its end was not cut."""
        if self._is_over:
            raise FetchError("nobody waits for it any more")

    def end(self) -> None:
        """Cut the connection, if there is one, and let none begin."""
        self._is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


async def fetched(request: Request) -> bytes:
    """Return the body of a 200 answer; raises FetchError for everything else, also for too late and too much.

    Too late is what is not whole after time_out_s, however it trickles.
    """
    exchange = Exchange(request)
    try:
        async with asyncio.timeout(request.time_out_s):
            return await asyncio.to_thread(exchange.run)
    except TimeoutError as late:
        raise FetchError(f"no whole answer within {request.time_out_s:g} s") from late
    except (OSError, http.client.HTTPException) as broken:
        raise FetchError(
            f"it cannot be reached ({type(broken).__name__}); check its url and the network"
        ) from broken
    except ValueError as wrong:  # a name no one can look up, a path or a header that no request can hold
        raise FetchError("its address or what is sent there is not usable") from wrong
    finally:
        exchange.end()


def is_usable(url: str) -> bool:
    """Return whether an address can be asked at all."""
    try:
        _address(url)
    except FetchError:
        return False
    return True


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        is_usable = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError as wrong:  # a port that is no number
        raise FetchError("its address is not usable") from wrong
    if not is_usable:
        raise FetchError("its address is neither http nor https")
    return address
