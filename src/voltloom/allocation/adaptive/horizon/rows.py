"""Rows of a sparse matrix while they are collected, for the general solver."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.site.network import Floats, Ints


class Sparse(NamedTuple):
    """A matrix by its entries, and the right side of each of its rows, (height,)."""

    row: Ints
    column: Ints
    weight: Floats
    most_weight: Floats


class Parts:
    """Rows, part after part; height: how many there are so far."""

    def __init__(self) -> None:
        """Begin without any."""
        self.height = 0
        self._rows: list[Ints] = []
        self._columns: list[Ints] = []
        self._values: list[Floats] = []
        self._bounds: list[Floats] = []

    def add(self, rows: Ints, columns: Ints, per_unit: Floats, bound_a: Floats) -> None:
        """Add rows `per_unit @ x <= bound_a` (or in a cone, or an equation), numbered from 0 in this part."""
        self._rows.append(rows + self.height)
        self._columns.append(columns)
        self._values.append(per_unit)
        self._bounds.append(bound_a)
        self.height += bound_a.size

    def bounded(self, columns: Ints, least_weight: Floats, most_weight: Floats) -> None:
        """Add rows that keep some unknowns (c,) between two bounds, (c,) each."""
        each = np.arange(columns.size)
        self.add(each, columns, np.full(columns.size, -1.0), -least_weight)
        self.add(each, columns, np.ones(columns.size), most_weight)

    def whole(self) -> Sparse:
        """Return the matrix and the right side."""
        return Sparse(
            np.concatenate(self._rows),
            np.concatenate(self._columns),
            np.concatenate(self._values),
            np.concatenate(self._bounds),
        )


def entries(rows: Ints, per_a: Floats, columns: Ints) -> tuple[Ints, Ints, Floats]:
    """Return (row, column, value) of the entries whose row is not -1 and whose value is not 0, from (k, slots) arrays."""
    limit, slot = np.nonzero((rows >= 0) & (per_a != 0.0))
    return rows[limit, slot], columns[slot], per_a[limit, slot]


def joined(*some: tuple[Ints, Ints, Floats]) -> tuple[Ints, Ints, Floats]:
    """Return entries together."""
    rows, columns, values = (np.concatenate(parts) for parts in zip(*some, strict=True))
    return rows, columns, values
