"""`voltloom demo`: a site and its stations in one process, a real day in minutes. `make run` starts it."""

from __future__ import annotations

import shutil
import sys
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from voltloom.cli.inputs import JsonOption
from voltloom.cli.output import Exit, UsageError, Voice, fail, plain_errors
from voltloom.cli.run import moment_s

if TYPE_CHECKING:
    import asyncio

    from voltloom.live.clock import Clock
    from voltloom.live.config import Config
    from voltloom.simulation.visits import Visit
    from voltloom.virtual.fleet import Fleet, FleetPlan
    from voltloom.virtual.inverter import Inverter

END_WITHIN_S: Final = 40.0  # links and requests under way have 10 s and less each
WITHOUT_TERMINAL_S: Final = 60.0  # a script is not kept waiting for ever
HOST: Final = "127.0.0.1"
BATTERY_SOC_RATIO: Final = 0.5
OWN_METER: Final = "# `make run` has such a meter"
FACTORY_A: Final = 6.0  # its installer set the stations up
WHAT_IF_FOLDER: Final = "journal.what-if"
JOURNAL_FILES: Final = ("journal.db", "journal.db-wal", "journal.db-shm")
DemoSpeedOption = Annotated[
    float,
    typer.Option("--speed", metavar="RATIO", min=1.0, max=300.0, help="Site seconds in a real second."),
]


StartingOption = Annotated[
    str | None,
    typer.Option(
        "--starting",
        metavar="TIME",
        help="Local time of the site at the start: 2019-10-02T09:00, with --two-way 2024-01-08T16:30.",
    ),
]
TwoWayOption = Annotated[
    bool, typer.Option("--two-way", help="Play a depot whose vans may feed back, instead of a garage.")
]
BatteryOption = Annotated[
    bool, typer.Option("--battery", help="Add a battery behind a virtual inverter, and a meter.")
]
ModbusOption = Annotated[
    int, typer.Option("--modbus-port", min=1, max=65535, help="Where that inverter is reached.")
]


class _How(NamedTuple):
    run_for_s: float | None
    voice: Voice
    modbus_port: int  # of the battery's inverter, 0 where there is none


class _What(NamedTuple):
    """A site to show. file: of `scenarios/demo`. scenario: whose cars come. starting: when."""

    file: str
    scenario: str
    starting: str


GARAGE = _What("site.toml", "caltech_sample", "2019-10-02T09:00")
# What the house above the garage draws on each phase, from midnight on.
BUILDING_A: Final = {"transformer": (3, 3, 3, 3, 3, 4, 5, 6, 8, 8, 8, 9, 9, 9, 8, 8, 9, 9, 9, 8, 7, 5, 4, 4)}
TWO_WAY = _What("two_way.toml", "v2g_depot", "2024-01-08T16:30")


