"""The part of a report that tells what a verdict becomes while one thing gets worse: a sentence and a table for each."""

from __future__ import annotations

import math

from voltloom.advisor.formats import UNKNOWN, money, percent
from voltloom.advisor.report_parts import safe, section, table_of
from voltloom.advisor.study import Study
from voltloom.advisor.swept import PARAMETER_WORDS, Reading, Swept, point_words, swept_sentence
from voltloom.site.tariff import Tariff

SWEEP_WORDS = (
    "The same visits again while one thing gets worse, everywhere and all the time. Each value is judged by itself, by the same rules; between the "
    "two where the choice flips up to two more are tried. Shown is the energy delivered, unmet visits, and the price of a kWh with the demand charge."
)


def sweeps_section(found: Study) -> str:
    """Return the section, "" where nothing was swept."""
    if not found.sensitivity:
        return ""
    tariff = found.comparison.scenario.tariff
    inner = [part for one in found.sensitivity for part in _one(one, tariff)]
    return section("What would flip it", *inner, f'<p class="note">{safe(SWEEP_WORDS)}</p>')


def _one(swept: Swept, tariff: Tariff | None) -> tuple[str, str]:
    names = [reading.architecture for reading in swept.points[0].readings]
    rows = [
        [
            safe(point_words(swept, point.at_per_unit)),
            *(safe(_words(reading, tariff)) for reading in point.readings),
            safe(point.choice or ("no winner" if point.is_safe else "none keeps every rule")),
        ]
        for point in swept.points
    ]
    word = PARAMETER_WORDS[swept.parameter].capitalize()
    return f"<p>{safe(swept_sentence(swept))}</p>", table_of([word, *names, "Choice"], rows, label=word)


def _words(reading: Reading, tariff: Tariff | None) -> str:
    told = f"{percent(reading.delivered_ratio)}, {percent(reading.unmet_ratio, 0)} unmet"
    if tariff is None or not math.isfinite(reading.cost_minor_per_kwh):
        return told
    cost = money(reading.cost_minor_per_kwh, tariff.currency, tariff.minor_digits)
    return f"{told}, {cost}" if cost != UNKNOWN else told
