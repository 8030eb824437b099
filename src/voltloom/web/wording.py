"""A command as a program sends it → an operator's wish, and its JSON schema. `kind` says which; times are RFC 3339."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from voltloom.protocols.ocpp.orders.wishes import Wish
from voltloom.web.problems import Problem, wrong_field

TIMES: Final = {
    name: f"{name}_s" for name in ("until", "retrieve", "install", "oldest", "latest")
}  # the interface's name → the wish's, in seconds since 1970
_SECONDS: Final = {ours: theirs for theirs, ours in TIMES.items()}
_FIELD: Final = re.compile(r"(?:missing required|unknown) field `(\w+)`")
_PATH: Final = re.compile(r" - at `\$\.?(.*)`$")


def wish_of(body: Mapping[str, Any]) -> Wish:
    """Return the wish of a body. Raises Problem naming the field."""
    if "type" in body:
        raise wrong_field("body.type", "is not known", "Say `kind`.")
    if not isinstance(body.get("kind"), str):
        raise wrong_field("body.kind", "is missing or no text", f"Give one of {', '.join(KINDS)}.")
    if body["kind"] not in KINDS:
        raise wrong_field("body.kind", "is not known", f"Give one of {', '.join(KINDS)}.")
    tree = {"type" if name == "kind" else name: value for name, value in body.items()}
    try:
        wish: Wish = msgspec.convert(tree if body["kind"] == "message" else _in_seconds(tree, "body"), Wish)
        return wish
    except msgspec.ValidationError as wrong:
        raise _told(str(wrong), body["kind"]) from None


def schema() -> dict[str, Any]:
    """Return the JSON schema of a body: one alternative for each kind."""
    (alternatives,), components = msgspec.json.schema_components((Wish,), ref_template="{name}")
    found = [_resolved(components[one["$ref"]], components) for one in alternatives["anyOf"]]
    for one in found:
        one["properties"] = {"kind": {"const": one["properties"].pop("type")["enum"][0]}, **one["properties"]}
        one["required"] = ["kind", *(name for name in one.get("required", ()) if name != "type")]
        one["type"], one["additionalProperties"] = "object", False
    return {"oneOf": found}


def _resolved(part: Any, components: Mapping[str, Any]) -> Any:
    """Return a schema that stands alone, with the interface's names for moments."""
    if isinstance(part, list):
        return [_resolved(one, components) for one in part]
    if not isinstance(part, dict):
        return _SECONDS.get(part, part) if isinstance(part, str) else part
    if "$ref" in part:
        return _resolved(components[part["$ref"]], components)
    return {
        _SECONDS.get(name, name): _moment_schema(value) if name in _SECONDS else _resolved(value, components)
        for name, value in part.items()
    }


def _moment_schema(seconds: Mapping[str, Any]) -> dict[str, Any]:
    moment = {"type": "string", "format": "date-time"}
    return {"anyOf": [moment, {"type": "null"}], "default": None} if "anyOf" in seconds else moment


def _told(text: str, kind: str) -> Problem:
    """Return what msgspec says, with the path of the field and what may stand there."""
    found = _PATH.search(text)
    where, problem = ("", text) if found is None else (found[1], text[: found.start()])
    if named := _FIELD.search(problem):
        where = f"{where}.{_SECONDS.get(named[1], named[1])}"
        problem = "is not known" if "unknown" in problem else "is missing"
    path = where.strip(".")
    return wrong_field(f"body.{path}".rstrip("."), problem, _remedy(SCHEMAS[kind], path))


def _remedy(schema: Mapping[str, Any], path: str) -> str:
    """Return what may stand at a path of a command: its words or its type, or the fields that there are."""
    for name in path.split(".") if path else ():
        fields = schema.get("properties", {})
        field, *entries = name.split("[")
        if field not in fields:
            return f"Known: {', '.join(fields)}." if fields else "See the command's schema in /docs."
        schema = fields[field]
        for _ in entries:
            schema = schema.get("items", {})
    if "enum" in schema:
        return f"Write one of {', '.join(str(word) for word in schema['enum'])}."
    if schema.get("type") == "object":
        needed = schema.get("required", ())
        return f"Write an object with {', '.join(needed)}." if needed else "Write an object."
    return _SHAPES.get(str(schema.get("type")), "See the command's schema in /docs.")


def _in_seconds(tree: Any, path: str) -> Any:
    if isinstance(tree, list):
        return [_in_seconds(one, f"{path}[{number}]") for number, one in enumerate(tree)]
    if not isinstance(tree, dict):
        return tree
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if name in _SECONDS:
            raise wrong_field(f"{path}.{name}", "is not known", f"Say `{_SECONDS[name]}`, as RFC 3339.")
        if name in TIMES and value is not None:
            found[TIMES[name]] = _moment_s(f"{path}.{name}", value)
        else:
            found[TIMES.get(str(name), str(name))] = _in_seconds(value, f"{path}.{name}")
    return found


def _moment_s(field: str, value: object) -> float:
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is not None:
            return moment.timestamp()
    except (ValueError, OverflowError):
        pass
    raise _no_moment(field)


def _no_moment(field: str) -> Problem:
    return wrong_field(field, "is no moment with a time zone", "Write one such as 2026-11-26T18:00:00Z.")


_SHAPES: Final = {
    "boolean": "Write true or false.",
    "integer": "Write a whole number.",
    "number": "Write a number such as 12.5.",
    "string": "Write a text in quotes.",
    "array": "Write a list in brackets.",
}
SCHEMAS: Final = {one["properties"]["kind"]["const"]: one for one in schema()["oneOf"]}
KINDS: Final = tuple(SCHEMAS)
