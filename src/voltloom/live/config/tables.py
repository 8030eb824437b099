"""The tables of a site's file as people write them in TOML; the other modules here turn them into settings.

Every key has a default that is safe for a small site; `site`, `journal` and the stations are what nobody can guess.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from voltloom.site.mistakes import Table

ProfileNumber = Literal[0, 1, 2, 3]
RegisterEncoding = Literal["float32", "int16", "uint16", "int32", "uint32"]


class ListenerTable(Table):
    """One address at which stations connect, under one security profile.

    security_profile 0 needs allow_insecure and a loopback host. 2 and 3 need certificate and key, 3 also
    station_authority. host_names: by which stations call this server; `check` looks for them in the certificate.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=9000, ge=0, le=65535)
    security_profile: ProfileNumber = 1
    allow_insecure: bool = False
    certificate: str = ""
    key: str = ""
    station_authority: str = ""
    revocation_list: str = ""
    minimum_tls: Literal["1.2", "1.3"] = "1.2"
    host_names: list[str] = Field(default_factory=list)


class LimitsTable(Table):
    """What one link, one address and all together may take; docs/gateway.md tells what happens beyond each."""

    message_bytes: int = Field(default=128 * 1024, ge=4096, le=256 * 1024)
    messages_per_s: float = Field(default=50.0, gt=0)
    messages_burst: int = Field(default=500, ge=1)
    outgoing_bytes: int = Field(default=1024 * 1024, ge=64 * 1024)
    handshake_s: float = Field(default=10.0, gt=0)
    ping_after_s: float = Field(default=60.0, ge=5)
    pong_within_s: float = Field(default=20.0, ge=1)
    attempts_per_s: float = Field(default=20.0, gt=0)
    attempts_burst: int = Field(default=2000, ge=1)
    connects_per_s: float = Field(default=1.0, gt=0)
    connects_burst: int = Field(default=300, ge=1)
    wrong_secrets: int = Field(default=3, ge=1)
    back_off_longest_s: float = Field(default=300.0, ge=2)
    connections: int = Field(default=20_000, ge=1)
    parked: int = Field(default=100, ge=0)
    parked_s: float = Field(default=24 * 3600.0, gt=0)


class GatewayTable(ListenerTable):
    """Where stations connect: one listener by its own keys, or several as [[gateway.listener]]."""

    listener: list[ListenerTable] = Field(default_factory=list)
    unknown_stations: Literal["park", "refuse"] = "park"
    without_version: Literal["refuse", "ocpp1.6"] = "refuse"
    limits: LimitsTable = LimitsTable()


class JournalTable(Table):
    """Where the journal lies, and the node's name in it."""

    path: str = Field(min_length=1)
    node: str = Field(default="site", min_length=1)


class SmoothingTable(Table):
    """How limits change: they fall at once, rise slowly, and not too often."""

    ramp_a_per_s: float = Field(default=26.0 / 60.0, gt=0)
    dwell_s: float = Field(default=300.0, ge=0)
    deadband_a: float = Field(default=1.0, ge=0)
    turn_s: float = Field(default=900.0, ge=60)
    wait_limit_s: float = Field(default=7200.0, ge=60)


class SafetyTable(Table):
    """Margins and patience. What protects a fuse cannot be switched off here, only made wider."""

    margin_ratio: float = Field(default=0.02, ge=0, le=0.5)
    stale_margin_ratio: float = Field(default=0.10, ge=0, le=0.5)
    lease_s: float = Field(default=300.0, ge=60, le=3600)
    longest_lease_s: float = Field(default=1800.0, ge=60, le=3600)
    confirm_s: float = Field(default=60.0, ge=5, le=600)
    obey_tolerance_a: float = Field(default=1.0, ge=0.2, le=3)
    stale_s: float = Field(default=120.0, ge=10)
    silent_s: float = Field(default=300.0, ge=30)
    late_s: float = Field(default=900.0, ge=30)
    recover_s: float = Field(default=600.0, ge=60)
    follows_meters: bool = True


class WritesTable(Table):
    """How often stations are written: a profile may wear their flash. Lowering is never held back."""

    deadband_a: float = Field(default=0.5, ge=0, le=3)
    interval_s: float = Field(default=10.0, ge=0, le=300)
    per_day: int = Field(default=1000, ge=100)


class PlanningTable(Table):
    """What `adaptive-plan` plans for. buys: the tariff that the site itself pays, see `tariffs.buys_of`."""

    objective: Literal["energy", "cost", "profit"] = "energy"
    replan_s: float = 300.0
    sell_price_per_kwh: float = 0.30
    early_ratio: float = 0.3
    export_price_per_kwh: float = 0.0
    carbon_price_per_t: float = 0.0
    vehicle_wear_per_kwh: float = 0.06
    vehicle_kept_ratio: float = 0.85
    departures: Literal["told", "forecast"] = "told"
    arrivals: Literal["nobody", "like_days"] = "like_days"
    guaranteed_kwh: float = 0.0
    ready_before_s: float = 7200.0
    buys: dict[str, object] | None = None


class StorageTable(Table):
    """What stationary batteries are for. peak_w: what the site should not draw more than."""

    peak_w: float | None = Field(default=None, gt=0)
    stores_surplus: bool = True
    covers_own_use: bool = True
    peak_soc_ratio: float = Field(default=0.0, ge=0, le=1)
    deadband_w: float = Field(default=200.0, ge=0)
    settle_s: float = Field(default=10.0, ge=0)
    follows_plan: bool = True


