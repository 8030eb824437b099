"""What a planted fault is, and where it is planted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A fault in one module under src/.

    old, new: the text that is replaced, which stands there exactly once. tests: files or node ids of which one must
    fail. seeds: stress seeds of which one must break ("FIRST..END"); "" for none. is_slow: compiles kernels anew.
    """

    name: str
    module: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
    seeds: str = ""
    is_slow: bool = False


def source_of(mutant: Mutant) -> Path:
    """Return the file of the module."""
    return ROOT / "src" / Path(*mutant.module.split(".")).with_suffix(".py")
