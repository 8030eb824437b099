"""`voltloom stations` plays a fleet of OCPP stations against a central system."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from voltloom.cli.inputs import JsonOption, known_zone
from voltloom.cli.output import UsageError, Voice, plain_errors
from voltloom.cli.run import moment_s

if TYPE_CHECKING:
    from voltloom.live.clock import Clock
    from voltloom.virtual.fleet_file import Planned

CountOption = Annotated[int, typer.Option("--count", "-n", min=1, help="How many stations.")]
VersionOption = Annotated[
    str, typer.Option("--version", metavar="1.6|2.0.1|2.1|mixed", help="What they speak.")
]
UrlOption = Annotated[
    str | None,
    typer.Option(
        "--url", help="Where they connect; their identity is appended. ws://127.0.0.1:9000/ocpp if left out."
    ),
]
SecretOption = Annotated[
    str, typer.Option("--user-secret", help="What each sends by Basic, with its identity as user.")
]
FaultsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--faults",
        metavar="KIND[,KEY=VALUE...]",
        help="What goes wrong, such as station_offline,start_s=600,length_s=900,target=any. Repeatable.",
    ),
]
ForOption = Annotated[
    float | None, typer.Option("--for", metavar="SECONDS", min=0.1, help="End after so many real seconds.")
]
FleetSpeedOption = Annotated[
    float,
    typer.Option("--speed", metavar="RATIO", min=0.01, max=1000.0, help="Their seconds in a real second."),
]
BeginOption = Annotated[
    str | None,
    typer.Option(
        "--starting",
        metavar="TIME",
        help="Their time at the start, such as 2019-10-01T07:30; the sessions then keep theirs. Else they come now.",
    ),
]
ZoneOption = Annotated[
    str, typer.Option("--time-zone", help="Of --starting; that of the shipped month if left out.")
]

CertificateOption = Annotated[
    str, typer.Option("--certificate", help="PEM file of each station; {id} stands for its identity.")
]
Iso15118Option = Annotated[
    bool, typer.Option("--iso15118", help="2.x: cars tell their needs and want a schedule.")
]
AuthorityOption = Annotated[
    str, typer.Option("--authority", help="PEM file that the server's certificate rests on.")
]
PlayedOption = Annotated[
    Path | None, typer.Option("--sessions", help="Sessions to play; the shipped month if left out.")
]
DayOption = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="Only what arrives on this local day.")
]


class _Times(NamedTuple):
    speed_ratio: float
    starting_s: float | None
    run_for_s: float | None
    time_zone: str


def stations(
    count: CountOption = 1,
    version: VersionOption = "mixed",
    url: UrlOption = None,
    prefix: Annotated[str, typer.Option("--prefix", help="Begin of their identities.")] = "CP",
    evses: Annotated[int, typer.Option("--evses", min=1, help="Outlets of each.")] = 1,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FLEET.toml", help="A mixed fleet, instead of the options above."),
    ] = None,
    sessions: PlayedOption = None,
    day: DayOption = None,
    cars: Annotated[bool, typer.Option("--cars/--no-cars", help="Whether cars come at all.")] = True,
    token: Annotated[
        list[str] | None,
        typer.Option("--token", help="What drivers show, in turn; one for each if left out. Repeatable."),
    ] = None,
    speed: FleetSpeedOption = 1.0,
    starting: BeginOption = None,
    time_zone: ZoneOption = "America/Los_Angeles",
    faults: FaultsOption = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Seed of everything that is drawn.")
    ] = None,
    user_secret: SecretOption = "",
    authority: AuthorityOption = "",
    certificate: CertificateOption = "",
    key: Annotated[str, typer.Option("--key", help="Its key; {id} stands for its identity.")] = "",
    iso15118: Iso15118Option = False,
    run_for_s: ForOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play OCPP stations with simulated cars. They follow the charging profiles they are given. Ctrl-C ends them."""
    group: dict[str, object] = {"count": count, "version": version, "prefix": prefix, "evses": evses}
    group |= {"secret": user_secret, "certificate": certificate, "key": key, "iso15118": iso15118}
    with plain_errors():
        said: dict[str, object] = {"url": url, "seed": seed, "day": _day(day), "tokens": token}
        said["sessions"] = None if sessions is None else str(sessions.absolute())
        said["cars"] = None if cars else False
        tree: dict[str, object] = {"group": [group], "authority": authority}
        if file is not None:
            tree = _tree_in(file)
        tree |= {name: value for name, value in said.items() if value is not None}
        folder = Path() if file is None else file.parent
        known_zone("--time-zone", time_zone)
        _play(
            tree,
            folder,
            faults or [],
            _Times(
                speed,
                moment_s("--starting", starting, time_zone),
                run_for_s,
                time_zone if starting else "UTC",
            ),
            Voice(is_json=as_json, is_quiet=False),
        )


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'--date = "{text}": is no day. Write it as 2019-10-01.') from None


