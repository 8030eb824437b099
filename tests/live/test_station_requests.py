"""What stations ask of the site: certificates signed by its authority, vendors' messages, and what they tell of themselves."""

from __future__ import annotations

import asyncio
import base64
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.live.demo import PLAN
from tests.live.ordered import Ordered, Watch, site_of
from tests.live.scripted import VERSIONS
from voltloom.live.config import config_of
from voltloom.live.gateway.certificates import authority, write_pair
from voltloom.live.orders.kinds import OrderState
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.orders.wishes import Message, WishError
from voltloom.site.mistakes import PlanError

YES = {"status": "Accepted"}
STAMP = "2026-01-01T00:00:00Z"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def csr(name: str, key: Key | None = None) -> str:
    """Return a certificate request in PEM."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Yard Ltd"),
        ]
    )
    made = x509.CertificateSigningRequestBuilder().subject_name(subject)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    signed = made.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode("ascii")


def damaged(request: str) -> str:
    """Return a request whose signature is another one."""
    der = bytearray(x509.load_pem_x509_csr(request.encode()).public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    body = base64.encodebytes(bytes(der)).decode("ascii")
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"


async def signing_site(folder: Path) -> LiveSite:
    by = authority("Yard authority", datetime.now(UTC))
    write_pair(folder, "authority", by.certificate, by.key)
    tree = tomllib.loads(PLAN)
    tree["signing"] = {"certificate": "authority.pem", "key": "authority.key", "days": 30}
    tree["vendor"] = [{"id": "acme", "messages": ["odometer"]}]
    return await opened(config_of(tree, folder=folder))


async def _met(station: Ordered, site: LiveSite) -> None:
    await station.join(site.ports[0][1])
    await station.boot()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_station_gets_the_certificate_that_it_asks_for(version: str, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    async def day() -> tuple[Any, OrderState, str]:
        site = await signing_site(tmp_path)
        watch = Watch(site)
        station = Ordered(version, {"CertificateSigned": YES})
        await _met(station, site)
        answer = await station.say("SignCertificate", csr=csr("CP1", key))
        order_id = (await watch.first()).order.order_id
        done = await watch.until(order_id, OrderState.TOOK_EFFECT)
        chain = next(told["certificate_chain"] for name, told in station.asked if name == "CertificateSigned")
        await station.leave()
        await site.stop()
        return answer, done.state, chain

    answer, state, chain = asyncio.run(day())

    leaf, root = x509.load_pem_x509_certificates(chain.encode())
    leaf.verify_directly_issued_by(root)
    assert (answer.status, state) == ("Accepted", OrderState.TOOK_EFFECT)
    assert leaf.subject.rfc4514_string() == "O=Yard Ltd,CN=CP1"
    assert leaf.public_key() == key.public_key()
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == 30


@pytest.mark.parametrize(
    ("request_text", "why"),
    [
        (csr("CP2"), "for CP2, not for CP1"),
        (csr("CP1", rsa.generate_private_key(65537, 1024)), "weaker than RSA 2048"),
        ("nonsense", "no certificate request"),
        (damaged(csr("CP1")), "the request is"),
    ],
    ids=["of another", "weak", "nonsense", "damaged"],
)
def test_a_request_that_cannot_be_signed_is_declined_with_the_reason(
    request_text: str, why: str, tmp_path: Path
) -> None:
    async def day() -> tuple[Any, int]:
        site = await signing_site(tmp_path)
        station = Ordered("ocpp2.0.1", {})
        await _met(station, site)
        answer = await station.say("SignCertificate", csr=request_text)
        await station.leave()
        await site.stop()
        return answer, len(site.orders.orders())

    answer, orders_count = asyncio.run(day())

    assert answer.status == "Rejected"
    assert why in answer.status_info["additional_info"]
    assert orders_count == 0


def test_without_an_authority_a_request_is_declined_with_the_reason(tmp_path: Path) -> None:
    async def day() -> Any:
        async with site_of(tmp_path) as (site, _):
            station = Ordered("ocpp2.1", {})
            await _met(station, site)
            answer = await station.say("SignCertificate", csr=csr("CP1"))
            await station.leave()
            return answer

    answer = asyncio.run(day())

    assert answer.status == "Rejected"
    assert "no authority is set" in answer.status_info["additional_info"]


def test_an_authority_that_is_none_is_a_mistake_in_the_file(tmp_path: Path) -> None:
    by, other = authority("A", datetime.now(UTC)), authority("B", datetime.now(UTC))
    write_pair(tmp_path, "a", by.certificate, other.key)
    tree = tomllib.loads(PLAN)
    tree["signing"] = {"certificate": "a.pem", "key": "a.key"}

    with pytest.raises(PlanError, match="does not belong to this key"):
        config_of(tree, folder=tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_vendors_message_is_answered_by_the_sites_file(version: str, tmp_path: Path) -> None:
    async def day() -> list[str]:
        site = await signing_site(tmp_path)
        station = Ordered(version, {})
        await _met(station, site)
        asked = [("acme", "odometer"), ("acme", "other"), ("else", "odometer")]
        answers = [
            await station.say("DataTransfer", vendor_id=vendor, message_id=message, data="1")
            for vendor, message in asked
        ]
        await station.leave()
        await site.stop()
        return [answer.status for answer in answers]

    assert asyncio.run(day()) == ["Accepted", "UnknownMessageId", "UnknownVendorId"]


def test_a_chain_of_certificates_is_answered_one_by_one_as_not_found_out(tmp_path: Path) -> None:
    asked = [
        {
            "certificate_hash_data": {
                "hash_algorithm": "SHA256",
                "issuer_name_hash": "ab",
                "issuer_key_hash": "cd",
                "serial_number": f"{number}",
            },
            "source": source,
            "urls": ["http://responder.invalid/"],
        }
        for number, source in enumerate(("OCSP", "CRL", "OCSP"))
    ]

    async def day() -> Any:
        async with site_of(tmp_path) as (site, _):
            station = Ordered("ocpp2.1", {})
            await station.join(site.ports[0][1])
            await station.boot()
            answer = await station.say("GetCertificateChainStatus", certificate_status_requests=asked)
            await station.leave()
            return answer

    found = asyncio.run(day()).certificate_status

    assert [one["status"] for one in found] == ["Failed"] * 3
    assert [(one["certificate_hash_data"], one["source"]) for one in found] == [
        (one["certificate_hash_data"], one["source"]) for one in asked
    ]
    assert all(datetime.fromisoformat(one["next_update"]) <= datetime.now(UTC) for one in found)


def test_priority_charging_is_an_alarm_and_no_order_begins_it(tmp_path: Path) -> None:
    def use(*, activate: bool) -> Message:
        return Message(action="UsePriorityCharging", payload={"transactionId": "7", "activate": activate})

    async def day() -> list[tuple[str, bool]]:
        async with site_of(tmp_path) as (site, watch):
            station = Ordered("ocpp2.1", {"UsePriorityCharging": YES})
            await station.join(site.ports[0][1])
            await station.boot()
            for activated in (True, False):
                await station.say("NotifyPriorityCharging", transaction_id="7", activated=activated)
            with pytest.raises(WishError, match="would end the controller's limit"):
                await site.orders.order("CP1", use(activate=True), by="olga")
            placed = await site.orders.order("CP1", use(activate=False), by="olga")
            await watch.until(placed.order.order_id, OrderState.TOOK_EFFECT)
            await station.leave()
            sent = [fields for action, fields in station.asked if action == "UsePriorityCharging"]
            assert [fields["activate"] for fields in sent] == [False]
            return [(notice.what, notice.is_alarm) for notice in site.notices.notices]

    assert asyncio.run(day()) == [
        ("priority charging of transaction 7 began", True),
        ("priority charging of transaction 7 ended", False),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_tampering_is_an_alarm_that_is_known_after_a_restart(version: str, tmp_path: Path) -> None:
    async def day() -> tuple[list[Any], list[Any]]:
        told: list[Any] = []
        async with site_of(tmp_path) as (site, _):
            site.notices.subscribe(told.append)
            station = Ordered(version, {})
            await _met(station, site)
            for kind in ("SettingSystemTime", "TamperDetectionActivated"):
                await station.say("SecurityEventNotification", type=kind, timestamp=STAMP, tech_info="x")
            await station.leave()
        async with site_of(tmp_path) as (site, _):
            return told, list(site.notices.notices)

    told, after = asyncio.run(day())

    assert [(notice.what, notice.is_alarm) for notice in told] == [
        ("SettingSystemTime x", False),
        ("TamperDetectionActivated x", True),
    ]
    assert [notice.what for notice in after] == [notice.what for notice in told]
