"""The plan in force: what each vehicle is to get, whether it falls short, and what each limit costs."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from voltloom.allocation.registry import PLANNING
from voltloom.decision.plan_record import plan_record
from voltloom.live.running import LiveSite
from voltloom.web.problems import Problem
from voltloom.web.reading import Running, Viewer
from voltloom.web.views import newest

router = APIRouter(prefix="/api/v1")
DIGITS = 5  # of currents, energies and prices


class StepPriceOut(BaseModel):
    """One step of a plan. price_per_kwh: its mean, in the tariff's currency; null where no tariff is known. vehicles_kw: all vehicles together.

    expected_kw: what it leaves to those who are likely still to come, null where it counts with nobody who is not there. grid_kw: what the site buys, or sells where negative; null where the plan is of charging alone.
    """

    start: datetime
    end: datetime
    price_per_kwh: float | None
    vehicles_kw: float
    expected_kw: float | None
    grid_kw: float | None


class VehiclePlanOut(BaseModel):
    """What one vehicle is to get. departure: that the plan goes by. departure_from: what was told, a forecast, or assumed where nobody told.

    need_kwh: still wanted when the plan was made. planned_kwh: expected by departure, less planned_back_kwh that it feeds back. current_a: of each step, on each
    phase, negative where it feeds back.
    """

    evse: str
    session: str | None
    departure: datetime | None
    departure_from: Literal["told", "forecast", "assumed"]
    need_kwh: float
    planned_kwh: float
    planned_back_kwh: float
    short_kwh: float
    is_short: bool
    max_a: float
    current_a: list[float]
    why: str


class RowLeftOut(BaseModel):
    """What a limit leaves to the vehicles of the plan. left_a: in W where the row is a cabinet."""

    row: str
    left_a: float | None


class PlanLimitOut(BaseModel):
    """A circuit. shadow_price_per_ah: of each step, what an ampere more on each phase for an hour is worth, 0 where it does not bind."""

    circuit: str
    rows: list[RowLeftOut]
    shadow_price_per_ah: list[float]


class BatteryPlanOut(BaseModel):
    """What a stationary battery is to do. power_kw: of each step, charge positive. soc_ratio: at the end of each step."""

    battery: str
    power_kw: list[float]
    soc_ratio: list[float]


class PlanOut(BaseModel):
    """The plan in force. is_failed: none could be made, and rules decide (least laxity first) until the next.

    shadow_unit: a currency, or kWh that could be delivered where worth_per_kwh is null: energy counts then, not money.
    """

    made: datetime
    until: datetime
    is_failed: bool
    currency: str | None
    worth_per_kwh: float | None
    shadow_unit: str
    peak_kw: float | None
    steps: list[StepPriceOut]
    vehicles: list[VehiclePlanOut]
    limits: list[PlanLimitOut]
    batteries: list[BatteryPlanOut]


@router.get("/plan", tags=["decisions"], dependencies=[Viewer])
async def get_plan(site: Running) -> PlanOut:
    """The plan in force: its steps, what each vehicle gets in them and by departure, who falls short and why, what limits cost."""
    return plan_view(site)


def plan_view(site: LiveSite) -> PlanOut:
    """Return the plan in force. Raises Problem where there is none, with what to do about it."""
    memory, decision = site.loop.memory, newest(site)
    plan = None if decision is None else decision.plan
    if plan is None:
        planning = " or ".join(sorted(PLANNING))
        if memory.architecture not in PLANNING:
            detail = (
                f"'{memory.architecture}' makes no plan. Choose {planning} with PUT /api/v1/architecture."
            )
        elif decision is not None and decision.mode.value != "chosen":
            detail = "No plan is in force while the site is in a fallback mode. See /api/v1/alarms for why."
        else:
            detail = "No vehicle wants power, so there is no plan. Ask again when /api/v1/sessions shows one that does."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    serials = memory.columns.serial.tolist()
    ids = {serials[s.evse]: s.session.session_id for s in memory.seats if s.session is not None}
    record = plan_record(plan, site.network, site.config.site.time_zone, ids)
    return PlanOut.model_validate(_rounded(record))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return value