def _tree_in(file: Path) -> dict[str, object]:
    from voltloom.simulation.scenario_layers import toml_in

    return dict(toml_in(file))


def _play(
    tree: dict[str, object],
    folder: Path,
    faults: list[str],
    times: _Times,
    voice: Voice,
) -> None:
    import asyncio

    from voltloom.live.clock import Clock
    from voltloom.site.mistakes import Mistake, PlanError
    from voltloom.virtual.fleet_faults import fault_tables
    from voltloom.virtual.fleet_file import Beginning, fleet_of

    speed_ratio, starting_s, _, _ = times
    mistakes: list[Mistake] = []
    given = tree.get("faults", [])
    tree["faults"] = [*(given if isinstance(given, list) else []), *fault_tables(faults, mistakes)]
    if mistakes:
        raise PlanError(mistakes)
    clock = Clock(speed_ratio, starting_s)
    beginning = Beginning(clock.now_s(), speed_ratio, is_real_day=starting_s is not None)
    planned = fleet_of(tree, folder, beginning)
    for note in planned.notes:
        voice.say(f"note: {note}")
    clock.set_off(0.0)
    summary = asyncio.run(_played(planned, clock, times, voice))
    voice.give(summary)


async def _played(planned: Planned, clock: Clock, times: _Times, voice: Voice) -> dict[str, object]:
    from voltloom.cli.watching import run_id, until_told, watching
    from voltloom.virtual.fleet import Fleet

    over = until_told(times.run_for_s)
    fleet = Fleet(planned.plan, clock, run_id())
    with watching(voice, times.time_zone) as watch:
        await fleet.run(over, watch)
    summary = fleet.summary()
    del summary["highest_load_ratio"]  # their site is the server's to know
    say_summary(voice, summary)
    return summary


# Where the name in the JSON is no word of an operator's.
SUMMARY_WORDS: Final = MappingProxyType(
    {
        "connections_lost": "connections ended",
        "charging_needs": "cars that told their needs",
        "charging_needs_without_schedule": "of them left without a plan",
        "messages_replayed": "messages told after a lost link",
        "messages_given_up": "messages never answered",
        "disobedience_ampere_seconds": "drawn above the limits",
        "highest_load_ratio": "fullest circuit at its worst",
    }
)


def say_summary(voice: Voice, summary: dict[str, object]) -> None:
    """Print what came of a fleet."""
    from voltloom.cli.output import a_table
    from voltloom.units import kwh_from_wh

    def shown(name: str, value: object) -> str:
        if isinstance(value, dict):
            return ", ".join(f"{key} {count}" for key, count in value.items()) or "none"
        if name.endswith("_wh"):
            assert isinstance(value, int)
            return f"{kwh_from_wh(value):,.1f} kWh"
        if name == "highest_load_ratio":
            assert isinstance(value, float)
            return f"{100.0 * value:.0f} % of its rating"
        return f"{value} A·s" if name == "disobedience_ampere_seconds" else str(value)

    rows = [
        (SUMMARY_WORDS.get(name, name.removesuffix("_wh").replace("_", " ")), shown(name, value))
        for name, value in summary.items()
    ]
    voice.show(a_table("", ("", ""), rows, numbers_from=9))
