"""How alike the two shells are on hours of the demo site: `python -m benchmarks.bench_shells [--speed 60] [--hours 3] …`.

The demo's 24 outlets and real sessions, once in the simulated shell and once with a real server and virtual stations of all
three versions. Prints a table; the numbers are kept in benchmarks/results/shells.json.
"""

import argparse
import asyncio
import json
import tempfile
import tomllib
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.both_shells import Likeness, Same, likeness, lived, simulated
from benchmarks.run import RESULTS, commit, machine
from voltloom.live.config import config_of
from voltloom.simulation.scenario_file import load_scenario
from voltloom.simulation.scenario_layers import shipped_folder
from voltloom.simulation.visits import BatteryKind, Visit
from voltloom.site.network import network_of
from voltloom.virtual.fleet_file import SAMPLE
from voltloom.virtual.planning import placed, token_of

BEFORE_S = 900.0  # until the first vehicle: stations boot and are met
AFTER_S = 300.0  # from the last vehicle on: all is told
STAYS_S = 900.0  # at least


def hours_of(
    architecture: str, battery: str, start_s: float, hours: float, folder: Path, *, is_metered: bool = False
) -> Same:
    """Return some hours of the demo site; whoever is still there at their end leaves then, and who finds no outlet is
    left out. is_metered: with the meter of its file, which only the simulated shell plays: live it would be silent, and the site at
    its floor.
    """
    folder.mkdir(exist_ok=True)
    tree = tomllib.loads((shipped_folder() / "demo" / "site.toml").read_text(encoding="utf-8"))
    tree["gateway"]["port"] = 0
    del tree["api"]
    if not is_metered:
        del tree["meter"]
        tree["site"]["circuit"] = [one | {"metered": False} for one in tree["site"]["circuit"]]
    tree["control"]["architecture"] = architecture
    sample, end_s = load_scenario(SAMPLE).visits, start_s + 3600.0 * hours
    tree["token"] = [{"id": token} for token in sorted({token_of(visit) for visit in sample})]
    config = config_of(tree, folder=folder)
    network = network_of(config.site)
    last_s = end_s - AFTER_S
    chosen = [
        _told(visit, battery, last_s)
        for visit in sample
        if start_s + BEFORE_S <= visit.arrival_s < last_s - STAYS_S
    ]
    visits, _ = placed(chosen, network, network.evse_ids)
    return Same(config=config, visits=visits, start_s=start_s, end_s=end_s)


def _told(visit: Visit, battery: str, last_s: float) -> Visit:
    """Return a visit of which OCPP can tell the controller as much as the simulation does."""
    kind = replace(visit.battery, kind=BatteryKind(battery))
    return replace(
        visit,
        battery=kind,
        departure_s=min(visit.departure_s, last_s),
        phases_known=False,
        soc_known=False,
    )


def row_of(architecture: str, battery: str, same: Same, found: Likeness) -> str:
    """Return a row of the table."""
    cells = (
        f"{architecture}, {battery}",
        len(same.visits),
        f"{found.equal_ratio:.1%}",
        f"{found.within_1a_ratio:.1%}",
        f"{found.held_ratio:.1%}",
        f"{found.settled_ratio:.2%} of {found.settled_s / 60:.0f} min",
        f"{found.longest_s:.0f} s",
        f"{found.energy_ratio:+.2%}",
        f"{found.worst_ratio:+.1%} ({found.worst_wh:+.0f} Wh)",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--architectures", default="sequential,parallel,adaptive")
    parser.add_argument("--batteries", default="ideal,two_stage")
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--starting", default="2019-10-02T08:00", help="local time of the site")
    given = parser.parse_args()
    start_s = datetime.fromisoformat(given.starting).replace(tzinfo=ZoneInfo("America/Los_Angeles"))
    kept = []
    for battery in given.batteries.split(","):
        with tempfile.TemporaryDirectory() as folder:
            many = [
                hours_of(name, battery, start_s.timestamp(), given.hours, Path(folder) / name)
                for name in given.architectures.split(",")
            ]
            ideal = [simulated(same) for same in many]
            real = asyncio.run(lived(many, given.speed))
        for same, first, second in zip(many, ideal, real, strict=True):
            found, architecture = likeness(same, first, second), same.config.settings.architecture
            print(row_of(architecture, battery, same, found), flush=True)
            kept.append({"architecture": architecture, "battery": battery, **found._asdict()})
    told = {"speed": given.speed, "hours": given.hours, "starting": given.starting}
    text = json.dumps({**commit(), **told, "machine": machine(), "rows": kept}, indent=1)
    (RESULTS / "shells.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
