"""A limit as a charging profile: which purpose, unit, level and end. One plan for every version; the versions write it.

Every leased profile ends. What must hold without us is a default of its own (`safe_default`), or, where a station has no
room for two, the second period of the same profile. Sources: OCPP 1.6 section 3.13; OCPP 2.0.1 K01; OCPP 2.1 K28.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from voltloom.protocols.ocpp.hearing import Outlet
from voltloom.protocols.ocpp.tenths import whole_tenths

START_BEFORE_S: Final = (
    60.0  # a profile that starts a little in the past is in force now, also on a slow clock
)
# Where nothing stands below a profile, a clock behind its start would leave none in force at all. Half a day covers one that
# runs on local time, and with a lease it is less than a day: some stations bear no longer schedule.
ALONE_BEFORE_S: Final = 43_200.0
EVER_SINCE_S: Final = 946_684_800.0  # 2000-01-01: a safe default that also a clock years behind holds
SHORTEST_LEASE_S: Final = 1.0
HIGHEST_VEHICLE_V: Final = 1000.0  # IEC 62196-3, connectors of CCS
_SLACK_W: Final = 1e-6  # float noise of a product


class RateUnit(Enum):
    """What a station counts limits in: amperes on each phase, or watts over all phases."""

    A = "A"
    W = "W"


class Purpose(Enum):
    """The purposes in the order they are tried; the value is part of the profile's id."""

    TRANSACTION = 1
    DEFAULT = 2
    STATION_MAX = 3


class ChargingAbility(NamedTuple):
    """What a station can do about limits, as it reported; the defaults are what every station must bear.

    max_stack_level: the highest level it takes. max_periods: of one schedule. switches_phases: it can charge a
    three-phase vehicle on one phase. is_dynamic: 2.1, it takes UpdateDynamicSchedule. is_unit_told: else amperes are a guess.
    only_charge: 2.1, the outlets that follow no setpoint by their own word, 0 for all of the station.
    """

    units: frozenset[RateUnit] = frozenset({RateUnit.A})
    max_stack_level: int = 0
    max_periods: int = 1
    max_profiles: int = 1
    switches_phases: bool = False
    is_dynamic: bool = False
    is_unit_told: bool = False
    only_charge: frozenset[int] = frozenset()

    def unit_for(self, outlet: Outlet) -> RateUnit:
        """Return the unit to write limits in: amperes where they are taken, for they need no assumption.

        At a DC outlet amperes are those of the vehicle's side, so watts come first there.
        """
        first, second = (RateUnit.W, RateUnit.A) if outlet.is_dc else (RateUnit.A, RateUnit.W)
        return first if first in self.units else second


class LimitOrder(NamedTuple):
    """A limit for one outlet, to be held until its lease ends, then its offline limit.

    limit_a, offline_a: on each phase; a negative limit is what the vehicle shall feed back. transaction_id: "" while none runs. phases_count: what the vehicle uses or
    shall use, 0 for all. installed_until_s: 2.1, when the dynamic profile of ours that is there ends, -inf for none. For
    STATION_MAX both limits are the sum over the station's outlets. clock_ahead_s: what the station's clock is ahead of ours,
    by which it reads the times of a profile.
    """

    number: int
    outlet: Outlet
    limit_a: float
    offline_a: float
    now_s: float
    lease_until_s: float
    transaction_id: str = ""
    purpose: Purpose = Purpose.TRANSACTION
    phases_count: int = 0
    installed_until_s: float = -math.inf
    clock_ahead_s: float = 0.0


class PlannedPeriod(NamedTuple):
    """A limit from a moment on. start_s: after the schedule's start. limit_a_or_w: in the profile's unit, negative for the
    setpoint of a vehicle that feeds back.
    """

    start_s: int
    limit_a_or_w: float


class ProfilePlan(NamedTuple):
    """A profile before a version writes it.

    number: the outlet it is sent to, 0 for the station. duration_s: None for a profile that holds until it is replaced. phases_count: 0 where it is not said.
    """

    profile_id: int
    number: int
    purpose: Purpose
    stack_level: int
    unit: RateUnit
    start_s: float
    duration_s: int | None
    periods: tuple[PlannedPeriod, ...]
    phases_count: int = 0
    transaction_id: str = ""


class Hold(NamedTuple):
    """What an accepted profile makes an outlet hold: at most limit_a on each phase until then, inf for no end.

    is_default: it stands where the safe default stood, and gives way to one that is installed anew. least_a: the lowest
    that it may hold, negative where the vehicle may be feeding back.
    """

    limit_a: float
    until_s: float
    is_default: bool = False
    least_a: float = 0.0


class CannotBeSafe(ValueError):  # noqa: N818  an answer to the operator, named for what it is
    """A station that can hold this limit only without an end. Names the station's lack."""


def profile_id(purpose: Purpose, number: int, *, is_safe_default: bool = False) -> int:
    """Return the one id under which a profile of this kind is written, so that a new one replaces the old."""
    return number * 10 + purpose.value + (5 if is_safe_default else 0)


