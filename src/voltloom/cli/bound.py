"""`voltloom bound`: what somebody who knew every visit beforehand could deliver, save or earn with a scenario."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import UsageError, Voice, a_table, plain_errors, words

if TYPE_CHECKING:
    from voltloom.bound.bounding import Bound
    from voltloom.bound.setting import Aim
    from voltloom.simulation.scenario import Scenario

SELL_PRICE_PER_KWH = 0.30


def bound(
    scenario: inputs.ScenarioName,
    objective: Annotated[
        str,
        typer.Option(
            "--objective",
            help="energy: the most delivered. cost: the least cost of delivering it. profit: sold energy less its cost.",
        ),
    ] = "energy",
    sell_price_per_kwh: Annotated[
        float | None,
        typer.Option("--sell-price", metavar="PRICE", help="What a kWh is sold for; 0.30 by default."),
    ] = None,
    assignments: inputs.SetOption = None,
    sessions: inputs.SessionsOption = None,
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    seed: inputs.SeedOption = None,
    as_json: inputs.JsonOption = False,
    quiet: inputs.QuietOption = False,
) -> None:
    """Tell what no control of a scenario can exceed: the optimum of one that knows every visit beforehand."""
    voice = Voice(is_json=as_json, is_quiet=quiet)
    with plain_errors():
        aim = _aim(objective, sell_price_per_kwh)
        world = inputs.load(
            scenario, assignments=assignments, sessions=sessions, first=first, last=last, seed=seed
        )
        begun_s = time.process_time()
        found = bound_with_progress(voice, world, aim)
        cpu_s = time.process_time() - begun_s
        voice.give({**found.as_json(), "cpu_s": cpu_s, "notes": list(world.notes)})
        title = f"{world.title or world.name}, clairvoyant bound, objective {aim.objective}"
        voice.show(a_table(title, ("", ""), _rows(found, world, cpu_s)))
        for note in (*found.left_out, *world.notes):
            voice.say(f"note: {note}")


def bound_with_progress(voice: Voice, world: Scenario, aim: Aim) -> Bound:
    """Return a scenario's bound, telling progress."""
    from voltloom.bound.bounding import bound_of

    with voice.progress(f"bounding {world.name}", of="programs") as tell:
        return bound_of(world, aim, tell)


def _aim(objective: str, sell_price_per_kwh: float | None) -> Aim:
    """Return what to seek.

    Raises UsageError naming the option that cannot be used.
    """
    from voltloom.bound.setting import Aim, Objective

    if len(words(objective, option="--objective", known=[known.value for known in Objective])) > 1:
        raise UsageError(f'--objective = "{objective}": one at a time. Name one.')
    sought = Objective(objective.strip())
    if sell_price_per_kwh is None:
        return Aim(objective=sought, sell_price_per_kwh=SELL_PRICE_PER_KWH)
    if sought is not Objective.PROFIT:
        raise UsageError("--sell-price: only the profit depends on it. Add --objective profit.")
    if not (math.isfinite(sell_price_per_kwh) and sell_price_per_kwh >= 0.0):
        raise UsageError(f"--sell-price = {sell_price_per_kwh}: give a price from 0 on, such as 0.30.")
    return Aim(objective=sought, sell_price_per_kwh=sell_price_per_kwh)


def _rows(found: Bound, world: Scenario, cpu_s: float) -> list[tuple[str, str]]:
    from voltloom.advisor.formats import duration, kw, kwh, money, number, percent

    tariff, bill, size = world.tariff, found.money, found.size
    rows = [
        ("sessions", str(found.sessions)),
        ("energy asked for", kwh(found.energy_requested_wh)),
        ("energy delivered", f"{kwh(found.energy_delivered_wh)} ({percent(found.delivered_ratio, 2)})"),
    ]
    if bill is not None and tariff is not None:

        def paid(minor: int) -> str:
            return money(minor, tariff.currency, tariff.minor_digits)

        rows += [
            (f"highest mean power over {duration(tariff.demand_interval_s)}", kw(found.peak_w)),
            ("cost of energy", paid(bill.energy_minor)),
            ("demand charge", paid(bill.demand_minor)),
            ("cost", paid(bill.cost_minor)),
        ]
        if found.aim.objective.value == "profit":
            sold = f"sold at {found.aim.sell_price_per_kwh:g} a kWh"
            rows += [(sold, paid(bill.revenue_minor)), ("profit", paid(bill.profit_minor))]
    kept_ratio = size.kept_count / size.possible_count if size.possible_count else 0.0
    return [
        *rows,
        ("programs solved", f"{size.programs}: {size.variables} variables, {size.rows} rows"),
        ("limits that could bind", percent(kept_ratio)),
        ("from optimum to proof", f"{found.gap_ratio:.1e} of it"),
        ("most a limit is passed by", f"{found.excess_ratio:.1e} of it"),
        ("CPU", f"{number(cpu_s, 1)} s"),
    ]
