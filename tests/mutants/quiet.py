"""Planted faults of what keeps limits still: a fall that waits, and other load that is counted in steps."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

QUIET_MUTANTS = (
    Mutant(
        name="a small fall waits although a row needs it",
        module="voltloom.controller.limiting.kernels",
        old="if waits[evse] and full[evse]:",
        new="if waits[evse] and not waits[evse]:",
        tests=("tests/controller/test_quiet_falls.py",),
        is_slow=True,
    ),
    Mutant(
        name="a small fall waits although a newcomer waits for it",
        module="voltloom.controller.limiting.kernels",
        old="if reasons[0, evse] == IN_FLIGHT:",
        new="if reasons[0, evse] == -1:",
        tests=("tests/controller/test_quiet_falls.py",),
        is_slow=True,
    ),
    Mutant(
        name="a building that takes a little more is noise",
        module="voltloom.safety.other_load",
        old="stays = (other_a <= memory.counted_a) & (",
        new="stays = (other_a <= memory.counted_a + step_a) & (",
        tests=("tests/safety/test_other_load.py",),
    ),
)
