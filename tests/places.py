"""Sites and snapshots for tests: small places by hand, and any place by Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from voltloom.controller.seating import vacant_columns
from voltloom.decision.snapshot import SessionColumns, SiteSnapshot
from voltloom.site.network import Floats, Network, network_of
from voltloom.site.topology import Circuit, Evse, Phase, PhasorLimit, Site, Wiring

L1, L2, L3 = Phase.L1, Phase.L2, Phase.L3


def site_of(circuits: Sequence[Circuit], evses: Sequence[Evse], limits: Sequence[PhasorLimit] = ()) -> Site:
    """Return a European site: 230 V to neutral, 400 V between phases."""
    return Site(
        name="test",
        time_zone="Europe/Amsterdam",
        voltage_v=230.0,
        between_phases_v=400.0,
        circuits=tuple(circuits),
        evses=tuple(evses),
        phasor_limits=tuple(limits),
    )


def row_of(count: int, *, rating_a: float, max_a: float = 32.0, min_a: float = 6.0) -> Site:
    """Return a row of three-phase outlets behind one fuse."""
    return site_of(
        [Circuit(circuit_id="grid", parent_id="", rating_a=rating_a)],
        [
            Evse(
                evse_id=f"a{number + 1}",
                circuit_id="grid",
                wiring=Wiring.THREE_PHASE,
                phases=(L1, L2, L3),
                min_a=min_a,
                max_a=max_a,
            )
            for number in range(count)
        ],
    )


def sessions_at(network: Network, **columns: object) -> SessionColumns:
    """Return columns in which everybody is plugged in and wants 20 kWh, with other columns as given."""
    count = len(network.evse_ids)
    base = vacant_columns(network)
    default: dict[str, object] = {name: getattr(base, name) for name in SessionColumns._fields}
    default |= {
        "present": np.ones(count, dtype=bool),
        "wants_power": np.ones(count, dtype=bool),
        "requested_wh": np.full(count, 20_000.0),
        "arrival_s": np.zeros(count),
        "departure_s": np.full(count, 36_000.0),
        "serial": np.arange(1, count + 1),
    }
    return SessionColumns(**(default | columns))  # type: ignore[arg-type]  # columns by name


def snapshot_of(site: Site, **given: object) -> SiteSnapshot:
    """Return a snapshot of a site where everybody wants power and nobody has any yet."""
    network = network_of(site)
    count = len(network.evse_ids)
    default: dict[str, object] = {
        "now_s": 0.0,
        "period_s": 30.0,
        "network": network,
        "grid": network.grid,
        "sessions": sessions_at(network),
        "delivered_wh": np.zeros(count),
        "measured_a": np.zeros(count),
        "setpoint_a": np.zeros(count),
        "reserved_a": np.zeros(count),
        "controllable": np.ones(count, dtype=bool),
        "idle_s": np.zeros(count),
        "served_s": np.zeros(count),
        "changed_s": np.full(count, -np.inf),
        "fell_s": np.full(count, -np.inf),
        "spare_wh": np.zeros(count),
        "room_wh": np.zeros(count),
    }
    return SiteSnapshot(**(default | given))  # type: ignore[arg-type]  # columns by name


PHASE_SETS: dict[Wiring, list[tuple[Phase, ...]]] = {
    Wiring.SINGLE_PHASE: [(L1,), (L2,), (L3,)],
    Wiring.LINE_TO_LINE: [(L1, L2), (L2, L3), (L3, L1)],
    Wiring.THREE_PHASE: [(L1, L2, L3), (L2, L3, L1), (L3, L1, L2)],
    Wiring.DC: [(L1, L2, L3)],
}


@st.composite
def sites(draw: st.DrawFn, *, wirings: Sequence[Wiring] = tuple(Wiring), most: int = 6) -> Site:
    """Any tree of up to four circuits with any outlets, some with pilots, and perhaps a phasor row over all."""
    count = draw(st.integers(1, 4))
    circuits = [
        Circuit(
            circuit_id=f"c{number}",
            parent_id="" if number == 0 else f"c{draw(st.integers(0, number - 1))}",
            rating_a=draw(st.floats(5.0, 120.0)),
        )
        for number in range(count)
    ]
    evses = [draw(outlets(number, count, wirings)) for number in range(draw(st.integers(1, most)))]
    limits = []
    if draw(st.booleans()):
        factors = tuple(draw(st.sampled_from([0.0, 0.25, -0.5, 1.0])) for _ in evses)
        limits.append(PhasorLimit(limit_id="row", coefficients=factors, rating_a=draw(st.floats(5.0, 60.0))))
    return site_of(circuits, evses, limits)


@st.composite
def outlets(draw: st.DrawFn, number: int, circuits: int, wirings: Sequence[Wiring]) -> Evse:
    """Any outlet under one of a number of circuits."""
    wiring = draw(st.sampled_from(wirings))
    pilots = draw(st.sampled_from([(), (0.0, 8.0, 16.0, 24.0, 32.0), tuple(map(float, range(6, 33)))]))
    return Evse(
        evse_id=f"e{number}",
        circuit_id=f"c{draw(st.integers(0, circuits - 1))}",
        wiring=wiring,
        phases=draw(st.sampled_from(PHASE_SETS[wiring])),
        min_a=draw(st.sampled_from([0.0, 6.0])) if not pilots else 6.0,
        max_a=32.0,
        pilots_a=pilots,
        angle_deg=draw(st.sampled_from([30.0, -90.0, 150.0])),
    )


def currents(count: int, most_a: float = 40.0) -> st.SearchStrategy[Floats]:
    """Any currents, zero included."""
    one = st.one_of(st.just(0.0), st.floats(0.0, most_a, allow_nan=False, width=32))
    return st.lists(one, min_size=count, max_size=count).map(
        lambda values: np.array(values, dtype=np.float64)
    )


def flags(count: int) -> st.SearchStrategy[np.ndarray]:
    """Any column of yes and no."""
    return st.lists(st.booleans(), min_size=count, max_size=count).map(
        lambda values: np.array(values, dtype=bool)
    )
