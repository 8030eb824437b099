"""Generate the typed OCPP messages in src/voltloom/protocols/ocpp/generated from the official JSON schemas.

The schemas come with the `ocpp` package, a development dependency. Run: python scripts/make_ocpp_structs.py
A test makes them again and compares, so that neither the schemas nor the structs change unseen.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scripts.ocpp_blocks import BLOCKS, Block

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "voltloom.protocols.ocpp.generated"
TARGET = ROOT / "src" / Path(*PACKAGE.split("."))
MADE = "Made by scripts/make_ocpp_structs.py; do not edit."
LABELS = {"v16": "OCPP 1.6", "v201": "OCPP 2.0.1", "v21": "OCPP 2.1"}

Schema = dict[str, Any]


@dataclass(kw_only=True)
class Module:
    """One file to be: its classes in order of need, and what they take from elsewhere."""

    doc: str
    classes: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Version:
    """One OCPP version while its files are made."""

    name: str
    shared: Module
    enums: Module
    definitions: dict[str, Schema] = field(default_factory=dict)


def schema_of(version: str, action: str, *, is_response: bool) -> Schema | None:
    """Return the official schema of one message, None where there is none."""
    folder = files("ocpp") / version / "schemas"
    names = [f"{action}Response.json"] if is_response else [f"{action}Request.json", f"{action}.json"]
    for name in names:
        if (path := folder / name).is_file():
            schema: Schema = json.loads(path.read_text(encoding="utf-8-sig"))
            return schema
    return None


def snake(name: str) -> str:
    """Return an OCPP field's name as a Python name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def camel(name: str) -> str:
    """Return a Python name as msgspec's `rename="camel"` writes it."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def literal(values: list[str]) -> str:
    """Return the closed choice of these texts."""
    return f"Literal[{', '.join(json.dumps(value) for value in values)}]"


def bounded(kind: str, **bounds: object) -> str:
    """Return a type with the bounds that are given."""
    given = ", ".join(f"{name}={value}" for name, value in bounds.items() if value is not None)
    return f"Annotated[{kind}, Meta({given})]" if given else kind


def type_of(version: Version, module: Module, schema: Schema, name: str) -> str:
    """Return the annotation of a value; classes it needs are made on the way. name: for an inline object."""
    if "$ref" in schema:
        return referred(version, module, schema["$ref"].rsplit("/", 1)[-1])
    match schema["type"]:
        case "string" if "enum" in schema:
            return literal(schema["enum"])
        case "string":
            return bounded("str", max_length=schema.get("maxLength"))
        case "integer" | "number" as kind:
            low, high = schema.get("minimum"), schema.get("maximum")
            python = {"integer": "int", "number": "float"}[kind]
            cast = {"integer": int, "number": float}[kind]
            return bounded(
                python, ge=None if low is None else cast(low), le=None if high is None else cast(high)
            )
        case "boolean":
            return "bool"
        case "array":
            inner = type_of(version, module, schema["items"], name)
            return bounded(
                f"tuple[{inner}, ...]", min_length=schema.get("minItems"), max_length=schema.get("maxItems")
            )
        case "object":
            add_class(version, module, name, schema)
            return name
    return "Any"  # DataTransfer's free field has no type


def referred(version: Version, module: Module, name: str) -> str:
    """Return the name of a shared definition, made once for the version."""
    schema = version.definitions[name]
    is_enum = "enum" in schema
    home = version.enums if is_enum else version.shared
    if name not in home.classes:
        if is_enum:
            home.classes[name] = f"{name} = {literal(schema['enum'])}"
        elif schema["type"] == "object":
            add_class(version, home, name, schema)
        else:
            home.classes[name] = f"{name} = {type_of(version, home, schema, name)}"
    if home is not module:
        module.taken.add(name)
    return name


def add_class(version: Version, module: Module, name: str, schema: Schema) -> None:
    """Add the struct of an object schema to a module."""
    if name in module.classes:
        raise SystemExit(f"{version.name}: two different objects would be called {name}")
    required = set(schema.get("required", ()))
    lines, tenths, renamed = [], [], {}
    for key, value in schema.get("properties", {}).items():
        python = snake(key)
        if "type" not in value and "$ref" not in value:
            value = {"type": "anything"}
        kind = type_of(version, module, value, name.removesuffix("Request") + key[0].upper() + key[1:])
        lines.append(
            f"    {python}: {kind}" if key in required else f"    {python}: {kind} | UnsetType = UNSET"
        )
        renamed[python] = key
        if value.get("multipleOf") == 0.1:
            tenths.append(f'check_tenths("{key}", self.{python})')
    base = "Closed" if schema.get("additionalProperties") is False else "Extensible"
    odd = any(camel(python) != key for python, key in renamed.items())
    options = f", rename={json.dumps(renamed)}" if odd else ""
    body = [
        f"class {name}({base}, frozen=True, kw_only=True{options}):",
        f'    """{name} of {LABELS[version.name]}."""',
        "",
        *lines,
    ]
    if tenths:
        body += ["", "    def __post_init__(self) -> None:", *(f"        {line}" for line in tenths)]
    module.classes[name] = "\n".join(body)


def actions_of(block: Block) -> list[tuple[str, str]]:
    """Return the actions of a block with who sends each."""
    return [
        (action, sender)
        for sender, names in (("STATION", block.station), ("CSMS", block.csms), ("BOTH", block.both))
        for action in names.split()
    ]


def make_version(name: str) -> dict[str, Module | str]:
    """Return the files of one version, by path inside its folder."""
    version = Version(
        name=name,
        shared=Module(doc=f"Data types that several messages of {LABELS[name]} share. {MADE}"),
        enums=Module(doc=f"The closed choices of {LABELS[name]}. {MADE}"),
    )
    made: dict[str, Module | str] = {}
    messages: dict[str, tuple[str, str, bool]] = {}
    for block_name, block in BLOCKS[name].items():
        module = Module(doc=f"The messages of block {block_name.replace('_', ' ')} of {LABELS[name]}. {MADE}")
        for action, sender in actions_of(block):
            for is_response in (False, True):
                schema = schema_of(name, action, is_response=is_response)
                if schema is None:
                    continue
                for key, definition in schema.get("definitions", {}).items():
                    version.definitions.setdefault(key, definition)
                add_class(version, module, f"{action}{'Response' if is_response else 'Request'}", schema)
            messages[action] = (block_name, sender, f"{action}Response" in module.classes)
        made[f"{block_name}.py"] = module
    if version.shared.classes:
        made["types.py"] = version.shared
    if version.enums.classes:
        made["enums.py"] = version.enums
    made["__init__.py"] = index_text(name, messages)
    return made


def index_text(name: str, messages: dict[str, tuple[str, str, bool]]) -> str:
    """Return the table of a version's messages."""
    blocks = sorted({block for block, _, _ in messages.values()})
    rows = [
        f'    "{action}": Action(name="{action}", block="{block}", sender=Sender.{sender}, '
        f"request={block}.{action}Request, response={f'{block}.{action}Response' if has_response else 'None'}),"
        for action, (block, sender, has_response) in sorted(messages.items())
    ]
    return "\n".join(
        [
            f'"""Every message of {LABELS[name]}. {MADE}"""',
            "",
            "from types import MappingProxyType",
            "",
            "from voltloom.protocols.ocpp.actions import Action, Sender",
            f"from {PACKAGE}.{name} import {', '.join(blocks)}",
            "",
            "ACTIONS = MappingProxyType({",
            *rows,
            "})",
        ]
    )


