"""The limit that profiles make together, beside a slow oracle that looks at each second on its own."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.virtual.profile_stack import (
    DAY_S,
    Circumstance,
    Kind,
    Period,
    Profile,
    Purpose,
    after_offline,
    after_transaction,
    composite,
    limit_a,
    updated,
    with_profile,
    without,
)

NOON_S = 20_000 * DAY_S + 43_200.0
MAX_A, W_PER_A = 32.0, 690.0


def where(number: int = 1, began_s: float = NOON_S - 100.0, offline_s: float = math.inf) -> Circumstance:
    return Circumstance(number, "tx1", began_s, MAX_A, W_PER_A, offline_s)


def profile(purpose: Purpose, limit: float, **more: object) -> Profile:
    fields: dict[str, object] = {
        "profile_id": 1,
        "number": 0 if purpose is Purpose.STATION_MAX else 1,
        "purpose": purpose,
        "stack_level": 0,
        "kind": Kind.ABSOLUTE,
        "unit": RateUnit.A,
        "periods": (Period(0.0, limit),),
        "start_s": NOON_S - 60.0,
    }
    return Profile(**{**fields, **more})  # type: ignore[arg-type]  # the fields of the tuple by name


def seconds(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(float)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    purpose = draw(st.sampled_from(Purpose))
    kind = draw(st.sampled_from(Kind))
    starts = sorted({0.0, *draw(st.lists(seconds(0, 400), max_size=3))})
    has_start = kind in (Kind.DAILY, Kind.WEEKLY) or (kind is not Kind.RELATIVE and draw(st.booleans()))
    days = draw(st.integers(0, 8)) * DAY_S
    return Profile(
        profile_id=draw(st.integers(1, 99)),
        number=0 if purpose is Purpose.STATION_MAX else draw(st.sampled_from([0, 1, 2])),
        purpose=purpose,
        stack_level=draw(st.integers(0, 2)),
        kind=kind,
        unit=draw(st.sampled_from(RateUnit)),
        periods=tuple(Period(s, float(draw(st.integers(0, 40)))) for s in starts),
        start_s=NOON_S - days + draw(seconds(-300, 200)) if has_start else math.nan,
        duration_s=draw(st.one_of(st.just(math.inf), seconds(1, 500))),
        valid_from_s=draw(st.one_of(st.just(-math.inf), seconds(-200, 300).map(lambda s: NOON_S + s))),
        valid_to_s=draw(st.one_of(st.just(math.inf), seconds(-200, 300).map(lambda s: NOON_S + s))),
        transaction_id=draw(st.sampled_from(["", "tx1", "another"])),
        max_offline_s=draw(st.one_of(st.just(math.inf), seconds(0, 300))),
    )


def said_a(one: Profile, here: Circumstance, now_s: float) -> float | None:
    """Walk a profile's schedule from its very beginning to now."""
    has_link = here.offline_s == math.inf or now_s - here.offline_s <= one.max_offline_s
    if not (one.valid_from_s <= now_s < one.valid_to_s and has_link):
        return None
    begin_s = one.start_s
    if one.kind is Kind.RELATIVE or (one.kind is Kind.ABSOLUTE and math.isnan(begin_s)):
        begin_s = here.began_s
    if one.kind is Kind.DYNAMIC and math.isnan(begin_s):
        begin_s = now_s
    round_s = {Kind.DAILY: DAY_S, Kind.WEEKLY: 7 * DAY_S}.get(one.kind)
    while round_s is not None and begin_s + round_s <= now_s:
        begin_s += round_s
    value_a = None
    for period in one.periods:
        if begin_s + period.start_s <= now_s < begin_s + one.duration_s:
            value_a = period.limit_a_or_w / (W_PER_A if one.unit is RateUnit.W else 1.0)
    return value_a


def oracle_a(stack: list[Profile], here: Circumstance, now_s: float) -> float:
    """Let every profile say what it has to say at one moment; of each purpose the loudest counts."""
    said: dict[Purpose, tuple[int, int, float]] = {}
    for one in stack:
        is_own = one.number == here.number
        if one.purpose is Purpose.TRANSACTION:
            concerns = is_own and not math.isnan(here.began_s) and one.transaction_id in ("", "tx1")
        else:
            concerns = is_own or one.number == 0
        value_a = said_a(one, here, now_s)
        if not concerns or value_a is None:
            continue
        mark = (one.stack_level, int(is_own), value_a)
        if one.purpose not in said or mark[:2] > said[one.purpose][:2]:
            said[one.purpose] = mark
    own = said.get(Purpose.TRANSACTION) or said.get(Purpose.DEFAULT)
    cap = said.get(Purpose.STATION_MAX)
    return min(MAX_A, own[2] if own else MAX_A, cap[2] if cap else MAX_A)


