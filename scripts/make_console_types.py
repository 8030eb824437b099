"""Write the console's words for TypeScript, from the structs that the site sends. `--check` only says whether they are the same."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from msgspec import inspect

from voltloom.web.console import shapes

TARGET = Path(__file__).parent.parent / "console" / "src" / "feed" / "shapes.ts"
HEAD = "// Made of src/voltloom/web/console/shapes.py by scripts/make_console_types.py. Do not edit.\n"


def written() -> str:
    """Return the text of the file."""
    structs = [
        value
        for value in vars(shapes).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
    ]
    parts = [HEAD]
    for kind in inspect.multi_type_info(structs):
        assert isinstance(kind, inspect.StructType)
        lines = [f"  {field.encode_name}: {_type(field.type)};" for field in kind.fields]
        tag = [] if kind.tag is None else [f'  type: "{kind.tag}";']
        parts.append("\n".join([f"export interface {kind.cls.__name__} {{", *tag, *lines, "}\n"]))
    return "\n".join(parts)


PLAIN = {
    inspect.StrType: "string",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.BoolType: "boolean",
    inspect.NoneType: "null",
    inspect.AnyType: "unknown",
}


def _type(kind: inspect.Type) -> str:
    if (plain := PLAIN.get(type(kind))) is not None:
        return plain
    match kind:
        case inspect.ListType():
            inner = _type(kind.item_type)
            return f"({inner})[]" if " " in inner else f"{inner}[]"
        case inspect.DictType():
            return f"Record<string, {_type(kind.value_type)}>"
        case inspect.UnionType():
            return " | ".join(_type(each) for each in kind.types)
        case inspect.StructType():
            return str(kind.cls.__name__)
        case _:
            raise TypeError(f"{kind} has no word in TypeScript yet")


def main() -> int:
    """Write or check the file."""
    text = written()
    if "--check" in sys.argv:
        return int(not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
