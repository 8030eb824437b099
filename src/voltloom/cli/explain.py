"""`voltloom simulate --explain TIME`: the plan of a moment, drawn beside what came of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from voltloom.cli.output import Exit, Voice, fail, write_report

if TYPE_CHECKING:
    from voltloom.simulation.scenario import Scenario
    from voltloom.simulation.summary import RunResult


def show_plan(voice: Voice, world: Scenario, result: RunResult, report: Path | None) -> None:
    """Draw the plan that a run kept and print it; with --json no file is written unless one was named."""
    from voltloom.advisor.formats import moment
    from voltloom.advisor.plan_outcome import outcome_of, outcome_record
    from voltloom.cli.plan_tables import plan_tables

    outcome = outcome_of(world, result)
    if outcome is None:
        fail("No plan was made up to then: no vehicle wanted power, or none could be made.", Exit.WRONG_INPUT)
    record = outcome_record(world, outcome)
    zone = world.site.time_zone
    voice.give({**result.summary.as_json(), "plan": record})
    voice.say(f"The plan in force, made at {moment(outcome.plan.made_s, zone)}")
    for table in plan_tables(record, zone):
        voice.say()
        voice.show(table)
    file = report
    if file is None and not voice.is_json:
        file = Path(f"{re.sub(r'[^a-z0-9]+', '-', world.name.lower()).strip('-')}-plan.html")
    if file is not None:
        from voltloom.advisor.plan_picture import plan_page

        write_report(file, plan_page(world, result, outcome))
        voice.say()
        voice.say(f"The plan is drawn in {file}.")
