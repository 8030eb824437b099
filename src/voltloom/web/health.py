"""For machines that watch: is it alive, may it get work, and how is it doing (Prometheus)."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from voltloom import __version__
from voltloom.live.running import LiveSite
from voltloom.session.alarms import Severity
from voltloom.session.state import SessionState
from voltloom.web.batteries import batteries_view
from voltloom.web.models import HealthOut
from voltloom.web.reading import Running
from voltloom.web.views import newest

PERIODS_COUNT = 3  # without a decision for so long the site is not ready
MODES = ("chosen", "equal", "floor")
router = APIRouter()


@router.get("/livez", tags=["health"])
async def livez() -> HealthOut:
    """The loop turns."""
    return HealthOut(status="ok", reasons=[])


@router.get("/readyz", tags=["health"], responses={503: {"model": HealthOut}})
async def readyz(site: Running) -> JSONResponse:
    """The journal writes, stations can connect, and the core decided lately; else 503 with the reasons."""
    reasons = unready(site)
    told = HealthOut(status="not ready" if reasons else "ok", reasons=reasons)
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return JSONResponse(told.model_dump(), status_code=int(status))


@router.get("/metrics", tags=["health"], response_class=Response)
async def metrics(request: Request) -> Response:
    """Everything counted and measured, in Prometheus' text format."""
    registry: CollectorRegistry = request.app.state.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def unready(site: LiveSite) -> list[str]:
    """Return why the site should get no work now, nothing where it may."""
    reasons = []
    if site.gateway.is_draining:
        reasons.append("the site is draining: it is about to stop")
    if site.journal.fault:
        reasons.append(f"the journal does not write: {site.journal.fault}")
    decision = newest(site)
    longest_s = PERIODS_COUNT * site.config.settings.period_s
    age_s = math.inf if decision is None else site.clock.now_s() - decision.now_s
    if age_s > longest_s:
        reasons.append(f"the core has not decided for {age_s:.0f} s, more than {longest_s:.0f} s")
    return reasons


