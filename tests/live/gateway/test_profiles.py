"""Security profiles 0 to 3 over real sockets and real TLS, with certificates made on the spot."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus, WebSocketException

from tests.live.gateway.stage import SECRET, Stage, client, plain, played, staged, station
from voltloom.live.gateway.certificates import (
    Authority,
    Subject,
    authority,
    issued,
    revocation_list,
    write_pair,
)
from voltloom.live.gateway.credentials import hashed
from voltloom.live.gateway.events import EventKind
from voltloom.live.gateway.settings import Limits, Listener, SecurityProfile
from voltloom.live.gateway.tls import TlsFiles, server_context
from voltloom.live.gateway.tls import certificate_name as name_in

TLS, MUTUAL = SecurityProfile.TLS_BASIC, SecurityProfile.MUTUAL_TLS


@dataclass(frozen=True)
class Keys:
    """A folder with an authority, a server, and stations good and bad."""

    folder: Path

    def files(self, **more: Any) -> TlsFiles:
        return TlsFiles(
            certificate_path=self.folder / "server.pem",
            key_path=self.folder / "server.key",
            station_authority_path=self.folder / "authority.pem",
            **more,
        )

    def listener(self, profile: SecurityProfile, **more: Any) -> Listener:
        tls = server_context(profile, self.files(**more))
        return Listener(host="127.0.0.1", port=0, profile=profile, tls=tls)

    def trusting(self, stem: str | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder / "authority.pem"))
        if stem is not None:
            context.load_cert_chain(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")
        return context


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder, now = tmp_path_factory.mktemp("keys"), datetime.now(UTC)
    by, other = authority("authority", now), authority("authority", now)  # the same name, another key
    wanted: tuple[tuple[str, Authority, Subject], ...] = (
        ("server", by, Subject(common_name="localhost", names=("localhost", "127.0.0.1"))),
        ("A1", by, Subject(common_name="A1")),
        ("A2", by, Subject(common_name="A2")),
        ("serial", by, Subject(common_name="SN-0815")),
        ("expired", by, Subject(common_name="A1", days=-1)),
        ("stranger", other, Subject(common_name="A1")),
    )
    for stem, signer, subject in wanted:
        certificate, key = issued(signer, subject, now)
        write_pair(folder, stem, certificate, key)
        if stem == "A2":
            (folder / "revoked.pem").write_bytes(revocation_list(by, [certificate], now))
    write_pair(folder, "authority", by.certificate, by.key)
    return Keys(folder)


async def refused(stage: Stage, kind: EventKind, status: int, **options: object) -> None:
    with pytest.raises(InvalidStatus) as told:
        await client(stage.port, **options)  # type: ignore[arg-type]  # passed through
    assert told.value.response.status_code == status
    await stage.event(kind)
    assert (stage.events[-1].kind, stage.events[-1].identity) == (kind, options.get("identity", "A1"))
    assert not stage.opened_links


async def works(stage: Stage, port: int | None = None, **options: object) -> None:
    count = len(stage.messages)
    connection = await client(port or stage.port, **options)  # type: ignore[arg-type]  # passed through
    await connection.send("[]")
    await stage.until(lambda: len(stage.messages) > count)
    await connection.close()


# --- profile 1 ---------------------------------------------------------------------------------------------------------


def test_the_right_secret_opens_and_the_answer_names_one_version() -> None:
    async def scene() -> None:
        async with staged(station()) as stage:
            connection = await stage.client(offers=("ocpp9", "ocpp2.0.1", "ocpp1.6"))
            assert connection.subprotocol == "ocpp2.0.1"
            assert connection.response is not None
            assert connection.response.headers.get_all("Sec-WebSocket-Protocol") == ["ocpp2.0.1"]
            assert connection.response.headers.get("Sec-WebSocket-Extensions") is None
            await connection.close()

    played(scene)


@pytest.mark.parametrize("given", [bytes(range(200, 220)), bytes(range(200, 220)).hex().encode()])
def test_a_station_of_ocpp_16_may_send_its_key_decoded_or_not(given: bytes) -> None:
    async def scene() -> None:
        record = hashed(bytes(range(200, 220)).hex().encode(), cost=16)
        async with staged(station(secret_record=record)) as stage:
            await works(stage, secret=given)

    played(scene)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"secret": "not the right secret"}, EventKind.CREDENTIALS_WRONG),
        ({"secret": None}, EventKind.CREDENTIALS_MISSING),
        ({"username": "A2"}, EventKind.CREDENTIALS_WRONG),
        ({"secret": ""}, EventKind.CREDENTIALS_WRONG),
    ],
)
def test_a_wrong_secret_or_name_is_unauthorized(options: dict[str, object], kind: EventKind) -> None:
    async def scene() -> None:
        async with staged(station(), station("A2")) as stage:
            await refused(stage, kind, 401, **options)

    played(scene)


def test_a_station_without_a_secret_on_record_never_passes_by_one() -> None:
    async def scene() -> None:
        async with staged(station(secret_record=None)) as stage:
            await refused(stage, EventKind.CREDENTIALS_WRONG, 401)

    played(scene)


def test_guessing_is_slowed_down_and_even_the_right_guess_waits() -> None:
    async def scene() -> None:
        limits = Limits(back_off_after_failures=2, back_off_first_s=60.0)
        async with staged(station(), station("A2"), limits=limits) as stage:
            for _ in range(2):
                await refused(stage, EventKind.CREDENTIALS_WRONG, 401, secret="wrong wrong wrong")
            await refused(stage, EventKind.BACKED_OFF, 429)
            await works(stage, identity="A2")

    played(scene)


# --- profile 2 ---------------------------------------------------------------------------------------------------------


def test_profile_2_needs_the_secret_inside_tls(keys: Keys) -> None:
    async def scene() -> None:
        async with staged(station(), listeners=[keys.listener(TLS)]) as stage:
            await refused(stage, EventKind.CREDENTIALS_WRONG, 401, secret="x" * 20, tls=keys.trusting())
            await works(stage, tls=keys.trusting())
            assert stage.opened_links[0].peer.profile is TLS

    played(scene)


def test_tls_below_12_finds_no_server(keys: Keys) -> None:
    old = keys.trusting()
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")

    async def scene() -> None:
        async with staged(station(), listeners=[keys.listener(TLS)]) as stage:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await client(stage.port, tls=old)
            await stage.event(EventKind.TLS_FAILED)

    played(scene)


def test_plain_text_at_a_tls_port_gets_nowhere(keys: Keys) -> None:
    async def scene() -> None:
        async with staged(station(), listeners=[keys.listener(TLS)]) as stage:
            raw = await stage.raw()
            await raw.said(b"GET /A1 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"HTTP" not in await raw.rest()
            await stage.event(EventKind.TLS_FAILED)

    played(scene)


def test_who_never_begins_tls_is_cut_off(keys: Keys) -> None:
    async def scene() -> None:
        limits = Limits(handshake_s=0.3, close_s=0.2)
        async with staged(station(), listeners=[keys.listener(TLS)], limits=limits) as stage:
            raw = await stage.raw()
            await raw.said(b"\x16\x03\x01")
            assert await raw.rest() == b""
            await stage.until(lambda: stage.gateway.counters()["handshakes"] == 0)
            assert stage.events[0].kind in (EventKind.HANDSHAKE_TIMED_OUT, EventKind.TLS_FAILED)
            await works(stage, tls=keys.trusting())

    played(scene)


# --- profile 3 ---------------------------------------------------------------------------------------------------------


def test_a_certificate_opens_its_own_identity_without_a_secret(keys: Keys) -> None:
    async def scene() -> None:
        async with staged(station(), listeners=[keys.listener(MUTUAL)]) as stage:
            await works(stage, secret=None, tls=keys.trusting("A1"))
            assert stage.opened_links[0].peer.certificate_name == "A1"

    played(scene)


def test_a_good_certificate_of_another_station_is_refused_even_with_the_right_secret(keys: Keys) -> None:
    async def scene() -> None:
        async with staged(station(), station("A2"), listeners=[keys.listener(MUTUAL)]) as stage:
            await refused(stage, EventKind.CERTIFICATE_MISMATCH, 403, tls=keys.trusting("A2"))
            await refused(stage, EventKind.CERTIFICATE_MISMATCH, 403, identity="B9", tls=keys.trusting("A2"))

    played(scene)


def test_a_certificate_may_bear_the_serial_number_if_the_operator_says_so(keys: Keys) -> None:
    async def scene() -> None:
        known = station(certificate_name="SN-0815")
        async with staged(known, listeners=[keys.listener(MUTUAL)]) as stage:
            await refused(stage, EventKind.CERTIFICATE_MISMATCH, 403, tls=keys.trusting("A1"))
            await works(stage, tls=keys.trusting("serial"))

    played(scene)


@pytest.mark.parametrize("stem", ["expired", "stranger", None])
def test_no_certificate_an_expired_one_and_one_of_another_authority_get_nowhere(
    keys: Keys, stem: str | None
) -> None:
    async def scene() -> None:
        async with staged(station(), listeners=[keys.listener(MUTUAL)]) as stage:
            with pytest.raises((ssl.SSLError, ConnectionError, EOFError, WebSocketException)):
                await client(stage.port, tls=keys.trusting(stem))
            await stage.event(EventKind.TLS_FAILED)
            assert not stage.opened_links

    played(scene)


def test_a_revoked_certificate_gets_nowhere_and_others_do(keys: Keys) -> None:
    async def scene() -> None:
        listener = keys.listener(MUTUAL, revocation_list_path=keys.folder / "revoked.pem")
        async with staged(station(), station("A2"), listeners=[listener]) as stage:
            with pytest.raises((ssl.SSLError, ConnectionError, EOFError, WebSocketException)):
                await client(stage.port, identity="A2", tls=keys.trusting("A2"))
            await stage.event(EventKind.TLS_FAILED)
            await works(stage, tls=keys.trusting("A1"))

    played(scene)


def test_a_refused_identity_stays_out_with_a_good_certificate(keys: Keys) -> None:
    async def scene() -> None:
        async with staged(station(), listeners=[keys.listener(MUTUAL)]) as stage:
            connection = await client(stage.port, tls=keys.trusting("A1"))
            stage.gateway.refuse("A1")
            await connection.wait_closed()
            assert connection.close_code == 1008
            with pytest.raises(InvalidStatus) as told:
                await client(stage.port, tls=keys.trusting("A1"))
            assert told.value.response.status_code == 403

    played(scene)


def test_one_certificate_never_stands_for_two_stations() -> None:
    def told(commons: list[str], alternatives: list[str]) -> dict[str, object]:
        subject = tuple((("commonName", name),) for name in commons)
        names = tuple(("DNS", name) for name in alternatives)
        return {"subject": subject, "subjectAltName": names, "notAfter": "Nov 26 00:00:10 2026 GMT"}

    def certificate_name(certificate: dict[str, object] | None) -> str | None:
        return name_in(certificate, 1_795_651_205.0)  # five seconds before

    assert certificate_name(told(["A1"], ["A2"])) == "A1"
    assert certificate_name(told([], ["A2"])) == "A2"
    assert certificate_name(told(["A1", "A2"], [])) is None
    assert certificate_name(told([], ["A1", "A2"])) is None
    assert certificate_name(told([], [])) is None
    assert certificate_name({}) is None
    assert certificate_name(None) is None
    assert (
        name_in(told(["A1"], []), 1_795_651_211.0) is None
    )  # ended, though a resumed session still shows it


# --- between profiles --------------------------------------------------------------------------------------------------


def test_a_station_that_once_came_by_tls_is_refused_in_clear_text(keys: Keys) -> None:
    async def scene() -> None:
        async with staged(station(), listeners=[plain(), keys.listener(TLS)]) as stage:
            clear, encrypted = stage.ports
            await works(stage, clear)
            await works(stage, encrypted, tls=keys.trusting())
            await stage.event(EventKind.PROFILE_RAISED)
            with pytest.raises(InvalidStatus) as told:
                await client(clear)
            assert told.value.response.status_code == 403
            await stage.event(EventKind.PROFILE_TOO_LOW)
            await works(stage, encrypted, tls=keys.trusting())

    played(scene)


def test_profile_0_asks_for_nothing_and_serves_only_stations_allowed_to_use_it() -> None:
    async def scene() -> None:
        easy = station("A0", least_profile=SecurityProfile.NONE, secret_record=None)
        async with staged(station(), easy, listeners=[plain(SecurityProfile.NONE)]) as stage:
            await works(stage, identity="A0", secret=None)
            with pytest.raises(InvalidStatus) as told:
                await client(stage.port, secret=SECRET)
            assert told.value.response.status_code == 403

    played(scene)
