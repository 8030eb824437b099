"""Draw docs/img/power.svg, the README's picture: one real day of the shipped month under the three architectures.

Drawn with the report's own parts and put on a background of its own, so that it can stand outside a report. The line is the
transformer's rating: no set of currents within its phase limits carries more power. The same sources give the same bytes.
"""

import re
from datetime import date
from pathlib import Path

from matplotlib import rc_context

from voltloom.advisor.figure_svg import LIMIT, SERIES, SETTINGS, dress, new_figure, svg_of
from voltloom.advisor.report_style import STYLE
from voltloom.advisor.series import day_bounds_s, hours_into, thinned
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.summary import RunResult
from voltloom.units import kw_from_w

DAY = date(2019, 10, 29)  # most arrivals and most energy of the month
RATING_KW = 50.0
LABEL = (
    "Power of the Caltech garage on 29 October 2019 under three architectures, under the transformer's 50 kW"
)
PICTURE = Path(__file__).resolve().parent.parent / "docs" / "img" / "power.svg"


def main() -> None:
    """Run the day under the scenario's own architectures and write the picture."""
    given = Overrides(assignments=(f"site.transformer.rating_kw={RATING_KW}",), first_day=DAY, last_day=DAY)
    scenario = load_scenario("caltech_sample", given)
    results = [
        run(scenario, architecture=name, faults="none", seed=scenario.seed) for name in scenario.architectures
    ]
    assert not any(result.breaches for result in results)
    with rc_context(SETTINGS):
        svg = drawn(scenario, results)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(standing_alone(svg) + "\n", encoding="utf-8")
    print(f"{PICTURE.name}: {PICTURE.stat().st_size} bytes")
    for result in results:
        summary = result.summary
        print(f"  {summary.architecture}: {100 * summary.delivered_ratio:.1f} %, {summary.sessions} sessions")


def drawn(scenario: Scenario, results: list[RunResult]) -> str:
    """Return the picture: one row an architecture, power against the transformer's rating."""
    begin_s, end_s = day_bounds_s(DAY.isoformat(), scenario.site.time_zone)
    figure = new_figure(9.6, 0.9 + 1.5 * len(results))
    rows = figure.subplots(len(results), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, result, colour in zip(rows, results, SERIES, strict=False):
        trace, summary = result.trace, result.summary
        inside = (trace.time_s >= begin_s) & (trace.time_s < end_s)
        time_s, power_w = thinned(trace.time_s[inside], trace.power_w[inside])
        hours_h = hours_into(time_s, begin_s)
        title = f"{summary.architecture}: {100 * summary.delivered_ratio:.0f} % of the energy asked for"
        dress(axes, title=title, y_label="kW")
        power_kw = kw_from_w(1.0) * power_w
        axes.fill_between(hours_h, power_kw, step="post", color=colour, alpha=0.75, linewidth=0)
        axes.axhline(RATING_KW, color=LIMIT, linewidth=2)
    rows[0].set_ylim(0, 1.12 * RATING_KW)
    rows[-1].set_xlim(0, 24)
    hours = range(0, 25, 3)
    rows[-1].set_xticks(hours, [f"{hour:02d}:00" for hour in hours])
    return svg_of(figure, name="power", label=LABEL)


def standing_alone(svg: str) -> str:
    """Return a picture of a report as a file: with its namespaces, the report's light colours, and a background."""
    light = STYLE[STYLE.index(":root") : STYLE.index("@media")]
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert box is not None
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    head, rest = svg.replace("<svg", f"<svg {names}", 1).split(">", 1)
    ground = f'<rect width="{box[1]}" height="{box[2]}" fill="var(--panel)"/>'
    rest = re.sub(
        r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}", rest
    )  # a tenth of a point is enough
    return f"{head}>\n<style>{light}</style>\n{ground}{rest}"


if __name__ == "__main__":
    main()
