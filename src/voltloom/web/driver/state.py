"""What a driver's page shows: the sticker's little, the own visit, or what became of it."""

from __future__ import annotations

import asyncio
import math
from bisect import bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple

from voltloom.live.running import LiveSite
from voltloom.session.answers import StopCause
from voltloom.session.events import NeedStated
from voltloom.session.facts import SessionFacts
from voltloom.session.state import SessionState
from voltloom.site.tariff import Tariff
from voltloom.store.billed import VisitEnergy, energies_at, kept_tariffs
from voltloom.units import kw_from_w
from voltloom.web.console.outlets import Known, moment_ms
from voltloom.web.console.promising import MET_WH, Wish, planned_power, promised
from voltloom.web.console.shapes import OutletNow, VisitNow
from voltloom.web.console.state import Console
from voltloom.web.driver.links import Given, Links
from voltloom.web.driver.shapes import Foretold, Happened, Over, Sticker, Visit
from voltloom.web.views import FLOWS_A, delivered_wh, rounded

MERGED_MS: Final = 120_000  # what happened so shortly before is not told as well
HAPPENED_COUNT: Final = 20
LOOKED_AT_COUNT: Final = 200  # changes among which they are sought
HISTORIES_COUNT: Final = 2_000  # visits whose changes are remembered
SHOWN_MS: Final = 24 * 3_600_000  # after its end a visit's link still shows what became of it
SLACK_MS: Final = 60_000  # a transaction's clock is the station's
TARIFF_S: Final = 60.0
HELD: Final = frozenset({"deadband", "dwell"})
ENDED_BY_SITE: Final = frozenset({StopCause.FAULT, StopCause.DEADLINE, StopCause.OPERATOR})
STICKER_STAGES: Final = {"free": "free", "fault": "fault", "offline": "offline"}
STAGES: Final = {
    SessionState.PLUGGED_IN: "authorising",
    SessionState.AUTHORISING: "authorising",
    SessionState.REFUSED: "refused",
    SessionState.NEGOTIATING: "starting",
    SessionState.STARTING: "starting",
    SessionState.FINISHING: "finished",
}


class Topic(NamedTuple):
    """What a page is about. given: None for an outlet's sticker."""

    evse: int
    given: Given | None