def demo(
    speed: DemoSpeedOption = 60.0,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where the stations connect.")] = 9000,
    http_port: Annotated[
        int, typer.Option("--http-port", min=1, max=65535, help="Where a browser finds the site.")
    ] = 8080,
    starting: StartingOption = None,
    is_two_way: TwoWayOption = False,
    folder: Annotated[
        Path, typer.Option("--folder", help="Gets the site's file and a fresh journal.")
    ] = Path("build/demo"),
    with_battery: BatteryOption = False,
    modbus_port: ModbusOption = 5020,
    run_for_s: Annotated[
        float | None,
        typer.Option(
            "--for", metavar="SECONDS", min=0.1, help="End after so many real seconds; 60 without a terminal."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Operate a site of 24 outlets under a limited transformer, with virtual stations that play real sessions; or a depot whose
    vans may feed back.
    """
    import asyncio
    import logging

    from voltloom.cli.journal import store_errors
    from voltloom.live.clock import Clock
    from voltloom.live.config import load_config

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    voice = Voice(is_json=as_json, is_quiet=False)
    if run_for_s is None and not sys.stdout.isatty():
        run_for_s = WITHOUT_TERMINAL_S
    with plain_errors(), store_errors():
        _check_free("--port", "PORT", port)
        _check_free("--http-port", "HTTP_PORT", http_port)
        what = TWO_WAY if is_two_way else GARAGE
        if with_battery:
            _check_free("--modbus-port", "", modbus_port)
        file = _written(folder, (port, http_port, modbus_port if with_battery else 0), what)
        config = load_config(file)
        start_s = moment_s("--starting", starting or what.starting, config.site.time_zone)
        assert start_s is not None
        plan = _fleet(config, f"ws://{HOST}:{port}/ocpp", start_s, speed, what)
        voice.say(
            f"{file} is the site, {config.journal} its journal. Nothing in there is kept for the next time."
        )
        voice.say(
            "Getting ready. The very first start also compiles, which takes some 20 s, on a busy machine more."
        )
        how = _How(run_for_s, voice, modbus_port if with_battery else 0)
        try:
            summary = asyncio.run(_both(config, plan, Clock(speed, start_s), how))
        except OSError as wrong:
            fail(f"cannot listen at {wrong.strerror or wrong}.", Exit.WRONG_INPUT)
        except asyncio.CancelledError:
            fail(f"not everything had ended after {END_WITHIN_S:g} s; see the log above.", Exit.BREACH)
        _say_end(voice, summary, config)


async def _both(config: Config, plan: FleetPlan, clock: Clock, how: _How) -> dict[str, object]:
    import asyncio

    from voltloom.cli.playing import Played, drivers, meters_of
    from voltloom.cli.run import open_api
    from voltloom.cli.watching import run_id, until_told, watching
    from voltloom.live.running import opened
    from voltloom.virtual.fleet import Fleet

    run_for_s, voice, modbus_port = how
    over = until_told(run_for_s)
    fleet = Fleet(plan, clock, run_id())

    inverter = _inverter(config, fleet, clock) if modbus_port else None
    if inverter is not None:
        await inverter.start(HOST, modbus_port)  # it shows the site's meter, too
    async with AsyncExitStack() as stack:
        for meter, host, port in () if inverter is not None else meters_of(config, fleet):
            await meter.listen(host, port)
            stack.push_async_callback(meter.close)
        site = await opened(config, clock)
        try:
            await open_api(site, stack, voice.say, Played(fleet, config))
        except OSError:
            await site.stop()
            raise
        stack.push_async_callback(site.stop)
        for _, addresses in site.listening:
            for host, port in addresses:
                voice.say(
                    f"{len(plan.members)} stations of OCPP 1.6, 2.0.1 and 2.1 connect to ws://{host}:{port}/ocpp."
                )
        voice.say(f"A second here is {clock.speed_ratio:g} s of the site. Ctrl-C ends all of it.")
        stating = asyncio.create_task(drivers(site, plan))
        stack.callback(stating.cancel)
        with watching(voice, config.site.time_zone) as watch:
            await fleet.run(over, watch)
        ending = asyncio.get_running_loop().call_later(END_WITHIN_S, _give_up, asyncio.current_task())
    ending.cancel()
    if inverter is None:
        return fleet.summary()
    await inverter.stop()
    return {**fleet.summary(), "battery_soc_ratio": round(inverter.cells.soc_ratio, 3)}


def _give_up(main: asyncio.Task[Any] | None) -> None:
    """End what does not end by itself, and tell what it was."""
    import asyncio
    import logging

    for task in asyncio.all_tasks():
        where = task.get_stack(limit=1)
        place = f"{where[0].f_code.co_filename}:{where[0].f_lineno}" if where else "nowhere"
        logging.getLogger("voltloom.cli").error("still waiting at %s: %s", place, task.get_coro())
    if main is not None:
        main.cancel("it did not end by itself")


def _inverter(config: Config, fleet: Fleet, clock: Clock) -> Inverter:
    """Return the inverter of the site's battery, whose meter shows what the fleet's cars draw."""
    from voltloom.virtual.inverter import Cells, Inverter

    (battery,) = config.site.batteries
    network = fleet.garage.network
    lines = [network.row_ids.index(f"{battery.circuit_id}/{phase.name}") for phase in battery.phases]
    cells = Cells(
        capacity_wh=battery.capacity_wh,
        most_w=battery.charge_w,
        soc_ratio=BATTERY_SOC_RATIO,
        timeout_s=config.inverters[0].rests_after_s,
        now_s=fleet.plan.scenario.start_s,
    )

    def drawn_a() -> list[float]:
        return [fleet.garage.loads_a.item(row) for row in lines]

    return Inverter(cells, clock, drawn_a)


def _fleet(config: Config, url: str, start_s: float, speed_ratio: float, what: _What) -> FleetPlan:
    from dataclasses import replace
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from voltloom.cli.playing import building
    from voltloom.protocols.ocpp.actions import OcppVersion
    from voltloom.site.network import network_of
    from voltloom.virtual.fleet_file import MIX
    from voltloom.virtual.line import Address
    from voltloom.virtual.planning import Day, Kind, member, placed, plan_of
    from voltloom.virtual.profile_words import ProfileAbility

    network = network_of(config.site)
    is_two_way = network.feeds_from_vehicles
    members = []
    for place, (identity, where) in enumerate(config.places.items()):
        version = OcppVersion.V21 if is_two_way else MIX[place % len(MIX)]
        address = Address(url, call_timeout_s=max(3.0, 30.0 / speed_ratio))
        kind = Kind(
            version=version,
            address=address,
            factory_a=FACTORY_A,
            ability=ProfileAbility(follows_setpoints=is_two_way),
            has_iso15118=is_two_way,
        )
        evse_ids = [network.evse_ids[outlet.evse] for outlet in where.outlets.values()]
        members.append(member(config.site, network, identity, evse_ids, kind))
    visits = [visit for visit in _visits(what) if visit.departure_s > start_s]
    if not visits:
        raise UsageError(f"--starting: no car arrives after that; try {what.starting}.")
    visits_placed, _ = placed(visits, network, network.evse_ids)
    day = Day(start_s=start_s, visits=visits_placed)
    if not is_two_way:
        offset_s = datetime.fromtimestamp(start_s, ZoneInfo(config.site.time_zone)).utcoffset()
        assert offset_s is not None
        load = building(network, start_s, BUILDING_A, offset_s.total_seconds())
        day = replace(day, other_load=load)
    return plan_of(config.site, members, day)


@cache
def _visits(what: _What) -> tuple[Visit, ...]:
    from voltloom.simulation.scenario_file import load_scenario

    return load_scenario(what.scenario).visits


def _written(folder: Path, ports: tuple[int, int, int], what: _What) -> Path:
    """Write the site's file, with a token for each driver, and remove the journal of the last time; return the file.

    ports: of the stations, of the interface, and of the battery's inverter, 0 for a site without one.
    """
    from voltloom.simulation.scenario_layers import shipped_folder
    from voltloom.virtual.planning import token_of

    port, http_port, modbus_port = ports
    text = (shipped_folder() / "demo" / what.file).read_text(encoding="utf-8")
    if modbus_port:  # the inverter's meter takes the place of the site's own
        battery = (shipped_folder() / "demo" / "battery.toml").read_text(encoding="utf-8")
        before, _, after = text.partition(OWN_METER)
        text = before + after[after.find("[gateway]") :] + "\n" + battery
    tokens = "".join(f'[[token]]\nid = "{token}"\n' for token in sorted({token_of(v) for v in _visits(what)}))
    file = folder / "site.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in JOURNAL_FILES:
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / WHAT_IF_FOLDER, ignore_errors=True)  # its days are gone
        text = text.replace("port = 9000", f"port = {port}").replace("port = 8080", f"port = {http_port}")
        text = text.replace("port = 5020", f"port = {modbus_port or _free_port()}")
        file.write_text(text + "\n" + tokens, encoding="utf-8")
    except OSError as wrong:
        fail(f"{folder} cannot be written to: {wrong.strerror}.", Exit.NOT_WRITTEN)
    return file


def _free_port() -> int:
    import socket

    with socket.create_server((HOST, 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _check_free(option: str, variable: str, port: int) -> None:
    import socket

    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        other = f" (make run {variable}={port + 100})" if variable else ""
        remedy = f"Stop it, or choose another port{other}."
        raise UsageError(f"{option} = {port}: something listens there already. {remedy}") from None


def _say_end(voice: Voice, summary: dict[str, object], config: Config) -> None:
    from voltloom.cli.stations import say_summary

    say_summary(voice, summary)
    voice.say(f"What was charged: voltloom sessions list {config.journal}")
    voice.give(summary)
