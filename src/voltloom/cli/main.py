"""The `voltloom` command: its subcommands and what its exit codes mean."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Annotated

import typer

from voltloom import __version__
from voltloom.cli import (
    advise,
    alarms,
    bound,
    certificates,
    check,
    compare,
    demo,
    init,
    journal,
    policy,
    profile,
    replay,
    run,
    sessions,
    simulate,
    stations,
)
from voltloom.cli.output import EXIT_CODES

app = typer.Typer(
    name="voltloom",
    help="Plan an EV charging site (simulate, compare on real sessions, get advice), or operate one over OCPP.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("simulate", epilog=EXIT_CODES)(simulate.simulate)
app.command("compare", epilog=EXIT_CODES)(compare.compare)
app.command("bound", epilog=EXIT_CODES)(bound.bound)
app.command("profile", epilog=EXIT_CODES)(profile.profile)
app.command("advise", epilog=EXIT_CODES)(advise.advise)
app.command("certificates", epilog=EXIT_CODES)(certificates.certificates)
app.command("init", epilog=EXIT_CODES)(init.init)
app.command("run", epilog=EXIT_CODES)(run.run)
app.command("replay", epilog=EXIT_CODES)(replay.replay)
app.command("stations", epilog=EXIT_CODES)(stations.stations)
app.command("demo", epilog=EXIT_CODES)(demo.demo)
app.command("alarms", epilog=EXIT_CODES)(alarms.alarms)
app.command("check", epilog=EXIT_CODES)(check.check)
app.command("secret", epilog=EXIT_CODES)(check.secret)
app.command("backup", epilog=EXIT_CODES)(journal.backup)
app.command("restore", epilog=EXIT_CODES)(journal.restore)
journal.sessions.command("list", epilog=EXIT_CODES)(sessions.list_sessions)
journal.sessions.command("bills", epilog=EXIT_CODES)(sessions.bills)
journal.sessions.command("review", epilog=EXIT_CODES)(sessions.review)
app.add_typer(journal.sessions, name="sessions")
app.add_typer(journal.audit, name="audit")
app.add_typer(policy.app, name="policy")


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"voltloom {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    """Plan an EV charging site (simulate, compare on real sessions, get advice), or operate one over OCPP."""


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Make an order to end the same as Ctrl-C, so that workers are stopped too."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _interrupt)
    app()
