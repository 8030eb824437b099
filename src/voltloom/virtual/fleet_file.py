"""A fleet's file → its plan, or every mistake in it at once, by path. The command line's options are such a file too."""

from __future__ import annotations

import math
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.visits import Visit
from voltloom.site.mistakes import Mistake, PlanError, Table, did_you_mean, joined, shaped, shown
from voltloom.site.network import network_of
from voltloom.site.plan import site_of
from voltloom.site.topology import Site
from voltloom.virtual.fleet import FleetPlan, Member
from voltloom.virtual.fleet_faults import specs_of
from voltloom.virtual.line import Address
from voltloom.virtual.planning import Day, Kind, member, moved, outlets_of, placed, plan_of
from voltloom.virtual.profile_words import ProfileAbility, purpose_of

VersionWord = Literal["1.6", "2.0.1", "2.1", "mixed"]
MIX = (OcppVersion.V16, OcppVersion.V201, OcppVersion.V21)
SAMPLE = "caltech_sample"  # the scenario whose sessions come where no file is named
FIRST_ARRIVAL_S = 10.0  # after the beginning, where a day is moved to now
_VERSIONS = {"1.6": OcppVersion.V16, "2.0.1": OcppVersion.V201, "2.1": OcppVersion.V21}


class GroupTable(Table):
    """Like stations: `prefix` and a number from 1 is their identity, or each of `ids`. version "mixed": in turn.

    secret: for all of them that `secrets` does not name, sent by Basic. certificate, key: PEM files, in which {id} stands for the identity. refuses:
    purposes of profiles that they turn down. factory_a: what an outlet offers before anybody told it a limit.
    """

    count: int = Field(default=1, ge=1, le=20_000)
    prefix: str = Field(default="CP", max_length=40)
    ids: list[str] = Field(default_factory=list)
    version: VersionWord = "mixed"
    evses: int = Field(default=1, ge=1, le=64)
    wiring: Literal["single_phase", "line_to_line", "three_phase"] = "three_phase"
    max_a: float = Field(default=32.0, gt=0)
    factory_a: float | None = Field(default=None, ge=0)
    meter_s: float = Field(default=60.0, gt=0)
    iso15118: bool = False
    serves_unknown_offline: bool = True
    units: list[Literal["A", "W"]] = Field(default=["A"], min_length=1)
    stack_levels: int = Field(default=8, ge=0)
    periods: int = Field(default=24, ge=1)
    profiles: int = Field(default=20, ge=1)
    dynamic: bool = True
    refuses: list[
        Literal["TxProfile", "TxDefaultProfile", "ChargePointMaxProfile", "ChargingStationMaxProfile"]
    ] = Field(default_factory=list)
    secret: str = ""
    certificate: str = ""
    key: str = ""


class FleetTable(Table):
    """A whole fleet. authority: PEM file that the server's certificate rests on. sessions: a file of sessions, else the
    shipped month; day: only what arrives on it. tokens: shown by the cars in turn, else one for each driver.
    secrets: of single stations, by identity.
    """

    url: str = "ws://127.0.0.1:9000/ocpp"
    seed: int = Field(default=1, ge=0)
    authority: str = ""
    sessions: str = ""
    day: date | None = None
    cars: bool = True
    tokens: list[str] = Field(default_factory=list)
    secrets: dict[str, str] = Field(default_factory=dict)
    reaction_s: float = Field(default=5.0, ge=0)
    group: list[GroupTable] = Field(default_factory=lambda: [GroupTable()], min_length=1)
    faults: list[dict[str, object]] = Field(default_factory=list)


class Beginning(NamedTuple):
    """When a fleet begins. is_real_day: its time is that of the sessions; else they are moved to it."""

    now_s: float
    speed_ratio: float = 1.0
    is_real_day: bool = False


class _Who(NamedTuple):
    """A station by its place in its group, and how fast its time runs."""

    place: int
    identity: str
    speed_ratio: float


