"""The source's six-row table with this site's measured numbers: what each row is measured by, and the cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voltloom.advisor.checklist import Family, family_of
from voltloom.advisor.duels import Duel
from voltloom.advisor.formats import UNKNOWN, duration, hours, kw, money, number, percent, signed
from voltloom.advisor.measured import Measured
from voltloom.advisor.study import Probe, Study
from voltloom.advisor.verdict import Verdict

_SAID: Final = {
    "Throughput": ("Low", "High", "Highest"),
    "Complexity": ("Low", "Medium", "High"),
    "Determinism": ("High", "Medium", "Low"),
    "Energy efficiency": ("Low", "Medium", "High"),
    "Fault tolerance": ("Low (single point of failure)", "Medium", "High (graceful degradation)"),
    "Best use case": ("Home, low usage", "Public stations, fleet", "Large depots, smart grids"),
}

_READS: Final = {
    Family.SEQUENTIAL: ("order of arrival", "connection limit"),
    Family.PARALLEL: ("who is plugged in", "every circuit's limit", "least and most current of each vehicle"),
    Family.ADAPTIVE: (
        "who is plugged in",
        "every circuit's limit",
        "least and most current of each vehicle",
        "energy still wanted",
        "departure",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One architecture's numbers in one row, as lines, and what the source says of its family."""

    source_says: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its name in the source, how it is measured here, a cell for each architecture."""

    feature: str
    measured_by: str
    cells: tuple[Cell, ...]


def six_rows(found: Study, verdict: Verdict) -> tuple[Row, ...]:
    """Return the six rows, cells in the order of the comparison's architectures."""
    makers = (
        ("Throughput", "energy delivered of the energy asked for, sessions that got all they could, waiting", _throughput),
        ("Complexity", "new limits a session, time of a decision, what the rule must know", _complexity),
        ("Determinism", "the busiest day run twice, and once with one visit less", _determinism),
        ("Energy efficiency", "cost of a kWh with demand charge, highest and mean power", _efficiency),
        ("Fault tolerance", "the same sessions under the worst faults run, against none", _tolerance),
        ("Best use case", "what this comparison says of this site", _best_use),
    )  # fmt: skip
    return tuple(
        Row(
            feature=feature,
            measured_by=how,
            cells=tuple(
                Cell(source_says=_SAID[feature][family_of(name)], lines=make(found, verdict, name))
                for name in found.comparison.architectures
            ),
        )
        for feature, how, make in makers
    )


def _calm(found: Study, verdict: Verdict, name: str) -> Measured:
    """Return the numbers at the first fault level run, which is none unless it was left out."""
    return verdict.of(name, found.comparison.fault_levels[0])


def _throughput(found: Study, verdict: Verdict, name: str) -> tuple[str, ...]:
    calm = _calm(found, verdict, name)
    scenario = found.comparison.scenario
    days = max(1.0, (scenario.end_s - scenario.start_s) / 86_400.0)
    met = calm.sessions - calm.unmet_count
    return (
        f"{percent(calm.delivered_ratio)} delivered{' until stopped' if calm.breaches else ''}",
        f"{number(met / days)} of {number(calm.sessions / days)} sessions a day got all they could",
        f"wait {duration(calm.wait_s_median)} median, {duration(calm.wait_s_p95)} for the slowest 5 %",
    )


def _complexity(found: Study, verdict: Verdict, name: str) -> tuple[str, ...]:
    calm = _calm(found, verdict, name)
    reads = _READS[family_of(name)]
    return (
        f"{number(calm.changes_per_session)} new limits a session",
        f"{number(calm.decision_ms_p95, 2)} ms a decision (95 % are faster)",
        f"{len(reads)} inputs: {', '.join(reads)}",
    )


def _determinism(found: Study, verdict: Verdict, name: str) -> tuple[str, ...]:
    probe = next((p for p in found.probes if p.architecture == name), None)
    if probe is None:
        return (UNKNOWN,)
    return (
        "the same inputs gave the same run" if probe.is_repeatable else "the same inputs gave another run",
        _sensitivity(probe),
        f"{number(_calm(found, verdict, name).reversals_per_dwell, 2)} reversals within a dwell time, a session",
    )


def _sensitivity(probe: Probe) -> str:
    return (
        f"one visit less on {probe.day} changed {percent(probe.moved_ratio, 0)} of the others, "
        f"by {number(probe.moved_wh_mean / 1000.0, 2)} kWh on average"
    )


def _efficiency(found: Study, verdict: Verdict, name: str) -> tuple[str, ...]:
    calm = _calm(found, verdict, name)
    tariff = found.comparison.scenario.tariff
    currency = tariff.currency if tariff else ""
    digits = tariff.minor_digits if tariff else 2
    cost = money(calm.cost_minor_per_kwh, currency, digits)
    return (
        f"{cost} a kWh" if tariff else "no tariff given",
        f"peak {kw(calm.peak_w)}",
        f"mean power {percent(calm.load_factor_ratio, 0)} of the peak",
    )


def _tolerance(found: Study, verdict: Verdict, name: str) -> tuple[str, ...]:
    levels = found.comparison.fault_levels
    if len(levels) < 2:
        return ("no faults were run",)
    calm, worst = verdict.of(name, levels[0]), verdict.of(name, levels[-1])
    if calm.breaches or worst.breaches:
        return ("a run was stopped by a checker: nothing to compare",)
    lost = signed(100.0 * (worst.delivered_ratio - calm.delivered_ratio))
    trips = sum(m.breaker_trips for m in verdict.measured if m.architecture == name)
    return (
        f"{lost} points delivered under {levels[-1]} faults",
        f"{number(worst.failed_count, 0)} sessions failed, {trips} breaker trips",
        f"{hours(worst.degraded_s)} in a fallback mode",
    )


def _best_use(found: Study, verdict: Verdict, name: str) -> tuple[str, ...]:
    out = next((d for d in verdict.disqualified if d.architecture == name), None)
    if out is not None:
        return ("not usable here: it broke a rule",)
    if name == verdict.recommended:
        return ("the choice here",)
    for pairing in verdict.pairings:
        if {pairing.challenger, pairing.champion} != {name, verdict.recommended}:
            continue
        is_challenger = pairing.challenger == name
        if pairing.duel is Duel.UNDECIDED:
            return ("no difference to the choice shown",)
        if pairing.duel is Duel.MIXED:
            return ("better in one place, worse in another",)
        return ("worse here" if (pairing.duel is Duel.CHAMPION) == is_challenger else "better here",)
    return (UNKNOWN,)
