"""A station that was given a new secret: both open until it has used the new one, then only that."""

import pytest
from websockets.exceptions import InvalidStatus

from tests.live.gateway.stage import SECRET, played, staged, station
from voltloom.live.gateway.credentials import hashed
from voltloom.live.gateway.events import EventKind

NEW = "another secret of 24 bytes"
NEW_RECORD = hashed(NEW.encode(), cost=16)


def test_the_old_secret_opens_until_the_new_one_was_used() -> None:
    async def scene() -> None:
        async with staged(station(next_secret_record=NEW_RECORD)) as stage:
            old = await stage.client(secret=SECRET)
            new = await stage.client(secret=NEW)
            await stage.event(EventKind.SECRET_PROVED)

            with pytest.raises(InvalidStatus) as told:
                await stage.client(secret=SECRET)

            assert told.value.response.status_code == 401
            again = await stage.client(secret=NEW)
            for connection in (old, new, again):
                await connection.close()

    played(scene)


def test_a_secret_that_is_neither_opens_nothing() -> None:
    async def scene() -> None:
        async with staged(station(next_secret_record=NEW_RECORD)) as stage:
            with pytest.raises(InvalidStatus) as told:
                await stage.client(secret="a third secret of this length")
            assert told.value.response.status_code == 401

    played(scene)
