"""Scalar arithmetic on the cone {u: u0 >= |(u1, u2)|}: scaling, Jordan product and its inverse, the longest step."""

from __future__ import annotations

import math

from numba import njit

Triple = tuple[float, float, float]


@njit(cache=True, error_model="numpy", inline="always")
def depth(u0: float, u1: float, u2: float) -> float:
    """Return sqrt(u0^2 - u1^2 - u2^2) of a point inside the cone; NaN outside."""
    length = math.sqrt(u1 * u1 + u2 * u2)
    return math.sqrt((u0 - length) * (u0 + length))


@njit(cache=True, error_model="numpy", inline="always")
def scaling(
    s0: float, s1: float, s2: float, z0: float, z1: float, z2: float
) -> tuple[float, float, float, float]:
    """Return (eta, w0, w1, w2) of the Nesterov-Todd scaling W = eta [w0, w'; w, I + w w' / (1 + w0)], so that W z = s / W.

    Source: Vandenberghe, The CVXOPT linear and quadratic cone program solvers, section 4.
    """
    s_depth, z_depth = depth(s0, s1, s2), depth(z0, z1, z2)
    s0, s1, s2 = s0 / s_depth, s1 / s_depth, s2 / s_depth
    z0, z1, z2 = z0 / z_depth, z1 / z_depth, z2 / z_depth
    twice = 2.0 * math.sqrt(0.5 * (1.0 + s0 * z0 + s1 * z1 + s2 * z2))
    w1, w2 = (s1 - z1) / twice, (s2 - z2) / twice
    return math.sqrt(s_depth / z_depth), math.sqrt(1.0 + w1 * w1 + w2 * w2), w1, w2


@njit(cache=True, error_model="numpy", inline="always")
def scaled(eta: float, w0: float, w1: float, w2: float, u: Triple) -> Triple:
    """Return W u."""
    along = w1 * u[1] + w2 * u[2]
    pull = u[0] + along / (1.0 + w0)
    return eta * (w0 * u[0] + along), eta * (u[1] + pull * w1), eta * (u[2] + pull * w2)


@njit(cache=True, error_model="numpy", inline="always")
def unscaled(eta: float, w0: float, w1: float, w2: float, u: Triple) -> Triple:
    """Return W^-1 u."""
    along = w1 * u[1] + w2 * u[2]
    pull = along / (1.0 + w0) - u[0]
    return (w0 * u[0] - along) / eta, (u[1] + pull * w1) / eta, (u[2] + pull * w2) / eta


@njit(cache=True, error_model="numpy", inline="always")
def product(u: Triple, v: Triple) -> Triple:
    """Return the Jordan product."""
    return (
        u[0] * v[0] + u[1] * v[1] + u[2] * v[2],
        u[0] * v[1] + v[0] * u[1],
        u[0] * v[2] + v[0] * u[2],
    )


@njit(cache=True, error_model="numpy", inline="always")
def quotient(u: Triple, inverse_depth: float, d: Triple) -> Triple:
    """Return v with product(u * depth, v) = d, for a point u of depth 1."""
    v0 = u[0] * d[0] - u[1] * d[1] - u[2] * d[2]
    inverse = 1.0 / u[0]
    return (
        v0 * inverse_depth,
        (d[1] - v0 * u[1]) * inverse * inverse_depth,
        (d[2] - v0 * u[2]) * inverse * inverse_depth,
    )


@njit(cache=True, error_model="numpy", inline="always")
def haste(u: Triple, inverse_depth: float, d: Triple) -> float:
    """Return the reciprocal of the longest step from u * depth along d that stays in the cone, for a point u of depth 1.

    0 or less where no step leaves it.
    """
    along = u[0] * d[0] - u[1] * d[1] - u[2] * d[2]
    pull = (d[0] + along) / (u[0] + 1.0)
    r1, r2 = d[1] - pull * u[1], d[2] - pull * u[2]
    return (math.sqrt(r1 * r1 + r2 * r2) - along) * inverse_depth
