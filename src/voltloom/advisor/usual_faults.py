"""Faults as a rule of thumb, for a site of which nobody has told what goes wrong: mild and severe, over so many days."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Final

from voltloom.simulation.faults import ANY, FaultKind, FaultSpec
from voltloom.simulation.scenario import FAULT_LEVELS
from voltloom.units import SECONDS_PER_DAY

HOUR_S: Final = 3600.0
USUAL_WORDS: Final = (
    "faults as a rule of thumb: mild, a station a day offline; severe, also meters, messages and a power cut"
)


def usual_faults(span_s: float) -> MappingProxyType[str, tuple[FaultSpec, ...]]:
    """Return what may go wrong in a stretch of time, by level; each kind happens at least once, however short it is."""
    days_count = max(1, math.ceil(span_s / SECONDS_PER_DAY))
    offline = _spec(FaultKind.STATION_OFFLINE, span_s, HOUR_S, days_count)
    often = _spec(FaultKind.STATION_OFFLINE, span_s, HOUR_S, 4 * days_count)
    severe = (
        often,
        _spec(FaultKind.METER_FROZEN, span_s, HOUR_S, days_count),
        FaultSpec(
            kind=FaultKind.MESSAGE_LOSS,
            magnitude_ratio=0.2,
            spread_s=span_s,
            length_s=2 * HOUR_S,
            count=days_count,
        ),
        FaultSpec(
            kind=FaultKind.CONTROLLER_CRASH, spread_s=span_s, length_s=300.0, count=-(-2 * days_count // 7)
        ),
        FaultSpec(kind=FaultKind.POWER_CUT, spread_s=span_s, length_s=600.0, count=-(-days_count // 7)),
    )
    calm, mild, worst = FAULT_LEVELS
    return MappingProxyType({calm: (), mild: (offline,), worst: severe})


def usual_tables(span_s: float) -> dict[str, list[dict[str, object]]]:
    """Return the same in the words of a scenario file."""
    return {level: [_table(spec) for spec in specs] for level, specs in usual_faults(span_s).items() if specs}


def _spec(kind: FaultKind, span_s: float, length_s: float, count: int) -> FaultSpec:
    return FaultSpec(kind=kind, target=(ANY,), spread_s=span_s, length_s=length_s, count=count)


def _table(spec: FaultSpec) -> dict[str, object]:
    table: dict[str, object] = {
        "kind": spec.kind.value,
        "spread_s": spec.spread_s,
        "length_s": spec.length_s,
        "count": spec.count,
    }
    if spec.target == (ANY,):
        table["target"] = [ANY]
    if spec.magnitude_ratio != 1.0:
        table["magnitude_ratio"] = spec.magnitude_ratio
    return table
