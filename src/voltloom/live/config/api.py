"""The file's [api] → where the HTTP interface listens and who may use it, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from voltloom.live.config.tables import ApiKeyTable, ApiTable
from voltloom.live.gateway.credentials import is_record
from voltloom.live.gateway.settings import is_loopback
from voltloom.site.mistakes import Mistake, shown


class Role(IntEnum):
    """What a key may do; each role may do all that those before it may."""

    DRIVER = 0  # sees and states the need of its own session
    VIEWER = 1  # sees everything
    OPERATOR = 2  # gives orders, chooses, approves
    ADMIN = 3  # reads what was done by whom


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Somebody who may use the interface. token: the id token of a driver's own sessions, "" for others."""

    key_id: str
    role: Role
    secret_record: str
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiPlan:
    """Where the interface listens. certificate, key: None for plain HTTP. public_url, phone: what drivers are told, "" for none."""

    host: str
    port: int
    keys: tuple[ApiKey, ...]
    certificate: Path | None = None
    key: Path | None = None
    public_url: str = ""
    phone: str = ""


def api_of(table: ApiTable | None, folder: Path, mistakes: list[Mistake]) -> ApiPlan | None:
    """Return the plan of a table, None where there is none. What is wrong is added to `mistakes`."""
    if table is None:
        return None
    if not is_loopback(table.host) and not table.key:
        mistakes.append(
            _wrong(
                "api.key", "", "missing, and the interface is not bound to loopback", "Add an [[api.key]]."
            )
        )
    files = _files(table, folder, mistakes)
    if not is_loopback(table.host) and files[0] is None:
        remedy = (
            "Give api.certificate and api.private_key, or listen on 127.0.0.1 behind a proxy that has TLS."
        )
        mistakes.append(
            _wrong("api.host", table.host, "keys would go over the network in clear text", remedy)
        )
    keys: dict[str, ApiKey] = {}
    for number, entry in enumerate(table.key):
        where = f"api.key[{number}]"
        if entry.id in keys:
            mistakes.append(_wrong(f"{where}.id", entry.id, "is there twice", "Rename one."))
        if not is_record(entry.secret_record):
            remedy = "Make one with `voltloom secret`."
            mistakes.append(_wrong(f"{where}.secret_record", "", "is no record of a secret", remedy))
        if (entry.role == "driver") != bool(entry.token):
            remedy = "Give a driver's key its token, and no other key one."
            mistakes.append(_wrong(f"{where}.token", entry.token, "does not fit its role", remedy))
        keys[entry.id] = _key(entry)
    return ApiPlan(
        host=table.host,
        port=table.port,
        keys=tuple(keys.values()),
        certificate=files[0],
        key=files[1],
        public_url=table.public_url,
        phone=table.phone,
    )


def _key(entry: ApiKeyTable) -> ApiKey:
    return ApiKey(
        key_id=entry.id, role=Role[entry.role.upper()], secret_record=entry.secret_record, token=entry.token
    )


def _files(table: ApiTable, folder: Path, mistakes: list[Mistake]) -> tuple[Path | None, Path | None]:
    if bool(table.certificate) != bool(table.private_key):
        remedy = "Give both, or neither for plain HTTP."
        mistakes.append(_wrong("api.certificate", table.certificate, "is no use without the other", remedy))
        return None, None
    found: list[Path | None] = []
    for name, value in (("certificate", table.certificate), ("private_key", table.private_key)):
        path = folder / value if value else None
        if path is not None and not path.is_file():
            mistakes.append(_wrong(f"api.{name}", value, "cannot be read", "Give a file that is there."))
        found.append(path)
    return found[0], found[1]


def _wrong(path: str, value: str, problem: str, remedy: str) -> Mistake:
    return Mistake(path=path, value=shown(value) if value else "", problem=problem, remedy=remedy)
