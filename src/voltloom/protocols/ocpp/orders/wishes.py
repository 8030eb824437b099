"""An operator's wishes, the same for every OCPP version; `Message` says the rest in a version's own words."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from msgspec import Meta, Struct

# OCPP's number of an outlet: a connector in 1.6, an EVSE in 2.x; 0 is the whole station.
Number: TypeAlias = Annotated[int, Meta(ge=0)]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255)]


class WishError(ValueError):
    """A wish that is not sent: which field, what is wrong with it, and the remedy."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        self.field, self.problem, self.remedy = field, problem, remedy
        super().__init__(f"{field}: {problem}. {remedy}")


class Token(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who charges. type: in 2.x's words; 1.6 has none."""

    id_token: Name
    type: Annotated[str, Meta(min_length=1, max_length=20)] = "ISO14443"


class Start(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="start"):
    """Begin a transaction. It goes without a profile: the controller alone sets limits."""

    token: Token
    number: Number = 0


class Stop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="stop"):
    """End a transaction."""

    transaction_id: Name


class Reset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="reset"):
    """Restart a station or, in 2.x, one EVSE. how: on_idle waits for drivers, graceful (1.6) ends their transactions."""

    how: Literal["graceful", "immediate", "on_idle", "immediate_and_resume"]
    number: Number = 0


class Unlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="unlock"):
    """Let a cable go. connector: of the EVSE, 2.x only."""

    number: Annotated[int, Meta(ge=1)]
    connector: Annotated[int, Meta(ge=1)] = 1


class SetAvailability(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="availability"):
    """Take an outlet or a station out of service, or back. A running transaction goes on; then it is scheduled."""

    is_operative: bool
    number: Number = 0


class Trigger(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="trigger"):
    """Ask for a message. message: in 2.x's words, in 1.6 also DiagnosticsStatusNotification."""

    message: Name
    number: Number = 0


class Reserve(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="reserve"):
    """Keep an outlet for a token until a moment. reservation_id: the one to replace, None for a new one."""

    token: Token
    until_s: float
    number: Number = 0
    reservation_id: Annotated[int, Meta(ge=1, lt=2**31)] | None = None


class CancelReservation(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="cancel_reservation"
):
    """Give a reservation up."""

    reservation_id: Annotated[int, Meta(ge=0, lt=2**31)]


class ListedToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of a local list. status: None takes the token off it."""

    token: Token
    status: Literal["Accepted", "Blocked", "Expired", "Invalid"] | None = "Accepted"
    until_s: float | None = None


class SendList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="local_list"):
    """Set the station's list of tokens, or change some of its rows; the version that it gets is counted here."""

    tokens: tuple[ListedToken, ...]
    is_full: bool = True


class Setting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A 1.6 key (variable only), or a variable of a 2.x component. number: EVSE of the component, 0 for none."""

    variable: Name
    component: str = ""
    instance: str = ""
    variable_instance: str = ""
    number: Number = 0


class ReadSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="read_settings"):
    """Read settings. In 1.6 none means all of them."""

    settings: tuple[Setting, ...] = ()


class WriteSetting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="write_setting"):
    """Write one setting, then read it back."""

    setting: Setting
    value: Annotated[str, Meta(max_length=1000)]


class UpdateFirmware(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="firmware"):
    """Install firmware. With signature and certificate (PEM) it is a signed update."""

    location: Annotated[str, Meta(min_length=1, max_length=512)]
    retrieve_s: float
    install_s: float | None = None
    certificate: str = ""
    signature: str = ""


class FetchLog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="log"):
    """Have a station upload a log. In 1.6 `old_diagnostics` is GetDiagnostics, for stations without GetLog."""

    log: Literal["diagnostics", "security", "old_diagnostics"]
    location: Annotated[str, Meta(min_length=1, max_length=512)]
    oldest_s: float | None = None
    latest_s: float | None = None


class Message(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="message"):
    """A message of the station's version as it goes over the wire. A requestId may be left out."""

    action: Name
    payload: dict[str, Any] = {}


Wish: TypeAlias = (
    Start
    | Stop
    | Reset
    | Unlock
    | SetAvailability
    | Trigger
    | Reserve
    | CancelReservation
    | SendList
    | ReadSettings
    | WriteSetting
    | UpdateFirmware
    | FetchLog
    | Message
)
# Their values are secrets, which no journal may hold.
SECRETS: Final = frozenset({"authorizationkey", "basicauthpassword"})


def kind_of(wish: Wish) -> str:
    """Return the wish's kind, for a message its action."""
    return wish.action if isinstance(wish, Message) else str(type(wish).__struct_config__.tag)


def target_of(wish: Wish) -> str:
    """Return what a wish is about: of two with the same target the newer one counts."""
    match wish:
        case Trigger(message=message, number=number):
            return f"trigger/{message}/{number}"
        case Stop(transaction_id=transaction_id):
            return f"stop/{transaction_id}"
        case CancelReservation(reservation_id=reservation_id):
            return f"cancel_reservation/{reservation_id}"
        case WriteSetting(setting=setting):
            return f"write_setting/{setting}"
        case ReadSettings(settings=settings):
            return f"read_settings/{settings}"
        case Message(action=action, payload=payload):
            return f"{action}/{sorted(payload.items(), key=lambda item: item[0])}"
    return f"{kind_of(wish)}/{getattr(wish, 'number', 0)}"
