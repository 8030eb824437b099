"""Mistakes in what people wrote, all of them at once, each by its path with what to do about it."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

SHOWN_KNOWN = 12
SHOWN_MISTAKES = 40
ALIKE_RATIO = 0.7  # of difflib; at half, any two words with a few letters in common count as alike
ALIKE_SHORT_RATIO, SHORT_COUNT = 0.66, 4  # one wrong letter of three
Loc = tuple[int | str, ...]
T = TypeVar("T", bound=BaseModel)


class Table(BaseModel):
    """A TOML table: no unknown keys, no text where a number belongs, nothing infinite."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake: where, what stands there, what is wrong with it, and what to do."""

    path: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Return it on one line."""
        stands = f" = {self.value}" if self.value else ""
        return f"{self.path}{stands}: {self.problem}. {self.remedy}".rstrip()


class PlanError(ValueError):
    """A plan, tariff or scenario has mistakes; `mistakes` holds every one that was found."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(listed(self.mistakes))


def listed(mistakes: Sequence[Mistake]) -> str:
    """Return mistakes as people read them, a line each; those that differ in their place alone share one."""
    alike: dict[tuple[str, str, str, str], list[Mistake]] = {}
    for mistake in mistakes:
        key = mistake.path.rpartition(".")[2]
        alike.setdefault((key, mistake.value, mistake.problem, mistake.remedy), []).append(mistake)
    lines = [
        str(first) if not rest else str(replace(first, path=f"{first.path} and {len(rest)} more alike"))
        for first, *rest in alike.values()
    ]
    shown_lines = [f"  {line}" for line in lines[:SHOWN_MISTAKES]]
    if len(lines) > SHOWN_MISTAKES:
        shown_lines.append(f"  and {len(lines) - SHOWN_MISTAKES} more")
    count = len(mistakes)
    return "\n".join([f"{count} mistake{'s' if count != 1 else ''}:", *shown_lines])


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like this one, or else the only one that has it as a part; "" where none is."""
    by_small, small = {k.lower(): k for k in known}, word.lower()
    alike_ratio = ALIKE_SHORT_RATIO if len(word) <= SHORT_COUNT else ALIKE_RATIO
    close = difflib.get_close_matches(small, by_small, n=1, cutoff=alike_ratio)
    found = close or [k for k in by_small if small in re.split(r"[\s_.-]+", k)]
    return by_small[found[0]] if len(found) == 1 else ""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a remedy for an unknown word."""
    found = nearest(word, known)
    if found:
        return f"Did you mean '{found}'?"
    if not known:
        return "Leave it out."
    more = f" and {len(known) - SHOWN_KNOWN} more" if len(known) > SHOWN_KNOWN else ""
    return f"Known: {', '.join(sorted(known)[:SHOWN_KNOWN])}{more}."


