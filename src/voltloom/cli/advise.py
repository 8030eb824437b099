"""`voltloom advise`: the five steps and the checklist as a prior, the measured comparison as evidence, a verdict."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voltloom.cli import inputs
from voltloom.cli.compare import (
    ArchitecturesOption,
    FaultsOption,
    GrowthOption,
    plan_of,
    report_to,
    study_with_progress,
    tell,
)
from voltloom.cli.output import Exit, UsageError, Voice, a_table, check_writable, plain_errors

if TYPE_CHECKING:
    from voltloom.advisor.requirements import Answers
    from voltloom.advisor.study import Study, StudyPlan
    from voltloom.advisor.verdict import Verdict
    from voltloom.simulation.scenario import Scenario

ANSWER_TABLES = frozenset({"load", "power", "uptime", "integration", "plan"})


def advise(
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="SCENARIO|ANSWERS", help="A scenario, or a TOML file with answers; left out with --ask."
        ),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the questions of the five steps on the terminal.")
    ] = False,
    answers_file: Annotated[
        Path | None, typer.Option("--answers", help="Answers to go with a scenario (TOML).")
    ] = None,
    architectures: ArchitecturesOption = None,
    faults: FaultsOption = "none,mild,severe",
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    assignments: inputs.SetOption = None,
    jobs: inputs.JobsOption = None,
    report: inputs.ReportOption = None,
    seed: inputs.SeedOption = None,
    seeds: inputs.SeedsOption = 1,
    growth: GrowthOption = None,
    as_json: inputs.JsonOption = False,
    quiet: inputs.QuietOption = False,
) -> None:
    """Say which architecture a site should run, why, what would change that, and when the simpler one is enough."""
    voice = Voice(is_json=as_json, is_quiet=quiet)
    with plain_errors():
        check_writable(report)
        answers, source = _answers(subject, answers_file, ask)
        world = _world(answers, source, assignments, seed, (first, last))
        if not source and subject is not None:
            world = dataclasses.replace(world, repeat_words=("advise", subject))
        plan = plan_of(world, architectures, faults, seeds, jobs, growth)
        found, verdict = _study(voice, world, plan, answers)
        voice.give(_as_json(found, verdict))
        _tell_prior(voice, verdict, answers)
        tell(voice, found, verdict)
        _tell_demands(voice, verdict)
        report_to(voice, report, found, verdict, source or "made from answers")
    if any(result.breaches for result in found.comparison.results):
        raise typer.Exit(int(Exit.BREACH))


def _answers(subject: str | None, answers_file: Path | None, ask: bool) -> tuple[Answers, str]:
    """Return the answers and the scenario to measure on, "" where one must be made up."""
    from voltloom.advisor.requirements import read_answers

    document: dict[str, Any] = _toml(answers_file) if answers_file is not None else {}
    source = subject or ""
    if subject is not None and _is_answers(Path(subject)):
        document, source = _toml(Path(subject)), ""
    if ask:
        document = _asked(document)
    if not source and not document:
        raise UsageError("give a scenario, a file with answers, or --ask")
    answers = read_answers(document)
    if answers.scenario is not None and not source:
        beside = Path(subject or "").parent / answers.scenario
        source = str(beside) if beside.is_file() else answers.scenario
    return answers, source


def _is_answers(path: Path) -> bool:
    """Return whether a file holds answers rather than a scenario."""
    if not path.is_file():
        return False
    document = _toml(path)
    return "site" not in document and "base" not in document


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise UsageError(f"{path}: cannot be read: {wrong.strerror}.") from wrong
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise UsageError(f"{path}: is no TOML: {wrong}. Correct that line.") from wrong


def _asked(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with what is answered on the terminal; Enter leaves a question open."""
    from voltloom.advisor.requirements import QUESTIONS, STEPS, put_answer

    step = 0
    for question in QUESTIONS:
        if question.step != step:
            step = question.step
            typer.echo(f"\nStep {step}: {STEPS[step - 1]}", err=True)
        choices = f" [{', '.join(question.choices)}]" if question.choices else ""
        while True:
            said = typer.prompt(f"  {question.text}{choices}", default="", show_default=False, err=True)
            try:
                put_answer(document, question, said)
            except ValueError as wrong:
                typer.echo(f"    {wrong}", err=True)
            else:
                break
    return document


