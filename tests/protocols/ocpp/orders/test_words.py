"""Whatever an operator may ask is worded as the official schemas have it, in every version, or refused with a field."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocols.ocpp.schema_fuzz import is_valid, schema, valid
from voltloom.live.orders.desk import prepared_for
from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.orders import wishes
from voltloom.protocols.ocpp.orders.wishes import Wish, WishError, kind_of, target_of
from voltloom.protocols.ocpp.orders.wording import Numbers
from voltloom.protocols.ocpp.serving import How, how

times_s = st.floats(1.7e9, 2.0e9)
numbers = st.integers(0, 40)
tokens = st.builds(wishes.Token, id_token=st.text("AB12-", min_size=1, max_size=40))
texts = st.text(min_size=1, max_size=60)
rows = st.builds(
    wishes.ListedToken,
    token=tokens,
    status=st.sampled_from(["Accepted", "Blocked", "Expired", "Invalid", None]),
    until_s=st.none() | times_s,
)
settings = st.builds(
    wishes.Setting,
    variable=texts,
    component=st.just("") | texts,
    instance=st.just("") | texts,
    number=numbers,
)
WISHES: st.SearchStrategy[Wish] = st.one_of(
    st.builds(wishes.Start, token=tokens, number=numbers),
    st.builds(wishes.Stop, transaction_id=st.integers(1, 10**6).map(str) | texts),
    st.builds(
        wishes.Reset,
        how=st.sampled_from(["graceful", "immediate", "on_idle", "immediate_and_resume"]),
        number=numbers,
    ),
    st.builds(wishes.Unlock, number=st.integers(1, 9)),
    st.builds(wishes.SetAvailability, is_operative=st.booleans(), number=numbers),
    st.builds(
        wishes.Trigger,
        message=st.sampled_from(
            ["BootNotification", "SignChargingStationCertificate", "StatusNotification", "MeterValues", "x"]
        ),
        number=numbers,
    ),
    st.builds(wishes.Reserve, token=tokens, until_s=times_s, number=numbers),
    st.builds(wishes.CancelReservation, reservation_id=st.integers(0, 2**31 - 1)),
    st.builds(wishes.SendList, tokens=st.lists(rows, max_size=4).map(tuple), is_full=st.booleans()),
    st.builds(wishes.ReadSettings, settings=st.lists(settings, max_size=3).map(tuple)),
    st.builds(wishes.WriteSetting, setting=settings, value=st.text(max_size=600)),
    st.builds(
        wishes.UpdateFirmware,
        location=texts,
        retrieve_s=times_s,
        install_s=st.none() | times_s,
        certificate=st.just("") | texts,
        signature=st.just("") | texts,
    ),
    st.builds(
        wishes.FetchLog,
        log=st.sampled_from(["diagnostics", "security", "old_diagnostics"]),
        location=texts,
        oldest_s=st.none() | times_s,
        latest_s=st.none() | times_s,
    ),
)
EASY: tuple[Wish, ...] = (
    wishes.Start(token=wishes.Token(id_token="anna"), number=1),
    wishes.Stop(transaction_id="7"),
    wishes.Reset(how="immediate"),
    wishes.Unlock(number=1),
    wishes.SetAvailability(is_operative=False),
    wishes.Trigger(message="StatusNotification", number=1),
    wishes.Reserve(token=wishes.Token(id_token="anna"), until_s=1.8e9, number=1),
    wishes.CancelReservation(reservation_id=1),
    wishes.SendList(tokens=(wishes.ListedToken(token=wishes.Token(id_token="anna")),)),
    wishes.UpdateFirmware(location="ftp://x", retrieve_s=1.8e9),
    wishes.FetchLog(log="security", location="ftp://x"),
)


@pytest.mark.parametrize("version", OcppVersion)
@given(wish=WISHES)
def test_every_wish_is_worded_as_the_schema_has_it_or_refused_with_its_field(
    version: OcppVersion, wish: Wish
) -> None:
    try:
        prepared = prepared_for(wish, version, Numbers(1001, 3))
    except WishError as refused:
        told = refused.field and refused.problem and refused.remedy
    else:
        told = prepared.action
        text = msgspec.json.encode(prepared.payload).decode("utf-8")
        assert is_valid(version, prepared.action, False, text), text
    assert told


@pytest.mark.parametrize("version", OcppVersion)
@pytest.mark.parametrize("wish", EASY, ids=kind_of)
def test_an_everyday_wish_can_be_said_in_every_version(version: OcppVersion, wish: Wish) -> None:
    prepared = prepared_for(wish, version, Numbers(1001, 3))

    assert is_valid(version, prepared.action, False, msgspec.json.encode(prepared.payload).decode("utf-8"))


@pytest.mark.parametrize("version", OcppVersion)
def test_every_message_the_table_calls_ordered_can_be_ordered(version: OcppVersion) -> None:
    draw = random.Random(9)
    ordered = [name for name in actions(version) if how(version, name) is How.ORDERED]
    assert len(ordered) > 15
    for name in ordered:
        root = schema(version, name, False)
        payload: dict[str, Any] = valid(root, root, draw, 0.3)
        if name == "RequestStartTransaction":
            payload.pop("chargingProfile", None)
        if name == "ClearChargingProfile":
            payload = {"id" if version is OcppVersion.V16 else "chargingProfileId": 4_000_005}
        if name == "UsePriorityCharging":
            payload["activate"] = False

        prepared = prepared_for(wishes.Message(action=name, payload=payload), version, Numbers(1001, 3))

        text = msgspec.json.encode(prepared.payload).decode("utf-8")
        assert is_valid(version, name, False, text), (name, text)


@given(wish=WISHES)
def test_a_wish_is_read_back_from_the_journal_as_it_was_written(wish: Wish) -> None:
    again: Wish = msgspec.json.decode(msgspec.json.encode(wish), type=Wish)

    assert again == wish
    assert target_of(again) == target_of(wish)
