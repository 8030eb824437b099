"""Every test that docs/traps.md names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_trap_names_tests_that_exist() -> None:
    page = (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_]{12,})`", page))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def test_(\w+)\(", file.read_text(encoding="utf-8"))
    }

    assert len(named) > 50
    assert named <= there, sorted(named - there)
