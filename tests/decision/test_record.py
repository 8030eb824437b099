"""What a decision says of one EVSE."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.controller.desk import desk_for
from tests.places import row_of
from voltloom.decision.explain import operator_record
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision


def told_of(cause: Cause) -> Decision:
    """Return a decision about two outlets on one fuse, with a row known beside either."""
    decision = desk_for(row_of(2, rating_a=20.0)).cycle(400.0)
    return decision._replace(cause=np.full(2, int(cause)), binding_row=np.zeros(2, dtype=np.int64))


@pytest.mark.parametrize(
    "cause", [Cause.SUSPENDED_BY_VEHICLE, Cause.VEHICLE_MAXIMUM, Cause.NEED_MET, Cause.NO_SESSION]
)
def test_where_a_car_or_its_driver_decides_no_circuit_is_named(cause: Cause) -> None:
    decision = told_of(cause)

    assert decision.row_of(0) == -1
    assert decision.reason(0).headroom_a == math.inf
    assert operator_record(decision.reason(0), "a1", 400.0, "Europe/Berlin")["limit"] is None


def test_where_a_circuit_is_full_it_is_named() -> None:
    decision = told_of(Cause.SHARED)

    assert decision.row_of(1) == 0
    assert decision.reason(1).binding_row == decision.network.row_ids[0]
