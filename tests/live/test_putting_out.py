"""Which of what was decided goes out before the journal has it: a battery counts in both directions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.live.batteried import tree
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import SetBatteries
from voltloom.live.putting_out import Out
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

    assert out.lowers(told(after_w)).tolist() == [lowers]
    assert isinstance(lowered, SetBatteries)
    assert lowered.power_w.tolist() == [lowered_w]
