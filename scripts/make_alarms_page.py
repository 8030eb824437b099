"""Write docs/alarms.md from the catalogue of alarms: run it after a change of `session/alarms.py`."""

from __future__ import annotations

from pathlib import Path

from voltloom.session.alarms import CATALOGUE, Severity
from voltloom.session.standing import OVER_WHEN

PAGE = Path(__file__).parents[1] / "docs/alarms.md"
HEAD = """# Alarms: what to do

Every alarm that Voltloom raises, with what it does to charging and the next step. The same words stand in the alarm itself.
Critical: look now. Warning: today. Notice: when there is time. Made by `scripts/make_alarms_page.py`.

An alarm that lasts is told once when it begins and once when it is over; the console, `GET /api/v1/alarms` and
`voltloom alarms` show which of both it is, and since when. One without an end tells of a moment. All are in the journal, so a
program that was restarted knows what lasted and what was over; `voltloom_alarms_active` counts what lasts.
"""


def page() -> str:
    """Return the page's text."""
    parts = [HEAD]
    for severity in (Severity.CRITICAL, Severity.WARNING, Severity.NOTICE):
        rows = [
            f"| `{kind.value}` | {text.what} | {text.effect} | {text.next_step} | {OVER_WHEN.get(kind, '–')} |"
            for kind, text in CATALOGUE.items()
            if text.severity is severity
        ]
        head = [
            "| alarm | what is wrong | what it does to charging | what to do | it is over when |",
            "|---|---|---|---|---|",
        ]
        parts.append("\n".join([f"## {severity.value.capitalize()}", *head, *rows, ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
