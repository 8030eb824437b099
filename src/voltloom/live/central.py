"""The central system: links come and go, the RPC machine of each runs, one desk for each station answers in order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import msgspec
from msgspec import Struct

from voltloom.live.clock import Clock
from voltloom.live.desk import TRANSLATORS, Desk
from voltloom.live.exchanges import Exchanges
from voltloom.live.gateway.gateway import Gateway
from voltloom.live.gateway.links import Ending, Link, Peer
from voltloom.live.lines import Done, Line, Matter, Turn
from voltloom.protocols.ocpp import calls
from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.decoding import Decoded, decode_call, decode_result
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call, Send
from voltloom.protocols.ocpp.hearing import Admission, AdmissionStatus, Hearing, StationMemory, StationPlace
from voltloom.protocols.ocpp.link import (
    NEVER_S,
    CallArrived,
    CallFailed,
    CloseLink,
    Effect,
    Moved,
    Outcome,
    Outgoing,
    ResultArrived,
    SendArrived,
    SendFrame,
    Told,
)
from voltloom.protocols.ocpp.link import Link as Rpc
from voltloom.protocols.ocpp.orders.pending import called_forth
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.session.events import Event
from voltloom.store.errors import JournalClosedError, StoreError
from voltloom.store.journal import Journal, Receipts

_log = logging.getLogger("voltloom.live")
PENDING_S = 60  # until a station that waits boots again
REJECTED_S = 24 * 3600
Heard = Callable[[str, Call | Send, Struct | None, tuple[Event, ...], str], None]
Overheard = Callable[[str, str, Struct | None], None]
Timed = Callable[[str, float], None]


class Greeter(Protocol):
    """Who is told of links, and says how a station that takes no part is answered."""

    def arrived(self, link: Link) -> None:
        """Take note of a new link."""

    def waits(self, link: Link, message: object) -> AdmissionStatus:
        """Return how it is answered. message: its boot, decoded, else None."""

    def left(self, link: Link) -> None:
        """Take note that a link is over."""


class Central:
    """The gateway's handler, and how a station is called."""

    gateway: Gateway
    greeter: Greeter
    untold: set[str]  # keys of messages that are being made durable, and of which the core knows nothing yet
    overheard: Overheard  # told of what any station said and was answered, a parked one too
    timed: Timed | None = None  # told how many seconds a station took to answer a CALL

    def __init__(
        self, desks: Mapping[str, Desk], journal: Journal, heard: Heard, next_id: int, clock: Clock
    ) -> None:
        self._desks, self._journal, self._heard, self._next_id = desks, journal, heard, next_id
        self._clock, self.exchanges = clock, Exchanges()
        self._loop = asyncio.get_running_loop()
        self._lines: dict[str, Line] = {}
        self._before: dict[str, Rpc] = {}
        self._turns: dict[str, Turn] = {}
        self._run_id = time.time_ns()
        self._calls_count = self._heard_count = self._busy_count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    # --- what the gateway calls --------------------------------------------------------------------------------------

    def opened(self, link: Link, station: Peer, subprotocol: str) -> None:
        """Start the RPC machine of a link."""
        line = Line(link, OcppVersion(subprotocol), self._loop.time(), self._before.get(station.identity))
        self._lines[station.identity] = line
        self.greeter.arrived(link)

    def received(self, link: Link, data: bytes) -> None:
        """Take one message in."""
        line = self._lines.get(link.identity)
        if line is None or line.link is not link:
            return
        now_s, flight = self._loop.time(), line.rpc.flight
        self._move(line, calls.received(line.rpc, data, now_s))
        if flight is not None and line.rpc.flight is not flight and self.timed is not None:
            self.timed(link.identity, now_s - flight.sent_s)

    def closed(self, link: Link, why: Ending) -> None:
        """End the RPC machine; what was taken in is still worked off."""
        line = self._lines.get(link.identity)
        if line is None or line.link is not link:
            return
        if link.identity in self._desks:  # strangers are without number
            self._before[link.identity] = line.rpc
        del self._lines[link.identity]
        self._move(line, calls.closed(line.rpc))
        if line.timer is not None:
            line.timer.cancel()
        self.greeter.left(link)

    # --- what the actuator calls -------------------------------------------------------------------------------------

    def version_of(self, station_id: str) -> OcppVersion | None:
        """Return the version a station's link speaks, None while it has none or is parked."""
        line = self._lines.get(station_id)
        return None if line is None or line.link.is_parked else line.version

    def link_of(self, station_id: str) -> object:
        """Return the link of a station, None while it has none or is parked."""
        line = self._lines.get(station_id)
        return None if line is None or line.link.is_parked else line.link

    def speaks(self, station_id: str) -> OcppVersion | None:
        """Return the version of a station's link, also of a parked one, None while it has none."""
        line = self._lines.get(station_id)
        return None if line is None else line.version

    def memory_of(self, station_id: str) -> StationMemory:
        """Return what is remembered of a station."""
        return self._desks[station_id].memory

    def call(self, station_id: str, prepared: Prepared, done: Done) -> None:
        """Make a CALL. done: given the decoded answer, or how the CALL ended without one."""
        self._calls_count += 1
        message_id = f"v{self._run_id:x}-{self._calls_count}"
        payload = msgspec.json.encode(prepared.payload)
        outgoing = Outgoing(message_id, prepared.action, payload, prepared.key)
        line = self._lines.get(station_id)
        if station_id in self._desks and line is not None:  # strangers are without number
            now_s = self._clock.now_s()
            self.exchanges.called(station_id, message_id, prepared.action, prepared.payload, now_s)
        if line is None:
            done(CallFailed(outgoing, Outcome.LINK_CLOSED))
            return
        line.done[message_id] = done
        if line.link.is_parked and (word := called_forth(prepared.action, prepared.payload)):
            line.called_forth.add(word)
        self._move(line, calls.called(line.rpc, outgoing, self._loop.time()))

    @property
    def newest_id(self) -> int:
        """Return the newest transaction id that was given."""
        return self._next_id

    async def settled(self) -> None:
        """Wait until every message that was taken in is answered."""
        while self._busy_count:
            self._idle.clear()
            await self._idle.wait()

    # --- the machine -------------------------------------------------------------------------------------------------

    def _move(self, line: Line, moved: Moved) -> None:
        line.rpc = moved.link
        for effect in moved.effects:
            self._do(line, effect)
        self._schedule(line)

    def _do(self, line: Line, effect: Effect) -> None:
        if isinstance(effect, SendFrame):  # this and the next are nearly all
            self.gateway.send(line.link, effect.text)
        elif isinstance(effect, CallArrived):
            self._take(line, effect.call)
        else:
            self._do_rarely(line, effect)

    def _do_rarely(self, line: Line, effect: Effect) -> None:
        match effect:
            case SendArrived(message):
                self._take(line, message)
            case ResultArrived(outgoing, result):
                action = actions(line.version)[outgoing.action]
                decoded = decode_result(action, result)
                answer = None if isinstance(decoded, Fault) else decoded.message
                line.refused.pop(outgoing.action, None)
                self._finish(line, outgoing, answer or CallFailed(outgoing, Outcome.UNREADABLE))
            case CallFailed(outgoing):
                _log_failed(line, effect)
                self._finish(line, outgoing, effect)
            case CloseLink(cause):
                self.gateway.close(line.link, 1002, cause.value)
            case Told(note, message_id):
                bound = {"station": line.link.identity}
                _log.info("%s: %s %s", line.link.identity, note.value, message_id, extra=bound)

    def _finish(self, line: Line, outgoing: Outgoing, answer: Struct | CallFailed) -> None:
        self.exchanges.answered(line.link.identity, outgoing.message_id, answer, self._clock.now_s())
        done = line.done.pop(outgoing.message_id, None)
        if done is not None:  # soon, not now: it may call again while this machine is being moved
            self._loop.call_soon(done, answer)

    def _schedule(self, line: Line) -> None:
        """See that time is told to the machine; a timer that comes too early for it is only set anew then."""
        deadline_s = calls.deadline_s(line.rpc)
        if line.timer is not None:
            if line.timer.when() <= deadline_s:
                return
            line.timer.cancel()
            line.timer = None
        if deadline_s != NEVER_S:
            line.timer = self._loop.call_at(deadline_s, self._tick, line)

    def _tick(self, line: Line) -> None:
        line.timer = None
        self._move(line, calls.ticked(line.rpc, self._loop.time()))

    # --- the desk ----------------------------------------------------------------------------------------------------

    def _take(self, line: Line, message: Call | Send) -> None:
        """Work a message off, at once unless an older one of its station is being made durable."""
        self._busy_count += 1
        name = line.link.identity
        turn = self._turns.get(name)
        if turn is None:
            turn = Turn()
            if name in self._desks:
                self._turns[name] = turn
        if turn.is_taken:
            turn.waiting.append((line, message))
        else:
            line.context.run(self._guarded, line, message, partial(self._hear, turn, line, message))

    def _guarded(self, line: Line, message: Call | Send, step: Callable[[], bool]) -> None:
        """Take a step with a message. step: returns whether it was the last one.

        What cannot be kept is not answered, and ends the link: the station comes again with it.
        """
        is_over = True
        try:
            is_over = step()
        except StoreError as unwritten:
            _log.error("%s: not kept, not answered: %s", line.link.identity, unwritten)
            self.gateway.close(line.link, 1011, "the journal does not write")
        except Exception:  # a bug about one message: the station comes again with it, others go on
            bound = {"action": message.action}
            _log.exception("%s: %s", line.link.identity, message.action, extra=bound)
            self.gateway.close(line.link, 1011, "internal error")
        if is_over:
            self._busy_count -= 1
            if not self._busy_count:
                self._idle.set()

    def _hear(self, turn: Turn, line: Line, message: Call | Send) -> bool:
        """Understand a message, and answer it unless it must be durable first."""
        name = line.link.identity
        desk = self._desks.get(name)
        if desk is None or line.link.is_parked:
            self._reply(line, message, self._without_part(line, message))
            return True
        self._heard_count += 1
        self.exchanges.heard(name, message, self._clock.now_s())
        if message.action == "StartTransaction":
            self._next_id += 1
        key = f"{name}/call/{self._run_id}/{self._heard_count}"
        said = desk.hear(message, line.version, self._clock.now_s(), key=key, next_id=self._next_id)
        matter = Matter(turn, line, message, desk, said, key)
        if said.rows:
            kept = self._journal.put(said.rows)
            if not kept.done():
                turn.is_taken = True
                self.untold.add(key)
                kept.add_done_callback(partial(self._kept, matter), context=line.context)
                return False
            kept.result()
        self._conclude(matter)
        return True

    def _kept(self, matter: Matter, kept: asyncio.Future[Receipts]) -> None:
        """Go on with a message that the journal has now, or has not; then with those that waited for it."""

        def step() -> bool:
            if kept.cancelled():
                raise JournalClosedError("Writing was given up.")
            kept.result()
            self._conclude(matter)
            return True

        turn, line = matter.turn, matter.line
        self._guarded(line, matter.message, step)
        self.untold.discard(matter.key)
        turn.is_taken = False
        while turn.waiting and not turn.is_taken:
            after, message = turn.waiting.popleft()
            hear = partial(self._hear, turn, after, message)
            if after is line:
                self._guarded(after, message, hear)
            else:
                after.context.run(self._guarded, after, message, hear)

    def _conclude(self, matter: Matter) -> None:
        """Answer what is durable; between its row and the core's knowledge of it nothing else runs."""
        line, message, said = matter.line, matter.message, matter.said
        name, understood = line.link.identity, said.understood
        if isinstance(understood, Fault):
            self._reply(line, message, understood)
            return
        matter.desk.memory = understood.memory
        self._reply(line, message, understood.answer)
        for remark in understood.remarks:
            bound = {"station": name, "action": message.action}
            _log.info("%s: %s %s", name, remark.oddity.value, remark.shown, extra=bound)
        told = None if said.decoded is None else said.decoded.message
        self._heard(name, message, told, understood.events, matter.key)
        self.overheard(name, message.action, told)

    def _without_part(self, line: Line, message: Call | Send) -> Struct | Fault | None:
        """Return the answer to a station that waits for an operator, or was rejected by one."""
        is_boot = message.action == "BootNotification"
        is_asked = message.action in line.called_forth
        decoded = decode_call(message, line.version) if is_boot or is_asked else None
        boot = decoded.message if is_boot and isinstance(decoded, Decoded) else None
        status = self.greeter.waits(line.link, boot)
        if decoded is None or (status is AdmissionStatus.REJECTED and not is_boot):
            return Fault(ErrorCode.SECURITY_ERROR, "this station waits for an operator's approval")
        if isinstance(decoded, Fault):
            return decoded
        self._loop.call_soon(self.overheard, line.link.identity, message.action, decoded.message)
        return _not_accepted(decoded, line.version, status, self._clock.now_s())

    def _reply(self, line: Line, message: Call | Send, answer: Struct | Fault | None) -> None:
        if isinstance(message, Send) or answer is None:
            return
        self.exchanges.answered(line.link.identity, message.message_id, answer, self._clock.now_s())
        now_s = self._loop.time()
        if isinstance(answer, Fault):
            self._move(line, calls.refused(line.rpc, message.message_id, answer, now_s))
        else:
            self._move(line, calls.answered(line.rpc, message.message_id, answer, now_s))


def _log_failed(line: Line, failed: CallFailed) -> None:
    """Log a CALL that ended without a result; a refusal that is as the one before on this link is told no more."""
    action, outcome = failed.outgoing.action, failed.outcome
    how = outcome.value if failed.error is None else f"{outcome.value}: {failed.error.code_text}"
    is_known = outcome is Outcome.REFUSED and line.refused.get(action) == how
    if outcome is Outcome.REFUSED:
        line.refused[action] = how
    bound = {"station": line.link.identity, "action": action}
    _log.log(
        logging.DEBUG if is_known else logging.WARNING,
        "%s: %s %s",
        line.link.identity,
        action,
        how,
        extra=bound,
    )


def _not_accepted(
    decoded: Decoded, version: OcppVersion, status: AdmissionStatus, now_s: float
) -> Struct | Fault | None:
    """Return the answer to a station that takes no part, to its boot or what it was asked for; nothing of it is kept."""
    interval_s = PENDING_S if status is AdmissionStatus.PENDING else REJECTED_S
    hearing = Hearing(now_s, StationPlace("", {}), Admission(status, interval_s=interval_s))
    answer: Struct | Fault | None = TRANSLATORS[version].understand(decoded, StationMemory(), hearing).answer
    return answer
