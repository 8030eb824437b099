"""`voltloom policy`: what rules a running site, another policy on trial, and the way back, over its HTTP interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from voltloom.cli import inputs
from voltloom.cli.asking import RunningSite, site_errors
from voltloom.cli.output import EXIT_CODES, UsageError, Voice, a_table, plain_errors

STEPS_PERCENT: Final = (5, 25, 100)
UrlOption = Annotated[
    str, typer.Option("--url", metavar="URL", envvar="VOLTLOOM_URL", help="Where the site's interface is.")
]
KeyOption = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="KEY",
        envvar="VOLTLOOM_KEY",
        show_default=False,
        help="An operator's key (list: a viewer's). Others on this machine see options, not environments.",
    ),
]
AuthorityOption = Annotated[
    Path | None,
    typer.Option("--authority", metavar="FILE.pem", help="Who signed its certificate, if nobody usual did."),
]
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The policy's name; the architecture's, if it is one.")
]
ArchitectureOption = Annotated[
    str | None, typer.Option("--architecture", help="What it is made of; left out, NAME is one.")
]
TunedOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A parameter, such as smoothing.turn_s=600. Repeatable."),
]
DEFAULT_URL: Final = "http://127.0.0.1:8080"
app = typer.Typer(
    help="Policies of a running site: what rules, another one on trial, the way back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog=EXIT_CODES)
def list_policies(
    key: KeyOption = "",
    url: UrlOption = DEFAULT_URL,
    authority: AuthorityOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Show what rules, what a policy may tune, and the newest trial."""
    with _asked(url, key, authority, as_json) as (site, voice):
        told = site.ask("GET", "/api/v1/policies")
        voice.give(told)
        rules = told["in_force"]
        of_file = ", as the site's file tunes it" if told["is_of_the_file"] else ""
        voice.say(f"In force: {rules['name']} ({rules['architecture']}{of_file}).")
        rows = [(name, str(value)) for name, value in told["parameters"].items()]
        voice.show(a_table("", ("parameter", "in force"), rows))
        voice.say(f"Architectures: {', '.join(told['architectures'])}.")
        if told["trial"] is not None:
            _tell(voice, told["trial"])


