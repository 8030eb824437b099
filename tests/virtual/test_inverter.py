"""A virtual inverter: what it holds follows what flows, and its watchdog ends that at its own moment."""

from __future__ import annotations

import pytest

from voltloom.virtual.inverter import Cells


def cells(*, soc_ratio: float = 0.5, timeout_s: float = 60.0) -> Cells:
    return Cells(
        capacity_wh=10_000.0,
        most_w=5_000.0,
        soc_ratio=soc_ratio,
        timeout_s=timeout_s,
        now_s=0.0,
    )


def test_charging_loses_a_little_and_discharging_costs_a_little_more() -> None:
    charged, given = cells(timeout_s=1e9), cells(timeout_s=1e9)
    charged.take(1_000.0)
    given.take(-1_000.0)

    charged.pass_time(3_600.0)
    given.pass_time(3_600.0)

    assert charged.soc_ratio == pytest.approx(0.5 + 0.096)
    assert given.soc_ratio == pytest.approx(0.5 - 0.1 / 0.96)


def test_the_watchdog_ends_it_when_its_time_came_however_late_anybody_looks() -> None:
    battery = cells()
    battery.take(3_600.0)

    battery.pass_time(3_600.0)

    assert battery.power_w == 0.0
    assert battery.soc_ratio == pytest.approx(0.5 + 60.0 * 0.96 / 10_000.0)


def test_it_does_no_more_than_it_can_and_nothing_where_it_is_full_or_empty() -> None:
    battery, full, empty = cells(), cells(soc_ratio=1.0), cells(soc_ratio=0.0)
    battery.take(9_000.0)
    full.take(1_000.0)
    empty.take(-1_000.0)

    assert (battery.power_w, full.power_w, empty.power_w) == (5_000.0, 0.0, 0.0)
