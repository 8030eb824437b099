"""What one plan costs: our own interior-point method beside Clarabel, and beside PIQP and HiGHS where they can take the problem.

python -m benchmarks.bench_horizon [--repeats 7]: CPU time of whole calls, from the problem's arrays to the currents, on one core.
Vehicles of the 54-EVSE garage (more vehicles: more garages' worth of them behind a transformer as many times as strong). PIQP takes the
instance without phasors (each limit as one line) and HiGHS that without the quadratic pull: each is compared on the same instance.
PIQP and HiGHS are measured where the interpreter has `piqp` and `highspy`; scipy fills the matrices. Results go to
benchmarks/results/horizon.json.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from scipy import sparse

from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import THREE_PHASE, garage
from voltloom.allocation.adaptive.horizon import conic
from voltloom.allocation.adaptive.horizon.grid import steps_s
from voltloom.allocation.adaptive.horizon.interior import method
from voltloom.allocation.adaptive.horizon.problem import Demand, Limits, Problem

GROWING = 0  # as many steps as a plan over half a day has
# (vehicles, steps, kW for every 54 of them)
SIZES = (
    (15, GROWING, 30),
    (30, GROWING, 40),
    (54, GROWING, 60),
    (54, 144, 60),
    (200, 96, 60),
    (500, 96, 60),
    (1000, 96, 60),
)
HORIZON_S = 12 * 3600.0
PATIENCE_S = 8.0  # a solver that took longer once is not asked again


def lengths_s(steps: int) -> np.ndarray:
    """Return the lengths of growing steps over half a day, or of so many equal ones."""
    return steps_s(300.0, HORIZON_S) if steps == GROWING else np.full(steps, HORIZON_S / steps)


def instance(seed: int, vehicles: int, steps: int, cap_kw: float) -> Problem:
    """Return vehicles with random needs and stays, all plugged in now."""
    chance = np.random.default_rng(seed)
    times = max(1.0, vehicles / 54)
    network = garage(THREE_PHASE, cap_kw=cap_kw).network
    grid, count = network.grid, len(network.evse_ids)
    length = lengths_s(steps)
    begin = np.cumsum(length) - length
    evse = chance.permutation(np.arange(max(vehicles, count)))[:vehicles] % count
    stay = chance.uniform(1800.0, HORIZON_S, vehicles)
    high = 32.0 * np.clip((stay[:, None] - begin) / length, 0.0, 1.0)
    kwh = np.repeat((0.208 * length / 3600.0)[None], vehicles, 0)
    weight = np.zeros((grid.rating_a.size, vehicles), dtype=np.complex128)
    for place, column in enumerate(evse + count):
        at = slice(grid.start[column], grid.start[column + 1])
        row, group = grid.row[at], grid.group[at]
        weight[row, place] = grid.coefficient[at] * (grid.unit_x[row, group] + 1j * grid.unit_y[row, group])
    is_loaded = np.abs(weight).sum(axis=1) > 0.0
    weight, rating = weight[is_loaded], grid.rating_a[is_loaded] * times
    is_line = np.array([np.ptp(np.angle(row[np.abs(row) > 0.0])) < 1e-9 for row in weight])
    demand = Demand(
        np.zeros(high.shape),
        high,
        kwh * 0.3 * np.minimum(begin, stay[:, None]) / stay[:, None],
        kwh,
        np.repeat((1e-4 * length / 3600.0)[None], vehicles, 0),
        np.zeros(high.shape),
        chance.uniform(3.0, 25.0, vehicles),
        np.ones(vehicles),
    )
    return Problem(demand, Limits(weight, np.repeat(rating[:, None], length.size, axis=1), is_line), None)


def with_lines_only(problem: Problem) -> Problem:
    """Return the problem whose limits bear the plain sum of currents."""
    limits = problem.limits
    return problem._replace(
        limits=limits._replace(
            weight=np.abs(limits.weight) + 0j, is_line=np.ones(limits.is_line.size, np.bool_)
        )
    )


def without_pull(problem: Problem) -> Problem:
    """Return the problem without its quadratic term."""
    return problem._replace(
        demand=problem.demand._replace(stiffness_per_a=np.zeros_like(problem.demand.stiffness_per_a))
    )


def rows_of(problem: Problem) -> tuple[sparse.csc_matrix, np.ndarray, np.ndarray]:
    """Return (rows, their bounds, which slots are variables) of a problem with lines only; limits that cannot bind are left out."""
    demand, limits = problem.demand, problem.limits
    present = demand.high_a > 0.0
    unit, step = np.nonzero(present)
    slots = np.arange(unit.size)
    binding = np.abs(limits.weight) @ demand.high_a > limits.rating_a
    place = np.full(binding.shape, -1)
    place[binding] = demand.need_kwh.size + np.arange(binding.sum())
    row = place[:, step]
    value = np.abs(limits.weight)[:, unit]
    limit, slot = np.nonzero((row >= 0) & (value > 0.0))
    rows = np.concatenate([unit, row[limit, slot]])
    columns = np.concatenate([slots, slot])
    values = np.concatenate([demand.kwh_per_a[present], value[limit, slot]])
    bounds = np.concatenate([demand.need_kwh, limits.rating_a[binding]])
    return sparse.csc_matrix((values, (rows, columns)), (bounds.size, unit.size)), bounds, present


def by_piqp(problem: Problem) -> np.ndarray:
    """Return the currents by PIQP, (n, t)."""
    import piqp  # type: ignore[import-not-found]  # not a dependency

    demand = problem.demand
    matrix, bounds, present = rows_of(problem)
    solver = piqp.SparseSolver()
    solver.settings.eps_rel = solver.settings.eps_abs = 1e-8
    linear = (demand.cost_per_a - demand.worth_per_kwh[:, None] * demand.kwh_per_a)[present]
    solver.setup(
        sparse.diags_array(demand.stiffness_per_a[present]).tocsc(),
        linear,
        None,
        None,
        matrix,
        np.full(bounds.size, -np.inf),
        bounds,
        demand.low_a[present],
        demand.high_a[present],
    )
    solver.solve()
    return spread(present, np.array(solver.result.x))


def by_highs(problem: Problem) -> np.ndarray:
    """Return the currents by HiGHS' default choice of method, (n, t)."""
    import highspy  # type: ignore[import-not-found]  # not a dependency

    demand = problem.demand
    matrix, bounds, present = rows_of(problem)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = matrix.shape[1], matrix.shape[0]
    model.col_cost_ = (demand.cost_per_a - demand.worth_per_kwh[:, None] * demand.kwh_per_a)[present]
    model.col_lower_, model.col_upper_ = demand.low_a[present], demand.high_a[present]
    model.row_lower_, model.row_upper_ = np.full(bounds.size, -np.inf), bounds
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    solver.run()
    return spread(present, np.array(solver.getSolution().col_value))


