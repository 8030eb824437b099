"""What a comparison came to, as the interface tells it: the advisor's verdict and sentences, and the numbers of each policy."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from voltloom.advisor import sentences
from voltloom.advisor.measured import POINTS, Difference, is_unmet
from voltloom.advisor.study import DECIDED, Study
from voltloom.advisor.swept import PARAMETER_WORDS, Swept, SweptPoint, point_words, swept_sentence
from voltloom.advisor.trade_off import Span, TradePoint, trade_off
from voltloom.advisor.verdict import Verdict
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult, SessionOutcome
from voltloom.units import SECONDS_PER_HOUR
from voltloom.web.whatif.models import (
    DifferenceOut,
    Judgement,
    ReadingOut,
    ResultOut,
    RowOut,
    SpanOut,
    SweptOut,
    SweptPointOut,
    TradePointOut,
)

OVER_RATIO: Final = 1.0 + 1e-6
ENOUGH_RATIO: Final = 0.99  # as the advisor counts unmet sessions
MOST_NOTES: Final = 20


def result_of(found: Study, verdict: Verdict, recorded_kwh: float | None) -> ResultOut:
    """Return a study in the interface's words."""
    scenario = found.comparison.scenario
    tariff = scenario.tariff
    return ResultOut(
        headline=sentences.headline(verdict),
        reasons=list(sentences.reasons(verdict)),
        what_would_change_it=list(sentences.what_would_change_it(verdict)),
        confidence=sentences.confidence(verdict),
        outcome=verdict.outcome.value,
        recommended=verdict.recommended if verdict.outcome in DECIDED else None,
        recorded_kwh=recorded_kwh,
        currency=tariff.currency if tariff else "",
        minor_digits=tariff.minor_digits if tariff else 2,
        rows=[_row(result, scenario) for result in found.comparison.results],
        differences=[_difference(one) for pairing in verdict.pairings for one in pairing.all_differences],
        trade_off=[_trade_point(one, scenario) for one in trade_off(found.comparison)],
        sensitivity=[_swept(one, scenario) for one in found.sensitivity],
        notes=list(scenario.notes[:MOST_NOTES]),
    )


def _row(result: RunResult, scenario: Scenario) -> RowOut:
    summary, trace = result.summary, result.trace
    stated_ids = {visit.session_id for visit in scenario.visits if not math.isnan(visit.stated_wh)}
    there_h = sum(max(0.0, one.departure_s - one.plugged_in_s) for one in trace.sessions) / SECONDS_PER_HOUR
    changes_count = summary.setpoint_changes_per_session * summary.sessions
    over = np.asarray(trace.max_row_load_ratio) > OVER_RATIO
    return RowOut(
        label=summary.architecture,
        faults=summary.faults,
        energy_kwh=round(summary.energy_delivered_wh / 1000.0, 3),
        delivered_ratio=_known(summary.delivered_ratio) or 0.0,
        visits_count=summary.sessions,
        unmet_count=sum(map(is_unmet, trace.sessions)),
        late_count=sum(1 for one in trace.sessions if one.session_id in stated_ids and _is_late(one)),
        stated_count=len(stated_ids),
        wait_s=_known(summary.wait_s_p95),
        peak_kw=round(summary.peak_w / 1000.0, 3),
        cost_minor=None if scenario.tariff is None else summary.cost_minor,
        overload_s=float(over.sum()) * trace.step_s,
        breaker_trips_count=summary.breaker_trips,
        changes_per_h=round(changes_count / there_h, 3) if there_h > 0.0 else None,
        broke="; ".join(f"{breach.checker}: {breach.what}" for breach in result.breaches),
    )


def _is_late(session: SessionOutcome) -> bool:
    return session.delivered_wh < ENOUGH_RATIO * session.requested_wh


def _difference(found: Difference) -> DifferenceOut:
    interval = found.interval
    values = (interval.mean_per_unit, interval.low_per_unit, interval.high_per_unit)
    mean, low, high = (sentences.in_its_unit(found.metric, value) for value in values)
    return DifferenceOut(
        challenger=found.challenger,
        champion=found.champion,
        faults=found.faults,
        metric=sentences.METRIC_WORDS[found.metric],
        mean=f"{mean} points" if found.metric in POINTS else mean,
        low=low,
        high=high,
        shows=_shows(found),
    )


def _shows(found: Difference) -> Judgement:
    if found.interval.is_noise:
        return "not_shown"
    return {1: "better", -1: "worse"}.get(found.gain, "too_small")  # type: ignore[return-value]  # those two words


def _trade_point(point: TradePoint, scenario: Scenario) -> TradePointOut:
    return TradePointOut(
        label=point.architecture,
        faults=point.faults,
        days_count=point.days_count,
        unmet_kwh=_span(point.unmet, 1000.0),
        cost_per_kwh=None if point.cost is None else _span(point.cost, _minor_count(scenario)),
    )


def _span(found: Span, divisor_ratio: float) -> SpanOut:
    low, high = (_known(value / divisor_ratio) for value in (found.low_per_unit, found.high_per_unit))
    return SpanOut(mean=round(found.mean_per_unit / divisor_ratio, 6), low=low, high=high)


def _swept(found: Swept, scenario: Scenario) -> SweptOut:
    flip = found.flip
    return SweptOut(
        parameter=found.parameter,
        word=PARAMETER_WORDS[found.parameter],
        sentence=swept_sentence(found),
        kind=flip.kind,
        choice=flip.choice,
        holds_to=flip.holds_to_per_unit,
        flips_from=flip.from_per_unit,
        days_count=found.days_count,
        points=[_swept_point(found, point, scenario) for point in found.points],
    )


def _swept_point(found: Swept, point: SweptPoint, scenario: Scenario) -> SweptPointOut:
    return SweptPointOut(
        value=point.at_per_unit,
        words=point_words(found, point.at_per_unit),
        choice=point.choice,
        is_safe=point.is_safe,
        wanted_count=point.wanted_count,
        added_count=point.added_count,
        readings=[
            ReadingOut(
                label=one.architecture,
                delivered_ratio=_known(one.delivered_ratio),
                unmet_ratio=round(one.unmet_ratio, 6),
                cost_per_kwh=_known(one.cost_minor_per_kwh / _minor_count(scenario))
                if scenario.tariff
                else None,
            )
            for one in point.readings
        ],
    )


def _minor_count(scenario: Scenario) -> float:
    """Return how many minor units make one of the currency."""
    return float(10**scenario.tariff.minor_digits) if scenario.tariff else 1.0


def _known(value_ratio: float) -> float | None:
    return round(value_ratio, 6) if math.isfinite(value_ratio) else None
