"""`voltloom certificates`: certificates to try security profiles 2 and 3 with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voltloom.cli.output import UsageError, plain_errors


def certificates(
    folder: Annotated[Path, typer.Argument(help="Where to write them; keys are readable by you only.")],
    stations: Annotated[
        list[str] | None, typer.Option("--station", metavar="IDENTITY", help="A station. Repeatable.")
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", help="A DNS name or IP address of the server. Repeatable."),
    ] = None,
) -> None:
    """Write an authority, a server and station certificates for a demo; not for the internet."""
    with plain_errors():
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty. Name a new folder.")
        for identity in stations or ():
            if "/" in identity or not identity.isprintable():
                raise UsageError(f"{identity!r} is no identity for a file name.")
        from voltloom.live.gateway.certificates import write_demo

        server_names = tuple(names or ("localhost", "127.0.0.1"))
        write_demo(folder, stations or (), server_names)
        print(f"The certificates lie in {folder}.")
