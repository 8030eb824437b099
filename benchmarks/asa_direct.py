"""ASA's problem without CVXPY: the vehicles that are there, only the circuits that can be full, arrays filled into Clarabel.

It has the same optimum as the problem in `asa.py` and is solved by the same solver, so it says what of the peer's cost is
the way it is written, and it makes the long tables affordable. Runs inside the acnportal environment only.
"""

from dataclasses import dataclass

import clarabel
import numpy as np
import scipy.sparse as sp
from acnportal.acnsim.interface import InfrastructureInfo

SOLVED = ("Solved", "AlmostSolved")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pays:
    """What a current earns and what limits energy: arrays by station (n,) or by period (horizon,).

    per_a: what an ampere earns in each period. peak_per_kw: what the highest power costs above peak_before_kw, 0 for
    nothing.
    """

    per_a: np.ndarray
    kw_per_a: np.ndarray
    kwh_per_a: np.ndarray
    wanted_kwh: np.ndarray
    equal_share_weight: float
    peak_per_kw: float
    peak_before_kw: float


def planned_directly(
    *, least_a: np.ndarray, most_a: np.ndarray, pays: Pays, infrastructure: InfrastructureInfo
) -> np.ndarray | None:
    """Return the currents (stations, horizon) that earn most within all limits; None where Clarabel finds none.

    least_a, most_a: (stations, horizon). A station's row is limited to one energy, so where a station has several sessions
    each of them counts as a station.
    """
    rows, slots = np.nonzero(most_a > 0.0)
    count = len(rows)
    if count == 0:
        return np.zeros_like(least_a)
    linear, bounds = linear_limits(least_a, most_a, pays)
    q, p = -pays.per_a[slots], np.full(count, 2.0 * pays.equal_share_weight)
    if pays.peak_per_kw > 0.0:
        q, p = np.append(q, pays.peak_per_kw), np.append(p, 0.0)
    cones, cone_bounds = circuit_cones(most_a, infrastructure)
    cones = sp.hstack([cones, sp.csr_matrix((cones.shape[0], len(q) - count))])
    b = np.concatenate([bounds, cone_bounds])
    kinds = [clarabel.NonnegativeConeT(linear.shape[0])]
    kinds += [clarabel.SecondOrderConeT(3)] * (len(cone_bounds) // 3)
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    matrix = sp.csc_matrix(sp.vstack([linear, cones]))
    solution = clarabel.DefaultSolver(sp.diags(p, format="csc"), q, matrix, b, kinds, settings).solve()
    if str(solution.status) not in SOLVED:
        return None
    plan_a = np.zeros_like(least_a)
    plan_a[rows, slots] = np.array(solution.x)[:count]
    return plan_a


def linear_limits(least_a: np.ndarray, most_a: np.ndarray, pays: Pays) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return rows and bounds: each current's greatest and least, each station's energy, and the peak where it costs."""
    rows, slots = np.nonzero(most_a > 0.0)
    count, horizon, wanted = len(rows), most_a.shape[1], np.unique(rows)
    numbers = np.arange(count)
    energy = sp.csr_matrix((pays.kwh_per_a[rows], (rows, numbers)), (len(most_a), count))[wanted]
    linear = sp.vstack([sp.eye(count), -sp.eye(count), energy], format="csr")
    bounds = [most_a[rows, slots], -least_a[rows, slots], pays.wanted_kwh[wanted]]
    if pays.peak_per_kw > 0.0:
        power_kw = sp.csr_matrix((pays.kw_per_a[rows], (slots, numbers)), (horizon, count))
        below_peak = sp.hstack([power_kw, -np.ones((horizon, 1))])
        peak = sp.csr_matrix(([-1.0], ([0], [count])), (1, count + 1))
        free = sp.csr_matrix((linear.shape[0], 1))
        linear = sp.vstack([sp.hstack([linear, free]), below_peak, peak], format="csr")
        bounds += [np.zeros(horizon), np.array([-pays.peak_before_kw])]
    return linear, np.concatenate(bounds)


def circuit_cones(most_a: np.ndarray, infrastructure: InfrastructureInfo) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return rows and bounds of one cone (rating, real, imaginary) for each circuit and period that can be full."""
    rows, slots = np.nonzero(most_a > 0.0)
    count, horizon = len(rows), most_a.shape[1]
    angle_rad = np.deg2rad(infrastructure.phases)
    blocks, bounds = [sp.csr_matrix((0, count))], [np.zeros(0)]
    limits = zip(infrastructure.constraint_matrix, infrastructure.constraint_limits, strict=True)
    for row, rating_a in limits:
        full = np.flatnonzero(np.abs(row) @ most_a > rating_a)
        cones = sp.csr_matrix((3 * len(full), count))
        for part, share in enumerate((row * np.cos(angle_rad), row * np.sin(angle_rad)), start=1):
            sums = sp.csr_matrix((share[rows], (slots, np.arange(count))), (horizon, count))[full].tocoo()
            cones -= sp.csr_matrix((sums.data, (3 * sums.row + part, sums.col)), cones.shape)
        blocks.append(cones)
        bounds.append(np.tile([rating_a, 0.0, 0.0], len(full)))
    return sp.vstack(blocks, format="csr"), np.concatenate(bounds)
