"""What a planner remembers, where others rule beside it or for a while."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.controller.desk import Desk
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.session.events import ArchitectureChosen
from voltloom.site.network import network_of
from voltloom.site.plan import site_of
from voltloom.site.tariff_plan import tariff_of

PLANNED = ControlSettings(planning=PlanningSettings(objective=Objective.COST))


def desk(settings: ControlSettings, architecture: str) -> Desk:
    bays = {"wiring": "three_phase", "max_a": 16.0, "circuit": "yard"}
    place = site_of(
        {
            "time_zone": "Europe/Berlin",
            "voltage_v": 230.0,
            "circuit": [{"id": "yard", "rating_a": 20.0}],
            "evse": [
                {"name": "left", "ids": ["A", "B"], "group": "left", **bays},
                {"name": "right", "ids": ["C"], "group": "right", **bays},
            ],
        }
    )
    tariff = tariff_of({"schedule": [{"tariffs": [0.2], "demand_charge": 1.0}]}, time_zone="Europe/Berlin")
    network = network_of(place)
    controller = SiteController(site=place, network=network, settings=settings, tariff=tariff)
    made = Desk(
        controller=controller,
        network=network,
        memory=controller.start(0.0, architecture),
        limit_a=np.zeros(3),
    )
    for evse in range(3):
        made.plug_in(evse, 0.0)
    return made


def test_a_group_that_plans_keeps_its_plan_from_cycle_to_cycle() -> None:
    yard = desk(replace(PLANNED, group_architecture=(("left", "adaptive-plan"),)), "parallel")

    plans = []
    for step in range(10, 18):
        yard.cycle(30.0 * step)
        plans.append(yard.memory.allocation.plan)

    # In the first cycle nobody may charge yet; of the others, in less than five minutes, the first one plans.
    assert [plan and plan.made_s for plan in plans[1:]] == [330.0] * 7


def test_the_months_peak_outlasts_the_rule_of_an_architecture_that_does_not_plan() -> None:
    yard = desk(PLANNED, "adaptive-plan")
    for step in range(60):
        yard.cycle(30.0 * step)
    before = yard.memory.allocation.peak_seen

    yard.hear(ArchitectureChosen(time_s=1800.0, architecture="parallel"))
    for step in range(60, 70):
        yard.cycle(30.0 * step)

    assert before is not None
    assert before.highest_kw > 0.0
    assert yard.memory.allocation.peak_seen is before
    assert yard.memory.allocation.plan is None
