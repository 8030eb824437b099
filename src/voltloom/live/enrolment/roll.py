"""The roll: which stations may take part and with which outlets. The site's file says it, the journal what came later.

What the journal keeps of a station holds as long as the file says the same of its proofs as it did then; once the file
says something else, the file is the newer word. A least profile that rose falls only when the file states another
`least_profile` for that station than it did when it rose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import msgspec

from voltloom.live.enrolment.kinds import (
    KEPT_KIND,
    SEEN_KIND,
    EnrolmentError,
    StationKept,
    StationSeen,
    Turn,
    mark_of,
)
from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.gateway.stations import Directory, KnownStation, Standing
from voltloom.protocols.ocpp.hearing import StationPlace
from voltloom.site.mistakes import did_you_mean
from voltloom.store.entry import JournalRow

_PLACING: Final = (Turn.APPROVED, Turn.READMITTED)
Placed = Callable[[str, Sequence[str]], StationPlace]


class Roll:
    """Stations with their standing and place. `places` is one mapping for the whole life: others may hold it.

    `kept` holds every decision that is durable, in their order.

    placed: returns a station's place from the ids of its outlets. evse_ids: every outlet of the site.
    stated: the least profile of stations for which the file states one.
    """

    def __init__(
        self,
        known: Sequence[KnownStation],
        places: Mapping[str, StationPlace],
        placed: Placed,
        evse_ids: Sequence[str],
        stated: Mapping[str, SecurityProfile] = MappingProxyType({}),
    ) -> None:
        self.directory = Directory(known)
        self.places: dict[str, StationPlace] = dict(places)
        self.last_seen_s: dict[str, float] = {}
        self.problems: dict[str, str] = {}
        self.kept: list[StationKept] = []
        self._file = {station.identity: station for station in known}
        self._placed, self._evse_ids, self._stated = placed, tuple(evse_ids), stated
        self._file_evses = {identity: self.evses_of(identity) for identity in places}

    def mark(self, identity: str) -> str:
        """Return the mark of what the file says of a station."""
        return mark_of(self._file.get(identity))

    def evses_of(self, identity: str) -> tuple[str, ...]:
        """Return the outlets of a station in OCPP's order."""
        place = self.places.get(identity)
        return (
            () if place is None else tuple(self._evse_ids[o.evse] for _, o in sorted(place.outlets.items()))
        )

    def check(self, identity: str, evses: Sequence[str]) -> None:
        """Raise EnrolmentError where a station cannot have these outlets."""
        if not evses:
            raise EnrolmentError(
                "evses", "", "names no outlet", "Give them in the order of the station's numbers."
            )
        owners = self._owners()
        for evse_id in evses:
            if evse_id not in self._evse_ids:
                remedy = did_you_mean(evse_id, self._evse_ids)
                raise EnrolmentError("evses", evse_id, "no such EVSE", remedy)
            if list(evses).count(evse_id) > 1:
                raise EnrolmentError("evses", evse_id, "is named twice", "Name it once.")
            owner = owners.get(evse_id, identity)
            if owner != identity:
                raise EnrolmentError("evses", evse_id, f"belongs to {owner}", f"Reject {owner} first.")

    def take(self, row: JournalRow) -> str | None:
        """Take in a row from before a restart. Returns the station that has another place now, None for none."""
        if row.kind == SEEN_KIND:
            seen = msgspec.json.decode(row.payload, type=StationSeen)
            self.seen(seen.identity, seen.seen_s)
        if row.kind != KEPT_KIND:
            return None
        return self.recall(msgspec.json.decode(row.payload, type=StationKept))

    def recall(self, kept: StationKept) -> str | None:
        """Take in what was kept of a station. Returns it where it has another place now, None for none."""
        self.kept.append(kept)
        identity, moved = kept.identity, None
        if kept.file_mark == self.mark(identity):
            moved = self._hold(kept)
        elif identity in self._file:
            self.directory.raised_to(identity, SecurityProfile(kept.least_profile))
        elif kept.turn is Turn.REJECTED:
            self.directory.refuse(identity)
        stated, known = self._stated.get(identity), self.directory.find(identity)
        if stated is not None and known is not None and stated != kept.file_least:
            self.directory.put(replace(known, least_profile=stated))
        return moved

    def stated_least(self, identity: str) -> int | None:
        """Return the least profile that the file states for a station, None where it states none."""
        stated = self._stated.get(identity)
        return None if stated is None else int(stated)

    def seen(self, identity: str, seen_s: float) -> None:
        """Take note of when a station was heard."""
        self.last_seen_s[identity] = max(seen_s, self.last_seen_s.get(identity, seen_s))

    def apply(self, kept: StationKept) -> str | None:
        """Make a decision hold that was kept. Returns the station that has another place now, None for none."""
        return self._hold(kept)

    def _hold(self, kept: StationKept) -> str | None:
        identity = kept.identity
        if kept.turn is Turn.REJECTED:
            self.directory.refuse(identity)
            return None
        if kept.turn is Turn.READMITTED and not kept.evses:
            self.directory.forget(identity)
            return None
        self.directory.put(station_of(kept))
        evses = self._file_evses.get(identity, kept.evses)
        if kept.turn not in _PLACING or evses == self.evses_of(identity):
            return None
        try:
            self.check(identity, evses)
        except EnrolmentError as lost:
            self.problems[identity] = str(lost)
            self.places.pop(identity, None)
            return identity
        self.problems.pop(identity, None)
        for other in [name for name in self.places if set(self.evses_of(name)) & set(evses)]:
            del self.places[other]
        self.places[identity] = self._placed(identity, evses)
        return identity

    def _owners(self) -> dict[str, str]:
        """Return who holds each outlet; a rejected station holds none."""
        return {
            evse_id: name
            for name in self.places
            if (known := self.directory.find(name)) is None or known.standing is not Standing.REFUSED
            for evse_id in self.evses_of(name)
        }


def station_of(kept: StationKept) -> KnownStation:
    """Return a station as it is kept, approved."""
    return KnownStation(
        identity=kept.identity,
        least_profile=SecurityProfile(kept.least_profile),
        secret_record=kept.secret_record,
        next_secret_record=kept.next_secret_record,
        certificate_name=kept.certificate_name,
    )
