"""What a controller remembers of vehicles that may feed back, and what words and readings make of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.grants import Grants, acknowledged, booted, granted, unknown_grants
from voltloom.safety.freshness import sample_time_s
from voltloom.safety.watch import Extremes, first_extremes
from voltloom.session.events import EvseReadings, LimitsAcknowledged
from voltloom.session.facts import UNKNOWN_S, SessionFacts
from voltloom.session.need import Need
from voltloom.site.network import Bools, Floats, Ints, Network
from voltloom.units import wh_from_w


class Held(NamedTuple):
    """What each vehicle's battery was told to hold, (n,), NaN where unknown or where its driver has not consented.

    soc_ratio, told_s: the newest state of charge and when it was told, -inf for never. battery_wh: when full.
    floor_ratio: the least that its driver allows. imported_wh: the register of imported energy at the first reading since
    then; exported_wh: that of exported energy at the last reading before, so that neither hides what was taken out. given_wh:
    the most that leases since then let it give, whatever any meter says; 0 where nothing was told.
    """

    soc_ratio: Floats
    told_s: Floats
    battery_wh: Floats
    floor_ratio: Floats
    imported_wh: Floats
    exported_wh: Floats
    given_wh: Floats


class DischargeMemory(NamedTuple):
    """Vehicles that feed back, (n,).

    grants: discharge as leases, positive; that of a charging vehicle is 0. exported_wh, start_wh: the newest register of
    exported energy, and that at the start of the session; NaN before the first. sampled_s: the newest reading's. fed: the discharge that may have been in
    force in the last moments. may_a: the most that may be given since counted_s, until when given_wh counts. over_s: since when more is fed back than any lease allows, inf while it is not.
    """

    grants: Grants
    exported_wh: Floats
    start_wh: Floats
    sampled_s: Floats
    held: Held
    fed: Extremes
    may_a: Floats
    counted_s: float
    over_s: Floats

    @property
    def may_flow(self) -> Bools:
        """Return where some discharge may have been in force in the last moments, (n,)."""
        may: Bools = (self.fed.highest_a > 0.0) | (self.grants.limit_a > 0.0)
        return may


def first_discharge(
    network: Network, now_s: float, lease_s: float, longest_s: float
) -> DischargeMemory | None:
    """Return what must be assumed at the start, any discharge for the longest lease; None where no outlet can discharge."""
    if not network.feeds_from_vehicles:
        return None
    count = network.discharge_a.size
    unknown = np.full(count, np.nan)
    return DischargeMemory(
        grants=unknown_grants(network.discharge_a, now_s, lease_s, longest_s),
        exported_wh=unknown,
        start_wh=unknown,
        sampled_s=np.full(count, -np.inf),
        held=Held(unknown, np.full(count, UNKNOWN_S), unknown, unknown, unknown, unknown, np.zeros(count)),
        fed=first_extremes(count),
        may_a=network.discharge_a,
        counted_s=now_s,
        over_s=np.full(count, np.inf),
    )


def with_session(
    memory: DischargeMemory,
    evse: int,
    session: SessionFacts | None,
    most_w: float,
    *,
    is_other: bool,
) -> DischargeMemory:
    """Return the memory after something was told about an outlet's session.

    most_w: what can be fed back there. A state of charge may be told late: what may have been fed back since it was true
    counts. is_other: it is another session than before.
    """
    held = Held._make(column.copy() for column in memory.held)
    told_s = UNKNOWN_S if session is None else session.soc_s
    is_new = is_other or told_s != held.told_s[evse]
    need = Need() if session is None else session.need
    held.told_s[evse] = told_s
    held.soc_ratio[evse], held.floor_ratio[evse] = need.soc_ratio, need.floor_ratio
    held.battery_wh[evse] = need.battery_wh
    if is_new:
        held.imported_wh[evse] = np.nan
        held.exported_wh[evse] = memory.exported_wh[evse]
        uncounted_s = 0.0 if is_other else max(memory.counted_s - told_s, 0.0)
        held.given_wh[evse] = wh_from_w(most_w, uncounted_s)
    if not is_other:
        return memory._replace(held=held)
    start_wh = memory.start_wh.copy()
    start_wh[evse] = memory.exported_wh[evse]
    return memory._replace(held=held, start_wh=start_wh)


def with_readings(memory: DischargeMemory, event: EvseReadings) -> DischargeMemory:
    """Return the memory after outlet readings; of those older than the newest known nothing is taken."""
    evses = event.evses
    sampled_s = sample_time_s(event.sampled_s, np.full(evses.size, event.time_s))
    newer = sampled_s >= memory.sampled_s[evses]
    evses, sampled_s, imported_wh = evses[newer], sampled_s[newer], event.energy_wh[newer]
    held = memory.held
    first = np.isnan(held.imported_wh[evses]) & (sampled_s >= held.told_s[evses])
    held_imported_wh = held.imported_wh.copy()
    held_imported_wh[evses[first]] = imported_wh[first]
    newest_s = memory.sampled_s.copy()
    newest_s[evses] = sampled_s
    memory = memory._replace(sampled_s=newest_s, held=held._replace(imported_wh=held_imported_wh))
    if event.exported_wh is None:
        return memory
    told_wh = event.exported_wh[newer]
    exported_wh = memory.exported_wh.copy()
    exported_wh[evses] = told_wh
    start_wh, held_exported_wh = memory.start_wh.copy(), held.exported_wh.copy()
    # Before its first reading nothing was ever granted: nothing has been taken out unseen.
    for column in (start_wh, held_exported_wh):
        is_open = np.isnan(column[evses])
        column[evses[is_open]] = told_wh[is_open]
    held = memory.held._replace(exported_wh=held_exported_wh)
    return memory._replace(exported_wh=exported_wh, start_wh=start_wh, held=held)


def confirmed(memory: DischargeMemory, event: LimitsAcknowledged) -> DischargeMemory:
    """Return the memory after stations confirmed limits: one command tells charge or discharge, and one serial both."""
    return memory._replace(grants=acknowledged(memory.grants, event))


def with_grants(
    memory: DischargeMemory,
    evses: Ints,
    limit_a: Floats,
    next_serial: int,
    *,
    now_s: float,
    lease_s: float,
) -> DischargeMemory:
    """Return the memory after discharges (n,) went out to some EVSEs, (k,), numbered from next_serial on.

    A lease of nothing does not prolong what may be in force of earlier ones: a station that is not heard ends with them.
    """
    before = memory.grants
    after = granted(before._replace(next_serial=next_serial), evses, limit_a, now_s=now_s, lease_s=lease_s)
    adds_nothing = (before.limit_a <= 0.0) & ~before.followed
    after = after._replace(
        past_a=np.where(adds_nothing, before.past_a, after.past_a),
        earlier_a=np.where(adds_nothing, before.earlier_a, after.earlier_a),
        earlier_until_s=np.where(adds_nothing, before.earlier_until_s, after.earlier_until_s),
    )
    return memory._replace(grants=after, may_a=np.maximum(memory.may_a, after.limit_a))


def restarted(memory: DischargeMemory, evse: int) -> DischargeMemory:
    """Return the memory after a station restarted: it holds no lease."""
    return memory._replace(grants=booted(memory.grants, evse))
