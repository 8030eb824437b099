"""A verdict in words, for a terminal and for the report: rendered from the data, never stored."""

from __future__ import annotations

from typing import Final

from voltloom.advisor.billed_months import FEWEST_DAYS
from voltloom.advisor.checklist import Family, Prior, family_of
from voltloom.advisor.duels import Duel, Pairing
from voltloom.advisor.formats import counted, duration, hours, kwh, listed, number, percent, signed
from voltloom.advisor.measured import MORE_IS_BETTER, Difference, Metric
from voltloom.advisor.paired import Unit
from voltloom.advisor.swept import flip_clause, swept_sentence
from voltloom.advisor.verdict import (
    Change,
    ChangeKind,
    Disqualified,
    Outcome,
    Verdict,
)

FAULT_WORDS: Final = {"none": "without faults"}
METRIC_WORDS: Final = {
    Metric.DELIVERED: "energy delivered",
    Metric.UNMET: "unmet sessions",
    Metric.COST: "price paid for a kWh",
    Metric.PROFIT: "profit",
    Metric.WAIT: "waiting for the first power",
}
SOURCE_FAMILY: Final = {
    Family.SEQUENTIAL: "sequential",
    Family.PARALLEL: "parallel",
    Family.ADAPTIVE: "adaptive",
}


def under(faults: str) -> str:
    """Return a fault level as part of a sentence."""
    return FAULT_WORDS.get(faults, f"under {faults} faults")


def headline(verdict: Verdict) -> str:
    """Return the verdict as one sentence, with where it flips."""
    flips = [flip_clause(one) for one in verdict.sensitivity if one.points[0].choice == verdict.named]
    return "; ".join([_verdict(verdict).removesuffix("."), *filter(None, flips)]) + "."


def _verdict(verdict: Verdict) -> str:
    choice = verdict.recommended
    if verdict.outcome is Outcome.NONE_SAFE or choice is None:
        return "None of the architectures that were run can be used at this site: every one broke a rule that must hold."
    if verdict.outcome is Outcome.ONLY_ONE:
        return f"Only {choice} was run: it kept every rule, and there is nothing to compare it with."
    if verdict.outcome is Outcome.ONLY_SAFE:
        return f"Use {choice} here: it is the only one that kept every rule in every run."
    if verdict.outcome is Outcome.BETTER:
        beaten = [
            p.champion for p in verdict.pairings if p.challenger == choice and p.duel is Duel.CHALLENGER
        ]
        unsettled = _unsettled(verdict)
        end = f"; whether {listed(unsettled)} would be better still is not settled" if unsettled else ""
        lost = [
            METRIC_WORDS[d.metric] for p in verdict.pairings if p.challenger == choice for d in p.given_up
        ]
        price = f", though it is worse in {listed(list(dict.fromkeys(lost)))}" if lost else ""
        return f"Use {choice} here: it is measurably better than {listed(beaten) or 'the simpler ones'}{price}{end}."
    others = [m for m in dict.fromkeys(m.architecture for m in verdict.measured) if m != choice]
    others = [m for m in others if m not in {d.architecture for d in verdict.disqualified}]
    if verdict.outcome is Outcome.UNDECIDED:
        why = f"{choice} and {listed(others)} cannot be told apart on these sessions"
        if any(p.is_short_of_month for p in verdict.pairings):
            why = "so few days cannot judge a monthly demand charge"
        return f"No winner here yet: {why}. {choice.capitalize()} is the simplest."
    if any(_against(verdict, other) is Duel.MIXED for other in others):
        return f"Use {choice} here: what is more complex gains in one place and loses in another."
    if all(_against(verdict, other) is Duel.CHAMPION for other in others):
        return f"Use {choice} here: it is the simplest, and {listed(others)} did measurably worse."
    return f"{choice.capitalize()} is enough here: no advantage of {listed(others)} was shown."


def _unsettled(verdict: Verdict) -> list[str]:
    """Return the more complex architectures that may yet be better than the choice."""
    return [p.challenger for p in verdict.pairings if p.champion == verdict.recommended and p.is_unsettled]


def _against(verdict: Verdict, other: str) -> Duel | None:
    for pairing in verdict.pairings:
        if (pairing.challenger, pairing.champion) == (other, verdict.recommended):
            return pairing.duel
    return None


def reasons(verdict: Verdict) -> tuple[str, ...]:
    """Return why, one sentence a pairing and one a disqualified architecture, the decisive ones first."""
    shown = [p for p in verdict.pairings if verdict.recommended in (p.challenger, p.champion)]
    return (
        *(_why_not(d) for d in verdict.disqualified),
        *(_pairing(p) for p in shown),
        *(_prior_sentences(verdict)),
    )


