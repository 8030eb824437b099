"""Who is logged in with a browser: a cookie that scripts cannot read and other sites cannot use stands for a key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from voltloom.live.config.api import ApiKey
from voltloom.live.gateway.credentials import drawn_token

COOKIE: Final = "voltloom"
LASTS_S: Final = 12 * 3600.0
LOGINS_COUNT: Final = 1_000
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Logins:
    """Open logins of one run: they end with it. clock: a monotonic clock in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: OrderedDict[str, tuple[ApiKey, float]] = OrderedDict()

    def begin(self, key: ApiKey) -> str:
        """Return what the cookie holds for a key; the oldest login ends where there are too many."""
        token = drawn_token()
        self._open[token] = key, self._clock() + LASTS_S
        if len(self._open) > LOGINS_COUNT:
            self._open.popitem(last=False)
        return token

    def key_of(self, token: str) -> ApiKey | None:
        """Return whose login it is, None where it has ended."""
        found = self._open.get(token)
        if found is None or found[1] < self._clock():
            self._open.pop(token, None)
            return None
        return found[0]

    def end(self, token: str) -> None:
        """End a login."""
        self._open.pop(token, None)


def lasting(connection: HTTPConnection) -> Callable[[], bool]:
    """Return what says whether somebody may still be told things: until the login ends; with a key in each request as long as the run."""
    if connection.headers.get("authorization", "").partition(" ")[0].lower() == "bearer":
        return lambda: True
    logins: Logins = connection.app.state.logins
    token = connection.cookies.get(COOKIE, "")
    return lambda: logins.key_of(token) is not None


def is_from_here(connection: HTTPConnection) -> bool:
    """Return whether a page of this very host asks. A browser always says so where it could be another's."""
    origin = connection.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == connection.headers.get("host")