def text_of(name: str, path: str, module: Module) -> str:
    """Return the text of one file."""
    body = "\n\n\n".join(module.classes.values())
    words = [word for word in ("Annotated", "Any", "Literal") if re.search(rf"\b{word}\b", body)]
    from_msgspec = [w for w in ("UNSET", "Meta", "UnsetType") if re.search(rf"\b{w}\b", body)]
    head = [f'"""{module.doc}"""', ""]
    if words:
        head.append(f"from typing import {', '.join(words)}")
    if from_msgspec:
        head += ["", f"from msgspec import {', '.join(from_msgspec)}"]
    head.append("")
    bases = [word for word in ("Closed", "Extensible") if re.search(rf"\b{word}\(|\({word},", body)]
    if bases:
        head.append(f"from voltloom.protocols.ocpp.message import {', '.join(bases)}")
    if "check_tenths" in body:
        head.append("from voltloom.protocols.ocpp.tenths import check_tenths")
    for source in ("enums", "types"):
        known = {"enums": "Literal", "types": "class"}[source]
        taken = sorted(word for word in module.taken if (word.endswith("EnumType")) == (known == "Literal"))
        if taken and path != f"{source}.py":
            head.append(f"from {PACKAGE}.{name}.{source} import {', '.join(taken)}")
    return "\n".join(head) + "\n\n\n" + body + "\n"


def generated() -> dict[str, str]:
    """Return every generated file's text by its path under `generated/`, not yet formatted."""
    texts = {"__init__.py": f'"""Typed OCPP messages, one folder for each version. {MADE}"""\n'}
    for name in BLOCKS:
        for path, module in make_version(name).items():
            texts[f"{name}/{path}"] = module if isinstance(module, str) else text_of(name, path, module)
    return texts


def write(target: Path) -> None:
    """Write every generated file into an empty folder and format it."""
    for path, text in generated().items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(ROOT / "pyproject.toml")]
    subprocess.run(
        [*ruff, "check", "--quiet", "--select", "I,F401", "--fix", *config, str(target)], check=True
    )
    subprocess.run([*ruff, "format", "--quiet", *config, str(target)], check=True)


if __name__ == "__main__":
    shutil.rmtree(TARGET, ignore_errors=True)
    write(TARGET)
    print(f"{sum(1 for _ in TARGET.rglob('*.py'))} files in {TARGET.relative_to(ROOT)}")