class Planned(NamedTuple):
    """A plan, and what the reader should know of it."""

    plan: FleetPlan
    notes: tuple[str, ...]


def fleet_of(tree: Mapping[str, object], folder: Path, beginning: Beginning) -> Planned:
    """Return the plan that tables describe. folder: where its files lie.

    Raises PlanError with every mistake, SessionFileError with every bad row of its sessions.
    """
    mistakes: list[Mistake] = []
    table = shaped(tree, FleetTable, "", mistakes)
    if table is None or mistakes:
        raise PlanError(mistakes)
    if not table.url.startswith(("ws://", "wss://")):
        remedy = "Write such as ws://127.0.0.1:9000/ocpp."
        mistakes.append(Mistake(path="url", value=shown(table.url), problem="is no WebSocket address", remedy=remedy))  # fmt: skip
    names = [_names(group) for group in table.group]
    _twice(names, mistakes)
    _strangers(table.secrets, [identity for group in names for identity in group], mistakes)
    if mistakes:
        raise PlanError(mistakes)
    site = _site(table, names)
    network = network_of(site)
    members: list[Member] = []
    for number, (group, evses) in enumerate(zip(table.group, names, strict=True)):
        where = joined("group", [number])
        for place, (identity, evse_ids) in enumerate(evses.items()):
            kind = _kind(table, group, _Who(place, identity, beginning.speed_ratio), folder, where, mistakes)
            if kind is not None:
                members.append(member(site, network, identity, evse_ids, kind))
            if mistakes:
                raise PlanError(mistakes)
    faults = specs_of(table.faults, outlets_of(members, network), mistakes)
    if mistakes:
        raise PlanError(mistakes)
    evse_ids = [evse.evse_id for evse in site.evses]
    visits, left_out = placed(_visits(table, folder, beginning), network, evse_ids)
    if table.tokens:
        visits = tuple(_showing(visit, table.tokens[i % len(table.tokens)]) for i, visit in enumerate(visits))
    notes = (f"{left_out} sessions find no free outlet and stay away",) if left_out else ()
    day = Day(
        start_s=beginning.now_s, visits=visits, faults=faults, seed=table.seed, reaction_s=table.reaction_s
    )
    return Planned(plan_of(site, members, day), notes)


def _names(group: GroupTable) -> dict[str, list[str]]:
    """Return the outlets of each station of a group; a station of one outlet and its outlet are called the same."""
    width = len(str(group.count))
    counted = [f"{group.prefix}{number:0{width}d}" for number in range(1, group.count + 1)]
    found = {}
    for identity in group.ids or counted:
        many = [f"{identity}-{place}" for place in range(1, group.evses + 1)]
        found[identity] = many if group.evses > 1 else [identity]
    return found


def _twice(names: Sequence[Mapping[str, list[str]]], mistakes: list[Mistake]) -> None:
    seen: set[str] = set()
    for number, group in enumerate(names):
        both = seen & group.keys()
        seen |= group.keys()
        if both:
            path, remedy = joined("group", [number, "prefix"]), "Give each group a prefix of its own."
            problem = "is another group's too"
            mistakes.append(Mistake(path=path, value=shown(min(both)), problem=problem, remedy=remedy))


def _strangers(secrets: Mapping[str, str], identities: Sequence[str], mistakes: list[Mistake]) -> None:
    for identity in secrets.keys() - set(identities):
        problem, remedy = "is no station of this fleet", did_you_mean(identity, identities)
        mistakes.append(Mistake(path=joined("secrets", [identity]), value="", problem=problem, remedy=remedy))


