"""Valid and broken OCPP payloads made from the official schemas, and the verdict of `jsonschema` on them."""

from __future__ import annotations

import copy
import json
import random
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema

from scripts.make_ocpp_structs import schema_of
from voltloom.protocols.ocpp.actions import Action, OcppVersion, actions

FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}
TEXTS = ["", "x", "äöü€", "😀", "2026-01-01T00:00:00Z", "null", "12", '"', "\\", "\u0000", "L1"]

Schema = dict[str, Any]


@cache
def schema(version: OcppVersion, action: str, is_response: bool) -> Schema:
    found = schema_of(FOLDERS[version], action, is_response=is_response)
    assert found is not None
    return found


@cache
def validator(version: OcppVersion, action: str, is_response: bool) -> jsonschema.Draft4Validator:
    """Return the validator the `ocpp` package uses, draft 4 for every version."""
    text = json.dumps(schema(version, action, is_response))
    return jsonschema.Draft4Validator(json.loads(text, parse_float=Decimal))


def is_valid(version: OcppVersion, action: str, is_response: bool, text: str) -> bool:
    """Return the oracle's verdict; decimals, because 0.3 is no multiple of 0.1 in binary."""
    return bool(validator(version, action, is_response).is_valid(json.loads(text, parse_float=Decimal)))


def messages() -> list[tuple[OcppVersion, Action, bool]]:
    """Return every message of every version; True for a response."""
    return [
        (version, action, is_response)
        for version in OcppVersion
        for action in actions(version).values()
        for is_response in (False, True)
        if not is_response or action.response is not None
    ]


def valid(part: Schema, root: Schema, draw: random.Random, fullness_ratio: float) -> Any:
    """Return a value that a schema allows."""
    if "$ref" in part:
        part = root["definitions"][part["$ref"].rsplit("/", 1)[-1]]
    match part.get("type"):
        case "object":
            required = set(part.get("required", ()))
            return {
                name: valid(inner, root, draw, fullness_ratio * 0.8)
                for name, inner in part.get("properties", {}).items()
                if name in required or draw.random() < fullness_ratio
            }
        case "array":
            low = part.get("minItems", 0)
            high = min(part.get("maxItems", low + 2), low + 2)
            count = draw.randint(low, max(low, high))
            return [valid(part["items"], root, draw, fullness_ratio) for _ in range(count)]
        case "string" if "enum" in part:
            return draw.choice(part["enum"])
        case "string":
            text = draw.choice(TEXTS)
            longest = part.get("maxLength")
            if longest is not None and draw.random() < 0.1:
                return draw.choice("xä😀") * longest
            return text if longest is None else text[:longest]
    return _plain(part, draw)


def _plain(part: Schema, draw: random.Random) -> Any:
    match part.get("type"):
        case "integer":
            return draw.randint(int(part.get("minimum", -3)), int(part.get("maximum", 2**31)))
        case "number":
            number = draw.randint(int(part.get("minimum", -500)), int(part.get("maximum", 500)))
            return number if draw.random() < 0.3 or "maximum" in part else number / 10
        case "boolean":
            return draw.random() < 0.5
    return draw.choice([1, "x", {"a": [1]}, [], 2.5, True])  # a field without a type


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(value, dict):
        found += [p for name, inner in value.items() for p in _places(inner, (*path, name))]
    elif isinstance(value, list):
        found += [p for i, inner in enumerate(value) for p in _places(inner, (*path, i))]
    return found


def mutated(value: Any, draw: random.Random) -> Any:
    """Return a payload with one thing changed, which may or may not break it."""
    value = copy.deepcopy(value)
    path = draw.choice(_places(value))
    if not path:
        if draw.random() < 0.9 and isinstance(value, dict):
            value[draw.choice(["extra", "customData", "status", "id"])] = draw.choice([1, "x", None, {}])
            return value
        return draw.choice([[], "x", 1, None, [value]])
    parent = value
    for step in path[:-1]:
        parent = parent[step]
    old = parent[path[-1]]
    match draw.randrange(6):
        case 0:
            del parent[path[-1]]
        case 1:
            parent[path[-1]] = draw.choice([None, True, 0, -1, 1.0, 0.3, 0.05, 1e300, 10**25, "x", [], {}])
        case 2 if isinstance(old, str):
            parent[path[-1]] = draw.choice([old + "x", old * 200 + "y" * 300, old.lower(), old.upper(), ""])
        case 3 if isinstance(old, list):
            parent[path[-1]] = draw.choice([old * 400, [], [*old, None], old[0] if old else 1])
        case 4 if isinstance(old, dict):
            old[draw.choice(["extra", "customData", "vendorId", ""])] = draw.choice(
                [1, "v", {"vendorId": "v"}]
            )
        case _ if isinstance(old, int | float) and not isinstance(old, bool):
            parent[path[-1]] = draw.choice([-old, old + 0.05, old * 1000, old + 0.1, float(old), str(old)])
        case _:
            parent[path[-1]] = draw.choice([old, [old], {"a": old}, "Other", 7])
    return value


def cases(count: int, seed: int) -> list[tuple[OcppVersion, Action, bool, str]]:
    """Return messages of every version and action, half of them broken somewhere, the same for the same seed."""
    draw = random.Random(seed)
    every = messages()
    made = []
    for number in range(count):
        version, action, is_response = every[number % len(every)]
        root = schema(version, action.name, is_response)
        value = valid(root, root, draw, fullness_ratio=draw.choice([0.0, 0.3, 0.9]))
        for _ in range(draw.choice([0, 0, 1, 1, 2])):
            value = mutated(value, draw)
        made.append((version, action, is_response, json.dumps(value, ensure_ascii=draw.random() < 0.5)))
    return made
