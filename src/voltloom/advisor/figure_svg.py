"""Matplotlib figures as inline SVG: the same bytes for the same numbers, coloured by the page's own light and dark tokens."""

from __future__ import annotations

import io
import re
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.legend import Legend

# Stand-ins that matplotlib accepts as colours; in the page each becomes a CSS variable, so that both themes are readable.
TEXT: Final = "#010203"
MUTED: Final = "#010204"
GRID: Final = "#010205"
LIMIT: Final = "#010206"
PANEL: Final = "#010207"
PAUSED: Final = "#010208"
SERIES: Final = ("#010301", "#010302", "#010303", "#010304", "#010305", "#010306")
VARIABLES: Final = {
    TEXT: "--text",
    MUTED: "--muted",
    GRID: "--line",
    LIMIT: "--limit",
    PANEL: "--panel",
    PAUSED: "--paused",
    **{colour: f"--series-{number}" for number, colour in enumerate(SERIES, start=1)},
}
SETTINGS: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "voltloom",
    "font.family": "sans-serif",
    "font.size": 10.0,
    "hatch.linewidth": 0.6,
    "path.simplify": False,
    "text.parse_math": False,  # a station may be called "$1"
}


def new_figure(width_factor: float, height_factor: float) -> Figure:
    """Return an empty figure without a background, sized in inches of 72 points."""
    figure = Figure(figsize=(width_factor, height_factor), layout="constrained")
    figure.patch.set_alpha(0.0)
    return figure


def dress(axes: Axes, *, title: str = "", x_label: str = "", y_label: str = "") -> None:
    """Give axes the house's look: no box, thin grid lines behind, texts in the page's colours."""
    axes.set_facecolor("none")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GRID)
    axes.tick_params(colors=MUTED, length=3)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(x_label, color=MUTED)
    axes.set_ylabel(y_label, color=MUTED)
    axes.set_title(title, color=TEXT, loc="left", fontsize=10.5, fontweight="bold")


def plain(found: Legend) -> None:
    """Take the box from a legend and give its texts the page's colour."""
    found.set_frame_on(False)
    for text in found.get_texts():
        text.set_color(TEXT)


def svg_of(figure: Figure, *, name: str, label: str) -> str:
    """Return a figure as an SVG element to put into a page; its ids carry the name, so that figures do not mix."""
    buffer = io.StringIO()
    with rc_context(SETTINGS):
        FigureCanvasSVG(figure)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inlined(buffer.getvalue(), name, label)


def _inlined(text: str, name: str, label: str) -> str:
    """Return the bare element: no prolog, no metadata, no address, sized by its box."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:xlink)?="[^"]*"', "", text)
    text = re.sub(r'(<svg[^>]*?)\swidth="([\d.]+)pt"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?)\sheight="([\d.]+)pt"', r"\1", text, count=1)
    text = text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r"url\(#", f"url(#{name}-", text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = re.sub(r"(font: [^;\"]*?px) [^;\"]*", r"\1 system-ui, 'DejaVu Sans', sans-serif", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    return re.sub(r"\n\s*", "\n", text).strip()
