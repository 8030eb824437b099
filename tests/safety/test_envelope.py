"""The envelope: no row over its rating, for any wish, any draw, any age of limits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.places import currents, flags, row_of, sites
from tests.safety.envelope_alone import Allowed, Claims, enforce
from voltloom.site.kernels import loads
from voltloom.site.network import Floats, Network, network_of


def free(count: int, ceiling_a: Floats | None = None) -> Claims:
    """Return claims of EVSEs that all obey at once."""
    ceiling = np.full(count, np.inf) if ceiling_a is None else ceiling_a
    return Claims(controllable=np.ones(count, bool), fixed_a=np.zeros(count), ceiling_a=ceiling)


def enforced(network: Network, wanted_a: Floats, claims: Claims, *, worst_draw: bool = True) -> Allowed:
    grid = network.grid._replace(worst_draw=worst_draw)
    columns = network.columns(np.ones(wanted_a.size, bool))
    return enforce(network, grid, columns, wanted_a, claims, network.min_a)


@given(st.data())
def test_no_row_is_ever_over_its_rating_whatever_is_wanted_and_whatever_is_drawn(data: st.DataObject) -> None:
    site = data.draw(sites())
    network, count = network_of(site), len(site.evses)
    columns = network.columns(data.draw(flags(count)))
    grid = network.grid._replace(
        rating_a=network.grid.rating_a * data.draw(st.floats(0.0, 1.2)), worst_draw=data.draw(st.booleans())
    )
    wanted, fixed, ceiling = (data.draw(currents(count)) for _ in range(3))
    claims = Claims(controllable=data.draw(flags(count)), fixed_a=fixed, ceiling_a=ceiling)

    allowed = enforce(network, grid, columns, wanted, claims, network.min_a)

    held = np.where(claims.controllable, allowed.limit_a, fixed)
    if allowed.fits:
        assert (loads(grid, columns, held) <= grid.rating_a + 1e-5).all()
        if grid.worst_draw:
            drawn = held * data.draw(currents(count, 1.0))
            at_setpoint = grid._replace(worst_draw=False)
            assert (loads(at_setpoint, columns, drawn) <= grid.rating_a + 1e-5).all()
    else:
        touching = loads(grid, columns, np.where(claims.controllable, 0.0, fixed)) > grid.rating_a
        alone = loads(
            grid._replace(worst_draw=False), columns, np.where(claims.controllable, allowed.limit_a, 0.0)
        )
        assert (alone[touching] <= 1e-9).all(), "nothing may be added to a row that is already over"


@given(st.data())
def test_it_only_lowers_and_never_offers_what_an_outlet_cannot(data: st.DataObject) -> None:
    site = data.draw(sites())
    network, count = network_of(site), len(site.evses)
    wanted, fixed, ceiling = (data.draw(currents(count)) for _ in range(3))
    claims = Claims(controllable=data.draw(flags(count)), fixed_a=fixed, ceiling_a=ceiling)

    limit = enforced(network, wanted, claims).limit_a

    assert (limit <= wanted + 1e-9).all()
    assert (limit >= 0.0).all()
    moved = claims.controllable & (limit > 0.0)
    assert (limit[moved] >= network.min_a[moved] - 1e-9).all()
    for evse in moved.nonzero()[0]:
        offered = site.evses[evse].pilots_a
        assert not offered or min(abs(limit[evse] - pilot) for pilot in offered) < 1e-9


@given(st.data())
def test_while_a_lower_limit_is_on_its_way_nobody_else_gets_what_it_will_free(data: st.DataObject) -> None:
    site = data.draw(sites())
    network, count = network_of(site), len(site.evses)
    before = enforced(network, data.draw(currents(count)), free(count)).limit_a

    after = enforced(network, data.draw(currents(count)), free(count, before)).limit_a

    columns = network.columns(np.ones(count, bool))
    both = loads(network.grid, columns, np.maximum(before, after))
    assert (both <= network.grid.rating_a + 1e-5).all()


@given(st.data())
def test_what_already_fits_passes_unchanged(data: st.DataObject) -> None:
    site = data.draw(sites())
    network, count = network_of(site), len(site.evses)
    fitting = enforced(network, data.draw(currents(count)), free(count)).limit_a

    again = enforced(network, fitting, free(count)).limit_a

    np.testing.assert_allclose(again, fitting, atol=1e-6)


def test_an_overload_on_one_phase_touches_nobody_on_the_others() -> None:
    site = row_of(2, rating_a=20.0)
    network = network_of(site)
    columns = network.columns(np.array([False, True]))
    narrow = network.grid.rating_a.copy()
    narrow[network.row_ids.index("grid/L2")] = 8.0

    allowed = enforce(
        network,
        network.grid._replace(rating_a=narrow),
        columns,
        np.array([10.0, 10.0]),
        free(2),
        network.min_a,
    )

    np.testing.assert_allclose(allowed.limit_a, [10.0, 8.0])
    assert network.row_ids[allowed.lowered_by[1]] == "grid/L2"


def test_a_silent_outlet_keeps_its_reserve_and_the_others_get_the_rest() -> None:
    network = network_of(row_of(2, rating_a=40.0))
    claims = Claims(
        controllable=np.array([True, False]),
        fixed_a=np.array([0.0, 25.0]),
        ceiling_a=np.full(2, np.inf),
    )

    allowed = enforced(network, np.array([32.0, 0.0]), claims)

    np.testing.assert_allclose(allowed.limit_a, [15.0, 0.0])
    assert allowed.fits


def test_who_cannot_be_steered_is_told_to_stop_where_it_alone_is_too_much() -> None:
    network = network_of(row_of(3, rating_a=40.0))
    claims = Claims(
        controllable=np.array([True, False, False]),
        fixed_a=np.array([0.0, 32.0, 16.0]),
        ceiling_a=np.full(3, np.inf),
    )

    over = enforced(network, np.array([10.0, 6.0, 6.0]), claims)
    within = enforced(
        network, np.array([10.0, 6.0, 6.0]), claims._replace(fixed_a=np.array([0.0, 16.0, 8.0]))
    )

    np.testing.assert_allclose(over.limit_a, [0.0, 0.0, 0.0])
    assert not over.fits
    np.testing.assert_allclose(within.limit_a, [10.0, 6.0, 6.0])


def test_a_rating_cut_lowers_at_once_although_the_old_limits_are_still_in_force() -> None:
    network = network_of(row_of(2, rating_a=30.0))
    claims = free(2, ceiling_a=np.array([32.0, 32.0]))

    allowed = enforced(network, np.array([32.0, 32.0]), claims)

    np.testing.assert_allclose(allowed.limit_a, [15.0, 15.0])
