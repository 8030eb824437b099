"""Limits from outside: kept like a rating while they last, named as the cause, gone with their end."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.controller.desk import Desk, desk_for
from tests.places import L1, L2, L3, row_of, site_of
from voltloom.controller.settings import ControlSettings
from voltloom.decision.explain import Around, driver_sentence, operator_record
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.session.events import OutsideLimitSet, OutsideLimitWithdrawn
from voltloom.site.kernels import loads
from voltloom.site.network import Floats
from voltloom.site.outside import LimitKind, LimitSource, OutsideLimit, OutsideLimitError
from voltloom.site.topology import Cabinet, Circuit, Evse, PhasorLimit, Site, Wiring

GRID = LimitSource.GRID_OPERATOR
SIX_PM_S = 17 * 3600.0  # 18:00 in Amsterdam on 1 January 1970
HOUR_S = 3600.0


def limit(limit_a: float | None = 40.0, until_s: float = SIX_PM_S, **changes: object) -> OutsideLimit:
    base = OutsideLimit(source=GRID, limit_id="evening", limit_a=limit_a, until_s=until_s)
    return replace(base, **changes)  # type: ignore[arg-type]  # the caller names fields of a limit


def told(desk: Desk, now_s: float, one: OutsideLimit) -> None:
    desk.hear(OutsideLimitSet(time_s=now_s, limit=one))


def settled(desk: Desk, from_s: float, until_s: float, step_s: float = 60.0) -> Decision:
    """Return the last decision of cycles that let everybody rise as far as they may."""
    decision = desk.cycle(from_s)
    for step in range(1, int((until_s - from_s) / step_s) + 1):
        decision = desk.cycle(from_s + step * step_s)
    return decision


def busy(*, rating_a: float = 100.0, count: int = 4, **options: object) -> Desk:
    """Return a row of outlets whose cars have risen to all that the fuse bears, at 1200 s."""
    desk = desk_for(row_of(count, rating_a=rating_a), **options)  # type: ignore[arg-type]  # passed on
    settled(desk, 400.0, 1200.0)
    return desk


def test_a_limit_below_what_cars_draw_lowers_them_in_the_next_cycle_and_is_named() -> None:
    desk = busy()
    before_a = desk.limit_a.sum()

    told(desk, 1210.0, limit(40.0))
    decision = desk.cycle(1220.0)

    assert before_a > 90.0
    assert 30.0 < desk.limit_a.sum() <= 40.0
    reason = decision.reason(0)
    assert (reason.cause, reason.binding_row[:5]) == (Cause.LIMIT_REACHED, "grid/")
    around = Around(time_zone="Europe/Amsterdam", now_s=1220.0)
    assert driver_sentence(reason, around) == (
        "Slower now: the grid operator limits the site to 40 A until 18:00."
    )
    record = operator_record(reason, "a1", 1220.0, "Europe/Amsterdam")
    assert record["imposed"] == {
        "source": "grid_operator",
        "id": "evening",
        "kind": "limit",
        "sentence": "The grid operator limits the site to 40 A until 18:00.",
    }
    assert (record["cause"], record["causer"]) == ("limit_reached", "grid")


def test_a_limit_under_everybodys_minimum_pauses_all_and_they_go_on_after_its_end() -> None:
    desk = busy()
    told(desk, 1210.0, limit(5.0, until_s=3000.0))

    paused = desk.cycle(1220.0)
    still = settled(desk, 1280.0, 2980.0)
    settled(desk, 3010.0, 5000.0)

    assert paused.after_a.tolist() == still.after_a.tolist() == [0.0] * 4
    assert {paused.reason(evse).cause for evse in range(4)} == {Cause.LIMIT_REACHED}
    assert driver_sentence(paused.reason(1), Around(time_zone="Europe/Amsterdam")).startswith(
        "Paused: the grid"
    )
    assert desk.limit_a.sum() > 90.0
    assert desk.memory.outside == ()


def test_with_room_for_one_minimum_cars_take_turns_under_a_limit() -> None:
    desk = busy()
    told(desk, 1210.0, limit(8.0))
    served: set[int] = set()

    for step in range(120):
        decision = desk.cycle(1220.0 + 60.0 * step)
        drawing = np.flatnonzero(decision.after_a > 0.0)
        assert drawing.size <= 1
        served |= set(drawing.tolist())

    assert served == {0, 1, 2, 3}


def test_the_tightest_limit_counts_and_none_lifts_a_rating() -> None:
    desk = busy(rating_a=60.0)
    told(desk, 1210.0, limit(500.0, limit_id="far above the fuse"))
    above = settled(desk, 1220.0, 1500.0)
    for one in (limit(50.0, limit_id="a"), limit(30.0, limit_id="b", source=LimitSource.ENERGY_MANAGEMENT)):
        told(desk, 1510.0, one)
    decision = settled(desk, 1520.0, 1700.0)

    assert above.row_rating_a.max() <= 60.0
    assert {above.reason(evse).cause for evse in range(4)} == {Cause.SHARED}
    assert desk.limit_a.sum() <= 30.0
    sentence = driver_sentence(decision.reason(0), Around(time_zone="Europe/Amsterdam"))
    assert "the site's energy management limits the site to 30 A until 18:00" in sentence


def test_a_limit_is_replaced_by_its_id_and_withdrawn_by_its_source_alone() -> None:
    desk = busy()
    told(desk, 1210.0, limit(20.0))
    told(desk, 1211.0, limit(50.0))
    desk.hear(OutsideLimitWithdrawn(time_s=1212.0, source=LimitSource.OPERATOR, limit_id="evening"))
    replaced_a = settled(desk, 1220.0, 2400.0).after_a.sum()
    desk.hear(OutsideLimitWithdrawn(time_s=2410.0, source=GRID, limit_id="evening"))
    settled(desk, 2460.0, 3600.0)

    assert 40.0 < replaced_a <= 50.0
    assert desk.limit_a.sum() > 90.0


def test_a_limit_that_is_to_come_is_kept_when_it_begins_and_not_long_before() -> None:
    desk = busy(settings=ControlSettings(period_s=60.0))
    told(desk, 1210.0, limit(40.0, from_s=1800.0))

    early_a = settled(desk, 1220.0, 1700.0).after_a.sum()
    last_a = desk.cycle(1760.0).after_a.sum()

    assert early_a > 90.0
    assert last_a <= 40.0


def test_a_power_is_an_equal_part_on_each_phase_of_its_circuit() -> None:
    desk = busy()
    told(desk, 1210.0, limit(None, power_w=3 * 230.0 * 40.0))

    decision = desk.cycle(1220.0)

    assert 30.0 < desk.limit_a.sum() <= 40.0
    words = driver_sentence(decision.reason(0), Around(time_zone="Europe/Amsterdam", now_s=-HOUR_S * 30))
    assert words == "Slower now: the grid operator limits the site to 27.6 kW until 18:00 on 1 January 1970."


def test_a_limit_on_a_circuit_leaves_its_neighbours_alone() -> None:
    desk = desk_for(two_rows())
    settled(desk, 400.0, 1200.0)
    told(desk, 1210.0, limit(10.0, circuit_id="north"))

    decision = settled(desk, 1220.0, 1500.0)

    assert decision.after_a[:2].sum() <= 10.0
    assert decision.after_a[2:].sum() > 30.0
    assert "limits north to 10 A" in driver_sentence(decision.reason(0), Around(time_zone="UTC"))


def test_what_the_building_draws_counts_under_a_limit() -> None:
    circuit = Circuit(circuit_id="grid", parent_id="", rating_a=100.0, other_load_a=15.0)
    desk = desk_for(replace(row_of(4, rating_a=100.0), circuits=(circuit,)))
    settled(desk, 400.0, 1200.0)
    told(desk, 1210.0, limit(40.0))

    assert desk.cycle(1220.0).after_a.sum() <= 25.0


def test_what_a_meter_shows_of_the_building_counts_under_a_limit() -> None:
    circuit = Circuit(circuit_id="grid", parent_id="", rating_a=100.0, other_load_a=50.0, is_metered=True)
    desk = desk_for(replace(row_of(4, rating_a=100.0), circuits=(circuit,)))

    def cycles(from_s: float, until_s: float, building_a: float) -> float:
        for now_s in np.arange(from_s, until_s, 30.0):
            load_a = float(desk.limit_a.sum()) + building_a
            desk.cycle(float(now_s), [load_a] * 3)
        return float(desk.limit_a.sum())

    before_a = cycles(400.0, 3000.0, 10.0)
    told(desk, 3001.0, limit(40.0))
    after_a = cycles(3010.0, 3030.0, 10.0)

    assert before_a > 70.0
    assert 20.0 < after_a <= 30.0


def test_when_trust_is_lost_a_limit_is_kept_at_the_floor_too() -> None:
    place = row_of(4, rating_a=100.0)
    evses = tuple(replace(evse, offline_a=16.0) for evse in place.evses)
    circuit = Circuit(circuit_id="grid", parent_id="", rating_a=100.0, is_metered=True)
    desk = desk_for(replace(place, circuits=(circuit,), evses=evses))
    desk.cycle(400.0)
    told(desk, 410.0, limit(30.0))

    decision = settled(desk, 430.0, 1000.0, 30.0)  # its meter never speaks

    assert decision.mode is Mode.FLOOR
    assert 20.0 < decision.after_a.sum() <= 30.0
    assert {decision.reason(evse).cause for evse in range(4)} == {Cause.LIMIT_REACHED}


def test_a_target_is_kept_by_the_allocation_and_unknown_to_safety() -> None:
    desk, other = busy(), busy()
    told(desk, 1210.0, limit(40.0, kind=LimitKind.TARGET))
    told(other, 1210.0, limit(40.0))

    decision, hard = desk.cycle(1220.0), other.cycle(1220.0)

    assert 30.0 < decision.after_a.sum() <= 40.0
    assert decision.row_rating_a.tolist() == pytest.approx([98.0] * 3)
    assert hard.row_rating_a.tolist() == pytest.approx([39.2] * 3)
    sentence = driver_sentence(decision.reason(0), Around(time_zone="Europe/Amsterdam"))
    assert sentence == "Slower now: the grid operator asks the site to use at most 40 A until 18:00."


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (limit(40.0, circuit_id="moon"), "circuit"),
        (limit(None), "limit_a"),
        (limit(40.0, power_w=1000.0), "limit_a"),
        (limit(-1.0), "limit_a"),
        (limit(math.nan), "limit_a"),
        (limit(None, power_w=math.inf), "power_w"),
        (limit(40.0, until_s=math.inf), "until"),
        (limit(40.0, until_s=math.nan), "until"),
        (limit(40.0, from_s=SIX_PM_S), "until"),
        (limit(40.0, circuit_id="cabinet"), "limit_a"),
        (limit(None, power_w=1000.0, circuit_id="measured"), "power_w"),
    ],
)
def test_a_limit_that_cannot_be_kept_is_refused_by_its_field(one: OutsideLimit, field: str) -> None:
    site = two_rows()
    site = replace(
        site,
        cabinets=(Cabinet(cabinet_id="cabinet", power_w=50_000.0),),
        phasor_limits=(PhasorLimit(limit_id="measured", coefficients=(1.0, 0.0, 0.0, 0.0), rating_a=50.0),),
    )
    desk = desk_for(site)
    before = desk.memory

    with pytest.raises(OutsideLimitError) as refused:
        told(desk, 10.0, one)

    assert refused.value.field == field
    assert refused.value.remedy
    assert desk.memory is before


def test_a_cabinet_is_limited_in_watts_and_a_phasor_limit_in_amperes() -> None:
    site = replace(
        two_rows(),
        cabinets=(Cabinet(cabinet_id="cabinet", power_w=50_000.0),),
        phasor_limits=(PhasorLimit(limit_id="measured", coefficients=(1.0, 0.0, 0.0, 0.0), rating_a=50.0),),
    )
    desk = desk_for(site)

    told(desk, 10.0, limit(None, power_w=7_000.0, circuit_id="cabinet", limit_id="c"))
    told(desk, 10.0, limit(12.0, circuit_id="measured", limit_id="m"))

    names = [[desk.network.row_ids[row] for row in each.rows] for each in desk.memory.outside]
    assert names == [["cabinet"], ["measured"]]
    assert [each.rating_a for each in desk.memory.outside] == [7_000.0, 12.0]


def two_rows() -> Site:
    """Return a grid connection with two rows of two outlets."""
    circuits = [
        Circuit(circuit_id="grid", parent_id="", rating_a=80.0),
        Circuit(circuit_id="north", parent_id="grid", rating_a=40.0),
        Circuit(circuit_id="south", parent_id="grid", rating_a=50.0),
    ]
    return site_of(
        circuits,
        [
            Evse(
                evse_id=f"e{number}",
                circuit_id="north" if number < 2 else "south",
                wiring=Wiring.THREE_PHASE,
                phases=(L1, L2, L3),
            )
            for number in range(4)
        ],
    )


class AnyOrder(RuleBasedStateMachine):
    """Limits come, are replaced, withdrawn and end in any order, while stations fall silent and speak again.

    A station that speaks follows at once, so a limit is kept in the cycle in which it counts. One that is silent keeps what
    it was told until its lease ends; that is how long a fall may take.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1200.0
        self.limits: dict[tuple[LimitSource, str], OutsideLimit] = {}
        self.silent_since_s: dict[int, float] = {}
        self.over_since_s = np.full(9, math.inf)

    @initialize(architecture=st.sampled_from(["parallel", "adaptive", "sequential"]))
    def full(self, architecture: str) -> None:
        self.settings = ControlSettings(period_s=60.0)
        self.desk = desk_for(two_rows(), architecture=architecture, settings=self.settings)
        settled(self.desk, 400.0, self.now_s)

    @rule(
        name=st.sampled_from(["a", "b"]),
        source=st.sampled_from([GRID, LimitSource.ENERGY_MANAGEMENT]),
        circuit_id=st.sampled_from(["", "grid", "north", "south"]),
        most_a=st.floats(0.0, 120.0),
        in_watts=st.booleans(),
        begins_s=st.sampled_from([-math.inf, -30.0, 0.0, 45.0, 400.0]),
        lasts_s=st.sampled_from([100.0, 600.0, 3000.0]),
    )
    def limit(  # everything a limit says
        self,
        name: str,
        source: LimitSource,
        circuit_id: str,
        most_a: float,
        in_watts: bool,
        begins_s: float,
        lasts_s: float,
    ) -> None:
        one = OutsideLimit(
            source=source,
            limit_id=name,
            circuit_id=circuit_id,
            limit_a=None if in_watts else most_a,
            power_w=most_a * 690.0 if in_watts else None,
            from_s=self.now_s + begins_s,
            until_s=self.now_s + (0.0 if math.isinf(begins_s) else begins_s) + lasts_s,
        )
        told(self.desk, self.now_s, one)
        self.limits[source, name] = one

    @rule(name=st.sampled_from(["a", "b"]), source=st.sampled_from(list(LimitSource)))
    def withdraw(self, name: str, source: LimitSource) -> None:
        self.desk.hear(OutsideLimitWithdrawn(time_s=self.now_s, source=source, limit_id=name))
        self.limits.pop((source, name), None)

    @rule(evse=st.integers(0, 3))
    def fall_silent_or_speak(self, evse: int) -> None:
        if self.silent_since_s.pop(evse, None) is None:
            self.silent_since_s[evse] = self.now_s

    @rule(cycles_count=st.integers(1, 8), step_s=st.sampled_from([7.0, 60.0]))
    def decide(self, cycles_count: int, step_s: float) -> None:
        for _ in range(cycles_count):
            self.now_s += step_s
            lease_s = self.settings.safety.lease_s
            for evse, since_s in self.silent_since_s.items():
                if self.now_s - since_s > lease_s:
                    self.desk.limit_a[evse] = 0.0  # its lease is over: the offline limit
            self.desk.cycle(self.now_s, silent=self.silent_since_s)
            self.check(lease_s if self.silent_since_s else 0.0)

    def check(self, due_s: float) -> None:
        desk = self.desk
        load_a: Floats = loads(desk.network.grid, desk.memory.columns.column, desk.limit_a)
        over = load_a > self.allowed_a() + 1e-6
        self.over_since_s = np.where(over, np.minimum(self.over_since_s, self.now_s), math.inf)
        late = np.isfinite(self.over_since_s) & (self.now_s - self.over_since_s > due_s)
        late |= np.isfinite(self.over_since_s) & (due_s == 0.0)
        assert not late.any(), (load_a.tolist(), self.allowed_a().tolist(), self.limits)

    def allowed_a(self) -> Floats:
        network = self.desk.network
        allowed_a = network.grid.rating_a.copy()
        for one in self.limits.values():
            if not one.from_s <= self.now_s < one.until_s:
                continue
            most_a = one.limit_a if one.limit_a is not None else (one.power_w or 0.0) / 690.0
            for row, circuit_id in enumerate(network.row_circuit):
                if circuit_id == (one.circuit_id or "grid"):
                    allowed_a[row] = min(allowed_a[row], most_a)
        return allowed_a


AnyOrder.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=25, deadline=None)
TestNoCircuitIsAboveTheTightestLimitInAnyOrder = AnyOrder.TestCase
