"""The words of the interface. Units stand in the names, times are RFC 3339 in UTC, null is "unknown" or "unlimited"."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from voltloom.session.need import LARGEST_NEED_WH
from voltloom.site.outside import LimitKind, LimitSource


class Asked(BaseModel):
    """A body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class LimitOut(BaseModel):
    """A limit from outside. circuit: null for the whole site. from: null for at once. One of limit_a and power_w is null."""

    id: str
    source: str
    kind: str
    circuit: str | None
    limit_a: float | None
    power_w: float | None
    begins: datetime | None = Field(serialization_alias="from")
    until: datetime
    is_in_force: bool
    sentence: str


class BatteryOut(BaseModel):
    """A stationary battery, charge positive. power_w, soc_ratio, age_s: of its newest reading, None before the first.

    setpoint_w: what it is to do, and why.
    """

    battery: str
    power_w: float | None
    soc_ratio: float | None
    age_s: float | None
    setpoint_w: float
    cause: str
    sentence: str
    is_silent: bool


class SiteOut(BaseModel):
    """The site as it is run now. mode: how far the controller trusts itself (chosen, equal, floor).

    is_failing: the newest cycle failed, so every outlet falls to its offline limit.
    """

    name: str
    time_zone: str
    now: datetime
    architecture: str
    mode: str
    decided: datetime | None
    sessions_count: int
    charging_count: int
    power_w: float
    stations_count: int
    connected_count: int
    parked_count: int
    is_draining: bool
    is_failing: bool
    limits: list[LimitOut]
    batteries: list[BatteryOut]


class RowOut(BaseModel):
    """One limit of a circuit on one phase. worst_load_a: the most that may flow under the limits given out.

    outside_limit_a: what somebody outside lets it carry now. All three in W where the row is a cabinet.
    """

    row: str
    circuit: str
    parent: str | None
    phase: str
    rating_a: float
    outside_limit_a: float | None
    may_carry_a: float | None
    worst_load_a: float | None
    is_metered: bool
    measured_a: float | None
    measured_age_s: float | None


class StationOut(BaseModel):
    """A station that takes part."""

    id: str
    is_connected: bool
    version: str | None
    address: str | None
    security_profile: int | None
    evses: list[str]


class ParkedOut(BaseModel):
    """A station that waits for an operator's word."""

    id: str
    address: str
    version: str
    security_profile: int
    vendor: str
    model: str
    mark: str
    first_seen: datetime
    last_seen: datetime
    is_connected: bool


class EvseOut(BaseModel):
    """An outlet: its limit, what it draws, and why. age_s: of the reading."""

    id: str
    station: str | None
    state: str
    session: str | None
    limit_a: float
    lease_until: datetime | None
    current_a: float | None
    age_s: float | None
    cause: str | None
    sentence: str | None
    record: dict[str, Any] | None


class NeedOut(BaseModel):
    """What a driver wants. floor_ratio: down to which state of charge the vehicle may feed back; null is no consent."""

    energy_wh: float | None
    departure: datetime | None
    soc_ratio: float | None
    floor_ratio: float | None
    battery_wh: float | None


class SessionOut(BaseModel):
    """A visit that is going on. delivered_wh: into the vehicle. exported_wh: out of it, 0 where the site never feeds back."""

    id: str
    evse: str
    state: str
    since: datetime
    arrived: datetime
    id_token: str
    tier: int
    delivered_wh: float | None
    exported_wh: float | None
    need: NeedOut
    limit_a: float
    current_a: float | None
    queue_place: int | None
    expected_start: datetime | None
    sentence: str | None


class NeedStatedOut(SessionOut):
    """The visit after its need was stated. note: what the driver should know of it, empty for nothing."""

    note: str


class DecisionOut(BaseModel):
    """One cycle: what changed and why, an operator's record for each limit that was sent."""

    time: datetime
    architecture: str
    mode: str
    changes: list[dict[str, Any]]


