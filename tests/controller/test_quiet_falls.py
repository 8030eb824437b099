"""Limits do not follow a meter's noise, and no row is ever over its rating because a fall waits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.controller.desk import Desk, desk_for
from tests.places import currents, flags, row_of, sites
from voltloom.controller.limiting.kernels import keep_high
from voltloom.controller.settings import ControlSettings, SmoothingSettings, textbook_settings
from voltloom.controller.smoothing import rules_of
from voltloom.decision.reason import Cause
from voltloom.safety.kernels import enforced
from voltloom.session.events import OutletOrdered
from voltloom.site.kernels import loads
from voltloom.site.network import Floats, network_of
from voltloom.site.topology import Site

PERIOD_S, RATING_A = 30.0, 63.0
RULES = rules_of(SmoothingSettings(), PERIOD_S)
MARGIN_RATIO = ControlSettings().safety.margin_ratio


def metered(count: int, rating_a: float = RATING_A) -> Site:
    """Return a row of outlets behind one metered fuse."""
    site = row_of(count, rating_a=rating_a)
    return replace(site, circuits=tuple(replace(one, is_metered=True) for one in site.circuits))


def kept(
    before_a: list[float],
    limit_a: list[float],
    *,
    rating_a: float = RATING_A,
    cause: Cause = Cause.SHARED,
    max_a: float = 32.0,
    changed_s: float = 900.0,
) -> tuple[list[float], list[int]]:
    """Return what becomes at 1000 s of limits that the envelope let pass, and the causes."""
    network = network_of(row_of(len(limit_a), rating_a=rating_a))
    count, found = len(limit_a), np.array(limit_a)
    reasons = np.array([[int(cause)] * count, [-1] * count])
    bounds = np.ones(count, dtype=np.bool_), np.zeros(count), np.full(count, max_a), found.copy()
    sent = np.array(before_a), np.full(count, changed_s)
    keep_high(
        network.grid[:], network.columns(np.ones(count, bool)), bounds, sent, found, reasons, 1000.0, RULES
    )
    return found.tolist(), reasons[0].tolist()


def test_a_small_fall_of_a_share_waits_where_the_row_bears_the_limits_as_they_stand() -> None:
    assert kept([16.0, 16.0], [15.2, 15.0]) == ([16.0, 15.0], [Cause.DEADBAND, Cause.SHARED])


def test_a_fall_that_a_row_needs_is_never_delayed() -> None:
    assert kept([16.0, 16.0], [15.9, 15.9], rating_a=31.9) == ([15.9, 15.9], [Cause.SHARED] * 2)


def test_a_fall_that_makes_room_for_a_rise_is_never_delayed() -> None:
    assert kept([16.0, 10.0], [15.5, 12.0], rating_a=27.5)[0] == [15.5, 12.0]


def test_what_a_vehicle_an_operator_or_the_envelope_asks_for_is_never_delayed() -> None:
    for cause in (Cause.VEHICLE_MAXIMUM, Cause.ORDERED, Cause.ENVELOPE, Cause.IN_FLIGHT, Cause.PLANNED):
        assert kept([16.0], [15.5], cause=cause) == ([15.5], [cause])
    assert kept([16.0], [15.5], max_a=15.8)[0] == [15.5]


def test_a_small_fall_waits_for_a_dwell_at_most() -> None:
    assert kept([16.0], [15.5], changed_s=701.0)[0] == [16.0]
    assert kept([16.0], [15.5], changed_s=700.0)[0] == [15.5]


@given(st.data())
def test_no_row_is_over_its_rating_because_of_a_fall_that_waits(data: st.DataObject) -> None:
    site = data.draw(sites())
    network, count = network_of(site), len(site.evses)
    columns, controllable = network.columns(data.draw(flags(count))), data.draw(flags(count))
    grid = network.grid._replace(worst_draw=data.draw(st.booleans()))
    wanted, fixed = data.draw(currents(count)), data.draw(currents(count))
    enforces = enforced(
        grid[:],
        columns,
        wanted,
        controllable,
        fixed,
        wanted,
        network.min_a,
        network.pilot_start,
        network.pilots_a,
    )
    safe_a = enforces[0]
    before = safe_a + data.draw(currents(count, 1.5))
    limit, reasons = safe_a.copy(), np.array([[int(Cause.SHARED)] * count, [-1] * count])

    bounds, sent = (controllable, fixed, np.full(count, np.inf), wanted), (before, np.full(count, 900.0))
    keep_high(grid[:], columns, bounds, sent, limit, reasons, 1000.0, RULES)

    assert ((limit == safe_a) | (limit == before)).all()
    assert (limit[limit > safe_a] - safe_a[limit > safe_a] < 1.0).all()
    assert (limit[~controllable] == safe_a[~controllable]).all()
    as_enforced_a = loads(grid, columns, np.where(controllable, safe_a, np.maximum(safe_a, fixed)))
    as_kept_a = loads(grid, columns, np.where(controllable, limit, np.maximum(limit, fixed)))
    assert (as_kept_a <= np.maximum(as_enforced_a, grid.rating_a) + 1e-5).all()


def test_a_newcomer_does_not_wait_because_the_others_give_up_little_each() -> None:
    desk = desk_for(row_of(11, rating_a=80.0), plugged_in=10)
    for at in range(7):
        desk.cycle(PERIOD_S * at)
    arrived = 7  # less than a dwell after the others rose to their share

    desk.plug_in(10, PERIOD_S * arrived)
    limits_a = [float(desk.cycle(PERIOD_S * at).after_a[10]) for at in range(arrived, arrived + 3)]

    assert limits_a[-1] >= 6.0  # it was seven cycles


def measured(desk: Desk, now_s: float, other_a: float, noise_a: float = 0.0) -> Floats:
    """Let the fuse's meter show what is drawn and what else the building takes, and return the limits of the cycle."""
    shown_a = float(desk.limit_a.sum()) + other_a + noise_a
    return desk.cycle(now_s, [shown_a] * 3).after_a


