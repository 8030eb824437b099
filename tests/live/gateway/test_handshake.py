"""The opening request: what is read from it, and that nothing hostile gets past it."""

import base64
from http import HTTPStatus
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.live.gateway.stage import upgrade_request
from voltloom.live.gateway.handshake import (
    Refusal,
    Upgrade,
    chosen_subprotocol,
    identity_in,
    read_head,
    refusal_bytes,
)


def head(*lines: str) -> bytes:
    return upgrade_request("A1", *lines)[:-4]


def without(name: str) -> bytes:
    return b"\r\n".join(line for line in head().split(b"\r\n") if not line.startswith(name.encode() + b":"))


def test_a_well_formed_request_is_read() -> None:
    found = read_head(head())

    assert isinstance(found, Upgrade)
    assert (found.identity, found.offered) == ("A1", ("ocpp1.6",))
    assert found.credentials is not None
    assert found.credentials.username == "A1"


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        ("/ocpp/CP%201", "CP 1"),
        ("/a/b/c/DE*ABC*E1?x=/y", "DE*ABC*E1"),
        ("/A1/", "A1"),
        ("/" + "x" * 48, "x" * 48),
        ("/Stra%C3%9Fe", "Straße"),
        ("/" + "x" * 49, None),
        ("/a%3Ab", None),  # a colon would end the user name in Basic
        ("/a%2Fb", None),
        ("/a%00b", None),
        ("/a%0d%0ab", None),
        ("/a%zz", None),
        ("/%ff", None),
        ("/%20", None),
        ("/", None),
    ],
)
def test_the_identity_is_the_last_decoded_part_of_the_path(target: str, identity: str | None) -> None:
    assert identity_in(target) == identity


@given(st.text(min_size=1, max_size=48))
def test_every_identity_that_ocpp_allows_survives_the_way_through_a_url(identity: str) -> None:
    fits = identity.isprintable() and identity == identity.strip() and not set(identity) & {":", "/"}

    assert identity_in("/ocpp/" + quote(identity, safe="", errors="replace")) in (
        {identity} if fits else {None, *[identity.replace(c, "?") for c in identity]}
    )


def test_the_stations_order_of_preference_decides_between_versions() -> None:
    assert chosen_subprotocol(("ocpp1.5", "ocpp2.1", "ocpp1.6")) == "ocpp2.1"
    assert chosen_subprotocol(("ocpp1.6", "ocpp2.0.1")) == "ocpp1.6"
    assert chosen_subprotocol(("ocpp2.0",)) is None


def test_the_secret_is_whatever_bytes_follow_the_first_colon() -> None:
    word = base64.b64encode(b"A1:\x00\xff:x").decode()
    found = read_head(without("Authorization") + f"\r\nAuthorization: Basic {word}".encode())

    assert isinstance(found, Upgrade)
    assert found.credentials is not None
    assert found.credentials.secret == b"\x00\xff:x"
    assert "xff" not in repr(found)


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"", 400),
        (b"GET /A1", 400),
        (head().replace(b"GET", b"POST"), 405),
        (head().replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
        (head().replace(b"/ocpp/A1", b"http://x/A1"), 400),
        (without("Host"), 400),
        (without("Upgrade"), 426),
        (without("Connection"), 426),
        (without("Sec-WebSocket-Key"), 400),
        (head().replace(b"Version: 13", b"Version: 8"), 426),
        (head("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400),  # twice
        (head("Authorization: Basic QTE6eA=="), 400),  # twice
        (head("Content-Length: 5"), 400),
        (head("Transfer-Encoding: chunked"), 400),
        (head(" folded: x"), 400),
        (head("no colon"), 400),
        (head("x: a\x00b"), 400),
        (head(*(f"x{n}: 1" for n in range(80))), 400),
        (without("Authorization") + b"\r\nAuthorization: Bearer abc", 400),
        (without("Authorization") + b"\r\nAuthorization: Basic !!", 400),
        (without("Authorization") + b"\r\nAuthorization: Basic QTE=", 400),  # no colon inside
        (head().replace(b"/ocpp/A1", b"/"), 404),
    ],
)
def test_a_malformed_request_is_refused_with_the_right_status(request_head: bytes, status: int) -> None:
    found = read_head(request_head)

    assert isinstance(found, Refusal)
    assert found.status == status


@given(st.binary(max_size=300), st.integers(0, 250), st.integers(0, 30))
def test_no_bytes_whatever_raise(noise: bytes, place: int, cut: int) -> None:
    whole = head()

    for request_head in (noise, whole[:place] + noise + whole[place + cut :]):
        found = read_head(request_head)
        assert isinstance(found, Upgrade | Refusal)
        if isinstance(found, Upgrade):
            assert len(found.identity) <= 48
            assert ":" not in found.identity


def test_a_refusal_says_what_a_browser_and_a_station_need() -> None:
    answer = refusal_bytes(Refusal(status=HTTPStatus.UNAUTHORIZED, detail="no"), realm="site")
    later = refusal_bytes(
        Refusal(status=HTTPStatus.SERVICE_UNAVAILABLE, detail="no", retry_after_s=7), realm="site"
    )

    assert b'WWW-Authenticate: Basic realm="site"' in answer
    assert b"Retry-After: 7\r\n" in later
