"""What `voltloom check` finds beyond the file itself: fuses without a controller, certificates, ports, the journal."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

import numpy as np
from cryptography import x509

from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.allocation.registry import PLANNING
from voltloom.live.config.listening import ListenerPlan
from voltloom.live.config.places import place_of
from voltloom.live.config.reading import Config
from voltloom.live.config.tariffs import BUYS
from voltloom.live.enrolment.kinds import KEPT_KIND
from voltloom.live.enrolment.roll import Roll
from voltloom.live.gateway.settings import SecurityProfile, is_loopback
from voltloom.safety.offline_limit import verify
from voltloom.site.mistakes import Mistake
from voltloom.site.network import network_of
from voltloom.site.storage import kept_charge_a
from voltloom.store.checking import Standing, kept_rows, standing_of
from voltloom.store.errors import StoreError

ENDS_SOON: Final = timedelta(days=30)
PRICES_END_SOON: Final = timedelta(days=7)


class Level(Enum):
    """How bad a finding is."""

    MISTAKE = "mistake"  # the site must not run like this
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know before the site runs."""

    level: Level
    what: Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineLoad:
    """What may flow through a circuit on one phase while nobody is in charge (W for a cabinet)."""

    row_id: str
    load_a: float
    rating_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """All that was found, the worst first, and every circuit's load without a controller."""

    findings: tuple[Finding, ...]
    offline: tuple[OfflineLoad, ...]

    @property
    def is_sound(self) -> bool:
        """Say whether there is no mistake."""
        return all(finding.level is Level.WARNING for finding in self.findings)


def checked(config: Config, now: datetime) -> Checked:
    """Return what is found about a configuration without mistakes of its own. now: with its zone."""
    standing, found = _journal(config)
    found += planned(config, now)
    for plan in config.listeners:
        if plan.listener.port and standing is not Standing.IN_USE:
            found += _port(plan.path, plan.listener.host, plan.listener.port)
    if config.api is not None and config.api.port and standing is not Standing.IN_USE:
        found += _port("api", config.api.host, config.api.port)
    found.sort(key=lambda finding: finding.level is Level.WARNING)
    return Checked(findings=tuple(found), offline=_offline_loads(config))


def planned(config: Config, now: datetime) -> tuple[Finding, ...]:
    """Return what is found without a look at the machine: no port is tried, no journal opened. now: with its zone."""
    found = [*_circuits(config), *_batteries(config), *_access(config), *_feeding_back(config)]
    found += _prices_ending(config, now)
    for plan in config.listeners:
        found += _certificates(plan, now)
        if plan.listener.profile is SecurityProfile.BASIC and not is_loopback(plan.listener.host):
            problem = "secrets and tokens cross this network unencrypted under security profile 1"
            found.append(_warning(plan.path, problem, "Use 2 or 3, unless it is the stations' own network."))
    return tuple(found)


def _offline_loads(config: Config) -> tuple[OfflineLoad, ...]:
    network = network_of(config.site)
    none = np.full(len(network.row_ids), -np.inf)
    free = network.grid._replace(rating_a=none)  # every row counts as overloaded, so that all are told
    beside_a = network.planned_other_a + kept_charge_a(config.site, network)
    rows = verify(network.offline_a, replace(network, grid=free), beside_a)
    return tuple(
        OfflineLoad(row_id=row.row_id, load_a=row.load_a, rating_a=float(network.grid.rating_a[place]))
        for place, row in enumerate(rows)
    )


def _circuits(config: Config) -> Iterator[Finding]:
    for row in _offline_loads(config):
        if row.load_a > row.rating_a * (1.0 + 1e-9):
            problem = (
                f"cannot be made safe: without a controller {row.load_a:.1f} may flow on {row.row_id}, "
                f"which bears {row.rating_a:.1f}"
            )
            yield _mistake(
                "site.offline_a", problem, 'Lower offline_a below it, or write offline_a = "auto".'
            )
    network = network_of(config.site)
    bare = [
        evse_id
        for evse_id, offline_a, min_a in zip(network.evse_ids, network.offline_a, network.min_a, strict=True)
        if offline_a < min_a
    ]
    if bare:
        problem = f"{_listed(bare)} can hold no current by themselves: they stop when their link is down"
        yield _warning("site.offline_a", problem, "That is safe. A bigger rating would let them go on.")


def _batteries(config: Config) -> Iterator[Finding]:
    for battery in config.site.batteries:
        if battery.keeps_power:
            problem = "goes on with what it was told last where its link breaks; its most then stays reserved"
            path = f"site.battery.{battery.battery_id}.keeps_power"
            yield _warning(path, problem, "Set the inverter's watchdog, if it has one, and rests_after_s.")


def _access(config: Config) -> Iterator[Finding]:
    if not config.access.rules.is_free_vend and not config.access.known.entries:
        yield _warning("token", "nobody may charge", "Add [[token]], or access.free_vend = true.")
    if not config.tariffs:
        yield _warning("tariff", "sessions get no price", "Add [[tariff]] with price_per_kwh.")