def _world(
    answers: Answers,
    source: str,
    assignments: list[str] | None,
    seed: int | None,
    days: tuple[str | None, str | None],
) -> Scenario:
    """Return the scenario named, or one made up from the answers. days: its first and last one, None for all there are."""
    if source:
        return inputs.load(source, assignments=assignments, first=days[0], last=days[1], seed=seed)
    if days != (None, None):
        raise UsageError(
            "--from, --to: choose days of a scenario, and none was given. Name one, or leave them out."
        )
    if assignments:
        raise UsageError("--set: changes a scenario file, and none was given. Change the answers instead.")
    from voltloom.advisor.synthesis import scenario_from
    from voltloom.simulation.scenario_file import scenario_of

    made = scenario_from(answers)
    tables = made.tables if seed is None else {**made.tables, "seed": seed}
    world = scenario_of(tables, default_name=answers.name)
    return dataclasses.replace(world, notes=(*(f"guessed: {g}" for g in made.guesses), *world.notes))


def _study(voice: Voice, world: Scenario, plan: StudyPlan, answers: Answers) -> tuple[Study, Verdict]:
    """Run the study and judge it with everything that was answered."""
    from voltloom.advisor.site_facts import context_of
    from voltloom.advisor.study import verdict_of

    found = study_with_progress(voice, world, plan)
    return found, verdict_of(found, context_of(found, answers))


def _tell_prior(voice: Voice, verdict: Verdict, answers: Answers) -> None:
    """Print the filled checklist and the interfaces that follow from the answers."""
    from voltloom.advisor.integration import integration_for
    from voltloom.advisor.sentences import SOURCE_FAMILY

    prior = verdict.prior
    if prior is not None:
        rows = [
            (i.question, i.answer, ", ".join(SOURCE_FAMILY[f] for f in i.favours) or "–", i.why)
            for i in prior.items
        ]
        head = ("the checklist", "answer", "speaks for", "because")
        voice.show(a_table("", head, rows, numbers_from=len(head)))
    if answers.integration.needs:
        needs = integration_for(answers.integration.needs)
        interfaces = [(i.need, i.speaks, i.with_whom, f"OCPP {i.ocpp}", i.why) for i in needs.interfaces]
        columns = ("needed", "speaks", "with", "at least", "for")
        voice.say()
        voice.show(a_table("", columns, interfaces, numbers_from=len(columns)))
        voice.say(f"Stations must speak OCPP {needs.least_ocpp} or newer; integration is {needs.complexity}.")
    voice.say()


def _tell_demands(voice: Voice, verdict: Verdict) -> None:
    from voltloom.advisor.sentences import redundancy_lines

    for line in redundancy_lines(verdict):
        voice.say(line)


def _as_json(found: Study, verdict: Verdict) -> dict[str, object]:
    """Return the advice for programs: the verdict, its sentences, the prior, and one object a run."""
    from voltloom.advisor import sentences
    from voltloom.advisor.account import run_json

    prior = verdict.prior
    return {
        "recommended": verdict.recommended,
        "outcome": verdict.outcome.value,
        "verdict": sentences.headline(verdict),
        "reasons": list(sentences.reasons(verdict)),
        "what_would_change_it": list(sentences.what_would_change_it(verdict)),
        "uptime_and_promises": list(sentences.redundancy_lines(verdict)),
        "is_over_engineering": verdict.is_over_engineering,
        "prior": None
        if prior is None
        else {
            "family": sentences.SOURCE_FAMILY[prior.family],
            "points": {sentences.SOURCE_FAMILY[f]: prior.points[f] for f in sentences.SOURCE_FAMILY},
            "items": [{"question": i.question, "answer": i.answer, "why": i.why} for i in prior.items],
        },
        "growth": [
            {
                "growth": p.growth_ratio,
                "recommended": p.recommended,
                "sessions_wanted": p.wanted_count,
                "sessions_added": p.added_count,
            }
            for p in verdict.growth
        ],
        "runs": [run_json(found.comparison.scenario, result) for result in found.comparison.results],
    }
