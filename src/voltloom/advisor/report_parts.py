"""What a report is put together from: sections, lists and tables as HTML, with every text escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def safe(text: object) -> str:
    """Return a text as HTML shows it."""
    return html.escape(str(text), quote=True)


def section(title: str, *inner: str) -> str:
    """Return a section with its heading; inner is HTML already."""
    return f"<section>\n<h2>{safe(title)}</h2>\n" + "\n".join(inner) + "\n</section>"


def bullets(lines: Iterable[str]) -> str:
    """Return lines of text as a list."""
    return "<ul>" + "".join(f"<li>{safe(line)}</li>" for line in lines) + "</ul>"


def table_of(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, label: str, kind: str = "", first_number: int = 99
) -> str:
    """Return a table in a box that scrolls by itself; cells are HTML already, the head is text."""
    heads = "".join(
        f'<th scope="col"{_number_class(k >= first_number)}>{safe(h)}</th>' for k, h in enumerate(head)
    )
    lines = []
    for cells in rows:
        rest = "".join(
            f'<td{_number_class(k >= first_number)} data-of="{safe(head[k])}">{c}</td>'
            for k, c in enumerate(cells[1:], start=1)
        )
        lines.append(f'<tr><th scope="row">{cells[0]}</th>{rest}</tr>')
    body = "\n".join(lines)
    return (
        f'<div class="box" role="region" aria-label="{safe(label)}" tabindex="0"><table class="{kind}">\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _number_class(is_number: bool) -> str:
    return ' class="n"' if is_number else ""
