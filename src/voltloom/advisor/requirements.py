"""What a site needs, as the five steps of the checklist's source ask it: load, power, uptime, integration, plans.

Answers come from a TOML file or from questions on a terminal; what nobody answered stays unknown (None).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from voltloom.site.mistakes import Mistake, PlanError, Table, shaped, shown

Level = Literal["low", "medium", "high"]
Need = Literal[
    "billing",
    "roaming",
    "ems",
    "solar",
    "storage",
    "grid_operator",
    "departure_from_vehicle",
    "plug_and_charge",
    "v2g",
    "remote_monitoring",
]


Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class LoadAnswers(Table):
    """Step 1: how much charging there is. max_concurrent_count: sessions at the same time, if known."""

    sessions_per_hour: Positive | None = None
    stay_h: Positive | None = None
    energy_kwh: Positive | None = None
    power_kw: Positive | None = None
    max_concurrent_count: Annotated[int, Field(ge=0)] | None = None


class PowerAnswers(Table):
    """Step 2: what the connection bears. is_unlimited: every outlet can run at full power at once."""

    limit_kw: Positive | None = None
    is_unlimited: bool | None = None
    price_varies: bool | None = None
    has_demand_charge: bool | None = None


class UptimeAnswers(Table):
    """Step 3: what must not fail. ready_by: local HH:MM by which vehicles must be ready; ready_ratio: how many.

    controller_ratio, station_ratio: availability of one controller and of one outlet, measured or promised.
    """

    target_ratio: Annotated[float, Field(gt=0, lt=1)] | None = None
    ready_by: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    ready_ratio: Annotated[float, Field(gt=0, le=1)] = 1.0
    controller_ratio: Annotated[float, Field(gt=0, lt=1)] = 0.995
    station_ratio: Annotated[float, Field(gt=0, lt=1)] = 0.98


class IntegrationAnswers(Table):
    """Step 4: what the site must talk to. None: not answered; an empty list: nothing."""

    needs: list[Need] | None = None


class PlanAnswers(Table):
    """Step 5 and the checklist: what may be spent on development, and how much growth is planned (1.5 is +50 %)."""

    budget: Level | None = None
    growth_ratio: Positive | None = None


class Answers(Table):
    """All answers. scenario: a file to measure on; without it one is made from the load and power answers."""

    name: str = "Unnamed site"
    time_zone: str = "UTC"
    scenario: str | None = None
    load: LoadAnswers = LoadAnswers()
    power: PowerAnswers = PowerAnswers()
    uptime: UptimeAnswers = UptimeAnswers()
    integration: IntegrationAnswers = IntegrationAnswers()
    plan: PlanAnswers = PlanAnswers()


def read_answers(document: Mapping[str, object]) -> Answers:
    """Return the answers of a TOML document.

    Raises PlanError with every mistake at once: field, what is wrong, the remedy.
    """
    mistakes: list[Mistake] = []
    answers = shaped(document, Answers, "", mistakes)
    if answers is not None and answers.power.is_unlimited and answers.power.limit_kw is not None:
        problem = "a limit is given although power.is_unlimited is true"
        value = shown(answers.power.limit_kw)
        mistakes.append(
            Mistake(path="power.limit_kw", value=value, problem=problem, remedy="Keep one of the two.")
        )
    if mistakes or answers is None:
        raise PlanError(mistakes)
    return answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question for a terminal. path: where its answer goes; kind: how it is read; choices: what may be said."""

    step: int
    path: str
    text: str
    kind: Literal["number", "count", "yes_no", "choice", "list", "time"]
    choices: tuple[str, ...] = ()


STEPS: Final = (
    "Characterise your load profile",
    "Define your power constraints",
    "Assess your fault tolerance requirements",
    "Evaluate integration complexity",
    "Budget and growth; then prototype and test",
)

QUESTIONS: Final = (
    Question(step=1, path="load.sessions_per_hour", text="Arrivals per hour when it is busy", kind="number"),
    Question(step=1, path="load.stay_h", text="Typical stay in hours", kind="number"),
    Question(step=1, path="load.energy_kwh", text="Typical energy of a session in kWh", kind="number"),
    Question(step=1, path="load.power_kw", text="Power of one outlet in kW", kind="number"),
    Question(
        step=1, path="load.max_concurrent_count", text="Most sessions at the same time, if known", kind="count"
    ),
    Question(
        step=2, path="power.is_unlimited", text="Can every outlet run at full power at once?", kind="yes_no"
    ),
    Question(step=2, path="power.limit_kw", text="Power for charging in kW", kind="number"),
    Question(step=2, path="power.price_varies", text="Does the energy price vary over the day?", kind="yes_no"),
    Question(step=2, path="power.has_demand_charge", text="Is there a demand charge on the peak?", kind="yes_no"),
    Question(step=3, path="uptime.target_ratio", text="Uptime wanted as a ratio, such as 0.999", kind="number"),
    Question(step=3, path="uptime.ready_by", text="All vehicles ready by (HH:MM)", kind="time"),
    Question(
        step=4,
        path="integration.needs",
        text="What must it talk to? (commas)",
        kind="list",
        choices=("billing", "roaming", "ems", "solar", "storage", "grid_operator", "departure_from_vehicle",
                 "plug_and_charge", "v2g", "remote_monitoring"),
    ),
    Question(
        step=5, path="plan.budget", text="Budget for development", kind="choice", choices=("low", "medium", "high")
    ),
    Question(step=5, path="plan.growth_ratio", text="Growth planned for (1.5 is +50 %)", kind="number"),
)  # fmt: skip


def put_answer(document: dict[str, Any], question: Question, text: str) -> None:
    """Write one typed answer into a document; an empty one stays unknown.

    Raises ValueError saying what was expected.
    """
    if not (said := text.strip()):
        return
    table, key = question.path.split(".")
    document.setdefault(table, {})[key] = _parsed(question, said)


def _parsed(question: Question, said: str) -> float | int | bool | str | list[str]:
    if question.kind == "yes_no":
        if said.lower() not in ("y", "yes", "n", "no"):
            raise ValueError("answer yes or no")
        return said.lower() in ("y", "yes")
    if question.kind == "list":
        return [part for part in re.split(r"[,\s]+", said) if part and part != "nothing"]
    if question.kind in ("choice", "time"):
        return said
    try:
        return int(said) if question.kind == "count" else float(said.replace(",", "."))
    except ValueError:
        raise ValueError(f"expected a number, found {said!r}") from None
