"""`voltloom compare`: architectures on the same sessions and seeds, a table, a verdict, a report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import (
    Exit,
    UsageError,
    Voice,
    a_table,
    check_writable,
    command_line,
    plain_errors,
    words,
    write_report,
)

if TYPE_CHECKING:
    from voltloom.advisor.study import Study, StudyPlan
    from voltloom.advisor.verdict import Verdict
    from voltloom.bound.bounding import Bound
    from voltloom.simulation.scenario import Scenario
    from voltloom.simulation.summary import RunResult

MOST_NOTES = 10
ArchitecturesOption = Annotated[
    str | None,
    typer.Option("--architectures", metavar="A,B,...", help="Which to compare; the scenario's by default."),
]
FaultsOption = Annotated[
    str | None,
    typer.Option("--faults", metavar="LEVELS", help="Fault levels, such as none,mild,severe."),
]
GrowthOption = Annotated[
    str | None,
    typer.Option(
        "--growth",
        metavar="1.25,1.5,...",
        help="Also with so many times the sessions on the same outlets and power (busiest week).",
    ),
]
BoundOption = Annotated[
    bool,
    typer.Option(
        "--bound",
        help="Also tell the best that could be done by what the site is run for, and each one's share of it.",
    ),
]
CLAIRVOYANT = "clairvoyant"


def compare(
    scenario: inputs.ScenarioName,
    architectures: ArchitecturesOption = None,
    faults: FaultsOption = None,
    sessions: inputs.SessionsOption = None,
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    assignments: inputs.SetOption = None,
    jobs: inputs.JobsOption = None,
    report: inputs.ReportOption = None,
    seed: inputs.SeedOption = None,
    seeds: inputs.SeedsOption = 1,
    growth: GrowthOption = None,
    with_bound: BoundOption = False,
    as_json: inputs.JsonOption = False,
    quiet: inputs.QuietOption = False,
) -> None:
    """Run several architectures on the same sessions, faults and seeds, and say which one this site should run.

    --json prints a list with one object a run; with --bound each tells the bound and its share of it.
    """
    voice = Voice(is_json=as_json, is_quiet=quiet)
    with plain_errors():
        check_writable(report)
        world = inputs.load(
            scenario, assignments=assignments, sessions=sessions, first=first, last=last, seed=seed
        )
        plan = plan_of(world, architectures, faults, seeds, jobs, growth)
        known = (
            _bound(voice, world) if with_bound else None
        )  # before the runs: it may fail, and they take longer
        found = replace(study_with_progress(voice, world, plan), bound=known)
        verdict = verdict_for(found)
        voice.give([_run_json(found, result) for result in found.comparison.results])
        tell(voice, found, verdict)
        report_to(voice, report, found, verdict, scenario)
    if any(result.breaches for result in found.comparison.results):
        raise typer.Exit(int(Exit.BREACH))


def plan_of(
    world: Scenario,
    architectures: str | None,
    faults: str | None,
    seeds: int,
    jobs: int | None,
    growth: str | None,
) -> StudyPlan:
    """Return what to run.

    Raises UsageError naming the option that cannot be used.
    """
    from voltloom.advisor.study import StudyPlan

    if not world.visits:
        raise UsageError("no session arrives in this scenario: choose other days with --from and --to")
    chosen = architectures or ",".join(world.architectures)
    return StudyPlan(
        architectures=words(chosen, option="--architectures", known=inputs.architecture_names()),
        fault_levels=words(faults or world.default_faults, option="--faults", known=tuple(world.faults)),
        seeds=tuple(range(world.seed, world.seed + seeds)),
        jobs=jobs or 0,
        growth_each_ratio=_ratios(growth),
    )


def _bound(voice: Voice, world: Scenario) -> Bound:
    from voltloom.advisor.account import objective_of
    from voltloom.bound.setting import Aim, Objective
    from voltloom.cli.bound import bound_with_progress

    sought = Objective(objective_of(world).value)
    price_per_kwh = world.control.planning.sell_price_per_kwh
    return bound_with_progress(voice, world, Aim(objective=sought, sell_price_per_kwh=price_per_kwh))


def _run_json(found: Study, result: RunResult) -> dict[str, object]:
    """Return a run's figures, with the bound where it is known."""
    from voltloom.advisor.account import account_of, run_json
    from voltloom.advisor.bound_share import bound_json

    world = found.comparison.scenario
    account = account_of(world, result)
    return {
        **run_json(world, result),
        **bound_json(world, found.bound, result.summary.energy_delivered_wh, account),
    }


def study_with_progress(voice: Voice, world: Scenario, plan: StudyPlan) -> Study:
    """Run a study, telling progress."""
    from voltloom.advisor.study import study

    with voice.progress(f"comparing on {world.name}") as progress:
        return study(world, plan, progress=progress)