class AlarmOut(BaseModel):
    """Something is wrong, what that does, and what to do.

    state: active while it lasts, over, or once for what tells of a moment. over: since when it is over.
    """

    time: datetime
    state: Literal["active", "over", "once"]
    over: datetime | None
    severity: str
    source: str
    kind: str
    what: str
    effect: str
    next_step: str


class ArchitectureIn(Asked):
    """Which architecture is to run."""

    architecture: str = Field(max_length=40)


class ArchitectureOut(BaseModel):
    """What runs, and what could. version: of the policies, to send as If-Match with a switch."""

    architecture: str
    before: str
    choices: list[str]
    version: str


class NeedIn(Asked):
    """What a driver wants, since the vehicle was plugged in; what is left out is unknown.

    floor_ratio: the vehicle may feed back down to this state of charge; left out, it may not, also where it might before.
    battery_wh: what its battery holds when it is full, without which nothing is fed back.
    """

    energy_wh: float | None = Field(default=None, ge=0)
    departure: datetime | None = None
    soc_ratio: float | None = Field(default=None, ge=0, le=1)
    floor_ratio: float | None = Field(default=None, ge=0, le=1)
    battery_wh: float | None = Field(default=None, gt=0, le=LARGEST_NEED_WH)


class LimitIn(Asked):
    """What a circuit may carry on each phase (limit_a) or in all (power_w), building included, until it ends by itself.

    circuit: left out for the whole site. from: left out for at once. The same source and id take the place of what they told
    before. A target is kept by the allocation alone.
    """

    id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")
    source: LimitSource
    kind: LimitKind = LimitKind.LIMIT
    circuit: str | None = Field(default=None, max_length=200)
    limit_a: float | None = Field(default=None, ge=0)
    power_w: float | None = Field(default=None, ge=0)
    begins: datetime | None = Field(default=None, alias="from")
    until: datetime


class ApprovalIn(Asked):
    """Which outlets a parked station has, in the order of its numbers. mark: as it was listed, to approve just that one."""

    evses: list[str] = Field(min_length=1, max_length=64)
    mark: str = ""


class RejectionIn(Asked):
    """Why a station is not let in."""

    reason: str = Field(default="", max_length=200)


class DoneOut(BaseModel):
    """What was done, and by whom."""

    done: str
    by: str
    time: datetime


class StepOut(BaseModel):
    """How far a command has come. why: in the station's words or ours. message: the raw message that showed it."""

    state: str
    time: datetime
    why: str
    message: Any | None


class CommandOut(BaseModel):
    """A command to a station: the CALL and every step so far. due: when its effect must be seen."""

    id: str
    station: str
    kind: str
    by: str
    asked: datetime
    state: str
    is_open: bool
    due: datetime | None
    action: str
    payload: dict[str, Any]
    steps: list[StepOut]


class HealthOut(BaseModel):
    """Whether the site works; reasons where it does not."""

    status: Literal["ok", "not ready"]
    reasons: list[str]


class AuditOut(BaseModel):
    """Something an operator or a program did."""

    seq: int
    time: datetime
    by: str
    role: str
    action: str
    target: str
    before: str
    after: str


class HeadIn(Asked):
    """The end of a node's chain, as it was kept in another place, such as the manifest of a back-up."""

    node: str = Field(max_length=200)
    seq: int = Field(ge=0, le=2**53)
    chain_hash: str = Field(pattern="^[0-9a-f]{64}$", description="32 bytes, hexadecimal")


class VerificationIn(Asked):
    """Which ends must be in the chain."""

    heads: list[HeadIn] = Field(default=[], max_length=64)


class HeadOut(BaseModel):
    """How far a node's chain holds."""

    node: str
    seq: int
    chain_hash: str


class ProblemOut(BaseModel):
    """The first row of a node that is not what was written. node, seq: "" and 0 for the file itself."""

    node: str
    seq: int
    what: str


class VerificationOut(BaseModel):
    """Whether the journal is what was written. rows_count: when it was asked. why: where it could not be read."""

    id: str
    by: str
    asked: datetime
    state: Literal["running", "sound", "broken", "failed"]
    checked_count: int
    rows_count: int
    heads: list[HeadOut]
    problems: list[ProblemOut]
    why: str
