"""What may be kept of an order tells no login, password or key, and still tells what was asked."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from voltloom.protocols.ocpp.orders import wishes
from voltloom.protocols.ocpp.orders.masking import is_masked, wish_without_secrets, without_secrets

LOCATIONS = [
    ("ftp://user:hidden@files/a", "ftp://***@files/a"),
    ("ftp://user:hid@den@files/a", "ftp://***@files/a"),
    ("ftp://user:hid/den@files/a", "ftp://***@files/a"),
    ("https://files/a?X-Signature=hidden&b=hidden", "https://files/a?***"),
    ("https://files/a", "https://files/a"),
]


@pytest.mark.parametrize(("location", "shown"), LOCATIONS)
def test_a_location_shows_neither_login_nor_signature(location: str, shown: str) -> None:
    firmware = wish_without_secrets(wishes.UpdateFirmware(location=location, retrieve_s=0.0))
    log = wish_without_secrets(wishes.FetchLog(log="diagnostics", location=location))

    assert isinstance(firmware, wishes.UpdateFirmware)
    assert isinstance(log, wishes.FetchLog)
    assert firmware.location == log.location == shown
    assert without_secrets({"firmware": {"location": location}}) == {"firmware": {"location": shown}}
    assert without_secrets({"log": {"remoteLocation": location}}) == {"log": {"remoteLocation": shown}}


@pytest.mark.parametrize(
    ("payload", "kept"),
    [
        ({"vpn": {"user": "u", "password": 'hid"den', "key": "hidden"}}, {"vpn": {"user": "u", "password": "***", "key": "***"}}),
        ({"apn": {"apnPassword": "hidden", "simPin": 1234}}, {"apn": {"apnPassword": "***", "simPin": "***"}}),
        ({"ocppCsmsUrl": "wss://u:hidden@there/x"}, {"ocppCsmsUrl": "wss://***@there/x"}),
        ({"key": "HeartbeatInterval", "value": "60"}, {"key": "HeartbeatInterval", "value": "60"}),
        ({"key": "FtpPassword", "value": "hidden"}, {"key": "FtpPassword", "value": "***"}),
        ({"a": [{"variable": {"name": "VpnKey"}, "attributeValue": "hidden"}]}, {"a": [{"variable": {"name": "VpnKey"}, "attributeValue": "***"}]}),
        ({"text": "see https://there/x@2 and mail a@b"}, {"text": "see https://there/x@2 and mail a@b"}),
    ],
)  # fmt: skip
def test_secrets_of_a_payload_are_masked_and_nothing_else(
    payload: dict[str, Any], kept: dict[str, Any]
) -> None:
    wish = wish_without_secrets(wishes.Message(action="X", payload=payload))

    assert without_secrets(payload) == kept
    assert isinstance(wish, wishes.Message)
    assert wish.payload == kept
    assert any(is_masked(str(value)) for value in payload.values()) is False
    assert without_secrets(kept) == kept


@pytest.mark.parametrize("location", [f"a://{'x' * size}@b?c{'d' * (504 - size)}" for size in (1, 2, 3, 9)])
def test_what_is_kept_can_be_read_again(location: str) -> None:
    wish = wish_without_secrets(wishes.FetchLog(log="diagnostics", location=location[:512]))

    assert msgspec.json.decode(msgspec.json.encode(wish), type=wishes.FetchLog) == wish


def test_a_setting_that_is_a_secret_is_masked() -> None:
    secret = wishes.WriteSetting(setting=wishes.Setting(variable="VpnPassword"), value="hidden")
    plain = wishes.WriteSetting(setting=wishes.Setting(variable="Heartbeat"), value="60")

    assert "hidden" not in json.dumps(msgspec.to_builtins(wish_without_secrets(secret)))
    assert wish_without_secrets(plain) == plain
