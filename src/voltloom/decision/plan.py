"""A plan over the coming hours as data: what it gives to whom, what it was made of, what each limit costs it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.site.network import Bools, Floats, Ints, Network
from voltloom.units import SECONDS_PER_HOUR

STARTS_A = 1.0  # more than before by this much is "more"
SAME_PRICE = 1e-4  # of the currency, a kWh
COSTLY_PER_AH = 1e-4  # a limit with a lower shadow price does not bind


class Basis(NamedTuple):
    """What a plan was made of, n vehicles, t steps, k limits, as the solver saw it, and what came out beside the currents.

    evse, column: (n,) place in the network, and the grid column of its phases. need_kwh, kw_per_a, max_a: (n,). price_per_kwh: (t,)
    in the currency, NaN where no tariff is known. worth_per_kwh: of a delivered kWh; NaN where energy itself counts and prices do
    not. currency: "" without a tariff. row, left_a: (k,) the limits and what they leave to these vehicles.
    toll_per_a: (k, t) shadow prices in the objective's own unit, a kWh's worth. peak_kw: planned, NaN where no charge is on it.
    battery_ids: (b,) of stationary batteries, in the site's order. stored_ratio: (b, t) their states of charge at the end of each step. grid_kw: (t,) what
    the site buys, or sells where negative; NaN where the plan is of charging alone. departure_s: (n,) that it goes by, is_forecast: (n,)
    where that is what is likely, not what was told; both empty where nobody noted them. expected_kw: (t,) what it leaves to those who
    are likely still to come; empty where it counts with none.
    """

    evse: Ints
    column: Ints
    need_kwh: Floats
    kw_per_a: Floats
    max_a: Floats
    price_per_kwh: Floats
    worth_per_kwh: float
    currency: str
    minor_digits: int
    row: Ints
    left_a: Floats
    toll_per_a: Floats
    peak_kw: float
    battery_ids: tuple[str, ...] = ()
    stored_ratio: Floats = np.zeros((0, 0))
    grid_kw: Floats = np.zeros(0)
    departure_s: Floats = np.zeros(0)
    is_forecast: Bools = np.zeros(0, dtype=np.bool_)
    expected_kw: Floats = np.zeros(0)


class Plan(NamedTuple):
    """A plan that was made. edge_s: (t + 1,) where its steps begin and end. serial: (n,) sessions. current_a: (n, t).

    departure_s: (n,) and rating_a: (m,) it was made with. is_failed: no plan could be made then, and the rules ruled.
    basis: None where it failed. A negative current feeds back. battery_w: (b, t) of stationary batteries, charge positive; empty
    where the plan has none of them. requested_wh: (n,) the energies asked for that it was made with; empty where nobody noted
    them.
    """

    made_s: float
    edge_s: Floats
    serial: Ints
    current_a: Floats
    departure_s: Floats
    rating_a: Floats
    is_failed: bool = False
    basis: Basis | None = None
    battery_w: Floats = np.zeros((0, 0))
    requested_wh: Floats = np.zeros(0)


class Planned(NamedTuple):
    """What a plan means for one vehicle now.

    starts_s: when it gives more than now, NaN where it does not. price_now_per_kwh, price_then_per_kwh: now, and the mean over the
    energy from then on; NaN where prices do not count. circuit: whose limit holds it back now, "" for none. shadow_per_ah: what an
    ampere more on each of its phases for an hour is worth (a W more in a cabinet): in the currency, in kWh that could be delivered
    where currency is "".
    """

    starts_s: float
    price_now_per_kwh: float
    price_then_per_kwh: float
    currency: str
    minor_digits: int
    circuit: str
    shadow_per_ah: float


def planned_of(plan: Plan, network: Network, evse: int, now_s: float, binding_row: int) -> Planned | None:
    """Return what a plan means for an EVSE's vehicle; None where it knows nothing of it. binding_row: -1 for none."""
    basis = plan.basis
    place = np.flatnonzero(basis.evse == evse) if basis is not None else np.zeros(0)
    if basis is None or not place.size:
        return None
    at, step = int(place[0]), step_at(plan, now_s)
    starts_s = price_then = np.nan
    current_a = plan.current_a[at]
    rises = current_a[step + 1 :] >= max(current_a[step], 0.0) + STARTS_A
    later = np.flatnonzero(rises)
    price_now = float(basis.price_per_kwh[step])
    if later.size:
        first = _first_that_counts(plan, basis, (at, step), step + 1 + later)
        starts_s, price_then = float(plan.edge_s[first]), float(basis.price_per_kwh[first])
    if np.isnan(basis.worth_per_kwh):
        price_now = price_then = np.nan
    circuit, shadow_per_ah = _dearest(plan, basis, network, (at, step), binding_row)
    currency = "" if np.isnan(basis.worth_per_kwh) else basis.currency
    return Planned(starts_s, price_now, price_then, currency, basis.minor_digits, circuit, shadow_per_ah)


