"""The words between the site and a driver's page. `scripts/make_console_types.py` writes them down for TypeScript.

Moments are milliseconds since 1970 UTC, shown in the site's zone by the page. None is "unknown", never 0. Nothing in here names another
visit, a token, or anything that the driver cannot see standing at the station. speed_ratio: how fast the site's time runs, 1 but in a demo.
"""

from __future__ import annotations

import msgspec


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the power, and why."""

    at_ms: int
    sentence: str


class Sticker(msgspec.Struct, frozen=True, kw_only=True, tag="sticker"):
    """What whoever scans an outlet's code may know. stage: free, in_use, fault or offline.

    claim: how a visit is opened: "first" by whoever says so first, "card" with the end of the card's number, "none" where no vehicle is there.
    """

    now_ms: int
    site: str
    time_zone: str
    outlet: str
    phone: str
    stage: str
    claim: str
    speed_ratio: float = 1.0


class Visit(msgspec.Struct, frozen=True, kw_only=True, tag="visit"):
    """A driver's own visit. stage: see `state.stage_of`. done_ms, late_min, short_kwh: as on every page, of `console.promising`.

    idle_ms: since when an idle fee runs, idle_per_h: how much that is in the currency; None where there is none.
    """

    now_ms: int
    site: str
    time_zone: str
    outlet: str
    phone: str
    stage: str
    power_kw: float | None
    may_kw: float
    sampled_ms: int | None
    sentence: str | None
    arrived_ms: int
    energy_kwh: float | None
    need_kwh: float | None
    departs_ms: int | None
    done_ms: int | None
    late_min: int
    short_kwh: float | None
    queue_place: int | None
    starts_ms: int | None
    idle_ms: int | None
    idle_per_h: float | None
    currency: str | None
    happened: list[Happened]
    speed_ratio: float = 1.0


class Over(msgspec.Struct, frozen=True, kw_only=True, tag="over"):
    """A visit that has ended, for a day. cost_minor: what its bills come to in whole minor units; None where there is none yet or no price."""

    now_ms: int
    site: str
    time_zone: str
    outlet: str
    phone: str
    arrived_ms: int
    ended_ms: int | None
    energy_kwh: float | None
    cost_minor: int | None
    minor_digits: int
    currency: str


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag="beat"):
    """Nothing is other than before, and the site is there."""

    now_ms: int


class Foretold(msgspec.Struct, frozen=True, kw_only=True):
    """What would be promised if a driver wanted something else: the same three as in `Visit`."""

    done_ms: int | None
    late_min: int
    short_kwh: float | None
