"""A scenario file → `Scenario`, or every mistake in it at once, by the path that `--set` takes too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from voltloom.allocation.adaptive.horizon.settings import mistakes_in
from voltloom.allocation.registry import ARCHITECTURES
from voltloom.controller.settings import ControlSettings, textbook_settings
from voltloom.simulation.arrivals import ArrivalsTable, Days, drawn_visits
from voltloom.simulation.faults import ALL, ANY, FaultKind, FaultSpec
from voltloom.simulation.generation import PvProfileTable, generation_of
from voltloom.simulation.history import history_of
from voltloom.simulation.other_loads import OtherLoadTable, Span, other_load_of, planned_a
from voltloom.simulation.outside_limits import outside_limits_of
from voltloom.simulation.scenario import FAULT_LEVELS, Scenario, StationSettings, VehicleSettings
from voltloom.simulation.scenario_layers import Tree, layered, scenario_file
from voltloom.simulation.session_formats import Reading
from voltloom.simulation.session_rows import SessionFileError
from voltloom.simulation.session_visits import Garage, SessionsTable, visits_from
from voltloom.simulation.sessions_file import Selection, load_sessions, text_in
from voltloom.simulation.tables_from import changed, made
from voltloom.simulation.traits import VehiclesTable
from voltloom.simulation.visits import Visit
from voltloom.site.mistakes import Mistake, PlanError, Table, did_you_mean, joined, shaped, shown
from voltloom.site.network import Network, network_of
from voltloom.site.plan import SiteNames, names_in, site_of
from voltloom.site.tariff import Tariff, TariffError, price_steps
from voltloom.site.tariff_plan import tariff_of
from voltloom.site.topology import Site

DEFAULT_PERIOD_S = 60.0


class ArchitecturesTable(Table):
    """Which architecture runs by default, which are compared, and which groups of EVSEs run one of their own."""

    default: str = "parallel"
    compare: list[str] = Field(default_factory=lambda: ["sequential", "parallel", "adaptive"], min_length=1)
    groups: dict[str, str] = Field(default_factory=dict)


class ScenarioTable(Table):
    """A whole scenario. first_day, last_day: local days of arrival, both included; left out, all there are."""

    name: str = ""
    seed: int = Field(default=1, ge=0)
    first_day: date | None = None
    last_day: date | None = None
    step_s: float = Field(default=60.0, gt=0)
    site: dict[str, object]
    sessions: SessionsTable = SessionsTable()
    arrivals: ArrivalsTable | None = None
    vehicles: VehiclesTable = VehiclesTable()
    stations: dict[str, object] = Field(default_factory=dict)
    control: dict[str, object] = Field(default_factory=dict)
    architectures: ArchitecturesTable = ArchitecturesTable()
    tariff: dict[str, object] | None = None
    other_load: dict[str, OtherLoadTable] = Field(default_factory=dict)
    pv: dict[str, PvProfileTable] = Field(default_factory=dict)
    battery_soc_ratio: float = Field(default=0.5, ge=0, le=1)
    faults: dict[str, list[dict[str, object]]] = Field(default_factory=dict)
    default_faults: str = "none"
    outside_limit: list[dict[str, object]] = Field(default_factory=list)


class PresetTable(Table):
    """The control preset that the other keys of [control] change."""

    preset: Literal["field", "textbook"] = "field"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says over a scenario file; assignments are `path=value`."""

    assignments: tuple[str, ...] = ()
    sessions: Path | None = None
    first_day: date | None = None
    last_day: date | None = None
    seed: int | None = None

    def as_assignments(self) -> tuple[str, ...]:
        """Return everything as assignments; those written out come last and count."""
        said = [
            f"sessions.file={json.dumps(str(self.sessions))}" if self.sessions is not None else "",
            f"first_day={self.first_day}" if self.first_day is not None else "",
            f"last_day={self.last_day}" if self.last_day is not None else "",
            f"seed={self.seed}" if self.seed is not None else "",
        ]
        return (*filter(None, said), *self.assignments)

    def as_options(self) -> tuple[str, ...]:
        """Return everything but the seed as options of the command line."""
        pairs = [
            ("--sessions", self.sessions),
            ("--from", self.first_day),
            ("--to", self.last_day),
            *(("--set", assignment) for assignment in self.assignments),
        ]
        return tuple(word for option, value in pairs if value is not None for word in (option, str(value)))