class States:
    """Makes the states of drivers' pages. One thread thinks about what would be promised, one question after the other."""

    def __init__(self, console: Console, links: Links) -> None:
        self._console, self._links = console, links
        self._site: LiveSite = console.site
        self._thinking = ThreadPoolExecutor(1, "promise")
        self._tariffs: tuple[tuple[int, Tariff], ...] = ()
        self._tariffs_s = -math.inf
        self._histories: dict[str, tuple[int, list[Happened]]] = {}

    def end(self) -> None:
        """Think no more."""
        self._thinking.shutdown(wait=False)

    def running(self, topic: Topic) -> SessionFacts | None:
        """Return the visit that a page is about: at a sticker the one that is there now; None where none is."""
        session = self._site.loop.memory.seats[topic.evse].session
        if topic.given is not None and session is not None and session.session_id != topic.given.session_id:
            return None
        return session

    async def of(self, topic: Topic, known: Known | None = None) -> Sticker | Visit | Over | None:
        """Return what a page shows now, None where its link has expired. Raises StoreError."""
        if topic.given is not None and not self._links.is_good(topic.given):
            return None
        session = self.running(topic)
        if topic.given is not None and session is None:
            return await self._over(topic.evse, topic.given)
        outlet = self._console.outlet(known or self._console.known(), topic.evse)
        if topic.given is None or session is None or outlet.visit is None:
            return self._sticker(outlet, session)
        await self._know_tariffs()
        return self._visit(outlet, session, outlet.visit)

    async def foretold(self, topic: Topic, stated: NeedStated) -> Foretold:
        """Return what would be promised for a need, by the same core on the same memory. The visit is running."""
        site, memory = self._site, self._site.loop.memory
        work = partial(site.foreseen, memory, (stated,), stated.time_s)
        after, decision = await asyncio.get_running_loop().run_in_executor(self._thinking, work)
        session = after.seats[topic.evse].session
        assert session is not None, "the need was stated for a running visit"
        flows_a = float(memory.readings.current_a[topic.evse])
        if not math.isfinite(memory.readings.sampled_s[topic.evse]) or flows_a <= FLOWS_A:
            flows_a = max(
                0.0, float(decision.after_a[topic.evse])
            )  # nothing flows yet: what it would be given
        left_wh = session.need.energy_wh - delivered_wh(memory, session)
        wish = Wish(left_wh, session.need.departure_s, flows_a * float(memory.columns.w_per_a[topic.evse]))
        was_late = session.session_id in self._console.known().late
        planned = planned_power(decision.plan, topic.evse)
        promise = promised(wish, stated.time_s, planned, was_late=was_late)
        return Foretold(
            done_ms=moment_ms(promise.done_s),
            late_min=math.ceil(promise.late_s / 60.0),
            short_kwh=rounded(promise.short_wh / 1000.0) if promise.short_wh > 0.0 else None,
        )

    def _sticker(self, outlet: OutletNow, session: SessionFacts | None) -> Sticker:
        stage = STICKER_STAGES.get(outlet.look, "in_use")
        if session is not None and stage == "free":
            stage = "in_use"
        return Sticker(
            now_ms=self._now_ms(),
            site=self._site.config.site.name,
            time_zone=self._site.config.site.time_zone,
            outlet=outlet.id,
            phone=self._phone(),
            stage=stage,
            claim=self._links.claim_of(session),
            speed_ratio=self._site.clock.speed_ratio,
        )

    def _visit(self, outlet: OutletNow, session: SessionFacts, visit: VisitNow) -> Visit:
        site = self._site
        left_wh = 0.0 if _is_transaction_over(site, outlet.station, session) else _left_wh(visit)
        stage = stage_of(outlet.look, session, left_wh=left_wh)
        tariff = self._tariff()
        idle_s = math.nan if session.flows else session.last_power_s
        has_fee = (
            tariff is not None
            and tariff.idle_nano_per_h > 0
            and stage == "finished"
            and math.isfinite(idle_s)
        )
        happened = self._happened(outlet.id, visit.id)
        is_held = (
            outlet.cause in HELD and happened
        )  # why it stays as it is changes every second, and tells a driver nothing
        kw_per_a = kw_from_w(float(site.loop.memory.columns.w_per_a[session.evse]))
        return Visit(
            now_ms=self._now_ms(),
            site=site.config.site.name,
            time_zone=site.config.site.time_zone,
            outlet=outlet.id,
            phone=self._phone(),
            stage=stage,
            power_kw=outlet.draws_kw,
            may_kw=round(outlet.may_a * kw_per_a, 3),
            sampled_ms=outlet.sampled_ms,
            sentence=happened[0].sentence if is_held else outlet.sentence,
            arrived_ms=visit.arrived_ms,
            energy_kwh=visit.energy_kwh,
            need_kwh=visit.need_kwh,
            departs_ms=visit.departs_ms,
            done_ms=visit.done_ms,
            late_min=visit.late_min,
            short_kwh=visit.short_kwh,
            queue_place=visit.queue_place,
            starts_ms=visit.starts_ms,
            idle_ms=moment_ms(idle_s) if has_fee else None,
            idle_per_h=tariff.idle_nano_per_h / 1e9 if has_fee and tariff is not None else None,
            currency=tariff.currency if has_fee and tariff is not None else None,
            happened=happened,
            speed_ratio=site.clock.speed_ratio,
        )

    def _happened(self, evse_id: str, session_id: str) -> list[Happened]:
        """Return what became of the power, the newest first; of several shortly after one another the last."""
        changes = self._console.changes
        seen_id, before = self._histories.pop(session_id, (0, []))
        newer = changes.matching(
            before_id=0,
            evse=evse_id,
            cause="",
            session=session_id,
            most_count=LOOKED_AT_COUNT,
            after_id=seen_id,
        )
        told = [Happened(at_ms=one.at_ms, sentence=one.sentence) for one in newer]
        whole = (told + before)[:LOOKED_AT_COUNT] if told else before
        self._histories[session_id] = changes.newest_id, whole
        if len(self._histories) > HISTORIES_COUNT:
            del self._histories[next(iter(self._histories))]
        return merged(whole)

    async def _over(self, evse: int, given: Given) -> Over | None:
        seat, now_ms = self._site.loop.memory.seats[evse], self._now_ms()
        is_last = seat.last_session_id == given.session_id and math.isfinite(seat.last_ended_s)
        ended_ms = round(seat.last_ended_s * 1000.0) if is_last else None
        until_ms = now_ms if ended_ms is None else ended_ms
        kept = await self._site.journal.run(
            lambda connection: energies_at(
                connection, self._site.config.node, given.evse_id, given.arrived_ms - SLACK_MS, until_ms
            )
        )
        if ended_ms is None:  # another visit has followed: whose the later ones are is not known
            kept = kept[:1]
            ended_ms = kept[0].stop_ms if kept else None
        if now_ms - (ended_ms or given.arrived_ms) > SHOWN_MS:
            return None
        cost_minor, digits, currency = _cost(kept)
        return Over(
            now_ms=now_ms,
            site=self._site.config.site.name,
            time_zone=self._site.config.site.time_zone,
            outlet=given.evse_id,
            phone=self._phone(),
            arrived_ms=given.arrived_ms,
            ended_ms=ended_ms,
            energy_kwh=sum(one.energy_tenth_wh for one in kept) / 10_000.0 if kept else None,
            cost_minor=cost_minor,
            minor_digits=digits,
            currency=currency,
        )

    async def _know_tariffs(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._tariffs_s < TARIFF_S:
            return
        self._tariffs_s = now_s
        kept = await self._site.journal.run(lambda c: kept_tariffs(c, self._site.config.node))
        self._tariffs = tuple((one.from_ms, one.tariff) for one in reversed(kept) if not one.is_replaced)

    def _tariff(self) -> Tariff | None:
        at = bisect_right(self._tariffs, self._now_ms(), key=lambda one: one[0])
        return self._tariffs[at - 1][1] if at else None

    def _now_ms(self) -> int:
        return round(self._site.clock.now_s() * 1000.0)

    def _phone(self) -> str:
        return "" if self._site.config.api is None else self._site.config.api.phone


def merged(told: Sequence[Happened]) -> list[Happened]:
    """Return the newest things that happened, the newest first, without those that another followed within MERGED_MS."""
    found: list[Happened] = []
    for one in told:
        if found and found[-1].at_ms - one.at_ms < MERGED_MS:
            continue
        found.append(one)
        if len(found) == HAPPENED_COUNT:
            break
    return found


def stage_of(look: str, session: SessionFacts, *, left_wh: float) -> str:
    """Return where a visit stands, in the page's words.

    authorising, refused, starting, charging, paused (by the site), by_car, feeding, finished, stopped (by the site, for good), fault or offline. left_wh: inf for an unknown
    need, 0 where the transaction is over.
    """
    if look in ("offline", "fault", "charging", "feeding"):
        return look
    if session.stopped_by in ENDED_BY_SITE and session.state is not SessionState.AUTHORISING:
        return "stopped"
    if session.is_authorized and left_wh <= MET_WH:
        return "finished"
    return STAGES.get(session.state, look)


def _is_transaction_over(site: LiveSite, station: str | None, session: SessionFacts) -> bool:
    """Say whether the station has ended what it delivered in a visit, as when the driver stops it with the card."""
    desk = None if station is None else site.desks.get(station)
    if desk is None:
        return False
    numbers = {number for number, outlet in desk.place.outlets.items() if outlet.evse == session.evse}
    earliest_s = session.arrival_s - SLACK_MS / 1000.0
    of_visit = [
        one for one in desk.memory.transactions if one.outlet in numbers and one.start_s >= earliest_s
    ]
    return bool(of_visit) and of_visit[-1].is_over


def _left_wh(visit: VisitNow) -> float:
    if visit.need_kwh is None or visit.energy_kwh is None:
        return math.inf
    return (visit.need_kwh - visit.energy_kwh) * 1000.0


def _cost(kept: tuple[VisitEnergy, ...]) -> tuple[int | None, int, str]:
    """Return what a visit's bills come to, None unless each is priced in the same currency."""
    units = {(one.currency, one.minor_digits) for one in kept}
    totals = [one.total_minor for one in kept if one.total_minor is not None]
    if len(units) != 1 or len(totals) != len(kept):
        return None, 2, ""
    currency, digits = units.pop()
    return sum(totals), digits or 0, currency or ""
