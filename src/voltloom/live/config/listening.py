"""The gateway's part of a site's file: listeners with their certificates, and limits."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from voltloom.live.config.tables import GatewayTable, LimitsTable, ListenerTable
from voltloom.live.gateway.settings import (
    GatewaySettings,
    Limits,
    Listener,
    ListenerError,
    NoSubprotocol,
    Rate,
    SecurityProfile,
    UnknownStations,
)
from voltloom.live.gateway.tls import TlsFiles, server_context
from voltloom.site.mistakes import Mistake, joined, shown

_FILES = ("certificate", "key", "station_authority", "revocation_list")
_WILD = frozenset({"0.0.0.0", "::"})
_MINIMUM = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerPlan:
    """A listener as the file says it: path is where it stands in the file, files where its certificates lie.

    certificate: the server's, as it was read; b"" without TLS.
    """

    path: str
    listener: Listener
    files: TlsFiles | None
    host_names: tuple[str, ...]
    certificate: bytes = b""


def listeners_of(gateway: GatewayTable, folder: Path, mistakes: list[Mistake]) -> tuple[ListenerPlan, ...]:
    """Return the listeners; what is wrong with one is added to the mistakes."""
    given = sorted(gateway.model_fields_set & ListenerTable.model_fields.keys())
    if gateway.listener and given:
        problem = f"stands beside [[gateway.listener]] ({', '.join(given)})"
        remedy = "Write these keys into one of the listeners."
        mistakes.append(Mistake(path="gateway", value="", problem=problem, remedy=remedy))
    if gateway.listener:
        tables = [
            (joined("gateway.listener", [number]), table) for number, table in enumerate(gateway.listener)
        ]
    else:
        tables = [("gateway", gateway)]
    found = []
    for number, (path, table) in enumerate(tables):
        for before, other in tables[:number]:
            is_shared = table.host == other.host or bool(_WILD & {table.host, other.host})
            if table.port and table.port == other.port and is_shared:
                problem = f"{before} listens there too"
                mistakes.append(_wrong(path, "port", table.port, problem, "Choose another."))
        if (plan := _listener(path, table, folder, mistakes)) is not None:
            found.append(plan)
    return tuple(found)


def gateway_of(gateway: GatewayTable, plans: tuple[ListenerPlan, ...]) -> GatewaySettings:
    """Return all settings of the gateway."""
    return GatewaySettings(
        listeners=tuple(plan.listener for plan in plans),
        limits=_limits(gateway.limits),
        unknown_stations=UnknownStations(gateway.unknown_stations),
        no_subprotocol=(
            NoSubprotocol.REFUSE if gateway.without_version == "refuse" else NoSubprotocol.AS_OCPP16
        ),
    )


def _listener(path: str, table: ListenerTable, folder: Path, mistakes: list[Mistake]) -> ListenerPlan | None:
    profile = SecurityProfile(table.security_profile)
    before = len(mistakes)
    files = tls = None
    if profile.has_tls:
        files = _files(path, table, folder, mistakes)
    else:
        _refuse_files(path, table, mistakes)
    if files is not None:
        try:
            tls = server_context(profile, files)
        except (OSError, ValueError) as wrong:  # ssl.SSLError is an OSError
            said = getattr(wrong, "reason", None) or getattr(wrong, "strerror", None) or str(wrong)
            remedy = "Give PEM files that belong together; `voltloom certificates` makes some to try."
            mistakes.append(
                _wrong(path, "certificate", table.certificate, f"cannot be used ({said})", remedy)
            )
    if len(mistakes) > before:
        return None
    try:
        listener = Listener(
            host=table.host,
            port=table.port,
            profile=profile,
            tls=tls,
            is_insecure_wanted=table.allow_insecure,
        )
    except ListenerError as error:
        remedy = "Use profile 1 or higher, or allow_insecure = true on a loopback host for a trial."
        mistakes.append(_wrong(path, "security_profile", table.security_profile, str(error), remedy))
        return None
    certificate = b"" if files is None else files.certificate_path.read_bytes()
    return ListenerPlan(
        path=path,
        listener=listener,
        files=files,
        host_names=tuple(table.host_names),
        certificate=certificate,
    )


def _files(path: str, table: ListenerTable, folder: Path, mistakes: list[Mistake]) -> TlsFiles | None:
    """Return where the certificates lie, None where one is missing or cannot be read."""
    needed = {"certificate", "key"} | ({"station_authority"} if table.security_profile == 3 else set())
    before = len(mistakes)
    for name in _FILES:
        value = str(getattr(table, name))
        if name in needed and not value:
            remedy = f"Name a PEM file: security profile {table.security_profile} needs it."
            mistakes.append(_wrong(path, name, "", "missing", remedy))
        elif value and table.security_profile < 3 and name in _FILES[2:]:
            mistakes.append(_wrong(path, name, value, "is for security profile 3 only", "Leave it out."))
        elif value and (why := _unreadable(folder / value)):
            mistakes.append(_wrong(path, name, value, why, "Give a file that this program may read."))
    if len(mistakes) > before:
        return None
    return TlsFiles(
        certificate_path=folder / table.certificate,
        key_path=folder / table.key,
        station_authority_path=folder / table.station_authority if table.station_authority else None,
        revocation_list_path=folder / table.revocation_list if table.revocation_list else None,
        minimum=_MINIMUM[table.minimum_tls],
    )


def _refuse_files(path: str, table: ListenerTable, mistakes: list[Mistake]) -> None:
    for name in _FILES:
        if getattr(table, name):
            problem = f"is not used under security profile {table.security_profile}"
            remedy = "Set security_profile to 2 or 3, or leave it out."
            mistakes.append(_wrong(path, name, getattr(table, name), problem, remedy))


def _unreadable(file: Path) -> str:
    """Return why a file cannot be read, "" where it can."""
    try:
        with file.open("rb"):
            return ""
    except OSError as wrong:
        return f"cannot be read ({wrong.strerror})"


def _limits(table: LimitsTable) -> Limits:
    return Limits(
        message_bytes=table.message_bytes,
        messages=Rate(burst_count=table.messages_burst, refill_per_s=table.messages_per_s),
        outgoing_bytes=table.outgoing_bytes,
        handshake_s=table.handshake_s,
        ping_after_s=table.ping_after_s,
        pong_within_s=table.pong_within_s,
        attempts_by_address=Rate(burst_count=table.attempts_burst, refill_per_s=table.attempts_per_s),
        connects_by_identity=Rate(burst_count=table.connects_burst, refill_per_s=table.connects_per_s),
        back_off_after_failures=table.wrong_secrets,
        back_off_longest_s=table.back_off_longest_s,
        connections=table.connections,
        parked=table.parked,
        parked_s=table.parked_s,
    )


def _wrong(path: str, key: str, value: object, problem: str, remedy: str) -> Mistake:
    stands = shown(value) if value != "" else ""
    return Mistake(path=joined(path, [key]), value=stands, problem=problem, remedy=remedy)
