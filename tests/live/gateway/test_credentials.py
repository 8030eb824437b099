"""Secrets at rest: both forms of a 1.6 key, slow and quick records, and what is remembered of them."""

import asyncio
import base64

import pytest

from tests.live.gateway.stage import RECORD, SECRET
from voltloom.live.gateway.credentials import (
    SecretError,
    Verifier,
    canonical_secret,
    generated,
    hashed,
    is_quick,
    matches,
)

KEY_BYTES = bytes(range(200, 220))
KEY_HEX = KEY_BYTES.hex().upper()


@pytest.mark.parametrize("kept", [KEY_BYTES, KEY_HEX.encode(), KEY_HEX.lower().encode()])
@pytest.mark.parametrize("sent", [KEY_BYTES, KEY_HEX.encode(), KEY_HEX.lower().encode()])
def test_a_key_of_ocpp_16_is_right_as_hexadecimal_digits_and_as_bytes(kept: bytes, sent: bytes) -> None:
    record = hashed(kept, cost=16)

    assert matches(record, sent)
    assert not matches(record, sent[:-1] + b"\x00")


def test_a_password_that_only_looks_a_little_like_a_key_is_taken_as_it_is() -> None:
    for secret in (b"abcdef0123456789", b"0123456789abcdef0123456789abcdef0", b"g" * 40):
        assert canonical_secret(secret) == secret


def test_a_record_tells_nothing_and_differs_each_time() -> None:
    first, second = hashed(SECRET.encode(), cost=16), hashed(SECRET.encode(), cost=16)

    assert first != second
    assert SECRET not in first
    assert SECRET.encode().hex() not in first


def test_a_secret_below_16_bytes_is_not_accepted() -> None:
    with pytest.raises(SecretError):
        hashed(b"fifteen bytes..")


@pytest.mark.parametrize(
    "record", ["", "plain$abc", "scrypt$16$zz$00", "scrypt$x$00$00", "scrypt$17$00$00", "hmac-sha256$1$2"]
)
def test_a_broken_record_is_an_error_and_never_a_match(record: str) -> None:
    with pytest.raises(SecretError):
        matches(record, SECRET.encode())


def test_a_generated_secret_has_160_bits_and_is_verified_at_once() -> None:
    secret, record = generated()

    assert len(bytes.fromhex(secret)) == 20
    assert is_quick(record)
    assert matches(record, secret.encode())
    assert matches(record, bytes.fromhex(secret))
    assert not matches(record, secret[:-1].encode() + b"G")
    assert generated()[0] != secret


def test_only_a_right_secret_is_remembered_and_a_changed_record_forgets_it() -> None:
    async def scene() -> None:
        verifier = Verifier(threads=1, waiting=10, remembered=2)
        right, wrong = SECRET.encode(), b"something else entirely"
        assert verifier.known("A1", RECORD, right) is None

        assert await verifier.verified("A1", RECORD, right)
        assert not await verifier.verified("A1", RECORD, wrong)

        assert verifier.known("A1", RECORD, right) is True
        assert verifier.known("A1", RECORD, wrong) is None
        assert verifier.known("A2", RECORD, right) is None  # another station's success is not mine
        assert verifier.known("A1", hashed(right, cost=16), right) is None
        await verifier.verified("A2", RECORD, right)
        await verifier.verified("A3", RECORD, right)
        assert verifier.known("A1", RECORD, right) is None  # the oldest is forgotten first
        verifier.close()

    asyncio.run(scene())


def test_who_gives_up_waiting_still_warms_the_memory_for_the_next_attempt() -> None:
    async def scene() -> None:
        verifier = Verifier(threads=1, waiting=10, remembered=10)
        record = hashed(SECRET.encode())
        waiting = asyncio.ensure_future(verifier.verified("A1", record, SECRET.encode()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        await verifier.verified("A2", record, SECRET.encode())  # one thread: done after the first

        assert verifier.known("A1", record, SECRET.encode()) is True
        assert verifier.waiting == 0
        verifier.close()

    asyncio.run(scene())


def test_the_basic_header_of_a_real_station_fits() -> None:
    # White paper 7.2: the user name is the identity, the password the key's bytes.
    word = base64.b64encode(b"A1:" + KEY_BYTES)

    assert matches(hashed(KEY_HEX.encode(), cost=16), base64.b64decode(word).partition(b":")[2])