def purpose_of(order: LimitOrder) -> Purpose:
    """Return the purpose an order is sent with: no transaction, no transaction profile (it would be rejected)."""
    if order.purpose is Purpose.TRANSACTION and not order.transaction_id:
        return Purpose.DEFAULT
    return order.purpose


def next_purpose(refused: Purpose) -> Purpose | None:
    """Return what to try after a station refused or ignored a purpose; None when nothing is left."""
    return {Purpose.TRANSACTION: Purpose.DEFAULT, Purpose.DEFAULT: Purpose.STATION_MAX}.get(refused)


def leased(order: LimitOrder, ability: ChargingAbility) -> ProfilePlan:
    """Return the profile that holds a limit until its lease ends and no longer.

    It goes to the highest level, where nothing forgotten can outrank it. A transaction profile falls back to the safe
    default below it. A default or station profile that would replace that default, or has none below it, ends in a
    second period with the offline limit instead; where the station takes one period only it has no end, and is never
    above the offline limit. Raises CannotBeSafe for a lease that is over, and for what is to be fed back without a
    transaction to end it.
    """
    purpose = purpose_of(order)
    if order.limit_a < 0.0:
        return _feeding(order, purpose, ability)
    ends_in_period = _ends_in_period(purpose, ability)
    before_s = ALONE_BEFORE_S if ends_in_period else START_BEFORE_S
    start_s = math.floor(order.now_s + order.clock_ahead_s - before_s)
    if order.lease_until_s - order.now_s < SHORTEST_LEASE_S:
        raise CannotBeSafe(f"outlet {order.number}: the lease ends before it begins")
    duration_s = math.floor(order.lease_until_s + order.clock_ahead_s - start_s)
    unit = ability.unit_for(order.outlet)
    hold = hold_of(order, ability)
    periods: tuple[PlannedPeriod, ...] = (PlannedPeriod(0, limit_in(unit, hold.limit_a, order)),)
    if ends_in_period and ability.max_periods >= 2:
        periods = (*periods, PlannedPeriod(duration_s, limit_in(unit, order.offline_a, order)))
    return ProfilePlan(
        profile_id=profile_id(purpose, order.number, is_safe_default=ends_in_period),
        number=0 if purpose is Purpose.STATION_MAX else order.number,
        purpose=purpose,
        stack_level=ability.max_stack_level,
        unit=unit,
        start_s=start_s,
        duration_s=None if ends_in_period else duration_s,
        periods=periods,
        phases_count=_phases_said(order, ability),
        transaction_id=order.transaction_id if purpose is Purpose.TRANSACTION else "",
    )


def hold_of(order: LimitOrder, ability: ChargingAbility) -> Hold:
    """Return what a station that accepts the `leased` profile of an order holds by it."""
    is_default = _ends_in_period(purpose_of(order), ability)
    if is_default and ability.max_periods < 2:
        return Hold(min(order.limit_a, order.offline_a), math.inf, is_default)
    return Hold(order.limit_a, order.lease_until_s, is_default, min(order.limit_a, 0.0))


def safe_default(order: LimitOrder, ability: ChargingAbility) -> ProfilePlan:
    """Return the profile that an outlet holds by itself: installed once, lowest level, no end, the order's offline limit.

    Its purpose is DEFAULT, or STATION_MAX where the station refuses that. A station whose clock falls behind the start of
    all its profiles would hold none of them: this one began long ago.
    """
    is_station = order.purpose is Purpose.STATION_MAX
    unit = ability.unit_for(order.outlet)
    return ProfilePlan(
        profile_id=profile_id(
            Purpose.STATION_MAX if is_station else Purpose.DEFAULT, order.number, is_safe_default=True
        ),
        number=0 if is_station else order.number,
        purpose=Purpose.STATION_MAX if is_station else Purpose.DEFAULT,
        stack_level=0,
        unit=unit,
        start_s=EVER_SINCE_S,
        duration_s=None,
        periods=(PlannedPeriod(0, limit_in(unit, order.offline_a, order)),),
        phases_count=_phases_said(order, ability),
    )


def limit_in(unit: RateUnit, limit_a: float, order: LimitOrder) -> float:
    """Return a limit in a station's unit, rounded down to a tenth.

    Watts count all phases in use at the nominal voltage: 1.6 section 7.12. A vehicle that uses fewer phases than said
    could draw more on each, so the number of phases is the vehicle's where it is known. Amperes of a DC outlet are the
    vehicle's: those that are no more power at the highest voltage of a vehicle.
    """
    assert limit_a >= 0.0, "discharging has fields of its own"
    if unit is RateUnit.A and not order.outlet.is_dc:
        return whole_tenths(limit_a)
    phases_count = order.phases_count or order.outlet.phases_count
    power_w = limit_a * order.outlet.voltage_v * phases_count + _SLACK_W
    return whole_tenths(power_w if unit is RateUnit.W else power_w / HIGHEST_VEHICLE_V)


def setpoint_in(unit: RateUnit, limit_a: float, order: LimitOrder) -> float:
    """Return a limit in a station's unit with its sign, rounded towards nothing."""
    return limit_in(unit, limit_a, order) if limit_a >= 0.0 else -limit_in(unit, -limit_a, order)


