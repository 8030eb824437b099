"""Which kinds of profile stations refuse, kept with the site's memory: a restart need not find it out anew."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from voltloom.live.actuator.holding import firmware_of
from voltloom.live.wire import HeardCall
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.decoding import Decoded, decode_call
from voltloom.protocols.ocpp.frames import Call


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What a station refuses with this firmware (as `holding.firmware_of`, () where it never booted here).

    counts: refusals in a row, by the number of a `Purpose`.
    """

    firmware: tuple[str, ...]
    counts: dict[int, int]


class Refusals:
    """What stations refused before this start, followed through the journal."""

    def __init__(self) -> None:
        self.by_station: dict[str, Refused] = {}

    def recall(self, kept: Mapping[str, Refused]) -> None:
        """Go on from what was kept."""
        self.by_station = dict(kept)

    def heard(self, call: HeardCall) -> None:
        """Forget what a station refused that booted with another firmware since."""
        before = self.by_station.get(call.station_id)
        if before is None or call.action != "BootNotification":
            return
        asked = Call(call.message_id, call.action, call.payload.encode("utf-8"))
        decoded = decode_call(asked, OcppVersion(call.version))
        if isinstance(decoded, Decoded) and firmware_of(decoded.message) != before.firmware:
            del self.by_station[call.station_id]
