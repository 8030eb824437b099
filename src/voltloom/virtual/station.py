"""A virtual station without its socket: it boots, tells, asks, keeps what could not be sent, and holds limits.

Times are the station's own clock, which follows the server's. What it says goes through `Wire`; what it does to its
outlets through `Body`. Nothing in here waits: `tick` is called again and again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, Final

from msgspec import Struct

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import Chapter
from voltloom.protocols.ocpp.timestamps import read_ahead
from voltloom.virtual import dialect2x, dialect16, profile_stack
from voltloom.virtual.counting import Counts
from voltloom.virtual.nature import Done, Nature, Phase, Wire
from voltloom.virtual.outbox import Outbox
from voltloom.virtual.outlet import Body, Outlet
from voltloom.virtual.profile_stack import Stack
from voltloom.virtual.profile_words import period_words
from voltloom.virtual.telling import Flow, State, Told, Transaction

NEEDS_ANSWER_S: Final = 60.0  # OCPP 2.0.1 K15.FR.07
RESTART_S: Final = 20.0


class Station:
    """One station. `stack` and `local_list` outlive restarts."""

    def __init__(self, nature: Nature, wire: Wire, body: Body, counts: Counts) -> None:
        self.nature, self.wire, self.body, self.counts = nature, wire, body, counts
        self.dialect: ModuleType = dialect16 if nature.version is OcppVersion.V16 else dialect2x
        self.outlets = {hardware.number: Outlet(hardware) for hardware in nature.outlets}
        self.stack: Stack = ()
        self.local_list: dict[str, str] = {}
        self.local_list_version = 0
        self.phase = Phase.DOWN
        self.values: dict[str, str] = {}  # what was configured, over the defaults of `inventory`
        self.meter_s = nature.meter_s
        self.heartbeat_s = 300.0
        self.gone_s = -math.inf  # since when the link is gone, inf while it is there
        self.outbox = Outbox(self._write, self._take_answer, counts)
        self.clock_ahead_s = 0.0  # of the fleet's clock
        self.skew_s = 0.0
        self.fleet_s = 0.0
        self.restarts_when_idle = False
        self.later: list[tuple[float, Callable[[], None]]] = []
        self._boot_due_s = self._beat_due_s = math.inf
        self._why_boot = "PowerUp"
        self._has_booted = False
        self._count = 0

    # --- time and link -----------------------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """Return the station's own time."""
        return self.fleet_s + self.clock_ahead_s + self.skew_s

    def connected(self) -> None:
        """Take in that there is a link; a station that has not booted since its start does so."""
        self.stack = profile_stack.after_offline(self.stack, self.now_s - self.gone_s)
        self.gone_s = math.inf
        self.phase = Phase.UNKNOWN
        if self._has_booted:
            self._accepted(self.heartbeat_s)
        else:
            self._boot_due_s = -math.inf

    def disconnected(self) -> None:
        """Take in that the link is gone; everything goes on without it."""
        if self.phase is not Phase.DOWN:
            self.gone_s = self.now_s
        self.phase = Phase.DOWN
        self.outbox.close()
        self._boot_due_s = self._beat_due_s = math.inf

    def tick(self, fleet_s: float) -> None:
        """Do what is due. fleet_s: the fleet's time; what is due goes by it, for timers do not follow a clock that is set."""
        self.fleet_s = fleet_s
        if fleet_s >= self._boot_due_s:
            self._boot_due_s = math.inf
            self.boot()
        if fleet_s >= self._beat_due_s:
            self._beat_due_s = fleet_s + self.heartbeat_s
            self.beat()
        for outlet in self.outlets.values():
            self._tick_outlet(outlet, fleet_s)
        if self.later:
            due = [act for at_s, act in self.later if at_s <= fleet_s]
            self.later = [entry for entry in self.later if entry[0] > fleet_s]
            for act in due:
                act()
        if self.restarts_when_idle and self.charging_count == 0:
            self.restart("RemoteReset")
        self.outbox.send(fleet_s)

    def _tick_outlet(self, outlet: Outlet, fleet_s: float) -> None:
        if fleet_s >= outlet.meter_due_s and outlet.transaction is not None:
            outlet.meter_due_s = fleet_s + self.meter_s
            self.tell(outlet, Chapter.UPDATED, "MeterValuePeriodic")
        if fleet_s >= outlet.needs_until_s:
            outlet.needs_until_s = math.inf
            self.counts.needs_unmet += 1
        if outlet.reservation is not None and self.now_s >= outlet.reservation.until_s:
            outlet.reservation = None
        if fleet_s >= outlet.awaited_until_s:
            outlet.awaited_token, outlet.awaited_until_s = "", math.inf
            if outlet.transaction is None:
                self.stack = profile_stack.after_transaction(self.stack, outlet.number)
        self.show(outlet)

    # --- registration ------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """Register."""
        said = self.dialect.booting("Virtual", self.nature.identity[:25], self._why_boot)
        self.wire.call(said, self._booted)

    def _booted(self, answer: Any) -> None:
        if self.phase is Phase.DOWN:
            return
        if answer is None:
            self._boot_due_s = self.fleet_s + RESTART_S
            return
        self.set_clock(answer.current_time)
        if answer.status == "Accepted":
            self.counts.boots += 1
            self._has_booted = True
            self._why_boot = "PowerUp"
            self._accepted(float(answer.interval) or self.heartbeat_s)
            return
        self.phase = Phase.PENDING if answer.status == "Pending" else Phase.REJECTED
        self._boot_due_s = self.fleet_s + (float(answer.interval) or RESTART_S)

    def _accepted(self, interval_s: float) -> None:
        self.phase = Phase.ACCEPTED
        self.heartbeat_s = interval_s
        self._boot_due_s = math.inf
        self._beat_due_s = self.fleet_s + interval_s
        self.outbox.open(self.fleet_s)
        for outlet in self.outlets.values():
            outlet.told_state = outlet.told_state if outlet.transaction or outlet.token else None
            self.show(outlet, again=True)
            if outlet.token and outlet.transaction is None:
                self.present(outlet)

    def beat(self) -> None:
        """Say that it is alive, and take the time from the answer."""

        def done(answer: Any) -> None:
            if answer is not None:
                self.set_clock(answer.current_time)

        self.wire.call(("Heartbeat", {}), done)

    def set_clock(self, text: str) -> None:
        """Follow the server's clock, unless this station's own is broken."""
        told_s = read_ahead(text)
        if not math.isnan(told_s) and self.skew_s == 0.0:
            self.clock_ahead_s = told_s - self.fleet_s

    def restart(self, reason: str) -> None:
        """Start again: transactions end, the link drops, profiles stay."""
        for outlet in self.outlets.values():
            self.end(outlet, "ImmediateReset" if reason == "RemoteReset" else "Reboot", "ResetCommand")
            outlet.told_state = None
        self._has_booted = self.restarts_when_idle = False
        self._why_boot = reason
        self.wire.drop()

    # --- vehicles ----------------------------------------------------------------------------------------------------

    def plug_in(self, number: int, id_token: str) -> None:
        """Take in a vehicle whose driver shows a token."""
        outlet = self.outlets[number]
        outlet.token = id_token
        outlet.told_state = None if outlet.told_state is State.FINISHING else outlet.told_state
        self.show(outlet)
        self.present(outlet)

    def unplug(self, number: int) -> None:
        """Take in that the vehicle leaves."""
        outlet = self.outlets[number]
        self.end(outlet, "EVDisconnected", "EVDeparted")
        outlet.token, outlet.needs, outlet.may_feed_back = "", None, False
        self.show(outlet)

    def flows(self, number: int, flow: Flow) -> None:
        """Take in whether current flows, or why not."""
        self.outlets[number].flow = flow

    def break_down(self, number: int, *, is_faulty: bool) -> None:
        """Take in a defect of the hardware, or its end; a broken outlet lets nothing through."""
        outlet = self.outlets[number]
        outlet.is_faulty = is_faulty
        if outlet.transaction is not None:
            self.body.close_contactor(number, is_closed=not is_faulty)
        self.show(outlet)

    def present(self, outlet: Outlet) -> None:
        """Ask whether the driver may charge; without a link the local list answers."""
        token, number = outlet.token, outlet.number
        if outlet.awaited_token:
            remote_start_id, outlet.awaited_until_s = outlet.awaited_id, math.inf
            outlet.token, outlet.awaited_token = outlet.awaited_token, ""
            self.begin(outlet, "RemoteStart", remote_start_id)
            return
        is_taken = outlet.reservation is not None and outlet.reservation.id_token != token
        if not outlet.is_operative or outlet.is_faulty or is_taken:
            return

        def done(answer: Any) -> None:
            if self.outlets[number].token != token or outlet.transaction is not None:
                return
            if answer is None:
                if self.phase is Phase.DOWN:
                    self._judge_alone(outlet)
                else:
                    self.later.append((self.fleet_s + RESTART_S, partial(self._present_again, number, token)))
            elif self.dialect.token_status(answer) == "Accepted":
                outlet.may_feed_back = dialect2x.may_feed_back(answer)
                self.begin(outlet, "Authorized")
            else:
                self.counts.rejected += 1

        if self.phase is Phase.ACCEPTED:
            self.wire.call(self.dialect.authorizing(token), done)
        elif self.phase is Phase.DOWN:
            self._judge_alone(outlet)

    def _present_again(self, number: int, token: str) -> None:
        outlet = self.outlets[number]
        if outlet.token == token and outlet.transaction is None:
            self.present(outlet)

    def _judge_alone(self, outlet: Outlet) -> None:
        status = self.local_list.get(outlet.token)
        if status == "Accepted" or (
            status is None and self.nature.serves_unknown_offline and self._has_booted
        ):
            self.begin(outlet, "Authorized")
        elif status is not None:
            self.counts.rejected += 1

    # --- transactions ------------------------------------------------------------------------------------------------

    def begin(self, outlet: Outlet, trigger: str, remote_start_id: int | None = None) -> None:
        """Begin a transaction and let current flow."""
        own = Transaction(outlet.number, outlet.token, self.now_s)
        own.remote_start_id = remote_start_id
        if outlet.reservation is not None:
            own.reservation_id, outlet.reservation = outlet.reservation.reservation_id, None
        if self.nature.version is not OcppVersion.V16:
            self._count += 1
            own.identity = f"{self.nature.identity[:12]}-{outlet.number}-{int(self.now_s)}-{self._count}"
        outlet.transaction = own
        outlet.flow = Flow.HELD_BACK  # until current flows, or the vehicle takes none
        self.counts.begun += 1
        self.body.close_contactor(outlet.number, is_closed=True)
        outlet.meter_due_s = self.fleet_s + self.meter_s
        self.tell(outlet, Chapter.STARTED, trigger)
        self.show(outlet)
        if self.nature.has_iso15118 and outlet.needs is not None:
            self._need(outlet)

    def end(self, outlet: Outlet, reason: str, trigger: str) -> None:
        """End the transaction, if one runs."""
        own = outlet.transaction
        if own is None:
            return
        self.body.close_contactor(outlet.number, is_closed=False)
        self.tell(outlet, Chapter.ENDED, trigger, reason)
        own.is_over, outlet.transaction = True, None
        outlet.meter_due_s = outlet.needs_until_s = math.inf
        self.stack = profile_stack.after_transaction(self.stack, outlet.number)
        self.counts.finished += 1
        if outlet.turns_operative is not None:
            outlet.is_operative, outlet.turns_operative = outlet.turns_operative, None
        self.show(outlet)

    def tell(self, outlet: Outlet, chapter: Chapter, trigger: str, reason: str = "") -> None:
        """Queue a chapter of the running transaction."""
        own = outlet.transaction
        assert own is not None, "only a running transaction has chapters"
        told = Told(
            chapter=chapter,
            transaction=own,
            time_s=self.now_s,
            trigger=trigger,
            state=_STATE_AT_END.get(trigger, State.FINISHING) if chapter is Chapter.ENDED else outlet.state,
            reading=self.body.reading(outlet.number, self.now_s),
            seq_no=own.seq_no,
            is_offline=self.phase is not Phase.ACCEPTED,
            reason=reason,
        )
        own.seq_no += 1
        self.outbox.put(told, self.fleet_s)

    def _write(self, told: Told, done: Done) -> None:
        self.wire.call(self.dialect.transaction(told), done)

    def _take_answer(self, told: Told, answer: Any) -> None:
        own = told.transaction
        if told.chapter is not Chapter.STARTED:
            return
        if self.nature.version is OcppVersion.V16:
            own.identity = dialect16.given_identity(answer)
        if not own.is_over and self.dialect.token_status(answer) not in ("", "Accepted"):
            self.counts.rejected += 1
            self.end(self.outlets[own.number], "DeAuthorized", "Deauthorized")

    def show(self, outlet: Outlet, *, again: bool = False) -> None:
        """Tell an outlet's state where it has changed and there is somebody to tell."""
        state = outlet.state
        if self.phase is not Phase.ACCEPTED or (state is outlet.told_state and not again):
            return
        before, outlet.told_state = outlet.told_state, state
        is_new = before is None or again or not self._is_in_transaction(before, state)
        if is_new or self.nature.version is OcppVersion.V16:
            self.wire.call(self.dialect.status(outlet.number, state, self.now_s), ignored)
        elif outlet.transaction is not None:
            self.tell(outlet, Chapter.UPDATED, "ChargingStateChanged")

    def _is_in_transaction(self, before: State, after: State) -> bool:
        """Return whether 2.x calls both occupied, so that only the charging state changed."""
        own = (State.AVAILABLE, State.RESERVED, State.UNAVAILABLE, State.FAULTED)
        return before not in own and after not in own

    # --- limits ------------------------------------------------------------------------------------------------------

    def limit_a(self, number: int) -> float:
        """Return what an outlet may draw now by the profiles it holds."""
        outlet = self.outlets[number]
        where = outlet.circumstance(self.body.w_per_a(number), self.gone_s)
        return profile_stack.limit_a(self.stack, where, self.now_s, self.charging_count)

    @property
    def charging_count(self) -> int:
        """Return how many outlets share the station's maximum."""
        return sum(outlet.transaction is not None for outlet in self.outlets.values())

    def _need(self, outlet: Outlet) -> None:
        needs = outlet.needs
        if needs is not None and not outlet.may_feed_back:
            needs = needs._replace(discharge_a=0.0)
        said = None if needs is None else self.dialect.needing(outlet.number, needs, self.now_s)
        if said is None or self.phase is not Phase.ACCEPTED:
            return

        def done(answer: Any) -> None:
            if answer is not None and answer.status in ("Accepted", "Processing"):
                self.counts.needs += 1
                outlet.needs_until_s = self.fleet_s + NEEDS_ANSWER_S

        self.wire.call(said, done)

    def schedule_came(self, number: int) -> None:
        """Take in that a transaction got its profile; a vehicle that asked for it tells what it makes of it."""
        outlet = self.outlets.get(number)
        if outlet is None or outlet.needs_until_s == math.inf:
            return
        outlet.needs_until_s = math.inf
        where = outlet.circumstance(self.body.w_per_a(number), self.gone_s)
        periods = profile_stack.composite(self.stack, where, self.now_s, 3600.0, self.charging_count)
        words = period_words(periods, next(iter(self.nature.ability.units)), where.w_per_a)
        if (said := self.dialect.scheduling(number, words, self.now_s)) is not None:
            self.wire.call(said, ignored)


_STATE_AT_END: Final = {"EVDeparted": State.AVAILABLE}  # else the vehicle is still there


def ignored(answer: Struct | None) -> None:
    """Take an answer that nothing follows from."""
