"""The controller's part of a site's file: architecture, smoothing, margins, leases; and who may charge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from voltloom.allocation.adaptive.horizon.settings import (
    Arrivals,
    Departures,
    Objective,
    PlanningSettings,
    mistakes_in,
)
from voltloom.allocation.registry import ARCHITECTURES
from voltloom.controller.listening import Access
from voltloom.controller.settings import ControlSettings, SafetySettings, SmoothingSettings
from voltloom.live.actuator.rationing import Rationing
from voltloom.live.config.storing import storage_of
from voltloom.live.config.tables import AccessTable, ControlTable, PlanningTable, SafetyTable, TokenTable
from voltloom.session.authorization import AuthorizationRules, TokenEntry, local_list
from voltloom.site.mistakes import Mistake, did_you_mean, joined, shown
from voltloom.site.plan import names_in


def control_of(control: ControlTable, site: Mapping[str, object], mistakes: list[Mistake]) -> ControlSettings:
    """Return how the site is controlled; what cannot be is added to the mistakes. site: its table."""
    _architecture("control.architecture", control.architecture, mistakes)
    groups = names_in(site).groups
    for group, architecture in control.groups.items():
        path = joined("control.groups", [group])
        _architecture(path, architecture, mistakes)
        if group not in groups:
            remedy = did_you_mean(group, sorted(groups))
            mistakes.append(_wrong(path, architecture, f"no EVSE is of group '{group}'", remedy))
    _safety_mistakes(control, mistakes)
    smoothing, safety = control.smoothing, control.safety
    return ControlSettings(
        period_s=control.period_s,
        architecture=control.architecture.lower(),
        smoothing=SmoothingSettings(
            ramp_a_per_s=smoothing.ramp_a_per_s,
            dwell_s=smoothing.dwell_s,
            deadband_a=smoothing.deadband_a,
            turn_s=smoothing.turn_s,
            wait_limit_s=smoothing.wait_limit_s,
        ),
        safety=_safety(safety),
        group_architecture=tuple((group, name.lower()) for group, name in control.groups.items()),
        increment_a=control.increment_a,
        reclaim_a=control.reclaim_a,
        planning=_planning(control.planning, mistakes),
        storage=storage_of(control.storage),
    )


def rationing_of(control: ControlTable) -> Rationing:
    """Return how often stations are written."""
    writes = control.writes
    return Rationing(
        deadband_a=writes.deadband_a, interval_s=writes.interval_s, writes_per_day=writes.per_day
    )


def access_of(access: AccessTable, tokens: list[TokenTable], zone: str, mistakes: list[Mistake]) -> Access:
    """Return who may charge; what is wrong is added to the mistakes. zone: the site's, for dates."""
    weights: dict[int, float] = {}
    for tier, weight in access.tier_weights.items():
        path = joined("access.tier_weights", [tier])
        if not tier.isdigit():
            mistakes.append(_wrong(path, weight, "is no tier", "Write whole numbers, such as 0 = 2.0."))
        elif weight <= 0.0:
            mistakes.append(_wrong(path, weight, "is no weight", "Write a number above 0."))
        else:
            weights[int(tier)] = weight
    seen: dict[str, str] = {}
    entries = []
    for number, token in enumerate(tokens):
        path = joined("token", [token.id])
        if seen.setdefault(token.id.casefold(), str(number)) != str(number):
            problem = "is there twice (letter case does not matter)"
            mistakes.append(_wrong(joined(path, ["id"]), token.id, problem, "Keep one."))
        entries.append(
            TokenEntry(
                id_token=token.id,
                tier=token.tier,
                weight=weights.get(token.tier, 1.0) if token.weight is None else token.weight,
                expires_s=_end_s(token.expires, zone),
                blocked=token.blocked,
                group=token.group,
            )
        )
    rules = AuthorizationRules(
        is_free_vend=access.free_vend,
        accepts_concurrent=access.concurrent,
        guest_tier=access.guest_tier,
        guest_weight=weights.get(access.guest_tier, 1.0),
    )
    return Access(known=local_list(tuple(entries)), rules=rules)


def moment_s(at: datetime | date, zone: str) -> float:
    """Return a date's local midnight, or a moment, local where it has no offset, in seconds since 1970 UTC."""
    if not isinstance(at, datetime):
        at = datetime.combine(at, time())
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC).timestamp()


def _end_s(expires: datetime | date | None, zone: str) -> float:
    if expires is None:
        return math.inf
    is_day = not isinstance(expires, datetime)
    return moment_s(expires + timedelta(days=1) if is_day else expires, zone)


def _architecture(path: str, name: str, mistakes: list[Mistake]) -> None:
    if name.lower() not in ARCHITECTURES:
        mistakes.append(_wrong(path, name, "unknown", did_you_mean(name, list(ARCHITECTURES))))


def _planning(table: PlanningTable, mistakes: list[Mistake]) -> PlanningSettings:
    settings = PlanningSettings(
        objective=Objective(table.objective),
        replan_s=table.replan_s,
        sell_price_per_kwh=table.sell_price_per_kwh,
        early_ratio=table.early_ratio,
        export_price_per_kwh=table.export_price_per_kwh,
        carbon_price_per_t=table.carbon_price_per_t,
        vehicle_wear_per_kwh=table.vehicle_wear_per_kwh,
        vehicle_kept_ratio=table.vehicle_kept_ratio,
        departures=Departures(table.departures),
        arrivals=Arrivals(table.arrivals),
        guaranteed_kwh=table.guaranteed_kwh,
        ready_before_s=table.ready_before_s,
    )
    path, has_prices = "control.planning", table.buys is not None
    mistakes += mistakes_in(settings, path=path, prices_at=f"{path}.buys", has_prices=has_prices)
    return settings


def _safety(table: SafetyTable) -> SafetySettings:
    return SafetySettings(
        margin_ratio=table.margin_ratio,
        lease_s=table.lease_s,
        longest_lease_s=table.longest_lease_s,
        confirm_s=table.confirm_s,
        obey_tolerance_a=table.obey_tolerance_a,
        stale_s=table.stale_s,
        silent_s=table.silent_s,
        late_s=table.late_s,
        stale_margin_ratio=table.stale_margin_ratio,
        follows_meters=table.follows_meters,
        recover_s=table.recover_s,
    )


def _safety_mistakes(control: ControlTable, mistakes: list[Mistake]) -> None:
    safety = control.safety
    if safety.lease_s < 3.0 * control.period_s:
        problem = (
            f"ends before three cycles of {control.period_s:g} s: one lost answer and every outlet falls"
        )
        path, remedy = "control.safety.lease_s", f"Write at least {3.0 * control.period_s:g}."
        mistakes.append(_wrong(path, safety.lease_s, problem, remedy))
    if safety.silent_s < safety.stale_s:
        path, remedy = "control.safety.silent_s", "Write more than stale_s."
        mistakes.append(_wrong(path, safety.silent_s, "comes before stale_s", remedy))
    if safety.stale_margin_ratio < safety.margin_ratio:
        path, problem = "control.safety.stale_margin_ratio", "is narrower than margin_ratio"
        mistakes.append(_wrong(path, safety.stale_margin_ratio, problem, "Write at least margin_ratio."))


def _wrong(path: str, value: object, problem: str, remedy: str) -> Mistake:
    return Mistake(path=path, value=shown(value), problem=problem, remedy=remedy)
