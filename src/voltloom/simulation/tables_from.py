"""TOML tables made from frozen dataclasses, so that every field of a setting can be written in a scenario."""

from __future__ import annotations

import functools
import operator
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import Enum
from typing import Literal, TypeVar, Union

from pydantic import create_model

from voltloom.site.mistakes import Mistake, Table, shaped

D = TypeVar("D")


def table_for(kind: type) -> type[Table]:
    """Return a table with the fields of a dataclass, all optional but those without a default."""
    hints = typing.get_type_hints(kind)
    columns: dict[str, typing.Any] = {}
    for field in fields(kind):
        needed = field.default is MISSING and field.default_factory is MISSING
        columns[field.name] = (_written(hints[field.name]), ... if needed else None)
    return create_model(f"{kind.__name__}Table", __base__=Table, **columns)


def changed(base: D, table: Mapping[str, object], path: str, mistakes: list[Mistake]) -> D:
    """Return a dataclass with what a table says; add the table's mistakes."""
    kind = type(base)
    assert is_dataclass(base)
    model = shaped(table, table_for(kind), path, mistakes)
    if model is None:
        return base
    return typing.cast(D, _changed(base, model))


def made(kind: type[D], table: Mapping[str, object], path: str, mistakes: list[Mistake]) -> D | None:
    """Return a new dataclass from a table, or None with its mistakes added."""
    before = len(mistakes)
    model = shaped(table, table_for(kind), path, mistakes)
    if model is None or len(mistakes) > before:
        return None
    return kind(**_values(kind, model))


def _changed(base: object, model: Table) -> object:
    values = _values(type(base), model)
    for name, value in values.items():
        if isinstance(value, Table):
            values[name] = _changed(getattr(base, name), value)
    return replace(typing.cast(typing.Any, base), **values)


def _values(kind: type, model: Table) -> dict[str, typing.Any]:
    hints = typing.get_type_hints(kind)
    return {name: _read(hints[name], getattr(model, name)) for name in model.model_fields_set}


def _written(hint: typing.Any) -> typing.Any:
    """Return the type that stands in a file for the type of a field."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Literal[tuple(member.value for member in hint)]
    if is_dataclass(hint):
        return table_for(typing.cast(type, hint))
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        if typing.get_origin(inner[0]) is tuple:
            return dict[str, str]  # pairs of words
        return str | types.GenericAlias(list, (_written(inner[0]),))
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is Union:
        return functools.reduce(operator.or_, [_written(part) for part in typing.get_args(hint)])
    return hint


def _read(hint: typing.Any, value: object) -> object:
    """Return the field's value for what stands in a file."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if typing.get_origin(hint) is tuple:
        if isinstance(value, dict):
            return tuple(value.items())
        return tuple(value) if isinstance(value, list) else (value,)
    return value
