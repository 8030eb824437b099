"""The state of a site as a console shows it, and what is other than a second ago."""

from __future__ import annotations

import asyncio
import logging
import math
from bisect import bisect_right
from typing import NamedTuple

import msgspec
import numpy as np

from voltloom import __version__
from voltloom.allocation.registry import ARCHITECTURES
from voltloom.controller.canary.memory import CanaryMemory
from voltloom.controller.outlooks import Outlooks
from voltloom.decision.plan import Plan
from voltloom.decision.record import Decision
from voltloom.live.config.api import Role
from voltloom.live.running import LiveSite
from voltloom.session.alarms import Alarm
from voltloom.web.console.alarming import KINDS_COUNT, AlarmBoard
from voltloom.web.console.batteries import batteries_now, battery_flows_kw
from voltloom.web.console.circuits import Flows, Tree, binding_circuit, carried_a, nodes_now
from voltloom.web.console.faults import Faults, demo_now
from voltloom.web.console.outlets import Known, known_of, moment_ms, outlet_now, outlets_now
from voltloom.web.console.pictures import Pictures
from voltloom.web.console.rings import CHART_S, Changes, Curves, Points
from voltloom.web.console.shapes import (
    AlarmNow,
    BatteryNow,
    Change,
    Head,
    NodeNow,
    OutletNow,
    Picture,
    PlanPoint,
    Point,
    Site,
    Snapshot,
    Standing,
    Tick,
)
from voltloom.web.views import newest, rounded

# With which a page begins: each weighs 60 bytes of the first load, and lists ask for the older ones.
CHANGES_COUNT = 24
AHEAD_S = 2.0 * 3600.0
NOTES_S = 1.0
METER_S = 120.0  # an older reading of a circuit is none
_log = logging.getLogger("voltloom.web")


class Now(NamedTuple):
    """The whole state of one moment."""

    head: Head
    nodes: list[NodeNow]
    batteries: list[BatteryNow]
    outlets: list[OutletNow]


