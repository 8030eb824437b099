"""Frozen values of the core as bytes and back: memories and events, bit for bit.

A value carries the name of its class; only classes that the roots' own annotations lead to can be made again, so a
journal from elsewhere can make nothing else. (pickle would run what it reads.)
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import cache
from typing import Any, Final

import msgspec
import numpy as np

from voltloom.controller.memory import ControllerMemory
from voltloom.protocols.ocpp.hearing import StationMemory
from voltloom.session.events import Event

_ROOTS: Final = (ControllerMemory, StationMemory, Event)
_ATOMS: Final = frozenset({bool, int, float, str})
_DTYPES: Final = frozenset({"<f8", "<i8", "|b1"})


class FrozenError(ValueError):
    """Bytes that are no frozen value of this code; the text tells why."""


def frozen(value: object) -> bytes:
    """Return a value as bytes. Raises FrozenError for one that no annotation of the roots leads to."""
    return msgspec.msgpack.encode(_plain(value))


def thawed(data: bytes) -> Any:
    """Return the value of some bytes, equal to the one that was frozen bit for bit. Raises FrozenError."""
    try:
        return _made(msgspec.msgpack.decode(data))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as wrong:
        raise FrozenError(f"It is no frozen value of this code: {wrong!r}.") from wrong


@cache
def _classes() -> dict[str, Any]:
    """Return every class of this program that the roots' annotations lead to, by name."""
    found: dict[str, Any] = {}
    waiting: list[Any] = list(_ROOTS)
    while waiting:
        hint = waiting.pop()
        waiting += typing.get_args(hint)
        if not isinstance(hint, type) or not hint.__module__.startswith("voltloom."):
            continue
        if hint.__qualname__ in found:  # a class may lead to itself: a memory holds those of its parts
            continue
        found[hint.__qualname__] = hint
        if not issubclass(hint, Enum):
            waiting += typing.get_type_hints(hint).values()
    return found


def _plain(value: Any) -> object:
    kind = type(value)
    if value is None or kind in _ATOMS:
        return value
    if kind is tuple:
        return [_plain(each) for each in value]
    if _classes().get(kind.__qualname__) is kind:
        if isinstance(value, Enum):
            return {"e": [kind.__qualname__, value.name]}
        names = _field_names(kind)
        fields = value if names is None else (getattr(value, name) for name in names)
        return {"c": [kind.__qualname__, *map(_plain, fields)]}
    if kind is np.ndarray and value.dtype.str in _DTYPES:
        return {"a": [value.dtype.str, list(value.shape), value.tobytes()]}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {"m": [[_plain(key), _plain(each)] for key, each in value.items()]}
    if isinstance(value, AbstractSet):
        return {"s": sorted((_plain(each) for each in value), key=repr)}
    what = f"An array of {value.dtype}" if kind is np.ndarray else f"A {kind.__qualname__}"
    raise FrozenError(f"{what} is no part of the core's memory.")


@cache
def _field_names(kind: Any) -> tuple[str, ...] | None:
    """Return the fields of a dataclass, None for a tuple with names."""
    return None if issubclass(kind, tuple) else tuple(field.name for field in dataclasses.fields(kind))


def _made(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(_made(each) for each in plain)
    if not isinstance(plain, dict):
        return plain
    ((mark, inside),) = plain.items()
    return _MAKERS[mark](inside)


def _array(inside: Any) -> Any:
    dtype, shape, data = inside
    if dtype not in _DTYPES:
        raise FrozenError(f"An array of {dtype} was never kept.")
    return np.frombuffer(data, dtype=np.dtype(dtype)).reshape(shape).copy()


def _instance(inside: Any) -> Any:
    name, *fields = inside
    kind: Any = _classes()[name]
    made = [_made(each) for each in fields]
    names = _field_names(kind)
    if names is None:
        return kind(*made)
    if len(made) > len(names):
        raise FrozenError(f"A {name} has more fields than this code knows.")
    return kind(**dict(zip(names, made, strict=False)))  # kept before a field was added: its default holds


_MAKERS: Final[dict[str, Callable[[Any], Any]]] = {
    "a": _array,
    "m": lambda inside: types.MappingProxyType({_made(key): _made(each) for key, each in inside}),
    "s": lambda inside: frozenset(_made(each) for each in inside),
    "e": lambda inside: _classes()[inside[0]][inside[1]],
    "c": _instance,
}