def _feeding_back(config: Config) -> Iterator[Finding]:
    """Tell of outlets that work both ways where nobody would ever use it."""
    two_way = [evse.evse_id for evse in config.site.evses if evse.discharge_a > 0.0]
    settings = config.settings
    names = {settings.architecture, *(name for _, name in settings.group_architecture)}
    if two_way and (not names & PLANNING or settings.planning.objective is Objective.ENERGY):
        problem = f"nobody feeds back at {_listed(two_way)}: only a plan for cost or profit asks for it"
        remedy = 'Write control.architecture = "adaptive-plan" and an objective, or leave discharge_a out.'
        yield _warning("site.evse.discharge_a", problem, remedy)


def _prices_ending(config: Config, now: datetime) -> Iterator[Finding]:
    series = None if config.buys is None else config.buys.series
    if series is None or series.end_s - now.timestamp() > PRICES_END_SOON.total_seconds():
        return
    end = datetime.fromtimestamp(series.end_s, now.tzinfo)
    word = "ended" if end <= now else "end"
    problem = f"{word} on {end:%Y-%m-%d %H:%M}: plans without prices seek energy"
    yield _warning(f"{BUYS}.prices", problem, "Add newer prices to the file, and restart.")


def _certificates(plan: ListenerPlan, now: datetime) -> Iterator[Finding]:
    if plan.files is None:
        return
    path = f"{plan.path}.certificate"
    chain = x509.load_pem_x509_certificates(plan.files.certificate_path.read_bytes())
    yield from _ending(path, chain[0], now)
    names = _names_of(chain[0])
    for wanted in plan.host_names:
        if not any(_covers(name, wanted) for name in names):
            problem = f"is not for '{wanted}', only for {_listed(sorted(names)) or 'no host'}"
            yield _mistake(path, problem, "Get one with this name, or correct host_names.")
    if not plan.host_names:
        said = f"is for {_listed(sorted(names)) or 'no host'}; whether stations call it so is not checked"
        yield _warning(path, said, "Write host_names, as the stations have them.")
    if plan.files.key_path.stat().st_mode & 0o007:
        yield _warning(f"{plan.path}.key", "may be read by everybody on this machine", "chmod 600 it.")
    if plan.files.station_authority_path is not None:
        for authority in x509.load_pem_x509_certificates(plan.files.station_authority_path.read_bytes()):
            yield from _ending(f"{plan.path}.station_authority", authority, now)


def _ending(path: str, certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    ends = certificate.not_valid_after_utc
    if ends <= now:
        yield _mistake(path, f"ended on {ends:%Y-%m-%d}", "Renew it: no station can connect.")
    elif certificate.not_valid_before_utc > now:
        yield _mistake(path, f"begins on {certificate.not_valid_before_utc:%Y-%m-%d}", "Check the clock.")
    elif ends - now < ENDS_SOON:
        yield _warning(path, f"ends on {ends:%Y-%m-%d}", "Renew it before.")


def _names_of(certificate: x509.Certificate) -> set[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = extension.get_values_for_type(x509.IPAddress)
    return {*extension.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}


def _covers(name: str, wanted: str) -> bool:
    """Return whether a certificate's name stands for a host; a star stands for one label (RFC 6125)."""
    if name.startswith("*."):
        return wanted.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == wanted.lower()


def _port(path: str, host: str, port: int) -> Iterator[Finding]:
    try:
        families = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as wrong:
        yield _mistake(f"{path}.host", f"is no address of this machine ({wrong.strerror})", "Correct it.")
        return
    for family, kind, number, _, address in families:
        with closing(socket.socket(family, kind, number)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as wrong:
                problem = f"{host}:{port} cannot be listened at ({wrong.strerror})"
                yield _mistake(f"{path}.port", problem, "End what listens there, or choose another.")


def _journal(config: Config) -> tuple[Standing, list[Finding]]:
    """Return how the journal stands, and what is found in it: stations that were approved count as stations."""
    roll = Roll(
        config.known,
        config.places,
        lambda identity, evses: place_of(config.site, identity, evses),
        [evse.evse_id for evse in config.site.evses],
        config.stated_least,
    )
    found: list[Finding] = []
    standing = Standing.ABSENT
    try:
        standing = standing_of(config.journal, config.node)
        if standing is not Standing.ABSENT:
            for row in kept_rows(config.journal, config.node, KEPT_KIND):
                roll.take(row)
    except StoreError as wrong:
        found.append(_mistake("journal.path", str(wrong).rstrip("."), ""))
    if standing is Standing.IN_USE:
        said = "is in use: the site runs, so ports are not checked"
        found.append(_warning("journal.path", said, ""))
    for identity, problem in roll.problems.items():
        remedy = "Approve it anew with free outlets, or reject it."
        found.append(_warning(f"station {identity} (approved while running)", problem, remedy))
    served = {evse_id for identity in roll.places for evse_id in roll.evses_of(identity)}
    idle = [evse.evse_id for evse in config.site.evses if evse.evse_id not in served]
    if idle:
        problem = f"{_listed(idle)}: no station stands there"
        found.append(_warning("station", problem, "Add [[station]], or approve one when it connects."))
    return standing, found


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:8]) + (f" and {len(words) - 8} more" if len(words) > 8 else "")


def _mistake(path: str, problem: str, remedy: str) -> Finding:
    return Finding(level=Level.MISTAKE, what=Mistake(path=path, value="", problem=problem, remedy=remedy))


def _warning(path: str, problem: str, remedy: str) -> Finding:
    return Finding(level=Level.WARNING, what=Mistake(path=path, value="", problem=problem, remedy=remedy))