def _why_not(out: Disqualified) -> str:
    tripped = f", {counted(out.breaker_trips, 'breaker trip')}" if out.breaker_trips else ""
    return f"{out.architecture} is out: {out.what} ({under(out.faults)}, seed {out.seed}{tripped})."


def _pairing(pairing: Pairing) -> str:
    names = f"{pairing.challenger} against {pairing.champion}"
    if pairing.is_short_of_month:
        return f"{names}: not judged by money; the demand charge is a month's, and these days are too few for its highest power."
    if pairing.duel is Duel.UNDECIDED:
        shown = [d for d in pairing.all_differences if not d.interval.is_noise]
        if still_open := [d for d in pairing.all_differences if d.is_open]:
            most = max(still_open, key=_in_favour)
            return f"{names}: not settled; {difference(most)} may be chance."
        if not shown:
            return f"{names}: no difference shown; every interval spans zero."
        largest = max(shown, key=lambda d: abs(d.interval.mean_per_unit) / d.matters_from_per_unit)
        return f"{names}: nothing that matters; the largest difference shown is {difference(largest)}."
    told = "; ".join(_told_once(pairing.decided_by))
    end = ": a trade-off, so the simpler one stays." if pairing.duel is Duel.MIXED else "."
    if pairing.given_up:
        end = f"; given up for it: {'; '.join(_told_once(pairing.given_up))}."
    return f"{names}: {told}{end}"


def _in_favour(found: Difference) -> float:
    """Return how far a mean speaks for the challenger."""
    mean = found.interval.mean_per_unit
    return mean if found.metric in MORE_IS_BETTER else -mean


def _told_once(decided_by: tuple[Difference, ...]) -> list[str]:
    """Return one text for each metric and direction: the first fault level in full, the others by name."""
    told = []
    for key in dict.fromkeys((d.metric, d.gain) for d in decided_by):
        alike = [d for d in decided_by if (d.metric, d.gain) == key]
        others = [under(d.faults) for d in alike[1:]]
        told.append(difference(alike[0]) + (f", likewise {listed(others)}" if others else ""))
    return told


def difference(found: Difference) -> str:
    """Return one difference with its interval."""
    interval = found.interval
    values = (interval.mean_per_unit, interval.low_per_unit, interval.high_per_unit)
    mean, low, high = (in_its_unit(found.metric, value) for value in values)
    unit = {
        Metric.DELIVERED: " points of the energy asked for",
        Metric.UNMET: " points of all sessions",
        Metric.PROFIT: " points of what is sold, as profit",
    }
    of = {Metric.COST: " for a kWh", Metric.WAIT: " until the first power"}
    what = unit.get(found.metric, of.get(found.metric, ""))
    word = " unmet" if found.metric is Metric.UNMET else ""
    return f"{mean}{what}{word} ({low} to {high}) {under(found.faults)}"


def in_its_unit(metric: Metric, value_per_unit: float) -> str:
    """Return a difference as people read it: points of percent, percent, or a time."""
    if metric is Metric.WAIT:
        sign = "+" if value_per_unit >= 0.5 else ""
        return sign + duration(value_per_unit)
    text = signed(100.0 * value_per_unit)
    return f"{text} %" if metric is Metric.COST else text


def _prior_sentences(verdict: Verdict) -> tuple[str, ...]:
    prior, choice = verdict.prior, verdict.recommended
    if prior is None or choice is None:
        return ()
    if not prior.answered:
        return ("The checklist says nothing: none of its questions was answered.",)
    said = SOURCE_FAMILY[prior.family]
    if not verdict.is_overruled:
        return (f"The checklist alone points the same way ({said}, {_points(prior)}).",)
    why = "measured evidence overrules it"
    if _unsettled(verdict):
        why = "these sessions are too few or too uneven to confirm or overrule it"
    elif verdict.is_over_engineering:
        why = f"that would be over-engineering: {choice} was shown to be enough"
    elif family_of(choice) > prior.family:
        why = f"measured, {choice} is worth its complexity"
    return (f"The checklist alone would say {said} ({_points(prior)}); {why}.",)


def _points(prior: Prior) -> str:
    return ", ".join(f"{SOURCE_FAMILY[f]} {prior.points[f]}" for f in Family)


def what_would_change_it(verdict: Verdict) -> tuple[str, ...]:
    """Return what would change the verdict, one sentence each."""
    said = dict.fromkeys(
        (
            *map(swept_sentence, verdict.sensitivity),
            *(_change(verdict, change) for change in verdict.changes),
        )
    )
    return tuple(said) or ("Nothing that was looked at; other sessions, ratings or faults were not.",)


