"""How a site is set up, read only, with the path in its file of each; and a file that is to be, checked before it is one."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from voltloom import __version__
from voltloom.live.config.api import ApiKey, Role
from voltloom.live.config.checking import Level, planned
from voltloom.live.config.reading import Config, config_of
from voltloom.live.config.tables import (
    ControlTable,
    PlanningTable,
    SafetyTable,
    SmoothingTable,
    WritesTable,
)
from voltloom.site.mistakes import Mistake, PlanError, Table, joined, shown
from voltloom.web.console.state import Console
from voltloom.web.keys import Keyring, at_least
from voltloom.web.models import Asked
from voltloom.web.reading import Running

router = APIRouter(prefix="/api/v1", tags=["settings"])
# Keys whose value names a file, in any table: none outside the site's folder is opened for somebody who only asks.
FILE_KEYS: Final = frozenset(
    {
        *("certificate", "private_key", "key", "station_authority", "revocation_list"),
        *("secret_file", "token_file", "file", "prices"),
    }
)
ENVIRONMENT_KEY: Final = "secret_env"
TOML_LENGTH: Final = 60_000
Setting = bool | float | str


class ControlOut(BaseModel):
    """One number of control. path: in the site's file. is_usual: it is what holds where the file says nothing."""

    path: str
    value: Setting
    is_usual: bool


class KeyOut(BaseModel):
    """Who may use the interface: names and roles, no secrets."""

    id: str
    role: str


class ListenerOut(BaseModel):
    """Where stations connect."""

    host: str
    port: int
    security_profile: int


class SettingsOut(BaseModel):
    """What a site was started with. node: its name in the journal. keys: null for those whose role is below operator."""

    name: str
    time_zone: str
    voltage_v: float
    version: str
    node: str
    started_ms: int
    circuits_count: int
    evses_count: int
    stations_count: int
    tokens_count: int
    is_free_vend: bool
    listeners: list[ListenerOut]
    controls: list[ControlOut]
    keys: list[KeyOut] | None


class ConfigIn(Asked):
    """A site's file, as text."""

    toml: str = Field(max_length=TOML_LENGTH)


class MistakeOut(BaseModel):
    """One mistake. path: in the file; value: what stands there, "" for nothing."""

    path: str
    value: str
    problem: str
    remedy: str


class ConfigCheckedOut(BaseModel):
    """What is wrong with a file. is_sound: no mistake. stations_count, evses_count: null where it is not."""

    is_sound: bool
    mistakes: list[MistakeOut]
    warnings: list[MistakeOut]
    stations_count: int | None
    evses_count: int | None


@router.get("/settings")
async def get_settings(
    request: Request, site: Running, key: Annotated[ApiKey, Depends(at_least(Role.VIEWER))]
) -> SettingsOut:
    """How the site was set up, with the path of each number of control in its file."""
    keyring: Keyring = request.app.state.keyring
    console: Console = request.app.state.console
    config, place = site.config, site.config.site
    return SettingsOut(
        name=place.name,
        time_zone=place.time_zone,
        voltage_v=place.voltage_v,
        version=__version__,
        node=config.node,
        started_ms=console.started_ms,
        circuits_count=len(place.circuits),
        evses_count=len(place.evses),
        stations_count=len(site.enrolment.roll.places),
        tokens_count=len(config.access.known.entries),
        is_free_vend=config.access.rules.is_free_vend,
        listeners=[
            ListenerOut(host=host, port=port, security_profile=int(listener.profile))
            for listener, addresses in site.listening
            for host, port in addresses
        ],
        controls=list(_controls(config)),
        keys=None
        if key.role < Role.OPERATOR
        else [KeyOut(id=name, role=role.name.lower()) for name, role in keyring.names],
    )


@router.post("/config/check")
async def post_check(
    asked: ConfigIn, site: Running, _: Annotated[ApiKey, Depends(at_least(Role.ADMIN))]
) -> ConfigCheckedOut:
    """Every mistake in a site's file, by its path, with what to do. Nothing is changed or kept; no port is tried, no journal opened."""
    now = datetime.fromtimestamp(site.clock.now_s(), UTC)
    return await asyncio.to_thread(_checked, asked.toml, site.config, now)


