"""The words of the RPC state machine: one connection as a value, what can be asked of the shell, its settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.frames import Call, CallError, CallResult, Send


class LinkSettings(NamedTuple):
    """Bounds of one connection.

    call_timeout_s: how long an answer may take. timeouts_count: unanswered CALLs in a row after which a station that
    still talks is cut off; one that said nothing since is cut off at the first. silent_s: without any frame the link
    counts as half-open, inf to leave that to the socket's pings. replay_s: how long answers are kept for repeats.
    """

    call_timeout_s: float = 30.0
    timeouts_count: int = 3
    silent_s: float = math.inf
    replay_s: float = 300.0
    max_queue: int = 64
    max_open: int = 8
    max_replies: int = 64
    max_frame_bytes: int = 262_144


class Outgoing(NamedTuple):
    """A CALL of ours. key: a newer one with the same key replaces it while it waits, "" for never."""

    message_id: str
    action: str
    payload: bytes
    key: str = ""


class Outcome(Enum):
    """How a CALL of ours ended without a result."""

    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    LINK_CLOSED = "link_closed"
    SUPERSEDED = "superseded"
    QUEUE_FULL = "queue_full"
    UNREADABLE = "unreadable"  # answered, but in no words of the standard


class Note(Enum):
    """What was ignored, or odd but let through."""

    LATE_ANSWER = "late_answer"
    REPEATED_ANSWER = "repeated_answer"
    UNKNOWN_ANSWER = "unknown_answer"
    OPEN_CALL_REPEATED = "open_call_repeated"
    ANSWER_REPLAYED = "answer_replayed"
    ID_REUSED = "id_reused"  # for another message: a station that counts from 1 after each restart
    CALLS_OVERLAP = "calls_overlap"
    OUR_ANSWER_REFUSED = "our_answer_refused"
    ANSWERED_TWICE = "answered_twice"
    BAD_FRAME = "bad_frame"


class CloseCause(Enum):
    """Why a connection is given up."""

    HALF_OPEN = "half_open"
    UNRESPONSIVE = "unresponsive"


class SendFrame(NamedTuple):
    """Put this text on the wire."""

    text: bytes


class CallArrived(NamedTuple):
    """A CALL to be answered with `answered` or `refused`."""

    call: Call


class SendArrived(NamedTuple):
    """A SEND, which is not answered."""

    send: Send


class ResultArrived(NamedTuple):
    """Our CALL was answered."""

    outgoing: Outgoing
    result: CallResult


class CallFailed(NamedTuple):
    """Our CALL ended without a result. error: what the station wrote when it refused."""

    outgoing: Outgoing
    outcome: Outcome
    error: CallError | None = None


class CloseLink(NamedTuple):
    """Close the connection and call `closed`."""

    cause: CloseCause


class Told(NamedTuple):
    """Something the log and the counters should know; nothing else follows from it."""

    note: Note
    message_id: str
    fault: Fault | None = None


Effect = SendFrame | CallArrived | SendArrived | ResultArrived | CallFailed | CloseLink | Told


class Reply(NamedTuple):
    """An answer that was given, kept in case its CALL is repeated. fingerprint: of the CALL it answered."""

    fingerprint: int
    text: bytes
    time_s: float


class Flight(NamedTuple):
    """Our CALL that is on the wire."""

    outgoing: Outgoing
    sent_s: float
    deadline_s: float


NEVER_S: Final = math.inf
MAX_ENDED_KEPT: Final = 32


class Link(NamedTuple):
    """One connection.

    waiting: CALLs that may not go yet, oldest first. flight: the only one on the wire. open: CALLs of the station
    that wait for our answer. replies: by message id, newest last. ended: ids of our last CALLs with whether each was answered.
    timed_out: CALLs in a row that were not answered. heard_s: when the last frame came. is_closing: told to close.
    """

    version: OcppVersion
    settings: LinkSettings
    heard_s: float
    waiting: tuple[Outgoing, ...] = ()
    flight: Flight | None = None
    open: tuple[Call, ...] = ()
    replies: Mapping[str, Reply] = MappingProxyType({})
    ended: tuple[tuple[str, bool], ...] = ()
    timed_out: int = 0
    is_closing: bool = False


class Moved(NamedTuple):
    """A connection after something happened, and what the shell does now, in this order."""

    link: Link
    effects: tuple[Effect, ...] = ()
