"""What the words of all versions share: a payload made of plain fields and checked against its schema's struct."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from voltloom.protocols.ocpp.actions import OcppVersion, Sender, actions
from voltloom.protocols.ocpp.orders.wishes import SECRETS, Message, WishError
from voltloom.protocols.ocpp.prepared import Prepared

# The controller's own: an operator's limit beside it could break a circuit's, or end the one that holds a station safe.
_OF_THE_CONTROLLER: Final = frozenset({"SetChargingProfile", "UpdateDynamicSchedule"})
_OBEDIENCE: Final = ("smartchargingctrlr", "smartchargingenabled")  # without it a station holds no limit
_WITH_REQUEST_ID: Final = frozenset(
    {
        *("CustomerInformation", "GetBaseReport", "GetChargingProfiles", "GetDERControl"),
        *("GetDisplayMessages", "GetLog", "GetMonitoringReport", "GetReport", "PublishFirmware"),
        *("RequestBatterySwap", "SignedUpdateFirmware", "UpdateFirmware"),
    }
)
_START_FIELDS: Final = ("chargingProfile", "charging_profile")
OUR_PROFILES_COUNT: Final = 10  # of each outlet's number, see `profiles.profile_id`


FIRST_REQUEST_ID: Final = 1001  # lower ones are the controller's own questions


class Numbers(NamedTuple):
    """What a wish is sent with. request_id: never used before. list_version: that a local list gets."""

    request_id: int
    list_version: int = 1


def worded(version: OcppVersion, action: str, fields: dict[str, Any]) -> Prepared:
    """Return the CALL of an action; fields in the names of the wire, those that are None left out.

    Raises WishError naming the field that the version's schema does not allow.
    """
    found = actions(version).get(action)
    if found is None or found.sender is Sender.STATION or found.response is None:
        raise WishError(
            "action", f"{action} is no message to a station in {version.value}", "See docs/ocpp.md."
        )
    told = {name: value for name, value in fields.items() if value is not None}
    try:
        payload = msgspec.convert(told, type=found.request)
    except msgspec.ValidationError as wrong:
        raise WishError(action, str(wrong), f"Say it in the words of {version.value}.") from wrong
    return Prepared(action, payload)


def message_worded(wish: Message, version: OcppVersion, numbers: Numbers) -> Prepared:
    """Return the CALL of a message in a version's own words. Raises WishError for one that is not an operator's."""
    action, fields = wish.action, dict(wish.payload)
    if action in _OF_THE_CONTROLLER:
        raise WishError(
            "action",
            f"{action} is the controller's",
            "Set a target or a limit of the site; the controller keeps to it.",
        )
    if action in ("RemoteStartTransaction", "RequestStartTransaction") and fields.keys() & {*_START_FIELDS}:
        raise WishError("chargingProfile", "limits are the controller's", "Leave it out.")
    if action == "UsePriorityCharging" and fields.get("activate") is not False:
        # 2.1's PriorityCharging profile takes the place of the leased one, and the controller never sets one.
        raise WishError(
            "activate", "would end the controller's limit", "Give the driver's token a higher tier."
        )
    if action == "ClearChargingProfile":
        _check_cleared(fields)
    said = msgspec.json.encode(fields).decode("utf-8").lower()
    is_setting = action in ("ChangeConfiguration", "SetVariables")
    if is_setting and any(name in said for name in SECRETS):
        raise _secret()
    if is_setting:
        check_keeps_limits(said)
    if action in _WITH_REQUEST_ID and (action != "UpdateFirmware" or version is not OcppVersion.V16):
        fields.setdefault("requestId", numbers.request_id)
    return worded(version, action, fields)


def check_no_secret(variable: str) -> None:
    """Raise WishError for a setting whose value is a secret."""
    if variable.lower() in SECRETS:
        raise _secret()
    check_keeps_limits(variable)


def check_keeps_limits(said: str) -> None:
    """Raise WishError for a setting by which a station would no longer follow limits."""
    if any(name in said.lower() for name in _OBEDIENCE):
        raise WishError("setting", "decides whether the station follows limits", "Leave it to its installer.")


def _secret() -> WishError:
    return WishError(
        "setting", "is the station's secret, which no journal may hold", "Give it a new secret by enrolment."
    )


def _check_cleared(fields: dict[str, Any]) -> None:
    """Let only a foreign profile be cleared: without a limit of its own a station draws all it can."""
    identity = fields.get("id", fields.get("chargingProfileId"))
    if not isinstance(identity, int) or isinstance(identity, bool) or len(fields) > 1:
        raise WishError(
            "id", "is not alone; all profiles might go, the safe limit too", "Name one foreign profile."
        )
    if identity < OUR_PROFILES_COUNT * 1000 and identity % OUR_PROFILES_COUNT in range(1, OUR_PROFILES_COUNT):
        raise WishError("id", f"{identity} may be the controller's profile", "Name a foreign profile.")
