"""Tapering batteries on quantised pilots, a real week: ours beside acnportal as shipped and with its ramp-down mended.

    python -m benchmarks.tapering

acnportal's side is read from tests/reference/acnsim_week.json (`python -m benchmarks.acnsim_reference` makes it again).
"""

import json
from collections.abc import Iterator
from datetime import date

from benchmarks.worlds import ROOT, TAPERING, garage
from voltloom.simulation.run import run

REFERENCE = ROOT / "tests/reference/acnsim_week.json"
# Which of acnportal's rules stands beside which of ours.
BESIDE = {"llf": "llf", "edf": "edf", "fcfs": "fcfs", "rr": "rr", "adaptive": "llf", "parallel": "rr"}


def known() -> dict[tuple[str, float, str], float]:
    """Return what acnportal delivered: (rule, transformer in kW, ramp-down) -> share."""
    found = {}
    for made in json.loads(REFERENCE.read_text(encoding="utf-8"))["runs"]:
        words = made["options"]
        if "--rampdown" in words:
            rampdown = words[words.index("--rampdown") + 1]
            found[words[1], float(words[words.index("--cap-kw") + 1]), rampdown] = made["delivered_ratio"]
    return found


def lines() -> Iterator[str]:
    """Yield the table in Markdown."""
    theirs = known()
    yield "| kW | ours | delivered | acnportal | as shipped | mended |"
    yield "|---|---|---|---|---|---|"
    for cap_kw in sorted({cap_kw for _, cap_kw, _ in theirs}):
        scenario = garage(TAPERING, cap_kw=cap_kw, first=date(2019, 10, 21), days=7)
        for rule, beside in BESIDE.items():
            ratio = run(scenario, architecture=rule, faults="none", seed=1).summary.delivered_ratio
            both = [theirs.get((beside, cap_kw, rampdown)) for rampdown in ("shipped", "mended")]
            told = " | ".join(f"{share:.2%}" if share is not None else "–" for share in both)
            yield f"| {cap_kw:g} | {rule} | {ratio:.2%} | {beside} | {told} |"


def main() -> None:
    """Print the table."""
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
