"""The waiting room: which unknown stations were seen, from where, and what they told of themselves. In memory only."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from msgspec import Struct

from voltloom.live.enrolment.kinds import ParkedStation
from voltloom.live.gateway.links import Peer

REMEMBERED_COUNT: Final = 1000  # identities; a stranger can make up as many as it likes
REMEMBERED_S: Final = 24 * 3600.0  # since it was last seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A station that waits, with what it showed."""

    told: ParkedStation
    peer: Peer


class WaitingRoom:
    """Everybody who waits, those that went away within a day included. What one told stays with its proof."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Sighting] = OrderedDict()

    def arrived(self, peer: Peer, now_s: float) -> None:
        """Take note of a new link."""
        before = self._seen.get(peer.identity)
        is_same = before is not None and before.peer.proof == peer.proof
        told = ParkedStation(
            identity=peer.identity,
            address=peer.address,
            profile=peer.profile,
            version=peer.subprotocol,
            mark=hashlib.sha256(peer.proof).hexdigest()[:12],
            first_seen_s=before.told.first_seen_s if before is not None and is_same else now_s,
            last_seen_s=now_s,
            is_connected=True,
        )
        self._keep(Sighting(told=told, peer=peer))
        self._forget_old(now_s)

    def heard(self, identity: str, message: object, now_s: float) -> None:
        """Take note of a message of a station that waits. message: its boot, decoded; anything else tells nothing."""
        if (seen := self._seen.get(identity)) is None:
            return
        told = replace(seen.told, last_seen_s=now_s)
        boot = boot_facts(message)
        if boot is not None:
            told = replace(
                told, vendor=boot.vendor, model=boot.model, serial=boot.serial, firmware=boot.firmware
            )
        self._keep(replace(seen, told=told))

    def left(self, identity: str, now_s: float) -> None:
        """Take note that its link is over."""
        if (seen := self._seen.get(identity)) is not None:
            self._keep(replace(seen, told=replace(seen.told, last_seen_s=now_s, is_connected=False)))

    def forget(self, identity: str) -> None:
        """Let go of a station that was decided on."""
        self._seen.pop(identity, None)

    def find(self, identity: str) -> Sighting | None:
        """Return a station that waits, or waited within a day."""
        return self._seen.get(identity)

    @property
    def stations(self) -> tuple[ParkedStation, ...]:
        """Return who waits, by identity."""
        return tuple(self._seen[identity].told for identity in sorted(self._seen))

    def _keep(self, sighting: Sighting) -> None:
        self._seen[sighting.told.identity] = sighting
        self._seen.move_to_end(sighting.told.identity)

    def _forget_old(self, now_s: float) -> None:
        """Let go of those who went away, the longest unseen first."""
        gone = [name for name, seen in self._seen.items() if not seen.told.is_connected]
        surplus_count = len(self._seen) - REMEMBERED_COUNT
        for place, name in enumerate(gone):
            if place < surplus_count or self._seen[name].told.last_seen_s < now_s - REMEMBERED_S:
                del self._seen[name]


class BootFacts(NamedTuple):
    """What a station tells of itself when it boots, "" for what it left out."""

    vendor: str
    model: str
    serial: str
    firmware: str


def boot_facts(message: object) -> BootFacts | None:
    """Return what a BootNotification of any version tells of a station, None for what is no message."""
    inner = getattr(message, "charging_station", None)
    if isinstance(inner, Struct):
        return BootFacts(
            *(_text(inner, key) for key in ("vendor_name", "model", "serial_number", "firmware_version"))
        )
    if not isinstance(message, Struct):
        return None
    names = ("vendor", "model", "serial_number")
    keys = (*(f"charge_point_{name}" for name in names), "firmware_version")
    return BootFacts(*(_text(message, key) for key in keys))


def _text(message: Struct, key: str) -> str:
    value = getattr(message, key, "")
    return value if isinstance(value, str) else ""
