"""Who may take part after a restart: the file and the journal, whichever spoke last; a profile never falls silently."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from voltloom.live.enrolment.kinds import KEPT_KIND, StationKept, Turn, mark_of
from voltloom.live.enrolment.roll import Roll
from voltloom.live.gateway.credentials import generated
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.gateway.stations import KnownStation, Standing
from voltloom.protocols.ocpp.hearing import Outlet, StationPlace
from voltloom.store.entry import JournalRow

OLD, NEW, FILES = generated()[1], generated()[1], generated()[1]
EVSES = ("LEFT", "RIGHT")
CP1 = KnownStation(identity="CP1", secret_record=OLD)


def placed(identity: str, evses: object) -> StationPlace:
    assert isinstance(evses, tuple)
    outlets = {
        number: Outlet(evse=EVSES.index(name), max_a=16.0, phases_count=3, voltage_v=230.0, is_dc=False)
        for number, name in enumerate(evses, start=1)
    }
    return StationPlace(identity, outlets)


def roll(known: KnownStation | None = CP1, stated: int | None = None) -> Roll:
    stations = () if known is None else (known,)
    places = {} if known is None else {"CP1": placed("CP1", ("LEFT",))}
    said = {} if stated is None else {"CP1": SecurityProfile(stated)}
    return Roll(stations, places, placed, EVSES, said)


def row(turn: Turn, known: KnownStation = CP1, **more: object) -> JournalRow:
    kept = StationKept(
        identity=known.identity,
        turn=turn,
        evses=("LEFT",),
        least_profile=int(known.least_profile),
        secret_record=known.secret_record,
        next_secret_record=known.next_secret_record,
        certificate_name=None,
        file_mark=mark_of(CP1),
        by="olga",
    )
    kept = msgspec.structs.replace(kept, **more)
    return JournalRow("site", 1, 0, KEPT_KIND, 1, "k", msgspec.json.encode(kept), b"")


def test_a_secret_given_later_holds_until_the_file_names_another() -> None:
    told = row(Turn.SECRET_PROVED, replace(CP1, secret_record=NEW))
    same, changed = roll(), roll(replace(CP1, secret_record=FILES))

    for each in (same, changed):
        each.take(told)

    assert [each.directory.find("CP1").secret_record for each in (same, changed)] == [NEW, FILES]  # type: ignore[union-attr]  # the file names it


@pytest.mark.parametrize(
    ("stated", "stated_then", "least"), [(None, None, 2), (1, 1, 2), (1, None, 1), (1, 2, 1), (3, None, 3)]
)
def test_a_profile_that_rose_falls_only_by_the_files_new_word(
    stated: int | None, stated_then: int | None, least: int
) -> None:
    told = row(
        Turn.PROFILE_RAISED, replace(CP1, least_profile=SecurityProfile.TLS_BASIC), file_least=stated_then
    )
    with_old = roll(replace(CP1, least_profile=SecurityProfile(stated or 1)), stated)
    with_new = roll(replace(CP1, secret_record=FILES, least_profile=SecurityProfile(stated or 1)), stated)

    for each in (with_old, with_new):
        each.take(told)

    found = [each.directory.find("CP1") for each in (with_old, with_new)]
    assert [known.least_profile for known in found if known] == [least, least]


def test_a_rejected_station_stays_out_until_the_file_gives_it_another_secret() -> None:
    told = row(Turn.REJECTED)
    same, changed, gone = roll(), roll(replace(CP1, secret_record=FILES)), roll(None)

    for each in (same, changed, gone):
        each.take(told)

    found = [each.directory.find("CP1") for each in (same, changed, gone)]
    assert [known.standing for known in found if known] == [
        Standing.REFUSED,
        Standing.APPROVED,
        Standing.REFUSED,
    ]


def test_an_approved_station_whose_outlet_the_file_gave_away_has_none_and_says_so() -> None:
    here = roll()

    here.take(row(Turn.APPROVED, KnownStation(identity="N1", secret_record=NEW), file_mark=""))

    assert here.evses_of("N1") == ()
    assert "belongs to CP1" in here.problems["N1"]
    assert here.evses_of("CP1") == ("LEFT",)
