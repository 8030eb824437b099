"""How good the forecasts are on real records, one step after another, beside seasonal-naive; and what they cost.

python -m benchmarks.bench_forecast [--date 2026-11-26] [--every 2]: stays, energies and arrivals on both public files of
sessions, an office's load, a roof's sun, and the peaks that past days could have been flattened to. Needs ../shared/data. Results
go to benchmarks/results/forecast.json.
"""

import argparse
import json
from typing import Any

import numpy as np

from benchmarks.forecast_curves import Judge, arrivals, building, roof
from benchmarks.forecast_peaks import peaks
from benchmarks.forecast_stays import cycle_cost_ms, planned_ways, rolling, skills, visits_in
from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import SHARED
from voltloom.forecast.skill import Skill
from voltloom.forecast.stays import StaySettings


def told(skill: Skill) -> dict[str, Any]:
    """Return a skill as plain numbers."""
    return {
        "outcomes": skill.outcomes_count,
        "mean_error": round(skill.mean_error_score, 4),
        "error_ratio": round(skill.error_ratio, 4),
        "mean_pinball": round(skill.mean_pinball_score, 4),
        "pinball_ratio": round(skill.pinball_ratio, 4),
        "covered": round(skill.covered_ratio, 4),
        "below": round(skill.below_count / skill.outcomes_count, 4),
        "above": round(skill.above_count / skill.outcomes_count, 4),
    }


def of_judge(judge: Judge) -> dict[str, Any]:
    """Return a judge's skills beside each naive forecast."""
    found: dict[str, Any] = {
        stretch: {naive: told(skill) for naive, skill in by_naive.items()}
        for stretch, by_naive in judge.skills.items()
    }
    return found | ({"cpu_ms_each": round(judge.cpu_ms_each, 2)} if judge.made_count else {})


def of_sessions(name: str, every: int) -> dict[str, Any]:
    """Return everything that is measured on one file of sessions."""
    path = SHARED / f"sessions/{name}_2019-05_2021-08.csv.gz"
    visits = visits_in(path)
    made = list(rolling(visits, StaySettings(), every))
    marked = list(rolling(visits_in(path, users="typed"), StaySettings(), every))
    return {
        "stays": {what: told(skill) for what, skill in skills(made).items()},
        "stays, drivers told apart by what they type": {
            what: told(skill) for what, skill in skills(marked).items() if "as typed" not in what
        },
        "planned_until": planned_ways(made),
        "cost": {what: round(ms, 3) for what, ms in cycle_cost_ms(visits).items()},
        "arrivals": {what: of_judge(judge) for what, judge in arrivals(visits).items()},
        "peaks": peaks(visits),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    parser.add_argument("--every", type=int, default=1, help="judge only each n-th visit")
    given = parser.parse_args()
    np.seterr(all="raise", under="ignore")
    results: dict[str, Any] = {}
    for name in ("caltech", "jpl"):
        results[name] = of_sessions(name, given.every)
        print(name, json.dumps(results[name], indent=1), flush=True)
    results["building"] = of_judge(building(SHARED / "load/medium_office_LA_RefBldg2004_8760h.csv.gz"))
    results["roof"] = of_judge(roof(SHARED / "pv/pv_jpl_220kWdc_8760h.csv.gz"))
    print(json.dumps({name: results[name] for name in ("building", "roof")}, indent=1))
    kept = {"date": given.date, **commit(), "machine": machine(), "every": given.every, "results": results}
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    (RESULTS / "forecast.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