def load_scenario(name: str, overrides: Overrides | None = None) -> Scenario:
    """Return the scenario of a file, or of the bare name of a shipped one.

    Raises PlanError with every mistake of the file, SessionFileError with every bad row of its sessions.
    """
    file = scenario_file(name)
    overrides = overrides or Overrides()
    tree = layered(file, overrides.as_assignments())
    if overrides.sessions is not None:
        tree.pop("arrivals", None)
    found = scenario_of(tree, default_name=file.stem)
    return replace(found, repeat_words=("simulate", name, *overrides.as_options()))


def scenario_of(tree: Tree, *, default_name: str = "scenario") -> Scenario:
    """Return the scenario that tables describe; raises as `load_scenario`."""
    mistakes: list[Mistake] = []
    table = shaped(tree, ScenarioTable, "", mistakes)
    if table is None:
        raise PlanError(mistakes)
    site = _site(table, mistakes)
    names = names_in(table.site)
    control = _control(table, names, mistakes)
    stations = changed(StationSettings(), table.stations, "stations", mistakes)
    tariff = _tariff(table, site, mistakes)
    network = network_of(site) if site is not None else None
    faults = _faults(table, names, mistakes)
    if bool(table.sessions.file) == (table.arrivals is not None):
        problem = "has both sessions.file and [arrivals]" if table.arrivals else "has neither sessions.file nor [arrivals]"  # fmt: skip
        mistakes.append(Mistake(path="sessions.file", value="", problem=problem, remedy="Keep one of them."))
    if mistakes or site is None or network is None:
        raise PlanError(mistakes)
    visits, notes = _visits(table, site, network)
    if not visits:
        days = f"{table.first_day or 'the first day'} to {table.last_day or 'the last'}"
        remedy = "Choose other days or another file."
        raise PlanError(
            [Mistake(path="sessions", value="", problem=f"no car arrives from {days}", remedy=remedy)]
        )
    span = _span(table, visits, site.time_zone)
    other_load = other_load_of(table.other_load, site, network, span, mistakes)
    generation = generation_of(table.pv, site, network, span, mistakes)
    _check_prices(tariff, span, mistakes)
    site = _planned_with(table, site, planned_a(table.other_load, site, network, other_load), mistakes)
    if mistakes:
        raise PlanError(mistakes)
    network = network_of(site)
    outside_limits = outside_limits_of(table.outside_limit, site, network, span.start_s, mistakes)
    if mistakes:
        raise PlanError(mistakes)
    return Scenario(
        name=default_name,
        title=table.name or default_name,
        site=site,
        network=network,
        visits=visits,
        start_s=span.start_s,
        end_s=span.end_s,
        step_s=table.step_s,
        control=control,
        other_load=other_load,
        generation=generation,
        battery_soc_ratio=table.battery_soc_ratio,
        vehicles=_behaviour(table.vehicles),
        stations=stations,
        faults=faults,
        default_faults=table.default_faults,
        outside_limits=outside_limits,
        tariff=tariff,
        seed=table.seed,
        architectures=tuple(table.architectures.compare),
        notes=notes,
        history=history_of(table.sessions, network, site.time_zone, span.start_s),
    )


def _behaviour(table: VehiclesTable) -> VehicleSettings:
    return VehicleSettings(
        reaction_s=table.reaction_s, draw_ratio=table.draw_ratio, tells_maximum=table.tells_maximum
    )


def _site(table: ScenarioTable, mistakes: list[Mistake]) -> Site | None:
    try:
        return site_of(table.site)
    except PlanError as error:
        mistakes += error.mistakes
        return None


