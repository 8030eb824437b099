"""The stations of a site's file: where each stands, and how it proves itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from voltloom.live.config.tables import StationTable
from voltloom.live.gateway.credentials import is_record
from voltloom.live.gateway.handshake import is_identity
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.gateway.stations import KnownStation
from voltloom.protocols.ocpp.hearing import Outlet, StationPlace
from voltloom.site.mistakes import Mistake, did_you_mean, joined, shown
from voltloom.site.topology import Evse, Site, Wiring

_MAKE_ONE = "`voltloom secret` makes a secret and its record."


def place_of(site: Site, station_id: str, evses: Sequence[str]) -> StationPlace:
    """Return the place of a station with these outlets, in the order of its numbers. Raises KeyError."""
    outlets = {number: _outlet(site, site.index_of(evse_id)) for number, evse_id in enumerate(evses, start=1)}
    return StationPlace(station_id, outlets)


def places_of(
    stations: Sequence[StationTable], site: Site, mistakes: list[Mistake]
) -> dict[str, StationPlace]:
    """Return where each station stands; an outlet belongs to one station only."""
    columns = [evse.evse_id for evse in site.evses]
    owner: dict[str, str] = {}
    places: dict[str, StationPlace] = {}
    for station in stations:
        path = joined("station", [station.id, "evses"])
        if not is_identity(station.id) or station.id in places:
            continue  # told by `known_of`
        found = []
        for evse_id in station.evses:
            if evse_id not in columns:
                mistakes.append(_wrong(path, evse_id, "no such EVSE", did_you_mean(evse_id, columns)))
            elif (before := owner.get(evse_id)) is not None:
                mistakes.append(_wrong(path, evse_id, f"belongs to {before} already", "Keep one."))
            else:
                owner[evse_id] = station.id
                found.append(evse_id)
        places[station.id] = place_of(site, station.id, found)
    return places


def known_of(
    stations: Sequence[StationTable],
    profiles: Sequence[SecurityProfile],
    folder: Path,
    mistakes: list[Mistake],
) -> tuple[KnownStation, ...]:
    """Return how each station must prove itself. profiles: of the listeners; none where they have mistakes."""
    found: dict[str, KnownStation] = {}
    for station in stations:
        where = joined("station", [station.id])
        if not is_identity(station.id) or station.id in found:
            problem = "is there twice" if station.id in found else "is no identity that a station may have"
            remedy = "Write 1 to 48 characters without : and /, each once."
            mistakes.append(_wrong(joined(where, ["id"]), station.id, problem, remedy))
            continue
        record = _record(station, where, folder, mistakes)
        least = _least(station, where, profiles, mistakes)
        may_use = [profile for profile in profiles if profile >= least]
        if record == "" and may_use and all(profile.has_secret for profile in may_use):
            problem = "missing; it has nothing to prove itself with"
            mistakes.append(_wrong(joined(where, ["secret_record"]), "", problem, _MAKE_ONE))
        found[station.id] = KnownStation(
            identity=station.id,
            least_profile=least,
            secret_record=record or None,
            certificate_name=station.certificate_name,
        )
    return tuple(found.values())


def _least(
    station: StationTable, where: str, profiles: Sequence[SecurityProfile], mistakes: list[Mistake]
) -> SecurityProfile:
    weakest = min(profiles, default=SecurityProfile.BASIC)
    least = weakest if station.least_profile is None else SecurityProfile(station.least_profile)
    if profiles and least > max(profiles):
        problem = f"no listener has security profile {int(least)} or higher"
        path, remedy = joined(where, ["least_profile"]), "Add a listener, or lower it."
        mistakes.append(_wrong(path, int(least), problem, remedy))
    return least


def _record(station: StationTable, where: str, folder: Path, mistakes: list[Mistake]) -> str:
    """Return the record of a station's secret, "" where it has none. Nothing of it is ever shown."""
    given = [key for key in ("secret_record", "secret_file", "secret_env") if getattr(station, key)]
    if len(given) > 1:
        problem = f"stands beside {given[1]}"
        mistakes.append(_wrong(joined(where, [given[0]]), "", problem, "Keep one of them."))
        return ""
    if not given:
        return ""
    path = joined(where, given)
    if given == ["secret_record"]:
        record = station.secret_record
    elif given == ["secret_env"]:
        record = os.environ.get(station.secret_env, "").strip()
        if not record:
            remedy = "Set it to the secret's record."
            mistakes.append(_wrong(path, station.secret_env, "no such environment variable", remedy))
            return ""
    else:
        try:
            record = (folder / station.secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as wrong:
            said = getattr(wrong, "strerror", None) or "is no text"
            remedy = "Give a file that this program may read."
            mistakes.append(_wrong(path, station.secret_file, f"cannot be read ({said})", remedy))
            return ""
    if not is_record(record):
        mistakes.append(_wrong(path, "", "is no record of a secret (it is not the secret itself)", _MAKE_ONE))
        return ""
    return record


def _outlet(site: Site, column: int) -> Outlet:
    evse: Evse = site.evses[column]
    is_pair = evse.wiring is Wiring.LINE_TO_LINE
    return Outlet(
        evse=column,
        max_a=evse.max_a,
        phases_count=1 if is_pair else len(evse.phases),
        voltage_v=site.between_phases_v if is_pair else site.voltage_v,
        is_dc=evse.wiring is Wiring.DC,
        discharge_a=evse.discharge_a,
    )


def _wrong(path: str, value: object, problem: str, remedy: str) -> Mistake:
    return Mistake(path=path, value=shown(value) if value != "" else "", problem=problem, remedy=remedy)
