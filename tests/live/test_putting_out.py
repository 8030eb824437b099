"""Which limits may go out before they are durable: what lowers, either way."""

from __future__ import annotations

import numpy as np
import pytest

from voltloom.decision.command import SetLimits
from voltloom.live.putting_out import lowered_to, parts


def command(limit_a: float) -> SetLimits:
    return SetLimits(0.0, np.array([0]), np.array([limit_a]), np.array([300.0]), np.array([7]))


def sent(limit_a: float, before_a: float) -> tuple[list[float], list[float]]:
    now, after = parts(command(limit_a), np.array([before_a]))
    return [float(part.limit_a[0]) for part in now], [float(part.limit_a[0]) for part in after]


@pytest.mark.parametrize(
    ("limit_a", "before_a", "now", "after"),
    [
        (10.0, 16.0, [10.0], []),
        (16.0, 10.0, [], [16.0]),
        (-10.0, 0.0, [], [-10.0]),  # more fed back is a rise
        (-16.0, -10.0, [], [-16.0]),
        (-10.0, -16.0, [-10.0], []),
        (0.0, -16.0, [0.0], []),
        (-10.0, 16.0, [0.0], [-10.0]),  # the charge ends at once
        (16.0, -10.0, [], [16.0]),
        (-10.0, -10.0, [], [-10.0]),  # a longer lease
    ],
)
def test_only_what_is_less_goes_out_at_once(
    limit_a: float, before_a: float, now: list[float], after: list[float]
) -> None:
    assert sent(limit_a, before_a) == (now, after)


@pytest.mark.parametrize(
    ("limit_a", "before_a", "out_a"),
    [(16.0, 10.0, 10.0), (-16.0, -10.0, -10.0), (-5.0, 10.0, 0.0), (10.0, -5.0, 0.0), (-5.0, -5.0, -5.0)],
)
def test_while_the_journal_does_not_write_nothing_rises_either_way(
    limit_a: float, before_a: float, out_a: float
) -> None:
    assert lowered_to(command(limit_a), np.array([before_a])).limit_a[0] == out_a