def shown(value: object) -> str:
    """Return a value as people wrote it, cut to what fits on a line."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def joined(prefix: str, parts: Iterable[object]) -> str:
    """Return a dotted path as `--set` takes it."""
    return ".".join([prefix, *(str(part) for part in parts)] if prefix else [str(part) for part in parts])


def shaped(table: Mapping[str, object], model: type[T], prefix: str, mistakes: list[Mistake]) -> T | None:
    """Return a table as its model and add the mistakes of its shape.

    What is wrong is left out of the result, so that the rest can still be checked; None where too little is left.
    """
    try:
        return model.model_validate(dict(table))
    except ValidationError as error:
        mistakes += _shape_mistakes(error, model, prefix, table)
        rest = _without(table, error)
    # A needed key of a wrong value is gone now, so what holds it lacks it: it goes as well, up to the entry of a list.
    while rest:
        try:
            return model.model_validate(rest)
        except ValidationError as error:
            rest = _without(rest, error)
    return None


def _without(table: Mapping[str, object], error: ValidationError) -> dict[str, object]:
    """Return a copy of a table without bad values and incomplete parts; empty where the table itself is incomplete."""
    found = [(_written(item["loc"]), item["type"]) for item in error.errors()]
    drop = {loc[:-1] if kind == "missing" else loc for loc, kind in found}
    if () in drop:
        return {}

    def kept(value: object, loc: Loc) -> object:
        if isinstance(value, Mapping):
            return {k: kept(v, (*loc, k)) for k, v in value.items() if (*loc, k) not in drop}
        if isinstance(value, list):
            return [kept(v, (*loc, i)) for i, v in enumerate(value) if (*loc, i) not in drop]
        return value

    return {key: kept(value, (key,)) for key, value in table.items() if (key,) not in drop}


def _shape_mistakes(
    error: ValidationError, model: type[BaseModel], prefix: str, table: object
) -> list[Mistake]:
    """Return what pydantic found, in words for people who write TOML."""
    found: dict[str, Mistake] = {}
    for item in error.errors(include_url=False, include_context=False):
        # A value that may be of several kinds gets one complaint for each kind: the first says it.
        loc = _written(item["loc"])
        path = joined(prefix, _named(table, loc))
        remedy = ""
        if item["type"] == "extra_forbidden":
            problem, remedy = "unknown key", did_you_mean(str(loc[-1]), keys_at(model, loc[:-1]))
        elif item["type"] == "missing":
            problem, remedy = "missing", "Add it."
        else:
            problem = _small(item["msg"].removeprefix("Value error, "))
            remedy = _REMEDIES.get(item["type"], "")
            words = words_at(model, loc) if isinstance(item["input"], str) else []
            near = nearest(str(item["input"]), words)
            if words and item["type"] != "literal_error":
                problem += "".join(f" or '{word}'" for word in words)
            if near:
                remedy = f"Did you mean '{near}'?"
        value = "" if item["type"] == "missing" else shown(item["input"])
        found.setdefault(path, Mistake(path=path, value=value, problem=problem, remedy=remedy))
    return list(found.values())


# By pydantic's kinds of errors; where there is none, the problem says what it should be.
_REMEDIES = MappingProxyType(
    {
        "float_type": "Write a number without quotes, such as 12.5.",
        "int_type": "Write a whole number without quotes.",
        "int_from_float": "Write a whole number.",
        "bool_type": "Write true or false, without quotes.",
        "string_type": "Put it in quotes.",
        "list_type": "Put it in brackets.",
        "model_type": "Write a table: [name].",
        "dict_type": "Write a table: [name].",
        "date_type": "Write a date without quotes, such as 2026-01-01.",
    }
)


def item_key(item: object, number: int) -> str:
    """Return what an entry of a list is called in paths: its id or name, otherwise its number."""
    if isinstance(item, Mapping):
        for key in ("id", "name"):
            if isinstance(item.get(key), str) and item[key]:
                return str(item[key])
    return str(number)


def _named(table: object, loc: Loc) -> list[str]:
    """Return a location with entries of lists called by their id."""
    words: list[str] = []
    for part in loc:
        inner: object = None
        if isinstance(part, int) and isinstance(table, list) and part < len(table):
            inner = table[part]
            words.append(item_key(inner, part))
        else:
            inner = table.get(part) if isinstance(table, Mapping) else None
            words.append(str(part))
        table = inner
    return words


def _written(loc: Loc) -> Loc:
    """Return a location without the names of the types that pydantic tried."""
    return tuple(part for part in loc if _is_written(part))


def _is_written(part: int | str) -> bool:
    """Return whether part of a location is in the file, not the name of a type that pydantic tried."""
    return isinstance(part, int) or (not any(mark in part for mark in "[]()") and part not in _TYPE_NAMES)


_TYPE_NAMES = frozenset({"float", "int", "str", "bool", "date", "literal", "none"})


def _small(text: str) -> str:
    text = text.strip().rstrip(".")
    return text[:1].lower() + text[1:]


def keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Return the keys a table may have, following a location from its model."""
    inner = _model_in(_kind_at(model, loc))
    return [field.alias or name for name, field in inner.model_fields.items()] if inner else []


def words_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Return the words that may stand at a location; none where any text may, or no text at all."""
    return [word for word in _choices_in(_kind_at(model, loc)) if isinstance(word, str)]


def _choices_in(kind: object) -> list[object]:
    """Return what a `Literal` offers, on its own or inside `list[X]` or `X | None`."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        return list(arguments)
    return [word for argument in arguments for word in _choices_in(argument)]


def _kind_at(model: type[BaseModel], loc: Sequence[int | str]) -> object:
    here: object = model
    for part in loc:
        here = _step(here, part)
    return here


def _step(kind: object, part: int | str) -> object:
    inner = _model_in(kind)
    if inner is not None and isinstance(part, str):
        for name, field in inner.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
        return None
    return kind


def _model_in(kind: object) -> type[BaseModel] | None:
    """Return the table type inside `X`, `list[X]`, `dict[str, X]` or `X | None`."""
    arguments = typing.get_args(kind)
    if not arguments and isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    inside = [_model_in(argument) for argument in arguments]
    return next((model for model in inside if model is not None), None)
