"""`voltloom simulate`: one scenario under one architecture, its numbers, and why power changed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.explain import show_plan
from voltloom.cli.output import (
    Exit,
    UsageError,
    Voice,
    a_table,
    check_writable,
    plain_errors,
    utc_text,
    words,
)

if TYPE_CHECKING:
    from voltloom.decision.record import Setpoint
    from voltloom.simulation.play import PlanWish
    from voltloom.simulation.scenario import Scenario
    from voltloom.simulation.summary import RunResult

NOTABLE = 8  # changes told at the end of a run
BUSIEST = "busiest"

ExplainOption = Annotated[
    str | None,
    typer.Option(
        "--explain",
        metavar="EVSE|BATTERY|TIME|busiest",
        help="Tell why the power of this outlet or battery changed; or draw the plan in force at this local time, or in which most is wanted.",
    ),
]
DrawnOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        help="Where the plan of --explain is drawn; SCENARIO-plan.html by default.",
    ),
]


def simulate(
    scenario: inputs.ScenarioName,
    architecture: Annotated[
        str | None, typer.Option("--architecture", help="Whose rule is in force; the scenario's by default.")
    ] = None,
    faults: Annotated[
        str | None,
        typer.Option("--faults", help="Level of faults: none, mild, severe; the scenario's by default."),
    ] = None,
    seed: inputs.SeedOption = None,
    run_seed: Annotated[
        int | None,
        typer.Option(
            "--run-seed",
            min=0,
            help="Seed of the faults and delays alone, as `compare --seeds` varies it; --seed by default.",
        ),
    ] = None,
    assignments: inputs.SetOption = None,
    sessions: inputs.SessionsOption = None,
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    explain: ExplainOption = None,
    report: DrawnOption = None,
    as_json: inputs.JsonOption = False,
    quiet: inputs.QuietOption = False,
) -> None:
    """Simulate a scenario under one architecture and tell what became of its sessions."""
    voice = Voice(is_json=as_json, is_quiet=quiet)
    with plain_errors():
        world = inputs.load(
            scenario, assignments=assignments, sessions=sessions, first=first, last=last, seed=seed
        )
        name = architecture or world.control.architecture
        words(name, option="--architecture", known=inputs.architecture_names())
        level = faults or world.default_faults
        if len(words(level, option="--faults", known=tuple(world.faults))) > 1:
            raise UsageError(f'--faults = "{level}": simulate plays one level. Name one, or use compare.')
        if "," in name:
            raise UsageError(f'--architecture = "{name}": simulate plays one. Name one, or use compare.')
        wish = _plan_wish(world, explain, name)
        if wish is None and report is not None:
            raise UsageError("--report: draws a plan. Say which with --explain TIME or --explain busiest.")
        check_writable(report)
        case_seed = world.seed if run_seed is None else run_seed
        result = _run(world, voice, (name, level, case_seed), wish)
        if wish is None:
            _tell(voice, world, result, explain)
        else:
            show_plan(voice, world, result, report)
    if result.breaches:
        raise typer.Exit(int(Exit.BREACH))


def _plan_wish(world: Scenario, explain: str | None, architecture: str) -> PlanWish | None:
    """Return which plan is to be explained, None where it is an outlet, a battery or nothing. Raises UsageError."""
    known = [*world.network.evse_ids, *(battery.battery_id for battery in world.site.batteries)]
    if explain is None or explain in known:
        return None
    from voltloom.advisor.formats import moment
    from voltloom.allocation.registry import PLANNING
    from voltloom.cli.run import moment_s
    from voltloom.simulation.play import PlanWish
    from voltloom.site.mistakes import did_you_mean

    time_s: float | None = math.nan
    if explain != BUSIEST:
        try:
            time_s = moment_s("--explain", explain, world.site.time_zone)
        except UsageError:
            remedy = did_you_mean(explain, [*known, BUSIEST])
            why = "is no EVSE or battery of this site and no time such as 2019-10-01T18:00"
            raise UsageError(f'--explain = "{explain}": {why}. {remedy}') from None
    if architecture not in PLANNING:
        planning = " or ".join(sorted(PLANNING))
        raise UsageError(
            f'--explain = "{explain}": {architecture} makes no plan. Choose --architecture {planning}.'
        )
    assert time_s is not None, "a text was given"
    if explain != BUSIEST and not world.start_s <= time_s < world.end_s:
        zone = world.site.time_zone
        span = f"{moment(world.start_s, zone)} to {moment(world.end_s, zone)} ({zone})"
        raise UsageError(f'--explain = "{explain}": is outside the run. Choose a time in {span}.')
    return PlanWish(time_s)


def _run(world: Scenario, voice: Voice, by: tuple[str, str, int], wish: PlanWish | None) -> RunResult:
    from voltloom.advisor.comparison import Case, run_cases

    architecture, faults, seed = by
    case = Case(architecture=architecture, faults=faults, seed=seed, plan_wish=wish)
    with voice.progress(f"simulating {world.name}") as tell:
        return run_cases((world,), (case,), jobs=1, progress=tell)[0]


def _tell(voice: Voice, world: Scenario, result: RunResult, explain: str | None) -> None:
    from voltloom.advisor.account import account_of, run_json
    from voltloom.advisor.account_words import account_notes

    changes = result.trace.changes
    if explain is not None:
        changes = tuple(c for c in changes if c.evse_id == explain)
    voice.give(
        {
            **run_json(world, result),
            "breaches": [_breach(b.checker, b.what, b.time_s) for b in result.breaches],
            "notes": list(world.notes),
            "changes": [_operator(c, world) for c in changes] if explain else [],
            **_storage_json(world, result, explain),
            **_forecast_json(result),
        }
    )
    voice.show(
        a_table(f"{world.title or world.name}, {result.summary.architecture}", ("", ""), _rows(world, result))
    )
    for note in (*account_notes(world, [account_of(world, result)]), *world.notes):
        voice.say(f"note: {note}")
    voice.say()
    batteries = _battery_words(world, result, explain)
    voice.say(f"Why power changed{f' at {explain}' if explain else ''}, newest last:")
    shown = changes if explain else _notable(changes)
    for change in shown[-NOTABLE:] if not explain else shown:
        voice.say(f"  {_sentence(change, world)}")
        if explain:
            voice.say(f"      {_record(change, world)}")
    for line in batteries:
        voice.say(f"  {line}")
    if not shown and not batteries:
        voice.say("  no change of power was recorded")
    for breach in result.breaches:
        voice.say()
        voice.say(f"BREACH {_words(breach.checker, breach.what, breach.time_s, world)}")
        voice.say(f"  repeat with: {breach.how_to_repeat}")


def _rows(world: Scenario, result: RunResult) -> list[tuple[str, str]]:
    from voltloom.advisor.account import account_of
    from voltloom.advisor.account_words import account_rows, objective_words
    from voltloom.advisor.formats import duration, kw, kwh, number, percent

    s = result.summary
    unpriced = [] if world.tariff else [("cost", "– (no tariff)")]
    return [
        ("sessions", str(s.sessions)),
        ("energy asked for", kwh(s.energy_requested_wh)),
        ("energy delivered", f"{kwh(s.energy_delivered_wh)} ({percent(s.delivered_ratio)})"),
        ("sessions unmet", str(s.unmet_sessions)),
        ("sessions failed", str(s.failed_sessions)),
        ("wait for power, slowest 5 %", duration(s.wait_s_p95)),
        ("highest power", f"{kw(s.peak_w)}, {number(s.peak_a)} A"),
        ("overload", f"{number(s.overload_a_s, 0)} A·s, {s.breaker_trips} breaker trips"),
        ("run for", objective_words(world)),
        *unpriced,
        *account_rows(world, account_of(world, result)),
        *_storage_rows(result),
        ("new limits a session", number(s.setpoint_changes_per_session)),
        ("fairness (1 is equal)", number(s.jain_fairness, 3)),
        ("time in a fallback mode", duration(s.degraded_s)),
        ("alarms", str(s.alarms)),
        ("time of a decision, 95 %", f"{number(s.decision_ms_p95, 2)} ms"),
        ("CPU", f"{number(s.cpu_s, 1)} s"),
        ("digest", s.determinism_digest),
    ]


def _storage_rows(result: RunResult) -> list[tuple[str, str]]:
    """Return the figures of PV and batteries, none where nothing feeds in."""
    from voltloom.advisor.formats import kw, kwh, percent

    storage = result.storage
    if storage is None:
        return []
    rows = [("most from the grid", kw(storage.peak_w)), ("PV", kwh(storage.generated_wh))]
    for battery, name in enumerate(storage.ids):
        charged, given = kwh(float(storage.charged_wh[battery])), kwh(float(storage.discharged_wh[battery]))
        ends = percent(float(storage.soc_ratio[-1, battery])) if len(storage.soc_ratio) else "–"
        rows.append((f"battery {name}", f"{charged} in, {given} out, ends at {ends}"))
    return rows


def _storage_json(world: Scenario, result: RunResult, explain: str | None) -> dict[str, object]:
    if result.storage is None:
        return {}
    told = result.storage.changes_of(explain or "")
    changes = [{"time": _moment(change.time_s, world), **change.record()} for change in told]
    return {"storage": {**result.storage.as_json(), "changes": changes}}


def _forecast_json(result: RunResult) -> dict[str, object]:
    from voltloom.forecast.learned import skills_of

    return {} if result.learned is None else {"forecasts": skills_of(result.learned)}


def _battery_words(world: Scenario, result: RunResult, explain: str | None) -> list[str]:
    """Return why batteries changed: all of one that is asked for, otherwise the newest of each cause."""
    if result.storage is None:
        return []
    if explain is not None:
        lines = []
        for change in result.storage.changes_of(explain):
            lines.append(f"{_moment(change.time_s, world)} {change.sentence()}")
            lines.append("    " + ", ".join(f"{key} {value}" for key, value in change.record().items()))
        return lines
    newest = {(change.battery_id, change.cause): change for change in result.storage.changes}
    ordered = sorted(newest.values(), key=lambda change: (change.time_s, change.battery_id))
    return [f"{_moment(change.time_s, world)} {change.sentence()}" for change in ordered[-NOTABLE:]]


def _moment(time_s: float, world: Scenario) -> str:
    from voltloom.advisor.formats import moment

    return moment(time_s, world.site.time_zone)


def _notable(changes: tuple[Setpoint, ...]) -> tuple[Setpoint, ...]:
    """Return the newest change of each cause, in order of time."""
    newest = {change.reason.cause: change for change in changes}
    return tuple(sorted(newest.values(), key=lambda c: (c.time_s, c.evse_id)))


def _sentence(change: Setpoint, world: Scenario) -> str:
    from voltloom.advisor.formats import moment
    from voltloom.decision.explain import Around, driver_sentence

    zone = world.site.time_zone
    return f"{moment(change.time_s, zone)} {change.evse_id}: {driver_sentence(change.reason, Around(time_zone=zone, now_s=change.time_s))}"


def _operator(change: Setpoint, world: Scenario) -> dict[str, object]:
    from voltloom.decision.explain import operator_record

    return operator_record(change.reason, change.evse_id, change.time_s, world.site.time_zone)


def _record(change: Setpoint, world: Scenario) -> str:
    told = _operator(change, world)
    del told["time"]  # the sentence before it begins with the site's
    return ", ".join(f"{key} {value}" for key, value in told.items())


def _breach(checker: str, what: str, time_s: float) -> dict[str, object]:
    return {"checker": checker, "what": what, "time": utc_text(time_s) if math.isfinite(time_s) else None}


def _words(checker: str, what: str, time_s: float, world: Scenario) -> str:
    from voltloom.advisor.formats import moment

    return f"{checker} at {moment(time_s, world.site.time_zone)}: {what}"
