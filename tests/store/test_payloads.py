"""Payloads are read as they were written, older ones are lifted, newer ones refused."""

import msgspec
import pytest

from tests.store.day import Visit, priced_from_midnight
from voltloom.store.entry import Entry, JournalRow
from voltloom.store.errors import PayloadError
from voltloom.store.payloads import (
    FORMS,
    EnergySampled,
    Form,
    Sample,
    TransactionStarted,
    entry_of,
    payload_of,
)


def row_of(entry: Entry) -> JournalRow:
    return JournalRow("yard", 1, entry.at_ms, entry.kind, entry.version, entry.key, entry.payload, b"")


@pytest.mark.parametrize("entry", [*Visit(told_power_w=4).entries(), priced_from_midnight()])
def test_what_was_written_is_read(entry: Entry) -> None:
    payload = payload_of(row_of(entry))

    assert payload is not None
    assert entry_of(payload, key=entry.key, at_ms=entry.at_ms) == entry


def test_an_older_payload_is_lifted_over_every_version_between() -> None:
    old = {"station": "S1", "evse_id": "A1", "transaction_id": "1", "id_token": "anna", "started_s": 5}
    form = Form(
        payload=TransactionStarted,
        version=3,
        lifts={
            1: lambda f: {**{k: v for k, v in f.items() if k != "station"}, "station_id": f["station"]},
            2: lambda f: {**f, "started_ms": f["started_s"] * 1000, "max_power_w": 11_000},  # type: ignore[operator]  # an old payload is untyped
        },
    )
    entry = Entry("k", "transaction_started", 0, msgspec.json.encode(old), 1)

    payload = payload_of(row_of(entry), {"transaction_started": form})

    assert isinstance(payload, TransactionStarted)
    assert (payload.station_id, payload.started_ms) == ("S1", 5000)


def test_a_newer_or_wrong_payload_is_refused_with_its_place() -> None:
    entry = Visit().start()

    with pytest.raises(PayloadError, match=r"row 1 of 'yard' \(transaction_started, version 2\) is newer"):
        payload_of(row_of(entry._replace(version=2)))
    with pytest.raises(PayloadError, match=r"row 1 .* is not what its kind says"):
        payload_of(row_of(entry._replace(payload=b'{"station_id":7}')))
    assert payload_of(row_of(entry._replace(kind="decision"))) is None


def test_what_could_not_be_read_again_does_not_get_in() -> None:
    sampled = EnergySampled(station_id="S1", transaction_id="1", samples=(Sample(0, 2**70),))

    with pytest.raises(PayloadError, match="energy_sampled 'k'"):
        entry_of(sampled, key="k", at_ms=0)
    with pytest.raises(PayloadError, match="NUL"):
        Visit(station_id="S\0").start()
    assert set(FORMS) == {
        *("transaction_started", "energy_sampled", "transaction_stopped", "session_reviewed", "tariff_set"),
    }