@given(
    st.lists(profiles(), max_size=5),
    st.one_of(st.just(math.nan), seconds(-200, 100).map(lambda s: NOON_S + s)),
    st.one_of(st.just(math.inf), seconds(-200, 0).map(lambda s: NOON_S + s)),
)
def test_the_composite_schedule_is_what_a_look_at_each_second_finds(
    stack: list[Profile], began_s: float, offline_s: float
) -> None:
    here = where(began_s=began_s, offline_s=offline_s)

    schedule = composite(tuple(stack), here, NOON_S, 400.0)

    for second in range(0, 400, 7):
        held_a = [p.limit_a_or_w for p in schedule if p.start_s <= second][-1]
        assert held_a == oracle_a(stack, here, NOON_S + second)
        assert held_a == limit_a(tuple(stack), here, NOON_S + second)


@given(st.lists(profiles(), max_size=6))
def test_a_stack_never_lets_more_through_than_the_outlet_and_the_stations_maximum(
    stack: list[Profile],
) -> None:
    cap = profile(Purpose.STATION_MAX, 7.0, stack_level=9, profile_id=100)

    assert 0.0 <= limit_a((*stack, cap), where(), NOON_S) <= 7.0
    assert limit_a(tuple(stack), where(), NOON_S) <= MAX_A


def test_a_lease_ends_and_the_default_holds() -> None:
    default = profile(Purpose.DEFAULT, 6.0, profile_id=2)
    lease = profile(Purpose.TRANSACTION, 20.0, duration_s=100.0, stack_level=5)

    schedule = composite((default, lease), where(), NOON_S, 300.0)

    assert schedule == (Period(0.0, 20.0), Period(40.0, 6.0))


def test_outlets_share_the_stations_maximum() -> None:
    cap = profile(Purpose.STATION_MAX, 20.0)

    assert limit_a((cap,), where(), NOON_S, outlets_count=2) == 10.0


def test_a_profile_is_suspended_when_the_link_is_gone_too_long_and_some_for_good() -> None:
    dynamic = profile(
        Purpose.TRANSACTION, 20.0, kind=Kind.DYNAMIC, start_s=math.nan, max_offline_s=60.0
    )._replace(is_invalid_after_offline=True)
    stack = (profile(Purpose.DEFAULT, 6.0, profile_id=2), dynamic)

    held_a = [limit_a(stack, where(offline_s=NOON_S - gone_s), NOON_S) for gone_s in (60.0, 61.0)]

    assert held_a == [20.0, 6.0]
    assert after_offline(stack, 61.0) == stack[:1]
    assert after_offline(stack, 60.0) == stack


def test_in_1_6_the_same_purpose_and_level_is_replaced_in_2_x_it_is_in_the_way() -> None:
    old, new = profile(Purpose.DEFAULT, 6.0), profile(Purpose.DEFAULT, 9.0, profile_id=2)

    assert with_profile((old,), new, replaces_level=True) == (new,)
    assert with_profile((old,), new, replaces_level=False) is None
    later = new._replace(valid_from_s=NOON_S)
    assert with_profile((old._replace(valid_to_s=NOON_S),), later, replaces_level=False) is not None


def test_profiles_go_by_id_by_what_they_are_and_with_their_transaction() -> None:
    default, own = profile(Purpose.DEFAULT, 6.0), profile(Purpose.TRANSACTION, 9.0, profile_id=2)

    assert without((default, own), profile_id=1) == (own,)
    assert without((default, own), purpose=Purpose.TRANSACTION, number=1) == (default,)
    assert without((default, own)) == ()
    assert after_transaction((default, own), 1) == (default,)
    assert after_transaction((default, own), 2) == (default, own)


def test_only_a_dynamic_profile_can_be_updated() -> None:
    dynamic = profile(Purpose.TRANSACTION, 20.0, kind=Kind.DYNAMIC, start_s=math.nan)

    changed = updated((dynamic,), 1, 11.0)

    assert changed is not None
    assert limit_a(changed, where(), NOON_S) == 11.0
    assert updated((profile(Purpose.TRANSACTION, 20.0),), 1, 11.0) is None
