"""Station secrets at rest and their verification: slow hashes in threads, a cache so that a storm costs little."""

import asyncio
import hashlib
import hmac
import os
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

Args = TypeVarTuple("Args")
Result = TypeVar("Result")

SCRYPT_N = 2**14  # 16 MiB and about 40 ms a guess; the record carries its own cost, so this may rise
LEAST_SECRET_BYTES = 16  # OCPP 1.6 security white paper 7.2, OCPP 2.x BasicAuthPassword
GENERATED_BYTES = 20  # the most that fits 1.6's AuthorizationKey of 40 hexadecimal digits
_HEX_KEY = re.compile(rb"(?:[0-9A-Fa-f]{2}){16,20}")
_RECORD = re.compile(
    r"scrypt\$(2|4|8|[1-9][0-9]{1,7})\$([0-9a-f]{2}){8,64}\$[0-9a-f]{64}|hmac-sha256\$([0-9a-f]{2}){8,64}\$[0-9a-f]{64}"
)


class SecretError(ValueError):
    """A secret that may not be used, or a record that is none."""


def canonical_secret(secret: bytes) -> bytes:
    """Return the one form of a secret that is hashed.

    OCPP 1.6 gives the key hex-coded; some stations send the digits, others the bytes they stand for. Both end
    here as the bytes, in any case of the digits, so one hash serves both.
    """
    return bytes.fromhex(secret.decode("ascii")) if _HEX_KEY.fullmatch(secret) else secret


def hashed(secret: bytes, *, cost: int = SCRYPT_N) -> str:
    """Return the record to keep of a secret that somebody chose: `scrypt$N$salt$digest`.

    Takes about 40 ms. Raises SecretError for a secret below 16 bytes.
    """
    if len(canonical_secret(secret)) < LEAST_SECRET_BYTES:
        raise SecretError(f"a station's secret has at least {LEAST_SECRET_BYTES} bytes")
    salt = os.urandom(16)
    return f"scrypt${cost}${salt.hex()}${_scrypt(secret, salt, cost).hex()}"


def drawn_token() -> str:
    """Return a word that nobody can guess: 256 random bits."""
    return os.urandom(32).hex()


def generated() -> tuple[str, str]:
    """Return a new random secret as 40 hexadecimal digits, and the record to keep of it: `hmac-sha256$salt$digest`.

    160 random bits cannot be guessed however cheap a guess is, so a quick salted hash is enough (NIST SP 800-63B,
    5.1.2.2), and ten thousand of them are verified in a second after a restart.
    """
    secret, salt = os.urandom(GENERATED_BYTES).hex().upper(), os.urandom(16)
    digest = hmac.digest(salt, canonical_secret(secret.encode("ascii")), "sha256")
    return secret, f"hmac-sha256${salt.hex()}${digest.hex()}"


def is_quick(record: str) -> bool:
    """Say whether a record can be verified on the event loop."""
    return record.startswith("hmac-sha256$")


def is_record(text: str) -> bool:
    """Say whether a text is a record that `matches` can read."""
    return _RECORD.fullmatch(text) is not None


def matches(record: str, secret: bytes) -> bool:
    """Say whether a secret is the one of the record, in constant time. Raises SecretError for a broken record."""
    try:
        match record.split("$"):
            case ["scrypt", cost, salt, digest]:
                found = _scrypt(secret, bytes.fromhex(salt), int(cost))
            case ["hmac-sha256", salt, digest]:
                found = hmac.digest(bytes.fromhex(salt), canonical_secret(secret), "sha256")
            case _:
                raise SecretError("unknown kind of record")
        return hmac.compare_digest(found, bytes.fromhex(digest))
    except ValueError as error:
        raise SecretError("a station's record of its secret is broken") from error


def _scrypt(secret: bytes, salt: bytes, cost: int) -> bytes:
    memory_bytes = 128 * 8 * (cost + 8) + (1 << 20)
    return hashlib.scrypt(
        canonical_secret(secret), salt=salt, n=cost, r=8, p=1, maxmem=memory_bytes, dklen=32
    )


class Verifier:
    """Verifies secrets beside the event loop, and remembers which were right.

    What is remembered is an HMAC under a key that only this process has, over identity, record and secret:
    a changed record forgets by itself, and nothing of it ever reaches a disk. Only successes are kept.
    """

    def __init__(self, *, threads: int, waiting: int, remembered: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="voltloom-verify")
        self._most_waiting = waiting
        self._most_remembered = remembered
        self._waiting = 0
        self._key = os.urandom(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()

    @property
    def waiting(self) -> int:
        """Return how many verifications are in the queue or at work."""
        return self._waiting

    @property
    def is_full(self) -> bool:
        """Say whether the queue takes no more."""
        return self._waiting >= self._most_waiting

    def tag(self, identity: str, record: str, secret: bytes) -> bytes:
        """Return what stands for this combination in this process alone."""
        parts = (identity.encode("utf-8"), record.encode("utf-8"), canonical_secret(secret))
        return hmac.digest(self._key, b"".join(len(p).to_bytes(4, "big") + p for p in parts), "sha256")

    def known(self, identity: str, record: str, secret: bytes) -> bool | None:
        """Return the answer if it costs next to nothing, else None: then `verified` must be awaited."""
        if is_quick(record):
            return matches(record, secret)
        tag = self.tag(identity, record, secret)
        if tag in self._right:
            self._right.move_to_end(tag)
            return True
        return None

    async def verified(self, identity: str, record: str, secret: bytes) -> bool:
        """Return whether the secret is right, computed in a thread.

        Whoever stops waiting does not stop the work: its result is there for the next attempt.
        """
        tag = self.tag(identity, record, secret)
        work = self._in_thread(matches, record, secret)
        work.add_done_callback(lambda done: self._remember(tag, done))
        return await asyncio.shield(work)

    async def record_of(self, secret: bytes) -> str:
        """Return the record of a secret, computed in a thread. Raises SecretError for one that is too short."""
        return await asyncio.shield(self._in_thread(hashed, secret))

    def _in_thread(self, compute: Callable[[*Args], Result], *args: *Args) -> asyncio.Future[Result]:
        work = asyncio.get_running_loop().run_in_executor(self._pool, compute, *args)
        self._waiting += 1
        work.add_done_callback(self._done)
        return work

    def _done(self, work: asyncio.Future[Result]) -> None:
        self._waiting -= 1
        if not work.cancelled():
            work.exception()  # whoever asked may have gone; a broken record is no news to anybody else

    def _remember(self, tag: bytes, work: asyncio.Future[bool]) -> None:
        if work.cancelled() or work.exception() is not None or not work.result():
            return
        self._right[tag] = None
        if len(self._right) > self._most_remembered:
            self._right.popitem(last=False)

    def close(self) -> None:
        """Let the threads end; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
