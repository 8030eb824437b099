"""What must never happen in a run, one worry for each checker; the first breach ends the run and says how to repeat it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voltloom.controller.settings import ControlSettings
from voltloom.decision.reason import Cause
from voltloom.simulation.discharge_checkers import DriversAreAsked, ExportIsBorne
from voltloom.simulation.kernels import sent_otherwise, without_reason, wrong_register
from voltloom.simulation.moment import TOLERANCE_A, Checker, Moment
from voltloom.simulation.outside_limits import limits_at
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.service_checkers import NobodyStarves, NoReversalWithinDwell, SequentialServesOne
from voltloom.simulation.storage_checkers import BatteriesKeepTheirBounds, FeedInMayVanish
from voltloom.simulation.tick.columns import OPENED, PILOTS, REASONS, RECORDS, REFUSED, SETPOINTS
from voltloom.site.network import Bools, Floats, Network
from voltloom.site.storage import storage_of

ENERGY_TOLERANCE_WH = 1e-3
TRICKLE_A = 0.5  # less than this, from a station that ignores its limit, looks like nothing to every meter


class BreakersHold:
    """No row is ever beyond its trip curve."""

    name, sign, is_watching = "breaker", OPENED, False

    def look(self, moment: Moment) -> str:
        """Return which breaker opened."""
        row = moment.opened_row
        if row < 0:
            return ""
        network, load_a = moment.world.network, moment.world.load_a[row]
        return f"{network.row_ids[row]} opened: {load_a:.1f} A on {network.grid.rating_a[row]:.1f} A"


class SetpointsFit:
    """What is decided never exceeds a rating; what stations hold does not for longer than lowering takes."""

    name, sign, is_watching = "setpoints", SETPOINTS, False

    def __init__(self, settings: ControlSettings, *, grace_s: float) -> None:
        self._settings = settings
        self._grace_s = grace_s
        self._since_s: Floats | None = None

    def look(self, moment: Moment) -> str:
        """Return which row has been promised more than it bears."""
        world, worst = moment.world, self._settings.safety.worst_draw
        if moment.decision is not None:
            # Before its token is accepted a contactor is open, and the controller may not know yet who is there.
            may_draw = world.vehicles.is_there & world.stations.columns.is_authorised
            decided_a = np.where(may_draw, np.maximum(moment.decision.after_a, 0.0), 0.0)
            if world.fullness_under(decided_a, worst_draw=worst) > 1.0 + TOLERANCE_A:
                load_a = world.load_under(decided_a, worst_draw=worst)
                return _fullest(world.network, load_a, "the decided limits add up to")
        what = self._held(moment) if moment.is_calm else self._well()
        self.is_watching = self._since_s is not None
        return what

    def _well(self) -> str:
        self._since_s = None
        return ""

    def _held(self, moment: Moment) -> str:
        world, worst = moment.world, self._settings.safety.worst_draw
        stations = world.stations.columns
        held_a = np.where(stations.is_authorised & world.vehicles.is_there, stations.held_a, 0.0)
        held_a = np.maximum(held_a, 0.0)  # what is fed back makes no room for what others draw
        other_a = world.other_a if self._settings.safety.follows_meters else None
        if world.fullness_under(held_a, worst_draw=worst, other_a=other_a) <= 1.0 + TOLERANCE_A:
            return self._well()
        load_a = world.load_under(held_a, worst_draw=worst, other_a=other_a)
        can_fall = (held_a > world.network.offline_a + TOLERANCE_A) & ~world.vehicles.is_fixed
        over = load_a > world.network.grid.rating_a * (1.0 + TOLERANCE_A)
        over &= world.load_under(np.where(can_fall, held_a, 0.0), worst_draw=worst) > 0.5
        since_s = np.full(over.size, np.inf) if self._since_s is None else self._since_s
        self._since_s = np.where(over, np.minimum(since_s, moment.now_s), np.inf)
        late = moment.now_s - self._since_s > self._grace_s
        if not late.any():
            return ""
        return _fullest(
            world.network, np.where(late, load_a, 0.0), "the limits held, with other load, add up to"
        )


class OutsideLimitsHold:
    """No circuit carries more than somebody outside allows, once lowering has had its time, as long as cars can be lowered."""

    name, sign, is_watching = "outside", 0, True

    def __init__(self, scenario: Scenario, *, grace_s: float) -> None:
        self._scenario, self._grace_s = scenario, grace_s
        self._since_s: Floats = np.full(len(scenario.network.row_ids), np.inf)

    def look(self, moment: Moment) -> str:
        """Return which row carries more."""
        world, most_a = moment.world, limits_at(self._scenario, moment.now_s)
        over = world.load_a > most_a * (1.0 + TOLERANCE_A) + TOLERANCE_A
        if not (moment.is_calm and over.any()):
            self._since_s[:] = np.inf
            return ""
        current_a = world.stations.columns.current_a
        can_fall = (current_a > world.network.offline_a + TOLERANCE_A) & ~world.vehicles.is_fixed
        over &= world.load_under(np.where(can_fall, current_a, 0.0), worst_draw=False) > TRICKLE_A
        self._since_s = np.where(over, np.minimum(self._since_s, moment.now_s), np.inf)
        late = moment.now_s - self._since_s > self._grace_s
        if not late.any():
            return ""
        row = int(np.flatnonzero(late)[0])
        return (
            f"{world.network.row_ids[row]} carries {world.load_a[row]:.2f} A, limited to {most_a[row]:.2f} A"
        )


class RecordsAddUp:
    """Energy is neither invented nor lost between battery, meter and session record; a register never falls."""

    name, sign, is_watching = "records", RECORDS, False

    def __init__(self, network: Network) -> None:
        self._network = network
        self._is_wrong: Bools = np.zeros(len(network.evse_ids), dtype=np.bool_)
        self._taken_wh: dict[str, float] = {}
        self._has_suffered = False

    def look(self, moment: Moment) -> str:
        """Return which energy does not add up."""
        stations, vehicles = moment.world.stations.columns, moment.world.vehicles
        fell, exceeded = wrong_register(
            stations.register_wh, moment.register_wh, vehicles.left_wh, ENERGY_TOLERANCE_WH
        )
        if fell >= 0:
            return f"the register of {self._network.evse_ids[fell]} fell"
        if exceeded >= 0:
            return f"{self._network.evse_ids[exceeded]} took more than it wants"
        if not moment.is_calm:
            self._is_wrong |= stations.gain_ratio != 1.0
        self._has_suffered |= not moment.is_calm
        for left in moment.departed:
            self._taken_wh[left.session_id] = left.taken_wh
            if not self._is_wrong[left.evse] and abs(left.counted_wh - left.taken_wh) > ENERGY_TOLERANCE_WH:
                return (
                    f"{left.session_id}: the meter counted {left.counted_wh:.3f} Wh, "
                    f"the battery took {left.taken_wh:.3f} Wh"
                )
        for record in moment.records:
            recorded_wh = (record.energy_tenth_wh - record.exported_tenth_wh) / 10.0
            known_wh = self._taken_wh.pop(record.session_id, recorded_wh)
            if not self._has_suffered and abs(recorded_wh - known_wh) > 1.0:
                return f"{record.session_id}: recorded {recorded_wh:.1f} Wh, delivered {known_wh:.1f} Wh"
        return ""


class OnlyOfferedPilots:
    """No limit lies between zero and the minimum, above the maximum, or beside the currents an outlet can offer."""

    name, sign, is_watching = "pilots", PILOTS, False

    def __init__(self, network: Network) -> None:
        self._network = network
        self._is_stepped: Bools = np.diff(network.pilot_start) > 0

    def look(self, moment: Moment) -> str:
        """Return which limit no station can offer."""
        network = self._network
        for command in moment.limits:
            limit_a, evses = command.limit_a, command.evses
            wrong = (limit_a < network.min_a[evses] - TOLERANCE_A) & (limit_a > 0.0)
            wrong |= limit_a < -network.discharge_a[evses] - TOLERANCE_A
            wrong |= (limit_a > network.max_a[evses] + TOLERANCE_A) | ~np.isfinite(limit_a)
            if wrong.any():
                at = int(np.flatnonzero(wrong)[0])
                return f"{network.evse_ids[evses[at]]} was told {limit_a[at]:.3f} A"
            for stepped in np.flatnonzero(self._is_stepped[evses] & (limit_a > 0.0)):
                at, evse = int(stepped), int(evses[stepped])
                pilots = network.pilots_a[network.pilot_start[evse] : network.pilot_start[evse + 1]]
                if np.abs(pilots - limit_a[at]).min() > TOLERANCE_A:
                    return f"{network.evse_ids[evse]} cannot offer {limit_a[at]:.3f} A"
        return ""


class EveryChangeHasAReason:
    """A limit that changes is sent, and says why; nothing is sent that was not decided."""

    name, sign, is_watching = "reasons", REASONS, False

    def __init__(self) -> None:
        self._greatest = int(max(Cause))

    def look(self, moment: Moment) -> str:
        """Return which change has no reason."""
        decision = moment.decision
        if decision is None:
            return ""
        before_a, after_a = decision.before_a, decision.after_a
        there = moment.world.vehicles.is_there
        mute = without_reason(before_a, after_a, decision.sent, decision.cause, there, self._greatest)
        if mute >= 0:
            return f"{decision.network.evse_ids[mute]} changed without a reason"
        told_a = np.full(after_a.size, np.nan)
        for command in moment.limits:
            told_a[command.evses] = command.limit_a
        otherwise = sent_otherwise(before_a, after_a, decision.sent, told_a, TOLERANCE_A)
        if otherwise >= 0:
            return f"{decision.network.evse_ids[otherwise]}: what was sent is not what was decided"
        return ""


class NothingForTheRefused:
    """A refused vehicle, and an outlet that reported a fault, gets nothing while there is somebody to see to it."""

    name, sign, is_watching = "refused", REFUSED, False

    def __init__(self, *, grace_s: float) -> None:
        self._grace_s = grace_s
        self._since_s: Floats | None = None

    def look(self, moment: Moment) -> str:
        """Return who gets power that must not."""
        barred = moment.is_refused | moment.is_faulty
        self.is_watching = moment.is_led and bool(barred.any())
        if not self.is_watching:
            self._since_s = None
            return ""
        gets = np.abs(moment.world.stations.columns.current_a) > TRICKLE_A
        if moment.decision is not None:
            gets = gets | (moment.decision.after_a != 0.0)
        served = barred & gets & moment.world.is_reachable & moment.world.vehicles.is_there
        since_s = np.full(served.size, np.inf) if self._since_s is None else self._since_s
        self._since_s = np.where(served, np.minimum(since_s, moment.now_s), np.inf)
        late = moment.now_s - self._since_s > self._grace_s
        if not late.any():
            return ""
        name = moment.world.network.evse_ids[int(np.flatnonzero(late)[0])]
        return f"{name} is served although it was refused or is faulty"


def checkers_for(scenario: Scenario, architecture: str, under: Bools, delay_s: float) -> list[Checker]:
    """Return every checker that has a say under these settings. delay_s: the longest that a message may take."""
    network, settings = scenario.network, scenario.control
    safety, smoothing = settings.safety, settings.smoothing
    lowering_s = (
        3 * settings.period_s + 2 * delay_s + (safety.confirm_s if safety.reserves_in_flight else 0.0)
    )
    found: list[Checker] = [
        BreakersHold(),
        SetpointsFit(settings, grace_s=lowering_s),
        RecordsAddUp(network),
        OnlyOfferedPilots(network),
        EveryChangeHasAReason(),
        NothingForTheRefused(grace_s=2 * settings.period_s + 2 * delay_s),
    ]
    if network.feeds_from_vehicles:
        found += [DriversAreAsked(scenario.visits), ExportIsBorne(network)]
    if scenario.site.pvs or scenario.site.batteries or network.feeds_from_vehicles:
        found.append(FeedInMayVanish(network, settings, grace_s=lowering_s))
    storage = storage_of(scenario.site, network)
    if storage is not None and storage.ids:
        found.append(BatteriesKeepTheirBounds(storage))
    if scenario.outside_limits:
        found.append(OutsideLimitsHold(scenario, grace_s=lowering_s))
    if architecture == "sequential" and not settings.group_architecture:
        found.append(SequentialServesOne(grace_s=lowering_s))
    if smoothing.wait_limit_s > 0.0 and architecture.startswith(("parallel", "adaptive")):
        found.append(NobodyStarves(scenario, under))
    if smoothing.dwell_s > 0.0:
        found.append(NoReversalWithinDwell(network, smoothing.dwell_s))
    return found


def first_breach(checkers: Sequence[Checker], moment: Moment, signs: int) -> tuple[str, str]:
    """Return the first discontented checker's name and what it saw; ("", "") when all are content.

    Those look that one of the step's signs is for, and those that watch.
    """
    for checker in checkers:
        if checker.is_watching or checker.sign & signs:
            what = checker.look(moment)
            if what:
                return checker.name, what
    return "", ""


def _fullest(network: Network, load_a: Floats, words: str) -> str:
    row = int(np.argmax(load_a / network.grid.rating_a))
    return f"{network.row_ids[row]}: {words} {load_a[row]:.2f} A on {network.grid.rating_a[row]:.2f} A"