def _site(table: FleetTable, names: Sequence[Mapping[str, list[str]]]) -> Site:
    """Return the place where a fleet stands: one circuit that bears them all."""
    blocks: list[dict[str, object]] = []
    total_a = 0.0
    for number, (group, evses) in enumerate(zip(table.group, names, strict=True)):
        ids = [evse_id for evse_ids in evses.values() for evse_id in evse_ids]
        total_a += len(ids) * group.max_a
        block: dict[str, object] = {
            "name": f"group{number}",
            "ids": ids,
            "circuit": "grid",
            "wiring": group.wiring,
            "min_a": min(6.0, group.max_a),
            "max_a": group.max_a,
        }
        blocks.append(block)
    circuit = {"id": "grid", "rating_a": 2.0 * total_a}
    return site_of({"name": "fleet", "voltage_v": 230.0, "circuit": [circuit], "evse": blocks})


def _kind(
    table: FleetTable,
    group: GroupTable,
    who: _Who,
    folder: Path,
    where: str,
    mistakes: list[Mistake],
) -> Kind | None:
    """Return what a station of a group is."""
    place, identity, speed_ratio = who
    tls = None
    if table.url.startswith("wss://"):
        tls = _tls(table, group, identity, folder, where, mistakes)
        if tls is None:
            return None
    elif table.authority or group.certificate:
        remedy = "Write wss:// into the url, or leave the certificates out."
        mistakes.append(Mistake(path="url", value=shown(table.url), problem="has no TLS", remedy=remedy))
    version = MIX[place % len(MIX)] if group.version == "mixed" else _VERSIONS[group.version]
    refuses = frozenset(purpose for word in group.refuses if (purpose := purpose_of(word)) is not None)
    # A late answer is late in the fleet's time; a server on a busy machine still needs a moment.
    call_timeout_s = max(3.0, 30.0 / speed_ratio)
    return Kind(
        version=version,
        address=Address(table.url, table.secrets.get(identity, group.secret), tls, call_timeout_s),
        ability=ProfileAbility(
            units=frozenset(RateUnit(word) for word in group.units),
            max_stack_level=group.stack_levels,
            max_periods=group.periods,
            max_profiles=group.profiles,
            is_dynamic=group.dynamic,
            refuses=refuses,
        ),
        meter_s=group.meter_s,
        factory_a=math.inf if group.factory_a is None else group.factory_a,
        has_iso15118=group.iso15118,
        serves_unknown_offline=group.serves_unknown_offline,
    )


def _tls(
    table: FleetTable, group: GroupTable, identity: str, folder: Path, where: str, mistakes: list[Mistake]
) -> ssl.SSLContext | None:
    try:
        authority = str(folder / table.authority) if table.authority else None
        context = ssl.create_default_context(cafile=authority)
        if group.certificate:
            certificate, key = (
                str(folder / name.replace("{id}", identity)) for name in (group.certificate, group.key)
            )
            context.load_cert_chain(certificate, key)
    except OSError as wrong:  # ssl.SSLError is one
        path = joined(where, ["certificate"]) if group.certificate else "authority"
        said = getattr(wrong, "reason", None) or wrong.strerror or str(wrong)
        remedy = "Give PEM files; `voltloom certificates` makes some to try."
        value = shown(group.certificate or table.authority)
        mistakes.append(Mistake(path=path, value=value, problem=f"cannot be used ({said})", remedy=remedy))
        return None
    return context


def _visits(table: FleetTable, folder: Path, beginning: Beginning) -> tuple[Visit, ...]:
    """Return who comes, by arrival, at times of the fleet's clock."""
    if not table.cars:
        return ()
    overrides = Overrides(
        assignments=('sessions.assign="any_free"', 'sessions.on_bad_row="skip"'),
        sessions=folder / table.sessions if table.sessions else None,
        first_day=table.day,
        last_day=table.day,
        seed=table.seed,
    )
    visits = load_scenario(SAMPLE, overrides).visits
    if beginning.is_real_day:
        return visits
    return moved(visits, beginning.now_s + FIRST_ARRIVAL_S - visits[0].arrival_s)


def _showing(visit: Visit, token: str) -> Visit:
    return replace(visit, id_token=token)
