"""The lenient second look at a message that its schema refuses: keep what can be read, tell what was mended.

Structs made here may hold texts longer than the schema allows and choices it does not know; whoever reads them looks
choices up in a table and expects strangers. Nothing is invented: what is missing stays missing, and an object that lacks
what it cannot do without is left out as a whole. The only exception is a time stamp, for which the time of receipt can
stand in ("" until then).
"""

from __future__ import annotations

import math
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

import msgspec
from msgspec import UNSET, Struct, inspect

MAX_SHOWN_LENGTH: Final = 60
TIMESTAMP: Final = "timestamp"


class Problem(Enum):
    """What was wrong with a field."""

    UNKNOWN_FIELD = "unknown_field"
    MISSING = "missing"
    NULL = "null"
    WRONG_TYPE = "wrong_type"
    CONVERTED = "converted"  # the wrong type, but its meaning is plain
    TOO_LONG = "too_long"
    UNKNOWN_CHOICE = "unknown_choice"
    SPELLING = "spelling"  # a choice in the wrong case
    OUT_OF_RANGE = "out_of_range"
    WRONG_COUNT = "wrong_count"
    NOT_A_NUMBER = "not_a_number"
    OBJECT_LEFT_OUT = "object_left_out"


class Remark(NamedTuple):
    """One thing that was mended or left out. shown: the value as it came, shortened."""

    field: str
    problem: Problem
    shown: str = ""


class _Nothing(Enum):
    VALUE = 0


_NOTHING: Final = _Nothing.VALUE


@cache
def shape_of(kind: type[Struct]) -> inspect.StructType:
    """Return how msgspec sees a struct."""
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    return shape


def mended(value: object, kind: type[Struct]) -> tuple[Struct | None, tuple[Remark, ...]]:
    """Return the struct that can be made of plain JSON data, None when not even that, and what was mended."""
    remarks: list[Remark] = []
    made = _struct(value, shape_of(kind), "$", remarks)
    return (made if isinstance(made, Struct) else None), tuple(remarks)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode(errors="replace")
    return text[:MAX_SHOWN_LENGTH]


def _value(value: object, shape: inspect.Type, path: str, remarks: list[Remark]) -> object:
    match shape:
        case inspect.StructType():
            return _struct(value, shape, path, remarks)
        case inspect.VarTupleType():
            return _array(value, shape, path, remarks)
        case inspect.LiteralType():
            return _choice(value, shape, path, remarks)
        case inspect.StrType():
            return _text(value, shape, path, remarks)
        case inspect.IntType() | inspect.FloatType():
            return _number(value, shape, path, remarks)
        case inspect.BoolType():
            return _fact(value, path, remarks)
    return value


def _struct(value: object, shape: inspect.StructType, path: str, remarks: list[Remark]) -> object:
    if not isinstance(value, dict):
        remarks.append(Remark(path, Problem.WRONG_TYPE, _shown(value)))
        return _NOTHING
    known = {field.encode_name for field in shape.fields}
    if shape.forbid_unknown_fields:
        remarks.extend(
            Remark(f"{path}.{name}"[:200], Problem.UNKNOWN_FIELD, _shown(value[name]))
            for name in value
            if name not in known
        )
    made: dict[str, object] = {}
    for field in shape.fields:
        here = f"{path}.{field.encode_name}"
        told = value.get(field.encode_name, _NOTHING)
        if told is None and not isinstance(field.type, inspect.AnyType):
            remarks.append(Remark(here, Problem.NULL))
            told = _NOTHING
        elif told is _NOTHING and field.required:
            remarks.append(Remark(here, Problem.MISSING))
        read = _NOTHING if told is _NOTHING else _value(told, field.type, here, remarks)
        if read is _NOTHING:
            if field.required and field.encode_name != TIMESTAMP:
                remarks.append(Remark(path, Problem.OBJECT_LEFT_OUT))
                return _NOTHING
            read = "" if field.required else UNSET
        made[field.name] = read
    return shape.cls(**made)


def _array(value: object, shape: inspect.VarTupleType, path: str, remarks: list[Remark]) -> object:
    if isinstance(value, dict):  # one of them, without the list around it
        remarks.append(Remark(path, Problem.CONVERTED))
        value = [value]
    if not isinstance(value, list):
        remarks.append(Remark(path, Problem.WRONG_TYPE, _shown(value)))
        return _NOTHING
    low = shape.min_length or 0
    high = math.inf if shape.max_length is None else shape.max_length
    if not low <= len(value) <= high:
        remarks.append(Remark(path, Problem.WRONG_COUNT, str(len(value))))
    read = [_value(item, shape.item_type, f"{path}[{i}]", remarks) for i, item in enumerate(value)]
    return tuple(item for item in read if item is not _NOTHING)


def _choice(value: object, shape: inspect.LiteralType, path: str, remarks: list[Remark]) -> object:
    if not isinstance(value, str):
        remarks.append(Remark(path, Problem.WRONG_TYPE, _shown(value)))
        return _NOTHING
    if value in shape.values:
        return value
    for choice in shape.values:
        if isinstance(choice, str) and choice.casefold() == value.strip().casefold():
            remarks.append(Remark(path, Problem.SPELLING, _shown(value)))
            return choice
    remarks.append(Remark(path, Problem.UNKNOWN_CHOICE, _shown(value)))
    return value


def _text(value: object, shape: inspect.StrType, path: str, remarks: list[Remark]) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        remarks.append(Remark(path, Problem.CONVERTED, _shown(value)))
        return str(value)
    if not isinstance(value, str):
        remarks.append(Remark(path, Problem.WRONG_TYPE, _shown(value)))
        return _NOTHING
    if shape.max_length is not None and len(value) > shape.max_length:
        # Never cut: half an id token is another driver's.
        remarks.append(Remark(path, Problem.TOO_LONG, _shown(value)))
    return value


def _number(
    value: object, shape: inspect.IntType | inspect.FloatType, path: str, remarks: list[Remark]
) -> object:
    is_whole = isinstance(shape, inspect.IntType)
    read = _as_number(value)
    if read is None or (is_whole and read != int(read)):
        remarks.append(Remark(path, Problem.WRONG_TYPE, _shown(value)))
        return _NOTHING
    is_plain = isinstance(value, int) or (isinstance(value, float) and not is_whole)
    if not is_plain:
        remarks.append(Remark(path, Problem.CONVERTED, _shown(value)))
    low = -math.inf if shape.ge is None else shape.ge
    high = math.inf if shape.le is None else shape.le
    if not low <= read <= high:
        remarks.append(Remark(path, Problem.OUT_OF_RANGE, _shown(value)))
    return int(read) if is_whole else float(read)


def _as_number(value: object) -> int | float | None:
    """Return a finite number, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    if isinstance(value, str):
        try:
            value = float(value) if len(value) < MAX_SHOWN_LENGTH else math.nan
        except ValueError:
            return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _fact(value: object, path: str, remarks: list[Remark]) -> object:
    if isinstance(value, bool):
        return value
    read = {"true": True, "false": False}.get(value.casefold()) if isinstance(value, str) else None
    remarks.append(Remark(path, Problem.WRONG_TYPE if read is None else Problem.CONVERTED, _shown(value)))
    return _NOTHING if read is None else read