class ControlTable(Table):
    """How the site is controlled. groups: another architecture for an EVSE group, by the group's name."""

    period_s: float = Field(default=30.0, ge=1, le=300)
    architecture: str = "parallel"
    groups: dict[str, str] = Field(default_factory=dict)
    increment_a: float = Field(default=0.1, gt=0)
    reclaim_a: float = Field(default=1.0, ge=0)
    smoothing: SmoothingTable = SmoothingTable()
    safety: SafetyTable = SafetyTable()
    writes: WritesTable = WritesTable()
    planning: PlanningTable = PlanningTable()
    storage: StorageTable = StorageTable()


class StationTable(Table):
    """A station. evses: the ids of its outlets, in the order of OCPP's numbers.

    Its secret's record (`voltloom secret` makes it) stands here, in a file of its own, or in an environment variable.
    least_profile: the weakest security profile it may use; left out, the weakest listener's, and it rises by itself.
    certificate_name: the name in its certificate, where that is not its identity.
    """

    id: str
    evses: list[str] = Field(min_length=1)
    secret_record: str = ""
    secret_file: str = ""
    secret_env: str = ""
    least_profile: ProfileNumber | None = None
    certificate_name: str | None = Field(default=None, min_length=1)


class ModbusTable(Table):
    """A meter read by Modbus/TCP. registers: of the currents of L1, L2, L3; a_per_unit: of a register."""

    host: str = Field(min_length=1)
    port: int = Field(default=502, ge=1, le=65535)
    device: int = Field(default=1, ge=0, le=255)
    registers: list[int] = Field(min_length=1, max_length=3)
    encoding: RegisterEncoding = "float32"
    kind: Literal["input", "holding"] = "input"
    a_per_unit: float = Field(default=1.0, allow_inf_nan=False)
    period_s: float = Field(default=5.0, ge=0.5, le=60)


class RegisterTable(Table):
    """Where a number of an inverter stands. per_unit: what one of it means, in W, in 1 for a full battery, or in s."""

    address: int = Field(ge=0, le=65535)
    encoding: RegisterEncoding = "int32"
    kind: Literal["input", "holding"] = "holding"
    per_unit: float = Field(default=1.0, allow_inf_nan=False)
    low_word_first: bool = False


class InverterTable(Table):
    """A battery's inverter, read and written by Modbus/TCP. setpoint, power: in W, charge positive. soc: its state of charge.

    rests_after_s: how long after the last write it rests by itself. timeout: the register that is told so, heartbeat: one
    that it wants counted up, where it has them.
    """

    host: str = Field(min_length=1)
    port: int = Field(default=502, ge=1, le=65535)
    device: int = Field(default=1, ge=0, le=255)
    setpoint: RegisterTable
    power: RegisterTable
    soc: RegisterTable
    rests_after_s: float | None = Field(default=None, gt=0)
    timeout: RegisterTable | None = None
    heartbeat: RegisterTable | None = None
    period_s: float = Field(default=5.0, ge=0.5, le=60)


class BatteryLinkTable(Table):
    """How a battery of the plan is reached. id: as in [[site.battery]]."""

    id: str
    modbus: InverterTable


class MeterTable(Table):
    """A circuit's meter: a station's at an outlet's number, 0 for its main meter, or one read by Modbus/TCP."""

    circuit: str
    station: str = ""
    outlet: int = Field(default=0, ge=0)
    modbus: ModbusTable | None = None


class TokenTable(Table):
    """A token of the local list. weight: its tier's where it has none. expires: a date (its last day) or a moment."""

    id: str = Field(min_length=1, max_length=36)
    tier: int = Field(default=0, ge=0)
    weight: float | None = Field(default=None, gt=0)
    blocked: bool = False
    group: str = ""
    expires: datetime | date | None = None


class AccessTable(Table):
    """Who may charge, and what a tier weighs in a weighted division. guest: whoever is not on the list."""

    free_vend: bool = False
    concurrent: bool = False
    guest_tier: int = Field(default=0, ge=0)
    tier_weights: dict[str, float] = Field(default_factory=dict)


class ApiKeyTable(Table):
    """Somebody who may use the HTTP interface. token: whose sessions a driver's key is about."""

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")
    role: Literal["driver", "viewer", "operator", "admin"]
    secret_record: str
    token: str = ""


class ApiTable(Table):
    """The HTTP interface. On loopback it may be without keys: one is then made at each start and printed.

    public_url: where drivers reach it, for the links on QR codes. phone: whom they call.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    certificate: str = ""
    private_key: str = ""
    public_url: str = Field(default="", pattern=r"^(https?://[A-Za-z0-9._:\[\]-]+)?$")
    phone: str = Field(default="", pattern=r"^[+0-9 ()/-]{0,30}$")
    key: list[ApiKeyTable] = Field(default_factory=list)


class SigningTable(Table):
    """The authority that signs what stations ask for: PEM files. days: how long their certificates are good."""

    certificate: str = Field(min_length=1)
    key: str = Field(min_length=1)
    days: int = Field(default=365, ge=1, le=3650)


class VendorTable(Table):
    """A vendor whose DataTransfer is taken and kept. messages: which of them, all where none is named."""

    id: str = Field(min_length=1, max_length=255)
    messages: list[str] = Field(default_factory=list)


class ConfigTable(Table):
    """A whole file. tariff: see `tariffs.py`."""

    site: dict[str, object]
    journal: JournalTable
    gateway: GatewayTable = GatewayTable()
    api: ApiTable | None = None
    control: ControlTable = ControlTable()
    access: AccessTable = AccessTable()
    station: list[StationTable] = Field(default_factory=list)
    meter: list[MeterTable] = Field(default_factory=list)
    battery: list[BatteryLinkTable] = Field(default_factory=list)
    token: list[TokenTable] = Field(default_factory=list)
    tariff: list[dict[str, object]] = Field(default_factory=list)
    signing: SigningTable | None = None
    vendor: list[VendorTable] = Field(default_factory=list)
