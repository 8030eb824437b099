"""The words between the site and its console. `scripts/make_console_types.py` writes them down for TypeScript.

Moments are milliseconds since 1970 UTC, shown in the site's zone by the page. None is "unknown", never 0.
"""

from __future__ import annotations

from typing import Any

import msgspec


class PhaseNow(msgspec.Struct, frozen=True, kw_only=True):
    """One phase of a circuit, or one limit that has no phase. In W where the node is a cabinet.

    limit_a: what it may carry now. worst_a: the most that may flow under the limits given out. load_a: measured.
    """

    phase: str
    rating_a: float
    limit_a: float | None
    load_a: float | None
    worst_a: float | None


class NodeNow(msgspec.Struct, frozen=True, kw_only=True):
    """A circuit or cabinet, with all that hangs on it. load_kw: measured where is_metered, else what its outlets and batteries draw.

    other_kw: what is measured beside the outlets and batteries below, None without a meter. limit_owner: who made the limit lower than the rating, in
    words. headroom_kw: on its fullest phase, times its phases. parent: None at the grid connection. worst_a of its phases: what is reserved,
    and the most of what is measured beside it.
    """

    id: str
    parent: str | None
    kind: str
    is_metered: bool
    rating_kw: float | None
    limit_kw: float | None
    limit_owner: str | None
    load_kw: float | None
    other_kw: float | None
    headroom_kw: float | None
    phases: list[PhaseNow]


class BatteryNow(msgspec.Struct, frozen=True, kw_only=True):
    """A stationary battery on a circuit. power_kw: of its newest reading, above 0 while it charges, below while it gives. told_kw: what it is to do.

    charge_kw, discharge_kw: the most of each. is_silent: its newest reading is too old. sentence: what it is to do, and why.
    """

    id: str
    node: str
    power_kw: float | None
    told_kw: float
    charge_kw: float
    discharge_kw: float
    soc_ratio: float | None
    sampled_ms: int | None
    is_silent: bool
    sentence: str


class VisitNow(msgspec.Struct, frozen=True, kw_only=True):
    """A running session. done_ms: when it will have what it wants, by the plan or at its present power; late_min: how much after the
    departure that is, 0 where it is in time; short_kwh: what it will lack then.
    """

    id: str
    arrived_ms: int
    since_ms: int
    departs_ms: int | None
    energy_kwh: float | None
    need_kwh: float | None
    soc_ratio: float | None
    done_ms: int | None
    late_min: int
    short_kwh: float | None
    queue_place: int | None
    starts_ms: int | None
    tier: int
    id_token: str


class OutletNow(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet. look: free, plugged, charging, paused, by_car, feeding, fault or offline: what its card says.

    draws_a, draws_kw: measured, negative while it feeds back. may_a: its limit. reserved_a: the most that is counted for it, also by limits given
    earlier. limit: the row that holds it back, boosted: whom an operator lets charge first there, where that is the cause. sampled_ms: of the reading. is_canary: the candidate policy rules it.
    sentence: what its driver reads.
    """

    id: str
    node: str
    station: str | None
    look: str
    state: str
    is_connected: bool
    draws_a: float | None
    draws_kw: float | None
    may_a: float
    reserved_a: float
    most_a: float
    phases: int
    sampled_ms: int | None
    lease_ms: int | None
    cause: str | None
    limit: str | None
    boosted: list[str]
    sentence: str | None
    is_canary: bool
    visit: VisitNow | None


class FaultNow(msgspec.Struct, frozen=True, kw_only=True):
    """A fault that somebody put into a demo. target: an outlet or a circuit, "" for the whole site."""

    number: int
    kind: str
    target: str
    until_ms: int


class DemoNow(msgspec.Struct, frozen=True, kw_only=True):
    """What the bar of a demo shows beside its clock."""

    is_paused: bool
    faults: list[FaultNow]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What every page shows. import_kw, limit_kw, headroom_kw: of the grid connection. binding: the circuit that holds most outlets back.

    trust: chosen, equal or floor. is_failing: the newest cycle failed, so every outlet falls to its offline limit.
    price_next_kwh: from next_ms on. canary: of the candidate policy, None while there is none.
    """

    now_ms: int
    speed_ratio: float
    is_demo: bool
    architecture: str
    policy: str
    canary: str | None
    trust: str
    is_failing: bool
    import_kw: float | None
    limit_kw: float | None
    headroom_kw: float | None
    binding: str | None
    price_per_kwh: float | None
    price_next_per_kwh: float | None
    next_ms: int | None
    currency: str | None
    alarms_count: int
    sessions_count: int
    charging_count: int
    late_count: int
    stations_count: int
    connected_count: int
    parked_count: int
    demo: DemoNow | None = None


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of the power chart. feeders_kw: what the outlets of each draw, in the order of `Site.feeders`, below 0 where vehicles give more than others take.

    other_kw: the building, where it is metered.
    """

    at_ms: int
    feeders_kw: list[float]
    other_kw: float | None
    limit_kw: float | None


class PlanPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the plan in force: what it gives each feeder, what it leaves to those likely still to come, and the price."""

    at_ms: int
    until_ms: int
    feeders_kw: list[float]
    expected_kw: float
    price_per_kwh: float | None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one outlet's limit. record: as the interface gives it. sentence: what the driver reads."""

    id: int
    at_ms: int
    evse: str
    session: str | None
    before_a: float
    after_a: float
    cause: str
    causer: str
    limit: str | None
    sentence: str
    record: dict[str, Any]


class AlarmNow(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms of one kind from one source. state: of the newest: active while it lasts, over since over_ms, or once for a moment.

    count: how often it was raised. muted_until_ms, acknowledged_by: by whom in the audit.
    """

    kind: str
    source: str
    severity: str
    first_ms: int
    last_ms: int
    count: int
    state: str
    over_ms: int | None
    what: str
    effect: str
    next_step: str
    acknowledged_by: str | None
    muted_until_ms: int | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where an outlet stands on the plan of the car park, in metres from any point, y downwards."""

    id: str
    x_m: float
    y_m: float


class PictureStands(msgspec.Struct, frozen=True, kw_only=True):
    """Where a picture lies on the plan, in the metres of `Standing`: its upper left corner, and how wide it is."""

    left_m: float
    top_m: float
    width_m: float


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture behind the plan of the car park. version: of its content. kind: png or svg. height_ratio: its height by its width."""

    version: str
    kind: str
    height_ratio: float
    stands: PictureStands


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change from second to second. standings: of outlets of which the file says where they stand. feeders: the circuits that the power chart stacks. started_ms: since when this run knows
    of changes and power.
    """

    name: str
    time_zone: str
    version: str
    feeders: list[str]
    architectures: list[str]
    stations_url: str
    started_ms: int
    standings: list[Standing]
    picture: Picture | None = None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag="snapshot"):
    """All of it: in the page, and after a gap. role: of who asks."""

    seq: int
    role: str
    site: Site
    head: Head
    nodes: list[NodeNow]
    batteries: list[BatteryNow]
    outlets: list[OutletNow]
    points: list[Point]
    plan: list[PlanPoint]
    changes: list[Change]
    alarms: list[AlarmNow]


class Tick(msgspec.Struct, frozen=True, kw_only=True, tag="tick"):
    """What is other than in the tick before. batteries: all of them where one is other. plan, alarms: None where they are the same."""

    seq: int
    head: Head
    nodes: list[NodeNow]
    batteries: list[BatteryNow]
    outlets: list[OutletNow]
    points: list[Point]
    plan: list[PlanPoint] | None
    changes: list[Change]
    alarms: list[AlarmNow] | None
