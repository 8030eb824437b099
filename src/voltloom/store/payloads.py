"""What the read models know of an entry: typed payloads as JSON by msgspec, each kind with its version.

A field that is added has a default and keeps the version; a field whose meaning changes raises it, and an older payload
is lifted when it is read. What lies in the journal is never rewritten. Other rooms keep their own kinds beside these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeAlias

import msgspec

from voltloom.session.record import EndReason
from voltloom.site.tariff import Tariff
from voltloom.store.entry import Entry, JournalRow
from voltloom.store.errors import PayloadError

# What every database and JSON reader holds exactly.
Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One reading of a transaction's registers, by the station's clock; None where it was not told.

    power_w: negative is fed back. exported_tenth_wh: the register of what the vehicle fed back.
    """

    sampled_ms: Whole
    register_tenth_wh: Whole
    power_w: Whole | None = None
    exported_tenth_wh: Whole | None = None


class TransactionStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A station told that a transaction began, now or, when it was offline, long ago.

    register_tenth_wh: None where it was not told. max_power_w: the most the outlet delivers.
    """

    station_id: str
    evse_id: str
    transaction_id: str
    id_token: str
    started_ms: Whole
    max_power_w: Whole
    register_tenth_wh: Whole | None = None
    is_offline: bool = False


class EnergySampled(msgspec.Struct, frozen=True, kw_only=True):
    """A station told readings of a transaction's register."""

    station_id: str
    transaction_id: str
    samples: tuple[Sample, ...]


class TransactionStopped(msgspec.Struct, frozen=True, kw_only=True):
    """A station told that a transaction is over. evse_id, id_token: empty where it did not tell."""

    station_id: str
    transaction_id: str
    stopped_ms: Whole
    why: EndReason
    register_tenth_wh: Whole | None = None
    evse_id: str = ""
    id_token: str = ""


class SessionReviewed(msgspec.Struct, frozen=True, kw_only=True):
    """An operator looked at a quarantined session and said what is to be billed; 0 waives it.

    transaction_id: as in the tables, with its `~2` where the station used an id again. A later review replaces it.
    """

    station_id: str
    transaction_id: str
    energy_tenth_wh: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    reviewed_by: str
    reason: str


class TariffSet(msgspec.Struct, frozen=True, kw_only=True):
    """The CSO set the prices of transactions that begin from a moment on."""

    from_ms: Whole
    tariff: Tariff


NUL: Final = b"\\u0000"  # as JSON writes it
Payload: TypeAlias = TransactionStarted | EnergySampled | TransactionStopped | SessionReviewed | TariffSet
Lift: TypeAlias = Callable[[dict[str, object]], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form of one kind. lifts: for each older version, what makes its fields those of the next one."""

    payload: type[Payload]
    version: int = 1
    lifts: Mapping[int, Lift] = field(default_factory=dict)


FORMS: Final[Mapping[str, Form]] = {
    "transaction_started": Form(payload=TransactionStarted),
    "energy_sampled": Form(payload=EnergySampled),
    "transaction_stopped": Form(payload=TransactionStopped),
    "session_reviewed": Form(payload=SessionReviewed),
    "tariff_set": Form(payload=TariffSet),
}
KIND_OF: Final[Mapping[type[Payload], str]] = {form.payload: kind for kind, form in FORMS.items()}


def entry_of(payload: Payload, *, key: str, at_ms: int) -> Entry:
    """Return the entry for a payload. key: names the happening, the same when it is told again.

    Raises PayloadError for a payload that could not be read again: it must not get into the journal.
    """
    kind = KIND_OF[type(payload)]
    encoded = msgspec.json.encode(payload)
    if NUL in encoded:
        raise PayloadError(f"{kind} '{key}' holds a NUL character, which not every database can keep.")
    try:
        msgspec.json.decode(encoded, type=type(payload))
    except msgspec.MsgspecError as wrong:
        raise PayloadError(f"{kind} '{key}' is not what its kind says: {wrong}") from wrong
    return Entry(key, kind, at_ms, encoded, FORMS[kind].version)


def payload_of(row: JournalRow, forms: Mapping[str, Form] = FORMS) -> Payload | None:
    """Return what a row tells the read models; None for a kind that is not theirs.

    Raises PayloadError where it is newer than this program or not what its kind says.
    """
    form = forms.get(row.kind)
    if form is None:
        return None
    where = f"row {row.seq} of '{row.node}' ({row.kind}, version {row.version})"
    if row.version > form.version:
        raise PayloadError(f"{where} is newer than this Voltloom knows ({form.version}): use a newer one.")
    try:
        if row.version == form.version:
            return msgspec.json.decode(row.payload, type=form.payload)
        fields = msgspec.json.decode(row.payload, type=dict[str, object])
        for version in range(row.version, form.version):
            fields = form.lifts[version](fields)
        return msgspec.convert(fields, type=form.payload)
    except (msgspec.MsgspecError, KeyError) as wrong:
        raise PayloadError(f"{where} is not what its kind says: {wrong}") from wrong
