"""What plans gain by forecasts of stays and needs: `python -m benchmarks.bench_departures [--days 5] [--first 2019-10-07] [--only caltech,50,energy]`.

Real sessions in the garage under realistic control and `adaptive-plan`, with what drivers really typed: true departures and needs
(what nobody knows), what was typed taken as told, what was typed as an input of forecasts; and the same where nobody types
anything. Forecasts have learned from the same site's sessions before. Needs the reference data beside the checkout. Prints a
table; the numbers are kept in benchmarks/results/departures.json.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from benchmarks.bench_month import put_on_the_garage
from benchmarks.bench_plan import CALTECH, profit_of
from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import JPL, ROOT, SAMPLE, garage
from voltloom.forecast.learned import skills_of
from voltloom.simulation.run import run

REALISTIC = "caltech_sample"
JPL_SESSIONS = ROOT / "build/jpl_on_caltech_2019-10.csv"
# Whose sessions, behind which transformer, for which objective.
WORLDS = (
    ("caltech", 50.0, "profit"),
    ("caltech", 50.0, "energy"),
    ("jpl", 50.0, "energy"),
    ("caltech", 30.0, "energy"),
)
FILES = {"caltech": (SAMPLE, CALTECH), "jpl": (JPL_SESSIONS, JPL)}
# What drivers say, and by which departures plans are made.
WAYS = {
    "true": ("actual", "told"),
    "typed, as told": ("typed", "told"),
    "typed, forecast": ("typed", "forecast"),
    "nothing told, 8 h": ("none", "told"),
    "nothing told, forecast": ("none", "forecast"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of some days."""

    site: str
    cap_kw: float
    objective: str
    way: str
    sessions: int
    delivered_ratio: float
    profit_usd: float
    peak_kw: float
    overload_a_s: float
    cpu_s: float
    forecasts: list[dict[str, str | int | float | None]]


def lived(site: str, cap_kw: float, objective: str, way: str, first: date, days: int) -> Row:
    """Return what comes of some days. Raises AssertionError where a checker saw a breach."""
    sessions, before = FILES[site]
    stated, departures = WAYS[way]
    scenario = garage(
        REALISTIC,
        cap_kw=cap_kw,
        sessions=sessions,
        first=first,
        days=days,
        assignments=(
            f"sessions.history={json.dumps(str(before))}",
            "sessions.assign=any_free",
            f"sessions.stated_need={stated}",
            f"sessions.stated_departure={stated}",
            f"control.planning.objective={objective}",
            f"control.planning.departures={departures}",
        ),
    )
    result = run(scenario, architecture="adaptive-plan", faults="none", seed=1)
    assert not result.breaches, result.breaches[0]
    summary = result.summary
    return Row(
        site=site,
        cap_kw=cap_kw,
        objective=objective,
        way=way,
        sessions=summary.sessions,
        delivered_ratio=round(summary.delivered_ratio, 5),
        profit_usd=round(profit_of(scenario, result), 2),
        peak_kw=round(summary.peak_w / 1000.0, 2),
        overload_a_s=summary.overload_a_s,
        cpu_s=round(summary.cpu_s, 1),
        forecasts=[] if result.learned is None else skills_of(result.learned),
    )


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--first", type=date.fromisoformat, default=date(2019, 10, 7))
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--only", default="", help="one world, such as jpl,50,energy")
    given = parser.parse_args()
    worlds = [world for world in WORLDS if given.only in ("", f"{world[0]},{world[1]:g},{world[2]}")]
    if any(site == "jpl" for site, _, _ in worlds):
        put_on_the_garage(JPL, JPL_SESSIONS)
    file: Path = RESULTS / "departures.json"
    span = {"first": given.first.isoformat(), "days": given.days}
    kept = json.loads(file.read_text(encoding="utf-8"))["rows"] if file.exists() else []
    for world in worlds:
        for way in WAYS:
            row = lived(*world, way, given.first, given.days)
            print(
                f"{row.site} {row.cap_kw:g} kW {row.objective}: {way}: {row.delivered_ratio:.2%} of {row.sessions}, "
                f"{row.profit_usd:.2f} $, peak {row.peak_kw} kW, {row.cpu_s} s",
                flush=True,
            )
            same = (row.site, row.cap_kw, row.objective, row.way, given.first.isoformat(), given.days)
            kept = [each for each in kept if _key(each) != same]
            kept.append({**asdict(row), **span})
            text = json.dumps({**commit(), **machine(), "rows": kept}, indent=1)
            file.write_text(text + "\n", encoding="utf-8")


def _key(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("site", "cap_kw", "objective", "way", "first", "days"))


if __name__ == "__main__":
    main()