def may_feed_back(order: LimitOrder, ability: ChargingAbility) -> bool:
    """Return whether a 2.1 station may be told to feed back: outlet and station can, and a transaction ends it."""
    can = not ability.only_charge & {0, order.number}
    return can and order.outlet.discharge_a > 0.0 and purpose_of(order) is Purpose.TRANSACTION


def ability_of_configuration(keys: Mapping[str, str]) -> ChargingAbility:
    """Return what a 1.6 station can do by its configuration keys; what it does not tell is the least."""
    units = frozenset(
        unit
        for word in keys.get("ChargingScheduleAllowedChargingRateUnit", "").split(",")
        for unit in _units_of(word)
    )
    least = ChargingAbility()
    return ChargingAbility(
        units=units or least.units,
        max_stack_level=_whole(keys.get("ChargeProfileMaxStackLevel"), least.max_stack_level),
        max_periods=max(1, _whole(keys.get("ChargingScheduleMaxPeriods"), least.max_periods)),
        max_profiles=max(1, _whole(keys.get("MaxChargingProfilesInstalled"), least.max_profiles)),
        switches_phases=_is_true(keys.get("ConnectorSwitch3to1PhaseSupported")),
        is_unit_told=bool(units),
    )


def ability_of_report(variables: Mapping[str, str]) -> ChargingAbility:
    """Return what a 2.x station can do by the variables of its SmartChargingCtrlr, by name."""
    units = frozenset(unit for word in variables.get("RateUnit", "").split(",") for unit in _units_of(word))
    least = ChargingAbility()
    return ChargingAbility(
        units=units or least.units,
        max_stack_level=_whole(variables.get("ProfileStackLevel"), least.max_stack_level),
        max_periods=max(1, _whole(variables.get("PeriodsPerSchedule"), least.max_periods)),
        max_profiles=max(1, _whole(variables.get("Entries"), least.max_profiles)),
        switches_phases=_is_true(variables.get("ACPhaseSwitchingSupported")),
        is_dynamic=_is_true(variables.get("SupportsDynamicProfiles")),
        is_unit_told=bool(units),
    )


def other_unit(ability: ChargingAbility) -> ChargingAbility | None:
    """Return the ability with watts, where amperes were only a guess and are refused; None where nothing is left."""
    if ability.is_unit_told or ability.units != {RateUnit.A}:
        return None
    return ability._replace(units=frozenset({RateUnit.W}))


def _feeding(order: LimitOrder, purpose: Purpose, ability: ChargingAbility) -> ProfilePlan:
    """Return the profile of a vehicle that feeds back. It says so for no longer than the lease, whatever the station's clock.

    A limit may begin in the past to be in force on a slow clock, and then lasts longer there. Here the past is a period of
    nothing: a clock that is behind begins later, and no more is taken out.
    """
    lease_s = order.lease_until_s - order.now_s
    if purpose is not Purpose.TRANSACTION:
        raise CannotBeSafe(f"outlet {order.number}: without a transaction nothing ends what is fed back")
    if lease_s < SHORTEST_LEASE_S:
        raise CannotBeSafe(f"outlet {order.number}: the lease ends before it begins")
    unit = ability.unit_for(order.outlet)
    before_s = int(START_BEFORE_S) if ability.max_periods >= 2 else 0
    start_s = math.floor(order.now_s + order.clock_ahead_s) - before_s
    nothing = (PlannedPeriod(0, 0.0),) if before_s else ()
    return ProfilePlan(
        profile_id=profile_id(purpose, order.number),
        number=order.number,
        purpose=purpose,
        stack_level=ability.max_stack_level,
        unit=unit,
        start_s=start_s,
        duration_s=before_s + math.floor(lease_s),
        periods=(*nothing, PlannedPeriod(before_s, setpoint_in(unit, order.limit_a, order))),
        phases_count=_phases_said(order, ability),
        transaction_id=order.transaction_id,
    )


def _ends_in_period(purpose: Purpose, ability: ChargingAbility) -> bool:
    return purpose is Purpose.STATION_MAX or (purpose is Purpose.DEFAULT and ability.max_stack_level == 0)


def _phases_said(order: LimitOrder, ability: ChargingAbility) -> int:
    """Return the number of phases to write, 0 for none: fewer than the outlet has is only for one that can switch."""
    wanted = order.phases_count or order.outlet.phases_count
    may_be_said = wanted == order.outlet.phases_count or ability.switches_phases
    return wanted if may_be_said and not order.outlet.is_dc else 0


def _units_of(word: str) -> tuple[RateUnit, ...]:
    match word.strip().casefold():
        case "current" | "a" | "amp" | "amps":
            return (RateUnit.A,)
        case "power" | "w" | "watt" | "watts":
            return (RateUnit.W,)
    return ()


def _whole(text: str | None, least: int) -> int:
    try:
        return max(0, int(float(text))) if text else least
    except (ValueError, OverflowError):
        return least


def _is_true(text: str | None) -> bool:
    return text is not None and text.strip().casefold() in ("true", "1")
