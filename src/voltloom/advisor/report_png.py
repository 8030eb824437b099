"""The report as one picture (PNG) for a message or a slide: verdict, numbers, cost against unmet energy, differences, what would flip it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from voltloom import __version__
from voltloom.advisor import sentences
from voltloom.advisor.figure_svg import dress
from voltloom.advisor.report import Origin
from voltloom.advisor.report_cells import (
    DIFFERENCE_HEADS,
    NUMBER_HEADS,
    difference_cells,
    judgement,
    number_cells,
)
from voltloom.advisor.study import Study
from voltloom.advisor.trade_off import trade_off
from voltloom.advisor.trade_picture import Inks, draw_trade_off
from voltloom.advisor.verdict import Verdict

WIDTH_IN: Final = 10.0
DOTS_PER_IN: Final = 120.0
EDGE_IN: Final = 0.45
LINE_FACTOR: Final = 1.45 / 72.0  # inches from line to line for each point of a text's size
TRADE_IN: Final = 3.4
MOST_ROWS: Final = 24
SHORT_COLUMNS: Final = 6  # of the numbers: the first ones, the rest stands in the report's file
PAPER: Final = Inks(
    text="#14202b",
    muted="#55636f",
    grid="#d8dee3",
    series=("#0072b2", "#56b4e9", "#b07aa1", "#009e73", "#e69f00", "#7a6a5d"),
)
KINDS: Final = {"good": "#0f766e", "bad": "#b91c1c", "note": PAPER.muted}
FONTS: Final[dict[Any, Any]] = {"font.family": "sans-serif", "text.parse_math": False}


class _Text(NamedTuple):
    """A text, where it begins as a part of the width, and its colour."""

    begins_ratio: float
    words: str
    colour: str


class _Line(NamedTuple):
    """Texts on one line. size_factor: their height, in points of 1/72 in."""

    texts: tuple[_Text, ...]
    size_factor: float
    is_bold: bool = False


def report_png(found: Study, verdict: Verdict, origin: Origin) -> bytes:
    """Return the picture."""
    with rc_context(FONTS):
        return _drawn(found, verdict, origin)


def _drawn(found: Study, verdict: Verdict, origin: Origin) -> bytes:
    scenario = found.comparison.scenario
    priced = [point for point in trade_off(found.comparison) if point.cost is not None]
    above = [
        *_wrapped(scenario.title or scenario.name, 15.0, is_bold=True),
        *_wrapped(sentences.headline(verdict), 12.0, is_bold=True),
        *_told(sentences.reasons(verdict)),
        *_numbers(found, verdict),
        *(_heading(f"Cost against unmet energy, {sentences.under(priced[0].faults)}") if priced else ()),
    ]
    below = [
        *_differences(verdict),
        *_heading("What would change it"),
        *_told(sentences.what_would_change_it(verdict)),
        *_wrapped(f"{origin.command}. Voltloom {__version__}.", 8.0, colour=PAPER.muted),
    ]
    height_in = 2 * EDGE_IN + _height_in(above) + _height_in(below) + (TRADE_IN if priced else 0.0)
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DOTS_PER_IN, facecolor="white")
    at_in = _written(figure, above, height_in - EDGE_IN)
    if priced and scenario.tariff is not None:
        left, right = 1.1 / WIDTH_IN, 1.0 - 2 * EDGE_IN / WIDTH_IN
        box = (left, (at_in - TRADE_IN + 0.6) / height_in, right - left, (TRADE_IN - 1.0) / height_in)
        axes = figure.add_axes(box)
        dress(axes)
        axes.tick_params(colors=PAPER.muted, labelsize=9)
        axes.grid(visible=True, color=PAPER.grid, linewidth=0.6)
        for side in ("left", "bottom"):
            axes.spines[side].set_color(PAPER.grid)
        draw_trade_off(axes, priced, scenario.tariff, PAPER)
        at_in -= TRADE_IN
    _written(figure, below, at_in)
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _written(figure: Figure, lines: Sequence[_Line], at_factor: float) -> float:
    """Write lines downwards from so many inches above the lower edge. Returns where the next would begin."""
    height_in = figure.get_figheight()
    for line in lines:
        for text in line.texts:
            x = EDGE_IN / WIDTH_IN + text.begins_ratio * (1.0 - 2 * EDGE_IN / WIDTH_IN)
            figure.text(
                x,
                at_factor / height_in,
                text.words,
                color=text.colour,
                fontsize=line.size_factor,
                fontweight="bold" if line.is_bold else "normal",
                va="top",
            )
        at_factor -= line.size_factor * LINE_FACTOR
    return at_factor


def _height_in(lines: Sequence[_Line]) -> float:
    return sum(line.size_factor * LINE_FACTOR for line in lines)


def _wrapped(
    text: str, size_factor: float, *, is_bold: bool = False, colour: str = PAPER.text
) -> list[_Line]:
    """Return a text on as many lines as it needs, and a gap after it."""
    letters = int((WIDTH_IN - 2 * EDGE_IN) * 72.0 / (size_factor * (0.62 if is_bold else 0.55)))
    lines = [
        _Line((_Text(0.0, line, colour),), size_factor, is_bold) for line in textwrap.wrap(text, letters)
    ]
    return [*lines, _gap()]


def _told(lines: Sequence[str]) -> list[_Line]:
    found = []
    for line in lines:
        first, *rest = _wrapped(line, 9.0)
        found += [_Line((_Text(0.0, f"• {first.texts[0].words}", PAPER.text),), 9.0), *rest[:-1]]
    return [*found, _gap()]


def _row(begins_ratio: Sequence[float], cells: Sequence[str], colours: Sequence[str]) -> tuple[_Text, ...]:
    return tuple(_Text(*one) for one in zip(begins_ratio, cells, colours, strict=True))


def _heading(text: str) -> list[_Line]:
    return [_Line((_Text(0.0, text, PAPER.text),), 10.5, is_bold=True)]


def _gap() -> _Line:
    return _Line((), 5.0)


def _numbers(found: Study, verdict: Verdict) -> list[_Line]:
    tariff = found.comparison.scenario.tariff
    currency, digits = (tariff.currency, tariff.minor_digits) if tariff else ("", 2)
    rows = [
        (m.architecture, *number_cells(m, currency, digits))[: SHORT_COLUMNS + 1] for m in verdict.measured
    ]
    begins = (0.0, 0.26, 0.36, 0.5, 0.62, 0.78, 0.89)
    heads = NUMBER_HEADS[: SHORT_COLUMNS + 1]
    lines = [_Line(_row(begins, heads, [PAPER.muted] * len(heads)), 9.0)]
    lines += [
        _Line(_row(begins, row, [PAPER.text] * len(row)), 9.0, row[0] == verdict.named)
        for row in rows[:MOST_ROWS]
    ]
    return [*_heading("Numbers"), *lines, _gap()]


def _differences(verdict: Verdict) -> list[_Line]:
    every = [one for pairing in verdict.pairings for one in pairing.all_differences]
    if not every:
        return []
    begins = (0.0, 0.25, 0.32, 0.53, 0.64, 0.855)
    lines = [_Line(_row(begins, DIFFERENCE_HEADS, [PAPER.muted] * 6), 8.5)]
    for one in every[:MOST_ROWS]:
        word, kind = judgement(one)
        cells = (*difference_cells(one), word)
        colours = [*[PAPER.text] * 5, KINDS[kind]]
        lines.append(_Line(_row(begins, cells, colours), 8.5))
    if len(every) > MOST_ROWS:
        lines.append(_Line((_Text(0.0, f"and {len(every) - MOST_ROWS} more", PAPER.muted),), 8.5))
    return [*_heading("Paired differences on the same sessions"), *lines, _gap()]