def test_limits_stand_still_under_a_meters_noise() -> None:
    desk, noise_a = desk_for(metered(3)), np.random.default_rng(1).normal(0.0, 0.15, 400)
    for at in range(200):
        measured(desk, PERIOD_S * at, 10.0, noise_a.item(at))

    limits = [measured(desk, PERIOD_S * at, 10.0, noise_a.item(at)) for at in range(200, 400)]

    changes = int((np.diff(np.array(limits), axis=0) != 0.0).any(axis=1).sum())
    assert changes <= 2  # it was 28
    assert min(limit.sum() for limit in limits) > RATING_A * (1.0 - MARGIN_RATIO) - 10.0 - 1.5


@given(
    st.lists(st.floats(0.0, 40.0), min_size=8, max_size=24),
    st.lists(st.floats(-1.0, 1.0), min_size=24, max_size=24),
)
def test_what_a_building_takes_fits_beside_the_limits_in_the_same_cycle(
    levels_a: list[float], steps_a: list[float]
) -> None:
    desk = desk_for(metered(3))
    for at, level_a in enumerate(levels_a):
        for again in range(3):
            other_a = max(level_a + steps_a[(at + again) % 24], 0.0)
            limits = measured(desk, PERIOD_S * (3 * at + again), other_a)
            assert limits.sum() + other_a <= RATING_A * (1.0 - MARGIN_RATIO) + 1e-6


def test_an_operators_bound_holds_at_once_also_where_it_is_just_under_a_limit_that_waits() -> None:
    desk = desk_for(row_of(2, rating_a=RATING_A))
    risen_a = [float(desk.cycle(PERIOD_S * at).after_a[0]) for at in range(20)]
    bound_a = risen_a[-1] - 0.5
    now_s = 20 * PERIOD_S

    desk.hear(OutletOrdered(time_s=now_s, evse=0, most_a=bound_a, is_boosted=False, until_s=now_s + 3600.0))

    assert desk.cycle(now_s).after_a[0] <= bound_a


def test_textbook_control_sends_every_fall() -> None:
    desk = desk_for(row_of(11, rating_a=80.0), settings=textbook_settings(PERIOD_S), plugged_in=10)
    before_a = desk.cycle(0.0).after_a[0]
    before_a = max(before_a, desk.cycle(PERIOD_S).after_a[0])

    desk.plug_in(10, 2 * PERIOD_S)
    after_a = desk.cycle(2 * PERIOD_S).after_a[0]

    assert before_a == 8.0
    assert after_a == pytest.approx(80.0 / 11.0)  # under a deadband less, and a moment after it rose
