"""Who asks, and what that key may do. Keys are kept as salted hashes; wrong ones are slowed down by address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Request
from starlette.requests import HTTPConnection

from voltloom.live.config.api import ApiKey, Role
from voltloom.live.gateway.credentials import matches
from voltloom.live.gateway.guards import Buckets, address_group
from voltloom.live.gateway.settings import Rate
from voltloom.web.logins import COOKIE, SAFE, Logins, is_from_here
from voltloom.web.problems import Problem

WRONG_KEYS = Rate(burst_count=20.0, refill_per_s=0.2)
REQUESTS = Rate(burst_count=200.0, refill_per_s=50.0)
REMEMBERED_COUNT = 10_000
Once = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="The same key with the same request is one request: its first answer comes again.",
    ),
]


class Keyring:
    """The keys that open the interface. clock: a monotonic clock in seconds."""

    def __init__(self, keys: Sequence[ApiKey], clock: Callable[[], float]) -> None:
        self._keys = tuple(keys)
        self._clock = clock
        self._wrong = Buckets[str](WRONG_KEYS, remembered=REMEMBERED_COUNT)
        self._requests = Buckets[str](REQUESTS, remembered=REMEMBERED_COUNT)
        self._right: dict[str, ApiKey] = {}  # a record may take 40 ms to verify: once a process is enough

    @property
    def names(self) -> tuple[tuple[str, Role], ...]:
        """Return who may come in, with the role of each."""
        return tuple((key.key_id, key.role) for key in self._keys)

    def opened_by(self, secret: str, address: str) -> ApiKey:
        """Return whose key it is. Raises Problem: 401 for a wrong one, 429 where too many came."""
        now_s = self._clock()
        found = self._right.get(secret)
        if found is None:
            if wait_s := self._wrong.take(address, now_s):
                raise too_many(wait_s)
            given = secret.encode("utf-8")
            found = next((key for key in self._keys if matches(key.secret_record, given)), None)
            if found is None:
                detail = (
                    "This key is not known. Send one whose record stands under [[api.key]] in the site's file, "
                    "or the one that was printed at the start; `voltloom secret` makes another."
                )
                raise Problem(HTTPStatus.UNAUTHORIZED, detail)
            self._wrong.give_back(address, now_s)
            self._right[secret] = found
        self.admit(found)
        return found

    def admit(self, key: ApiKey) -> None:
        """Count a request of a key. Raises Problem: 429 where too many came."""
        if wait_s := self._requests.take(key.key_id, self._clock()):
            raise too_many(wait_s)


def bearer(request: Request, authorization: Annotated[str, Header(include_in_schema=False)] = "") -> ApiKey:
    """Return the key of a request, sent with it or of a browser's login. Raises Problem."""
    scheme, _, secret = authorization.partition(" ")
    if not authorization and (token := request.cookies.get(COOKIE)):
        return _logged_in(request, token)
    if scheme.lower() != "bearer" or not secret.strip():
        raise Problem(
            HTTPStatus.UNAUTHORIZED, "No key was sent. Send it in the header `Authorization: Bearer KEY`."
        )
    return key_sent(request, secret.strip())


def key_sent(request: HTTPConnection, secret: str) -> ApiKey:
    """Return whose key was sent. Raises Problem."""
    keyring: Keyring = request.app.state.keyring
    address = address_group(request.client.host) if request.client else ""
    return keyring.opened_by(secret, address)


def _logged_in(request: Request, token: str) -> ApiKey:
    """Return the key of a browser's login. Raises Problem."""
    logins: Logins = request.app.state.logins
    key = logins.key_of(token)
    if key is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "The login has ended. Log in again.")
    if request.method not in SAFE and not is_from_here(request):
        raise Problem(HTTPStatus.FORBIDDEN, "A login changes things from this site's own pages only.")
    keyring: Keyring = request.app.state.keyring
    keyring.admit(key)
    return key


def at_least(role: Role) -> Callable[[ApiKey], ApiKey]:
    """Return what lets only keys of a role, or of one above it, through."""

    def judged(key: Annotated[ApiKey, Depends(bearer)]) -> ApiKey:
        if key.role < role:
            has, needs = key.role.name.lower(), role.name.lower()
            detail = f"The key '{key.key_id}' has the role {has}; this needs {needs} or one above it."
            raise Problem(HTTPStatus.FORBIDDEN, detail)
        return key

    return judged


class Asker(NamedTuple):
    """Who asks. once: the asker's own name for this request, "" for none."""

    key: ApiKey
    once: str


def asker_of(key: Annotated[ApiKey, Depends(at_least(Role.OPERATOR))], once: Once = "") -> Asker:
    """Return an operator who asks."""
    return Asker(key, f"{key.key_id}/{once}" if once else "")


def too_many(wait_s: float) -> Problem:
    """Return the problem of somebody who asks too often."""
    wait_whole_s = max(1, round(wait_s + 0.5))
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Too many requests: wait {wait_whole_s} s.",
        retry_after_s=wait_whole_s,
    )
