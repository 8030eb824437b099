"""Growth as it comes: more sessions on the same outlets and the same power.

The added sessions are real ones of the same record: drawn by seed, moved to another day of the same kind (working day or
weekend) at the same local time, and put on an outlet of the same make that is free for the whole stay. What finds no free
outlet is not added but counted: growth then asks for outlets, not only for another architecture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from voltloom.simulation.scenario import Scenario
from voltloom.simulation.visits import Visit

STREAM: Final = 0x6707  # keeps these draws apart from those of other parts under the same seed
BETWEEN_S: Final = 300.0  # the least between one car leaving an outlet and the next arriving
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grown:
    """A scenario with more sessions. wanted_count: how many were to be added; added_count: how many found an outlet."""

    scenario: Scenario
    wanted_count: int
    added_count: int


def grown_by(week: Scenario, ratio: float, record: Sequence[Visit]) -> Grown:
    """Return the scenario with `ratio` times its sessions, the new ones taken from the record.

    The same seed adds the same sessions in the same order, so that a higher ratio holds those of a lower one.
    """
    zone = ZoneInfo(week.site.time_zone)
    days = sorted({datetime.fromtimestamp(v.arrival_s, zone).date() for v in week.visits})
    wanted = round((ratio - 1.0) * len(week.visits))
    if not days or wanted < 1:
        return Grown(scenario=week, wanted_count=0, added_count=0)
    kinds = {_is_weekend(day) for day in days}
    donors = [v for v in record if _is_weekend(datetime.fromtimestamp(v.arrival_s, zone).date()) in kinds]
    outlets = _Outlets(week)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([STREAM, week.seed])))
    added: list[Visit] = []
    for number in range(wanted):
        donor = donors[int(rng.integers(len(donors)))]
        turn = int(rng.integers(len(days)))
        tried = [*days[turn:], *days[:turn]]
        found = _placed(donor, tried, outlets, zone)
        if found is not None:
            name = f"{donor.session_id}+{number + 1}"
            added.append(
                dataclasses.replace(found, session_id=name, id_token=f"{donor.id_token}+{number + 1}")
            )
    visits = tuple(sorted((*week.visits, *added), key=lambda v: (v.arrival_s, v.session_id)))
    end_s = max([week.end_s, *(v.departure_s + week.control.period_s for v in added)])
    return Grown(
        scenario=dataclasses.replace(week, visits=visits, end_s=end_s),
        wanted_count=wanted,
        added_count=len(added),
    )


class _Outlets:
    """Which outlets are taken when, and which are of the same make."""

    def __init__(self, scenario: Scenario) -> None:
        self._taken: dict[str, list[tuple[float, float]]] = {e.evse_id: [] for e in scenario.site.evses}
        for v in scenario.visits:
            self._taken[v.evse_id].append((v.arrival_s, v.departure_s))
        make = {e.evse_id: (e.wiring, len(e.phases), e.max_a, e.min_a) for e in scenario.site.evses}
        self._alike = {name: [o for o in make if make[o] == make[name]] for name in make}

    def take(self, evse_id: str, arrival_s: float, departure_s: float) -> str:
        """Return the outlet taken for a stay, the one asked for or the next of its make; "" where none is free."""
        alike = self._alike[evse_id]
        first = alike.index(evse_id)
        for name in (*alike[first:], *alike[:first]):
            if all(departure_s + BETWEEN_S <= a or arrival_s >= d + BETWEEN_S for a, d in self._taken[name]):
                self._taken[name].append((arrival_s, departure_s))
                return name
        return ""


def _placed(donor: Visit, days: Sequence[date], outlets: _Outlets, zone: ZoneInfo) -> Visit | None:
    """Return the donor on the first of the days of its kind that has a free outlet for it; None where none has."""
    arrived = datetime.fromtimestamp(donor.arrival_s, zone)
    for day in days:
        if _is_weekend(day) is not _is_weekend(arrived.date()):
            continue
        moved = datetime.combine(day, arrived.time(), zone).timestamp() - donor.arrival_s
        evse_id = outlets.take(donor.evse_id, donor.arrival_s + moved, donor.departure_s + moved)
        if evse_id:
            return dataclasses.replace(
                donor,
                evse_id=evse_id,
                arrival_s=donor.arrival_s + moved,
                departure_s=donor.departure_s + moved,
                stated_departure_s=donor.stated_departure_s + moved,
            )
    return None


def _is_weekend(day: date) -> bool:
    return day.weekday() >= SATURDAY
