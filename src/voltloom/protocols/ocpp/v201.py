"""OCPP 2.0.1: what a station's message means for the core and the store; what it shares with its sister is in `v2x`."""

from __future__ import annotations

from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.generated.v201 import types
from voltloom.protocols.ocpp.hearing import Hearing, StationMemory, Understood
from voltloom.protocols.ocpp.v2x import shown_token
from voltloom.protocols.ocpp.v2x import understand as understand_2x

__all__ = ["shown_token", "understand"]


def understand(decoded: Decoded, memory: StationMemory, hearing: Hearing) -> Understood:
    """Return what a station's message means and the answer."""
    return understand_2x(decoded, memory, hearing, types)
