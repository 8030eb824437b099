"""A site's configuration file → what `voltloom run` needs, or every mistake in it at once, by path."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from voltloom.allocation.registry import ARCHITECTURES
from voltloom.controller.listening import Access
from voltloom.controller.settings import ControlSettings
from voltloom.live.gateway.credentials import is_record
from voltloom.live.gateway.handshake import is_identity
from voltloom.live.gateway.settings import Listener, ListenerError, SecurityProfile
from voltloom.live.gateway.stations import KnownStation
from voltloom.protocols.ocpp.hearing import Outlet, StationPlace
from voltloom.session.authorization import AuthorizationRules, TokenEntry, local_list
from voltloom.site.mistakes import Mistake, PlanError, Table, did_you_mean, joined, shaped, shown
from voltloom.site.plan import site_of
from voltloom.site.topology import Evse, Site, Wiring


class GatewayTable(Table):
    """Where stations connect. security_profile 0 needs allow_insecure and a loopback host; 2 and 3 are not yet here."""

    host: str = "127.0.0.1"
    port: int = Field(default=9000, ge=0, le=65535)
    security_profile: int = Field(default=1, ge=0, le=1)
    allow_insecure: bool = False


class JournalTable(Table):
    """Where the journal lies, and the node's name in it."""

    path: str
    node: str = "site"


class ControlTable(Table):
    """How the site is controlled."""

    period_s: float = Field(default=30.0, gt=0)
    architecture: str = "parallel"


class StationTable(Table):
    """A station. evses: the ids of its outlets, in the order of OCPP's numbers. secret_record: see the gateway."""

    id: str
    evses: list[str] = Field(min_length=1)
    secret_record: str = ""


class TokenTable(Table):
    """A token of the local list."""

    id: str
    tier: int = Field(default=0, ge=0)
    weight: float = Field(default=1.0, gt=0)
    blocked: bool = False
    group: str = ""


class AccessTable(Table):
    """Who may charge."""

    free_vend: bool = False
    concurrent: bool = False


class ConfigTable(Table):
    """A whole file."""

    site: dict[str, object]
    journal: JournalTable
    gateway: GatewayTable = GatewayTable()
    control: ControlTable = ControlTable()
    access: AccessTable = AccessTable()
    station: list[StationTable] = Field(default_factory=list)
    token: list[TokenTable] = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without mistakes. lowered: stations whose least profile the file states by itself."""

    site: Site
    places: Mapping[str, StationPlace]
    known: tuple[KnownStation, ...]
    lowered: frozenset[str]
    listener: Listener
    settings: ControlSettings
    access: Access
    journal: Path
    node: str


def load_config(file: Path) -> Config:
    """Return the configuration of a file. Raises PlanError with every mistake; OSError where it cannot be read."""
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        what = Mistake(path=str(file), value="", problem=f"is no TOML: {wrong}", remedy="Correct it.")
        raise PlanError([what]) from wrong
    return config_of(tree, folder=file.parent)


def config_of(tree: Mapping[str, object], *, folder: Path) -> Config:
    """Return the configuration that tables describe. folder: where relative paths begin. Raises PlanError."""
    mistakes: list[Mistake] = []
    table = shaped(tree, ConfigTable, "", mistakes)
    if table is None:
        raise PlanError(mistakes)
    site = None
    try:
        site = site_of(table.site)
    except PlanError as error:
        mistakes += error.mistakes
    if table.control.architecture.lower() not in ARCHITECTURES:
        remedy = did_you_mean(table.control.architecture, list(ARCHITECTURES))
        mistakes.append(_wrong("control.architecture", table.control.architecture, "unknown", remedy))
    listener = _listener(table.gateway, mistakes)
    places = _places(table, site, mistakes) if site is not None else {}
    if mistakes or site is None or listener is None:
        raise PlanError(mistakes)
    least = SecurityProfile(table.gateway.security_profile)
    known = tuple(
        KnownStation(identity=s.id, least_profile=least, secret_record=s.secret_record or None)
        for s in table.station
    )
    entries = tuple(
        TokenEntry(id_token=t.id, tier=t.tier, weight=t.weight, blocked=t.blocked, group=t.group)
        for t in table.token
    )
    rules = AuthorizationRules(
        is_free_vend=table.access.free_vend, accepts_concurrent=table.access.concurrent
    )
    return Config(
        site=site,
        places=places,
        known=known,
        lowered=frozenset(),
        listener=listener,
        settings=ControlSettings(
            period_s=table.control.period_s, architecture=table.control.architecture.lower()
        ),
        access=Access(known=local_list(entries), rules=rules),
        journal=folder / table.journal.path,
        node=table.journal.node,
    )


def _listener(gateway: GatewayTable, mistakes: list[Mistake]) -> Listener | None:
    try:
        return Listener(
            host=gateway.host,
            port=gateway.port,
            profile=SecurityProfile(gateway.security_profile),
            is_insecure_wanted=gateway.allow_insecure,
        )
    except ListenerError as error:
        path = "gateway.security_profile"
        mistakes.append(_wrong(path, gateway.security_profile, str(error), "Use profile 1 or loopback."))
        return None


def _places(table: ConfigTable, site: Site, mistakes: list[Mistake]) -> dict[str, StationPlace]:
    """Return where each station stands; an outlet belongs to one station only."""
    columns = {evse.evse_id: column for column, evse in enumerate(site.evses)}
    owner: dict[str, str] = {}
    places: dict[str, StationPlace] = {}
    for station in table.station:
        where = joined("station", [station.id])
        if not is_identity(station.id) or station.id in places:
            mistakes.append(_wrong(f"{where}.id", station.id, "is no identity, or there twice", "Rename it."))
            continue
        if station.secret_record and not is_record(station.secret_record):
            mistakes.append(_wrong(f"{where}.secret_record", "", "is no record of a secret", "Make it anew."))
        if table.gateway.security_profile and not station.secret_record:
            mistakes.append(_wrong(f"{where}.secret_record", "", "missing", "Profile 1 needs a secret."))
        outlets = {}
        for number, evse_id in enumerate(station.evses, start=1):
            path = f"{where}.evses"
            if evse_id not in columns:
                mistakes.append(_wrong(path, evse_id, "no such EVSE", did_you_mean(evse_id, list(columns))))
            elif evse_id in owner:
                mistakes.append(_wrong(path, evse_id, f"belongs to {owner[evse_id]} already", "Keep one."))
            else:
                owner[evse_id] = station.id
                outlets[number] = _outlet(site, columns[evse_id])
        places[station.id] = StationPlace(station.id, outlets)
    return places


def place_of(site: Site, station_id: str, evses: Sequence[str]) -> StationPlace:
    """Return the place of a station with these outlets, in the order of its numbers. Raises KeyError."""
    outlets = {number: _outlet(site, site.index_of(evse_id)) for number, evse_id in enumerate(evses, start=1)}
    return StationPlace(station_id, outlets)


def _outlet(site: Site, column: int) -> Outlet:
    evse: Evse = site.evses[column]
    is_pair = evse.wiring is Wiring.LINE_TO_LINE
    return Outlet(
        evse=column,
        max_a=evse.max_a,
        phases_count=1 if is_pair else len(evse.phases),
        voltage_v=site.between_phases_v if is_pair else site.voltage_v,
        is_dc=evse.wiring is Wiring.DC,
    )


def _wrong(path: str, value: object, problem: str, remedy: str) -> Mistake:
    return Mistake(path=path, value=shown(value) if value != "" else "", problem=problem, remedy=remedy)