def _planned_with(
    table: ScenarioTable, site: Site, most_a: Mapping[str, float], mistakes: list[Mistake]
) -> Site:
    """Return the site whose plan knows the other load: a circuit that does not say how much gets what the scenario has.

    A plan that expects less than the scenario brings is a mistake: without a meter the breaker would open.
    """
    if not most_a:
        return site
    circuits = table.site.get("circuit", [])
    assert isinstance(circuits, list)
    patched = []
    for circuit in circuits:
        own_a = most_a.get(circuit["id"], 0.0)
        said_a = circuit.get("other_load_a", own_a)
        if said_a < own_a - 1e-6:
            path = joined("site.circuit", [circuit["id"], "other_load_a"])
            problem, remedy = f"other_load brings up to {own_a:.1f} A", "Plan for at least as much."
            mistakes.append(Mistake(path=path, value=shown(said_a), problem=problem, remedy=remedy))
        patched.append({**circuit, "other_load_a": said_a})
    return _site(table.model_copy(update={"site": {**table.site, "circuit": patched}}), mistakes) or site


def _control(table: ScenarioTable, names: SiteNames, mistakes: list[Mistake]) -> ControlSettings:
    """Return the preset with what the scenario changes of it."""
    given = dict(table.control)
    preset = shaped({k: given.pop(k) for k in ("preset",) if k in given}, PresetTable, "control", mistakes)
    period_s = given.get("period_s", DEFAULT_PERIOD_S)
    settings = ControlSettings(period_s=DEFAULT_PERIOD_S)
    if preset is not None and preset.preset == "textbook" and isinstance(period_s, int | float):
        settings = textbook_settings(float(period_s))
    settings = changed(settings, given, "control", mistakes)
    has_prices = table.tariff is not None
    mistakes += mistakes_in(
        settings.planning, path="control.planning", prices_at="tariff", has_prices=has_prices
    )
    cycles = settings.period_s / table.step_s
    if cycles < 1.0 or abs(cycles - round(cycles)) > 1e-9:
        problem = f"is no multiple of step_s = {table.step_s:g}"
        path, value = "control.period_s", f"{settings.period_s:g}"
        mistakes.append(Mistake(path=path, value=value, problem=problem, remedy="Change one of the two."))
    named = table.architectures
    words = [("default", named.default), *(("compare", name) for name in named.compare)]
    words += [(f"groups.{group}", name) for group, name in named.groups.items()]
    for key, name in words:
        if name.lower() not in ARCHITECTURES:
            path = joined("architectures", [key])
            remedy = did_you_mean(name, list(ARCHITECTURES))
            what = Mistake(path=path, value=shown(name), problem="unknown architecture", remedy=remedy)
            mistakes.append(what)
    for group in named.groups:
        if group not in names.groups:
            path = joined("architectures.groups", [group])
            remedy = did_you_mean(group, sorted(names.groups))
            mistakes.append(Mistake(path=path, value="", problem="no EVSE is of this group", remedy=remedy))
    return replace(settings, architecture=named.default, group_architecture=tuple(named.groups.items()))


def _tariff(table: ScenarioTable, site: Site | None, mistakes: list[Mistake]) -> Tariff | None:
    """Return the tariff: a table, a JSON file of the same shape under it, or a CSV of prices."""
    if table.tariff is None:
        return None
    given = dict(table.tariff)
    file, prices = given.pop("file", ""), given.pop("prices", "")
    try:
        if isinstance(file, str) and file:
            inside = json.loads(text_in(Path(file)))
            given = {**inside, **given} if isinstance(inside, dict) else given
        prices_csv = text_in(Path(prices)) if isinstance(prices, str) and prices else ""
        zone = site.time_zone if site is not None else "UTC"
        return tariff_of(given, time_zone=zone, prices_csv=prices_csv)
    except PlanError as error:
        mistakes += error.mistakes
    except json.JSONDecodeError as error:
        problem = f"is no JSON: {error}"
        path = "tariff.file"
        mistakes.append(
            Mistake(path=path, value=shown(Path(str(file)).name), problem=problem, remedy="Correct it.")
        )
    except SessionFileError as error:
        mistakes += [
            Mistake(path="tariff.file", value=shown(bad.field), problem=bad.problem, remedy=bad.remedy)
            for bad in error.bad_rows
        ]
    return None


def _check_prices(tariff: Tariff | None, span: Span, mistakes: list[Mistake]) -> None:
    if tariff is None:
        return
    try:
        price_steps(tariff, span.start_s, span.end_s)
    except TariffError as error:
        remedy = "Correct effective dates and dow_mask, or simulate other days."
        mistakes.append(Mistake(path="tariff", value="", problem=str(error), remedy=remedy))


