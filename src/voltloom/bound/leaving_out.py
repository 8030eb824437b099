"""What a bound does not count of a scenario, in words: a figure that is no bound of something must say so."""

from __future__ import annotations

from voltloom.bound.setting import Objective
from voltloom.simulation.scenario import Scenario

SPARED_KWH = 0.05  # less reads as nothing


def left_out(scenario: Scenario, objective: Objective) -> tuple[str, ...]:
    """Return sentences on what the bound leaves out; none where it bounds all that a run's figures tell.

    Discharge makes no room on any limit (decision 0018), so it takes nothing from the most energy that can be delivered.
    """
    if objective is Objective.ENERGY:
        return ()
    found = []
    site = scenario.site
    if site.batteries or site.pvs:
        found.append(
            "Money is what vehicles' energy costs by the tariff, as in every run's cost. PV and stationary batteries are not in it: "
            "of the whole site's bill it is no bound."
        )
    if scenario.network.feeds_from_vehicles:
        found.append(
            "What vehicles feed back is not in it: a control that lets them may cost less, so for such a control it is no bound."
        )
    return tuple(found)


def spared(scenario: Scenario, spared_kwh: float, worth_per_kwh: float) -> tuple[str, ...]:
    """Return that some of the most energy is not delivered for what it would cost, none where it is next to nothing."""
    if spared_kwh < SPARED_KWH or scenario.tariff is None:
        return ()
    price = f"{worth_per_kwh:.0f} {scenario.tariff.currency}"
    return (
        f"{spared_kwh:.1f} kWh less than the most are delivered: each of them would cost more than {price}.",
    )
