"""Write the words of the console and of the driver's page for TypeScript, from the structs that the site sends. `--check` only says whether they are as they should be."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import msgspec
from msgspec import inspect

from voltloom.web.console import shapes as console_shapes
from voltloom.web.driver import shapes as driver_shapes

SOURCES = Path(__file__).parent.parent / "console" / "src"
FILES = ((console_shapes, SOURCES / "feed" / "shapes.ts"), (driver_shapes, SOURCES / "driver" / "shapes.ts"))


def written(shapes: ModuleType) -> str:
    """Return the text of the file of a module's structs."""
    structs = [
        value
        for value in vars(shapes).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value is not msgspec.Struct
    ]
    source = f"src/{shapes.__name__.replace('.', '/')}.py"
    head = f"// Made of {source} by scripts/make_console_types.py. Do not edit.\n"
    parts = [head]
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
    texts = [(written(shapes), target) for shapes, target in FILES]
    if "--check" in sys.argv:
        return int(any(not at.is_file() or at.read_text(encoding="utf-8") != text for text, at in texts))
    for text, target in texts:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
