"""What a station asks for that needs more than a translator: a signed certificate, an answer to a vendor's own message."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from voltloom.live.clock import Clock
from voltloom.live.orders.desk import OrderDesk
from voltloom.live.orders.signing import Signer, SigningError
from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.orders.wishes import Message, WishError
from voltloom.store.errors import StoreError

_log = logging.getLogger("voltloom.live")
_OWN = (UNSET, "ChargingStationCertificate")  # 1.6 has no other
Names = Callable[[str], Collection[str]]


class Replies:
    """How the site answers by its file. vendors: for each vendor the messages that are taken, none for all of them.

    names: those a station's certificate may have.
    """

    def __init__(
        self, signer: Signer | None, vendors: Mapping[str, Collection[str]], names: Names, clock: Clock
    ) -> None:
        self._signer, self._vendors, self._names, self._clock = signer, vendors, names, clock

    def answer(self, station_id: str, decoded: Decoded) -> Struct | None:
        """Return the answer to a message, None for one that is the translator's."""
        message: Any = decoded.message
        response = decoded.action.response
        if message is None or response is None:
            return None
        fields: dict[str, Any]
        match decoded.action.name:
            case "DataTransfer":
                fields = {"status": self._vendor_status(message)}
            case "SignCertificate":
                why = self._refusal(station_id, message)
                fields = {"status": "Rejected" if why else "Accepted"}
                if why:
                    _log.warning("%s: its certificate is not signed: %s", station_id, why)
                if why and "statusInfo" in response.__struct_encode_fields__:
                    fields["statusInfo"] = {"reasonCode": "CSRRejected", "additionalInfo": why[:500]}
            case _:
                return None
        return msgspec.convert(fields, type=response)

    async def sign(self, station_id: str, message: Struct | None, orders: OrderDesk) -> None:
        """Send a station the certificate it asked for and was promised."""
        asked: Any = message
        if self._signer is None or self._refusal(station_id, asked):
            return
        csr = self._signer.checked(asked.csr, self._names(station_id))
        chain = self._signer.signed(csr, datetime.fromtimestamp(self._clock.now_s(), UTC))
        payload: dict[str, Any] = {"certificateChain": chain}
        for name, told in (("certificateType", "certificate_type"), ("requestId", "request_id")):
            if getattr(asked, told, UNSET) is not UNSET:
                payload[name] = getattr(asked, told)
        wish = Message(action="CertificateSigned", payload=payload)
        try:
            await orders.order(station_id, wish, by="the site's authority")
        except (WishError, StoreError) as unsent:
            _log.error("%s: its certificate was signed and not sent: %s", station_id, unsent)

    def _refusal(self, station_id: str, message: Any) -> str:
        """Return why a request is not signed, "" where it is."""
        if self._signer is None:
            return "no authority is set in the site's file"
        if getattr(message, "certificate_type", UNSET) not in _OWN:
            return "only a station's own certificate is signed here"
        try:
            self._signer.checked(message.csr, self._names(station_id))
        except SigningError as wrong:
            return str(wrong)
        return ""

    def _vendor_status(self, message: Any) -> str:
        taken = self._vendors.get(message.vendor_id)
        if taken is None:
            return "UnknownVendorId"
        is_taken = not taken or message.message_id in taken
        return "Accepted" if is_taken else "UnknownMessageId"