def _first_that_counts(plan: Plan, basis: Basis, where: tuple[int, int], rises: Ints) -> int:
    """Return the step that a vehicle waits for: the first rise, or the first at a lower price where most of the energy comes then."""
    (place, step), first = where, int(rises[0])
    cheaper = rises[basis.price_per_kwh[rises] < basis.price_per_kwh[step] - SAME_PRICE]
    if not cheaper.size or cheaper[0] == first:
        return first
    energy = plan.current_a[place].clip(0.0) * np.diff(plan.edge_s)
    then = int(cheaper[0])
    return then if energy[then:].sum() > energy[first:then].sum() else first


def step_at(plan: Plan, time_s: float) -> int:
    """Return the step of a plan that holds at a moment; the first or last beyond its ends."""
    step = int(np.searchsorted(plan.edge_s, time_s + 1e-6, side="right")) - 1
    last: int = plan.current_a.shape[1] - 1
    return min(max(step, 0), last)


def circuits_of(basis: Basis, network: Network) -> tuple[str, ...]:
    """Return the circuits (c) whose limits a plan was made under, in the network's order."""
    return tuple(dict.fromkeys(network.row_circuit[int(row)] for row in basis.row))


def shadow_per_ah(plan: Plan, basis: Basis, network: Network) -> Floats:
    """Return what an ampere more on each phase for an hour is worth at each circuit, (c, t), in the order of `circuits_of`.

    In the currency, or kWh where a kWh's worth is unknown. Phases that are loaded alike share one price in any way, so only their
    sum says something.
    """
    names = circuits_of(basis, network)
    place = {name: number for number, name in enumerate(names)}
    toll = np.zeros((len(names), basis.toll_per_a.shape[1]))
    np.add.at(toll, [place[network.row_circuit[int(row)]] for row in basis.row], basis.toll_per_a)
    worth = 1.0 if np.isnan(basis.worth_per_kwh) else basis.worth_per_kwh
    found: Floats = toll / (np.diff(plan.edge_s) / SECONDS_PER_HOUR) * worth
    return np.where(found >= COSTLY_PER_AH, found, 0.0)


def planned_kwh(plan: Plan, basis: Basis) -> Floats:
    """Return the energy each vehicle is to get, less what it feeds back, (n,)."""
    hours = np.diff(plan.edge_s) / SECONDS_PER_HOUR
    found: Floats = (plan.current_a * hours).sum(axis=1) * basis.kw_per_a
    return found


def planned_back_kwh(plan: Plan, basis: Basis) -> Floats:
    """Return the energy each vehicle is to feed back, (n,), positive."""
    hours = np.diff(plan.edge_s) / SECONDS_PER_HOUR
    found: Floats = (np.maximum(-plan.current_a, 0.0) * hours).sum(axis=1) * basis.kw_per_a
    return found


def departures_of(plan: Plan, basis: Basis) -> Floats:
    """Return when each vehicle leaves by what a plan goes by, (n,), in seconds; inf where nobody told or noted it."""
    return basis.departure_s if basis.departure_s.size == plan.serial.size else plan.departure_s


def _dearest(
    plan: Plan, basis: Basis, network: Network, at: tuple[int, int], binding_row: int
) -> tuple[str, float]:
    """Return the circuit with the highest shadow price that a vehicle loads now, and the price; ("", 0) where none binds."""
    place, step = at
    column = int(basis.column[place])
    loaded = network.grid.row[network.grid.start[column] : network.grid.start[column + 1]]
    rows = [binding_row] if binding_row >= 0 else loaded.tolist()
    wanted = {network.row_circuit[row] for row in rows}
    prices = shadow_per_ah(plan, basis, network)[:, step]
    found = [
        (float(price), name)
        for price, name in zip(prices, circuits_of(basis, network), strict=True)
        if name in wanted
    ]
    price, name = max(found, key=lambda one: one[0], default=(0.0, ""))
    return (name, price) if price > 0.0 else ("", 0.0)
