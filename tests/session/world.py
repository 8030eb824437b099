"""An outlet and a few shortcuts that the session tests share."""

import math

from voltloom.session.authorization import AuthorizationRules, BackendVerdict, TokenEntry, local_list
from voltloom.session.choreography import advance
from voltloom.session.events import (
    CapabilityReported,
    NeedStated,
    PluggedIn,
    SessionEvent,
    StationEvent,
    TokenKind,
    TokenPresented,
    Unplugged,
)
from voltloom.session.evidence import observed
from voltloom.session.facts import Context, Seat, SessionFacts, Step, vacant
from voltloom.session.state import SessionState
from voltloom.site.topology import Evse, Phase, Wiring

OUTLET = Evse(
    evse_id="a1",
    circuit_id="row_a",
    wiring=Wiring.THREE_PHASE,
    phases=(Phase.L1, Phase.L2, Phase.L3),
)
FREE_VEND = AuthorizationRules(is_free_vend=True)


def context(
    rules: AuthorizationRules = FREE_VEND,
    *,
    serial: int = 1,
    register_wh: float = 1000.0,
    backend: BackendVerdict = BackendVerdict.NOT_ASKED,
    tokens: tuple[TokenEntry, ...] = (),
) -> Context:
    return Context(
        evse=OUTLET,
        serial=serial,
        register_wh=register_wh,
        known=local_list(tokens),
        backend=backend,
        rules=rules,
    )


def outlet() -> Seat:
    return vacant(0, "a1")


def plugged_in(time_s: float = 0.0, session_id: str = "visit") -> PluggedIn:
    return PluggedIn(time_s=time_s, evse=0, session_id=session_id)


def token(time_s: float, id_token: str = "anna") -> TokenPresented:
    return TokenPresented(time_s=time_s, evse=0, id_token=id_token, kind=TokenKind.RFID)


def handshake(time_s: float, *, min_a: float = 6.0, max_a: float = 16.0) -> CapabilityReported:
    return CapabilityReported(
        time_s=time_s, evse=0, is_dynamic=True, uses_all_phases=True, min_a=min_a, max_a=max_a
    )


def need(time_s: float, energy_wh: float, departure_s: float = math.inf) -> NeedStated:
    return NeedStated(time_s=time_s, evse=0, energy_wh=energy_wh, departure_s=departure_s, soc_ratio=math.nan)


def unplugged(time_s: float, energy_wh: float = math.nan) -> Unplugged:
    return Unplugged(time_s=time_s, evse=0, energy_wh=energy_wh)


def after(
    *events: SessionEvent | StationEvent, where: Context | None = None, seat: Seat | None = None
) -> Step:
    """Return the outlet after these events, with all answers and alarms of the last one."""
    step = Step(seat=seat or outlet())
    for event in events:
        step = advance(step.seat, event, where or context())
    return step


def charging(where: Context | None = None) -> Seat:
    """Return an outlet whose session is charging since 60 s."""
    seat = after(plugged_in(0.0), handshake(10.0), where=where).seat
    return observed(seat, 60.0, sampled_s=60.0, current_a=16.0, register_wh=1000.0, setpoint_a=16.0).seat


def session(step: Step | Seat) -> SessionFacts:
    seat = step.seat if isinstance(step, Step) else step
    assert seat.session is not None, "no session is there"
    return seat.session


def state(step: Step | Seat) -> SessionState:
    return session(step).state