class Console:
    """What all pages of one site are fed with. It listens to the site's logbook from the start on."""

    def __init__(self, site: LiveSite, faults: Faults | None = None) -> None:
        self.site, self.faults = site, faults
        self.tree = Tree(site.config.site)
        feeders = [self.tree.feeder_of(evse.circuit_id) for evse in site.config.site.evses]
        self._feeder = np.array([self.tree.feeders.index(name) for name in feeders], dtype=np.int64)
        self.curves, self.points = Curves(len(site.network.evse_ids)), Points()
        self.changes, self.alarms = Changes(site), AlarmBoard()
        self._outlooks = Outlooks(site.config.buys)
        self._late: frozenset[str] = frozenset()
        self._noted_s, self._plan_s = -math.inf, -math.inf
        self._plan: list[PlanPoint] = []
        self._fixed = Site(
            name=site.config.site.name,
            time_zone=site.config.site.time_zone,
            version=__version__,
            feeders=self.tree.feeders,
            architectures=list(ARCHITECTURES),
            stations_url=_stations_url(site),
            started_ms=round(site.clock.now_s() * 1000.0),
            standings=[
                Standing(id=evse.evse_id, x_m=evse.x_m, y_m=evse.y_m)
                for evse in site.config.site.evses
                if math.isfinite(evse.x_m) and math.isfinite(evse.y_m)
            ],
        )
        for alarm in reversed(site.loop.logbook.shown(KINDS_COUNT)):  # from before anybody looked
            self.alarms.note(alarm)
        self.show_picture(_picture_of(site))
        self._deaf = site.loop.logbook.listen(self._heard)
        self._noting = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Note the power of cycles that changed no limit, which the logbook tells nobody."""
        while True:
            await asyncio.sleep(NOTES_S)
            if (decision := newest(self.site)) is not None:
                self._note(decision)

    @property
    def started_ms(self) -> int:
        """Return since when it listens."""
        return self._fixed.started_ms

    def show_picture(self, picture: Picture | None) -> None:
        """Let a picture lie behind the plan from now on, or none."""
        self._fixed = msgspec.structs.replace(self._fixed, picture=picture)

    def end(self) -> None:
        """Listen no more."""
        self._deaf()
        self._noting.cancel()

    def _heard(self, kind: str, what: object) -> None:
        if isinstance(what, Decision):
            self.changes.note(what)
            self._note(what)
        elif isinstance(what, Alarm):
            self.alarms.note(what)

    def _note(self, decision: Decision) -> None:
        if decision.now_s > self._noted_s:
            self._noted_s = decision.now_s
            self.curves.note(self.site, decision)
            self.points.note(self._point(decision))

    def now(self) -> Now:
        """Return the state now; the chart gets a point for each decision that is new."""
        site = self.site
        known = known_of(site, self._late)
        outlets = outlets_now(site, known)
        self._late = frozenset(
            one.visit.id
            for one in outlets
            if one.visit is not None and (one.visit.late_min or one.visit.short_kwh)
        )
        nodes = nodes_now(site, self.tree, Flows([one.draws_kw for one in outlets], battery_flows_kw(site)))
        if known.decision is not None:
            self._note(known.decision)
        return Now(self._head(nodes, outlets), nodes, batteries_now(site), outlets)

    def known(self) -> Known:
        """Return what the outlets of this moment share."""
        return known_of(self.site, self._late)

    def outlet(self, known: Known, evse: int) -> OutletNow:
        """Return one outlet as every page tells it."""
        one = outlet_now(self.site, known, evse)
        if (visit := one.visit) is not None:
            is_late = bool(visit.late_min or visit.short_kwh)
            self._late = self._late | {visit.id} if is_late else self._late - {visit.id}
        return one

    def snapshot(self, now: Now, seq: int, role: Role) -> Snapshot:
        """Return all of it."""
        last_ms = now.head.now_ms
        return Snapshot(
            seq=seq,
            role=role.name.lower(),
            site=self._fixed,
            head=now.head,
            nodes=now.nodes,
            batteries=now.batteries,
            outlets=now.outlets,
            points=self.points.since(last_ms - round(CHART_S * 1000.0)),
            plan=self.plan(),
            changes=self.changes.after(0, CHANGES_COUNT),
            alarms=self.alarms.told(),
        )

    def plan(self) -> list[PlanPoint]:
        """Return what the plan in force gives each feeder in the next hours; the standing prices where there is none."""
        decision = newest(self.site)
        plan = None if decision is None else decision.plan
        made_s = -math.inf if plan is None else plan.made_s
        if made_s != self._plan_s:
            self._plan_s, self._plan = made_s, self._planned(plan)
        return self._plan

    def _planned(self, plan: Plan | None) -> list[PlanPoint]:
        if plan is None or plan.basis is None or plan.is_failed:
            return []
        basis, feeder = plan.basis, self._feeder[plan.basis.evse]
        found = []
        for step, start_s in enumerate(plan.edge_s[:-1].tolist()):
            if start_s > plan.made_s + AHEAD_S + 900.0:
                break
            given_kw = plan.current_a[:, step] * basis.kw_per_a
            by_feeder = [float(given_kw[feeder == at].sum()) for at in range(len(self.tree.feeders))]
            found.append(
                PlanPoint(
                    at_ms=round(start_s * 1000.0),
                    until_ms=round(float(plan.edge_s[step + 1]) * 1000.0),
                    feeders_kw=[round(each, 3) for each in by_feeder],
                    expected_kw=round(float(basis.expected_kw[step]), 3) if basis.expected_kw.size else 0.0,
                    price_per_kwh=rounded(basis.price_per_kwh[step]),
                )
            )
        return found

    def _point(self, decision: Decision) -> Point:
        """Return the power of each feeder; a meter of the grid connection tells what else the site draws."""
        network, memory = self.site.network, self.site.loop.memory
        draws_kw = np.where(
            np.isfinite(memory.readings.sampled_s),
            memory.readings.current_a * memory.columns.w_per_a / 1000.0,
            0.0,
        )
        feeders_kw = np.bincount(self._feeder, weights=draws_kw, minlength=len(self.tree.feeders))
        root = [row for row, name in enumerate(network.row_circuit) if name == self.tree.roots[0]]
        kw_per_a = self.site.config.site.voltage_v / 1000.0
        age_s = decision.now_s - memory.readings.row_sampled_s[root]
        is_metered = bool(network.is_metered[root].all()) and bool((age_s < METER_S).all())
        known_kw = float(draws_kw.sum()) + sum(battery_flows_kw(self.site).values())
        other_kw = float(memory.readings.row_a[root].sum()) * kw_per_a - known_kw
        limit_a = carried_a(self.site, decision, root, is_metered=is_metered)
        return Point(
            at_ms=round(decision.now_s * 1000.0),
            feeders_kw=[round(each, 3) for each in feeders_kw.tolist()],
            other_kw=round(other_kw, 3) if is_metered else None,
            limit_kw=rounded(float(limit_a.sum()) * kw_per_a),
        )

    def _head(self, nodes: list[NodeNow], outlets: list[OutletNow]) -> Head:
        site, now_s = self.site, self.site.clock.now_s()
        memory, decision = site.loop.memory, newest(site)
        root = next(node for node in nodes if node.id in self.tree.roots)
        price, then, next_s = self._prices(now_s)
        links = [site.gateway.link(name) for name in site.desks]
        return Head(
            now_ms=round(now_s * 1000.0),
            speed_ratio=site.clock.speed_ratio,
            is_demo=self.faults is not None,
            architecture=memory.architecture,
            policy=memory.architecture if memory.policy is None else memory.policy.name,
            canary=_canary(memory.canary),
            trust="starting" if decision is None else decision.mode.value,
            is_failing=bool(site.loop.alarms.failure),
            import_kw=root.load_kw,
            limit_kw=root.limit_kw,
            headroom_kw=root.headroom_kw,
            binding=binding_circuit(site),
            price_per_kwh=rounded(price),
            price_next_per_kwh=rounded(then),
            next_ms=moment_ms(next_s),
            currency=None if site.config.buys is None else site.config.buys.currency,
            alarms_count=self.alarms.open_count(round(now_s * 1000.0)),
            sessions_count=sum(1 for one in outlets if one.visit is not None),
            charging_count=sum(1 for one in outlets if one.look == "charging"),
            late_count=len(self._late),
            stations_count=len(links),
            connected_count=sum(1 for link in links if link is not None),
            parked_count=len(site.parked()),
            demo=None if self.faults is None else demo_now(self.faults, site.clock),
        )

    def _prices(self, now_s: float) -> tuple[float, float, float]:
        """Return the price now, the next other one, and from when; NaN where unknown."""
        outlook = self._outlooks.at(now_s, self.site.loop.memory.prices)
        if outlook is None:
            return math.nan, math.nan, math.nan
        at = max(0, bisect_right(outlook.start_s.tolist(), now_s) - 1)
        price = float(outlook.price_per_kwh[at])
        for later in range(at + 1, outlook.start_s.size):
            if abs(float(outlook.price_per_kwh[later]) - price) > 1e-6:
                return price, float(outlook.price_per_kwh[later]), float(outlook.start_s[later])
        return price, math.nan, math.nan


def _canary(trial: CanaryMemory | None) -> str | None:
    """Return who is on trial and where, None for nobody."""
    if trial is None or not trial.is_open:
        return None
    where = "shadow" if trial.is_shadow else f"{int(trial.members.sum())} of {trial.members.size}"
    return f"{trial.policy.name} ({where})"


class Ticker:
    """Makes ticks: what is other than in the one before."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.seq = 0
        self._before = console.now()
        self.begin()

    def begin(self) -> Now:
        """Take the state as it is as known to every page."""
        console = self.console
        self._before = console.now()
        self._point_ms = self._before.head.now_ms
        self._change_id, self._alarms_version = console.changes.newest_id, console.alarms.version
        self._plan = console.plan()
        return self._before

    def tick(self) -> Tick:
        """Return the next tick."""
        console, before = self.console, self._before
        now = console.now()
        self.seq += 1
        points = console.points.since(self._point_ms)
        changes: list[Change] = console.changes.after(self._change_id, 200)
        alarms: list[AlarmNow] | None = None
        if console.alarms.version != self._alarms_version:
            alarms, self._alarms_version = console.alarms.told(), console.alarms.version
        plan = console.plan()
        told_plan = plan if plan is not self._plan else None
        self._before, self._plan, self._change_id = now, plan, console.changes.newest_id
        if points:
            self._point_ms = points[-1].at_ms
        return Tick(
            seq=self.seq,
            head=now.head,
            nodes=[node for node, was in zip(now.nodes, before.nodes, strict=True) if node != was],
            batteries=now.batteries if now.batteries != before.batteries else [],
            outlets=[one for one, was in zip(now.outlets, before.outlets, strict=True) if one != was],
            points=points,
            plan=told_plan,
            changes=changes,
            alarms=alarms,
        )

    def snapshot(self, role: Role) -> Snapshot:
        """Return all of it as of the last tick, which a page goes on from."""
        return self.console.snapshot(self._before, self.seq, role)


def _picture_of(site: LiveSite) -> Picture | None:
    try:
        kept = Pictures(site.config.folder).kept()
    except OSError as unread:
        _log.warning("the picture of the car park is not shown: %s", unread)
        return None
    return None if kept is None else kept.told


def _stations_url(site: LiveSite) -> str:
    for listener, addresses in site.listening:
        scheme = "wss" if listener.profile.has_tls else "ws"
        for host, port in addresses:
            return f"{scheme}://{host}:{port}/ocpp/<id>"
    return ""
