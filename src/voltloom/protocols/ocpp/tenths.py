"""Limits in steps of 0.1, as OCPP 1.6 has them; binary floats meet a tenth only nearly."""

from __future__ import annotations

import math
from typing import Final

from msgspec import UNSET, UnsetType

TOLERANCE: Final = 1e-6  # of a step: 16.1 is no exact multiple of 0.1 in binary


def check_tenths(name: str, value_a: float | UnsetType) -> None:
    """Raise ValueError naming the field when a limit is no multiple of 0.1."""
    if value_a is UNSET:
        return
    steps_count = value_a * 10.0
    if not math.isfinite(steps_count) or abs(steps_count - round(steps_count)) > TOLERANCE:
        raise ValueError(f"Expected a multiple of 0.1 in `{name}`")


def whole_tenths(limit_a: float) -> float:
    """Return a limit rounded down to a multiple of 0.1; float noise below a thousandth of a step is no reason to fall.

    Rounding up could lift a limit over what a fuse has left.
    """
    return math.floor(limit_a * 10.0 + 1e-3) / 10.0
