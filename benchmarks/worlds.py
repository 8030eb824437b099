"""The worlds that are measured: `scenarios/caltech_54.toml` and its variants with other days, sessions and transformers."""

from datetime import date, timedelta
from pathlib import Path

from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "scenarios/data/caltech_2019-10.csv"
MARCH = SHARED / "sessions/caltech_2019-03_periods.csv.gz"
JPL = SHARED / "sessions/jpl_2019-05_2021-08.csv.gz"
PERIOD_S = 300.0

THREE_PHASE = "caltech_54"
ONE_PHASE = "caltech_54_single_phase"
TAPERING = "caltech_54_quantised"


def garage(
    site: str,
    *,
    cap_kw: float,
    sessions: Path = SAMPLE,
    first: date | None = None,
    days: int = 31,
    assignments: tuple[str, ...] = (),
) -> Scenario:
    """Return the garage with the sessions that arrive on some days of a file; all of them without a first day."""
    overrides = Overrides(
        sessions=sessions,
        first_day=first,
        last_day=first + timedelta(days=days - 1) if first is not None else None,
        assignments=(f"site.transformer.rating_kw={cap_kw}", *assignments),
    )
    return load_scenario(site, overrides)


def sample_month(*, cap_kw: float, days: int = 31) -> Scenario:
    """Return the shipped real month."""
    return garage(THREE_PHASE, cap_kw=cap_kw, first=date(2019, 10, 1), days=days)


def march(*, cap_kw: float, site: str = THREE_PHASE) -> Scenario:
    """Return March 2019 as the ACN-Sim paper used it."""
    return garage(site, cap_kw=cap_kw, sessions=MARCH)
