"""Distributions as survival curves on a grid: what is beyond a point, given what has passed already.

A curve tells at each grid point the probability of more than that; between two points it is straight. Everything works
on many curves at once, one a row, and in any unit: `Amounts` are seconds or watt-hours, as the caller's grid is.
"""

from __future__ import annotations

import numpy as np

from voltloom.site.network import Floats

Amount = float
Amounts = Floats


def survival_of(grid: Amounts, samples: Amounts, weights: Floats) -> Floats:
    """Return the part of the weight of samples (s,) that lies beyond each grid point (g,).

    The weights, not all of them 0, need not sum to 1.
    """
    place = np.searchsorted(grid, samples, side="left")
    mass = np.bincount(place, weights=weights, minlength=grid.size + 1)
    beyond = mass[::-1].cumsum()[::-1]
    beyond_probability: Floats = beyond[1:] / beyond[0]
    return beyond_probability


def probability_beyond(grid: Amounts, beyond_probability: Floats, at: Amounts) -> Floats:
    """Return the probability of more than some amounts (n, t), for curves (n, g); shape (n, t).

    1 below the grid and 0 beyond it.
    """
    place = np.searchsorted(grid, at, side="right").clip(1, grid.size - 1)
    low = np.take_along_axis(beyond_probability, place - 1, axis=1)
    high = np.take_along_axis(beyond_probability, place, axis=1)
    part = (at - grid[place - 1]) / (grid[place] - grid[place - 1])
    found: Floats = np.where(at > grid[-1], 0.0, np.where(at < grid[0], 1.0, low + part * (high - low)))
    return found


def given_passed(grid: Amounts, beyond_probability: Floats, passed: Amounts, at: Amounts) -> Floats:
    """Return the probability of more than some amounts (n, t), given more than passed (n,); shape (n, t).

    1 for what has passed; 0 beyond it where nothing says how much more there can be.
    """
    still = probability_beyond(grid, beyond_probability, passed[:, None])
    later = probability_beyond(grid, beyond_probability, np.maximum(at, passed[:, None]))
    part = np.zeros_like(later)
    np.divide(later, still, out=part, where=still > 0.0)
    found: Floats = np.where(at <= passed[:, None], 1.0, part)
    return found


def quantiles_given(
    grid: Amounts, beyond_probability: Floats, passed: Amounts, probability: Floats
) -> Amounts:
    """Return the amounts that are not exceeded with some probability (k,), given more than passed (n,): (n, k).

    Never less than what has passed, and that itself beyond the grid.
    """
    still = probability_beyond(grid, beyond_probability, passed[:, None])
    aim = still * (1.0 - probability)[None, :]
    place = (beyond_probability[:, None, :] > aim[:, :, None]).sum(axis=2).clip(1, grid.size - 1)
    low = np.take_along_axis(beyond_probability, place - 1, axis=1)
    high = np.take_along_axis(beyond_probability, place, axis=1)
    part = np.zeros_like(low)
    np.divide(low - aim, low - high, out=part, where=low > high)
    amounts = grid[place - 1] + part.clip(0.0, 1.0) * (grid[place] - grid[place - 1])
    found: Amounts = np.where(still > 0.0, np.maximum(amounts, passed[:, None]), passed[:, None])
    return found


def means_given(grid: Amounts, beyond_probability: Floats, passed: Amounts) -> Amounts:
    """Return the expected amounts (n,), given more than passed (n,); that itself beyond the grid."""
    still = probability_beyond(grid, beyond_probability, passed[:, None])[:, 0]
    pieces = 0.5 * (beyond_probability[:, 1:] + beyond_probability[:, :-1]) * np.diff(grid)
    place = np.searchsorted(grid, passed, side="right").clip(1, grid.size - 1)
    later = np.where(np.arange(1, grid.size)[None, :] > place[:, None], pieces, 0.0).sum(axis=1)
    high = np.take_along_axis(beyond_probability, place[:, None], axis=1)[:, 0]
    area = later + 0.5 * (still + high) * (grid[place] - np.maximum(passed, grid[0]))
    more = np.zeros_like(area)
    np.divide(area, still, out=more, where=still > 0.0)
    found: Amounts = passed + more
    return found
