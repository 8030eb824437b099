"""A site's file made from a few answers: commented TOML that `voltloom check` passes, and the stations' secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from voltloom.live.gateway.credentials import generated
from voltloom.site.mistakes import Table
from voltloom.units import MINIMUM_PILOT_A

GRID = "grid"
KEYS = "certificates"
FEW, MANY = 2, 10  # outlets: where one after the other will do, and from where planning pays


class SubCircuitAnswer(Table):
    """A fuse below the grid connection; parent "" is the grid connection itself."""

    id: str = Field(min_length=1)
    rating_a: float = Field(gt=0)
    parent: str = ""


class StationsAnswer(Table):
    """Some stations alike. prefix: of their identities, which are counted on. circuit "": the grid connection."""

    count: int = Field(default=1, ge=1, le=1000)
    prefix: str = Field(default="CP", min_length=1, max_length=40)
    outlets: int = Field(default=1, ge=1, le=20)
    circuit: str = ""
    wiring: Literal["single_phase", "three_phase", "dc"] = "three_phase"
    max_a: float = Field(default=16.0, ge=MINIMUM_PILOT_A)
    version: Literal["1.6", "2.0.1", "2.1"] = "1.6"


class SiteAnswers(Table):
    """All that `voltloom init` asks. architecture "": what the number of outlets suggests. price_per_kwh 0: none."""

    name: str = Field(default="Site", min_length=1)
    time_zone: str = "Europe/Berlin"
    grid_a: float = Field(default=63.0, gt=0)
    phases: Literal[1, 3] = 3
    circuit: list[SubCircuitAnswer] = Field(default_factory=list)
    stations: list[StationsAnswer] = Field(default_factory=lambda: [StationsAnswer()], min_length=1)
    security_profile: Literal[0, 1, 2, 3] = 1
    host: str = "0.0.0.0"
    port: int = Field(default=9000, ge=1, le=65535)
    host_name: str = ""
    free_vend: bool = False
    tokens: list[str] = Field(default_factory=list)
    architecture: str = ""
    price_per_kwh: float = Field(default=0.0, ge=0)
    currency: str = Field(default="EUR", min_length=3, max_length=3)
    journal: str = Field(default="journal.db", min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The file's text, who stands in it, and the secret of each station, to be shown once."""

    text: str
    identities: tuple[str, ...]
    secrets: dict[str, str] = field(repr=False)


def suggested_architecture(answers: SiteAnswers) -> str:
    """Return what suits the number of outlets; docs/cli.md tells how to compare on real sessions."""
    count = sum(kind.count * kind.outlets for kind in answers.stations)
    wanted_a = sum(kind.count * kind.outlets * kind.max_a for kind in answers.stations)
    if count <= FEW and wanted_a > answers.grid_a:
        return "sequential"
    return "parallel" if count <= MANY or wanted_a <= answers.grid_a else "adaptive"


def drafted(answers: SiteAnswers) -> Drafted:
    """Return the file for these answers. Secrets are new each time; only their records stand in the text."""
    stations = tuple(_stations(answers))
    has_secret = answers.security_profile in (1, 2)
    made = {identity: generated() for identity, _ in stations} if has_secret else {}
    parts = [
        _site(answers),
        _evses(answers, stations),
        _gateway(answers),
        _control(answers),
        _access(answers),
        _station_tables(answers, stations, {identity: record for identity, (_, record) in made.items()}),
    ]
    return Drafted(
        text="\n".join(parts),
        identities=tuple(identity for identity, _ in stations),
        secrets={identity: secret for identity, (secret, _) in made.items()},
    )


def _stations(answers: SiteAnswers) -> Iterator[tuple[str, StationsAnswer]]:
    counted: dict[str, int] = {}
    for kind in answers.stations:
        for _ in range(kind.count):
            counted[kind.prefix] = counted.get(kind.prefix, 0) + 1
            yield f"{kind.prefix}{counted[kind.prefix]}", kind


def _outlets(identity: str, kind: StationsAnswer) -> list[str]:
    if kind.outlets == 1:
        return [identity]
    return [f"{identity}-{number}" for number in range(1, kind.outlets + 1)]


