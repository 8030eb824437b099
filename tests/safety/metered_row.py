"""A small true world for the sensing tests: outlets on one circuit, a building, a controller, and honest meters.

The truth moves every `step_s`: vehicles come, ramp, taper, pause and leave; the building wanders and jumps; a simple
controller keeps the total at the rating, which is what makes honest meters look suspicious. Meters sample the truth
at their own moments with 1 % noise and whole amperes. `distort` turns an honest circuit meter into a faulty one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from voltloom.safety.other_load import first_other_load, other_load
from voltloom.safety.plausibility import EvseInputs, EvseVerdicts, first_evse_watch, watch_evses
from voltloom.safety.row_watch import RowInputs, RowVerdicts, first_row_watch, watch_rows
from voltloom.safety.settings import SafetySettings
from voltloom.site.network import Bools, Floats

W_PER_A = 230.0
MAX_A = 32.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How the circuit and its meters are."""

    seed: int
    outlets: int = 8
    rating_a: float = 100.0
    building_a: float = 25.0
    jump_a: float = 15.0
    step_s: float = 10.0
    cycle_s: float = 30.0
    evse_sampling_s: float = 60.0
    row_sampling_s: float = 60.0
    noise_ratio: float = 0.01
    quantum_a: float = 1.0
    truncates: bool = False
    follows_meter: bool = True
    hours: float = 6.0
    distort: Callable[[float, float], float] = field(default=lambda _now_s, true_a: true_a)
    settings: SafetySettings = field(default_factory=SafetySettings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """One cycle: the truth, and what the rules made of the readings."""

    now_s: float
    true_a: Floats
    building_a: float
    total_a: float
    evses: EvseVerdicts
    rows: RowVerdicts
    other_a: float


class _Truth:
    """Vehicles and building while they move."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = np.random.default_rng(world.seed)
        count = world.outlets
        self.present: Bools = np.zeros(count, dtype=np.bool_)
        self.car_max_a = np.zeros(count)
        self.left_s = np.zeros(count)
        self.limit_a = np.zeros(count)
        self.current_a = np.zeros(count)
        self.energy_wh = self.rng.uniform(0.0, 1e6, count)
        self.building_a = world.building_a

    def step(self) -> None:
        world, rng = self.world, self.rng
        step_s, count = world.step_s, world.outlets
        arrives = ~self.present & (rng.random(count) < step_s / 1800.0)
        leaves = self.present & (rng.random(count) < step_s / 5400.0)
        self.present = (self.present | arrives) & ~leaves
        self.car_max_a[arrives] = rng.choice([10.0, 16.0, 20.0, 32.0], size=int(arrives.sum()))
        self.left_s[arrives] = rng.uniform(900.0, 7200.0, int(arrives.sum()))
        self.left_s -= step_s
        taper = np.clip(self.left_s / 900.0, 0.0, 1.0)
        wants_a = np.where(self.present, np.minimum(self.limit_a, self.car_max_a * taper), 0.0)
        wants_a[wants_a < 6.0] = 0.0
        follows = rng.random(count) < 0.8  # some take a step longer
        self.current_a = np.where(follows | (wants_a == 0.0), wants_a, self.current_a)
        self.energy_wh += self.current_a * W_PER_A * step_s / 3600.0
        pull_a = (world.building_a - self.building_a) * step_s / 1800.0
        self.building_a += pull_a + rng.normal(0.0, 0.15) * np.sqrt(step_s)
        if rng.random() < step_s / 1200.0:
            self.building_a += rng.uniform(-world.jump_a, world.jump_a)
        self.building_a = float(np.clip(self.building_a, 0.0, 2.5 * world.building_a))

    def sampled(self, value: Floats) -> Floats:
        noisy = value * (1.0 + self.world.noise_ratio * self.rng.uniform(-1.0, 1.0, value.shape))
        if not self.world.quantum_a:
            return noisy
        steps = noisy / self.world.quantum_a
        return (np.floor(steps) if self.world.truncates else np.round(steps)) * self.world.quantum_a

    def control(self, other_a: float) -> None:
        share_a = max(0.98 * self.world.rating_a - other_a, 0.0) / max(int(self.present.sum()), 1)
        share_a = float(np.clip(np.floor(share_a), 0.0, MAX_A))
        share_a = share_a if share_a >= 6.0 else 0.0
        goal_a = np.where(self.present, share_a, 0.0)
        self.limit_a = np.where(goal_a < self.limit_a, goal_a, np.minimum(goal_a, self.limit_a + 8.0))
        self.limit_a[(self.limit_a > 0.0) & (self.limit_a < 6.0)] = 6.0


def live(world: World) -> Iterator[Seen]:
    """Yield every cycle of a day."""
    truth, count = _Truth(world), world.outlets
    evse_phase_s = truth.rng.uniform(0.0, world.evse_sampling_s, count)
    current_a, energy_wh = np.zeros(count), np.full(count, np.nan)
    sampled_s, raised_s = np.full(count, -np.inf), np.full(count, -np.inf)
    meter_a, metered_s, tick = np.full(1, np.nan), np.full(1, -np.inf), 0
    evse_watch, row_watch = first_evse_watch(count), first_row_watch(1)
    planned_a = np.full(1, 2.5 * world.building_a)
    others, in_force_a, ones = first_other_load(planned_a, 0.0), np.zeros(count), np.ones(count)
    while (now_s := tick * world.step_s) < world.hours * 3600.0:
        tick += 1
        truth.step()
        total_a = float(truth.current_a.sum() + truth.building_a)
        due = (now_s - evse_phase_s) % world.evse_sampling_s < world.step_s
        current_a = np.where(due, truth.sampled(truth.current_a), current_a)
        energy_wh = np.where(due, np.floor(truth.energy_wh), energy_wh)
        sampled_s = np.where(due, now_s, sampled_s)
        if now_s % world.row_sampling_s < world.step_s:
            meter_a = truth.sampled(np.array([world.distort(now_s, total_a)]))
            metered_s = np.array([now_s])
        if now_s % world.cycle_s >= world.step_s:
            continue
        evse_watch, evses = watch_evses(
            evse_watch,
            EvseInputs(
                current_a=current_a, energy_wh=energy_wh, sampled_s=sampled_s, limit_a=in_force_a,
                max_a=MAX_A * ones, w_per_a_least=W_PER_A * ones, w_per_a_most=W_PER_A * ones,
                present=truth.present, discharges=ones < 0.0,
            ), now_s, world.settings,
        )  # fmt: skip
        believed_a = np.where(evses.usable, current_a, 0.0)
        in_flight_a = np.where(raised_s >= sampled_s, np.maximum(truth.limit_a - believed_a, 0.0), 0.0)
        inputs = RowInputs(
            current_a=meter_a, sampled_s=metered_s, contribution_a=believed_a.sum(keepdims=True),
            timely_a=believed_a.sum(keepdims=True), is_timely=np.ones(1) > 0.0,
            uncommanded_a=evses.uncommanded_a.sum(keepdims=True), in_flight_a=in_flight_a.sum(keepdims=True),
            planned_other_a=planned_a, rating_a=np.full(1, world.rating_a), feeds_most_a=np.zeros(1), least_other_a=np.zeros(1),
        )  # fmt: skip
        row_watch, rows = watch_rows(row_watch, inputs, now_s, world.settings)
        others, other_a = other_load(others, inputs, rows.usable, now_s)
        yield Seen(
            now_s=now_s, true_a=truth.current_a, building_a=truth.building_a, total_a=total_a, evses=evses,
            rows=rows, other_a=float(other_a[0]),
        )  # fmt: skip
        before_a = truth.limit_a
        truth.control(float(other_a[0]) if world.follows_meter else float(planned_a[0]))
        raised_s = np.where(truth.limit_a > before_a, now_s, raised_s)
        in_force_a = truth.limit_a
