"""What is known about one running visit, and about the outlet it stands at. Frozen values without behaviour."""

from __future__ import annotations

import math
from collections.abc import Set
from typing import NamedTuple

from voltloom.session.alarms import Alarm
from voltloom.session.answers import Answer, StopCause
from voltloom.session.authorization import AuthorizationRules, BackendVerdict, LocalList
from voltloom.session.capability import Capability
from voltloom.session.events import HardwareFault, SessionEvent, TokenKind
from voltloom.session.need import Need
from voltloom.session.state import SessionState
from voltloom.site.topology import Evse

UNKNOWN_S = -math.inf  # a moment before every other: nothing was told yet


class SessionFacts(NamedTuple):
    """Everything known about one running visit.

    evse: its column. serial: grows with every session of the site. state_since_s: since when it is in its state.
    tier, weight: known once authorised. capability: the worst case until the handshake told more. request_a: the
    most the vehicle said it will take, inf until it said something. register_start_wh, register_wh: the outlet's
    energy register at plug-in and last, NaN where unknown. exported_wh: that of exported energy at its end.
    first_power_s, last_power_s: NaN until current flowed. While it flows, the second is when it began; else when a reading showed first that it had ended.
    offered_since_s: since when its limit is above zero, inf while it is not. capability_s, need_s, request_s, soc_s: when each was told, -inf when not. woken_count: attempts to wake the vehicle.
    is_overdue_told, is_draw_told: the alarm of this stay in the state was raised. stopped_by: the site ended it.
    flows: current does, as far as was told last; what is fed back does not count here.
    """

    session_id: str
    evse: int
    serial: int
    state: SessionState
    state_since_s: float
    arrival_s: float
    capability: Capability
    need: Need = Need()
    id_token: str = ""
    token_kind: TokenKind | None = None
    is_authorized: bool = False
    tier: int = 0
    weight: float = 1.0
    request_a: float = math.inf
    register_start_wh: float = math.nan
    register_wh: float = math.nan
    exported_wh: float = math.nan
    first_power_s: float = math.nan
    last_power_s: float = math.nan
    offered_since_s: float = math.inf
    capability_s: float = UNKNOWN_S
    need_s: float = UNKNOWN_S
    request_s: float = UNKNOWN_S
    soc_s: float = UNKNOWN_S
    fault: HardwareFault | None = None
    stopped_by: StopCause | None = None
    woken_count: int = 0
    is_overdue_told: bool = False
    is_draw_told: bool = False
    flows: bool = False

    @property
    def delivered_wh(self) -> float:
        """Return the energy of this session so far by the register; NaN while no register was read."""
        return self.register_wh - self.register_start_wh


class Seat(NamedTuple):
    """One outlet: the session at it, if any, and what must be remembered between two sessions.

    early: events that came before their plug-in. fault: the outlet's own, with or without a session; fault_s: when
    it was last told to be there or gone. refuses_limits: its station takes no kind of limit.
    """

    evse: int
    evse_id: str
    session: SessionFacts | None = None
    last_session_id: str = ""
    last_ended_s: float = UNKNOWN_S
    early: tuple[SessionEvent, ...] = ()
    fault: HardwareFault | None = None
    fault_s: float = UNKNOWN_S
    refuses_limits: bool = False


class Ended(NamedTuple):
    """A session that is over: its facts in the state it had last, when, and the register then.

    is_reported: its unplugging was reported; False where a new plug-in was the only sign of it.
    """

    facts: SessionFacts
    ended_s: float
    is_reported: bool


class Context(NamedTuple):
    """What an event is judged by, besides the outlet's own facts.

    serial: for a session that begins now. register_wh: the outlet's last plausible register reading, NaN when none.
    running_tokens: tokens of the sessions at other outlets.
    """

    evse: Evse
    serial: int
    register_wh: float = math.nan
    known: LocalList = LocalList()
    running_tokens: Set[str] = frozenset()
    backend: BackendVerdict = BackendVerdict.NOT_ASKED
    rules: AuthorizationRules = AuthorizationRules()


class Step(NamedTuple):
    """What one event or one passing of time makes of an outlet.

    ended: the sessions that are over now (at most one), to be closed into records.
    """

    seat: Seat
    answers: tuple[Answer, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    ended: tuple[Ended, ...] = ()


def vacant(evse: int, evse_id: str) -> Seat:
    """Return an outlet at which nothing has happened yet."""
    return Seat(evse=evse, evse_id=evse_id)