def growth_lines(verdict: Verdict) -> tuple[str, ...]:
    """Return where growth found too few free outlets, one sentence each."""
    return tuple(
        f"At × {point.growth_ratio:g} only {point.added_count} of {point.wanted_count} added sessions found a free outlet: "
        "that growth needs more outlets first."
        for point in verdict.growth
        if point.added_count < point.wanted_count
    )


def _change(verdict: Verdict, change: Change) -> str:
    what = METRIC_WORDS[change.metric] if change.metric else ""
    name, count = change.architecture, change.count
    match change.kind:
        case ChangeKind.FAULTS:
            return f"If {change.faults} is how the site really is: {under(change.faults)} {name} is ahead in {what}."
        case ChangeKind.TRADE_OFF:
            return f"If what counts most is {what}: there {name} is ahead {under(change.faults)}."
        case ChangeKind.GROWTH:
            grown = percent(change.growth_ratio - 1.0, 0)
            return f"From {grown} more sessions on the same power, {name} becomes the choice (measured on the busiest week)."
        case ChangeKind.NO_GROWTH:
            grown = percent(change.growth_ratio - 1.0, 0)
            return f"Growth does not change it up to {grown} more sessions on the same power (measured on the busiest week)."
        case ChangeKind.MORE_DAYS:
            return f"About {count} days would show whether {name} really is ahead in {what} {under(change.faults)}."
        case ChangeKind.MONTH | ChangeKind.ONE_SAMPLE:
            return _longer(change)
        case ChangeKind.UPTIME:
            return _uptime(verdict, change)
        case ChangeKind.PROMISE:
            late = counted(count, "vehicle")
            return (
                f"The morning promise: with {name}, {late} would not be ready in time {under(change.faults)}."
            )


def _longer(change: Change) -> str:
    if change.kind is ChangeKind.ONE_SAMPLE:
        return "A longer record: with fewer than five days the intervals speak of these very sessions only."
    return (
        f"A longer record: run at least {FEWEST_DAYS:.0f} days of one month (--from, --to), better all of it, to see whether "
        f"{change.architecture} is ahead once the demand charge counts."
    )


def _uptime(verdict: Verdict, change: Change) -> str:
    if change.architecture:
        return f"The uptime target: in {change.architecture}, one stuck session stops everybody behind it."
    redundancy = verdict.redundancy
    if redundancy is None:
        return ""
    target = f"{100 * redundancy.target_ratio:g} %"
    if change.count == 0:
        return f"The uptime target: {target} cannot be reached with controllers of this availability."
    have = f"{100 * redundancy.one_controller_ratio:g} %"
    return (
        f"The uptime target: {target} needs {change.count} controllers in parallel, one alone reaches {have}."
    )


def redundancy_lines(verdict: Verdict) -> tuple[str, ...]:
    """Return the availability arithmetic and the morning promise, one sentence each."""
    lines = []
    redundancy = verdict.redundancy
    if redundancy is not None:
        allowed = hours(redundancy.down_h_per_year * 3600.0)
        controllers = (
            f"{counted(redundancy.controllers, 'controller')} ({100 * redundancy.reached_ratio:.6g} % if failures are "
            "independent)"
            if redundancy.controllers
            else "more controllers than make sense"
        )
        spares = "no number of" if redundancy.spare_stations is None else str(redundancy.spare_stations)
        lines.append(
            f"{100 * redundancy.target_ratio:g} % uptime allows {allowed} down a year: {controllers} and "
            f"{spares} spare outlets."
        )
    for promise in verdict.promises:
        if promise.vehicles == 0:
            lines.append(f"{promise.architecture} {under(promise.faults)}: no vehicle stayed until then.")
            continue
        kept = "kept" if promise.is_kept else "broken"
        missing = kwh(sum(wh for _, wh in promise.late))
        late = f", {missing} missing" if promise.late else ""
        lines.append(
            f"{promise.architecture} {under(promise.faults)}, seed {promise.seed}: {kept}, {promise.ready} of "
            f"{promise.vehicles} ready{late}."
        )
    return tuple(lines)


def confidence(verdict: Verdict) -> str:
    """Return how sure the intervals are, in words."""
    every = [d for p in verdict.pairings for d in p.all_differences]
    if not every:
        return ""
    interval = every[0].interval
    unit = "days" if interval.unit is Unit.DAY else "sessions"
    return (
        f"Differences are paired by {unit[:-1]} ({interval.unit_count} {unit}); each interval holds with "
        f"{number(100 * interval.confidence_ratio, 2)} %, so that all of them together hold with 95 %."
    )
