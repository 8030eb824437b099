"""The planted faults in what days teach of the month's peak."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

HORIZON = "tests/allocation/adaptive/horizon"

PEAK_MUTANTS = (
    Mutant(
        name="a kw of the peak that pays is bought at once",
        module="voltloom.allocation.adaptive.horizon.waiting",
        old="(bought >= waiting) & (bought > 0.0)",
        new="bought > 0.0",
        tests=(f"{HORIZON}/test_waiting.py",),
    ),
    Mutant(
        name="a holiday teaches as much as any workday",
        module="voltloom.allocation.adaptive.horizon.hindsight",
        old="        if curve_kwh[-1] < OFF_RATIO * usual_kwh:",
        new="        if curve_kwh[-1] < 0.0 * usual_kwh:",
        tests=(f"{HORIZON}/test_hindsight.py",),
    ),
    Mutant(
        name="a day is known at fixed parts of its power alone",
        module="voltloom.allocation.adaptive.horizon.day_worth",
        old="    is_inside = (on_kw > LEAST_KW)",
        new="    on_kw = 0.5 * wide_kw\n    is_inside = (on_kw > LEAST_KW)",
        tests=(f"{HORIZON}/test_day_worth.py",),
    ),
)
