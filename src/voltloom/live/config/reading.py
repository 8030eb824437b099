"""A site's file → `Config`, or every mistake in it at once, by path."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from voltloom.controller.listening import Access
from voltloom.controller.settings import ControlSettings
from voltloom.live.actuator.rationing import Rationing
from voltloom.live.batteries.links import Inverter
from voltloom.live.config.api import ApiPlan, api_of
from voltloom.live.config.buying import price_service_of
from voltloom.live.config.controlling import access_of, control_of, rationing_of
from voltloom.live.config.listening import ListenerPlan, gateway_of, listeners_of
from voltloom.live.config.metering import Meters, metered, meters_of
from voltloom.live.config.places import known_of, places_of
from voltloom.live.config.storing import inverters_of
from voltloom.live.config.tables import ConfigTable, SigningTable
from voltloom.live.config.tariffs import PricedFrom, buys_of, tariffs_of
from voltloom.live.gateway.settings import GatewaySettings, SecurityProfile
from voltloom.live.gateway.stations import KnownStation
from voltloom.live.orders.signing import Signer, SigningError, signer_of
from voltloom.live.services.prices import PriceService
from voltloom.protocols.ocpp.hearing import StationPlace
from voltloom.site.mistakes import Mistake, PlanError, shaped
from voltloom.site.plan import site_of
from voltloom.site.tariff import Tariff
from voltloom.site.topology import Site

ONLY_IN_SCENARIOS: Final = frozenset({"base", "arrivals", "sessions", "first_day", "last_day"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration without mistakes. stated_least: the least profile of stations for which the file states one.

    tariffs: what drivers pay. buys: what the site itself pays, None where the file does not say.
    price_service: whose prices take its place while they are new. inverters: of the site's batteries, in their order.
    folder: where relative paths begin.
    """

    site: Site
    meters: Meters
    rationing: Rationing
    places: Mapping[str, StationPlace]
    known: tuple[KnownStation, ...]
    stated_least: Mapping[str, SecurityProfile]
    listeners: tuple[ListenerPlan, ...]
    gateway: GatewaySettings
    settings: ControlSettings
    access: Access
    tariffs: tuple[PricedFrom, ...]
    buys: Tariff | None
    journal: Path
    node: str
    folder: Path = Path()
    price_service: PriceService | None = None
    api: ApiPlan | None = None
    signer: Signer | None = None
    inverters: tuple[Inverter, ...] = ()
    vendors: Mapping[str, frozenset[str]] = field(default_factory=dict)


def load_config(file: Path) -> Config:
    """Return the configuration of a file. Raises PlanError with every mistake; OSError where it cannot be read."""
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        what = Mistake(path=str(file), value="", problem=f"is no TOML: {wrong}", remedy="Correct it.")
        raise PlanError([what]) from wrong
    if ONLY_IN_SCENARIOS & tree.keys() and "journal" not in tree:
        what = Mistake(
            path=str(file),
            value="",
            problem="is a scenario to play, not a site's file",
            remedy=f"`voltloom simulate {file}` plays it; `voltloom init` makes a site's file.",
        )
        raise PlanError([what])
    return config_of(tree, folder=file.parent)


def config_of(tree: Mapping[str, object], *, folder: Path) -> Config:
    """Return the configuration that tables describe. folder: where relative paths begin. Raises PlanError."""
    mistakes: list[Mistake] = []
    table = shaped(tree, ConfigTable, "", mistakes)
    if table is None:
        raise PlanError(mistakes)
    site = _site(table.site, mistakes)
    zone = "UTC" if site is None else site.time_zone
    before = len(mistakes)
    plans = listeners_of(table.gateway, folder, mistakes)
    profiles = [plan.listener.profile for plan in plans] if len(mistakes) == before else []
    settings = control_of(table.control, table.site, mistakes)
    access = access_of(table.access, table.token, zone, mistakes)
    tariffs = tariffs_of(table.tariff, zone, folder, mistakes)
    buys = buys_of(table.control.planning.buys, zone, folder, mistakes)
    price_service = price_service_of(table.control.planning.buys, buys, folder, mistakes)
    known = known_of(table.station, profiles, folder, mistakes)
    signer = _signer(table.signing, folder, mistakes)
    places = {} if site is None else places_of(table.station, site, mistakes)
    api = api_of(table.api, folder, mistakes)
    meters = Meters() if site is None else meters_of(table.meter, site, places, mistakes)
    inverters = (
        () if site is None else inverters_of(table.battery, site, table.control, table.meter, mistakes)
    )
    if mistakes or site is None:
        raise PlanError(mistakes)
    return Config(
        site=metered(site, table.meter),
        meters=meters,
        inverters=inverters,
        rationing=rationing_of(table.control),
        places=places,
        known=known,
        stated_least={
            station.id: SecurityProfile(station.least_profile)
            for station in table.station
            if station.least_profile is not None
        },
        listeners=plans,
        gateway=gateway_of(table.gateway, plans),
        settings=settings,
        access=access,
        tariffs=tariffs,
        buys=buys,
        price_service=price_service,
        journal=folder / table.journal.path,
        node=table.journal.node,
        folder=folder,
        api=api,
        signer=signer,
        vendors={vendor.id: frozenset(vendor.messages) for vendor in table.vendor},
    )


def _signer(table: SigningTable | None, folder: Path, mistakes: list[Mistake]) -> Signer | None:
    if table is None:
        return None
    try:
        return signer_of(folder / table.certificate, folder / table.key, table.days)
    except (SigningError, OSError) as wrong:
        said = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        remedy = "Give the certificate of an authority and its key."
        problem = f"cannot be used ({said})" if isinstance(wrong, OSError) else str(said)
        mistakes.append(
            Mistake(path="signing.certificate", value=table.certificate, problem=problem, remedy=remedy)
        )
        return None


def _site(table: Mapping[str, object], mistakes: list[Mistake]) -> Site | None:
    try:
        return site_of(table)
    except PlanError as error:
        mistakes += error.mistakes
        return None