def _checked(text: str, running: Config, now: datetime) -> ConfigCheckedOut:
    """Return what is wrong with a file that would stand where the running site's does."""
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:  # a number of too many digits is a ValueError, too
        said = str(wrong) if isinstance(wrong, tomllib.TOMLDecodeError) else "too long or too deep"
        remedy = "Correct it there; nothing after it could be read."
        return _unsound([Mistake(path="toml", value="", problem=f"is no TOML: {said}", remedy=remedy)])
    try:
        if outside := list(_outside(tree, "", running)):
            raise PlanError(outside)
        config = config_of(tree, folder=running.folder)
    except PlanError as wrong:
        return _unsound(wrong.mistakes)
    found = planned(config, now)
    mistakes = [_shown(one.what) for one in found if one.level is Level.MISTAKE]
    return ConfigCheckedOut(
        is_sound=not mistakes,
        mistakes=mistakes,
        warnings=[_shown(one.what) for one in found if one.level is Level.WARNING],
        stations_count=len(config.places),
        evses_count=len(config.site.evses),
    )


def _unsound(mistakes: Iterable[Mistake]) -> ConfigCheckedOut:
    return ConfigCheckedOut(
        is_sound=False,
        mistakes=[_shown(one) for one in mistakes],
        warnings=[],
        stations_count=None,
        evses_count=None,
    )


def _shown(one: Mistake) -> MistakeOut:
    return MistakeOut(path=one.path, value=one.value, problem=one.problem, remedy=one.remedy)


def _outside(tree: object, path: str, running: Config) -> Iterator[Mistake]:
    """Yield each file that may not be opened for somebody who only asks."""
    if isinstance(tree, list):
        for place, part in enumerate(tree):
            yield from _outside(part, joined(path, [place]), running)
    if not isinstance(tree, Mapping):
        return
    for key, value in tree.items():
        where = joined(path, [key])
        if not isinstance(value, str):
            yield from _outside(value, where, running)
        elif key == ENVIRONMENT_KEY or (key in FILE_KEYS and value and not _is_near(value, running)):
            problem = "is looked at on the site's own machine only"
            yield Mistake(
                path=where, value=shown(value), problem=problem, remedy="Run `voltloom check` there."
            )


def _is_near(name: str, running: Config) -> bool:
    """Return whether a file lies in the site's folder or is one that it uses already."""
    try:
        file, folder = (running.folder / name).resolve(), running.folder.resolve()
    except (OSError, ValueError):  # no name that a file can have
        return False
    return file.is_relative_to(folder) or file in _used(running)


def _used(running: Config) -> set[Path]:
    found = [running.api.certificate, running.api.key] if running.api is not None else []
    for plan in running.listeners:
        if (files := plan.files) is not None:
            found += [files.certificate_path, files.key_path]
            found += [files.station_authority_path, files.revocation_list_path]
    return {one.resolve() for one in found if one is not None}


def _controls(config: Config) -> Iterator[ControlOut]:
    """Yield every number of control with its path, as the file set it."""
    settings, writes = config.settings, config.rationing
    tables: tuple[tuple[str, type[Table], object], ...] = (
        ("control", ControlTable, settings),
        ("control.smoothing", SmoothingTable, settings.smoothing),
        ("control.safety", SafetyTable, settings.safety),
        ("control.planning", PlanningTable, settings.planning),
    )
    for prefix, table, values in tables:
        for name, told in table.model_fields.items():
            value = getattr(values, name, None)
            value = value.value if isinstance(value, Enum) else value
            if isinstance(value, bool | float | int | str):
                yield _control(joined(prefix, [name]), value, told.default)
    for group, architecture in settings.group_architecture:
        yield _control(joined("control.groups", [group]), architecture, "")
    rations: dict[str, float] = {
        "deadband_a": writes.deadband_a,
        "interval_s": writes.interval_s,
        "per_day": writes.writes_per_day,
    }
    for name, ration in rations.items():
        usual = WritesTable.model_fields[name].default
        yield _control(joined("control.writes", [name]), ration, usual)


def _control(path: str, value: Setting, usual: object) -> ControlOut:
    return ControlOut(path=path, value=value, is_usual=value == usual)
