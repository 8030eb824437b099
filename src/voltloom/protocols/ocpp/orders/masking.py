"""What an order may show of itself: its CALL without logins, passwords and keys; the journal keeps nothing else of it."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from voltloom.protocols.ocpp.orders.wishes import FetchLog, Message, UpdateFirmware, Wish, WriteSetting

MASK: Final = "***"
_LOCATIONS: Final = frozenset({"location", "remoteLocation"})
# Beside all passwords: OCPP 2.x NetworkConfiguration, and what 1.6 calls the password of its Basic login.
_SETTINGS: Final = frozenset({"vpnkey", "apnsimpin", "authorizationkey"})
_LOGIN: Final = re.compile(r'://([^/\s"?#]*)@')
_LOGIN_OF_LOCATION: Final = re.compile(r"://([^?#]*)@")  # a password may hold a '/' that nobody escaped
_QUERY: Final = re.compile(r"\?[^#]*")  # where presigned addresses have their signature


def without_secrets(told: Any) -> Any:
    """Return a CALL's payload, as JSON values, with every secret masked."""
    match told:
        case dict():
            return {name: _field(name, value, told) for name, value in told.items()}
        case list():
            return [without_secrets(one) for one in told]
        case str():
            return _LOGIN.sub(_masked_login, told)
    return told


def wish_without_secrets(wish: Wish) -> Wish:
    """Return a wish with every secret masked."""
    match wish:
        case UpdateFirmware() | FetchLog():
            return msgspec.structs.replace(wish, location=_location(wish.location))
        case WriteSetting():
            value = MASK if _is_secret(wish.setting.variable) else without_secrets(wish.value)
            return msgspec.structs.replace(wish, value=value)
        case Message():
            return msgspec.structs.replace(wish, payload=without_secrets(wish.payload))
    return wish


def is_masked(value: str) -> bool:
    """Say whether a value is not what was sent, so that nothing can be compared with it."""
    return MASK in value


def _field(name: str, value: Any, beside: dict[str, Any]) -> Any:
    if _is_secret(name) or name == "simPin" or _is_value_of_secret(name, beside):
        return MASK
    if name == "vpn" and isinstance(value, dict):
        return {inner: MASK if inner == "key" else _field(inner, value[inner], value) for inner in value}
    if name in _LOCATIONS and isinstance(value, str):
        return _location(value)
    return without_secrets(value)


def _is_value_of_secret(name: str, beside: dict[str, Any]) -> bool:
    """Say whether a field is the value of a setting that is a secret, in 1.6 or 2.x."""
    if name == "value":
        return isinstance(beside.get("key"), str) and _is_secret(beside["key"])
    variable = beside.get("variable")
    return name == "attributeValue" and isinstance(variable, dict) and _is_secret(str(variable.get("name")))


def _is_secret(name: str) -> bool:
    return name.casefold().endswith("password") or name.casefold() in _SETTINGS


def _location(text: str) -> str:
    return _QUERY.sub("?" + MASK, _LOGIN_OF_LOCATION.sub(_masked_login, text))[: max(len(text), len(MASK))]


def _masked_login(found: re.Match[str]) -> str:
    return f"://{MASK}@" if found[1] else found[0]
