"""The message table says what the translators do, and the documentation says what the table says."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest

from tests.protocols.ocpp.schema_fuzz import schema, valid
from tests.protocols.ocpp.station16 import NOON_S, PLACE
from voltloom.protocols.ocpp import v16, v21, v201
from voltloom.protocols.ocpp.actions import OcppVersion, Sender, actions
from voltloom.protocols.ocpp.decoding import Decoded, decode_call
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call
from voltloom.protocols.ocpp.hearing import Hearing, StationMemory
from voltloom.protocols.ocpp.serving import How, how, table

DOCS = Path(__file__).resolve().parents[3] / "docs" / "ocpp.md"
TRANSLATORS = {OcppVersion.V16: v16, OcppVersion.V201: v201, OcppVersion.V21: v21}


@pytest.mark.parametrize("version", OcppVersion)
def test_what_the_table_refuses_is_refused_and_all_else_is_answered(version: OcppVersion) -> None:
    draw = random.Random(6)
    for action in actions(version).values():
        root = schema(version, action.name, False)
        payload = msgspec.json.encode(valid(root, root, draw, 0.3))
        if action.response is None:
            continue
        decoded = decode_call(Call("1", action.name, payload), version)
        if action.sender is Sender.CSMS:
            assert isinstance(decoded, Fault)
            assert decoded.code is ErrorCode.NOT_SUPPORTED
            continue
        assert isinstance(decoded, Decoded)
        answer = TRANSLATORS[version].understand(decoded, StationMemory(), Hearing(NOON_S, PLACE)).answer
        assert isinstance(answer, Fault) == (how(version, action.name) is How.REFUSED), action.name


def test_the_documentation_shows_the_table() -> None:
    assert "\n".join(table()) in DOCS.read_text(encoding="utf-8")
