"""The textbook rules deliver what ACN-Sim delivers: a real week of the Caltech garage, session by session.

`acnsim_week.json` holds what acnportal 0.3.3 delivered (`benchmarks/acnsim_reference.py` makes it), so nothing but the
shipped sample is needed here.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.worlds import ONE_PHASE, SAMPLE, THREE_PHASE, garage
from voltloom.simulation.run import run
from voltloom.simulation.summary import RunResult

FILE = Path(__file__).parent / "acnsim_week.json"
FIRST_DAY, DAYS = date(2019, 10, 21), 7
TOTAL_RATIO = 0.0002  # 0.02 point
SESSION_WH = 0.1  # the file is rounded to that
WH_PER_A = 208.0 * 300.0 / 3600.0  # of one ampere for one period


def most_apart_wh(known: "Known") -> float:
    """Return how far a session may be apart: rounding, and for a round robin the last step, which rounding decides."""
    step_a = float(known.options.get("--increment-a", 0.0)) if known.rule == "rr" else 0.0
    return SESSION_WH + step_a * WH_PER_A


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One run of ACN-Sim."""

    name: str
    options: dict[str, str]
    delivered_ratio: float
    session_wh: dict[str, float]

    @property
    def rule(self) -> str:
        return self.options["--algorithm"]

    @property
    def cap_kw(self) -> float:
        return float(self.options["--cap-kw"])


def known_runs() -> Iterator[Known]:
    held = json.loads(FILE.read_text(encoding="utf-8"))
    for made in held["runs"]:
        words = [word for word in made["options"] if word != "--uninterrupted"]
        options = dict(zip(words[::2], words[1::2], strict=True))
        yield Known(
            name="-".join(option for option in options.values()),
            options=options,
            delivered_ratio=made["delivered_ratio"],
            session_wh=dict(zip(held["session_ids"], made["session_delivered_wh"], strict=True)),
        )


RUNS = {known.name: known for known in known_runs()}
IDEAL = [name for name, known in RUNS.items() if "--battery" not in known.options]
QUICK = ["llf-20", "edf-40", "fcfs-40", "rr-1.0-40", "llf-40-aggregate"]


def played(known: Known) -> RunResult:
    """Run the same week under the same rule."""
    scenario = garage(
        ONE_PHASE if "--site" in known.options else THREE_PHASE,
        cap_kw=known.cap_kw,
        first=FIRST_DAY,
        days=DAYS,
        assignments=tuple(
            f"control.increment_a={a}" for k, a in known.options.items() if k == "--increment-a"
        ),
    )
    return run(scenario, architecture=known.rule, faults="none", seed=1)


def check_equal(name: str) -> None:
    known = RUNS[name]

    result = played(known)

    found = {outcome.session_id: outcome.delivered_wh for outcome in result.trace.sessions}
    assert not result.breaches
    assert found.keys() == known.session_wh.keys()
    assert result.summary.delivered_ratio == pytest.approx(known.delivered_ratio, abs=TOTAL_RATIO)
    apart_wh = np.array([abs(found[session] - known.session_wh[session]) for session in found])
    assert apart_wh.max() < most_apart_wh(known)


@pytest.mark.parametrize("name", QUICK)
def test_every_session_gets_what_acnsim_gives_it(name: str) -> None:
    check_equal(name)


@pytest.mark.nightly
@pytest.mark.parametrize("name", [name for name in IDEAL if name not in QUICK])
def test_every_session_gets_what_acnsim_gives_it_at_every_capacity(name: str) -> None:
    check_equal(name)


def test_the_reference_is_of_the_sample_that_ships() -> None:
    held = json.loads(FILE.read_text(encoding="utf-8"))

    assert held["sessions_sha256"] == hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
    assert set(QUICK) <= set(RUNS)
