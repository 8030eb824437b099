"""The report (D7): one self-contained HTML file, verdict first, for a planner to send to a manager.

Everything that comes from a file is escaped; nothing is fetched; the same study gives the same bytes.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from voltloom import __version__
from voltloom.advisor import sentences
from voltloom.advisor.account_words import account_notes, account_table, objective_words
from voltloom.advisor.bound_share import bound_heads, bound_note, bound_shares
from voltloom.advisor.formats import (
    UNKNOWN,
    counted,
    duration,
    kwh,
    moment,
    money,
    number,
    percent,
)
from voltloom.advisor.measured import Measured
from voltloom.advisor.pictures import Picture, pictures_of
from voltloom.advisor.report_cells import (
    DIFFERENCE_HEADS,
    NUMBER_HEADS,
    difference_cells,
    judgement,
    number_cells,
)
from voltloom.advisor.report_parts import bullets, safe, section, table_of
from voltloom.advisor.report_style import STYLE
from voltloom.advisor.report_sweeps import sweeps_section
from voltloom.advisor.six_rows import six_rows
from voltloom.advisor.study import Study
from voltloom.advisor.verdict import Outcome, Verdict

MOST_FAULTS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How a study came about. command: what repeats it. source: the scenario file as named by whoever ran it."""

    command: str
    source: str


