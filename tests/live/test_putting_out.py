"""Which of what was decided goes out before the journal has it: a battery counts in both directions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.live.batteried import tree
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import SetBatteries, SetLimits
from voltloom.live.putting_out import Leases, Out
from voltloom.site.network import network_of
from voltloom.site.plan import site_of


def memory() -> ControllerMemory:
    site = site_of(tree()["site"])
    core = SiteController(site=site, network=network_of(site), settings=ControlSettings())
    return core.start(0.0, "parallel")


def told(power_w: float) -> SetBatteries:
    return SetBatteries(0.0, np.array([0]), np.array([power_w]), np.array([300.0]), np.array([1]))


@pytest.mark.parametrize(
    ("before_w", "after_w", "lowers", "lowered_w"),
    [
        (5_000.0, 3_000.0, True, 3_000.0),
        (5_000.0, 0.0, True, 0.0),
        (5_000.0, 8_000.0, False, 5_000.0),
        (5_000.0, 5_000.0, False, 5_000.0),  # a longer lease waits, too
        (5_000.0, -1_000.0, False, 0.0),  # less charge, but more discharge
        (-5_000.0, -3_000.0, True, -3_000.0),
        (-5_000.0, -8_000.0, False, -5_000.0),
        (-5_000.0, 1_000.0, False, 0.0),
        (0.0, -1_000.0, False, 0.0),
    ],
)
def test_only_less_in_the_same_direction_lowers(
    before_w: float, after_w: float, lowers: bool, lowered_w: float
) -> None:
    out = Out(memory())
    out.note(told(before_w))

    lowered = out.lowered(told(after_w))

    now, later = out.parts(told(after_w))
    assert ([len(now), len(later)] == [1, 0]) is lowers
    assert isinstance(lowered, SetBatteries)
    assert lowered.power_w.tolist() == [lowered_w]


def out_at(before_a: float) -> Out:
    out = Out(memory())
    out.limit_a[0] = before_a
    return out


def amps_of(part: Leases) -> float:
    assert isinstance(part, SetLimits)
    return float(part.limit_a[0])


def command(limit_a: float) -> SetLimits:
    return SetLimits(0.0, np.array([0]), np.array([limit_a]), np.array([300.0]), np.array([7]))


def sent(limit_a: float, before_a: float) -> tuple[list[float], list[float]]:
    out = out_at(before_a)
    now, after = out.parts(command(limit_a))
    return [amps_of(part) for part in now], [amps_of(part) for part in after]


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
    assert amps_of(out_at(before_a).lowered(command(limit_a))) == out_a
