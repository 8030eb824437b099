"""The architectures that can be chosen."""

from __future__ import annotations

from voltloom.allocation.registry import ARCHITECTURES, EXPLAINED


def test_every_architecture_is_explained_in_one_line_of_its_own() -> None:
    assert list(EXPLAINED) == list(ARCHITECTURES)
    assert len(set(EXPLAINED.values())) == len(EXPLAINED)
    assert all(20 < len(line) < 120 and not line.endswith(".") for line in EXPLAINED.values())
