"""`voltloom init` asks for a site and writes its file, its stations' secrets, and certificates to try TLS with."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voltloom.cli import inputs
from voltloom.cli.output import Exit, UsageError, Voice, a_table, fail, plain_errors

if TYPE_CHECKING:
    from voltloom.live.config.drafting import Drafted, SiteAnswers

Document = dict[str, Any]
EVERY_ADDRESS = ("0.0.0.0", "::", "")


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")] = Path("site.toml"),
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Take the answers from a TOML file; ask nothing."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
    as_json: inputs.JsonOption = False,
) -> None:
    """Ask for the site on the terminal (Enter takes what stands in brackets) and write a file that `check` passes."""
    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors():
        if file.exists() and not force:
            raise UsageError(f"{file} is there already. Name another file, or say --force.")
        if answers is not None:
            given, made = _made(_document(answers), file.parent)
        else:
            given, made = _asked(file.parent)
        folder = _certificates(given, made, file.parent)
        _write(file, made.text)
        _tell(voice, file, given, made, folder)


def _document(answers: Path) -> Document:
    try:
        return tomllib.loads(answers.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise UsageError(f"{answers}: cannot be read: {wrong.strerror}.") from wrong
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise UsageError(f"{answers}: is no TOML: {wrong}. Correct that line.") from wrong


def _made(document: Mapping[str, object], folder: Path) -> tuple[SiteAnswers, Drafted]:
    """Return the answers and the file they make. Raises PlanError with every mistake."""
    from voltloom.live.config.drafting import SiteAnswers, drafted
    from voltloom.live.config.rehearsing import rehearsed
    from voltloom.site.mistakes import Mistake, PlanError, shaped

    mistakes: list[Mistake] = []
    given = shaped(document, SiteAnswers, "", mistakes)
    if mistakes or given is None:
        raise PlanError(mistakes)
    made = drafted(given)
    rehearsed(made.text, folder)
    return given, made


def _asked(folder: Path) -> tuple[SiteAnswers, Drafted]:
    """Return what is answered on the terminal; as long as the whole makes no site, everything is asked again."""
    from voltloom.site.mistakes import PlanError

    document: Document = {}
    while True:
        document = _questions(document)
        try:
            return _made(document, folder)
        except PlanError as wrong:
            _echo(f"\nThis makes no site yet: {wrong}\nYour answers stand in the brackets.\n")


def _questions(before: Document) -> Document:
    """Return one round of answers. before: those of the last round."""
    said: Document = {
        "name": _text("Name of the site", before.get("name", "Site")),
        "time_zone": _ask("Time zone", before.get("time_zone", "Europe/Berlin"), _zone),
        "grid_a": _number("Grid connection, A on each phase", before.get("grid_a", 63.0)),
        "phases": _ask("Phases (1 or 3)", before.get("phases", 3), _one_of(1, 3)),
    }
    said["circuit"] = _circuits(said["grid_a"])
    said["stations"] = _stations([circuit["id"] for circuit in said["circuit"]], said["phases"])
    profile = before.get("security_profile", 1)
    _echo(
        "Security profile: 1 name and secret, 2 the same inside TLS, 3 certificates, 0 nothing (trial only)"
    )
    said["security_profile"] = _ask("Security profile", profile, _one_of(0, 1, 2, 3))
    if said["security_profile"]:
        said["host"] = _text("Address to listen at (0.0.0.0: all)", before.get("host", "0.0.0.0"))
    said["port"] = _ask("Port", before.get("port", 9000), _between(1, 65535))
    if said["security_profile"] >= 2:
        said["host_name"] = _text(
            "Host name by which stations call this server", before.get("host_name", "localhost")
        )
    said["free_vend"] = _yes("May everybody charge, without a token", before.get("free_vend", False))
    if not said["free_vend"]:
        listed = _ask("Tokens (RFID or app ids), with commas", ",".join(before.get("tokens", [])), str)
        said["tokens"] = [word.strip() for word in listed.split(",") if word.strip()]
    said["price_per_kwh"] = _ask("Price of a kWh, 0 for none", before.get("price_per_kwh", 0.0), _from_zero)
    if said["price_per_kwh"]:
        said["currency"] = _ask("Currency", before.get("currency", "EUR"), _currency)
    said["architecture"] = _architecture(said)
    return said


def _circuits(grid_a: float) -> list[Document]:
    found: list[Document] = []
    while _yes("Is there a fuse below it" if not found else "Another fuse", False):
        parents = ["grid", *(circuit["id"] for circuit in found)]
        circuit: Document = {"id": _text("  Its name", f"row-{len(found) + 1}")}
        parent = _ask(f"  Fed by ({', '.join(parents)})", "grid", _one_of(*parents))
        circuit["parent"] = "" if parent == "grid" else parent
        circuit["rating_a"] = _number("  It bears, A on each phase", min(32.0, grid_a))
        found.append(circuit)
    return found


def _stations(circuits: list[str], phases: int) -> list[Document]:
    found: list[Document] = []
    while not found or _yes("Other stations", False):
        kind: Document = {"count": _ask("How many stations alike", 2 if not found else 1, _between(1, 1000))}
        kind["prefix"] = _text("  Their identities begin with", "CP" if not found else f"S{len(found) + 1}-")
        kind["outlets"] = _ask("  Outlets of each", 1, _between(1, 20))
        if circuits:
            names = ("grid", *circuits)
            chosen = _ask(f"  On which fuse ({', '.join(names)})", circuits[0], _one_of(*names))
            kind["circuit"] = "" if chosen == "grid" else chosen
        wirings = ("three_phase", "single_phase", "dc") if phases == 3 else ("single_phase",)
        kind["wiring"] = wirings[0]
        if len(wirings) > 1:
            kind["wiring"] = _ask(f"  Wiring ({', '.join(wirings)})", wirings[0], _one_of(*wirings))
        kind["max_a"] = _ask("  The most an outlet gives, A on each phase", 16.0, _at_least_minimum)
        kind["version"] = _ask("  OCPP (1.6, 2.0.1, 2.1)", "1.6", _one_of("1.6", "2.0.1", "2.1"))
        found.append(kind)
    return found


def _architecture(said: Document) -> str:
    from voltloom.allocation.registry import ARCHITECTURES
    from voltloom.live.config.drafting import SiteAnswers, suggested_architecture

    suggested = suggested_architecture(SiteAnswers.model_validate(said))
    return str(_ask("Architecture, by the number of outlets", suggested, _one_of(*ARCHITECTURES)))


# --- one question ----------------------------------------------------------------------------------------------------


def _ask(question: str, default: object, read: Callable[[str], Any]) -> Any:
    """Return an answer; one that cannot be read is told with its remedy, and asked for again."""
    while True:
        said = typer.prompt(question, default=str(default), show_default=default != "", err=True)
        try:
            return read(said.strip())
        except ValueError as wrong:
            _echo(f"    {wrong}")


def _text(question: str, default: object) -> str:
    return str(_ask(question, default, _some_text))


def _number(question: str, default: object) -> float:
    return float(_ask(question, default, _above_zero))


def _yes(question: str, default: bool) -> bool:
    return bool(_ask(f"{question} (y or n)", "y" if default else "n", _yes_or_no))


def _some_text(said: str) -> str:
    if not said or not said.isprintable():
        raise ValueError("Write some text.")
    return said


def _zone(said: str) -> str:
    inputs.known_zone("time zone", said)
    return said


def _float(said: str) -> float:
    try:
        return float(said.replace(",", "."))
    except ValueError:
        raise ValueError(f'"{said}" is no number. Write it as 12.5.') from None


def _above_zero(said: str) -> float:
    if not 0.0 < (number := _float(said)) < 1e6:
        raise ValueError("Write a number above 0.")
    return number


def _from_zero(said: str) -> float:
    if not 0.0 <= (number := _float(said)) < 1e6:
        raise ValueError("Write 0 or more.")
    return number


def _at_least_minimum(said: str) -> float:
    if not 6.0 <= (number := _float(said)) <= 1000.0:
        raise ValueError("Write 6 or more: below 6 A no vehicle charges (IEC 61851-1).")
    return number


def _between(least: int, most: int) -> Callable[[str], int]:
    def read(said: str) -> int:
        if not said.isdigit() or not least <= int(said) <= most:
            raise ValueError(f"Write a whole number from {least} to {most}.")
        return int(said)

    return read


def _one_of(*choices: str | int) -> Callable[[str], str | int]:
    def read(said: str) -> str | int:
        for choice in choices:
            if said.lower() == str(choice).lower():
                return choice
        raise ValueError(f"Write one of {', '.join(str(choice) for choice in choices)}.")

    return read


def _yes_or_no(said: str) -> bool:
    if said.lower() not in ("y", "yes", "n", "no"):
        raise ValueError("Write y or n.")
    return said.lower() in ("y", "yes")


def _currency(said: str) -> str:
    if len(said) != 3 or not said.isalpha():
        raise ValueError("Write three letters, such as EUR.")
    return said.upper()


# --- what is written -------------------------------------------------------------------------------------------------


def _certificates(given: SiteAnswers, made: Drafted, folder: Path) -> Path | None:
    """Write certificates to try TLS with where the file names them and there are none. Returns where."""
    from voltloom.live.config.drafting import KEYS
    from voltloom.live.gateway.certificates import write_demo

    keys = folder / KEYS
    if given.security_profile < 2 or keys.exists():
        return None
    names = dict.fromkeys(name for name in (given.host_name, "localhost", "127.0.0.1") if name)
    try:
        write_demo(keys, made.identities if given.security_profile == 3 else (), tuple(names))
    except OSError as wrong:
        fail(f"{keys} cannot be written: {wrong.strerror}.", Exit.NOT_WRITTEN)
    return keys


def _write(file: Path, text: str) -> None:
    """Write the file, readable by its owner only; as a whole or not at all."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        partial.replace(file)
    except OSError as wrong:
        partial.unlink(missing_ok=True)
        fail(f"{file} cannot be written: {wrong.strerror}.", Exit.NOT_WRITTEN)


def _tell(voice: Voice, file: Path, given: SiteAnswers, made: Drafted, keys: Path | None) -> None:
    """Say what was made and what to type next; the secrets this once."""
    if made.secrets:
        rows = [(identity, secret) for identity, secret in made.secrets.items()]
        voice.say("The stations' secrets, shown this once (AuthorizationKey or BasicAuthPassword):")
        voice.show(a_table("", ("identity and user name", "secret"), rows, numbers_from=2))
    if keys is not None:
        voice.say(f"{keys} holds certificates to try this with; for the internet get your own.")
    scheme = "wss" if given.security_profile >= 2 else "ws"
    bound = "127.0.0.1" if given.security_profile == 0 else given.host
    host = given.host_name or ("THIS-HOST" if bound in EVERY_ADDRESS else bound)
    voice.say(f"\n{file} is written. Stations connect to {scheme}://{host}:{given.port}/ocpp/IDENTITY. Next:")
    voice.say(f"  voltloom check {file}\n  voltloom run {file}")
    voice.give({"file": str(file), "stations": list(made.identities), "secrets": made.secrets})


def _echo(text: str) -> None:
    print(text, file=sys.stderr)
