"""`voltloom check` tells every mistake in a site's file and around it; `voltloom secret` makes a station's secret."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import Exit, Voice, a_table, fail, plain_errors
from voltloom.cli.run import ConfigFile, loaded

if TYPE_CHECKING:
    from voltloom.live.config.checking import Checked
    from voltloom.site.mistakes import Mistake


def check(file: ConfigFile, as_json: inputs.JsonOption = False) -> None:
    """Tell every mistake in a site's file and around it, by path: fuses, certificates, ports, journal. Nothing is started."""
    from datetime import UTC, datetime

    from voltloom.live.clock import WALL
    from voltloom.live.config.checking import Level, checked
    from voltloom.site.mistakes import PlanError, listed

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors():
        try:
            config = loaded(file)
        except PlanError as error:
            voice.give(_as_json(file, error.mistakes, None))
            raise
        found = checked(config, datetime.fromtimestamp(WALL.now_s(), UTC))
        mistakes = [finding.what for finding in found.findings if finding.level is Level.MISTAKE]
        warnings = [finding.what for finding in found.findings if finding.level is Level.WARNING]
        voice.give(_as_json(file, mistakes, found))
        if mistakes:
            fail(listed(mistakes), Exit.WRONG_INPUT)
        _tell(voice, found)
        for warning in warnings:
            voice.say(f"warning: {warning}")
        stations, evses = len(config.places), len(config.site.evses)
        voice.say(f"{file} is fine: {stations} stations, {evses} EVSEs.")


def secret(
    ask: Annotated[
        bool, typer.Option("--ask", help="Hash a secret you type (at least 16 characters) instead.")
    ] = False,
    as_json: inputs.JsonOption = False,
) -> None:
    """Make a station's secret, and its record for secret_record. The secret is shown this once."""
    from voltloom.live.gateway.credentials import generated, hashed

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors():
        if ask:
            is_typed = sys.stdin.isatty()
            typed = (
                typer.prompt("Secret", hide_input=True, confirmation_prompt=True, err=True)
                if is_typed
                else input()
            )
            record = hashed(typed.encode("utf-8"))
            voice.say(f'secret_record = "{record}"')
            voice.give({"secret_record": record})
            return
        plain, record = generated()
        voice.say(f"For the station (AuthorizationKey or BasicAuthPassword), shown this once: {plain}")
        voice.say(f'For the site\'s file: secret_record = "{record}"')
        voice.give({"secret": plain, "secret_record": record})


def _tell(voice: Voice, found: Checked) -> None:
    """Show what each circuit may carry while nobody is in charge."""
    rows = [
        (row.row_id, f"{row.load_a:.1f}", f"{row.rating_a:.1f}", f"{row.rating_a - row.load_a:.1f}")
        for row in found.offline
    ]
    head = ("circuit, with all links down", "may carry", "bears", "left")
    voice.show(a_table("", head, rows))


def _as_json(file: Path, mistakes: Sequence[Mistake], found: Checked | None) -> dict[str, object]:
    from voltloom.live.config.checking import Level

    def told(mistake: Mistake) -> dict[str, str]:
        return {
            "path": mistake.path,
            "value": mistake.value,
            "problem": mistake.problem,
            "remedy": mistake.remedy,
        }

    listed = [told(mistake) for mistake in mistakes]
    return {
        "file": str(file),
        "is_sound": not listed,
        "mistakes": listed,
        "warnings": [told(f.what) for f in found.findings if f.level is Level.WARNING] if found else [],
        "offline": [
            {"row": row.row_id, "load_a": round(row.load_a, 3), "rating_a": round(row.rating_a, 3)}
            for row in (found.offline if found else ())
        ],
    }