def spread(present: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the currents where they belong, 0 elsewhere."""
    current = np.zeros(present.shape)
    current[present] = values
    return current


def cost_of(problem: Problem, current: np.ndarray) -> float:
    """Return the objective."""
    demand = problem.demand
    pull = 0.5 * demand.stiffness_per_a * (current - demand.reference_a) ** 2 * (demand.high_a > 0.0)
    return float(
        (pull + (demand.cost_per_a - demand.worth_per_kwh[:, None] * demand.kwh_per_a) * current).sum()
    )


def measured(solve: Callable[[], np.ndarray], repeats: int) -> tuple[np.ndarray, list[float]]:
    """Return the currents and the CPU milliseconds of each repeat, after one that is not counted."""
    begin = time.process_time()
    current = solve()
    first_s = time.process_time() - begin
    if first_s > PATIENCE_S:
        return current, [first_s * 1e3]
    spent_ms = []
    for _ in range(repeats):
        begin = time.process_time()
        solve()
        spent_ms.append((time.process_time() - begin) * 1e3)
    return current, spent_ms


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--seeds", type=int, default=3, help="instances of each size up to 54 vehicles")
    parser.add_argument("--most", type=int, default=1000, help="leave out sizes above so many vehicles")
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    given = parser.parse_args()
    method.solved(instance(0, 2, GROWING, 30.0))  # compiles
    rows = []
    for vehicles, steps, cap_kw in (size for size in SIZES if size[0] <= given.most):
        for seed in range(given.seeds if vehicles <= 54 else 1):
            cones = instance(seed, vehicles, steps, cap_kw)
            lines = with_lines_only(cones)
            straight = without_pull(lines)
            asked = [("cones", cones, "own", None), ("cones", cones, "clarabel", conic.solved)]
            asked += [("lines", lines, "own", None)]
            asked += [("lines", lines, "piqp", by_piqp)] if find_spec("piqp") else []
            asked += [("lines, LP", straight, "own", None)]
            asked += [("lines, LP", straight, "highs", by_highs)] if find_spec("highspy") else []
            for kind, problem, name, other in asked:
                rows.append(row_of(kind, problem, name, other, given.repeats) | {"seed": seed})
                print(json.dumps({k: v for k, v in rows[-1].items() if k != "spent_ms"}), flush=True)
                keep(rows, given.date)


def keep(rows: list[dict[str, object]], date: str) -> None:
    """Write what was measured so far, so that a run that is stopped leaves its numbers."""
    present = {name: find_spec(name) is not None for name in ("clarabel", "piqp", "highspy")}
    kept = {"date": date, **commit(), "machine": machine(), "present": present, "rows": rows}
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept, indent=1) + "\n"
    (RESULTS / "horizon.json").write_text(text, encoding="utf-8")


def row_of(
    kind: str, problem: Problem, name: str, other: Callable[[Problem], object] | None, repeats: int
) -> dict[str, object]:
    """Return what one solver spent on one instance."""
    answers: list[object] = []

    def solve() -> np.ndarray:
        answer = other(problem) if other is not None else method.solved(problem)
        answers.append(answer)
        return answer if isinstance(answer, np.ndarray) else answer.current_a  # type: ignore[attr-defined]  # an Answer

    current, spent_ms = measured(solve, repeats)
    return {
        "kind": kind,
        "vehicles": current.shape[0],
        "steps": current.shape[1],
        "solver": name,
        "ms_median": round(statistics.median(spent_ms), 3),
        "rounds": getattr(answers[-1], "rounds", None),
        "is_exact": getattr(answers[-1], "is_exact", None),
        "cost": cost_of(problem, current),
        "spent_ms": [round(ms, 3) for ms in spent_ms],
    }


if __name__ == "__main__":
    main()