def _site(answers: SiteAnswers) -> str:
    phases = "" if answers.phases == 3 else 'phases = ["L1"]\n'
    lines = [
        "# The site. Every key and its default: docs/configuration.md. After a change: voltloom check FILE.",
        "[site]",
        f"name = {_text(answers.name)}",
        f"time_zone = {_text(answers.time_zone)}     # days, tariffs and dates are counted in it",
        "voltage_v = 230.0                # phase to neutral",
        "",
        "# What each fuse bears on each phase. If anything but stations draws from one, write the most it draws:",
        "# other_load_a = 20.0",
        "[[site.circuit]]",
        f'id = "{GRID}"                      # the grid connection: it has no parent',
        f"rating_a = {answers.grid_a:.1f}",
        phases,
    ]
    for circuit in answers.circuit:
        lines += [
            "[[site.circuit]]",
            f"id = {_text(circuit.id)}",
            f"parent = {_text(circuit.parent or GRID)}",
            f"rating_a = {circuit.rating_a:.1f}",
            phases,
        ]
    return "\n".join(lines)


def _evses(answers: SiteAnswers, stations: tuple[tuple[str, StationsAnswer], ...]) -> str:
    lines = ["# The outlets (EVSEs), in blocks that are wired alike."]
    for number, kind in enumerate(answers.stations, start=1):
        ids = [evse_id for identity, own in stations if own is kind for evse_id in _outlets(identity, own)]
        wiring = "single_phase" if answers.phases == 1 and kind.wiring == "three_phase" else kind.wiring
        lines += [
            "[[site.evse]]",
            f'name = "block {number}"',
            f"ids = {json.dumps(ids, ensure_ascii=False)}",
            f"circuit = {_text(kind.circuit or GRID)}",
            f'wiring = "{wiring}"',
            f"max_a = {kind.max_a:.1f}",
        ]
        if wiring == "single_phase" and answers.phases == 3:
            lines.append('rotation = "alternating"         # L1, L2, L3 in turn; write how yours are wired')
        elif wiring == "single_phase":
            lines.append('rotation = "L1"')
        lines.append("")
    return "\n".join(lines)


def _gateway(answers: SiteAnswers) -> str:
    profile = answers.security_profile
    lines = [
        "# Where stations connect, and how they prove themselves: 1 name and secret, 2 the same inside TLS,",
        "# 3 certificates on both sides, 0 nothing (a trial on this machine). docs/gateway.md",
        "[gateway]",
        f"host = {_text('127.0.0.1' if profile == 0 else answers.host)}",
        f"port = {answers.port}",
        f"security_profile = {profile}",
    ]
    if profile == 0:
        lines.append("allow_insecure = true")
    if profile >= 2:
        lines += [f'certificate = "{KEYS}/server.pem"', f'key = "{KEYS}/server.key"']
        if answers.host_name:
            lines.append(f"host_names = [{_text(answers.host_name)}]   # as the stations call this server")
    if profile == 3:
        lines.append(f'station_authority = "{KEYS}/authority.pem"')
    lines += [
        'unknown_stations = "park"          # others wait until you approve them; "refuse" sends them away',
        "",
        "# What happened, for ever. Back it up: voltloom backup JOURNAL FILE",
        "[journal]",
        f"path = {_text(answers.journal)}",
        'node = "site"',
        "",
    ]
    return "\n".join(lines)


def _control(answers: SiteAnswers) -> str:
    architecture = answers.architecture or suggested_architecture(answers)
    return "\n".join(
        [
            "# Who gets how much: sequential, parallel, parallel-weighted, parallel-tiered, adaptive, adaptive-edf, …",
            "[control]",
            f"architecture = {_text(architecture)}",
            "period_s = 30.0",
            "",
        ]
    )


def _access(answers: SiteAnswers) -> str:
    lines = ["# Who may charge.", "[access]", f"free_vend = {str(answers.free_vend).lower()}", ""]
    for token in answers.tokens:
        lines += ["[[token]]", f"id = {_text(token)}", ""]
    if answers.price_per_kwh > 0:
        lines += [
            "# What a session costs. A new price: another [[tariff]] with from = 2030-01-01.",
            "[[tariff]]",
            'name = "energy"',
            f"currency = {_text(answers.currency.upper())}",
            f"price_per_kwh = {answers.price_per_kwh}",
            "",
        ]
    return "\n".join(lines)


def _station_tables(
    answers: SiteAnswers, stations: tuple[tuple[str, StationsAnswer], ...], records: dict[str, str]
) -> str:
    lines = ["# The stations. evses: their outlets, in the order of OCPP's connector or EVSE numbers."]
    for identity, kind in stations:
        lines += [
            f"[[station]]                        # OCPP {kind.version}",
            f"id = {_text(identity)}",
            f"evses = {json.dumps(_outlets(identity, kind), ensure_ascii=False)}",
        ]
        if identity in records:
            lines.append(f'secret_record = "{records[identity]}"')
        lines.append("")
    return "\n".join(lines)


def _text(text: str) -> str:
    """Return a text as TOML writes it; JSON's form is a TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
