"""The memory of a running site as a row of the journal: what a restart goes on from and a replay begins with."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numba
import numpy as np

import voltloom
from voltloom.controller.memory import ControllerMemory
from voltloom.live.actuator.refusals import Refused
from voltloom.live.config import Config
from voltloom.live.desk import Desk
from voltloom.live.enrolment.kinds import StationKept
from voltloom.live.enrolment.roll import Roll
from voltloom.live.frozen import FrozenError, frozen, thawed
from voltloom.live.pricing import PriceList
from voltloom.protocols.ocpp.hearing import StationMemory
from voltloom.store.entry import Entry, JournalRow
from voltloom.store.errors import PayloadError
from voltloom.store.journal import Journal, Receipts
from voltloom.store.payloads import TariffSet

MEMORY_KIND: Final = "core_memory"
_PARTS: Final = (
    "units.py",
    "site",
    "session",
    "decision",
    "safety",
    "allocation",
    "controller",
    "protocols",
    "live",
)


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What a memory belongs to: the program's code, the site with its settings and stations, and who may charge.

    buys: what the site pays for energy; "" in what older versions wrote. A restart goes on with other prices, and the next
    plan is made with them; a replay needs those of the time.
    """

    code: str
    site: str
    access: str
    buys: str = ""


class KeptMemory(msgspec.Struct, frozen=True, kw_only=True):
    """All that a site remembers. is_start: the core went on from this, whatever the rows before say.

    last_id: the newest transaction id that was given. untold: keys of rows that the core had not been told although
    they may stand before this one. roll, seen_s: of the stations. prices: every tariff that was written. core, desks: frozen, compressed.
    refused: the profiles that stations refuse, for those that refuse some.
    """

    marks: Marks
    is_start: bool
    now_s: float
    last_id: int
    untold: tuple[str, ...]
    roll: tuple[StationKept, ...]
    seen_s: dict[str, float]
    prices: tuple[TariffSet, ...]
    core: bytes
    desks: dict[str, bytes]
    refused: dict[str, Refused] = {}

    def memory(self) -> ControllerMemory:
        """Return the core's memory. Raises FrozenError."""
        found = thawed(_unpacked(self.core))
        if not isinstance(found, ControllerMemory):
            raise FrozenError("It is no memory of a controller.")
        return found

    def desk(self, name: str) -> StationMemory:
        """Return what was remembered of a station, nothing where it was none. Raises FrozenError."""
        found = thawed(_unpacked(self.desks[name])) if name in self.desks else StationMemory()
        if not isinstance(found, StationMemory):
            raise FrozenError("It is no memory of a station.")
        return found


class Shelf(NamedTuple):
    """What is kept beside the core's memory. last_id, refused: return the newest transaction id, and what stations refuse."""

    roll: Roll
    desks: Mapping[str, Desk]
    prices: PriceList
    last_id: Callable[[], int]
    refused: Callable[[], dict[str, Refused]]


class Kept(NamedTuple):
    """What is kept with a cycle. told_count: how much of what was told needs no later row."""

    memory: tuple[Entry, ...]
    told_count: int


class Keeper:
    """Makes the rows."""

    def __init__(self, marks: Marks, shelf: Shelf) -> None:
        self._marks, self._shelf = marks, shelf

    def entry(
        self, key: str, memory: ControllerMemory, now_s: float, untold: tuple[str, ...], *, is_start: bool
    ) -> Entry:
        """Return the row of a memory at a moment at which no desk is between its row and the core."""
        shelf = self._shelf
        kept = KeptMemory(
            marks=self._marks,
            is_start=is_start,
            now_s=now_s,
            last_id=shelf.last_id(),
            untold=untold,
            roll=tuple(shelf.roll.kept),
            seen_s=dict(shelf.roll.last_seen_s),
            prices=shelf.prices.told,
            core=_packed(memory),
            desks={name: _packed(desk.memory) for name, desk in shelf.desks.items()},
            refused=shelf.refused(),
        )
        return Entry(key, MEMORY_KIND, int(now_s * 1000.0), msgspec.msgpack.encode(kept))


class Records(NamedTuple):
    """Where a site's loop writes, and what makes the row of its memory."""

    journal: Journal
    keeper: Keeper

    def put(self, entries: Sequence[Entry]) -> asyncio.Future[Receipts]:
        """Return when entries are durable; it raises StoreError. They have their place in the journal at once.

        A memory knows nothing of a station's row that is put after it was made: such a row must not stand before it.
        """
        try:
            return self.journal.put(entries, waits=False)
        except PayloadError as wrong:
            never: asyncio.Future[Receipts] = asyncio.get_running_loop().create_future()
            never.set_exception(wrong)
            return never


def kept_memory(row: JournalRow) -> KeptMemory:
    """Return the memory of a row. Raises FrozenError."""
    try:
        return msgspec.msgpack.decode(row.payload, type=KeptMemory)
    except msgspec.MsgspecError as wrong:
        raise FrozenError(f"Row {row.seq} is no memory of this code: {wrong}.") from wrong


def marks_of(config: Config) -> Marks:
    """Return what a memory of this program and this site belongs to; how stations prove themselves decides nothing, nor
    does what drivers pay.
    """
    return Marks(
        code=_code_mark(),
        site=_mark((config.site, config.settings, dict(config.places), config.meters)),
        access=_mark(config.access),
        buys=_mark(config.buys),
    )


def _mark(value: object) -> str:
    plain = msgspec.to_builtins(value, str_keys=True, order="deterministic", enc_hook=_told)
    return hashlib.blake2b(msgspec.json.encode(plain), digest_size=8).hexdigest()


def _told(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return repr(value)


@cache
def _code_mark() -> str:
    """Return the fingerprint of everything that decides: a memory of other code may mean something else."""
    digest = hashlib.blake2b(f"{np.__version__} {numba.__version__}".encode(), digest_size=8)
    for file in _sources(Path(voltloom.__file__).parent):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for part in _PARTS:
        path = root / part
        yield from sorted(path.rglob("*.py")) if path.is_dir() else (path,)


def _packed(memory: ControllerMemory | StationMemory) -> bytes:
    return zlib.compress(frozen(memory), 1)


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error as wrong:
        raise FrozenError(f"It cannot be unpacked: {wrong}.") from wrong
