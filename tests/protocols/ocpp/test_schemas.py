"""The typed messages against the official schemas: made from them, and of one mind with `jsonschema` about them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from scripts.make_ocpp_structs import TARGET, write
from tests.protocols.ocpp.schema_fuzz import cases, is_valid
from voltloom.protocols.ocpp.actions import OcppVersion, actions


def disagreements(count: int, seed: int) -> tuple[list[str], Counter[bool]]:
    """Return every message on which the two differ, and how many were valid and not."""
    found = []
    verdicts: Counter[bool] = Counter()
    decoders: dict[type, msgspec.json.Decoder[object]] = {}
    for version, action, is_response, text in cases(count, seed):
        kind = action.response if is_response else action.request
        assert kind is not None
        decoder = decoders.setdefault(kind, msgspec.json.Decoder(kind))
        try:
            decoder.decode(text)
            ours, why = True, ""
        except msgspec.ValidationError as problem:
            ours, why = False, str(problem)
        theirs = is_valid(version, action.name, is_response, text)
        verdicts[theirs] += 1
        if ours != theirs:
            found.append(f"{version.value} {kind.__name__}: schema says {theirs}: {why} {text[:300]}")
    return found, verdicts


def test_the_strict_decoder_and_the_official_schemas_agree() -> None:
    found, verdicts = disagreements(4_000, seed=1)

    assert not found, "\n".join(found[:10])
    assert min(verdicts.values()) > 1_000


@pytest.mark.nightly
def test_the_strict_decoder_and_the_official_schemas_agree_on_100_000_messages() -> None:
    found, verdicts = disagreements(100_000, seed=2)

    assert not found, "\n".join(found[:10])
    assert min(verdicts.values()) > 30_000


def test_what_is_generated_is_what_the_schemas_say_today(tmp_path: Path) -> None:
    write(tmp_path)

    made = {p.relative_to(tmp_path): p.read_text() for p in tmp_path.rglob("*.py")}
    kept = {p.relative_to(TARGET): p.read_text() for p in TARGET.rglob("*.py")}
    assert made == kept


def test_every_action_with_a_schema_is_known() -> None:
    assert {version: len(actions(version)) for version in OcppVersion} == {
        OcppVersion.V16: 39,
        OcppVersion.V201: 64,
        OcppVersion.V21: 91,  # 90 CALLs and one SEND
    }


def test_a_message_that_is_encoded_is_read_again_the_same() -> None:
    for version, action, is_response, text in cases(500, seed=3):
        kind = action.response if is_response else action.request
        assert kind is not None
        if is_valid(version, action.name, is_response, text):
            message = msgspec.json.decode(text, type=kind)
            again = msgspec.json.encode(message)
            assert msgspec.json.decode(again, type=kind) == message
            assert is_valid(version, action.name, is_response, again.decode())
