"""What outlet and vehicle can do together."""

import dataclasses
import math

from hypothesis import given
from hypothesis import strategies as st

from tests.session.world import OUTLET, handshake
from voltloom.session.capability import Capability, assumed, combined, fixed_allocation_a

ANY = st.floats(allow_nan=True, allow_infinity=True)


def test_the_narrower_of_outlet_and_vehicle_holds() -> None:
    capability = combined(OUTLET, handshake(0.0, min_a=8.0, max_a=48.0))

    assert (capability.min_a, capability.max_a) == (8.0, 32.0)
    assert capability.is_dynamic


def test_unknown_phases_count_as_all() -> None:
    report = dataclasses.replace(handshake(0.0), uses_all_phases=False, phases_known=False)

    assert combined(OUTLET, report).uses_all_phases


def test_a_vehicle_of_which_nothing_is_known_is_not_trusted_to_follow() -> None:
    capability = assumed(OUTLET)

    assert (capability.is_dynamic, capability.uses_all_phases, capability.max_a) == (False, True, 32.0)


def test_a_vehicle_that_needs_more_than_the_outlet_has_is_told_as_a_contradiction() -> None:
    capability = combined(OUTLET, handshake(0.0, min_a=40.0, max_a=60.0))

    assert capability.contradicts
    assert not capability.is_dynamic


@given(min_a=ANY, max_a=ANY)
def test_whatever_is_reported_the_outlets_own_limits_hold(min_a: float, max_a: float) -> None:
    capability = combined(OUTLET, handshake(0.0, min_a=min_a, max_a=max_a))

    assert OUTLET.min_a <= capability.min_a <= capability.max_a <= OUTLET.max_a


def test_a_fixed_vehicle_is_reserved_at_the_offer_that_covers_its_draw() -> None:
    capability = Capability(min_a=6.0, max_a=20.0, uses_all_phases=True, is_dynamic=False)

    assert fixed_allocation_a(capability, (8.0, 16.0, 24.0, 32.0)) == 24.0
    assert fixed_allocation_a(capability, ()) == 20.0


@given(
    max_a=st.floats(6.0, 32.0),
    pilots_a=st.lists(st.floats(6.0, 32.0), max_size=6).map(lambda values: tuple(sorted(values))),
)
def test_a_reserve_is_never_less_than_what_the_vehicle_can_draw(
    max_a: float, pilots_a: tuple[float, ...]
) -> None:
    capability = Capability(min_a=6.0, max_a=max_a, uses_all_phases=True, is_dynamic=False)

    reserved_a = fixed_allocation_a(capability, pilots_a)

    assert max_a <= reserved_a <= max((max_a, *pilots_a))
    assert math.isfinite(reserved_a)