class SiteCollector(Collector):
    """The figures of a site, read when they are asked for."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site

    def collect(self) -> Iterator[Metric]:
        """Yield every figure."""
        yield InfoMetricFamily("voltloom_build", "What runs here.", value={"version": __version__})
        yield from self._circuits()
        yield from self._stations()
        yield from self._sessions()
        yield from self._batteries()
        yield from self._core()

    def _circuits(self) -> Iterator[Metric]:
        network, decision = self._site.network, newest(self._site)
        rating = _by_row("rating_amperes", "What a circuit's phase is rated for.")
        allowed = _by_row("allowed_amperes", "What it may carry now.")
        worst = _by_row("worst_load_amperes", "The most that may flow under the limits given out.")
        measured = _by_row("measured_amperes", "What its meter says.")
        for row, name in enumerate(network.row_ids):
            rating.add_metric([name], float(network.grid.rating_a[row]))
            if decision is not None:
                allowed.add_metric([name], float(decision.row_rating_a[row]))
                worst.add_metric([name], float(decision.row_load_a[row]))
            if math.isfinite(self._site.loop.memory.readings.row_sampled_s[row]):
                measured.add_metric([name], float(self._site.loop.memory.readings.row_a[row]))
        yield from (rating, allowed, worst, measured)

    def _stations(self) -> Iterator[Metric]:
        links = [self._site.gateway.link(name) for name in self._site.desks]
        versions = Counter(link.peer.subprotocol for link in links if link is not None)
        connected = GaugeMetricFamily(
            "voltloom_stations_connected", "Stations with a link.", labels=["version"]
        )
        for version in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):
            connected.add_metric([version], versions[version])
        yield connected
        yield GaugeMetricFamily("voltloom_stations_known", "Stations that take part.", value=len(links))
        yield GaugeMetricFamily(
            "voltloom_stations_parked",
            "Unknown stations that wait for a word.",
            value=len(self._site.parked()),
        )
        counted = CounterMetricFamily("voltloom_gateway", "What the gateway counted.", labels=["what"])
        for name, count in self._site.gateway.counters().items():
            counted.add_metric([name], count)
        yield counted

    def _sessions(self) -> Iterator[Metric]:
        memory = self._site.loop.memory
        states = Counter(seat.session.state for seat in memory.seats if seat.session is not None)
        running = GaugeMetricFamily("voltloom_sessions", "Running sessions.", labels=["state"])
        for state in SessionState:
            running.add_metric([state.value], states[state])
        yield running
        yield GaugeMetricFamily(
            "voltloom_current_amperes_sum",
            "What all outlets draw.",
            value=float(memory.readings.current_a.sum()),
        )

    def _batteries(self) -> Iterator[Metric]:
        power = _by_battery("power_watts", "What it charges with; below 0 what it gives.")
        setpoint = _by_battery("setpoint_watts", "What it was told.")
        charge = _by_battery("charge_ratio", "Its state of charge, 1 for full.")
        age = _by_battery("reading_age_seconds", "Since its newest reading.")
        failures = CounterMetricFamily(
            "voltloom_battery_failures", "Failed reads and writes of its inverter.", labels=["battery"]
        )
        for battery in batteries_view(self._site):
            name = [battery.battery]
            setpoint.add_metric(name, battery.setpoint_w)
            if battery.power_w is not None and battery.soc_ratio is not None and battery.age_s is not None:
                power.add_metric(name, battery.power_w)
                charge.add_metric(name, battery.soc_ratio)
                age.add_metric(name, battery.age_s)
        for inverter, link in zip(self._site.config.inverters, self._site.batteries.links, strict=True):
            failures.add_metric([inverter.battery_id], link.failures_count)
        yield from (power, setpoint, charge, age, failures)

    def _core(self) -> Iterator[Metric]:
        loop = self._site.loop
        book, decision = loop.logbook, newest(self._site)
        mode = GaugeMetricFamily(
            "voltloom_mode", "How far the controller trusts itself: 1 for the mode it is in.", labels=["mode"]
        )
        for name in MODES:
            mode.add_metric([name], float(decision is not None and decision.mode.value == name))
        yield mode
        yield CounterMetricFamily("voltloom_cycles", "Decisions taken.", value=book.cycles_count)
        yield CounterMetricFamily("voltloom_cycles_failed", "Cycles that failed.", value=loop.failures_count)
        yield CounterMetricFamily(
            "voltloom_cycles_late",
            "Cycles in which the architecture took too long, and power was shared equally.",
            value=loop.late_count,
        )
        yield from self._plan()
        yield GaugeMetricFamily(
            "voltloom_journal_waiting",
            "Entries that wait for the disk.",
            value=self._site.journal.waiting_count,
        )
        is_written = float(not self._site.journal.fault)
        yield GaugeMetricFamily("voltloom_journal_writes", "1 while the journal writes.", value=is_written)
        yield CounterMetricFamily("voltloom_limits_sent", "Limits sent.", value=book.limits_count)
        took_s = sorted(book.cycle_s)
        cycle = GaugeMetricFamily(
            "voltloom_cycle_seconds", "How long the last thousand cycles took.", labels=["quantile"]
        )
        if len(took_s) >= 2:
            cuts_s = statistics.quantiles(took_s, n=100)
            for name, at in (("0.5", 49), ("0.95", 94), ("0.99", 98)):
                cycle.add_metric([name], cuts_s[at])
        yield cycle
        age_s = self._site.clock.now_s() - decision.now_s if decision is not None else math.nan
        yield GaugeMetricFamily("voltloom_decision_age_seconds", "Since the newest decision.", value=age_s)
        raised = Counter(alarm.severity for alarm in book.alarms)
        alarms = GaugeMetricFamily(
            "voltloom_alarms_kept", "Alarms among the newest kept.", labels=["severity"]
        )
        for severity in Severity:
            alarms.add_metric([severity.value], raised[severity])
        yield alarms
        lasting = Counter(alarm.severity for alarm in book.standing.values())
        active = GaugeMetricFamily("voltloom_alarms_active", "Alarms that last.", labels=["severity"])
        for severity in Severity:
            active.add_metric([severity.value], lasting[severity])
        yield active

    def _plan(self) -> Iterator[Metric]:
        """Yield what is known of the plan, of several the oldest; its age is NaN where there is none."""
        loop = self._site.loop
        made_s = [plan.made_s for plan in loop.memory.allocation.plans if not plan.is_failed]
        age_s = self._site.clock.now_s() - min(made_s, default=math.nan)
        yield GaugeMetricFamily("voltloom_plan_age_seconds", "Since the plan in force was made.", value=age_s)
        yield CounterMetricFamily(
            "voltloom_cycles_unplanned",
            "Cycles in which rules stood in for a plan that could not be made.",
            value=loop.logbook.unplanned_count,
        )


def _by_battery(name: str, what: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"voltloom_battery_{name}", what, labels=["battery"])


def _by_row(name: str, what: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"voltloom_circuit_{name}", what, labels=["row"])
