"""Unknown stations: parked within bounds, approved with what they showed, or refused."""

import pytest
from websockets.exceptions import InvalidStatus

from tests.live.gateway.stage import frame, plain, played, staged, station
from voltloom.live.gateway.events import Cause, EventKind
from voltloom.live.gateway.settings import Limits, Rate, SecurityProfile, UnknownStations
from voltloom.live.gateway.stations import Standing


def test_a_stranger_is_parked_and_approval_binds_it_to_the_secret_it_showed() -> None:
    async def scene() -> None:
        async with staged() as stage:
            stranger = await stage.client("N1", secret="the stranger's own secret")
            link = stage.opened_links[0]
            assert link.is_parked
            assert link.peer.standing is Standing.PARKED
            assert [parked.identity for parked in stage.gateway.parked] == ["N1"]

            known = stage.gateway.approve("N1")

            assert known is not None
            assert known.least_profile is SecurityProfile.BASIC
            assert "secret" not in repr(known)
            assert not stage.gateway.parked
            await stranger.send("[]")  # on the same link
            await stage.until(lambda: stage.messages)
            with pytest.raises(InvalidStatus) as told:
                await stage.client("N1", secret="somebody else's secret")
            assert told.value.response.status_code == 401
            again = await stage.client("N1", secret="the stranger's own secret")
            assert not stage.opened_links[-1].is_parked
            assert stage.gateway.approve("N1") is None  # not parked any more
            await stranger.close()
            await again.close()

    played(scene)


def test_a_stranger_cannot_be_pushed_aside_by_another_with_a_different_secret() -> None:
    async def scene() -> None:
        async with staged(limits=Limits(close_s=0.5)) as stage:
            first = await stage.client("N1", secret="the stranger's own secret")
            with pytest.raises(InvalidStatus) as told:
                await stage.client("N1", secret="somebody else's secret")
            assert told.value.response.status_code == 401
            again = await stage.client("N1", secret="the stranger's own secret")  # reconnected
            await first.wait_closed()
            assert [link.generation for link in stage.gateway.parked] == [2]
            await again.close()

    played(scene)


def test_a_refused_stranger_is_shown_out_and_stays_out() -> None:
    async def scene() -> None:
        async with staged() as stage:
            stranger = await stage.client("N1")
            stage.gateway.refuse("N1")
            await stranger.wait_closed()
            assert stranger.close_code == 1008
            await stage.cause(Cause.STATION_REFUSED)
            with pytest.raises(InvalidStatus) as told:
                await stage.client("N1")
            assert told.value.response.status_code == 403
            await stage.event(EventKind.REFUSED_STATION)
            assert not stage.gateway.parked

    played(scene)


def test_only_so_many_are_parked_and_known_stations_have_their_place() -> None:
    async def scene() -> None:
        async with staged(station(), limits=Limits(parked=2)) as stage:
            parked = [await stage.client("N1"), await stage.client("N2")]
            with pytest.raises(InvalidStatus) as told:
                await stage.client("N3")
            assert told.value.response.status_code == 503
            await stage.event(EventKind.PARKING_FULL)
            known = await stage.client()
            await parked[0].close()
            await stage.until(lambda: len(stage.gateway.parked) == 1)
            third = await stage.client("N3")
            for connection in (parked[1], known, third):
                await connection.close()

    played(scene)


def test_a_parked_station_has_tighter_limits_until_it_is_approved() -> None:
    async def scene() -> None:
        limits = Limits(
            parked_message_bytes=200, parked_messages=Rate(burst_count=3.0, refill_per_s=0.001), close_s=0.2
        )
        async with staged(limits=limits) as stage:
            chatty, wordy = await stage.client("N1"), await stage.client("N2")
            for _ in range(4):
                await chatty.send("[]")
            await wordy.send("x" * 201)
            await stage.cause(Cause.TOO_MANY_MESSAGES)
            await stage.cause(Cause.MESSAGE_TOO_BIG)
            await wordy.wait_closed()
            assert wordy.close_code == 1009
            assert len(stage.messages) == 3

            approved = await stage.client("N3")
            stage.gateway.approve("N3")
            for _ in range(4):
                await approved.send("x" * 201)
            await stage.until(lambda: len(stage.messages) == 7)
            await approved.close()
            await chatty.close()

    played(scene)


def test_nobody_parks_for_ever() -> None:
    async def scene() -> None:
        async with staged(limits=Limits(parked_s=0.2, close_s=0.2)) as stage:
            stranger = await stage.client("N1")
            await stranger.wait_closed()
            assert stranger.close_code == 1013
            await stage.cause(Cause.PARKED_TOO_LONG)

    played(scene)


def test_where_strangers_are_refused_the_answer_is_404() -> None:
    async def scene() -> None:
        async with staged(station(), unknown_stations=UnknownStations.REFUSE) as stage:
            with pytest.raises(InvalidStatus) as told:
                await stage.client("N1")
            assert told.value.response.status_code == 404  # OCPP-J 1.6, 3.1.1
            await stage.event(EventKind.UNKNOWN_REFUSED)

    played(scene)


def test_a_stranger_must_show_a_secret_that_could_be_kept() -> None:
    async def scene() -> None:
        async with staged() as stage:
            for secret in (None, "", "too short"):
                with pytest.raises(InvalidStatus) as told:
                    await stage.client("N1", secret=secret)
                assert told.value.response.status_code == 401

    played(scene)


def test_on_loopback_without_security_strangers_are_parked_too() -> None:
    async def scene() -> None:
        async with staged(listeners=[plain(SecurityProfile.NONE)]) as stage:
            raw = await stage.raw()
            await raw.upgraded("N1")
            known = stage.gateway.approve("N1")
            assert known is not None
            assert (known.least_profile, known.secret_record) == (SecurityProfile.NONE, None)
            await raw.said(frame(1, b"[]"))
            await stage.until(lambda: stage.messages)
            await raw.close()

    played(scene)