@app.command("check", epilog=EXIT_CODES)
def check(
    name: NameArgument,
    architecture: ArchitectureOption = None,
    tuned: TunedOption = None,
    key: KeyOption = "",
    url: UrlOption = DEFAULT_URL,
    authority: AuthorityOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Say whether a policy could rule the site, and what would be other than now. Nothing is changed."""
    with _asked(url, key, authority, as_json) as (site, voice):
        told = site.ask("POST", "/api/v1/policies/check", _policy(name, architecture, tuned))
        voice.give(told)
        voice.say("It can rule here.")
        voice.show(_differences(told))


@app.command("try", epilog=EXIT_CODES)
def begin(
    name: NameArgument,
    architecture: ArchitectureOption = None,
    tuned: TunedOption = None,
    share: Annotated[
        float | None, typer.Option("--share", metavar="PERCENT", help="On so many of the outlets.")
    ] = None,
    circuit: Annotated[str | None, typer.Option("--circuit", help="On all outlets under it.")] = None,
    evses: Annotated[list[str] | None, typer.Option("--evse", help="On this outlet. Repeatable.")] = None,
    key: KeyOption = "",
    url: UrlOption = DEFAULT_URL,
    authority: AuthorityOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Put a policy on trial: in shadow, where it decides nothing, unless --share, --circuit or --evse is given."""
    with _asked(url, key, authority, as_json) as (site, voice):
        scope = {"share_percent": share, "circuit": circuit, "evses": evses}
        given = {field: value for field, value in scope.items() if value not in (None, [])}
        if len(given) > 1:
            raise UsageError("--share, --circuit, --evse: say where in one way. Keep one of them.")
        policy = _policy(name, architecture, tuned)
        _told(voice, site.ask("PUT", "/api/v1/canary", {"policy": policy, **given}))


@app.command("step", epilog=EXIT_CODES)
def step(
    share: Annotated[
        float | None,
        typer.Option("--share", metavar="PERCENT", help="Left out, the next of 5, 25 and 100."),
    ] = None,
    key: KeyOption = "",
    url: UrlOption = DEFAULT_URL,
    authority: AuthorityOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Take the policy on trial to more outlets."""
    with _asked(url, key, authority, as_json) as (site, voice):
        trial = site.ask("GET", "/api/v1/policies")["trial"]
        if trial is None or not trial["is_open"]:
            raise UsageError("No policy is on trial. Begin with `voltloom policy try`.")
        wanted = _next_step(trial) if share is None else share
        asked = {"policy": trial["policy"], "guards": trial["guards"], "share_percent": wanted}
        _told(voice, site.ask("PUT", "/api/v1/canary", asked))


@app.command("promote", epilog=EXIT_CODES)
def promote(
    key: KeyOption = "",
    url: UrlOption = DEFAULT_URL,
    authority: AuthorityOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Let the policy on trial rule all outlets."""
    with _asked(url, key, authority, as_json) as (site, voice):
        _told(voice, site.ask("POST", "/api/v1/canary/promotion"))


@app.command("rollback", epilog=EXIT_CODES)
def rollback(
    key: KeyOption = "",
    url: UrlOption = DEFAULT_URL,
    authority: AuthorityOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """End the trial: the policy in force rules all outlets from the next cycle on. No session ends."""
    with _asked(url, key, authority, as_json) as (site, voice):
        _told(voice, site.ask("DELETE", "/api/v1/canary"))


@contextmanager
def _asked(url: str, key: str, authority: Path | None, as_json: bool) -> Iterator[tuple[RunningSite, Voice]]:
    """Give a site to ask and how to speak; what goes wrong becomes a message and an exit code."""
    with plain_errors(), site_errors():
        if not key:
            raise UsageError("--key: is missing. Give it, or put it into the environment as VOLTLOOM_KEY.")
        yield RunningSite(url=url, key=key, authority=authority), Voice(is_json=as_json, is_quiet=True)


def _policy(name: str, architecture: str | None, tuned: Sequence[str] | None) -> dict[str, Any]:
    """Return a policy as the interface takes it. Raises UsageError for a parameter without a value."""
    parameters: dict[str, float | str] = {}
    for text in tuned or ():
        field, equals, value = text.partition("=")
        if not equals or not field:
            raise UsageError(f'--set = "{text}": has no value. Write it as smoothing.turn_s=600.')
        parameters[field.strip()] = _value(value.strip())
    return {"name": name, "architecture": architecture or name, "parameters": parameters}


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _next_step(trial: dict[str, Any]) -> float:
    """Return the next share. Raises UsageError where there is none."""
    now_percent = 0.0 if trial["state"] == "shadow" else trial["share_percent"]
    for percent in STEPS_PERCENT:
        if percent > now_percent + 0.5:
            return percent
    raise UsageError("It is on all outlets already. Use `voltloom policy promote`, or `rollback`.")


def _told(voice: Voice, trial: dict[str, Any]) -> None:
    voice.give(trial)
    _tell(voice, trial)


def _tell(voice: Voice, trial: dict[str, Any]) -> None:
    """Show a trial to people."""
    where = "no outlet" if trial["state"] == "shadow" else f"{len(trial['evses'])} outlets"
    why = f" ({trial['why']})" if trial["why"] else ""
    state = trial["state"].replace("_", " ")
    voice.say(f"Trial of {trial['policy']['name']}: {state}{why}, on {where}, {trial['share_percent']} %.")
    sides = ("canary", "control")
    fields = ("energy_kwh", "kw_per_vehicle", "changes_per_h", "trips_per_h", "visits_count", "unmet_count")
    rows = [(field, *(_shown(trial[side][field]) for side in sides)) for field in fields]
    if trial["state"] != "shadow":
        voice.show(a_table("", ("counted since this step", "candidate", "others"), rows))
    voice.show(_differences(trial["differences"]))


def _differences(found: Sequence[dict[str, Any]]) -> Any:
    rows = [(one["parameter"], _shown(one["before"]), _shown(one["after"])) for one in found]
    return a_table("", ("other than in force", "now", "then"), rows or [("nothing", "", "")])


def _shown(value: object) -> str:
    return "–" if value is None else str(value)
