"""What must hold between the tables of a site plan: one tree, known names, phases and pilots that make sense."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voltloom.site.mistakes import Mistake, did_you_mean, joined, shown
from voltloom.site.plan_tables import CircuitTable, EvseTable, PhasorLimitTable, SiteTable

Mistakes = list[Mistake]
PHASES = ("L1", "L2", "L3")
PHASE_COUNT = {"single_phase": 1, "line_to_line": 2, "three_phase": 3, "dc": 3}
PILOT_RANGE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*\.\.\s*(\d+(?:\.\d+)?)\s*$")


def checked_site(plan: SiteTable, path: str, mistakes: Mistakes) -> None:
    """Add what is wrong with the site's own keys."""
    if plan.voltage_v is None and plan.between_phases_v is None:
        what = Mistake(
            path=joined(path, ["voltage_v"]), value="", problem="missing", remedy="Add it, such as 230.0."
        )
        mistakes.append(what)
    if plan.voltage_v is not None and plan.between_phases_v is not None:
        ratio = plan.between_phases_v / plan.voltage_v
        if not 0.98 <= ratio / math.sqrt(3.0) <= 1.02:
            problem = f"is {ratio:.3f} times voltage_v; between phases it is 1.732 times"
            add(
                mistakes, path, ["between_phases_v"], plan.between_phases_v, problem, "Leave one of them out."
            )
    try:
        ZoneInfo(plan.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        remedy = 'Write a name such as "Europe/Amsterdam".'
        add(mistakes, path, ["time_zone"], plan.time_zone, "unknown time zone", remedy)


def checked_circuits(plan: SiteTable, path: str, mistakes: Mistakes) -> None:
    """Add what is wrong with the tree of circuits."""
    told_twice(mistakes, joined(path, ["circuit"]), [c.id for c in plan.circuit])
    told_twice(mistakes, joined(path, ["cabinet"]), [c.id for c in plan.cabinet])
    by_id = {circuit.id: circuit for circuit in plan.circuit}
    for circuit in plan.circuit:
        where = joined(path, ["circuit", circuit.id])
        _check_rating(plan, circuit, where, mistakes)
        parent = by_id.get(circuit.parent)
        if parent is None and circuit.parent:
            remedy = did_you_mean(circuit.parent, list(by_id))
            add(mistakes, where, ["parent"], circuit.parent, "unknown circuit", remedy)
        if parent is not None and (foreign := [p for p in circuit.phases if p not in parent.phases]):
            problem = f"{', '.join(foreign)} is not on its parent '{parent.id}'"
            add(
                mistakes,
                where,
                ["phases"],
                circuit.phases,
                problem,
                f"Its parent has {_words(parent.phases)}.",
            )
        if _is_in_a_circle(circuit, by_id):
            add(mistakes, where, ["parent"], circuit.parent, "feeds itself in a circle", "Break the circle.")
    roots = [c.id for c in plan.circuit if not c.parent]
    if plan.circuit and len(roots) != 1:
        problem = "no circuit is the grid connection" if not roots else "several circuits have no parent"
        remedy = "Leave parent out for exactly one circuit: the grid connection."
        add(mistakes, path, ["circuit"], _words(roots), problem, remedy)


def checked_evses(plan: SiteTable, path: str, mistakes: Mistakes) -> None:
    """Add what is wrong with the outlets."""
    ids = [evse_id for block in plan.evse for evse_id in block.evse_ids()]
    told_twice(mistakes, joined(path, ["evse"]), ids)
    told_twice(mistakes, joined(path, ["evse"]), [block.name for block in plan.evse if block.name])
    circuits = {circuit.id: circuit for circuit in plan.circuit}
    for number, block in enumerate(plan.evse):
        where = joined(path, ["evse", block.name or number])
        if bool(block.ids) == (block.count is not None):
            problem = "needs ids, or count with prefix" if not block.ids else "has both ids and count"
            add(mistakes, where, [], "", problem, 'Write ids = ["A1"], or count = 4 and prefix = "A".')
        _check_place(block, circuits, where, mistakes)
        if block.cabinet and block.cabinet not in [c.id for c in plan.cabinet]:
            remedy = did_you_mean(block.cabinet, [c.id for c in plan.cabinet])
            add(mistakes, where, ["cabinet"], block.cabinet, "unknown cabinet", remedy)
        _check_currents(block, plan.offline_a, where, mistakes)
        _check_places(block, where, mistakes)


def checked_phasor_limits(plan: SiteTable, path: str, mistakes: Mistakes) -> None:
    """Add what is wrong with the rows of the constraint matrix."""
    rows = [*(c.id for c in plan.cabinet), *(r.id for r in plan.phasor_limit)]
    told_twice(mistakes, joined(path, ["phasor_limit"]), rows)
    known = [block.name for block in plan.evse if block.name]
    known += [evse_id for block in plan.evse for evse_id in block.evse_ids()]
    for limit in plan.phasor_limit:
        where = joined(path, ["phasor_limit", limit.id])
        _check_rating(plan, limit, where, mistakes)
        for name, value in limit.coefficients.items():
            if name not in known:
                problem, remedy = "neither an EVSE nor a block of them", did_you_mean(name, known)
                add(mistakes, where, ["coefficients", name], value, problem, remedy)


def _check_rating(
    plan: SiteTable, item: CircuitTable | PhasorLimitTable, where: str, mistakes: Mistakes
) -> None:
    if (item.rating_a is None) == (item.rating_a_per_transformer_kw is None):
        problem = "give either rating_a or rating_a_per_transformer_kw"
        add(mistakes, where, ["rating_a"], "", problem, "Write what the fuse or breaker bears.")
    if item.rating_a_per_transformer_kw is not None and plan.transformer is None:
        problem = "there is no transformer to scale with"
        add(mistakes, where, ["rating_a_per_transformer_kw"], "", problem, "Add transformer.rating_kw.")


def _check_place(block: EvseTable, circuits: dict[str, CircuitTable], where: str, mistakes: Mistakes) -> None:
    """Add what is wrong with where a block is connected."""
    circuit = circuits.get(block.circuit)
    if circuit is None and (block.circuit or circuits):
        remedy = did_you_mean(block.circuit, list(circuits)) if block.circuit else "Name its circuit."
        add(mistakes, where, ["circuit"], block.circuit, "unknown circuit", remedy)
    try:
        used = {phase for rotation in rotations_of(block) for phase in rotation}
    except ValueError as error:
        count = PHASE_COUNT[block.wiring]
        remedy = f'{block.wiring} meets {count} phase{"s" if count > 1 else ""}: write "{"".join(PHASES[:count])}" or "alternating".'
        add(mistakes, where, ["rotation"], block.rotation, str(error), remedy)
        return
    if circuit is not None and (foreign := sorted(used - set(circuit.phases))):
        problem = f"{_words(foreign)} is not on circuit '{circuit.id}'"
        add(mistakes, where, ["rotation"], block.rotation, problem, f"It has {_words(circuit.phases)}.")


def _check_places(block: EvseTable, where: str, mistakes: Mistakes) -> None:
    """Add what is wrong with where the outlets of a block stand."""
    outlets = len(block.evse_ids())
    for key, given in (("x_m", block.x_m), ("y_m", block.y_m)):
        if len(given) != outlets and (block.x_m or block.y_m):
            problem = f"has {len(given)} numbers for {outlets} outlets"
            add(mistakes, where, [key], "", problem, "Give x_m and y_m of each outlet, or neither.")


def _check_currents(block: EvseTable, site_offline_a: float | str, where: str, mistakes: Mistakes) -> None:
    """Add what is wrong with minimum, maximum, pilots and offline limit."""
    if block.min_a > block.max_a:
        add(mistakes, where, ["min_a"], block.min_a, f"is above max_a {block.max_a:g}", "Swap them.")
    try:
        pilots = pilots_of(block)
    except ValueError as error:
        add(mistakes, where, ["pilots"], block.pilots_a, str(error), 'Write "6..32" or a list of amperes.')
        pilots = ()
    if list(pilots) != sorted(set(pilots)):
        add(mistakes, where, ["pilots"], block.pilots_a, "must rise from one to the next", "Sort them.")
    if bad := [p for p in pilots if p != 0.0 and not block.min_a <= p <= block.max_a]:
        problem = f"{bad[0]:g} is neither 0 nor between min_a {block.min_a:g} and max_a {block.max_a:g}"
        add(mistakes, where, ["pilots"], block.pilots_a, problem, "Remove it, or change min_a or max_a.")
    offline = block.offline_a if block.offline_a is not None else site_offline_a
    if not isinstance(offline, str) and offline != 0.0 and not block.min_a <= offline <= block.max_a:
        problem = f"is neither 0 nor between min_a {block.min_a:g} and max_a {block.max_a:g}"
        add(mistakes, where, ["offline_a"], offline, problem, "A station cannot hold that by itself.")


def pilots_of(block: EvseTable) -> tuple[float, ...]:
    """Return the currents an outlet can offer with 0 first, or () for any.

    Raises ValueError for a range that is none.
    """
    if isinstance(block.pilots_a, str):
        if not block.pilots_a:
            return ()
        matched = PILOT_RANGE.match(block.pilots_a)
        if matched is None or float(matched[1]) > float(matched[2]):
            raise ValueError("is no range of currents")
        first, last = float(matched[1]), float(matched[2])
        pilots = [first + step for step in range(int(last - first) + 1)]
    else:
        pilots = list(block.pilots_a)
    return tuple(pilots) if not pilots or pilots[0] == 0.0 else (0.0, *pilots)


def rotations_of(block: EvseTable) -> list[tuple[str, ...]]:
    """Return the phases each outlet of a block meets; "alternating" turns them on from outlet to outlet.

    Raises ValueError for a rotation that does not fit the wiring.
    """
    count = PHASE_COUNT[block.wiring]
    outlets = len(block.evse_ids())
    if block.rotation == "alternating":
        return [tuple(PHASES[(turn + k) % 3] for k in range(count)) for turn in range(outlets)]
    phases = tuple(re.findall(r"L[123]", block.rotation)) or PHASES[:count]
    leftover = re.sub(r"L[123]|[ ,\-]", "", block.rotation)
    if leftover or len(phases) != count or len(set(phases)) != count:
        raise ValueError(f"does not fit {block.wiring}")
    return [phases] * outlets


def _is_in_a_circle(circuit: CircuitTable, by_id: dict[str, CircuitTable]) -> bool:
    above = by_id.get(circuit.parent)
    for _ in by_id:
        if above is None or above is circuit:
            break
        above = by_id.get(above.parent)
    return above is circuit


def told_twice(mistakes: Mistakes, where: str, names: list[str]) -> None:
    """Add the names that stand more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            add(mistakes, where, [], name, f"is there {times} times", "Every id stands once.")


def _words(items: Sequence[str]) -> str:
    return ", ".join(items)


def add(mistakes: Mistakes, where: str, parts: list[object], value: object, problem: str, remedy: str) -> None:  # fmt: skip
    """Add a mistake at the place that parts lead to."""
    stands = shown(value) if value != "" else ""
    mistakes.append(Mistake(path=joined(where, parts), value=stands, problem=problem, remedy=remedy))
