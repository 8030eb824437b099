"""Frozen values of the core as bytes and back: memories and events, bit for bit.

A value carries the name of its class; only classes that the roots' own annotations lead to can be made again, so a
journal from elsewhere can make nothing else. (pickle would run what it reads.)
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
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
        if found.setdefault(hint.__qualname__, hint) is hint and not issubclass(hint, Enum):
            waiting += [each for each in typing.get_type_hints(hint).values() if each not in found.values()]
    return found


def _plain(value: object) -> object:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.str not in _DTYPES:
            raise FrozenError(f"An array of {value.dtype} cannot be kept.")
        return {"a": [value.dtype.str, list(value.shape), value.tobytes()]}
    if isinstance(value, Mapping):
        return {"m": [[_plain(key), _plain(each)] for key, each in value.items()]}
    if isinstance(value, AbstractSet):
        return {"s": sorted((_plain(each) for each in value), key=repr)}
    kind = type(value)
    if kind is tuple:
        assert isinstance(value, tuple)
        return [_plain(each) for each in value]
    if _classes().get(kind.__qualname__) is not kind:
        raise FrozenError(f"A {kind.__qualname__} is no part of the core's memory.")
    if isinstance(value, Enum):
        return {"e": [kind.__qualname__, value.name]}
    return {"c": [kind.__qualname__, *(_plain(each) for each in _fields(value))]}


def _fields(value: Any) -> Iterator[object]:
    if dataclasses.is_dataclass(value):
        return (getattr(value, field.name) for field in dataclasses.fields(value))
    return iter(value)


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
    if issubclass(kind, tuple):
        return kind(*made)
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**dict(zip(names, made, strict=True)))


_MAKERS: Final[dict[str, Callable[[Any], Any]]] = {
    "a": _array,
    "m": lambda inside: types.MappingProxyType({_made(key): _made(each) for key, each in inside}),
    "s": lambda inside: frozenset(_made(each) for each in inside),
    "e": lambda inside: _classes()[inside[0]][inside[1]],
    "c": _instance,
}
