"""The demo's certificates: complete, readable by their owner only, and fit for profile 3."""

import ssl
import stat
from pathlib import Path

from typer.testing import CliRunner

from voltloom.cli.main import app
from voltloom.live.gateway.settings import Listener, SecurityProfile
from voltloom.live.gateway.tls import TlsFiles, server_context


def test_the_command_writes_what_a_listener_and_a_station_need(tmp_path: Path) -> None:
    folder = tmp_path / "new"

    told = CliRunner().invoke(app, ["certificates", str(folder), "--station", "A1", "--name", "localhost"])

    assert told.exit_code == 0, told.output
    assert sorted(path.name for path in folder.iterdir()) == [
        *("authority.pem", "server.key", "server.pem", "station-A1.key", "station-A1.pem")
    ]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.glob("*.key"))
    files = TlsFiles(
        certificate_path=folder / "server.pem",
        key_path=folder / "server.key",
        station_authority_path=folder / "authority.pem",
    )
    context = server_context(SecurityProfile.MUTUAL_TLS, files)
    Listener(host="0.0.0.0", port=0, profile=SecurityProfile.MUTUAL_TLS, tls=context)
    ssl.create_default_context().load_cert_chain(folder / "station-A1.pem", folder / "station-A1.key")


def test_the_command_overwrites_no_keys(tmp_path: Path) -> None:
    (tmp_path / "server.key").write_text("precious", encoding="ascii")

    told = CliRunner().invoke(app, ["certificates", str(tmp_path)])

    assert told.exit_code != 0
    assert (tmp_path / "server.key").read_text(encoding="ascii") == "precious"
    assert len(list(tmp_path.iterdir())) == 1
