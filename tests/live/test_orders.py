"""Operators' orders over real sockets: sent, answered, and seen to take effect, in every version."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.live.ordered import Ordered, site_of, states
from tests.live.scripted import VERSIONS
from voltloom.live.orders.kinds import OrderState
from voltloom.live.running import LiveSite
from voltloom.protocols.ocpp.orders import wishes
from voltloom.protocols.ocpp.orders.wishes import WishError

FINAL = (OrderState.TOOK_EFFECT, OrderState.NO_EFFECT, OrderState.REFUSED, OrderState.FAILED)
HARD = wishes.Reset(how="immediate")
YES = {"status": "Accepted"}


async def booted(station: Ordered, site: LiveSite) -> Ordered:
    await station.join(site.ports[0][1])
    await station.boot()
    return station


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reset_took_effect_when_the_station_boots_again(version: str, tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = Ordered(version, {"Reset": YES})
            await booted(station, site)

            placed = await site.orders.order("CP1", HARD, by="olga")
            await watch.until(placed.order.order_id, OrderState.ACCEPTED)
            await station.boot()
            done = await watch.until(placed.order.order_id, *FINAL)

            await station.leave()
        assert states(done) == ["sent", "accepted", "took_effect"]
        assert done.order.by == "olga"

    asyncio.run(day())


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_is_known_after_a_restart_and_its_effect_is_still_waited_for(
    version: str, tmp_path: Path
) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = await booted(Ordered(version, {"Reset": YES}), site)
            placed = await site.orders.order("CP1", HARD, by="olga", key="k1")
            await watch.until(placed.order.order_id, OrderState.ACCEPTED)
            await station.leave()
        async with site_of(tmp_path) as (site, watch):
            known = site.orders.find(placed.order.order_id)
            again = await site.orders.order("CP1", HARD, by="olga", key="k1")
            station = await booted(Ordered(version, {}), site)
            done = await watch.until(placed.order.order_id, *FINAL)
            await station.leave()
        assert known is not None
        assert states(known) == ["sent", "accepted"]
        assert again.order.order_id == placed.order.order_id
        assert states(done) == ["sent", "accepted", "took_effect"]

    asyncio.run(day())


def test_a_newer_order_about_the_same_takes_the_place_of_the_older(tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = Ordered(
                "ocpp1.6", {"ChangeAvailability": YES, "TriggerMessage": {"status": "Rejected"}}
            )
            await booted(station, site)
            shut = await site.orders.order(
                "CP1", wishes.SetAvailability(is_operative=False, number=1), by="olga"
            )
            await watch.until(shut.order.order_id, OrderState.ACCEPTED)

            opened = await site.orders.order(
                "CP1", wishes.SetAvailability(is_operative=True, number=1), by="olga"
            )
            await watch.until(opened.order.order_id, OrderState.ACCEPTED)
            await station.status("Available")
            done = await watch.until(opened.order.order_id, *FINAL)

            older = site.orders.find(shut.order.order_id)
            await station.leave()
        assert older is not None
        assert older.state is OrderState.SUPERSEDED
        assert done.state is OrderState.TOOK_EFFECT

    asyncio.run(day())


def test_a_refusal_is_told_in_the_stations_words_and_an_error_too(tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            info = {"reason_code": "InternalError", "additional_info": "lock jammed"}
            answers = {"UnlockConnector": {"status": "UnlockFailed", "status_info": info}}
            station = await booted(Ordered("ocpp2.0.1", answers), site)
            unlock = await site.orders.order("CP1", wishes.Unlock(number=1), by="olga")
            clear = await site.orders.order("CP1", wishes.Message(action="ClearCache"), by="olga")
            refused = await watch.until(unlock.order.order_id, *FINAL)
            failed = await watch.until(clear.order.order_id, *FINAL)
            await station.leave()
        assert (refused.state, refused.steps[-1].why) == (
            OrderState.REFUSED,
            "UnlockFailed InternalError lock jammed",
        )
        assert failed.state is OrderState.FAILED
        assert failed.steps[-1].why.startswith("NotImplemented")

    asyncio.run(day())


def test_an_effect_that_comes_before_the_answer_is_not_missed(tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = Ordered("ocpp1.6", {})
            await station.join(site.ports[0][1])
            await station.boot()
            station.listening.cancel()  # answers by hand from now on
            placed = await site.orders.order("CP1", HARD, by="olga")
            reset = await _next_call(station, "Reset")
            await station.socket.send(
                '[2,"b1","BootNotification",{"chargePointModel":"M","chargePointVendor":"V"}]'
            )
            await _next_answer(station, "b1")
            await station.socket.send(f'[3,"{reset}",{{"status":"Accepted"}}]')
            done = await watch.until(placed.order.order_id, *FINAL)
            await station.socket.close()
        assert states(done) == ["sent", "accepted", "took_effect"]

    asyncio.run(day())


def test_a_station_that_restarts_without_an_answer_is_seen_to_have_done_it(tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = Ordered("ocpp1.6", {})
            await station.join(site.ports[0][1])
            await station.boot()
            station.listening.cancel()
            placed = await site.orders.order("CP1", HARD, by="olga")
            await _next_call(station, "Reset")
            await station.socket.close()
            await watch.until(placed.order.order_id, OrderState.TIMED_OUT)
            back = await booted(Ordered("ocpp1.6", {}), site)
            done = await watch.until(placed.order.order_id, *FINAL)
            await back.leave()
        assert states(done) == ["sent", "timed_out", "took_effect"]

    asyncio.run(day())


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (wishes.Message(action="SetChargingProfile", payload={}), "action"),
        (wishes.Message(action="ClearChargingProfile", payload={}), "id"),
        (wishes.Message(action="ClearChargingProfile", payload={"id": 11}), "id"),
        (wishes.Message(action="BootNotification"), "action"),
        (wishes.Reset(how="on_idle"), "how"),
        (wishes.WriteSetting(setting=wishes.Setting(variable="AuthorizationKey"), value="ab"), "setting"),
        (wishes.SendList(tokens=(), is_full=False), "is_full"),
        (wishes.Start(token=wishes.Token(id_token="x" * 21)), "RemoteStartTransaction"),
    ],
)
def test_what_may_not_be_ordered_is_refused_with_its_field_and_nothing_is_sent(
    wish: wishes.Wish, field: str, tmp_path: Path
) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = await booted(Ordered("ocpp1.6", {}), site)
            with pytest.raises(WishError) as refused:
                await site.orders.order("CP1", wish, by="olga")
            with pytest.raises(WishError, match="CP2 is not connected"):
                await site.orders.order("CP2", HARD, by="olga")
            await station.leave()
            assert watch.told == []
            assert site.orders.orders() == ()
        assert refused.value.field == field

    asyncio.run(day())


def test_a_key_stands_for_one_order_only(tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = await booted(Ordered("ocpp1.6", {"Reset": YES}), site)
            first = await site.orders.order("CP1", HARD, by="olga", key="k1")
            await watch.until(first.order.order_id, OrderState.ACCEPTED)
            same = await site.orders.order("CP1", HARD, by="olga", key="k1")
            with pytest.raises(WishError, match="another order"):
                await site.orders.order("CP1", wishes.Unlock(number=1), by="olga", key="k1")
            resets = [action for action, _ in station.asked if action == "Reset"]
            await station.leave()
        assert same.order.order_id == first.order.order_id
        assert resets == ["Reset"]

    asyncio.run(day())


async def _next_call(station: Ordered, action: str) -> str:
    async for frame in station.socket:
        parts = json.loads(frame)
        if parts[0] == 2 and parts[2] == action:
            return str(parts[1])
        if parts[0] == 2:
            await station.socket.send(json.dumps([4, parts[1], "NotImplemented", "", {}]))
    raise AssertionError(f"{action} never came")


async def _next_answer(station: Ordered, message_id: str) -> None:
    async for frame in station.socket:
        parts = json.loads(frame)
        if parts[0] == 3 and parts[1] == message_id:
            return
