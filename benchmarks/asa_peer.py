"""What the published planner (ASA) does with the worlds we measure: run beside us once, then read from results/asa.json.

    python -m benchmarks.asa_peer --acnsim-python .venv-acnsim/bin/python [--only week,written,profit,months] [--again]

A week of ASA written in CVXPY takes minutes, so every outcome is kept under its options and the sessions' digest, one run a
line, and an interrupted list goes on where it stopped. Standard library only.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "benchmarks/results/asa.json"
SAMPLE = ROOT / "scenarios/data/caltech_2019-10.csv"
ZONE = ZoneInfo("America/Los_Angeles")
CAPS_KW = (20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 150.0)
HINT_KW = (
    20.4  # as published, 75 % of the clairvoyant's peak of the month before: 27.17 kW (`asa_clairvoyant.py`)
)
QUANTISED = ("--battery", "two_stage", "--pilots", "quantised", "--uninterrupted", "--rampdown")
PROFIT = ("--direct", "--objective", "profit")
HINT = ("--hint-kw", f"{HINT_KW:g}")
CASES: Mapping[str, tuple[str, ...]] = {
    "ideal": ("--direct",),
    "shipped": (*QUANTISED, "shipped", "--direct"),
    "mended": (*QUANTISED, "mended", "--direct"),
    "profit": PROFIT,
    "profit, hint": (*PROFIT, *HINT),
    "profit, mended": (*QUANTISED, "mended", *PROFIT),
    "profit, mended, hint": (*QUANTISED, "mended", *PROFIT, *HINT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One run of ASA: sessions, days, transformer, and the options of `asa_month.py`."""

    sessions: Path
    first: date
    days: int
    cap_kw: float
    options: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Return what the run is kept under; no path of the machine."""
        when = ("--start", self.first.isoformat(), "--days", str(self.days))
        return (self.sessions.name, *when, "--cap-kw", f"{self.cap_kw:g}", *self.options)

    def command(self, python: str) -> list[str]:
        """Return the command that makes it."""
        start = datetime.combine(self.first, datetime.min.time(), ZONE).isoformat()
        return [
            *(python, "-m", "benchmarks.asa_month", "--sessions", str(self.sessions), "--start", start),
            *("--days", str(self.days), "--cap-kw", f"{self.cap_kw:g}", *self.options),
        ]


WEEK = Peer(sessions=SAMPLE, first=date(2019, 10, 21), days=7, cap_kw=40.0, options=())
MONTH = replace(WEEK, first=date(2019, 10, 1), days=31)


def week_peers() -> Iterator[Peer]:
    """Yield the week of the sample at every transformer."""
    for case in ("ideal", "mended", "shipped"):
        for cap_kw in CAPS_KW:
            yield replace(WEEK, cap_kw=cap_kw, options=CASES[case])


def written_peers() -> Iterator[Peer]:
    """Yield the week as published, written anew in CVXPY in every period; what is filled in directly costs a tenth."""
    yield WEEK
    yield replace(WEEK, cap_kw=50.0, options=CASES["mended"][:-1])


def profit_peers() -> Iterator[Peer]:
    """Yield the month of the sample for the greatest profit, without and with a hint."""
    for case, options in CASES.items():
        if case.startswith("profit"):
            yield replace(MONTH, cap_kw=150.0, options=options)


def month_peers() -> Iterator[Peer]:
    """Yield the whole month of the sample."""
    for cap_kw in (30.0, 50.0, 80.0):
        for case in ("ideal", "mended"):
            yield replace(MONTH, cap_kw=cap_kw, options=CASES[case])


LISTS: Mapping[str, Callable[[], Iterable[Peer]]] = {
    "week": week_peers,
    "written": written_peers,
    "profit": profit_peers,
    "months": month_peers,
}


def outcome(peer: Peer, python: str | None, *, again: bool = False) -> dict[str, Any] | None:
    """Return what ASA did, kept or run now; None where it is not kept and there is no interpreter to run it."""
    digest = hashlib.sha256(peer.sessions.read_bytes()).hexdigest()
    runs = json.loads(KEPT.read_text(encoding="utf-8"))["runs"] if KEPT.exists() else []
    same = [run for run in runs if tuple(run["options"]) == peer.key and run["sessions_sha256"] == digest]
    if same and not again:
        known: dict[str, Any] = same[0]["found"]
        return known
    if python is None:
        return None
    print("ASA:", " ".join(peer.key), file=sys.stderr, flush=True)
    told = subprocess.run(peer.command(python), check=True, capture_output=True, text=True, cwd=ROOT).stdout
    found: dict[str, Any] = json.loads(told)
    run = {"options": peer.key, "sessions_sha256": digest, "found": found}
    keep([*(other for other in runs if tuple(other["options"]) != peer.key), run])
    return found


def keep(runs: Sequence[Mapping[str, Any]]) -> None:
    """Write one run a line, so that a change of one run is a change of one line."""
    lines = ",\n".join("  " + json.dumps(run) for run in runs)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(f'{{\n "made_by": "benchmarks/asa_peer.py",\n "runs": [\n{lines}\n ]\n}}\n', "utf-8")


def main() -> None:
    """Run what is not kept yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--acnsim-python", required=True)
    parser.add_argument("--only", default=",".join(LISTS))
    parser.add_argument("--again", action="store_true", help="run also what is kept")
    given = parser.parse_args()
    for name in given.only.split(","):
        for peer in LISTS[name]():
            found = outcome(peer, given.acnsim_python, again=given.again) or {}
            print(name, " ".join(peer.key), f"{found['delivered_ratio']:.4%}", f"{found['cpu_s']:.1f} s")


if __name__ == "__main__":
    main()
