"""What one session's energy cost, by the price at the time it flowed, for comparing architectures day by day.

Bills are `site/tariff.py`'s. A demand charge belongs to a month, not to a session: costs leave it out, profits share it by energy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from voltloom.simulation.summary import RunResult, SessionOutcome
from voltloom.site.network import Floats
from voltloom.site.tariff import NANO, Tariff, price_steps
from voltloom.units import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceTable:
    """Prices as columns: edge_s (k+1,) and price_minor_per_kwh (k,) between them."""

    edge_s: Floats
    price_minor_per_kwh: Floats

    @classmethod
    def of(cls, tariff: Tariff, start_s: float, end_s: float) -> PriceTable:
        """Return the prices of a stretch of time.

        Raises TariffError where the tariff says nothing.
        """
        steps = price_steps(tariff, start_s, end_s)
        minor = 10**tariff.minor_digits
        return cls(
            edge_s=np.array([*(step.start_s for step in steps), end_s]),
            price_minor_per_kwh=np.array([step.price_nano_per_kwh * minor / NANO for step in steps]),
        )

    def cost_minor(self, session: SessionOutcome) -> float:
        """Return what a session's energy cost, not rounded."""
        return float(self._drawn_wh(session) @ self.price_minor_per_kwh) / 1000.0

    def energy_wh(self, session: SessionOutcome) -> float:
        """Return the energy that the cost is of."""
        return float(self._drawn_wh(session).sum())

    def _drawn_wh(self, session: SessionOutcome) -> Floats:
        """Return a session's energy between the edges, (k,)."""
        if len(session.sample_s) == 0:
            return np.zeros(len(self.price_minor_per_kwh))
        times_s = np.append(session.sample_s, max(session.departure_s, float(session.sample_s[-1])))
        total_wh = np.concatenate([[0.0], np.cumsum(session.sample_w * np.diff(times_s) / SECONDS_PER_HOUR)])
        drawn_wh: Floats = np.diff(np.interp(self.edge_s, times_s, total_wh))
        return drawn_wh


def profits_minor(prices: PriceTable, result: RunResult, sell_minor_per_kwh: float) -> dict[str, float]:
    """Return what each session of a run earned, by its id: what it was sold less its energy and its share of the rest of the bill.

    The rest is the demand charge, shared by energy. Together they are the profit of the run.
    """
    sessions = result.trace.sessions
    costs_minor = {session.session_id: prices.cost_minor(session) for session in sessions}
    rest_minor = result.summary.cost_minor - sum(costs_minor.values())
    sold_wh = sum(session.delivered_wh for session in sessions)
    earned_per_wh = sell_minor_per_kwh / 1000.0 - (rest_minor / sold_wh if sold_wh > 0.0 else 0.0)
    return {
        session.session_id: earned_per_wh * session.delivered_wh - costs_minor[session.session_id]
        for session in sessions
    }


def mean_price_minor_per_wh(prices: PriceTable, sessions: Iterable[SessionOutcome]) -> float:
    """Return what a Wh cost on average; 0 where none flowed."""
    cost_minor = energy_wh = 0.0
    for session in sessions:
        cost_minor += prices.cost_minor(session)
        energy_wh += prices.energy_wh(session)
    return cost_minor / energy_wh if energy_wh > 0.0 else 0.0
