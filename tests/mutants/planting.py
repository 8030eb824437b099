"""Plants one fault: the mutated module is read from its file with one text replaced.

Nothing is written. All other modules stay where they are, so that their compiled kernels come from the common cache.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from tests.mutants.mutant import Mutant, source_of
from tests.mutants.table import MUTANTS


class MutantFinder(importlib.abc.MetaPathFinder):
    """Finds the one module in which a fault is planted."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the module with the fault in it."""
        if fullname != self._mutant.module:
            return None
        file = str(source_of(self._mutant))
        return importlib.util.spec_from_file_location(
            fullname, file, loader=MutantLoader(fullname, file, self._mutant)
        )


class MutantLoader(importlib.machinery.SourceFileLoader):
    """Reads a module with one text replaced, and neither reads nor writes bytecode of it."""

    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the code of the mutated text."""
        text = Path(self.path).read_text(encoding="utf-8")
        assert text.count(self._mutant.old) == 1, (
            f"{self._mutant.name}: the text to replace is not there once"
        )
        return compile(text.replace(self._mutant.old, self._mutant.new), self.path, "exec")


def plant(name: str) -> None:
    """Plant a fault before anything of Voltloom is imported; nothing for an empty name."""
    if not name:
        return
    assert not any(module == "voltloom" or module.startswith("voltloom.") for module in sys.modules)
    sys.meta_path.insert(0, MutantFinder(next(mutant for mutant in MUTANTS if mutant.name == name)))