def verdict_for(found: Study) -> Verdict:
    """Return the verdict of a study with the checklist filled from the scenario alone."""
    from voltloom.advisor.requirements import Answers
    from voltloom.advisor.site_facts import context_of
    from voltloom.advisor.study import verdict_of

    return verdict_of(found, context_of(found, Answers()))


def tell(voice: Voice, found: Study, verdict: Verdict) -> None:
    """Print the table and the verdict for people."""
    from voltloom.advisor import sentences

    world = found.comparison.scenario
    head, rows = _table(found, verdict)
    voice.show(a_table(world.title or world.name, head, rows, numbers_from=2))
    _tell_accounts(voice, world, verdict)
    for note in found.bound.left_out if found.bound is not None else ():
        voice.say(f"note: {note}")
    for note in world.notes[:MOST_NOTES]:
        voice.say(f"note: {note}")
    if len(world.notes) > MOST_NOTES:
        voice.say(f"note: and {len(world.notes) - MOST_NOTES} more; the report has them all")
    voice.say()
    voice.say(sentences.headline(verdict))
    for line in sentences.reasons(verdict):
        voice.say(f"  {line}")
    voice.say("What would change it:")
    for line in sentences.what_would_change_it(verdict):
        voice.say(f"  {line}")
    for line in sentences.growth_lines(verdict):
        voice.say(f"  {line}")
    for out in verdict.disqualified:
        voice.say(f"  repeat the breach of {out.architecture} with: {out.how_to_repeat}")


def _table(found: Study, verdict: Verdict) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows of the table, the bound on top where it is known."""
    from voltloom.advisor.formats import duration, money, number, percent

    tariff, bound = found.comparison.scenario.tariff, found.bound
    head = (
        "architecture",
        "faults",
        "delivered",
        "unmet",
        "wait p95",
        "peak kW",
        "cost",
        "changes",
        "fairness",
        "trips",
    )
    rows: list[tuple[str, ...]] = [
        (
            m.architecture,
            m.faults,
            percent(m.delivered_ratio) + (" until stopped" if m.breaches else ""),
            f"{number(m.unmet_count, 0)} of {m.sessions}",
            duration(m.wait_s_p95),
            number(m.peak_w / 1000.0),
            money(m.cost_minor, tariff.currency if tariff else "", tariff.minor_digits if tariff else 2),
            number(m.changes_per_session),
            number(m.jain_fairness, 3),
            str(m.breaker_trips),
        )
        for m in verdict.measured
    ]
    if bound is None:
        return head, rows
    from voltloom.advisor.bound_share import bound_heads, bound_shares

    world = found.comparison.scenario
    heads = bound_heads(world)
    cells = {"delivered": percent(bound.delivered_ratio)}
    if bound.money is not None and tariff is not None:
        cells["cost"] = money(bound.money.cost_minor, tariff.currency, tariff.minor_digits)
    best = (
        CLAIRVOYANT,
        "none",
        *(cells.get(name, "") for name in head[2:]),
        *(percent(1.0) for _ in heads),
    )
    shared = [(*row, *bound_shares(world, bound, m)) for row, m in zip(rows, verdict.measured, strict=True)]
    return (*head, *heads), [best, *shared]


def _tell_accounts(voice: Voice, world: Scenario, verdict: Verdict) -> None:
    """Print the accounts, one row an architecture and fault level, where there is anything to account for."""
    from voltloom.advisor.account_words import account_notes, account_table, objective_words

    head, rows = account_table(world, verdict.measured)
    if not rows:
        return
    voice.say()
    voice.show(a_table(f"Accounts; the site is run for {objective_words(world)}", head, rows, numbers_from=2))
    for note in account_notes(world, [m.account for m in verdict.measured]):
        voice.say(f"note: {note}")


def report_to(voice: Voice, path: Path | None, found: Study, verdict: Verdict, source: str) -> None:
    """Write the report where one was asked for, and say where it lies."""
    if path is None:
        return
    from voltloom.advisor.report import Origin, report_html

    origin = Origin(command=command_line(), source=Path(source).name)
    write_report(path, report_html(found, verdict, origin))
    voice.say(f"Report: {path}")


def _ratios(text: str | None) -> tuple[float, ...]:
    """Return growth factors, ascending.

    Raises UsageError where one is no number above 1.
    """
    if text is None:
        return ()
    found = []
    for word in words(text, option="--growth"):
        try:
            ratio = float(word)
        except ValueError:
            ratio = 0.0
        if not 1.0 < ratio <= 100.0:
            raise UsageError(f'--growth = "{word}": give factors above 1, such as 1.25,1.5,2.')
        found.append(ratio)
    return tuple(sorted(found))
