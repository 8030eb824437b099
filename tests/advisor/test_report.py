"""The report: one file that fetches nothing, is the same for the same runs, and lets nothing from a file run."""

import re
import xml.etree.ElementTree as ElementTree

from tests.advisor.made_runs import FLAT_TARIFF, Deed, a_scenario, a_site, a_study
from voltloom.advisor.report import Origin, report_html
from voltloom.advisor.sentences import headline
from voltloom.advisor.study import Probe, Study, verdict_of

ORIGIN = Origin(command="voltloom compare made.toml", source="made.toml")
STARVED = Deed(delivered_wh=lambda day, k: 10_000.0 if k == 0 else 5_000.0, wait_s=lambda day, k: 3_600.0 * k)


def made_study(evil: str = "") -> Study:
    names = ("sequential", "parallel", "adaptive")
    deeds = {(n, f): STARVED if n == "sequential" else Deed() for f in ("none", "severe") for n in names}
    site = a_site(evse_ids=(f"CA-1{evil}", "CA-2", "$x_1$"), name=f"Garage{evil}")
    world = a_scenario(days=6, site=site, tariff=FLAT_TARIFF, name=f"made{evil}")
    probes = tuple(
        Probe(
            architecture=n,
            day="2019-10-01",
            sessions=3,
            is_repeatable=True,
            moved_ratio=0.5,
            moved_wh_mean=120.0,
        )
        for n in names
    )
    return a_study(deeds, scenario=world, probes=probes)


def page(evil: str = "") -> str:
    found = made_study(evil)
    origin = Origin(command=f"voltloom compare {evil}", source=f"made{evil}.toml")
    return report_html(found, verdict_of(found), origin)


def test_the_verdict_stands_before_everything_else() -> None:
    found = made_study()
    verdict = verdict_of(found)

    text = report_html(found, verdict, ORIGIN)

    assert text.index(headline(verdict)) < text.index("<section>")


def test_the_report_fetches_nothing() -> None:
    text = page()

    assert not re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//""", text)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_a_name_that_looks_like_html_is_only_text() -> None:
    evil = "<script>alert(1)</script>\"'&"

    text = page(evil)

    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_same_runs_give_the_same_bytes() -> None:
    assert page() == page()


def test_the_six_rows_of_the_source_are_there_with_numbers_of_this_site() -> None:
    text = page()

    rows = (
        "Throughput",
        "Complexity",
        "Determinism",
        "Energy efficiency",
        "Fault tolerance",
        "Best use case",
    )
    places = [text.index(f'<th scope="row">{row}') for row in rows]
    assert places == sorted(places)
    assert "the same inputs gave the same run" in text
    assert "one visit less on 2019-10-01 changed 50 % of the others, by 0.12 kWh" in text
    assert "0.30 USD a kWh" not in text  # the made runs were billed nothing


def test_every_figure_is_well_formed_and_no_id_stands_twice() -> None:
    figures = re.findall(r"<svg.*?</svg>", page(), flags=re.DOTALL)

    assert len(figures) == 8
    ids: list[str] = []
    for figure in figures:
        root = ElementTree.fromstring(figure.replace("xlink:href", "href"))
        ids += [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))


def test_colours_follow_the_theme() -> None:
    text = page()

    assert "prefers-color-scheme:dark" in text
    assert "#0102" not in text
    assert "#0103" not in text
    assert "var(--series-1)" in text


def test_faults_and_digests_are_told_so_that_it_can_be_repeated() -> None:
    text = page()

    assert "station offline" in text
    assert "digest-adaptive" in text
    assert "voltloom compare" in text
    assert "Seeds" in text


def test_a_run_that_a_checker_stopped_is_marked_and_compared_with_nothing() -> None:
    deeds = {
        (name, level): Deed(breach="over the rating") if name == "adaptive" else Deed()
        for level in ("none", "severe")
        for name in ("parallel", "adaptive")
    }
    found = a_study(deeds)

    text = report_html(found, verdict_of(found), ORIGIN)

    assert text.count("100.0 % until stopped") == 2
    assert "a run was stopped by a checker: nothing to compare" in text
    assert "Use parallel here: it is the only one that kept every rule in every run." in text


def test_where_no_winner_can_be_named_none_is_marked() -> None:
    wild = Deed(delivered_wh=lambda day, k: 9_900.0 * ((day + k) % 2))
    other = Deed(delivered_wh=lambda day, k: 9_900.0 * ((day + k + 1) % 2))
    found = a_study({("sequential", "none"): wild, ("parallel", "none"): other})
    verdict = verdict_of(found)

    text = report_html(found, verdict, Origin(command="c", source="s"))

    assert verdict.recommended == "sequential"
    assert verdict.named is None
    assert 'class="chosen"' not in text
