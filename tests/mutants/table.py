"""The planted faults: one line each, and the quickest tests that must notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HORIZON = "tests/allocation/adaptive/horizon"
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A fault in one module under src/.

    old, new: the text that is replaced, which stands there exactly once. tests: files or node ids of which one must
    fail. seeds: stress seeds of which one must break ("FIRST..END"); "" for none. is_slow: compiles kernels anew.
    """

    name: str
    module: str
    old: str
    new: str
    tests: tuple[str, ...] = ()
    seeds: str = ""
    is_slow: bool = False


def source_of(mutant: Mutant) -> Path:
    """Return the file of the module."""
    return ROOT / "src" / Path(*mutant.module.split(".")).with_suffix(".py")


MUTANTS = (
    Mutant(
        name="a fall waits for the dwell as a rise does",
        module="voltloom.controller.limiting.kernels",
        old="if not wanted_a[evse] > before + 1e-9:",
        new="if not abs(wanted_a[evse] - before) > 1e-9:",
        tests=("tests/controller/test_smoothing.py",),
        is_slow=True,
    ),
    Mutant(
        name="a rise does not wait after a fall",
        module="voltloom.controller.limiting.kernels",
        old="now_s - fell_s[evse] < dwell_s:",
        new="now_s - fell_s[evse] < 0.0:",
        tests=("tests/controller/test_smoothing.py",),
        is_slow=True,
    ),
    Mutant(
        name="silence begins much later",
        module="voltloom.safety.freshness",
        old="    return ~(age_s < settings.silent_s)",
        new="    return ~(age_s < 10.0 * settings.silent_s)",
        tests=("tests/safety/test_freshness.py",),
    ),
    Mutant(
        name="a clock in the future is believed",
        module="voltloom.safety.freshness",
        old="(lag_s >= 0.0) & ",
        new="",
        tests=("tests/safety/test_freshness.py",),
    ),
    Mutant(
        name="an ageing meter keeps its margin",
        module="voltloom.safety.freshness",
        old="progress_ratio * (widest_ratio - settings.margin_ratio)",
        new="0.0 * progress_ratio",
        tests=("tests/controller/test_staleness.py",),
    ),
    Mutant(
        name="nobody keeps a turn",
        module="voltloom.allocation.sharing",
        old="standing = np.where(held, 0, ",
        new="standing = np.where(held, 2, ",
        tests=("tests/allocation/test_sharing.py",),
    ),
    Mutant(
        name="whoever waits long waits longer",
        module="voltloom.allocation.sharing",
        old="waited = np.where(overdue, -snapshot.idle_s, 0.0)",
        new="waited = np.where(overdue, snapshot.idle_s, 0.0)",
        tests=("tests/allocation/test_sharing.py",),
    ),
    Mutant(
        name="who is being served has no head start",
        module="voltloom.allocation.adaptive.rules",
        old="laxity = laxity_s(snapshot) - HOLD_S * served",
        new="laxity = laxity_s(snapshot)",
        tests=("tests/allocation/test_adaptive.py",),
    ),
    Mutant(
        name="a vehicle that suspended itself shares like the others",
        module="voltloom.allocation.parallel",
        old="sharing = who.let_in & (~todo.courtesy | who.held | who.overdue)",
        new="sharing = who.let_in",
        tests=("tests/allocation/test_parallel.py",),
    ),
    Mutant(
        name="who seems full is never asked again",
        module="voltloom.allocation.sharing",
        old="again_s = rules.wait_limit_s if rules.wait_limit_s > 0.0 else np.inf",
        new="again_s = np.inf",
        tests=("tests/allocation/test_parallel.py",),
    ),
    Mutant(
        name="the odd ampere wanders",
        module="voltloom.allocation.parallel",
        old="np.lexsort((~keeps[members], ",
        new="np.lexsort((keeps[members], ",
        tests=("tests/allocation/test_parallel.py",),
    ),
    Mutant(
        name="a bound rises without a draw that proves it",
        module="voltloom.controller.kernels",
        old=" and result[evse] <= limit_a[evse] + step_a:",
        new=" and result[evse] < np.inf:",
        tests=("tests/controller/test_reclaim.py",),
        is_slow=True,
    ),
    Mutant(
        name="trust returns at once",
        module="voltloom.controller.fallback",
        old="now_s - well_since_s < settings.recover_s",
        new="now_s - well_since_s < 0.0",
        tests=("tests/controller/test_fallback.py",),
    ),
    Mutant(
        name="the floor is as high as the vehicles want",
        module="voltloom.controller.cycle",
        old="np.minimum(snapshot.network.offline_a, sessions.max_a)",
        new="np.maximum(snapshot.network.offline_a, sessions.max_a)",
        tests=("tests/controller/test_staleness.py",),
    ),
    Mutant(
        name="only the last limit may be in force",
        module="voltloom.controller.leases.kernels",
        old="max(earlier_a[evse], limit_a[evse])",
        new="limit_a[evse]",
        tests=("tests/controller/leases/test_grants.py",),
        is_slow=True,
    ),
    Mutant(
        name="a lease counts as soon as it is sent",
        module="voltloom.controller.leases.grants",
        old="        sure_until_s=grants.sure_until_s,\n        followed",
        new="        sure_until_s=lease_until_s,\n        followed",
        tests=("tests/controller/leases/test_grants.py",),
        seeds="175",
    ),
    Mutant(
        name="a silent station draws nothing",
        module="voltloom.controller.kernels",
        old="(ceiling_a[evse] if is_adrift else 0.0)",
        new="(0.0 if is_adrift else 0.0)",
        tests=("tests/controller/test_listening.py",),
        is_slow=True,
    ),
    Mutant(
        name="a vehicle that disobeys is forgiven at once",
        module="voltloom.safety.plausibility",
        old="inputs.sampled_s - obeyed_since_s >= settings.recover_s",
        new="inputs.sampled_s - obeyed_since_s >= 0.0",
        tests=(
            "tests/safety/test_plausibility.py::test_a_disobedient_vehicle_is_forgiven_only_after_it_followed_a_lower_limit_for_a_while",
        ),
    ),
    Mutant(
        name="a meter the wrong way round is believed",
        module="voltloom.safety.row_watch",
        old="inputs.feeds_most_a] = Verdict.SIGN_FLIPPED",
        new="inputs.feeds_most_a] = Verdict.GOOD",
        tests=("tests/safety/test_row_watch.py::test_a_clamp_mounted_backwards_is_found_at_once",),
    ),
    Mutant(
        name="a battery's discharge makes room for cars",
        module="voltloom.controller.storage.beside",
        old="most_a = most_a + found.fed_a @ storage.row_shares",
        new="most_a = most_a + 0.0",
        tests=(
            "tests/simulation/test_storage.py::test_cars_get_no_room_from_a_battery_that_discharges_so_one_that_trips_opens_nothing",
        ),
    ),
    Mutant(
        name="cars rise into what a battery may still charge with",
        module="voltloom.controller.storage.beside",
        old="without(grid, storage, plan.most_a)), proposals)",
        new="grid), proposals)",
        tests=(
            "tests/simulation/test_storage.py::test_a_battery_that_stays_at_its_old_power_is_reserved_at_what_it_takes",
        ),
    ),
    Mutant(
        name="a battery charges before cars",
        module="voltloom.controller.storage.steering",
        old="if power_w[battery] > most_w:",
        new="if power_w[battery] < 0.0:",
        tests=(
            "tests/simulation/test_storage.py::test_a_battery_yields_to_a_car_that_comes_and_the_fuse_holds_all_the_while",
        ),
    ),
    Mutant(
        name="PV makes room for cars",
        module="voltloom.safety.feed_in",
        old="np.minimum(np.maximum(planned_other_a, other_a), other_a + most_a)",
        new="other_a",
        tests=("tests/safety/test_feed_in.py",),
    ),
    Mutant(
        name="a dead meter's building draws nothing",
        module="voltloom.safety.other_load",
        old="np.maximum(meter_a - below_most_a, inputs.least_other_a), inputs.planned_other_a",
        new="np.maximum(meter_a - below_most_a, inputs.least_other_a), 0.0",
        tests=("tests/safety/test_other_load.py",),
    ),
    Mutant(
        name="sequential serves two",
        module="voltloom.allocation.sequential",
        old="        return queue[:1]\n",
        new="        return queue[:2]\n",
        tests=("tests/allocation/test_sequential.py",),
    ),
    Mutant(
        name="an overtaken reading is taken for the newest",
        module="voltloom.controller.listening",
        old="    newer = sampled_s >= readings.row_sampled_s[event.rows]\n",
        new="    newer = sampled_s >= -np.inf\n",
        tests=("tests/controller/test_listening.py",),
    ),
    Mutant(
        name="a vehicle at fault may go on",
        module="voltloom.session.state",
        old="    _T.FAULTED: _S.FAULT,\n",
        new="    _T.FAULTED: _S.QUEUED,\n",
        tests=("tests/session/test_state.py",),
    ),
    Mutant(
        name="a station forgets that a lease ends",
        module="voltloom.simulation.station",
        old="(stations.lease_until_s <= now_s) & ~self.disobeys",
        new="(stations.lease_until_s <= now_s) & self.disobeys",
        tests=("tests/simulation/test_station.py",),
    ),
    Mutant(
        name="the link hands a message over before its time",
        module="voltloom.simulation.link",
        old="    def _push(self, due_s: float, message: Message) -> None:\n",
        new="    def _push(self, due_s: float, message: Message) -> None:\n        due_s -= 30.0\n",
        tests=("tests/simulation/test_link.py",),
    ),
    Mutant(
        name="the envelope bears five amperes more",
        module="voltloom.safety.kernels",
        old="        if load <= rating_a[row] + TOLERANCE_A:\n",
        new="        if load <= rating_a[row] + 5.0:\n",
        tests=("tests/safety/test_envelope.py",),
        is_slow=True,
    ),
    Mutant(
        name="an earlier limit is forgotten while its lease lasts",
        module="voltloom.controller.leases.kernels",
        old="if not followed[evse] and now_s < earlier_until_s[evse]:",
        new="if followed[evse] and now_s < earlier_until_s[evse]:",
        tests=("tests/controller/leases/test_grants.py",),
        is_slow=True,
    ),
    Mutant(
        name="equal shares stop at the first full fuse",
        module="voltloom.allocation.kernels",
        old="                    if reach < span:\n                        span, full_row = reach, row\n",
        new="                    if reach < span:\n                        span, full_row = 0.9 * reach, row\n",
        tests=("tests/allocation/test_kernels.py",),
        is_slow=True,
    ),
    Mutant(
        name="lowering is rationed as rises are",
        module="voltloom.live.actuator.rationing",
        old=" or limit_a < held.limit_a - LIMIT_NOISE_A:",
        new=" or limit_a < -1.0:",
        tests=("tests/live/actuator/test_rationing.py",),
    ),
    Mutant(
        name="a profile whose answer is missing is taken as not there",
        module="voltloom.live.actuator.holding",
        old="            if found is None or found.until_s <= now_s:",
        new="            if found is None or found.is_doubtful or found.until_s <= now_s:",
        tests=("tests/live/actuator/test_actuator.py",),
    ),
    Mutant(
        name="a missing answer counts as an acceptance",
        module="voltloom.live.actuator.writing",
        old="        return Word.REFUSED if is_no else Word.NONE",
        new="        return Word.REFUSED if is_no else Word.ACCEPTED",
        tests=(
            "tests/live/test_limits.py::test_a_lost_answer_is_not_believed_and_the_limit_is_written_again",
        ),
    ),
    Mutant(
        name="what is held is told to last as long as it was ordered",
        module="voltloom.live.actuator.writer",
        old="        until_s = min(hold.until_s, limit.lease_until_s)",
        new="        until_s = limit.lease_until_s",
        tests=("tests/live/actuator/test_actuator.py",),
    ),
    Mutant(
        name="a limit from outside is told and not kept",
        module="voltloom.controller.cycle",
        old="bases_of(plant.network, safety, binding.rating_a)",
        new="bases",
        tests=("tests/controller/test_outside.py",),
    ),
    Mutant(
        name="the newest limit from outside counts, not the tightest",
        module="voltloom.controller.outside",
        old="kept_a[rows] = np.minimum(kept_a[rows], each.rating_a)",
        new="kept_a[rows] = each.rating_a",
        tests=("tests/controller/test_outside.py",),
    ),
    Mutant(
        name="a limit from outside never ends",
        module="voltloom.controller.outside",
        old="if now_s < each.limit.until_s)",
        new="if now_s > -each.limit.until_s)",
        tests=("tests/controller/test_outside.py",),
    ),
    Mutant(
        name="a plan knows no fuses",
        module="voltloom.allocation.adaptive.horizon.building",
        old="rating = np.maximum(grid.rating_a - fixed_a, 0.0)",
        new="rating = np.maximum(grid.rating_a - fixed_a, 0.0) + 1e6",
        tests=(f"{HORIZON}/test_building.py", f"{HORIZON}/test_any_site.py"),
    ),
    Mutant(
        name="a plan is given more than what was asked for",
        module="voltloom.allocation.adaptive.horizon.building",
        old="        need_kwh=need,",
        new="        need_kwh=2.0 * need,",
        tests=(f"{HORIZON}/test_building.py", f"{HORIZON}/test_any_site.py"),
    ),
    Mutant(
        name="who leaves in the middle of a step has all of it",
        module="voltloom.allocation.adaptive.horizon.building",
        old="np.clip((stay[:, None] - begin) / length, 0.0, 1.0)",
        new="np.ceil(np.clip((stay[:, None] - begin) / length, 0.0, 1.0))",
        tests=(f"{HORIZON}/test_building.py",),
    ),
    Mutant(
        name="a panic of a solver ends the cycle",
        module="voltloom.allocation.adaptive.horizon.checking",
        old=" or type(wrong).__name__ == PANIC:",
        new=":",
        tests=(f"{HORIZON}/test_failures.py",),
    ),
    Mutant(
        name="a solver's word is taken for more than was asked for",
        module="voltloom.allocation.adaptive.horizon.checking",
        old="    if (given > demand.need_kwh",
        new="    if (given > 1e9 + demand.need_kwh",
        tests=(f"{HORIZON}/test_failures.py",),
    ),
    Mutant(
        name="a plan that cannot be renewed is followed for ever",
        module="voltloom.allocation.adaptive.horizon.planner",
        old="min(last.made_s + OUTLIVES_S, last.edge_s[-1])",
        new="last.edge_s[-1]",
        tests=(f"{HORIZON}/test_failures.py",),
    ),
    Mutant(
        name="a plan outlives a new departure",
        module="voltloom.allocation.adaptive.horizon.planner",
        old="if not np.array_equal(plan.departure_s, sessions.departure_s[who]):",
        new="if plan.departure_s.size != who.size:",
        tests=(f"{HORIZON}/test_memory.py",),
    ),
    Mutant(
        name="each group is handed the first one's plan",
        module="voltloom.allocation.groups",
        old="remembered._replace(plan=own_before.plan, ",
        new="remembered._replace(plan=earlier[0].plan, ",
        tests=(f"{HORIZON}/test_groups.py",),
    ),
    Mutant(
        name="guaranteed energy is no more than any other",
        module="voltloom.allocation.adaptive.horizon.standing",
        old="tier + span * ~is_guaranteed",
        new="tier",
        tests=(f"{HORIZON}/test_standing.py",),
    ),
    Mutant(
        name="limits follow every breath of a plan",
        module="voltloom.allocation.adaptive.horizon.rounding",
        old="    if rules.dwell_s <= 0.0:",
        new="    if rules.dwell_s <= 1e9:",
        tests=("tests/simulation/test_flat_night.py",),
    ),
)