def report_html(found: Study, verdict: Verdict, origin: Origin) -> str:
    """Return the whole page."""
    scenario = found.comparison.scenario
    name = scenario.title or scenario.name
    title = f"{name}: which charging architecture?"
    parts = (
        _verdict(verdict, name),
        _six_rows(found, verdict),
        _numbers(found, verdict),
        _accounts(found, verdict),
        _differences(verdict),
        _pictures(pictures_of(found.comparison, verdict)),
        _checklist(verdict),
        _growth(verdict),
        sweeps_section(found),
        _assumptions(found),
        _faults(found),
        _repeat(found, origin),
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{safe(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _verdict(verdict: Verdict, name: str) -> str:
    unsafe = " unsafe" if verdict.outcome is Outcome.NONE_SAFE else ""
    return (
        f'<header class="verdict{unsafe}">\n<h1>{safe(name)}</h1>\n'
        f"<p>{safe(sentences.headline(verdict))}</p>\n"
        f"<h2>Why</h2>\n{bullets(sentences.reasons(verdict))}\n"
        f"<h2>What would change it</h2>\n{bullets(sentences.what_would_change_it(verdict))}\n"
        f'<p class="note">{safe(sentences.confidence(verdict))}</p>\n</header>'
    )


def _six_rows(found: Study, verdict: Verdict) -> str:
    names = found.comparison.architectures
    rows = []
    for row in six_rows(found, verdict):
        head = f'{safe(row.feature)}<span class="how">{safe(row.measured_by)}</span>'
        cells = [
            f'<span class="says">rule of thumb: {safe(cell.source_says)}</span>'
            + "".join(f'<span class="line">{safe(line)}</span>' for line in cell.lines)
            for cell in row.cells
        ]
        rows.append([head, *cells])
    table = table_of(["", *names], rows, label="Six features, measured", kind="six")
    level = found.comparison.fault_levels[0]
    note = (
        f'<p class="note">Measured {safe(sentences.under(level))} where the row does not say otherwise.</p>'
    )
    return section("The six features, as a rule of thumb and as measured here", table, note)


def _numbers(found: Study, verdict: Verdict) -> str:
    tariff = found.comparison.scenario.tariff
    currency = tariff.currency if tariff else ""
    head = list(NUMBER_HEADS)
    rows = [_number_row(m, verdict, currency, tariff.minor_digits if tariff else 2) for m in verdict.measured]
    bound, told, scenario = found.bound, "", found.comparison.scenario
    if bound is not None:
        heads = bound_heads(scenario)
        known = {"Delivered": percent(bound.delivered_ratio)}
        if bound.money is not None and tariff is not None:
            known["Cost"] = money(bound.money.cost_minor, currency, tariff.minor_digits)
        best = ["clairvoyant", "none", *(safe(known.get(name, "")) for name in head[2:])]
        best += [percent(1.0)] * len(heads)
        shares = [bound_shares(scenario, bound, m) for m in verdict.measured]
        rows = [best, *([*row, *map(safe, share)] for row, share in zip(rows, shares, strict=True))]
        head += [f"{name[0].upper()}{name[1:]}" for name in heads]
        told = " ".join(["", bound_note(scenario), *bound.left_out])
    notes = (
        "Unmet: sessions that got under 99 % of what their vehicle could have taken during its stay. Fairness: "
        "Jain's index of the delivered parts, 1 is equal. Overload: amperes above any rating, times seconds, in the worst run."
        + told
    )
    table = table_of(head, rows, label="Numbers of every run", first_number=2)
    return section("Numbers", table, f'<p class="note">{safe(notes)}</p>')


def _accounts(found: Study, verdict: Verdict) -> str:
    """Return the table of accounts, "" where there is nothing to account for."""
    scenario = found.comparison.scenario
    head, rows = account_table(scenario, verdict.measured)
    if not rows:
        return ""
    notes = (
        f"The site is run for {objective_words(scenario)}.",
        *account_notes(scenario, [m.account for m in verdict.measured]),
    )
    cells = [[safe(cell) for cell in row] for row in rows]
    table = table_of(
        ["", *(f"{name[0].upper()}{name[1:]}" for name in head[1:])], cells, label="Accounts", first_number=2
    )
    return section("Accounts", table, f'<p class="note">{safe(" ".join(notes))}</p>')


def _number_row(found: Measured, verdict: Verdict, currency: str, digits: int) -> list[str]:
    name = safe(found.architecture)
    if found.architecture == verdict.named:
        name = f'<span class="chosen">{name}</span>'
    return [name, *map(safe, number_cells(found, currency, digits))]


def _differences(verdict: Verdict) -> str:
    rows = []
    for pairing in verdict.pairings:
        for found in pairing.all_differences:
            word, kind = judgement(found)
            rows.append([*map(safe, difference_cells(found)), f'<span class="{kind}">{word}</span>'])
    if not rows:
        return ""
    return section(
        "Paired differences on the same sessions",
        table_of(DIFFERENCE_HEADS, rows, label="Paired differences", kind="wide"),
        f'<p class="note">{safe(sentences.confidence(verdict))} An interval that spans zero shows no difference.</p>',
    )


def _pictures(pictures: Sequence[Picture]) -> str:
    shown = [
        f'<figure><h3>{safe(p.title)}</h3><div class="box" role="region" tabindex="0" aria-label="{safe(p.title)}">'
        f"{p.svg}</div><figcaption>{safe(p.caption)}</figcaption></figure>"
        for p in pictures
    ]
    return section("Pictures", *shown)


def _checklist(verdict: Verdict) -> str:
    prior = verdict.prior
    lines = sentences.redundancy_lines(verdict)
    if prior is None and not lines:
        return ""
    inner = []
    if prior is not None:
        families = sentences.SOURCE_FAMILY
        rows = [
            [
                safe(i.question),
                safe(i.answer),
                safe(", ".join(families[f] for f in i.favours) or UNKNOWN),
                safe(i.why),
            ]
            for i in prior.items
        ]
        points = [f"{families[f]} {prior.points[f]}" for f in families]
        rows.append(["Points", "", safe(", ".join(points)), "ties go to the simpler one"])
        inner.append(table_of(["Question", "Answer", "Speaks for", "Because"], rows, label="Checklist"))
    if lines:
        inner.append("<h3>Uptime and promises</h3>" + bullets(lines))
    return section("The checklist, before anything was measured", *inner)


def _growth(verdict: Verdict) -> str:
    if not verdict.growth:
        return ""
    names = [name for name, _ in verdict.growth[0].delivered]
    rows = [
        [
            safe(f"× {point.growth_ratio:g}"),
            safe(f"{point.added_count} of {point.wanted_count}"),
            *(safe(percent(ratio)) for _, ratio in point.delivered),
            safe(point.recommended or "no winner"),
        ]
        for point in verdict.growth
    ]
    return section(
        "When to grow",
        table_of(["Sessions", "Added", *names, "Choice"], rows, label="Growth"),
        '<p class="note">The busiest week again with more sessions on the same outlets and the same power: real sessions of '
        "this record, drawn by seed, on another day of the same kind at the same time, at an outlet of the same make "
        "that is free. Where fewer were added than wanted, no outlet was free: that growth needs outlets first. Shown is "
        "the energy delivered, and the choice by the same rules.</p>",
    )


def _assumptions(found: Study) -> str:
    scenario = found.comparison.scenario
    site, zone = scenario.site, scenario.site.time_zone
    whole = max(
        (r.summary for r in found.comparison.results), key=lambda s: s.sessions
    )  # a stopped run saw fewer
    grid = [f"{c.circuit_id} {number(c.rating_a, 0)} A a phase" for c in site.circuits if not c.parent_id]
    grid = grid or [f"{limit.limit_id} {number(limit.rating_a, 0)} A" for limit in site.phasor_limits]
    facts = {
        "Site": site.name,
        "Period": f"{moment(scenario.start_s, zone)} to {moment(scenario.end_s, zone)} ({zone})",
        "Sessions": f"{whole.sessions}, asking for {kwh(whole.energy_requested_wh)}",
        "Outlets": counted(len(site.evses), "EVSE"),
        "Limits": ", ".join(grid) or UNKNOWN,
        "Tariff": scenario.tariff.name if scenario.tariff else "none given: costs are unknown",
        "Step of the physics": duration(scenario.step_s),
        "Control period": duration(scenario.control.period_s),
        "Meter readings": f"every {duration(scenario.stations.report_period_s)}",
        "Fault levels": ", ".join(found.comparison.fault_levels),
        "Seeds": ", ".join(str(s) for s in found.comparison.seeds),
    }
    listed = "".join(f"<dt>{safe(k)}</dt><dd>{safe(v)}</dd>" for k, v in facts.items())
    notes = bullets(scenario.notes) if scenario.notes else ""
    return section("Assumptions and facts", f"<dl>{listed}</dl>", notes)


def _faults(found: Study) -> str:
    zone = found.comparison.scenario.site.time_zone
    seed = found.comparison.seeds[0]
    inner = []
    for level in found.comparison.fault_levels:
        result = next(
            r for r in found.comparison.results if (r.summary.faults, r.summary.seed) == (level, seed)
        )
        marks = result.trace.faults
        if not marks:
            continue
        rows = [
            [
                safe(mark.kind.replace("_", " ")),
                safe(mark.target),
                safe(moment(mark.start_s, zone)),
                safe(duration(mark.end_s - mark.start_s)),
            ]
            for mark in marks[:MOST_FAULTS]
        ]
        table = table_of(["What", "Where", "From", "For"], rows, label=f"Faults, {level}", first_number=2)
        more = len(marks) - MOST_FAULTS
        rest = f'<p class="note">and {more} more</p>' if more > 0 else ""
        inner.append(
            f"<details><summary>{safe(level)}: {counted(len(marks), 'fault')}</summary>{table}{rest}</details>"
        )
    return section(f"What went wrong in the runs (seed {seed})", *inner) if inner else ""


def _repeat(found: Study, origin: Origin) -> str:
    rows = [
        [
            safe(r.summary.architecture),
            safe(r.summary.faults),
            str(r.summary.seed),
            f"<code>{safe(r.summary.determinism_digest)}</code>",
        ]
        for r in found.comparison.results
    ]
    table = table_of(["", "Faults", "Seed", "Digest of the run"], rows, label="Digests")
    return section(
        "How to repeat",
        f"<pre><code>{safe(origin.command)}</code></pre>",
        f"<p>Scenario {safe(origin.source)}; Voltloom {safe(__version__)}, Python {safe(platform.python_version())}. "
        "The same inputs give the same digests.</p>",
        f"<details><summary>{counted(len(rows), 'run')}</summary>{table}</details>",
    )