def _faults(
    table: ScenarioTable, names: SiteNames, mistakes: list[Mistake]
) -> MappingProxyType[str, tuple[FaultSpec, ...]]:
    """Return the faults of every level; "none" is always there."""
    levels: dict[str, tuple[FaultSpec, ...]] = dict.fromkeys(FAULT_LEVELS, ())
    known = {ALL, ANY, *names.evse_ids, *names.limit_ids}
    for level, items in table.faults.items():
        specs = []
        for number, item in enumerate(items):
            where = joined("faults", [level, number])
            spec = made(FaultSpec, item, where, mistakes)
            if spec is None:
                continue
            specs.append(spec)
            if spec.kind is FaultKind.STATION_CLOCK_SKEWED:
                path, problem = joined(where, ["kind"]), "only virtual stations have a clock of their own"
                remedy = "Use it with `voltloom stations`."
                mistakes.append(
                    Mistake(path=path, value=shown(spec.kind.value), problem=problem, remedy=remedy)
                )
            for target in spec.target:
                if target not in known:
                    path = joined(where, ["target"])
                    problem = "is neither an EVSE nor a circuit"
                    remedy = did_you_mean(target, sorted(known))
                    what = Mistake(path=path, value=shown(target), problem=problem, remedy=remedy)
                    mistakes.append(what)
        levels[level] = tuple(specs)
    if table.default_faults not in levels:
        remedy = did_you_mean(table.default_faults, sorted(levels))
        mistakes.append(
            Mistake(
                path="default_faults",
                value=shown(table.default_faults),
                problem="is no level of [faults]",
                remedy=remedy,
            )
        )
    if levels["none"]:
        path = joined("faults", ["none"])
        mistakes.append(
            Mistake(path=path, value="", problem="must stay empty", remedy="Choose another name.")
        )
    return MappingProxyType(levels)


def _visits(table: ScenarioTable, site: Site, network: Network) -> tuple[tuple[Visit, ...], tuple[str, ...]]:
    """Return the visits, and what the reader should know about them."""
    if table.arrivals is not None:
        first = table.first_day or date(2024, 1, 1)  # a Monday
        days = Days(first=first, last=table.last_day or first + timedelta(days=6), time_zone=site.time_zone)
        drawn = drawn_visits(table.arrivals, table.vehicles, network, days, table.seed)
        return drawn.visits, drawn.notes
    sessions = table.sessions
    skips = sessions.on_bad_row == "skip"
    loaded = load_sessions(
        Path(sessions.file),
        Reading(
            site_time_zone=site.time_zone,
            time_zone=sessions.time_zone,
            columns=sessions.columns,
            periods_start=sessions.periods_start,
            period_s=sessions.battery_period_s,
        ),
        Selection(
            first_day=table.first_day or date.min,
            last_day=table.last_day or date.max,
            evse_ids=network.evse_ids if sessions.assign == "own" else (),
            skips_bad_rows=skips,
        ),
    )
    garage = Garage(network=network, sessions=sessions, vehicles=table.vehicles, seed=table.seed)
    converted = visits_from(loaded.rows, garage)
    if converted.bad_rows and not skips:
        raise SessionFileError(loaded.file, converted.bad_rows, can_be_skipped=True)
    skipped = (*loaded.skipped, *converted.bad_rows)
    notes = [*converted.notes, *(f"skipped {bad}" for bad in skipped)]
    return converted.visits, tuple(notes)


def _span(table: ScenarioTable, visits: Sequence[Visit], time_zone: str) -> Span:
    """Return the simulated time: whole local days, until the last car has left."""
    zone = ZoneInfo(time_zone)

    def midnight_s(day: date) -> float:
        return datetime.combine(day, time(), zone).timestamp()

    def day_of(time_s: float) -> date:
        return datetime.fromtimestamp(time_s, UTC).astimezone(zone).date()

    arrivals = [visit.arrival_s for visit in visits]
    departures = [visit.departure_s for visit in visits]
    first = table.first_day or day_of(min(arrivals))
    last = table.last_day or first
    end_s = midnight_s(last + timedelta(days=1))
    after_s = midnight_s(day_of(max(departures)) + timedelta(days=1))
    return Span(start_s=midnight_s(first), end_s=max(end_s, after_s))
